"""A hand-made release in a DuckDB file, for the dbt project to build on.

Rows are written by table with only the columns that matter; the rest is empty, and no row is
deleted unless it says so. Ids are readable words, never real identifiers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb

from lds_assets.copies.kept import MIGRATION_FIGURE
from lds_assets.release.onboarding_facts import PRACTICE_ONBOARDING
from lds_assets.release.organisations import PRACTICE_RELATIONSHIP
from lds_assets.schema.dictionary import olids
from lds_assets.schema.emit_dbt import STAGED
from lds_assets.why.rows import PRACTICE_VERDICT, PRACTICE_VERDICT_LINK

AS_OF = date(2026, 11, 20)
EXTRACTED = datetime(2026, 11, 19, 23, 0)
SNOMED = "http://snomed.info/sct"

Value = str | int | float | bool | date | datetime | None
Row = Mapping[str, Value]

FACTS = {
    "release_context": {"release_id": "varchar", "as_of": "date", "register_version": "varchar"},
    "practice_register": {
        **dict.fromkeys(
            ("practice_code", "name", "icb_code", "icb_name", "sub_icb_code"), "varchar"
        ),
        **dict.fromkeys(("pcn_code", "pcn_name", "supplier_code"), "varchar"),
        "list_size": "bigint",
        "list_size_carried": "bigint",
        "is_counted": "boolean",
        "postcode": "varchar",
        "status": "varchar",
        "closed_date": "date",
    },
    "practice_gate": {
        "practice_code": "varchar",
        "supplier_code": "varchar",
        "is_consented": "boolean",
        "is_delivering": "boolean",
        "primary_reason": "varchar",
        "last_extract_at": "timestamp",
        "coverage_ends_date": "date",
        "practice_change": "varchar",
    },
    **{
        table: {name: kind for name, kind in (each.split(" ") for each in columns.split(", "))}
        for table, columns in (
            ("migration_figure", MIGRATION_FIGURE),
            ("practice_onboarding", PRACTICE_ONBOARDING),
            ("practice_relationship", PRACTICE_RELATIONSHIP),
            ("practice_verdict", PRACTICE_VERDICT),
            ("practice_verdict_link", PRACTICE_VERDICT_LINK),
        )
    },
    "concept_status": {"concept_id": "varchar", "is_active": "boolean"},
}


@dataclass
class Release:
    """Rows of a release by table, before they are written."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, **values: Value) -> None:
        """Add one row; unnamed columns stay empty."""
        self.rows.setdefault(table, []).append(values)

    def patient(self, name: str, practice: str, born: date, **values: Value) -> None:
        """Add a patient of a practice with its person; ``person=`` joins an existing one."""
        person = str(values.pop("person", f"person-of-{name}"))
        deleted = bool(values.get("lds_is_deleted", False))
        if person == f"person-of-{name}":
            self.add("person", id=person, lds_is_deleted=deleted)
        self.add(
            "patient",
            id=name,
            publisher_organisation_code=practice,
            birth_date=born,
            birth_year=born.year,
            birth_month=born.month,
            source_extraction_date=EXTRACTED,
            **{"is_test_patient": False, **values},
        )
        self.add(
            "patient_person", id=name, patient_id=name, person_id=person, lds_is_deleted=deleted
        )

    def registration(
        self, name: str, patient: str, practice: str, start: date, **values: Value
    ) -> None:
        """Add a regular registration."""
        self.add(
            "episode_of_care",
            id=name,
            patient_id=patient,
            publisher_organisation_code=practice,
            episode_of_care_start_date=start,
            **{"episode_type_source_concept_id": "concept-regular", **values},
        )

    def observation(self, name: str, patient: str, concept: str, on: date, **values: Value) -> None:
        """Add an observation entered on the day it happened."""
        self.add(
            "observation",
            id=name,
            patient_id=patient,
            observation_source_concept_id=concept,
            clinical_effective_date=on,
            **{"date_recorded": datetime(on.year, on.month, on.day, 9), **values},
        )

    def concept(self, name: str, system: str, code: str, snomed_code: str | None = None) -> None:
        """Add a concept and, where given, its primary map to SNOMED CT."""
        self.add("concept", concept_id=name, system=system, code=code, display=code)
        if snomed_code is not None:
            self.add(
                "concept_map",
                concept_map_name="supplier to snomed",
                source_concept_id=name,
                target_concept_id=f"{name}-target",
                target_system=SNOMED,
                target_code=snomed_code,
                equivalence="EQUAL",
                equivalence_rank=1,
                is_primary=True,
            )
            self.add("concept", concept_id=f"{name}-target", system=SNOMED, code=snomed_code)

    def write(self, database: Path) -> None:
        """Create schema ``release`` in a DuckDB file with every table dbt reads."""
        with duckdb.connect(str(database)) as connection:
            connection.execute("create schema release")
            for table, columns in _columns().items():
                shape = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(f"create table release.{table} ({shape})")
                _insert(connection, table, columns, self.rows.get(table, ()))


def _columns() -> dict[str, dict[str, str]]:
    tables = {
        name: {column.name: column.lake_type for column in olids()[name].columns} for name in STAGED
    }
    return {**tables, **FACTS}


def _insert(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: Mapping[str, str],
    rows: Iterable[Row],
) -> None:
    for row in rows:
        unknown = set(row) - set(columns)
        assert not unknown, f"{table} has no columns {sorted(unknown)}"
        given: dict[str, Value] = {}
        if "lds_is_deleted" in columns:
            given["lds_is_deleted"] = False
        given |= row
        places = ", ".join("?" for _ in given)
        connection.execute(
            f"insert into release.{table} ({', '.join(given)}) values ({places})",
            list(given.values()),
        )
