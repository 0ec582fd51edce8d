"""Finding, in bytes of any kind, what names a practice and the canaries of its purge.

Deployments hold gigabytes of GUIDs and numbers of which a few hundred are sought. Places of their
form are found many at a time, a part of each value (its clue) is compared, and only what is left is
hashed: this passes over a gigabyte in about a second, and misses nothing.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from lds_assets.purge.canaries import TOKEN, Canaries
from lds_assets.purge.clues import CLUE
from lds_assets.purge.names import Names

#: Searched at once; what is made of it stays in the processor's cache.
CHUNK = 1 << 18
#: More than the longest value sought: kept of a chunk before the next.
_KEPT = 100

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER = re.compile(rb"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}")
#: Every token of joined values, those that share signs with another included.
_OVERLAPPING = re.compile(
    rb"(?=([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}"
    rb"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}))"
)
#: Signs in a row that tell text of two bytes a character.
_WIDE = 10
#: Makes small letters of capitals, and keeps digits.
_LOWER = np.uint64(0x2020202020202020)
#: The first two of eight signs are no part of a clue.
_CLUED = np.uint64(0xFFFFFFFFFFFF0000)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)

_Marks = NDArray[np.bool_]
_Places = NDArray[np.intp]


@dataclass
class Told:
    """What some bytes tell of the practice.

    Attributes:
        is_named: its code or an id of it is there.
        canaries: keyed hashes of the different canaries.
    """

    is_named: bool = False
    canaries: set[str] = field(default_factory=set)


class Sought:
    """The names and canaries of one practice, ready to be looked for.

    Args:
        canaries: those without clues, of purges that earlier versions began, are found too, slowly.
    """

    def __init__(self, names: Names, canaries: Canaries) -> None:
        self.names = names
        self.canaries = canaries
        self._guids = frozenset(
            each.encode() for each in names.marks.texts if _GUID.fullmatch(each)
        )
        clues = {each[CLUE].decode() for each in self._guids} | set(
            (canaries.clue_of or {}).values()
        )
        self._clues = _Clues(clues)
        # GUIDs are found with the canaries
        self._others = replace(names, ids={"": names.texts - {g.decode() for g in self._guids}})
        self._is_slow = canaries.clue_of is None

    def read(self, chunks: Iterable[bytes]) -> Told:
        """Look through some bytes, cut as they may be."""
        told = Told()
        self.look(chunks, told)
        return told

    def look(self, chunks: Iterable[bytes], told: Told, *, is_joined: bool = False) -> None:
        """Look through some bytes and add what they tell.

        Args:
            is_joined: they are values without anything between them: ten digits are then taken
                for a number though further digits stand beside them.
        """
        rest = b""
        for chunk in chunks:
            for start in range(0, len(chunk), CHUNK):
                data = rest + chunk[start : start + CHUNK]
                self._look_wide(data, told, is_joined)
                rest = data[-_KEPT:]

    def _look_wide(self, data: bytes, told: Told, is_joined: bool) -> None:
        self._look(data, told, is_joined)
        # text of two bytes a character hides from a search of bytes
        if _is_wide(np.frombuffer(data, dtype=np.uint8)):
            self._look(data.translate(None, b"\0"), told, is_joined)

    def _look(self, data: bytes, told: Told, is_joined: bool) -> None:
        if not told.is_named:
            told.is_named = self._others.is_named_in(data, is_joined=is_joined)
        if self._is_slow:
            self._look_slowly(data, told, is_joined)
            return
        for token in _tokens(data, self._clues, is_joined):
            if token.lower() in self._guids:
                told.is_named = True
            self._ask(token, told)

    def _look_slowly(self, data: bytes, told: Told, is_joined: bool) -> None:
        told.is_named = told.is_named or self.names.is_named_in(data, is_joined=is_joined)
        for token in set((_OVERLAPPING if is_joined else TOKEN).findall(data)):
            self._ask(token, told)

    def _ask(self, token: bytes, told: Told) -> None:
        found = self.canaries.hash_of(token)
        if found:
            told.canaries.add(found)


class _Clues:
    """Clues that are sought, asked of many places at once."""

    def __init__(self, clues: Iterable[str]) -> None:
        self._texts = frozenset(each.encode() for each in clues)
        words = [each.rjust(8, b"\0") for each in self._texts]
        numbers = np.frombuffer(b"".join(words), dtype=np.uint64)
        self._known = frozenset(numbers.tolist())
        self._table = np.zeros(1 << 16, dtype=np.bool_)
        self._table[self._rows(numbers)] = True

    def __len__(self) -> int:
        return len(self._known)

    @staticmethod
    def _rows(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return (words * _SPREAD) >> np.uint64(48)

    def is_of(self, number: bytes) -> bool:
        """Say whether a number, however spaced, has one of the clues."""
        return number.translate(None, b" -")[CLUE] in self._texts

    def at(self, signs: NDArray[np.uint8], starts: _Places) -> list[int]:
        """Return the places whose clue is one sought, in whatever case."""
        if not len(starts):
            return []
        eight = np.ascontiguousarray(sliding_window_view(signs, 8)[starts])
        words = (eight.view(np.uint64)[:, 0] | _LOWER) & _CLUED
        found = np.flatnonzero(self._table[self._rows(words)])
        # few are left: looked up one by one
        left = zip(starts[found].tolist(), words[found].tolist(), strict=True)
        return [start for start, word in left if word in self._known]


def _tokens(data: bytes, clues: _Clues, is_joined: bool) -> Iterator[bytes]:
    """Yield what has the form of a canary and one of the clues."""
    if len(data) < len("9999999999") or not len(clues):
        return
    signs = np.frombuffer(data, dtype=np.uint8)
    for start in clues.at(signs, _guids(signs)):
        token = data[start : start + 36]
        if TOKEN.fullmatch(token):
            yield token
    # other signs come out above nine, since bytes have no sign
    digits = signs - np.uint8(ord("0")) < 10
    for start in clues.at(signs, _numbers(digits)):
        if is_joined or _is_apart(digits, start, 10):
            yield data[start : start + 10]
    for start in _spaced(signs, digits):
        found = _NUMBER.match(data, start)
        if found is None or not clues.is_of(found.group()):
            continue
        if is_joined or _is_apart(digits, start, len(found.group())):
            yield found.group()


def _guids(signs: NDArray[np.uint8]) -> _Places:
    """Return where something of the form of a GUID starts: told by its dashes."""
    dash = signs == ord("-")
    if len(signs) < 36:
        return np.empty(0, dtype=np.intp)
    marks = dash[8:-27] & dash[13:-22]
    marks &= dash[18:-17]
    marks &= dash[23:-12]
    return np.flatnonzero(marks)


def _numbers(digits: _Marks) -> _Places:
    """Return where ten digits start."""
    two = _both(digits, 1)
    eight = _both(_both(two, 2), 4)
    return np.flatnonzero(eight[:-2] & two[8:])


def _spaced(signs: NDArray[np.uint8], digits: _Marks) -> list[int]:
    """Return where ten digits start that blanks or dashes part in two or three."""
    size = len(signs) - 10
    if size < 1:
        return []
    apart = (signs == ord(" ")) | (signs == ord("-"))
    ended = np.append(digits, np.False_)
    two = _both(ended, 1)
    three, four = two[:-1] & ended[2:], _both(two, 2)

    def at(marks: _Marks, place: int) -> _Marks:
        return marks[place : place + size]

    # 999 0000018 and 999 000 0018
    early = at(three, 0) & at(apart, 3)
    early &= at(three, 4)
    early &= at(four, 7) | (at(apart, 7) & at(four, 8))
    # 999000 0018
    late = at(three, 0) & at(three, 3)
    late &= at(apart, 6)
    late &= at(four, 7)
    return [int(each) for each in np.flatnonzero(np.logical_or(early, late, out=early))]


def _is_apart(digits: _Marks, start: int, length: int) -> bool:
    """Say whether no further digit stands before or after."""
    before = start > 0 and bool(digits[start - 1])
    end = start + length
    return not before and not (end < len(digits) and bool(digits[end]))


def _is_wide(signs: NDArray[np.uint8]) -> bool:
    """Say whether there is text of two bytes a character: ten signs, each with a zero beside it."""
    zero = signs == 0
    if np.count_nonzero(zero) < _WIDE:
        return False
    size = len(signs) - 2 * _WIDE
    marks = zero[1 : 1 + size] & ~zero[:size]
    for place in range(1, _WIDE):
        marks &= zero[2 * place + 1 : 2 * place + 1 + size]
        marks &= ~zero[2 * place : 2 * place + size]
    return bool(marks.any())


def _both(marks: _Marks, apart: int) -> _Marks:
    """Say of each place whether it and the one some places on are marked."""
    return marks[:-apart] & marks[apart:]
