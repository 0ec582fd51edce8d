"""A lake of hand-written canonical rows: few patients, each there for one rule.

Codes: ``emis-fever`` and ``tpp-fever`` are words of two systems for SNOMED CT 386, ``tpp-local``
stands for nothing. NHS numbers are of the 999 range and valid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import duckdb

from lds_assets.canonical.tables import FED_TABLES, canonical_table, stored_columns
from lds_assets.copies.collapse import find_copies
from lds_assets.lake.session import session
from lds_assets.lake.sql import literal
from lds_assets.persons.stub import rebuild
from lds_assets.raw.tables import SHARED
from lds_assets.release.copies import copies_of
from lds_assets.release.reach import Pair
from lds_assets.release.record import Release
from lds_assets.release.relations import linked_patients, open_release, released_versions
from lds_assets.resources import Settings

ONE, TWO = "E83003", "G83001"
SNOMED = "http://snomed.info/sct"
MOVED = date(2026, 6, 1)
#: Valid numbers of the test range.
ANN, BEN, CAT, DEE, FAY = ("9990000018", "9990000026", "9990000034", "9990000042", "9990000050")

Value = str | float | bool | date | datetime | None


@dataclass
class Lake:
    """Canonical tables under a home."""

    settings: Settings
    sequence: int = 0

    def add(
        self, table: str, practice: str, dataset: str, rows: Mapping[str, Mapping[str, Value]]
    ) -> None:
        """Append one load with one version of each id."""
        self.sequence += 1
        lake = canonical_table(self.settings, table)
        selects = []
        for name, cells in rows.items():
            given: dict[str, Value] = {
                "publisher_organisation_code": practice,
                "lds_load_sequence": self.sequence,
                "lds_is_base": False,
                "lds_is_deleted": False,
                "lds_source_dataset": dataset,
                "lds_source_record_id": f"{name}-{self.sequence}",
                "source_extraction_date": datetime(2026, 6, 1) + timedelta(minutes=self.sequence),
                "id": name,
                **cells,
            }
            if "id" not in stored_columns(table):
                del given["id"]
            cast = (
                f"cast({_literal(given.get(column))} as {kind}) as {column}"
                for column, kind in stored_columns(table).items()
            )
            selects.append(f"select {', '.join(cast)}")
        with session(self.settings) as connection:
            staged = lake.stage(connection, " union all ".join(selects), self.sequence)
        lake.commit(staged, {})

    def concepts(self) -> None:
        """Add the codes of both suppliers and what they stand for."""
        codes = {
            "emis-fever": ("urn:emis", "1"),
            "tpp-fever": ("urn:tpp", "XE1"),
            "tpp-local": ("urn:tpp", "XE2"),
            "emis-f": ("urn:emis:sex", "F"),
            "tpp-f": ("urn:tpp:sex", "Female"),
        }
        self.add(
            "concept",
            SHARED,
            "T",
            {
                name: {"concept_id": name, "system": system, "code": code}
                for name, (system, code) in codes.items()
            },
        )
        maps: dict[str, dict[str, Value]] = {
            f"map-{name}": {
                "concept_map_name": "m",
                "source_concept_id": name,
                "target_concept_id": "fever",
                "target_system": SNOMED,
                "target_code": "386",
                "is_primary": True,
            }
            for name in ("emis-fever", "tpp-fever")
        }
        self.add("concept_map", SHARED, "T", maps)

    def patient(
        self,
        name: str,
        dataset: str,
        number: str | None,
        born: date,
        practice: str = ONE,
        postcode: str = "N1 1AA",
    ) -> None:
        """Add a woman with her address."""
        sex = f"{dataset.lower()}-f"
        self.add(
            "patient",
            practice,
            dataset,
            {
                name: {
                    "nhs_number": number,
                    "birth_date": born,
                    "birth_year": born.year,
                    "gender_source_concept_id": sex,
                }
            },
        )
        self.add(
            "patient_address",
            practice,
            dataset,
            {f"{name}-home": {"patient_id": name, "postcode": postcode}},
        )

    def registration(
        self,
        name: str,
        patient: str,
        dataset: str,
        start: date,
        end: date | None = None,
        practice: str = ONE,
    ) -> None:
        """Add a registration."""
        cells: dict[str, Value] = {
            "patient_id": patient,
            "episode_of_care_start_date": start,
            "episode_of_care_end_date": end,
        }
        self.add("episode_of_care", practice, dataset, {name: cells})

    def fever(
        self,
        name: str,
        patient: str,
        dataset: str,
        on: date,
        value: float | None = None,
        practice: str = ONE,
        **cells: Value,
    ) -> None:
        """Add an observation."""
        told: dict[str, Value] = {
            "patient_id": patient,
            "observation_source_concept_id": f"{dataset.lower()}-fever",
            "clinical_effective_date": on,
            "result_value": value,
            **cells,
        }
        self.add("observation", practice, dataset, {name: told})

    def tables(self) -> dict[str, int]:
        """Return the newest version of every fed table."""
        found = {}
        for name in FED_TABLES:
            canonical_table(self.settings, name).create()
            found[name] = canonical_table(self.settings, name).version()
        return found


def _literal(value: Value) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return literal(value.isoformat() if isinstance(value, date) else str(value))


@dataclass
class Shown:
    """A release of the lake, open for questions."""

    connection: duckdb.DuckDBPyConnection
    release: Release

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query over schema ``release``."""
        return self.connection.execute(query).fetchall()

    def copies(self, settings: Settings, table: str) -> dict[str, tuple[str, str]]:
        """Return the copies of a table: id -> what stands, and by which rule."""
        rows = self.connection.execute(
            f"select id, standing_id, rule from ({copies_of(settings, self.release.copies)}) "
            f"where table_name = {literal(table)}"
        ).fetchall()
        return {str(name): (str(standing), str(rule)) for name, standing, rule in rows}


def show(
    lake: Lake,
    connection: duckdb.DuckDBPyConnection,
    pairs: tuple[Pair, ...],
    former: Release | None = None,
) -> Shown:
    """Release the lake as the road does, with sources that follow one another."""
    settings, practices = lake.settings, tuple(sorted({e.old[0] for e in pairs} | {ONE}))
    moment = datetime(2026, 6, 2)
    release = Release("r", 1, moment, "", date(2026, 6, 2), "", practices, lake.tables())
    copies = find_copies(settings, connection, release, former, pairs)
    release = Release(
        "r", 1, moment, "", date(2026, 6, 2), "", practices, release.tables, copies=copies
    )
    rows = released_versions(settings, release, "patient")
    connection.execute(f"create or replace temp view current_patient as {rows}")
    persons = rebuild(settings, connection, linked_patients(settings, release))
    tables = {**release.tables, **persons}
    release = Release("r", 1, moment, "", date(2026, 6, 2), "", practices, tables, copies=copies)
    open_release(settings, connection, release)
    return Shown(connection, release)
