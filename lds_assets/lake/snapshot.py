"""The newest version of a Delta table, read from its log once and kept while the log stays.

A load asks the same tables for their files hundreds of times. Which version is the newest is asked
of the log's folder every time, so that nothing another process committed is missed.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError

PARTITION = "publisher_organisation_code"
SEQUENCE = "lds_load_sequence"


#: How the name of a file begins that holds no row which misses what it looks up (``raw/met.py``).
MET = "met-"
#: How it begins when, besides, no record of such a row misses it in another row of the same write.
APART = f"{MET}apart-"


@dataclass(frozen=True)
class ActiveFile:
    """A Parquet file that belongs to one version of a table.

    Attributes:
        path: absolute.
        publisher: partition value.
        sequence: load sequence of all its rows; None when they differ.
    """

    path: str
    publisher: str
    rows: int
    size_bytes: int
    sequence: int | None

    @property
    def is_met(self) -> bool:
        """Say whether every row found what it looks up when it was written."""
        return Path(self.path).name.startswith(MET)

    @property
    def is_apart(self) -> bool:
        """Say whether none of its records was written with a row besides that missed something."""
        return Path(self.path).name.startswith(APART)


class Entry(NamedTuple):
    """The newest entry of a table's log: its name, and the file itself, should it be another's."""

    name: str
    inode: int
    changed_at: int
    size_bytes: int


@dataclass(frozen=True)
class Snapshot:
    """A version of a table. ``table`` is to be read, never written with."""

    table: DeltaTable
    files: tuple[ActiveFile, ...]


_kept: dict[Path, tuple[Entry, Snapshot]] = {}

#: Files of versions that were read, with the log's entry of the version; a version never changes.
_versions: dict[tuple[Path, int], tuple[Entry, tuple[ActiveFile, ...]]] = {}
_VERSIONS_AT_MOST = 2000


def newest_snapshot(path: Path) -> Snapshot | None:
    """Return the newest version of the table in a folder, None when there is no table."""
    newest = _newest_entry(path)
    if newest is None:
        _kept.pop(path, None)
        return None
    entry, snapshot = _kept.get(path, (None, None))
    if snapshot is None or entry != newest:
        try:
            table = DeltaTable(str(path))
        except TableNotFoundError:
            return None
        snapshot = Snapshot(table, active_files(table, path))
        # a commit meanwhile: what was read may be newer than its name, and is read again next time
        _keep(path, newest, snapshot)
    return snapshot


def keep_written(path: Path, table: DeltaTable) -> None:
    """Take the version that a commit has just made, without reading it again, if it is the newest.

    Args:
        table: brought up to the commit; not to be written with any more.
    """
    newest = _newest_entry(path)
    if newest is not None and newest.name == _entry_name(int(table.version())):
        _keep(path, newest, Snapshot(table, active_files(table, path)))


def files_of(path: Path, version: int) -> tuple[ActiveFile, ...]:
    """Return the files of a version of the table in a folder."""
    entry = _entry(path, _entry_name(version))
    known, files = _versions.get((path, version), (None, ()))
    if entry is None or known != entry:
        files = active_files(DeltaTable(str(path), version=version), path)
        _note(path, version, entry, files)
    return files


def _keep(path: Path, newest: Entry, snapshot: Snapshot) -> None:
    _kept[path] = (newest, snapshot)
    version = int(snapshot.table.version())
    if newest.name == _entry_name(version):
        _note(path, version, newest, snapshot.files)


def _note(path: Path, version: int, entry: Entry | None, files: tuple[ActiveFile, ...]) -> None:
    if len(_versions) >= _VERSIONS_AT_MOST:
        _versions.clear()
    if entry is not None:
        _versions[path, version] = (entry, files)


def _entry_name(version: int) -> str:
    return f"{version:020d}.json"


def _newest_entry(path: Path) -> Entry | None:
    try:
        with os.scandir(path / "_delta_log") as log:
            names = [entry.name for entry in log if entry.name.endswith(".json")]
    except FileNotFoundError:
        return None
    if not names:
        return None
    # gone meanwhile: the log begins anew
    return _entry(path, max(names)) or _newest_entry(path)


def _entry(path: Path, name: str) -> Entry | None:
    try:
        found = (path / "_delta_log" / name).stat()
    except FileNotFoundError:
        return None
    return Entry(name, found.st_ino, found.st_mtime_ns, found.st_size)


def active_files(table: DeltaTable, root: Path) -> tuple[ActiveFile, ...]:
    """Return the files of a version, in the order of their paths."""
    actions = table.get_add_actions(flatten=True)
    columns = {name: actions.column(name).to_pylist() for name in actions.schema.names}
    nothing = [None] * actions.num_rows
    found = [
        ActiveFile(
            path=str(root / path),
            publisher=str(publisher),
            rows=int(rows),
            size_bytes=int(size),
            sequence=None if sequence is None else int(sequence),
        )
        for path, publisher, rows, size, sequence in zip(
            columns.get("path", nothing),
            columns.get(f"partition.{PARTITION}", nothing),
            columns.get("num_records", nothing),
            columns.get("size_bytes", nothing),
            columns.get(f"min.{SEQUENCE}", nothing),
            strict=True,
        )
    ]
    return tuple(sorted(found, key=lambda file: file.path))
