"""Whose patient list counts on a day, so that each is in a denominator once (S16, S20). Pure.

A practice's list is the newest published by the day. When a practice is succeeded as a whole its
last list counts at the successor, beside the successor's own, until the successor has a list dated
on or after that day: patients of the predecessor are on that one. Rule source: ADR 29.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from lds_assets.gate.facts import ListSize, Succession
from lds_assets.gate.moves import ENDING
from lds_assets.gate.state import RegisterState


@dataclass(frozen=True)
class Carried:
    """Patients of a predecessor's last list who are on no newer list yet.

    Attributes:
        as_at: day of that list; ``since`` of the succession.
    """

    practice_code: str
    registered_count: int
    as_at: date
    since: date


@dataclass(frozen=True)
class CountedList:
    """The patients that count at one practice on a day.

    Attributes:
        own: its own published list, None where none is on record.
        carried: what its predecessors' last lists add, oldest first.
        waits_for: practices of a split without a list of their own since: until all have one, the
            lists from before it count.
    """

    own: ListSize | None = None
    carried: tuple[Carried, ...] = ()
    waits_for: tuple[str, ...] = ()

    @property
    def carried_count(self) -> int:
        """Patients taken over from predecessors' lists."""
        return sum(each.registered_count for each in self.carried)

    @property
    def registered_count(self) -> int:
        """Patients that count here."""
        return (self.own.registered_count if self.own else 0) + self.carried_count

    @property
    def as_at(self) -> date:
        """Day of the newest list in it."""
        days = [each.as_at for each in (self.own, *self.carried) if each is not None]
        return max(days, default=date.min)

    @property
    def told(self) -> str:
        """Say where the figure comes from."""
        said = [f"{self.own.as_at} ({self.own.source})"] if self.own else []
        said += [
            f"{each.registered_count:,} of {each.as_at} carried from {each.practice_code}"
            for each in self.carried
        ]
        if self.waits_for:
            said.append(f"lists since the split wait for {', '.join(self.waits_for)}")
        return "; ".join(said)


class CountedLists:
    """The lists that count on a London day.

    Added up over all practices they are every published list once: none is lost between the day of
    a succession and the successor's next list, and none counts beside it afterwards.
    """

    def __init__(self, state: RegisterState, day: date) -> None:
        self._state, self.day = state, day
        self._handovers = _handovers(state)
        lists = _Lists(self._handovers, state.practices.keys())
        for on, _order, happened in sorted(
            _timeline(state, self._handovers), key=lambda each: each[:2]
        ):
            if on <= day:
                lists.take(on, happened)
        self._lists = lists.result()

    def of(self, practice_code: str) -> CountedList | None:
        """Return what counts at a practice, None where no list does."""
        return self._lists.get(practice_code)

    def is_counted(self, practice_code: str) -> bool:
        """Say whether a practice is one of London's on the day: open, or its list counts there."""
        if practice_code in self._lists:
            return True
        practice = self._state.practices.get(practice_code)
        # the status is of today, a closing day says until when it was another
        is_open = practice is not None and practice.status in ("ACTIVE", "CLOSED")
        if practice is None or not is_open or practice.is_closed_on(self.day):
            return False
        if any(e.effective_on <= self.day for e in self._handovers.get(practice_code, ())):
            return False
        # one without an opening day is told as such by the gate, not left out of London
        return practice.opened_on is None or practice.opened_on <= self.day


@dataclass(frozen=True)
class _Published:
    practice_code: str
    size: ListSize


@dataclass(frozen=True)
class _Closed:
    practice_code: str


_Happened = _Published | _Closed | Succession


def _handovers(state: RegisterState) -> dict[str, list[Succession]]:
    """Return the successions that end a practice, by predecessor, in order of their days.

    A split ends a practice that closes by its day; else it stays and keeps a part.
    """
    found: dict[str, list[Succession]] = {}
    for each in state.successions.values():
        practice = state.practices.get(each.predecessor)
        closed = practice.closed_from if practice else None
        if each.kind in ENDING or (closed is not None and closed <= each.effective_on):
            found.setdefault(each.predecessor, []).append(each)
    for successions in found.values():
        successions.sort(key=lambda each: (each.effective_on, each.successor))
    return found


def _timeline(
    state: RegisterState, handovers: Mapping[str, Sequence[Succession]]
) -> Iterator[tuple[date, tuple[int, str, str], _Happened]]:
    """Yield all that changes lists: of a day successions, then closures, then lists."""
    for each in state.successions.values():
        yield each.effective_on, (0, each.predecessor, each.successor), each
    for code, practice in state.practices.items():
        never = date.min if practice.status == "CLOSED" else None
        closed = practice.closed_from or never
        if closed is not None and code not in handovers:
            yield closed, (1, code, ""), _Closed(code)
    for code, sizes in state.list_sizes.items():
        for size in sizes.values():
            yield size.as_at, (2, code, size.source), _Published(code, size)


@dataclass
class _Split:
    """Practices that shared out patients and whose newer lists wait for each other."""

    members: set[str]
    newer: dict[str, ListSize] = field(default_factory=dict)

    def missing(self) -> tuple[str, ...]:
        return tuple(sorted(self.members - self.newer.keys()))


class _Lists:
    """The lists as they stand while what happened is taken in, day by day."""

    def __init__(
        self, handovers: Mapping[str, Sequence[Succession]], known: Collection[str]
    ) -> None:
        self._handovers = handovers
        #: practices of the register: of no other one a list will ever come
        self._known = known
        self._held: dict[str, CountedList] = {}
        #: practice that ends -> successor -> its share of the last list, until it takes it over
        self._due: dict[str, dict[str, int]] = {}
        self._closed: set[str] = set()
        self._splits: list[_Split] = []

    def take(self, on: date, happened: _Happened) -> None:
        """Take in what happened on a day."""
        if isinstance(happened, _Published):
            self._publish(happened.practice_code, happened.size)
        elif isinstance(happened, _Closed):
            self._closed.add(happened.practice_code)
            self._held.pop(happened.practice_code, None)
            self._leave(happened.practice_code)
        elif happened in self._handovers.get(happened.predecessor, ()):
            self._hand_over(on, happened)
        else:
            self._part(happened)

    def result(self) -> dict[str, CountedList]:
        """Return what counts at each practice."""
        found = dict(self._held)
        for split in self._splits:
            for code in split.members & found.keys():
                found[code] = replace(found[code], waits_for=split.missing())
        return found

    def _publish(self, code: str, size: ListSize) -> None:
        """A list replaces all that counted before; of a practice that ended none counts."""
        if code in self._due or code in self._closed:
            return
        split = self._split_of(code)
        if split is None:
            self._held[code] = CountedList(size)
            return
        split.newer[code] = size
        self._settle(split)

    def _hand_over(self, on: date, succession: Succession) -> None:
        """The successor takes over its share of the last list."""
        before, after = succession.predecessor, succession.successor
        if before not in self._due:
            self._due[before] = self._shares(before)
        share = self._due[before].pop(after)
        former = self._held.pop(before, None)
        self._leave(before, after)
        if former is None:
            return
        left = sum(self._due[before].values())
        if left:
            self._held[before] = CountedList(carried=(Carried(before, left, former.as_at, on),))
        carried = Carried(before, share, former.as_at, on)
        if succession.kind != "RECODE" or self._recodes(after, carried):
            self._carry(after, carried)

    def _shares(self, code: str) -> dict[str, int]:
        """Share a list out evenly: nobody tells who went where, and the sum is what counts."""
        held, names = self._held.get(code), [each.successor for each in self._handovers[code]]
        return dict(_evenly(held.registered_count if held else 0, names))

    def _carry(self, code: str, carried: Carried) -> None:
        """Add to a practice, or to those that succeeded it, where it has ended itself."""
        if code in self._due:
            heirs = [each.successor for each in self._handovers[code]]
            for heir, share in _evenly(carried.registered_count, heirs):
                self._carry(heir, replace(carried, registered_count=share))
        elif code not in self._closed:
            held = self._held.get(code, CountedList())
            self._held[code] = replace(held, carried=(*held.carried, carried))

    def _recodes(self, code: str, carried: Carried) -> bool:
        """One practice under two codes has one list, the newer of both: is it the former's?"""
        held = self._held.get(code)
        if held is not None and held.own is not None:
            if carried.as_at <= held.own.as_at:
                return False
            self._held[code] = replace(held, own=None)
        return True

    def _part(self, succession: Succession) -> None:
        """A practice gives up patients and stays: from now on their lists wait for each other."""
        names = {succession.predecessor, succession.successor}
        together = [each for each in self._splits if each.members & names]
        self._splits = [each for each in self._splits if each not in together]
        members = names.union(*(each.members for each in together)).intersection(self._known)
        self._splits.append(_Split(members - self._closed - self._due.keys()))

    def _leave(self, code: str, heir: str = "") -> None:
        """A practice that ended leaves its split to its successor."""
        split = self._split_of(code)
        if split is None:
            return
        split.members.discard(code)
        split.newer.pop(code, None)
        if heir in self._known:
            split.members.add(heir)
            split.newer.pop(heir, None)
        self._settle(split)

    def _settle(self, split: _Split) -> None:
        """All lists of a split are newer than it: they count."""
        if split.missing():
            return
        self._splits.remove(split)
        for code, size in split.newer.items():
            held = self._held.get(code, CountedList())
            kept = tuple(each for each in held.carried if each.since > size.as_at)
            self._held[code] = CountedList(size, kept)

    def _split_of(self, code: str) -> _Split | None:
        return next((each for each in self._splits if code in each.members), None)


def _evenly(count: int, names: Sequence[str]) -> list[tuple[str, int]]:
    """Return what each gets of a count: the first one more, until all of it is shared out."""
    share, rest = divmod(count, len(names))
    return [(name, share + (place < rest)) for place, name in enumerate(names)]
