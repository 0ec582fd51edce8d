"""Delta tables written straight from DuckDB."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from lds_assets.lake.delta import LakeTable
from lds_assets.lake.sql import count_repeated

COLUMNS = {
    "id": "VARCHAR",
    "seen_at": "TIMESTAMP",
    "cost": "DECIMAL(19,4)",
    "publisher_organisation_code": "VARCHAR",
    "lds_load_sequence": "BIGINT",
}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as session:
        session.execute("set TimeZone = 'UTC'")
        yield session


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    return LakeTable(tmp_path / "observation", COLUMNS)


def _rows(sequence: int, *practices: str) -> str:
    values = ", ".join(
        f"('{practice}-{sequence}', timestamp '2026-07-01 10:00:00', 1.5, '{practice}', {sequence})"
        for practice in practices
    )
    return f"select * from (values {values}) as row ({', '.join(COLUMNS)})"


def _load(
    table: LakeTable, connection: duckdb.DuckDBPyConnection, sequence: int, *practices: str
) -> int:
    staged = table.stage(connection, _rows(sequence, *practices), sequence)
    return table.commit(staged, {f"emis/{practice}": sequence for practice in practices})


def _ids(
    table: LakeTable, connection: duckdb.DuckDBPyConnection, version: int | None = None
) -> list[str]:
    rows = connection.execute(f"select id from ({table.select(table.files(version))}) order by id")
    return [row[0] for row in rows.fetchall()]


def test_a_table_that_does_not_exist_reads_as_empty_and_typed(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    table.view(connection, "empty", table.files())
    described = connection.execute("describe empty").fetchall()
    assert {row[0]: row[1] for row in described} == COLUMNS
    assert _ids(table, connection) == []
    assert table.version() == -1


def test_one_commit_holds_all_practices_and_their_marks(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    before = max(table.version(), 0)
    assert _load(table, connection, 7, "E84001", "E84002") == before + 1
    assert _ids(table, connection) == ["E84001-7", "E84002-7"]
    assert table.transaction("emis/E84001") == table.transaction("emis/E84002") == 7
    assert table.transaction("emis/E84003") == -1


def test_staged_files_are_invisible_until_committed(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    _load(table, connection, 1, "E84001")
    staged = table.stage(connection, _rows(2, "E84001"), 2)
    assert _ids(table, connection) == ["E84001-1"]
    table.discard(staged)
    assert not any((table.path / file.path).exists() for file in staged)


def test_a_pinned_version_does_not_move(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    pinned = _load(table, connection, 1, "E84001")
    _load(table, connection, 2, "E84001")
    assert _ids(table, connection, pinned) == ["E84001-1"]
    assert _ids(table, connection) == ["E84001-1", "E84001-2"]


def test_files_are_found_by_practice_and_load(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    _load(table, connection, 1, "E84001", "E84002")
    _load(table, connection, 2, "E84001")
    assert [(f.publisher, f.sequence, f.rows) for f in table.files(sequence=1)] == [
        ("E84001", 1, 1),
        ("E84002", 1, 1),
    ]
    assert [f.sequence for f in table.files(publishers=["E84002"])] == [1]


def test_a_replaced_practice_leaves_the_others_as_they_were(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    _load(table, connection, 1, "E84001", "E84002")
    kept = table.files(publishers=["E84002"])
    table.replace([], table.files(publishers=["E84001"]))
    assert table.files() == kept


def test_instants_and_decimals_come_back_as_they_went(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    _load(table, connection, 1, "E84001")
    columns = "cast(seen_at as varchar), cast(cost as varchar)"
    query = f"select {columns} from ({table.select(table.files())})"
    row = connection.execute(query).fetchone()
    assert row == ("2026-07-01 10:00:00", "1.5000")


def test_an_instant_is_stored_in_utc_and_read_back_to_the_microsecond(
    connection: duckdb.DuckDBPyConnection, table: LakeTable
) -> None:
    # an hour that London skips, one long before any zone, one without a value
    told = ["2026-03-29 01:30:00.000001", "1712-02-29 23:59:59.999999", None]
    values = ", ".join(f"(cast({repr(each) if each else 'null'} as timestamp))" for each in told)
    rows = (
        "select 'a' as id, 1.5 as cost, 'E84001' as publisher_organisation_code, "
        f"1 as lds_load_sequence, seen_at from (values {values}) as row (seen_at)"
    )
    table.commit(table.stage(connection, rows, 1), {"emis/E84001": 1})
    read = f"select cast(seen_at as varchar), typeof(seen_at) from ({table.select(table.files())})"
    found = connection.execute(read).fetchall()
    assert sorted(found, key=str) == sorted([(each, "TIMESTAMP") for each in told], key=str)
    stored = f"select distinct typeof(seen_at) from read_parquet('{table.files()[0].path}')"
    assert connection.execute(stored).fetchall() == [("TIMESTAMP WITH TIME ZONE",)]


def test_a_mark_is_kept_even_when_there_was_nothing_to_write(table: LakeTable) -> None:
    table.commit([], {"emis/E84009": 4})
    assert table.transaction("emis/E84009") == 4


def test_rows_of_one_partition_are_written_without_sorting_them_into_it(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    staged = table.stage(connection, _rows(7, "E84001"), 7, only="E84001")
    table.commit(staged, {"emis/E84001": 7})
    found = table.files(publishers=["E84001"], sequence=7)
    assert [(file.rows, file.publisher, file.sequence) for file in found] == [(1, "E84001", 7)]
    practices = connection.execute(
        f"select publisher_organisation_code, cost from ({table.select(found)})"
    ).fetchall()
    assert [(code, float(cost)) for code, cost in practices] == [("E84001", 1.5)]


def test_a_partition_without_rows_leaves_no_file(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    staged = table.stage(connection, f"{_rows(7, 'E84001')} where false", 7, only="E84001")
    assert staged == []
    assert not list(table.path.rglob("*.parquet"))


def test_the_loads_of_many_practices_are_asked_at_once(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    asked = ["emis/E84001", "emis/E84002"]
    assert table.transactions(asked) == {"emis/E84001": -1, "emis/E84002": -1}
    _load(table, connection, 3, "E84001")
    assert table.transactions(asked) == {"emis/E84001": 3, "emis/E84002": -1}


@pytest.mark.parametrize(
    ("values", "repeated"), [("(1, 'a'), (1, 'b')", 0), ("(1, 'a'), (2, 'b'), (1, 'a')", 1)]
)
def test_values_that_occur_twice_are_counted(
    connection: duckdb.DuckDBPyConnection, values: str, repeated: int
) -> None:
    rows = f"select * from (values {values}) as pair (n, word)"
    assert count_repeated(connection, rows, ["n", "word"]) == repeated


def test_the_first_row_of_each_file_stands_for_its_load(
    table: LakeTable, connection: duckdb.DuckDBPyConnection
) -> None:
    for sequence in (3, 4):
        _load(table, connection, sequence, "E84001", "E84001", "E84002")
    select = table.select(table.files(), first_rows=True)
    rows = connection.execute(
        f"select publisher_organisation_code, lds_load_sequence from ({select}) order by all"
    ).fetchall()
    assert rows == [("E84001", 3), ("E84001", 4), ("E84002", 3), ("E84002", 4)]
