"""What a practice's first extract amounts to: counted in the lake, for many practices at once.

Only counts leave this module; nothing of a patient does.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import duckdb

from lds_assets.canonical.tables import FED_TABLES, canonical_table
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.platform import Platform
from lds_assets.release.references import reference_rules
from lds_assets.release.relations import current_versions
from lds_assets.schema.dictionary import olids
from lds_assets.terminology.coverage import coded_tables
from lds_assets.terminology.library import SNOMED

#: Tables whose records say that a practice works: column with the day it did.
_WORK = {
    "observation": "clinical_effective_date",
    "encounter": "clinical_effective_date",
    "medication_order": "clinical_effective_date",
}
_PUBLISHER = "publisher_organisation_code"


@dataclass(frozen=True)
class Counted:
    """Records of one practice in the lake, deleted ones left out.

    Attributes:
        records: that name a patient, of tables where the patient must be there; ``orphans`` those
            whose patient is not.
        coded: with a code of their own; ``mapped`` those it makes known to SNOMED CT.
        newest: day of the newest clinical record, not after the day of counting.
    """

    records: int = 0
    orphans: int = 0
    coded: int = 0
    mapped: int = 0
    newest: date | None = None


@dataclass
class _Sums:
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    newest: dict[str, date] = field(default_factory=dict)


def count_records(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    practices: Collection[str],
    unfinished: frozenset[int],
    left_out: Collection[tuple[str, str]] = (),
) -> dict[str, Counted]:
    """Count the records of practices, released or not.

    Args:
        connection: an open session.
        practices: ODS codes.
        unfinished: load sequences whose rows do not count.
        left_out: (practice, dataset) of records that are of another supplier than the one asked.
    """
    rows = _Rows(platform, connection, sorted(practices), unfinished, left_out)
    sums = _Sums({code: Counter() for code in practices})
    with without_values("the records of new practices could not be counted", "reconciliation"):
        rows.prepare()
        for table in _tables():
            for code, records, orphans, coded, mapped, newest in rows.counted(table):
                found = {"records": records, "orphans": orphans, "coded": coded, "mapped": mapped}
                sums.counts[code].update(found)
                if newest is not None:
                    sums.newest[code] = max(newest, sums.newest.get(code, newest))
        connection.execute("drop table reconciled_patient")
        connection.execute("drop table reconciled_concept")
    return {
        code: Counted(**dict(counts), newest=sums.newest.get(code))
        for code, counts in sums.counts.items()
    }


def _tables() -> Iterable[str]:
    """Yield the tables of records of patients."""
    for table in FED_TABLES:
        names = olids()[table].column_names
        if table != "patient" and "patient_id" in names and _PUBLISHER in names:
            yield table


class _Rows:
    """Current rows of some practices, table by table."""

    def __init__(
        self,
        platform: Platform,
        connection: duckdb.DuckDBPyConnection,
        practices: list[str],
        unfinished: frozenset[int],
        left_out: Collection[tuple[str, str]],
    ) -> None:
        self._settings = platform.settings
        self._connection = connection
        self._practices = practices
        self._unfinished = unfinished
        self._left_out = left_out
        self._coded: Mapping[str, str] = coded_tables(list(_tables()))

    def prepare(self) -> None:
        """Make the patients that are there, and the concepts that SNOMED CT knows."""
        self._connection.execute(
            f"create or replace temp table reconciled_patient as select {_PUBLISHER} as practice, "
            f"id from ({self._current('patient')})"
        )
        self._connection.execute(
            "create or replace temp table reconciled_concept as select distinct concept_id from ("
            f"select concept_id from ({self._current('concept')}) where system = "
            f"{literal(SNOMED)} union all select source_concept_id from "
            f"({self._current('concept_map')}) where target_system = {literal(SNOMED)} "
            "and not coalesce(lds_is_deleted, false) "
            "and equivalence not in ('UNMATCHED', 'DISJOINT'))"
        )

    def counted(self, table: str) -> list[tuple[str, int, int, int, int, date | None]]:
        """Return practice, records, orphans, coded, mapped and newest day of a table."""
        explained = (table, "patient_id") in reference_rules()
        named = "false" if explained else "record.patient_id is not null"
        code = f"record.{identifier(self._coded[table])}" if table in self._coded else "null"
        day = f"record.{_WORK[table]}" if table in _WORK else "cast(null as date)"
        today = f"date '{self._settings.business_date():%Y-%m-%d}'"
        return self._connection.execute(
            f"select record.{_PUBLISHER}, count(*) filter (where {named}), "
            f"count(*) filter (where {named} and patient.id is null), "
            f"count({code}), count(concept.concept_id), max({day}) filter (where {day} <= {today}) "
            f"from ({self._current(table)}) as record "
            "left join reconciled_patient as patient on patient.id = record.patient_id "
            f"left join reconciled_concept as concept on concept.concept_id = {code} "
            f"where not coalesce(record.lds_is_deleted, false) group by record.{_PUBLISHER}"
        ).fetchall()

    def _current(self, table: str) -> str:
        lake = canonical_table(self._settings, table)
        lake.create()
        return current_versions(
            *(self._settings, table, lake.version(), self._practices),
            *(self._unfinished, self._left_out),
        )
