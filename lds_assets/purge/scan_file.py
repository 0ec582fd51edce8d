"""Reading one file for what it tells of a practice: its bytes, and what these say it is.

Packed and encrypted files are opened, what lies in them is read in the same way, and what cannot be
opened is told. Runs in a process of its own where there is much to read: what it needs is plain.
"""

import csv
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import duckdb
from pyarrow import parquet

from lds_assets.errors import RoadError
from lds_assets.lake.session import session
from lds_assets.purge.links import Links
from lds_assets.purge.scan_columns import linked_in_parquet, look_through_parquet
from lds_assets.purge.scan_packed import (
    BROKEN,
    CHUNK,
    HEAD,
    STREAMED,
    Opener,
    is_chance_inside,
    kind_of,
    members,
)
from lds_assets.purge.scan_rules import FeedRules, Link, TableRule
from lds_assets.purge.scan_sqlite import look_into_sqlite
from lds_assets.purge.scan_tables import count_in_parquet, is_asked_closely, look_into_database
from lds_assets.purge.scan_text import lines_that_name, linked, records
from lds_assets.purge.sought import Sought
from lds_assets.resources import Settings

#: What may go wrong with a file that is not what it says, or cannot be opened.
FAULTS = (*BROKEN, RoadError, duckdb.Error, sqlite3.Error, csv.Error)
#: Files packed in files packed in files: deeper ones are told as unreadable.
_DEPTH = 4


@dataclass(frozen=True)
class Finding:
    """One place of one file that tells of the practice.

    Attributes:
        path: relative to ``LDS_HOME``, absolute when it lies elsewhere; what is packed in a file
            follows after an exclamation mark.
        what: ``publisher`` (rows of the practice), ``linked`` (rows of it that are owned through
            another table), ``canary``, ``organisation`` (its id or code in another column),
            ``name`` (of the file or a folder), ``unreadable``, ``unopened`` (of no known form, and
            packed or encrypted by the look of it).
        place: table and column, where there are any.
        count: rows, or different canaries.
    """

    path: str
    what: str
    place: str
    count: int


@dataclass
class FileTold:
    """What one file told.

    Attributes:
        linked: what points at what -> keyed hash -> rows that point at the practice's row.
        is_named: a Parquet file names the practice: its rows are to be counted.
    """

    kind: str = ""
    size_bytes: int = 0
    findings: list[Finding] = field(default_factory=list)
    linked: dict[str, Counter[str]] = field(default_factory=dict)
    is_named: bool = False


@dataclass(frozen=True)
class FileReader:
    """Reads files for one practice."""

    settings: Settings
    sought: Sought
    links: Links
    feeds: tuple[FeedRules, ...]

    def read(self, path: Path) -> FileTold:
        """Read one file; whatever goes wrong with it is told of it."""
        told = FileTold()
        if not path.is_symlink() and path.is_file():
            _Reading(self, told, path).lying(path, path.name)
        return told

    def told(self, path: Path) -> str:
        """Return a path as findings have it."""
        home = self.settings.home.absolute()
        inside = path.is_relative_to(home)
        return path.relative_to(home).as_posix() if inside else path.as_posix()


class _Reading:
    """One file of the deployment being read, or something packed in it.

    Args:
        file: the file of the deployment.
        inside: what of it is read, as findings have it after its path.
        depth: how many times it was packed.
    """

    def __init__(
        self, reader: FileReader, told: FileTold, file: Path, inside: str = "", depth: int = 0
    ) -> None:
        self._reader = reader
        self._names = reader.sought.names
        self._told = told
        self._file = file
        self._inside = inside
        self._depth = depth

    def lying(self, path: Path, name: str) -> None:
        """Read what lies on disk: the file itself, or a copy of what was packed.

        Args:
            name: by which its kind is told.
        """
        try:
            with path.open("rb") as handle:
                head = handle.read(HEAD)
            size = path.stat().st_size
            kind = kind_of(name, head)
            if kind in ("text", "binary") and is_chance_inside(path, size):
                kind = "unopened"
            if not self._depth:
                self._told.kind, self._told.size_bytes = kind, size
            open_ = _opener(path)
            is_named, _head = self._bytes(open_, "bytes")
            if kind in STREAMED:
                self._plain(open_, name, kind, is_named)
            else:
                self._by_kind(path, name, kind)
        except FAULTS:
            self._tell("unreadable", "", 1)

    def _by_kind(self, path: Path, name: str, kind: str) -> None:
        if kind == "parquet":
            self._parquet(path)
        elif kind == "duckdb":
            with session(self._reader.settings, threads=1) as connection:
                look_into_database(connection, path, self._reader.sought, self._tell_row)
        elif kind == "sqlite":
            for table, found in look_into_sqlite(path, self._reader.sought):
                self._tell("organisation", table, found.named)
                self._tell("canary", table, len(found.canaries))
        else:
            self._packed(path, name, kind)

    # -- bytes and text

    def _bytes(self, open_: Opener, place: str) -> tuple[bool, bytes]:
        """Look for canaries in bytes as they are.

        Returns:
            Whether they name the practice, and the first of them. They are read to their end: a
            decryption is believed only then.
        """
        head = bytearray()

        def noted(chunks: Iterable[bytes]) -> Iterator[bytes]:
            for chunk in chunks:
                if len(head) < HEAD:
                    head.extend(chunk[: HEAD - len(head)])
                yield chunk

        with open_() as chunks:
            found = self._reader.sought.read(noted(chunks))
        self._tell("canary", place, len(found.canaries))
        return found.is_named, bytes(head)

    def _plain(self, open_: Opener, name: str, kind: str, is_named: bool) -> None:
        """Count records that are the practice's, or name it."""
        if kind == "unopened":
            self._tell("unopened", "", 1)
        landing = self._reader.settings.landing
        is_landed = self._file.is_relative_to(landing)
        code = self._file.relative_to(landing).parts[0] if is_landed else ""
        feed = next((each for each in self._reader.feeds if each.code == code), None)
        rule = feed.rule(name) if feed else None
        if feed is not None and rule is not None:
            self._records(open_, feed, rule, is_named)
        elif is_named:
            with open_() as chunks:
                count = lines_that_name(chunks, self._names)
            self._tell("publisher" if is_landed else "organisation", "text", max(1, count))

    def _records(self, open_: Opener, feed: FeedRules, rule: TableRule, is_named: bool) -> None:
        link, links = rule.link, self._reader.links
        if not is_named:
            if link and links.of(link.name):
                with open_() as chunks:
                    self._link(link, linked(chunks, feed, rule, links))
            return
        with open_() as chunks:
            found = records(chunks, feed, rule, self._names, links)
        self._tell("publisher", ", ".join(sorted(rule.publishers)), found.own)
        self._tell("organisation", "other columns", found.named)
        if not found.own and not found.named:
            # named where no record of its form is: nothing says that it is another's
            self._tell("publisher", "text", 1)
        if link:
            self._link(link, found.linked)

    def _link(self, link: Link, found: Counter[str]) -> None:
        if found:
            met = self._told.linked.setdefault(f"{link.name}>{link.column}", Counter())
            met.update(found)

    # -- tables

    def _parquet(self, path: Path) -> None:
        found = look_through_parquet(path, self._reader.sought)
        self._tell("canary", "columns", len(found.canaries))
        found.is_named |= is_asked_closely(parquet.read_schema(path).names, self._names)
        if f"={self._names.code}" in "".join(self._file.parts):
            self._tell("publisher", "partition", parquet.read_metadata(path).num_rows)
        if found.is_named and self._depth:
            with session(self._reader.settings, threads=1) as connection:
                count_in_parquet(connection, [path], self._names, self._tell_row)
        self._told.is_named |= found.is_named and not self._depth
        parts = (*self._file.parts, self._file.stem)
        for feed in self._reader.feeds:
            link = feed.linked_in_lake(parts) if f"raw_{feed.code}" in parts else None
            if link is not None and self._reader.links.of(link.name):
                self._link(link, linked_in_parquet(path, link, self._reader.links))

    # -- packed

    def _packed(self, path: Path, name: str, kind: str) -> None:
        for inner, open_ in members(path, kind, self._reader.settings.gnupg_home):
            inside = f"{self._inside}!{inner}" if inner else self._inside
            within = _Reading(self._reader, self._told, self._file, inside, self._depth + 1)
            # a single thing is named as what it lies in, without the ending
            within.member(inner or name.rpartition(".")[0] or name, open_)

    def member(self, name: str, open_: Opener) -> None:
        """Read what is packed in a file: as it comes, or from a copy where that is not enough."""
        try:
            if self._depth > _DEPTH:
                raise ValueError("packed too deep")
            if self._names.is_named_in(name.encode(errors="replace")):
                self._tell("name", "", 1)
            is_named, head = self._bytes(open_, "text")
            kind = kind_of(name, head)
            if kind in STREAMED:
                self._plain(open_, name, kind, is_named)
                return
            with _copied(self._reader.settings, open_) as copy:
                self.lying(copy, name)
        except FAULTS:
            self._tell("unreadable", "", 1)

    def _tell_row(self, _path: Path, what: str, place: str, count: int) -> None:
        self._tell(what, place, count)

    def _tell(self, what: str, place: str, count: int) -> None:
        if count:
            path = self._reader.told(self._file) + self._inside
            self._told.findings.append(Finding(path, what, place, int(count)))


def _opener(path: Path) -> Opener:
    @contextmanager
    def opened() -> Iterator[Iterable[bytes]]:
        with path.open("rb") as handle:
            yield iter(lambda: handle.read(CHUNK), b"")

    return opened


@contextmanager
def _copied(settings: Settings, open_: Opener) -> Iterator[Path]:
    """Lay down what is packed, for forms that are read in any order; removed at the end."""
    settings.work.mkdir(parents=True, exist_ok=True)
    copy = settings.work / f"opened-{uuid4().hex}"
    try:
        with open_() as chunks, copy.open("xb") as handle:
            copy.chmod(0o600)
            for chunk in chunks:
                handle.write(chunk)
        yield copy
    finally:
        copy.unlink(missing_ok=True)
