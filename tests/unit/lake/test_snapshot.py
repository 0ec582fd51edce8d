"""A table's log is read once a version, and nothing another process does is missed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from lds_assets.lake import delta, snapshot
from lds_assets.lake.delta import LakeTable

COLUMNS = {
    "id": "VARCHAR",
    "publisher_organisation_code": "VARCHAR",
    "lds_load_sequence": "BIGINT",
}


@pytest.fixture
def table(tmp_path: Path) -> LakeTable:
    return LakeTable(tmp_path / "observation", COLUMNS)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The versions that were read from a log, None for the newest."""
    versions: list[object] = []

    def noted(path: str, version: int | None = None) -> DeltaTable:
        versions.append(version)
        return DeltaTable(path, version=version)

    monkeypatch.setattr(snapshot, "DeltaTable", noted)
    return versions


def _load(table: LakeTable, sequence: int) -> int:
    with duckdb.connect() as connection:
        rows = f"select '{sequence}' as id, 'E84001' as publisher_organisation_code, {sequence} as "
        return table.commit(table.stage(connection, rows + "lds_load_sequence", sequence), {})


def _sequences(table: LakeTable, version: int | None = None) -> list[int]:
    return sorted(file.sequence for file in table.files(version) if file.sequence)


def test_what_was_written_or_read_is_not_read_again(table: LakeTable, opened: list[object]) -> None:
    versions = [_load(table, sequence) for sequence in (1, 2, 3)]
    opened.clear()
    for _ in range(2):
        assert [_sequences(table, each) for each in versions] == [[1], [1, 2], [1, 2, 3]]
        assert _sequences(table) == [1, 2, 3]
    assert opened == []


def test_an_older_version_is_read_once(
    table: LakeTable, opened: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _load(table, 1)
    _load(table, 2)
    monkeypatch.setattr(snapshot, "_versions", {})
    opened.clear()
    assert _sequences(table, first) == _sequences(table, first) == [1]
    assert opened == [first]


@contextmanager
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Do something as another process would: nothing of it is kept here."""
    with monkeypatch.context() as there:
        for name in ("_kept", "_versions"):
            there.setattr(snapshot, name, {})
        yield


def test_another_s_commit_is_seen_at_once(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    _load(table, 1)
    with _elsewhere(monkeypatch):
        _load(table, 2)
    assert _sequences(table) == [1, 2]


def test_a_commit_that_another_overtook_is_not_taken_for_the_newest(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken = LakeTable(table.path, COLUMNS)
    keep = snapshot.keep_written

    def late(path: Path, written: DeltaTable) -> None:
        monkeypatch.undo()
        _load(overtaken, 2)
        keep(path, written)

    monkeypatch.setattr(delta, "keep_written", late)
    _load(table, 1)
    assert _sequences(table) == [1, 2]


def test_a_table_made_anew_has_its_own_versions(
    table: LakeTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _load(table, 1)
    _load(table, 2)
    with _elsewhere(monkeypatch):
        shutil.rmtree(table.path)
        assert _load(table, 8) == first
        _load(table, 9)
    assert _sequences(table, first) == [8]
    assert _sequences(table) == [8, 9]
