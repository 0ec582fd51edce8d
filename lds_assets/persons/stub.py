"""Patient to person: who a practice's patient is across practices, by the stub rule.

Until a PDS answer says more, a person is made from the practice's own record: same valid NHS
number, same person; no valid number, a person of its own. Rule source: olids rules 2 and 6.
"""

from collections.abc import Sequence

import duckdb

from lds_assets.canonical.macros import register
from lds_assets.canonical.tables import PERSON_TABLES
from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier
from lds_assets.raw.tables import SHARED
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids


def person_table(settings: Settings, table: str) -> LakeTable:
    """Return the Delta table of ``person`` or ``patient_person``."""
    if table not in PERSON_TABLES:
        raise ValueError(f"{table} is not made from patients")
    columns = {column.name: column.lake_type for column in olids()[table].columns}
    return LakeTable(settings.lake / "canonical" / table, {**columns, PARTITION: "VARCHAR"})


_LINK = """
select
    id as patient_id,
    lds_person_id(person_number, person_patient_id) as person_id,
    lds_source_record_id,
    lds_hash('4:stub' || lds_part(lds_source_record_id)) as stub_record_id,
    publisher_organisation_code,
    coalesce(lds_is_deleted, false) as lds_is_deleted,
    lds_source_dataset,
    lds_transform_datetime,
    source_extraction_date,
    lds_nhs_number(nhs_number) as valid_number,
    nhs_number, first_name, middle_name, last_name, birth_date, death_date, is_spine_sensitive
from named_patient
"""

# whose person a patient is: its own, or that of the patient it is linked to; a number that only
# one of the two has names them both
_NAMED = """
create or replace temp view named_patient as
with link as ({links}),
named as (
    select standing_id, min(lds_nhs_number(nhs_number)) as number from link group by standing_id
)
select
    patient.*,
    coalesce(lds_nhs_number(anchor.nhs_number), named.number) as person_number,
    anchor.id as person_patient_id
from current_patient as patient
left join link on link.id = patient.id
inner join current_patient as anchor on anchor.id = coalesce(link.standing_id, patient.id)
left join named on named.standing_id = anchor.id
"""
_UNLINKED = """
create or replace temp view named_patient as
select *, nhs_number as person_number, id as person_patient_id from current_patient
"""

# one description a person: a live record before a deleted one, then the newest, then by id
_CHOSEN = """
select * from linked_patient qualify row_number() over (
    partition by person_id
    order by lds_is_deleted, source_extraction_date desc nulls last, patient_id
) = 1
"""

_PATIENT_PERSON = {
    "id": "linked.patient_id",
    "lds_source_record_id": "linked.lds_source_record_id",
    "patient_id": "linked.patient_id",
    "person_id": "linked.person_id",
    "lds_business_id_person": "linked.person_id",
    "lds_source_record_id_person": "chosen.stub_record_id",
    "gp_practice_code": "coalesce(chosen.publisher_organisation_code, 'Unknown')",
    "lds_is_deleted": "linked.lds_is_deleted",
    "lds_source_dataset": "linked.lds_source_dataset",
    "lds_transform_datetime": "linked.lds_transform_datetime",
    PARTITION: "linked.publisher_organisation_code",
}

_PERSON = {
    "id": "person_id",
    "lds_source_record_id": "stub_record_id",
    "lds_source_dataset": "lds_source_dataset",
    "req_nhs_number": "nhs_number",
    "matched_nhs_no": "valid_number",
    "family_name": "last_name",
    "given_name": "first_name",
    "other_given_name": "middle_name",
    "date_of_birth": "birth_date",
    "date_of_birth_precision": "case when birth_date is not null then 'day' end",
    "date_of_birth_year": "year(birth_date)",
    "date_of_birth_month": "month(birth_date)",
    "date_of_birth_day": "day(birth_date)",
    "date_of_death": "death_date",
    "date_of_death_precision": "case when death_date is not null then 'day' end",
    "date_of_death_year": "year(death_date)",
    "date_of_death_month": "month(death_date)",
    "date_of_death_day": "day(death_date)",
    "gp_practice_code": "publisher_organisation_code",
    "is_patient_flagged_sensitive": "coalesce(is_spine_sensitive, false)",
    "error_success_code": "case when is_spine_sensitive then '92' end",
    "is_latest_for_person": "true",
    "is_latest_for_account": "true",
    "lds_is_deleted": "lds_is_deleted",
    "source_extraction_date": "source_extraction_date",
    "lds_transform_datetime": "lds_transform_datetime",
    PARTITION: f"'{SHARED}'",
}


#: Why the other columns of these tables are null.
NOT_TRACED = "filled from the answers of the demographics service, which is not asked yet"


def columns_made(table: str) -> frozenset[str]:
    """Return the columns of ``person`` or ``patient_person`` that the stub rule fills."""
    made = {"person": _PERSON, "patient_person": _PATIENT_PERSON}[table]
    return frozenset(made) - {PARTITION}


def rebuild(
    settings: Settings, connection: duckdb.DuckDBPyConnection, links: str = ""
) -> dict[str, int]:
    """Rewrite ``patient_person`` and ``person`` from ``current_patient``; return their versions.

    Args:
        connection: session holding a relation ``current_patient`` with the patients of the
            release (columns of the patient table of the lake).
        links: select of ``id, standing_id, nhs_number``: patients who are another one's person.
    """
    register(connection, "")
    with without_values("patients could not be linked", "persons"):
        connection.execute(_NAMED.format(links=links) if links else _UNLINKED)
        # both tables are made from them, and hashing is what takes time
        for name, rows in (("linked_patient", _LINK), ("chosen_patient", _CHOSEN)):
            connection.execute(f"create or replace temp table {name} as {rows}")
    sources = {
        "patient_person": (
            _PATIENT_PERSON,
            "linked_patient as linked inner join chosen_patient as chosen "
            "on chosen.person_id = linked.person_id",
        ),
        "person": (_PERSON, "chosen_patient"),
    }
    versions = {}
    for table, (expressions, source) in sources.items():
        versions[table] = _replace(person_table(settings, table), connection, expressions, source)
    for name in ("linked_patient", "chosen_patient"):
        connection.execute(f"drop table {name}")
    return versions


def _replace(
    lake: LakeTable,
    connection: duckdb.DuckDBPyConnection,
    expressions: dict[str, str],
    source: str,
) -> int:
    columns: Sequence[str] = [
        f"{expressions.get(name, 'null')} as {identifier(name)}" for name in lake.columns
    ]
    with without_values(f"{lake.path.name} could not be made from patients", "persons"):
        staged = lake.stage(connection, f"select {', '.join(columns)} from {source}")
        return lake.replace(staged, lake.files())
