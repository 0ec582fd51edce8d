"""Counting the records of a text that are a practice's, name it, or belong to it through another.

Reads what was found to name the practice, and every file whose rows are owned through another
table: nothing in such a row names its owner. Rule source: governance specification S17.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lds_assets.purge.links import Links
from lds_assets.purge.names import Names
from lds_assets.purge.scan_rules import FeedRules, TableRule

#: A longer line is looked at in pieces.
_LINE = 1 << 20


@dataclass
class Records:
    """Records of one file.

    Attributes:
        own: that name the practice as their publisher.
        named: others' that name it in another column.
        linked: keyed hash of a row of the practice -> records that point at it.
    """

    own: int = 0
    named: int = 0
    linked: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Row:
    """One record: its values; ``of`` returns those of some columns, all where it has other form."""

    cells: list[str]
    places: dict[str, int] | None

    def of(self, columns: Iterable[str]) -> list[str]:
        """Return the values of the columns that are there."""
        if self.places is None:
            return self.cells
        return [self.cells[self.places[each]] for each in columns if each in self.places]


def records(
    chunks: Iterable[bytes], feed: FeedRules, rule: TableRule, names: Names, links: Links
) -> Records:
    """Count the records of a supplier's file."""
    found = Records()
    wanted = links.of(rule.link.name) if rule.link else frozenset[str]()
    hashes: dict[str, str] = {}
    for row in rows(chunks, feed):
        # without a column that could tell, any of them may
        whose = row.of(rule.publishers) or (row.cells if rule.needs_publisher else [])
        if any(map(names.is_own, whose)):
            found.own += 1
        elif names.is_named_in("\n".join(row.cells).encode()):
            found.named += 1
        if not wanted or rule.link is None:
            continue
        for cell in row.of((rule.link.column,)):
            key = hashes.get(cell)
            if key is None:
                key = hashes[cell] = links.hash_of(cell)
            if key in wanted:
                found.linked[key] += 1
    return found


def linked(chunks: Iterable[bytes], feed: FeedRules, rule: TableRule, links: Links) -> Counter[str]:
    """Count the records of a file that point at rows of the practice; nothing else of it is read.

    Returns:
        keyed hash of a row of the practice -> records.
    """
    if rule.link is None:
        return Counter()
    wanted = links.of(rule.link.name)
    columns = (rule.link.column,)
    met: Counter[str] = Counter()
    for row in rows(chunks, feed):
        met.update(row.of(columns))
    found: Counter[str] = Counter()
    for cell, count in met.items():
        key = links.hash_of(cell)
        if key in wanted:
            found[key] += count
    return found


def lines_that_name(chunks: Iterable[bytes], names: Names) -> int:
    """Count the lines that name the practice, of a text of no supplier's feed."""
    return sum(map(names.is_named_in, _lines(chunks)))


def rows(chunks: Iterable[bytes], feed: FeedRules) -> Iterator[Row]:
    """Yield the records of a supplier's file, in whatever order its columns come.

    Raises:
        ValueError, csv.Error: it is not of the declared form.
    """
    text = io.TextIOWrapper(
        io.BufferedReader(_Stream(chunks)), encoding=feed.encoding, errors="replace", newline=""
    )
    if feed.form == "json_lines":
        yield from _objects(text)
        return
    doubled = feed.escape == feed.quote
    read = csv.reader(
        text,
        delimiter=feed.delimiter,
        quotechar=feed.quote,
        doublequote=doubled,
        escapechar=None if doubled else feed.escape,
    )
    header = [each.strip().strip("\ufeff").lower() for each in next(read, [])]
    places = {name: place for place, name in enumerate(header)}
    for cells in read:
        # a record of another form may be anybody's: all of it counts
        yield Row(cells, places if len(cells) == len(header) else None)


def _objects(text: Iterable[str]) -> Iterator[Row]:
    for line in text:
        if not line.strip():
            continue
        told = json.loads(line)
        if not isinstance(told, dict):
            yield Row([str(told)], None)
            continue
        names = [str(name).lower() for name in told]
        cells = ["" if value is None else str(value) for value in told.values()]
        yield Row(cells, {name: place for place, name in enumerate(names)})


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > _LINE:
            yield rest
            rest = rest[-100:]
    yield rest


class _Stream(io.RawIOBase):
    """Chunks as a file that is read once."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = memoryview(chunk)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
