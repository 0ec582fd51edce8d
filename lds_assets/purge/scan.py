"""Looking for a practice in every file of a deployment, whatever wrote it.

Nothing here knows what the erasing code erases: folders are walked, a file is taken for what its
first bytes say, and whatever it holds is read. Rule source: governance specification S17.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from lds_assets.lake.session import session
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.links import Links
from lds_assets.purge.names import Names
from lds_assets.purge.scan_file import FileReader, FileTold, Finding
from lds_assets.purge.scan_rules import feed_rules
from lds_assets.purge.scan_tables import count_in_parquet, grouped
from lds_assets.purge.sought import Sought
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

#: Less than this is read in this process: starting others takes a second or two.
POOLED_BYTES = 200_000_000
#: Files handed to a process at once; the large ones go first and alone.
_TOGETHER = 20
_LARGE_BYTES = 8_000_000


@dataclass
class Scan:
    """What was read, and what was found.

    Attributes:
        kinds: path -> what the file was taken for.
        linked: path -> what points at what -> keyed hash of a row of the practice -> rows.
    """

    findings: list[Finding] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    linked: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    size_bytes: int = 0


def scan(
    settings: Settings,
    names: Names,
    canaries: Canaries,
    suppliers: Iterable[Supplier],
    roots: Iterable[Path],
    links: Links | None = None,
) -> Scan:
    """Read every file of some folders and say where the practice is told of.

    Args:
        suppliers: their declarations tell which column of a file names the publisher.
        roots: folders, or single files; what is not there holds nothing.
        links: keys of the practice's rows that rows of other tables point at.
    """
    feeds = tuple(map(feed_rules, suppliers))
    reader = FileReader(settings, Sought(names, canaries), links or Links(), feeds)
    found = Scan()
    files = []
    for root in roots:
        for path, is_file in _walked(root):
            if names.is_named_in(path.name.encode(errors="replace")):
                found.findings.append(Finding(reader.told(path), "name", "", 1))
            if is_file:
                files.append(path)
    counted = _read_all(reader, files, found)
    with session(settings) as connection:
        _count(connection, reader, counted, found)
    found.findings.sort(key=lambda each: (each.path, each.what, each.place))
    return found


def _walked(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield whatever lies below a folder, or one file; and whether it is a file."""
    if root.is_file():
        yield root, True
    for folder, folders, files in os.walk(root):
        for name in sorted(folders):
            yield Path(folder) / name, False
        for name in sorted(files):
            yield Path(folder) / name, True


def _read_all(reader: FileReader, files: Sequence[Path], found: Scan) -> list[Path]:
    """Read files side by side; return the Parquet files whose rows are to be counted."""
    counted = []
    for path, told in _told(reader, files):
        if not told.kind and not told.findings:
            continue
        name = reader.told(path)
        found.kinds[name] = told.kind or "unreadable"
        found.size_bytes += told.size_bytes
        found.findings.extend(told.findings)
        if told.linked:
            found.linked[name] = told.linked
        if told.is_named:
            counted.append(path)
    return counted


def _told(reader: FileReader, files: Sequence[Path]) -> Iterator[tuple[Path, FileTold]]:
    sizes = {path: path.lstat().st_size for path in files if os.path.lexists(path)}
    processes = min(reader.settings.threads, os.cpu_count() or 1)
    if processes < 2 or sum(sizes.values()) < POOLED_BYTES:
        for path in sizes:
            yield path, reader.read(path)
        return
    large = sorted(
        (path for path, size in sizes.items() if size >= _LARGE_BYTES),
        key=lambda each: -sizes[each],
    )
    small = [path for path in sizes if sizes[path] < _LARGE_BYTES]
    # a copy of a process with threads of an engine may hang: new ones are started
    with ProcessPoolExecutor(
        processes, multiprocessing.get_context("spawn"), initializer=_begin, initargs=(reader,)
    ) as pool:
        yield from zip(large, pool.map(_read, large), strict=True)
        yield from zip(small, pool.map(_read, small, chunksize=_TOGETHER), strict=True)


_READER: list[FileReader] = []


def _begin(reader: FileReader) -> None:
    """Keep the reader in a process of the pool."""
    _READER[:] = [reader]


def _read(path: Path) -> FileTold:
    return _READER[0].read(path)


def _count(
    connection: duckdb.DuckDBPyConnection, reader: FileReader, files: Sequence[Path], found: Scan
) -> None:
    """Count rows of Parquet files that name the practice: together, or apart if they do not fit."""

    def tell(path: Path, what: str, place: str, count: int) -> None:
        if count:
            found.findings.append(Finding(reader.told(path), what, place, count))

    def is_counted(files: Sequence[Path]) -> bool:
        try:
            count_in_parquet(connection, files, reader.sought.names, tell)
        except duckdb.Error:
            return False
        return True

    for table in grouped(files):
        for path in [] if is_counted(table) else table:
            if not is_counted([path]):
                tell(path, "unreadable", "", 1)
