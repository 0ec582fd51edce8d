"""Looking for a practice in every file of a deployment, whatever wrote it.

Nothing here knows what the erasing code erases: folders are walked, a file is taken for what its
first bytes say, and whatever it holds is read. Rule source: governance specification S17.
"""

import csv
import io
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import duckdb

from lds_assets.errors import RoadError
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.landing.decrypt import plain_bytes
from lds_assets.purge.canaries import Canaries, tokens
from lds_assets.purge.names import Names
from lds_assets.purge.records import identity, wide
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

_CHUNK = 1 << 22
#: Columns that say whose a row is, in tables the platform makes.
_PUBLISHER = re.compile(r"(lds_)?(publishers?.*|(gp_)?practice(_code)?|owner.*)")
_SEARCHED = ("VARCHAR", "BIGINT", "STRUCT", "MAP", "JSON")


@dataclass(frozen=True)
class Finding:
    """One place of one file that tells of the practice.

    Attributes:
        path: relative to ``LDS_HOME``, absolute when it lies elsewhere.
        what: ``publisher`` (rows of the practice), ``canary``, ``organisation`` (its id or code in
            another column), ``name`` (of the file or a folder), ``unreadable``.
        place: table and column, where there are any.
        count: rows, or different canaries.
    """

    path: str
    what: str
    place: str
    count: int


@dataclass
class Scan:
    """What was read, and what was found."""

    findings: list[Finding] = field(default_factory=list)
    kinds: dict[str, str] = field(default_factory=dict)
    size_bytes: int = 0


def scan(
    settings: Settings,
    names: Names,
    canaries: Canaries,
    suppliers: Iterable[Supplier],
    roots: Iterable[Path],
) -> Scan:
    """Read every file of some folders and say where the practice is told of.

    Args:
        suppliers: their declarations tell which column of a file names the publisher.
        roots: folders, or single files; what is not there holds nothing.
    """
    looking = _Looking(settings, names, canaries, list(suppliers))
    with session(settings) as connection:
        looking.connection = connection
        canaries.known_to(connection)
        for root in roots:
            looking.walk(root)
        looking.read_tables()
    return looking.scan


class _Looking:
    connection: duckdb.DuckDBPyConnection

    def __init__(
        self, settings: Settings, names: Names, canaries: Canaries, suppliers: Sequence[Supplier]
    ) -> None:
        self._settings = settings
        self._home = settings.home.absolute()
        self._names = names
        self._ids = {names.code.lower(), *(each for ids in names.ids.values() for each in ids)}
        self._marks = names.marks
        self._canaries = canaries
        self._publishers = _publisher_columns(suppliers)
        self._tables: dict[Path, list[Path]] = {}
        self.scan = Scan()

    def walk(self, root: Path) -> None:
        """Read whatever lies below a folder, or one file."""
        if root.is_file():
            self._file(root)
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in (*folders, *files):
                if self._marks.within(name.encode(errors="replace")):
                    self._tell(Path(folder) / name, "name", "", 1)
            for name in sorted(files):
                self._file(Path(folder) / name)

    def _file(self, path: Path) -> None:
        if path.is_symlink() or not path.is_file():
            return
        try:
            with path.open("rb") as handle:
                head = handle.read(16)
            self.scan.size_bytes += path.stat().st_size
            kind = _kind(path, head)
            self.scan.kinds[self._told(path)] = kind
            self._bytes(path)
            if kind == "parquet":
                self._tables.setdefault(_table_of(path), []).append(path)
            elif kind in _READERS:
                _READERS[kind](self, path)
        except (OSError, RoadError, duckdb.Error, sqlite3.Error, ValueError, csv.Error):
            self._tell(path, "unreadable", "", 1)

    def _told(self, path: Path) -> str:
        inside = path.is_relative_to(self._home)
        return path.relative_to(self._home).as_posix() if inside else path.as_posix()

    def _tell(self, path: Path, what: str, place: str, count: int) -> None:
        if count:
            self.scan.findings.append(Finding(self._told(path), what, place, int(count)))

    # -- any file: its bytes -------------------------------------------------------------------

    def _bytes(self, path: Path) -> None:
        """Look for canaries in the bytes as they are: footers, logs, free pages, text."""
        with path.open("rb") as handle:
            chunks = iter(lambda: handle.read(_CHUNK), b"")
            self._tell(path, "canary", "bytes", self._count(tokens(chunks)))

    def _count(self, found: Iterable[bytes]) -> int:
        seen: set[bytes] = set()
        for token in found:
            if token not in seen and self._canaries.is_one(token):
                seen.add(token)
        return len(seen)

    # -- text ----------------------------------------------------------------------------------

    def _encrypted(self, path: Path) -> None:
        with plain_bytes(path, self._settings.gnupg_home) as chunks:
            data = b"".join(chunks)
        self._tell(path, "canary", "text", self._count(tokens([data])))
        self._text(path, io.BytesIO(data))

    def _plain(self, path: Path) -> None:
        with path.open("rb") as handle:
            self._text(path, handle)

    def _text(self, path: Path, handle: BinaryIO) -> None:
        """Count records that name the practice: as publisher, or in another column."""
        if not any(map(self._marks.within, wide(iter(lambda: handle.read(_CHUNK), b"")))):
            return
        handle.seek(0)
        columns = self._publishers_in(path)
        if columns is None:
            what = "publisher" if path.is_relative_to(self._settings.landing) else "organisation"
            self._tell(path, what, "text", sum(map(self._marks.within, handle)))
            return
        own = named = 0
        for cells, whose in _rows(path, handle, columns):
            if self._ids & set(map(identity, whose)):
                own += 1
            elif self._marks.within("\n".join(cells).encode()):
                named += 1
        self._tell(path, "publisher", ", ".join(sorted(columns)), own)
        self._tell(path, "organisation", "other columns", named)

    def _publishers_in(self, path: Path) -> frozenset[str] | None:
        """Return the columns of a supplier's file that name the publisher; None for other text."""
        if not path.is_relative_to(self._settings.landing):
            return None
        for table in sorted(self._publishers, key=len, reverse=True):
            if re.search(rf"(?:^|_){re.escape(table)}(?:_|\.|$)", path.name.lower()):
                return self._publishers[table]
        return None

    # -- tables --------------------------------------------------------------------------------

    def read_tables(self) -> None:
        """Read the Parquet files, those of one table together; apart when they do not fit."""
        for files in self._tables.values():
            if self._is_read(files):
                continue
            for path in files:
                if not self._is_read([path]):
                    self._tell(path, "unreadable", "", 1)

    def _is_read(self, files: Sequence[Path]) -> bool:
        try:
            self._parquet(files)
        except duckdb.Error:
            return False
        return True

    def _parquet(self, files: Sequence[Path]) -> None:
        listed = ", ".join(literal(str(path)) for path in files)
        rows = (
            f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true, "
            "filename = 'lds_path')"
        )
        described = self.connection.execute(f"describe select * from {rows}").fetchall()
        columns = [(str(row[0]), str(row[1])) for row in described if row[0] != "lds_path"]
        whole = self.connection.execute(f"select lds_path, count(*) from {rows} group by 1")
        totals = {str(path): int(count) for path, count in whole.fetchall()}
        self._relation(rows, columns, "")
        for path in files:
            if self._is_partition(path):
                self._tell(path, "publisher", "partition", totals.get(str(path), 0))

    def _is_partition(self, path: Path) -> bool:
        return any(part.endswith(f"={self._names.code}") for part in path.parts)

    def _database(self, path: Path) -> None:
        alias = "looked_at"
        self.connection.execute(f"attach {literal(str(path))} as {alias} (read_only)")
        try:
            tables = self.connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = ?",
                [alias],
            ).fetchall()
            for schema, table in tables:
                name = f"{alias}.{identifier(schema)}.{identifier(table)}"
                described = self.connection.execute(f"describe {name}").fetchall()
                columns = [(str(row[0]), str(row[1])) for row in described]
                rows = f"(select {literal(str(path))} as lds_path, * from {name})"
                self._relation(rows, columns, f"{table}.")
        finally:
            self.connection.execute(f"detach {alias}")

    def _relation(self, rows: str, columns: Sequence[tuple[str, str]], prefix: str) -> None:
        """Search the columns of a relation; each of its rows names its file in ``lds_path``."""
        searched = [(name, kind) for name, kind in columns if kind.startswith(_SEARCHED)]
        if not searched:
            return
        counts = ", ".join(f"count(*) filter (where {self._asked(*each)})" for each in searched)
        query = f"select lds_path, {counts} from {rows} group by 1"
        for found in self.connection.execute(query).fetchall():
            for (name, _kind), count in zip(searched, found[1:], strict=True):
                self._tell(Path(found[0]), self._named(found[0], name), prefix + name, count)
        texts = [f"cast({identifier(name)} as varchar)" for name, _kind in searched]
        for told, count in self.connection.execute(self._canaries.counted(rows, texts)).fetchall():
            self._tell(Path(told), "canary", f"{prefix}columns", count)

    def _asked(self, name: str, kind: str) -> str:
        """Return the condition that a column names the practice."""
        text = f"lower(cast({identifier(name)} as varchar))"
        if kind in ("VARCHAR", "BIGINT") and not name.startswith("publishers"):
            listed = ", ".join(literal(each) for each in sorted(self._ids))
            return f"trim({text}, ' {{}}') in ({listed})"
        return " or ".join(f"contains({text}, {literal(each)})" for each in sorted(self._ids))

    def _named(self, path: str, column: str) -> str:
        """Say whether a column that names the practice says that the row is its own."""
        if "/raw_" in path:
            return "publisher" if column.startswith("publisher") else "organisation"
        return "publisher" if _PUBLISHER.fullmatch(column.lower()) else "organisation"

    def _sqlite(self, path: Path) -> None:
        uri = f"file:{path}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            tables = connection.execute("select name from sqlite_master where type = 'table'")
            for (table,) in tables.fetchall():
                columns = connection.execute(f"pragma table_info({identifier(table)})").fetchall()
                text = [identifier(row[1]) for row in columns]
                told = " or ".join(
                    f"instr(lower(cast({name} as text)), {literal(each)})"
                    for name in text
                    for each in sorted(self._ids)
                )
                (count,) = connection.execute(
                    f"select count(*) from {identifier(table)} where {told}"
                ).fetchone()
                self._tell(path, "organisation", str(table), count)


_READERS = {
    "duckdb": _Looking._database,
    "sqlite": _Looking._sqlite,
    "encrypted": _Looking._encrypted,
    "text": _Looking._plain,
}


def _kind(path: Path, head: bytes) -> str:
    if head[:4] == b"PAR1":
        return "parquet"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head[:15] == b"SQLite format 3":
        return "sqlite"
    return "encrypted" if path.suffix in (".gpg", ".pgp", ".asc") else "text"


def _table_of(path: Path) -> Path:
    """Return the folder of the table a file is of: that above its partition."""
    folder = path.parent
    while "=" in folder.name:
        folder = folder.parent
    # a folder of single tables, not of one table's files
    return path if folder == path.parent and not (folder / "_delta_log").is_dir() else folder


def _publisher_columns(suppliers: Iterable[Supplier]) -> dict[str, frozenset[str]]:
    """Return file kind -> columns that name the publisher, in lower case; none for shared ones."""
    found: dict[str, frozenset[str]] = {}
    for supplier in suppliers:
        every = {
            each.publisher.column.lower()
            for each in supplier.definition.tables
            if each.publisher.column
        }
        for name in supplier.dictionary:
            found[name.lower()] = frozenset(every)
        for table in supplier.definition.tables:
            if table.publisher.shared:
                found[table.name.lower()] = frozenset()
            elif table.publisher.column:
                found[table.name.lower()] = frozenset({table.publisher.column.lower()})
    return found


def _rows(
    path: Path, handle: BinaryIO, columns: frozenset[str]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield each record's values, and those of the columns that name the publisher."""
    text = io.TextIOWrapper(handle, encoding="utf-8", errors="replace", newline="")
    if ".csv" not in path.suffixes[-2:]:
        for line in text:
            record = json.loads(line)
            found = {str(name).lower(): str(value) for name, value in record.items()}
            yield list(found.values()), [found[name] for name in columns if name in found]
        return
    rows = csv.reader(text)
    header = [each.strip().strip("\ufeff").lower() for each in next(rows, [])]
    places = [place for place, name in enumerate(header) if name in columns]
    for row in rows:
        # a record of another form may be anybody's: all of it counts
        whole = len(row) != len(header)
        yield row, row if whole else [row[place] for place in places]
