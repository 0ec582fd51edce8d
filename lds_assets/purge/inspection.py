"""Reading one delivery for one practice: whose each record of each file is."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import chain
from pathlib import Path

from lds_assets.errors import RoadError
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.landing.content import open_plain
from lds_assets.landing.find import FoundDelivery, FoundFile
from lds_assets.purge.cut import dated_columns
from lds_assets.purge.feed import Feed, Inspected
from lds_assets.purge.known import Known
from lds_assets.purge.records import (
    Days,
    Hints,
    Judge,
    Sorter,
    Whose,
    by_code,
    by_identity,
    hinted,
    identity,
    records,
    wide,
)
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import raw_table
from lds_assets.suppliers.registry import Supplier

#: (table, column) -> keys of the practice's rows, and keys of others' rows
Keys = dict[tuple[str, str], tuple[set[str], set[str]]]


class Inspection:
    """Reads one delivery: tables that name their publisher first, then those linked to them.

    Args:
        stored: what the lake holds of linked tables, read once for all deliveries.
        known: what the ledger knows, likewise.
    """

    def __init__(self, feed: Feed, delivery: FoundDelivery, stored: Keys, known: Known) -> None:
        self._feed = feed
        self._delivery = delivery
        self._rules = feed.supplier.definition.format
        self._tables = {each.name: each for each in feed.supplier.definition.tables}
        self._stored = stored
        self._known = known
        self._met: Keys = {}

    def made(self) -> Inspected:
        """Return the delivery, read."""
        made = Inspected(self._delivery, is_before=self._is_before)
        linked = [file for file in self._delivery.files if self._is_linked(file)]
        plain = [file for file in self._delivery.files if file not in linked]
        for file in (*plain, *linked):
            try:
                self._read(file, made)
            except (RoadError, OSError, UnicodeError, LookupError):
                if self._delivery.group_id in self._known.own_groups:
                    made.unsplittable.add(file.name)
        return made

    @property
    def _is_before(self) -> bool:
        cut = self._feed.cut
        return cut is not None and not cut.takes(self._delivery.extracted_at)

    def _is_linked(self, file: FoundFile) -> bool:
        rules = self._tables.get(file.table)
        return rules is not None and rules.publisher.through is not None

    def _read(self, file: FoundFile, made: Inspected) -> None:
        rules = self._tables.get(file.table)
        if file.is_manifest or (rules is not None and rules.publisher.shared):
            return
        with plain(self._feed, file) as chunks:
            if rules is not None and self._is_without(file):
                # one record that is another's says that the file is not the practice's alone
                sorter, rest = self._sorter(file, chunks)
                told = (whose for _record, whose in sorter.sort(rest) if whose is Whose.OTHERS)
                next(told, None)
                made.sorters[file.name] = sorter
            elif rules is not None:
                sorter, rest = self._sorter(file, chunks)
                self._count(file, sorter, rest)
                made.sorters[file.name] = sorter
            # read to its end: a decryption is believed only then
            elif sum(map(self._feed.names.marks.within, wide(chunks))):
                made.unsplittable.add(file.name)

    def _is_without(self, file: FoundFile) -> bool:
        """Say whether a plain file holds nothing at all that a record of the practice holds."""
        hints = self._hints(file.table)
        if hints is None or file.is_encrypted:
            return False
        with plain(self._feed, file) as chunks:
            return not any(hinted(chunk, hints) for chunk in wide(chunks))

    def _sorter(self, file: FoundFile, chunks: Iterable[bytes]) -> tuple[Sorter, Iterable[bytes]]:
        """Return how a file's records are sorted, and its bytes from the start.

        Raises:
            LookupError: its header lacks the column that tells the owner.
        """
        header, again = header_of(self._feed.supplier, file.table, chunks)
        publisher = self._tables[file.table].publisher
        column = publisher.column or (publisher.through.local if publisher.through else "")
        place = place_of(self._feed.supplier, file.table, header, column)
        judge, marks, days = (
            self._judge(file.table),
            self._feed.names.marks,
            self._days(file, header),
        )
        hints = self._hints(file.table)
        return Sorter(self._rules, header, place, judge, marks, days, hints), again

    def _hints(self, table: str) -> Hints:
        """Return what a record of the practice holds; None where an id of another table tells."""
        rules, feed = self._tables[table], self._feed
        linked = {
            each.publisher.through.table for each in self._tables.values() if each.publisher.through
        }
        if rules.publisher.through is not None or table in linked:
            return None
        if "a1".encode(self._rules.encoding) != b"a1":
            return None
        own = feed.names.ids.get(feed.supplier.code, frozenset())
        branches = {b for b, code in feed.branches.parents.items() if code == feed.names.code}
        texts = {feed.names.code, *own, *branches, *feed.names.marks.texts}
        return tuple(sorted(each.lower().encode() for each in texts))

    def _days(self, file: FoundFile, header: tuple[str, ...]) -> Days | None:
        """Return which of the practice's records go of a file that was sent before the day."""
        cut, supplier = self._feed.cut, self._feed.supplier
        if cut is None or not self._is_before:
            return None
        places = []
        for name in dated_columns(supplier, file.table):
            # a version of the feed may lack it
            with suppress(LookupError):
                places.append(place_of(supplier, file.table, header, name))
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
            name: place_of(self._feed.supplier, file.table, sorter.header, name) for name in columns
        }
        for record, whose in sorter.sort(chunks):
            if not places or whose is None or whose is Whose.NOBODYS:
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


def header_of(
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


def place_of(supplier: Supplier, table: str, header: tuple[str, ...], column: str) -> int:
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
