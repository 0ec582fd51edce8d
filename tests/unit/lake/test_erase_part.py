"""Some of a publisher's rows out of a table: the others stay, and files without them untouched."""

from pathlib import Path

import duckdb
import pytest

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.erase_part import remove_rows

GONE, STAYS = "A99001", "A99002"
COLUMNS = {PARTITION: "VARCHAR", "lds_load_sequence": "BIGINT", "day": "DATE"}


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


@pytest.fixture
def table(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> LakeTable:
    """Three loads: 1 has two days, 2 a late one, 3 an early one; the other practice has all."""
    made = LakeTable(tmp_path / "raw", COLUMNS)
    for sequence, days in {1: (1, 9), 2: (9,), 3: (1,)}.items():
        for code in (GONE, STAYS):
            rows = ", ".join(f"('{code}', {sequence}, date '2026-11-0{day}')" for day in days)
            met = "true" if sequence == 1 else None
            select = f"select * from (values {rows}) as t ({', '.join(COLUMNS)})"
            staged = made.stage(connection, select, sequence, met=met)
            made.commit(staged, {f"acme/{code}": sequence})
    return made


def _late(columns: object) -> str:
    assert isinstance(columns, dict) and columns["day"] == "DATE"
    return "day >= date '2026-11-05'"


def _rows(table: LakeTable, code: str) -> list[tuple[int, int]]:
    query = f"select lds_load_sequence, day(day) from ({table.select(table.files())}) where "
    return duckdb.sql(f"{query} {PARTITION} = '{code}' order by all").fetchall()


def test_only_the_named_rows_go_and_what_is_told_of_files_stays(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    before = {each.path for each in table.files()}
    assert remove_rows(connection, table.path, GONE, _late) == 2
    assert _rows(table, GONE) == [(1, 1), (3, 1)]
    assert _rows(table, STAYS) == [(1, 1), (1, 9), (2, 9), (3, 1)]
    now = {each.path: each for each in table.files(publishers=[GONE])}
    (fresh,) = now.keys() - before
    told = now[fresh]
    assert (told.sequence, told.rows, told.is_met) == (1, 1, True)
    assert table.transaction(f"acme/{GONE}") == 3
    version = table.version()
    assert remove_rows(connection, table.path, GONE, _late) == 0
    assert table.version() == version, "nothing is left to do"
