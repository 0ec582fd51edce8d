"""One publisher goes out of a Delta table to the last byte; the others' files are not touched."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.erase import (
    LOG,
    delta_tables,
    drop_past,
    held,
    remove,
    remove_folders,
    renew,
)

GONE, STAYS = "F86045", "G84624"


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.fixture
def table(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> LakeTable:
    """Three loads of two publishers: 3 and 2 rows each; one of them was replaced later."""
    made = LakeTable(
        tmp_path / "lake" / "rows",
        {PARTITION: "VARCHAR", "lds_load_sequence": "BIGINT", "text": "VARCHAR"},
    )
    for sequence in (1, 2, 3):
        _load(made, connection, sequence)
    old = [file for file in made.files(publishers=[GONE]) if file.sequence == 1]
    made.replace(_staged(made, connection, 1, GONE, 3), old)
    return made


def _staged(
    table: LakeTable, connection: duckdb.DuckDBPyConnection, sequence: int, code: str, rows: int
) -> list:  # type: ignore[type-arg]
    return table.stage(
        connection,
        f"select '{code}' as {PARTITION}, {sequence} as lds_load_sequence, "
        f"'{code} secret ' || n as text from range({rows}) as r(n)",
        sequence,
    )


def _load(table: LakeTable, connection: duckdb.DuckDBPyConnection, sequence: int) -> None:
    staged = _staged(table, connection, sequence, GONE, 3)
    staged += _staged(table, connection, sequence, STAYS, 2)
    table.commit(staged, {f"emis/{GONE}": sequence, f"emis/{STAYS}": sequence, "emis/shared": 1})


def _bytes(root: Path, code: str) -> dict[str, str]:
    """Return path -> hash of the files of a publisher's partition."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*.parquet"))
        if f"={code}" in str(path) and LOG not in path.parts
    }


def _erase(table: LakeTable, scratch: Path) -> int:
    rows = remove(table.path, GONE)
    renew(table.path, GONE, scratch)
    return rows


def test_removing_counts_the_rows_once(table: LakeTable) -> None:
    assert sum(file.rows for file in held(table.path, GONE)) == 9
    assert remove(table.path, GONE) == 9
    assert remove(table.path, GONE) == 0
    assert sum(file.rows for file in table.files()) == 6


def test_versions_before_are_readable_until_the_past_is_dropped(
    table: LakeTable, tmp_path: Path
) -> None:
    before = table.version()
    _erase(table, tmp_path / "scratch")
    assert sum(file.rows for file in table.files(before)) == 15
    assert all(Path(file.path).exists() for file in table.files(before))


def test_not_a_byte_stays_and_the_others_are_as_they_were(table: LakeTable, tmp_path: Path) -> None:
    others = _bytes(table.path, STAYS)
    _erase(table, tmp_path / "scratch")
    pinned = table.version()
    assert drop_past(table.path, GONE, pinned) > 0
    remove_folders(table.path, GONE)
    assert _bytes(table.path, STAYS) == others
    everything = [path for path in table.path.rglob("*")]
    assert not [path for path in everything if GONE in str(path)]
    found = [path for path in everything if path.is_file() and GONE.encode() in path.read_bytes()]
    assert found == []
    assert sum(file.rows for file in table.files(pinned)) == 6


def test_what_others_loaded_is_known_after_it_and_loads_go_on(
    table: LakeTable, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    sequences = {file.sequence for file in table.files(publishers=[STAYS])}
    _erase(table, tmp_path / "scratch")
    drop_past(table.path, GONE, table.version())
    assert table.transaction(f"emis/{STAYS}") == 3
    assert table.transaction("emis/shared") == 1
    assert table.transaction(f"emis/{GONE}") == -1
    assert {file.sequence for file in table.files()} == sequences == {1, 2, 3}
    staged = _staged(table, connection, 4, STAYS, 2)
    table.commit(staged, {f"emis/{STAYS}": 4})
    assert sum(file.rows for file in table.files()) == 8


def test_every_step_can_be_repeated(table: LakeTable, tmp_path: Path) -> None:
    _erase(table, tmp_path / "scratch")
    version = table.version()
    assert renew(table.path, GONE, tmp_path / "scratch") is False
    assert table.version() == version
    drop_past(table.path, GONE, version)
    after = table.version()
    _erase(table, tmp_path / "scratch")
    assert table.version() == after, "a clean table is not written"
    drop_past(table.path, GONE, version)
    assert sum(file.rows for file in table.files(version)) == 6


def test_a_checkpoint_without_its_commit_is_not_believed(table: LakeTable, tmp_path: Path) -> None:
    """Killed between the checkpoint's file and its commit: the next try makes both anew."""
    remove(table.path, GONE)
    version = table.version()
    name = f"{version + 1:020}"
    (table.path / LOG / f"{name}.checkpoint.parquet").write_bytes(b"half")
    assert renew(table.path, GONE, tmp_path / "scratch")
    assert (table.path / LOG / f"{name}.checkpoint.parquet").read_bytes()[:4] == b"PAR1"
    drop_past(table.path, GONE, version + 1)
    assert sum(file.rows for file in table.files()) == 6


def test_a_checkpoint_the_library_made_is_read(
    table: LakeTable, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    """Its commits are folded from a checkpoint, whose maps Parquet gives as lists."""
    from deltalake import DeltaTable  # noqa: PLC0415

    DeltaTable(str(table.path)).create_checkpoint()
    _load(table, connection, 4)
    _erase(table, tmp_path / "scratch")
    drop_past(table.path, GONE, table.version())
    assert table.transaction(f"emis/{STAYS}") == 4
    assert sum(file.rows for file in table.files()) == 8
    log = table.path / LOG
    assert not [path for path in log.iterdir() if GONE.encode() in path.read_bytes()]


def test_a_log_is_not_renewed_while_files_are_held(table: LakeTable, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="still holds"):
        renew(table.path, GONE, tmp_path / "scratch")


def test_all_tables_are_found_whatever_their_place(table: LakeTable, tmp_path: Path) -> None:
    deep = LakeTable(tmp_path / "lake" / "raw_x" / "of" / "a_supplier", {PARTITION: "VARCHAR"})
    deep.create()
    assert delta_tables(tmp_path / "lake") == [deep.path, table.path]
