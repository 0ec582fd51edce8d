"""To which board, sub-ICB location and network a practice belongs, and on which days (S1). Pure.

Reviewed rows of ``practice_relationship.csv`` have their own days. What the open practice list says
holds from the day it tells, else from the day of the list itself: before that nobody said so. It
speaks for the days before the first reviewed row of its kind. Rule source: ADR 32.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from lds_assets.gate.events import Event, london_day
from lds_assets.gate.facts import Relationship, covers, day_of

if TYPE_CHECKING:
    from lds_assets.gate.state import RegisterState

ICB = "ICB"
#: Kinds of which the practice list has a column.
LISTED = {"SUB_ICB": "sub_icb", "PCN": "pcn"}
#: Source of what a list says that does not name the publication it comes from.
_UNNAMED = "practice list"


@dataclass(frozen=True)
class Listed:
    """What one practice list says of a kind; an empty code says that there is no such tie.

    Attributes:
        ends: first day no longer, None where the list tells of no end.
        of_day: day of the list; the day it was recorded where ``is_dated`` is false.
    """

    target_code: str
    begins: date
    ends: date | None
    source: str
    of_day: date
    is_dated: bool


@dataclass(frozen=True)
class Tie:
    """One practice's tie to another organisation on the days ``[valid_from, valid_to)``."""

    practice_code: str
    kind: str
    target_code: str
    valid_from: date
    valid_to: date | None
    source: str


def read_listed(known: dict[str, list[Listed]], row: Mapping[str, str], event: Event) -> None:
    """Add what a recorded row of the practice list says to what earlier ones said, by kind.

    Rows recorded before a column came have none of its cells.
    """
    recorded_on = london_day(datetime.fromisoformat(event.recorded_at))
    for kind, name in LISTED.items():
        known[kind] = _with(known.get(kind, []), _statement(row, name, recorded_on))


def _statement(row: Mapping[str, str], name: str, recorded_on: date) -> Listed:
    as_at = day_of(row.get(f"{name}_code_as_at", ""))
    first, last = (day_of(row.get(f"{name}_{end}", "")) for end in ("from", "to"))
    return Listed(
        row[f"{name}_code"],
        first or as_at or recorded_on,
        last + timedelta(days=1) if last else None,
        row.get(f"{name}_code_source", "") or _UNNAMED,
        as_at or recorded_on,
        (first or as_at) is not None,
    )


def _with(before: list[Listed], new: Listed) -> list[Listed]:
    """Return statements with one more: of two lists the later one is right where they differ."""
    if any(e.is_dated and e.of_day > new.of_day and e.begins <= new.begins for e in before):
        return before
    kept = [
        each
        for each in before
        if (each.is_dated or not new.is_dated)
        and (each.begins < new.begins or each.of_day > new.of_day)
    ]
    return [*kept, new]


def ties(state: "RegisterState", practice_code: str) -> list[Tie]:
    """Return all ties of a practice, by kind and day; no two of a kind on one day."""
    reviewed: dict[str, list[Relationship]] = {}
    for each in state.relationships.get(practice_code, {}).values():
        reviewed.setdefault(each.kind, []).append(each)
    found = list(_boards(state, practice_code, reviewed.pop(ICB, [])))
    for kind in {*LISTED, *reviewed}:
        own = reviewed.get(kind, [])
        found += [
            Tie(practice_code, kind, e.target_code, e.valid_from, e.valid_to, e.source)
            for e in own
            if e.valid_from is not None
        ]
        listed = state.listed.get(practice_code, {}).get(kind, [])
        first = min((e.valid_from for e in own if e.valid_from is not None), default=None)
        found += _cut(_followed(practice_code, kind, listed), first)
    return sorted(found, key=lambda each: (each.kind, each.valid_from))


def ties_on(state: "RegisterState", practice_code: str, day: date) -> list[Tie]:
    """Return the ties of a practice on a London day, one a kind, by kind."""
    return [e for e in ties(state, practice_code) if covers(e.valid_from, e.valid_to, day)]


def _followed(code: str, kind: str, listed: list[Listed]) -> Iterator[Tie]:
    """Yield what lists say one after the other: each holds until the next one says otherwise."""
    told = sorted(listed, key=lambda each: each.begins)
    begins: list[date | None] = [*(each.begins for each in told[1:]), None]
    spans: list[Tie] = []
    for each, following in zip(told, begins, strict=True):
        ends = min((day for day in (each.ends, following) if day is not None), default=None)
        last = spans[-1] if spans else None
        if last and (last.target_code, last.valid_to) == (each.target_code, each.begins):
            spans[-1] = replace(last, valid_to=ends)
        elif ends is None or each.begins < ends:
            spans.append(Tie(code, kind, each.target_code, each.begins, ends, each.source))
    yield from (each for each in spans if each.target_code)


def _cut(spans: Iterator[Tie], first: date | None) -> Iterator[Tie]:
    """Yield spans as far as they lie before the first reviewed day."""
    for each in spans:
        if first is None or (each.valid_to is not None and each.valid_to <= first):
            yield each
        elif each.valid_from < first:
            yield replace(each, valid_to=first)


def _boards(state: "RegisterState", code: str, reviewed: list[Relationship]) -> Iterator[Tie]:
    """Yield the boards of a practice as the gate finds them, from one change to the next."""
    days = {day for each in state.boards.values() for day in (each.valid_from, each.valid_to)}
    days |= {day for each in reviewed for day in (each.valid_from, each.valid_to)}
    points = sorted(day for day in days if day is not None)
    standing: Tie | None = None
    for day in points:
        board = state.board_on(code, day)
        if standing and standing.target_code != board:
            yield replace(standing, valid_to=day)
            standing = None
        if board and standing is None:
            own = [e.source for e in reviewed if covers(e.valid_from, e.valid_to, day)]
            source = own[0] if own else "practice list and icb.csv"
            standing = Tie(code, ICB, board, day, None, source)
    if standing:
        yield standing
