"""A table made before its dictionary had a column is read and written on: what it lacks is null."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.session import session
from lds_assets.resources import Settings

OLD = {PARTITION: "VARCHAR", "id": "VARCHAR"}
GAINED = {
    "text": ("VARCHAR", "'word'", "word"),
    "number": ("BIGINT", "7", 7),
    "price": ("DECIMAL(9,2)", "1.25", Decimal("1.25")),
    "at": ("TIMESTAMP", "timestamp '2026-01-10 00:05:00'", datetime(2026, 1, 10, 0, 5)),
    "is_so": ("BOOLEAN", "true", True),
}
NEW = {**OLD, **{name: kind for name, (kind, _, _) in GAINED.items()}}


def _write(connection: duckdb.DuckDBPyConnection, table: LakeTable, name: str, number: int) -> None:
    more = ", ".join(f"{value} as {each}" for each, (_, value, _) in GAINED.items())
    staged = table.stage(
        connection, f"select 'E1' as {PARTITION}, '{name}' as id, {more}", number, "E1"
    )
    # what is staged is read before it is committed
    (read,) = connection.execute(table.select([table.active(each) for each in staged])).fetchall()
    assert read[1] == name
    assert read[2:] == tuple(v for _, _, v in GAINED.values())[: len(read) - 2]
    table.commit(staged, {"a": number})


def _rows(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, version: int | None = None
) -> list[object]:
    files = table.files(version)
    return sorted(connection.execute(table.select(files)).fetchall(), key=str)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(Settings(home=tmp_path)) as opened:
        yield opened


def test_an_old_table_is_read_with_the_column_null_before_anything_is_written(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    _write(connection, LakeTable(tmp_path / "t", OLD), "old", 1)
    assert _rows(connection, LakeTable(tmp_path / "t", NEW)) == [("E1", "old", *(None,) * 5)]
    # reading changes no table
    assert LakeTable(tmp_path / "t", NEW).version() == LakeTable(tmp_path / "t", OLD).version()


def test_old_and_new_rows_stand_side_by_side_in_every_version(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    old, new = LakeTable(tmp_path / "t", OLD), LakeTable(tmp_path / "t", NEW)
    _write(connection, old, "old", 1)
    before = old.version()
    _write(connection, new, "new", 2)
    values = tuple(value for _, _, value in GAINED.values())
    bare = ("E1", "old", *(None,) * len(GAINED))
    assert _rows(connection, new) == [("E1", "new", *values), bare]
    assert _rows(connection, new, before) == [bare]
    # a program of before reads on, too
    assert _rows(connection, old) == [("E1", "new"), ("E1", "old")]
    told = {field.name for field in new._open().schema().fields}  # type: ignore[union-attr]
    assert told == NEW.keys()


def test_a_column_is_gained_once(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    new = LakeTable(tmp_path / "t", NEW)
    _write(connection, LakeTable(tmp_path / "t", OLD), "old", 1)
    _write(connection, new, "new", 2)
    gained = new.version()
    _write(connection, new, "newer", 3)
    assert new.version() == gained + 1


def test_a_table_that_gained_nothing_is_read_as_ever(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    new = LakeTable(tmp_path / "t", NEW)
    _write(connection, new, "new", 1)
    assert "union" not in new.select(new.files())


def test_the_first_row_of_each_file_is_found_with_a_gained_column(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    new = LakeTable(tmp_path / "t", NEW)
    _write(connection, LakeTable(tmp_path / "t", OLD), "old", 1)
    _write(connection, new, "new", 2)
    found = connection.execute(new.select(new.files(), first_rows=True)).fetchall()
    assert sorted(row[1] for row in found) == ["new", "old"]
