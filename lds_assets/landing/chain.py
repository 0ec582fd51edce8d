"""The chain of a group's deliveries: what is repeated, out of order, or follows a gap.

Pure. A delivery is judged by those of its group that are proven and extracted before it; the
same deliveries give the same fates in whatever order they arrived, but for what is loaded already.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lds_assets.landing.advice import fate
from lds_assets.landing.manifest import stem
from lds_assets.landing.parts import base_of, is_by_its_table, table_of, whole_of
from lds_assets.landing.states import (
    IN_LAKE,
    Delivery,
    DeliveryFile,
    Fate,
    Reason,
    State,
)

#: Reasons this module gives; deliveries that have them are judged anew at each look.
CHAIN_REASONS = frozenset({Reason.DATE_GAP, Reason.BULK_MISSING})
_NOTES = frozenset({"", Reason.OUT_OF_ORDER, Reason.OVERLAP, Reason.KIND_INFERRED})

Files = Mapping[str, Sequence[DeliveryFile]]


def is_undecided(delivery: Delivery) -> bool:
    """Say whether a proven delivery is to be judged: it was never loaded, nor set aside."""
    if not delivery.content_hash:
        return False
    if delivery.state is State.VALIDATED:
        return delivery.reason in _NOTES
    if delivery.state is State.HELD:
        return delivery.reason in CHAIN_REASONS
    return delivery.state in (State.SEEN, State.DECRYPTED)


def waits_as_part(delivery: Delivery) -> bool:
    """Say whether a part waits for its file, or for one that can be used."""
    is_part = bool(table_of(delivery.delivery_id)) and not delivery.content_hash
    return is_part and delivery.state in (State.INCOMPLETE, State.HELD)


@dataclass(frozen=True)
class Rules:
    """How a feed's chain is judged.

    Attributes:
        has_manifest: the feed tells windows; its chain may have no gap.
        may_wait: tables that may wait while others go on.
        of_practices: tables that hold practices' records.
        fulls: file -> time of its newest full extract that is loaded for everybody it names: what
            was extracted before needs no unbroken chain any more.
    """

    has_manifest: bool
    may_wait: Collection[str] = ()
    of_practices: Collection[str] = ()
    fulls: Mapping[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Settled:
    """What was decided about a group.

    Attributes:
        fates: delivery -> fate, of those undecided.
        cuts: delivery -> tables to be taken out of it as parts first; the fates then are not final.
    """

    fates: dict[str, Fate]
    cuts: dict[str, frozenset[str]]


def settle(group: Sequence[Delivery], files: Files, rules: Rules) -> Settled:
    """Judge a group's undecided deliveries.

    Args:
        group: all deliveries of one extract group, parts too.
        files: the files of each.
    """
    return _Settling(group, files, rules).done()


class _Settling:
    """One look at a group, delivery by delivery in order of extraction."""

    def __init__(self, group: Sequence[Delivery], files: Files, rules: Rules) -> None:
        dated = [(each.extracted_at, each) for each in group if each.extracted_at is not None]
        dated.sort(key=lambda pair: (pair[0], pair[1].delivery_id))  # a part after its whole
        self._dated = dated
        self._files = files
        self._rules = rules
        self._chain = _Chain(files, rules, _parts(group))
        in_lake = [instant for instant, each in dated if _was_loaded(each)]
        self._newest_loaded = max(in_lake, default=None)
        self._standing = [each for _, each in dated if _stands(each) and not is_undecided(each)]
        self._given_up = [each for _, each in dated if each.state is State.ABANDONED]
        self._fates: dict[str, Fate] = {}
        self._cuts: dict[str, frozenset[str]] = {}

    def done(self) -> Settled:
        """Judge every delivery."""
        for instant, delivery in self._dated:
            if is_undecided(delivery):
                self._judge(instant, delivery)
            elif _stands(delivery):
                self._chain.follow(delivery)
            elif delivery.state is State.ABANDONED and not self._waits_before(delivery):
                self._chain.pass_over(delivery)
        for _, delivery in self._dated:
            covered = self._covered(delivery) if waits_as_part(delivery) else None
            if covered is not None:
                self._fates[delivery.delivery_id] = covered
        return Settled(self._fates, self._cuts)

    def _judge(self, instant: datetime, delivery: Delivery) -> None:
        tables = self._apart(delivery)
        if tables:
            self._cuts[delivery.delivery_id] = tables
        known = [*self._standing, *self._given_up]
        told = _same_again(delivery, known, self._files, self._rules.has_manifest)
        told = told or self._before_its_whole(delivery) or self._chain.judge(delivery)
        if told.state is State.VALIDATED:
            self._chain.follow(delivery)
            self._standing.append(delivery)
            if self._newest_loaded is not None and instant < self._newest_loaded:
                since = f"{self._newest_loaded:%Y-%m-%d %H:%M} UTC, already loaded"
                told = fate(State.VALIDATED, Reason.OUT_OF_ORDER, f"extracted before {since}")
            elif not told.reason:
                told = _inferred(self._files.get(delivery.delivery_id, ())) or told
        self._fates[delivery.delivery_id] = told

    # -- parts --------------------------------------------------------------------------------

    def _waits_before(self, part: Delivery) -> bool:
        """Say whether an earlier part of the same table waits: its window was not given up."""
        table, at = table_of(part.delivery_id), part.extracted_at or datetime.min
        return bool(table) and any(
            waits_as_part(other) and table_of(other.delivery_id) == table and instant < at
            for instant, other in self._dated
        )

    def _apart(self, delivery: Delivery) -> frozenset[str]:
        """Return the tables of a delivery that must not keep the others back, if any.

        Those whose chain has a gap where others have none, and those that are parts already of the
        delivery of the same name or window that this one repeats.
        """
        is_piece = table_of(delivery.delivery_id) or delivery.kind == "full"
        if is_piece or delivery.load_sequence is not None or not self._rules.may_wait:
            return frozenset()
        own = {
            file.table_name: stem(file.name)
            for file in self._files.get(delivery.delivery_id, ())
            if is_by_its_table(file.name, file.table_name)
        }
        gaps = self._chain.gaps(delivery)
        found = {table for table, name in own.items() if name in gaps}
        if gaps - {own[table] for table in found & {*self._rules.may_wait}}:
            found = set()  # what others need has a gap, or what cannot be told by its table
        found |= own.keys() & self._parts_of_the_same(delivery)
        rest = (own.keys() - found) & {*self._rules.of_practices}
        return frozenset(found) if rest else frozenset()

    def _parts_of_the_same(self, delivery: Delivery) -> set[str]:
        found = set()
        for other in self._standing:
            is_same_window = (other.window_from, other.window_to) == (
                delivery.window_from,
                delivery.window_to,
            )
            if is_same_window or base_of(other.delivery_id) == base_of(delivery.delivery_id):
                found |= self._chain.parts.get(whole_of(other.delivery_id), set())
        return found

    def _before_its_whole(self, delivery: Delivery) -> Fate | None:
        """Hold a part whose delivery does not go on: its other tables are needed first."""
        if not table_of(delivery.delivery_id):
            return None
        whole = whole_of(delivery.delivery_id)
        for _, other in self._dated:
            if whole_of(other.delivery_id) != whole or table_of(other.delivery_id):
                continue
            told = self._fates.get(other.delivery_id, other.fate)
            goes_on = _stands(other) and not is_undecided(other)
            if goes_on or told.state in (State.VALIDATED, State.ABANDONED, State.SUPERSEDED):
                return None
        return fate(State.HELD, Reason.DATE_GAP, f"waits for {whole}, which does not go on")

    def _covered(self, part: Delivery) -> Fate | None:
        """Tell a part whose file never came and that nobody has to wait for any more."""
        name = table_of(part.delivery_id).lower()
        instant = self._rules.fulls.get(name)
        if instant is not None and part.extracted_at is not None and instant >= part.extracted_at:
            detail = f"a full extract of {instant:%Y-%m-%d %H:%M} UTC is loaded"
            return fate(State.SUPERSEDED, Reason.COVERED, detail)
        for other in self._standing:
            windows = {
                (file.window_from, file.window_to)
                for file in self._files.get(other.delivery_id, ())
                if stem(file.name) == name
            }
            if (part.window_from, part.window_to) in windows:
                detail = f"{other.delivery_id} holds the same window of it"
                return fate(State.SUPERSEDED, Reason.COVERED, detail)
        return None


def _parts(group: Sequence[Delivery]) -> dict[str, set[str]]:
    """Return delivery (its first version) -> tables that are parts of their own."""
    found: dict[str, set[str]] = {}
    for each in group:
        table = table_of(each.delivery_id)
        if table:
            found.setdefault(whole_of(each.delivery_id), set()).add(table)
    return found


def _stands(delivery: Delivery) -> bool:
    """Say whether others may follow it: proven, whether or not its load succeeded so far."""
    return delivery.is_loadable or delivery.failed_to_load or delivery.awaits_replay


def _was_loaded(delivery: Delivery) -> bool:
    opened_again = delivery.state is State.VALIDATED and delivery.reason not in _NOTES
    return delivery.state in IN_LAKE or opened_again


def _inferred(files: Sequence[DeliveryFile]) -> Fate | None:
    """Return the note of a delivery whose kind its names do not tell."""
    for file in files:
        if file.reason == Reason.KIND_INFERRED:
            return fate(State.VALIDATED, Reason.KIND_INFERRED, file.detail)
    return None


def _same_again(
    delivery: Delivery, standing: Sequence[Delivery], files: Files, has_manifest: bool
) -> Fate | None:
    """Tell a delivery whose content, place in time or window another one already has."""
    for other in standing:
        if other.content_hash == delivery.content_hash:
            detail = f"same content as {other.delivery_id}"
            if other.state is State.ABANDONED:
                return fate(State.QUARANTINED, Reason.REARRIVED, f"{detail}, given up")
            return fate(State.SUPERSEDED, Reason.REPEATED, detail)
    for other in standing:
        is_given_up = other.state is State.ABANDONED
        reason = Reason.REARRIVED if is_given_up else Reason.HASH_CHANGED
        if base_of(other.delivery_id) == base_of(delivery.delivery_id):
            detail = f"another content than {other.delivery_id}, which has the same name"
            return fate(State.QUARANTINED, reason, detail)
        windows = _windows(files, delivery)
        if has_manifest and windows and _windows(files, other) == windows:
            detail = f"another content than {other.delivery_id}, which has the same window"
            return fate(State.QUARANTINED, reason, detail)
    return None


def _windows(files: Files, delivery: Delivery) -> set[tuple[str, str, object, object]]:
    table = table_of(delivery.delivery_id)
    if table:  # its file may never have come
        return {(table.lower(), "", delivery.window_from, delivery.window_to)}
    return {
        (stem(file.name), file.kind, file.window_from, file.window_to)
        for file in files.get(delivery.delivery_id, ())
        if file.table_name
    }


@dataclass
class _Chain:
    """How far a group has been delivered without a gap.

    Attributes:
        reached: file -> end of its unbroken chain; files absent from a delivery had no change.
        otherwise: the same for files not met yet.
    """

    files: Files
    rules: Rules
    parts: Mapping[str, set[str]]
    has_full: bool = False
    reached: dict[str, datetime] = field(default_factory=dict)
    otherwise: datetime | None = None

    def judge(self, delivery: Delivery) -> Fate:
        """Say whether a delivery follows what came before it."""
        if delivery.kind != "full" and not self.has_full:
            detail = f"a {delivery.kind} extract, and no full extract of {delivery.group_id} before"
            return fate(State.HELD, Reason.BULK_MISSING, detail)
        if not self.rules.has_manifest or delivery.window_from is None:
            return fate(State.VALIDATED)
        start = delivery.window_from
        before = {self._reached(name) for name in self._deltas(delivery)}
        gaps = self.gaps(delivery)
        if gaps and not self._is_outdated(delivery, gaps):
            end = min(instant for instant in before if instant is not None)
            lost = f"nothing from {end:%Y-%m-%d %H:%M} to {start:%Y-%m-%d %H:%M} UTC"
            table = table_of(delivery.delivery_id)
            detail = f"{lost} for {len(gaps)} files, first {min(gaps)}"
            detail = f"{table}: {lost}" if table else detail
            return fate(State.HELD, Reason.DATE_GAP, detail)
        if any(instant is not None and instant > start for instant in before):
            detail = f"window starts at {start:%Y-%m-%d %H:%M} UTC, inside the one before"
            return fate(State.VALIDATED, Reason.OVERLAP, detail)
        return fate(State.VALIDATED)

    def gaps(self, delivery: Delivery) -> set[str]:
        """Return the files of a delivery that something is missing before."""
        start = delivery.window_from
        if not self.rules.has_manifest or start is None:
            return set()
        return {n for n in self._deltas(delivery) if (self._reached(n) or start) < start}

    def _is_outdated(self, delivery: Delivery, gaps: Collection[str]) -> bool:
        """Say whether a part is older than a full extract of all that is missing before it."""
        at = delivery.extracted_at
        return (
            bool(table_of(delivery.delivery_id))
            and at is not None
            and all(name in self.rules.fulls and self.rules.fulls[name] > at for name in gaps)
        )

    def follow(self, delivery: Delivery) -> None:
        """Take a delivery as part of the chain."""
        self.has_full |= delivery.kind == "full"
        end = delivery.window_to
        if end is None:
            return
        table = table_of(delivery.delivery_id)
        if table:
            name = table.lower()
            self.reached[name] = _later(self.reached.get(name), end)
            return
        apart = set(self._stop_at(delivery))
        names = {stem(file.name) for file in self._listed(delivery)}
        if delivery.window_from is not None:
            # files absent from a delta had no change in its window
            names |= {n for n, reached in self.reached.items() if reached >= delivery.window_from}
            self.otherwise = _later(self.otherwise, end)
        elif names >= self.reached.keys():
            self.otherwise = _later(self.otherwise, end)
        for name in names - apart:
            self.reached[name] = _later(self.reached.get(name), end)

    def _stop_at(self, delivery: Delivery) -> Iterator[str]:
        """Yield the files that are parts of a delivery: its window says nothing of them."""
        for table in self.parts.get(whole_of(delivery.delivery_id), ()):
            known = self.otherwise or delivery.window_from or datetime.min
            self.reached.setdefault(table.lower(), known)
            yield table.lower()

    def pass_over(self, delivery: Delivery) -> None:
        """Go on across the window of a delivery that two persons gave up; it is no full extract."""
        had_full = self.has_full
        self.follow(delivery)
        self.has_full = had_full

    def _reached(self, name: str) -> datetime | None:
        return self.reached.get(name, self.otherwise)

    def _deltas(self, delivery: Delivery) -> set[str]:
        return {
            stem(file.name)
            for file in self._listed(delivery)
            if file.kind == "delta" and file.window_from is not None
        }

    def _listed(self, delivery: Delivery) -> list[DeliveryFile]:
        known = self.files.get(delivery.delivery_id, ())
        return [
            file
            for file in known
            if file.table_name and file.window_to is not None and file.state is not State.IGNORED
        ]


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
