"""The records of a supplier's file as bytes: whose each one is, and the file without some of them.

Bytes are passed on as they came, never written anew, so that every other record stays exactly as
the supplier sent it.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from lds_assets.landing.content import records as csv_records
from lds_assets.raw.ownership import Branches
from lds_assets.suppliers.contract import FormatRules

_PRACTICE = re.compile("[A-Z][0-9]{5}")


class Whose(StrEnum):
    """Whom a record belongs to."""

    MINE = "mine"  #: the practice that is purged
    KEPT = "kept"  #: the practice that is purged, and from before the day it erases from
    OTHERS = "others"  #: another organisation
    NOBODYS = "nobodys"  #: it names no owner, or cannot be read


Judge = Callable[[str], Whose]


def identity(text: str) -> str:
    """Return an id as it is compared: without braces, lower case, numbers without leading zeros.

    >>> identity("{AB-1}"), identity(" 007 ")
    ('ab-1', '7')
    """
    plain = text.strip().strip("{}").lower()
    return str(int(plain)) if plain.isascii() and plain.isdigit() else plain


def by_code(practice: str, branches: Branches) -> Judge:
    """Return how rows that name their publisher by ODS code are judged."""

    def judge(text: str) -> Whose:
        given = text.strip()
        code = branches.owner(given.upper() if given.isascii() else given)
        if code == practice:
            return Whose.MINE
        return Whose.OTHERS if _PRACTICE.fullmatch(code) else Whose.NOBODYS

    return judge


def by_identity(mine: Collection[str], others: Collection[str] | None = None) -> Judge:
    """Return how rows that name their publisher, or a row of its, by an id are judged.

    Args:
        mine: ids of the practice, as ``identity`` gives them.
        others: ids of others; None: every other id is another organisation's.
    """

    def judge(text: str) -> Whose:
        key = identity(text)
        if key in mine:
            return Whose.MINE
        known = bool(key) if others is None else key in others
        return Whose.OTHERS if known else Whose.NOBODYS

    return judge


#: Lower-case bytes of which a record of the practice holds one at least.
Hints = tuple[bytes, ...] | None


def hinted(data: bytes, hints: tuple[bytes, ...]) -> bool:
    """Say whether bytes hold one of the hints, in whatever case or hidden by an escape."""
    lower = data.lower()
    return any(hint in lower for hint in hints) or b"\\u" in lower


@dataclass(frozen=True)
class Days:
    """Which of the practice's records go for the days they tell; the others are kept.

    Attributes:
        places: columns that tell when a record happened or was entered.
        is_late: says of a cell whether its day is one that goes.
    """

    places: tuple[int, ...]
    is_late: Callable[[str], bool]


@dataclass(frozen=True)
class Marks:
    """Texts that name the practice: its ODS code and its ids, in lower case.

    A record that cannot be read as the file's columns is the practice's when it holds one of them.
    """

    texts: frozenset[str]

    def within(self, data: bytes) -> bool:
        """Say whether bytes name the practice, in whatever case."""
        lower = data.lower()
        return any(text.encode() in lower for text in self.texts)


class Sorter:
    """Sorts the records of one file by owner.

    Args:
        rules: form of the supplier's files.
        header: column names as the file has them.
        column: place of the column that tells the owner.
        judge: says whose a value of that column is.
        marks: names the practice in records that cannot be read.
        days: set when the file was sent before the day from which the purge erases.
        hints: lower-case bytes of which a record of the practice holds one at least; None when
            nothing is so sure. Of records without any, only the first is told to be another's
            or nobody's: all that follow count as another's.
    """

    def __init__(
        self,
        rules: FormatRules,
        header: tuple[str, ...],
        column: int,
        judge: Judge,
        marks: Marks,
        days: Days | None = None,
        hints: Hints = None,
    ) -> None:
        self._rules = rules
        self.header = header
        self._column = column
        self._judge = judge
        self._marks = marks
        self._days = days
        self._hints = hints
        self.counts: Counter[Whose] = Counter()

    def sort(self, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, Whose | None]]:
        """Yield each record with its owner; None for the header line."""
        found = records(chunks, self._rules)
        if self._rules.form == "csv":
            first = next(found, None)
            if first is not None:
                yield first, None
        for record in found:
            whose = self._whose(record)
            self.counts[whose] += 1
            yield record, whose

    def value(self, record: bytes, column: int) -> str | None:
        """Return a field of a record, None when the record cannot be read."""
        text = record.decode(self._rules.encoding, "replace")
        if self._rules.form == "json_lines":
            return _member(text, self.header[column])
        fields = _fields(text, self._rules)
        return fields[column] if len(fields) == len(self.header) else None

    def _whose(self, record: bytes) -> Whose:
        if self._hints and self.counts[Whose.OTHERS] and not hinted(record, self._hints):
            return Whose.OTHERS
        value = self.value(record, self._column)
        if value is not None:
            whose = self._judge(value)
            return Whose.KEPT if whose is Whose.MINE and self._is_kept(record) else whose
        return Whose.MINE if self._marks.within(record) else Whose.NOBODYS

    def _is_kept(self, record: bytes) -> bool:
        if self._days is None:
            return False
        cells = (self.value(record, place) for place in self._days.places)
        return not any(self._days.is_late(cell or "") for cell in cells)


def without(sorted_records: Iterable[tuple[bytes, Whose | None]]) -> Iterator[bytes]:
    """Yield the bytes of every record that is not the practice's, as they came."""
    return (record for record, whose in sorted_records if whose is not Whose.MINE)


def records(chunks: Iterable[bytes], rules: FormatRules) -> Iterator[bytes]:
    """Yield the records of a file as bytes, with their line ends; quotes may hold line ends."""
    if rules.form == "json_lines":
        yield from _lines(chunks)
        return
    quote = rules.quote.encode("ascii")
    escaped = rules.escape.encode("ascii") + quote
    doubled = rules.escape == rules.quote
    open_record: list[bytes] = []
    is_open = False
    for line in _lines(chunks):
        marks = line if doubled else line.replace(escaped, b"")
        if marks.count(quote) % 2:
            is_open = not is_open
        open_record.append(line)
        if not is_open:
            yield b"".join(open_record)
            open_record.clear()
    if open_record:
        yield b"".join(open_record)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        lines = (rest + chunk).splitlines(keepends=True) if chunk else []
        lines = _joined(lines)
        rest = lines.pop() if lines else rest
        yield from lines
    if rest:
        yield rest


def _joined(lines: list[bytes]) -> list[bytes]:
    """Join what was cut at a carriage return that ends no line."""
    found: list[bytes] = []
    for line in lines:
        if found and not found[-1].endswith(b"\n"):
            found[-1] += line
        else:
            found.append(line)
    return found


def _fields(text: str, rules: FormatRules) -> list[str]:
    if rules.quote not in text:
        return text.rstrip("\r\n").split(rules.delimiter)
    try:
        return next(csv_records(text, rules), [])
    except csv.Error:
        return []


def _member(text: str, name: str) -> str | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    found = value.get(name)
    return "" if found is None else str(found)


def wide(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield chunks with the end of the one before, so that a name cut in two is found."""
    before = b""
    for chunk in chunks:
        yield before + chunk
        before = chunk[-100:]
