"""What lies in landing of a practice, file by file, and what is to become of each file.

Found in the files themselves, whatever the ledger says of them: also in deliveries that were never
loaded, that are held, or that came twice.
"""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from itertools import chain
from pathlib import Path

from lds_assets.errors import RoadError
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.landing.content import open_plain
from lds_assets.landing.find import FoundDelivery, FoundFile, find, walk
from lds_assets.landing.ledger import Ledger
from lds_assets.purge.cut import Cut, dated_columns
from lds_assets.purge.names import Names
from lds_assets.purge.records import (
    Days,
    Judge,
    Sorter,
    Whose,
    by_code,
    by_identity,
    identity,
    records,
    wide,
)
from lds_assets.raw.ownership import Branches
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import raw_table
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier


class Fate(StrEnum):
    """What is to become of a file."""

    DELETE = "delete"  #: its delivery holds this practice alone
    REWRITE = "rewrite"  #: the practice's records go, every other byte stays
    REMOVE = "remove"  #: names the practice and cannot be split: it goes whole
    KEEP = "keep"  #: sent before the day from which the purge erases


@dataclass(frozen=True)
class Holding:
    """One file in landing that holds, or comes with, records of the practice.

    Attributes:
        supplier: folder below landing.
        folder: relative to it.
        rows: the practice's records that go; 0 where they cannot be counted.
        kept_rows: those that stay, sent before the day from which the purge erases.
    """

    supplier: str
    folder: str
    name: str
    table: str
    fate: Fate
    rows: int
    size_bytes: int
    kept_rows: int = 0

    @property
    def path(self) -> str:
        """Path relative to the landing folder."""
        return "/".join(part for part in (self.supplier, self.folder, self.name) if part)


@dataclass(frozen=True)
class Feed:
    """One supplier's landing folder, seen for one practice.

    Attributes:
        cut: from which day on the practice's data go; None: all of them.
    """

    settings: Settings
    ledger: Ledger
    supplier: Supplier
    names: Names
    branches: Branches
    cut: Cut | None = None

    @property
    def root(self) -> Path:
        """``landing/<supplier>``."""
        return self.settings.landing / self.supplier.code


@dataclass
class Inspected:
    """A delivery as it lies there: what of each file is whose.

    Attributes:
        sorters: file name -> how its records are sorted; shared files have none.
        unsplittable: names of files that name the practice and cannot be sorted.
        is_alone: no delivery of its group holds another organisation's records, and it goes whole.
        is_before: it was sent before the day from which the purge erases.
    """

    found: FoundDelivery
    is_alone: bool = False
    is_before: bool = False
    sorters: dict[str, Sorter] = field(default_factory=dict)
    unsplittable: set[str] = field(default_factory=set)

    def count(self, *whose: Whose) -> int:
        """Return how many records of all files are whose."""
        return sum(sorter.counts[each] for sorter in self.sorters.values() for each in whose)

    def fate(self, file: FoundFile) -> Fate | None:
        """Return what is to become of a file, None when nothing is."""
        if self.is_alone:
            return Fate.DELETE
        if file.name in self.unsplittable:
            return Fate.REMOVE
        sorter = self.sorters.get(file.name)
        if sorter is None:
            return None
        if sorter.counts[Whose.MINE]:
            return Fate.REWRITE
        return Fate.KEEP if sorter.counts[Whose.KEPT] else None

    def rows(self, file: FoundFile) -> int:
        """Return the practice's records in a file."""
        sorter = self.sorters.get(file.name)
        return sorter.counts[Whose.MINE] if sorter else 0

    def kept_rows(self, file: FoundFile) -> int:
        """Return the practice's records in a file that stay."""
        sorter = self.sorters.get(file.name)
        return sorter.counts[Whose.KEPT] if sorter else 0


def holdings(feed: Feed) -> list[Holding]:
    """Return the files of a supplier's landing folder that hold records of the practice."""
    found = []
    for delivery in inspected(feed):
        for file in delivery.found.files:
            fate = delivery.fate(file)
            if fate is not None:
                holding = _holding(feed.supplier.code, file, fate, delivery.rows(file))
                found.append(replace(holding, kept_rows=delivery.kept_rows(file)))
    return [*found, *(_holding(feed.supplier.code, each, Fate.REMOVE, 0) for each in odd(feed))]


def inspected(feed: Feed) -> list[Inspected]:
    """Return the deliveries of a landing folder, each file of them read.

    A group that is the practice's alone goes whole; of others a day's files stay, so that their
    chain has no gap.
    """
    stored: _Keys = {}
    found = [
        _Inspection(feed, delivery, stored).made()
        for delivery in find(feed.supplier, feed.root).deliveries
    ]
    mine = {each.found.group_id for each in found if each.count(Whose.MINE, Whose.KEPT)}
    others = {each.found.group_id for each in found if each.count(Whose.OTHERS)}
    shared = _shared_groups(feed)
    for each in found:
        is_own = each.found.group_id in mine - others - shared
        each.is_alone = is_own and not each.is_before
    return found


def _shared_groups(feed: Feed) -> set[str]:
    """Return the groups in which the ledger met another practice."""
    groups = {
        each.delivery_id: each.group_id for each in feed.ledger.deliveries(feed.supplier.code)
    }
    return {
        groups[delivery]
        for (delivery, practice), record in feed.ledger.supplier_outcomes(
            feed.supplier.code
        ).items()
        if practice != feed.names.code and record.outcome != "MAPPED" and delivery in groups
    }


def odd(feed: Feed) -> list[FoundFile]:
    """Return files that belong to no delivery and name the practice."""
    strangers = find(feed.supplier, feed.root).strangers
    return [
        each.file
        for each in strangers
        if _names_practice(feed.root / each.file.path, each.file, feed.names)
    ]


def of_strangers(settings: Settings, known: Iterable[str], names: Names) -> list[Holding]:
    """Return the files of suppliers without a feed that name the practice."""
    taken = {*known}
    found = []
    for folder in sorted(settings.landing.iterdir()):
        if folder.name in taken or folder.name.startswith(".") or not folder.is_dir():
            continue
        for file, _oddity in walk(folder):
            if _names_practice(folder / file.path, file, names):
                found.append(_holding(folder.name, file, Fate.REMOVE, 0))
    return found


def _names_practice(path: Path, file: FoundFile, names: Names) -> bool:
    if names.marks.within(file.path.encode()):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as handle:
        return any(names.marks.within(line) for line in handle)


def _holding(supplier: str, file: FoundFile, fate: Fate, rows: int) -> Holding:
    return Holding(supplier, file.folder, file.name, file.table, fate, rows, file.size_bytes)


#: (table, column) -> keys of the practice's rows, and keys of others' rows
_Keys = dict[tuple[str, str], tuple[set[str], set[str]]]


class _Inspection:
    """Reads one delivery: tables that name their publisher first, then those linked to them.

    Args:
        stored: what the lake holds of linked tables, read once for all deliveries.
    """

    def __init__(self, feed: Feed, delivery: FoundDelivery, stored: _Keys) -> None:
        self._feed = feed
        self._delivery = delivery
        self._rules = feed.supplier.definition.format
        self._tables = {each.name: each for each in feed.supplier.definition.tables}
        self._stored = stored
        self._met: _Keys = {}

    def made(self) -> Inspected:
        """Return the delivery, read."""
        made = Inspected(self._delivery, is_before=self._is_before)
        linked = [file for file in self._delivery.files if self._is_linked(file)]
        plain = [file for file in self._delivery.files if file not in linked]
        for file in (*plain, *linked):
            try:
                self._read(file, made)
            except (RoadError, OSError, UnicodeError, LookupError):
                if self._group_has_practice():
                    made.unsplittable.add(file.name)
        return made

    @property
    def _is_before(self) -> bool:
        cut = self._feed.cut
        return cut is not None and not cut.takes(self._delivery.extracted_at)

    def _is_linked(self, file: FoundFile) -> bool:
        rules = self._tables.get(file.table)
        return rules is not None and rules.publisher.through is not None

    def _group_has_practice(self) -> bool:
        """Say whether the ledger met the practice in this delivery's group."""
        ledger, code = self._feed.ledger, self._feed.names.code
        groups = {
            each.delivery_id: each.group_id for each in ledger.deliveries(self._feed.supplier.code)
        }
        return any(
            practice == code and groups.get(delivery) == self._delivery.group_id
            for delivery, practice in ledger.supplier_outcomes(self._feed.supplier.code)
        )

    def _read(self, file: FoundFile, made: Inspected) -> None:
        rules = self._tables.get(file.table)
        if file.is_manifest or (rules is not None and rules.publisher.shared):
            return
        with plain(self._feed, file) as chunks:
            if rules is not None:
                sorter, rest = self._sorter(file, chunks)
                self._count(file, sorter, rest)
                made.sorters[file.name] = sorter
            # read to its end: a decryption is believed only then
            elif sum(map(self._feed.names.marks.within, wide(chunks))):
                made.unsplittable.add(file.name)

    def _sorter(self, file: FoundFile, chunks: Iterable[bytes]) -> tuple[Sorter, Iterable[bytes]]:
        """Return how a file's records are sorted, and its bytes from the start.

        Raises:
            LookupError: its header lacks the column that tells the owner.
        """
        header, again = _header(self._feed.supplier, file.table, chunks)
        publisher = self._tables[file.table].publisher
        column = publisher.column or (publisher.through.local if publisher.through else "")
        place = _place(self._feed.supplier, file.table, header, column)
        judge, marks = self._judge(file.table), self._feed.names.marks
        return Sorter(self._rules, header, place, judge, marks, self._days(file, header)), again

    def _days(self, file: FoundFile, header: tuple[str, ...]) -> Days | None:
        """Return which of the practice's records go of a file that was sent before the day."""
        cut, supplier = self._feed.cut, self._feed.supplier
        if cut is None or not self._is_before:
            return None
        places = []
        for name in dated_columns(supplier, file.table):
            # a version of the feed may lack it
            with suppress(LookupError):
                places.append(_place(supplier, file.table, header, name))
        return Days(tuple(places), partial(cut.takes_text, supplier.definition))

    def _judge(self, table: str) -> Judge:
        definition, names = self._feed.supplier.definition, self._feed.names
        through = self._tables[table].publisher.through
        if through is not None:
            mine, others = self._owned_keys(through.table, through.foreign)
            return by_identity(mine - others, frozenset())
        if definition.publisher_identity == "ods_code":
            return by_code(names.code, self._feed.branches)
        return by_identity(names.ids.get(definition.code, frozenset()))

    def _owned_keys(self, table: str, column: str) -> tuple[set[str], set[str]]:
        mine, others = self._met.get((table, column), (set(), set()))
        if (table, column) not in self._stored:
            self._stored[table, column] = stored_keys(self._feed, table, column)
        stored = self._stored[table, column]
        return mine | stored[0], others | stored[1]

    def _count(self, file: FoundFile, sorter: Sorter, chunks: Iterable[bytes]) -> None:
        """Go through a file's records; keep the keys that rows of other tables are linked to."""
        columns = {
            each.publisher.through.foreign
            for each in self._tables.values()
            if each.publisher.through and each.publisher.through.table == file.table
        }
        places = {
            name: _place(self._feed.supplier, file.table, sorter.header, name) for name in columns
        }
        for record, whose in sorter.sort(chunks):
            if whose is None or whose is Whose.NOBODYS:
                continue
            for name, place in places.items():
                mine, others = self._met.setdefault((file.table, name), (set(), set()))
                key = identity(sorter.value(record, place) or "")
                (others if whose is Whose.OTHERS else mine).add(key)


def plain(feed: Feed, file: FoundFile) -> AbstractContextManager[Iterable[bytes]]:
    """Open a file of landing as plain bytes."""
    return open_plain(feed.root / file.path, file.is_encrypted, feed.settings.gnupg_home)


def stored_keys(feed: Feed, table: str, column: str) -> tuple[set[str], set[str]]:
    """Return the stored keys of the practice's rows of a table, and those others have too."""
    lake = raw_table(feed.settings, feed.supplier, table)
    name = identifier(feed.supplier.dictionary[table].column(column).lake_name)
    rows = f"select cast({name} as varchar) as key, publisher_organisation_code as code from "
    rows += f"({lake.select(lake.files())}) where {name} is not null"
    code = literal(feed.names.code)
    with session(feed.settings) as connection:
        found = connection.execute(
            f"select key, bool_or(code <> {code}) from ({rows}) group by key "
            f"having bool_or(code = {code})"
        ).fetchall()
    mine = {identity(str(key)) for key, _ in found}
    return mine, {identity(str(key)) for key, is_others in found if is_others}


def _header(
    supplier: Supplier, table: str, chunks: Iterable[bytes]
) -> tuple[tuple[str, ...], Iterable[bytes]]:
    """Return a file's columns, and all of its bytes again."""
    rules = supplier.definition.format
    if rules.form == "json_lines":
        return tuple(each.name for each in supplier.dictionary[table].columns), chunks
    stream = iter(chunks)
    taken: list[bytes] = []

    def noted() -> Iterator[bytes]:
        for chunk in stream:
            taken.append(chunk)
            yield chunk

    first = next(records(noted(), rules), b"")
    text = first.decode(rules.encoding).removeprefix("\ufeff")
    fields = [
        each.strip().strip(rules.quote) for each in text.rstrip("\r\n").split(rules.delimiter)
    ]
    return tuple(fields), chain(taken, stream)


def _place(supplier: Supplier, table: str, header: tuple[str, ...], column: str) -> int:
    """Return the place of a column by the dictionary's spelling.

    Raises:
        LookupError: the header does not have it.
    """
    if supplier.definition.format.form == "json_lines":
        names = {name: place for place, name in enumerate(header)}
        return names[supplier.dictionary[table].column(column).name]
    read = SourceFile(Path(), table, header, True, supplier).columns_by_name
    found = read.get(supplier.dictionary[table].column(column).name)
    if found is None:
        raise LookupError(column)
    return int(found[1:])
