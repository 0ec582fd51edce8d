"""The chain of a group's deliveries: what is repeated, out of order, or follows a gap.

Pure. A delivery is judged by those of its group that are proven and extracted before it; the
same deliveries give the same fates in whatever order they arrived, but for what is loaded already.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lds_assets.landing.advice import fate
from lds_assets.landing.find import FOLDER_MARK
from lds_assets.landing.manifest import stem
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


def settle(group: Sequence[Delivery], files: Files, has_manifest: bool) -> dict[str, Fate]:
    """Return the fates of a group's undecided deliveries.

    Args:
        group: all deliveries of one extract group.
        files: the files of each.
        has_manifest: the feed tells windows; its chain may have no gap.
    """
    dated = [(each.extracted_at, each) for each in group if each.extracted_at is not None]
    dated.sort(key=lambda pair: (pair[0], pair[1].delivery_id))
    in_lake = [instant for instant, each in dated if _was_loaded(each)]
    newest_loaded = max(in_lake, default=None)
    chain = _Chain(files, has_manifest)
    standing = [each for _, each in dated if _stands(each) and not is_undecided(each)]
    given_up = [each for _, each in dated if each.state is State.ABANDONED]
    fates: dict[str, Fate] = {}
    for instant, delivery in dated:
        if not is_undecided(delivery):
            if _stands(delivery):
                chain.follow(delivery)
            elif delivery in given_up:
                chain.pass_over(delivery)
            continue
        known = [*standing, *given_up]
        told = _same_again(delivery, known, files, has_manifest) or chain.judge(delivery)
        if told.state is State.VALIDATED:
            chain.follow(delivery)
            standing.append(delivery)
            if newest_loaded is not None and instant < newest_loaded:
                detail = f"extracted before {newest_loaded:%Y-%m-%d %H:%M} UTC, already loaded"
                told = fate(State.VALIDATED, Reason.OUT_OF_ORDER, detail)
            elif not told.reason:
                told = _inferred(files.get(delivery.delivery_id, ())) or told
        fates[delivery.delivery_id] = told
    return fates


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
        if base_of(other) == base_of(delivery):
            detail = f"another content than {other.delivery_id}, which has the same name"
            return fate(State.QUARANTINED, reason, detail)
        windows = _windows(files, delivery)
        if has_manifest and windows and _windows(files, other) == windows:
            detail = f"another content than {other.delivery_id}, which has the same window"
            return fate(State.QUARANTINED, reason, detail)
    return None


def base_of(delivery: Delivery) -> str:
    """Return the id that every copy of a delivery has in common, in whatever folder it lies."""
    return delivery.delivery_id.partition(FOLDER_MARK)[0]


def _windows(files: Files, delivery: Delivery) -> set[tuple[str, str, object, object]]:
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
    has_manifest: bool
    has_full: bool = False
    reached: dict[str, datetime] = field(default_factory=dict)
    otherwise: datetime | None = None

    def judge(self, delivery: Delivery) -> Fate:
        """Say whether a delivery follows what came before it."""
        if delivery.kind != "full" and not self.has_full:
            detail = f"a {delivery.kind} extract, and no full extract of {delivery.group_id} before"
            return fate(State.HELD, Reason.BULK_MISSING, detail)
        if not self.has_manifest or delivery.window_from is None:
            return fate(State.VALIDATED)
        start = delivery.window_from
        before = {self._reached(name) for name in self._deltas(delivery)}
        gaps = [name for name in self._deltas(delivery) if (self._reached(name) or start) < start]
        if gaps:
            end = min(instant for instant in before if instant is not None)
            detail = (
                f"nothing from {end:%Y-%m-%d %H:%M} to {start:%Y-%m-%d %H:%M} UTC "
                f"for {len(gaps)} files, first {sorted(gaps)[0]}"
            )
            return fate(State.HELD, Reason.DATE_GAP, detail)
        if any(instant is not None and instant > start for instant in before):
            detail = f"window starts at {start:%Y-%m-%d %H:%M} UTC, inside the one before"
            return fate(State.VALIDATED, Reason.OVERLAP, detail)
        return fate(State.VALIDATED)

    def follow(self, delivery: Delivery) -> None:
        """Take a delivery as part of the chain."""
        self.has_full |= delivery.kind == "full"
        end = delivery.window_to
        if end is None:
            return
        names = {stem(file.name) for file in self._listed(delivery)}
        if delivery.window_from is not None:
            # files absent from a delta had no change in its window
            names |= {n for n, reached in self.reached.items() if reached >= delivery.window_from}
            self.otherwise = _later(self.otherwise, end)
        elif names >= self.reached.keys():
            self.otherwise = _later(self.otherwise, end)
        for name in names:
            self.reached[name] = _later(self.reached.get(name), end)

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
        return [file for file in known if file.table_name and file.window_to is not None]


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one
