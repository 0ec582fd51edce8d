"""Persons made of a practice's own record: what is filled, and what is told to be empty."""

from pathlib import Path

import pytest

from lds_assets.canonical.tables import PERSON_TABLES
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier
from lds_assets.persons.stub import person_table, rebuild
from lds_assets.plugin.pages import coverage
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids
from lds_assets.suppliers.registry import suppliers

#: A patient of whom everything is known.
_PATIENT = """
create table current_patient as select 'p1' as id, 'r1' as lds_source_record_id,
    'X99901' as publisher_organisation_code, false as lds_is_deleted, 'made' as lds_source_dataset,
    timestamp '2026-01-10 03:00:00' as lds_transform_datetime,
    timestamp '2026-01-10 00:05:00' as source_extraction_date, '9990000018' as nhs_number,
    'Ada' as first_name, 'Bee' as middle_name, 'Test' as last_name, date '1980-01-01' as birth_date,
    date '2025-06-02' as death_date, true as is_spine_sensitive
"""


@pytest.mark.parametrize("table", sorted(PERSON_TABLES))
def test_what_is_null_of_a_patient_known_whole_is_told_to_be_empty(
    tmp_path: Path, table: str
) -> None:
    settings = Settings(home=tmp_path, threads=1)
    cells = coverage(dict(list(suppliers().items())[:1]))
    told = {
        column
        for (of, column), each in cells.items()
        if of == table and all(cell.told.startswith("empty so far") for cell in each.values())
    }
    with session(settings) as connection:
        connection.execute(_PATIENT)
        rebuild(settings, connection)
        lake = person_table(settings, table)
        names = ", ".join(identifier(name) for name in olids()[table].column_names)
        (row,) = connection.execute(f"select {names} from ({lake.select(lake.files())})").fetchall()
    null = {n for n, value in zip(olids()[table].column_names, row, strict=True) if value is None}
    assert null == told
