"""The onboarding machine (S14): from a practice nobody asked to one that is in a release.

People tell what the register cannot know: that a practice was invited, that its feed was asked for,
that it declined or is stuck. All else follows from facts: its consent, what the supplier shows of
it, the extracts that are loaded, the reconciliation, the releases. Nothing is typed twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from lds_assets.gate.events import Event
from lds_assets.gate.facts import Consent, Move

if TYPE_CHECKING:
    from lds_assets.gate.state import RegisterState

ONBOARDING = "onboarding"


class Step(StrEnum):
    """Where a practice stands with one supplier."""

    PROSPECT = "PROSPECT"
    INVITED = "INVITED"
    CONSENT_GRANTED = "CONSENT_GRANTED"
    FEED_REQUESTED = "FEED_REQUESTED"
    FEED_ACTIVATED = "FEED_ACTIVATED"
    BULK_RECEIVED = "BULK_RECEIVED"
    RECONCILED = "RECONCILED"
    BACKFILLING = "BACKFILLING"
    LIVE = "LIVE"
    DECLINED = "DECLINED"
    STALLED = "STALLED"


#: The road of a practice, in its order; DECLINED and STALLED lie beside it.
PATH = tuple(step for step in Step if step not in (Step.DECLINED, Step.STALLED))


def entity_id(practice: str, supplier: str) -> str:
    """Return the key of an onboarding in the register: a practice and a supplier."""
    return f"{practice}|{supplier}"


@dataclass(frozen=True)
class Told:
    """One thing people or the platform told, with the day it holds from."""

    on: date
    by: str
    evidence: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Stall:
    """A practice that does not move on, who has to clear it, and at which step."""

    reason: str
    owner_role: str
    since: date
    at: Step


@dataclass(frozen=True)
class Onboarding:
    """What the events of one practice and supplier tell.

    Attributes:
        declined: set while the newest word of the practice is no.
        reconciled: the reconciliations that let its data through, oldest first.
        accepted: measure of the reconciliation -> who took its value as right.
    """

    practice_code: str
    supplier_code: str
    invited: Told | None = None
    feed_requested: Told | None = None
    declined: Told | None = None
    stall: Stall | None = None
    reconciled: tuple[Told, ...] = ()
    accepted: Mapping[str, Told] = field(default_factory=dict)


def fold(key: str, history: Sequence[Event]) -> Onboarding:
    """Return an onboarding as its events, oldest first, tell it."""
    practice, _, supplier = key.partition("|")
    onboarding = Onboarding(practice, supplier)
    for event in history:
        onboarding = applied(onboarding, event)
    return onboarding


def applied(onboarding: Onboarding, event: Event) -> Onboarding:
    """Return an onboarding after one more of its events."""
    told = Told(event.effective_on, event.actor, event.evidence_ref, event.reason_text)
    match event.event_type:
        case "invited":
            return replace(onboarding, invited=told, declined=None, stall=None)
        case "feed_requested":
            return replace(onboarding, feed_requested=told)
        case "declined":
            return replace(onboarding, declined=told, stall=None)
        case "stalled":
            owner, at = str(event.payload["owner_role"]), Step(event.from_state)
            return replace(onboarding, stall=Stall(told.reason, owner, told.on, at))
        case "resumed":
            return replace(onboarding, stall=None)
        case "reconciled":
            # what was accepted was accepted of this extract
            return replace(onboarding, reconciled=(*onboarding.reconciled, told), accepted={})
        case "measure_accepted":
            payload = event.payload
            both = replace(told, by=f"{event.actor} and {payload['second']}")
            accepted = {**onboarding.accepted, str(payload["measure"]): both}
            return replace(onboarding, accepted=accepted)
    return onboarding


def read_onboarding(state: "RegisterState", _payload: Mapping[str, Any], event: Event) -> None:
    """Bring the register's state up to one more event of an onboarding."""
    practice, _, supplier = event.entity_id.partition("|")
    before = state.onboardings.get((practice, supplier), Onboarding(practice, supplier))
    state.onboardings[practice, supplier] = applied(before, event)


def course_ended_on(
    consents: Iterable[Consent], interventions: Iterable[Move], day: date
) -> date | None:
    """Return the last day by ``day`` on which everything before it came to an end, or None.

    A withdrawal, a consent void for a change of supplier, and a purge end a course: what was told
    and reconciled up to that day no longer counts.

    Args:
        consents: those of one practice to one supplier.
        interventions: holds and purges of the practice.
    """
    ends = {"WITHDRAWN", "VOID_SUPPLIER_CHANGE"}
    ended = [move.on for each in consents for move in each.moves if move.state in ends]
    ended += [move.on for move in interventions if move.state == "purge_opened"]
    return max((on for on in ended if on <= day), default=None)


def reconciliation_on(onboarding: Onboarding | None, ended: date | None, day: date) -> Told | None:
    """Return the reconciliation that counts on a day; one up to the end of a course does not."""
    known = onboarding.reconciled if onboarding else ()
    counted = [each for each in known if each.on <= day and _counts(each.on, ended)]
    return counted[-1] if counted else None


@dataclass(frozen=True)
class Facts:
    """What register, ledger and releases know of one practice and supplier on a day.

    Attributes:
        told: what people and the platform told.
        ended: last day of the former course, see ``course_ended_on``.
        prospect_since: open, on the supplier's system and the supplier live since then.
        barred: reasons of practice and supplier (``P_*``, ``V_*``) for which nobody invites it.
        requested, consented: the consent that stands, asked for and granted.
        activated: the supplier shows it as sharing.
        bulk: a full extract of it is loaded; ``evidence`` names the delivery.
        owed: proven deliveries that hold rows of it and are not loaded for it.
        released: it is, or was after the reconciliation, in a release.
        is_released: it is in the release in force.
    """

    practice_code: str
    supplier_code: str
    told: Onboarding
    ended: date | None = None
    prospect_since: date | None = None
    barred: tuple[str, ...] = ()
    requested: Told | None = None
    consented: Told | None = None
    activated: Told | None = None
    bulk: Told | None = None
    owed: int = 0
    released: Told | None = None
    is_released: bool = False


@dataclass(frozen=True)
class Reached:
    """One step of the road a practice reached.

    Attributes:
        on: first day; never before the step before it.
        days: how long it was the newest step, up to the day asked about.
    """

    step: Step
    on: date | None
    evidence: str
    days: int | None


@dataclass(frozen=True)
class Standing:
    """Where a practice stands on a day.

    Attributes:
        state: the step, or DECLINED or STALLED.
        step: the newest step of the road, also when stalled or declined.
        since: first day of ``state``; None when no record tells it.
        reached: every step of the road reached, in order.
    """

    practice_code: str
    supplier_code: str
    day: date
    state: Step
    step: Step
    since: date | None
    reached: tuple[Reached, ...]
    stall: Stall | None = None
    declined: Told | None = None
    owed: int = 0
    is_released: bool = False
    barred: tuple[str, ...] = ()

    @property
    def days(self) -> int | None:
        """Days in ``state``, None when its beginning is not on record."""
        return (self.day - self.since).days if self.since else None


def standing(facts: Facts, day: date) -> Standing:
    """Return where a practice stands on a London day, and how it got there."""
    marks = list(_marks(facts, day))
    step = marks[-1][0]
    declined, stall = _declined(facts, step), _stall(facts, step)
    reached = _reached(marks, declined.on if declined else day)
    state, since = step, reached[-1].on
    if declined is not None:
        state, since, stall = Step.DECLINED, declined.on, None
    elif stall is not None:
        state, since = Step.STALLED, stall.since
    return Standing(
        facts.practice_code,
        facts.supplier_code,
        day,
        state,
        step,
        since,
        reached,
        stall,
        declined,
        facts.owed,
        facts.is_released,
        facts.barred,
    )


def _declined(facts: Facts, step: Step) -> Told | None:
    """Return the practice's no; a consent given since overrules it."""
    declined = facts.told.declined
    counts = declined is not None and _counts(declined.on, facts.ended)
    return declined if counts and step in (Step.PROSPECT, Step.INVITED) else None


def _stall(facts: Facts, step: Step) -> Stall | None:
    """Return what holds the practice up; who moved on is not stalled any more."""
    stall = facts.told.stall
    counts = stall is not None and stall.at is step and _counts(stall.since, facts.ended)
    return stall if counts else None


def _counts(on: date, ended: date | None) -> bool:
    return ended is None or on > ended


def _marks(facts: Facts, day: date) -> Iterable[tuple[Step, Told | None]]:
    """Yield the steps that facts show, in order; the first one always."""
    told = facts.told
    since = facts.prospect_since
    yield Step.PROSPECT, Told(since, "", "practice list") if since else None
    invited = told.invited if told.invited and _counts(told.invited.on, facts.ended) else None
    asked = [each for each in (invited, facts.requested) if each is not None]
    if asked or facts.consented:
        yield Step.INVITED, min(asked, key=lambda each: each.on, default=facts.consented)
    if facts.consented is None:
        return
    yield Step.CONSENT_GRANTED, facts.consented
    feed = told.feed_requested
    if feed is not None and _counts(feed.on, facts.ended):
        yield Step.FEED_REQUESTED, feed
    if facts.activated is not None:
        yield Step.FEED_ACTIVATED, facts.activated
    if facts.bulk is None:
        return
    yield Step.BULK_RECEIVED, facts.bulk
    reconciled = reconciliation_on(told, facts.ended, day)
    if reconciled is None:
        return
    yield Step.RECONCILED, reconciled
    if facts.released is not None:
        yield Step.LIVE, facts.released
    elif facts.owed:
        yield Step.BACKFILLING, reconciled


def _reached(marks: Sequence[tuple[Step, Told | None]], day: date) -> tuple[Reached, ...]:
    """Return the steps with days; a step begins no earlier than the one before it."""
    begun: list[tuple[Step, date | None, str]] = []
    newest: date | None = None
    for step, told in marks:
        on = told.on if told else None
        if on is not None and newest is not None:
            on = max(on, newest)
        newest = on or newest
        begun.append((step, on, told.evidence if told else ""))
    ends = [following[1] for _, following in pairwise(begun)] + [day]
    return tuple(
        Reached(step, on, evidence, (end - on).days if on and end else None)
        for (step, on, evidence), end in zip(begun, ends, strict=True)
    )
