"""The links of the chain after the gate: arrival, what is set aside, population, release (S20).

Pure: a link is made of what was read before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from lds_assets.freshness.answer import Freshness
from lds_assets.freshness.verdict import NOT_WAITED_FOR
from lds_assets.freshness.verdict import Verdict as FreshnessVerdict
from lds_assets.gate.facts import DeliveryHold
from lds_assets.gate.reasons import ReasonBook
from lds_assets.gate.why import Link
from lds_assets.guards import holds
from lds_assets.guards.population import Withheld
from lds_assets.landing.advice import ADVICE
from lds_assets.landing.parts import table_of
from lds_assets.landing.states import State
from lds_assets.why.arrivals import Arrival
from lds_assets.why.releases import Shown

#: Nothing of the practice ever came, though its gate is open.
NEVER_SENT = "NEVER_SENT"
#: Loaded and not in the release, and nothing else is amiss.
NOT_RELEASED = "NOT_RELEASED"
#: Proven complete and not loaded yet.
NOT_LOADED = "NOT_LOADED_YET"

#: Nothing came, and nothing is due yet.
NOT_DUE = "NOT_DUE_YET"

_WAIT = "nothing to do before its first extract is due"
_ASK_SUPPLIER = "ask the supplier whether the practice's extract is switched on"
_RUN = "start the next run: `lds run`, or the supplier's job in Dagster"


@dataclass(frozen=True)
class Found:
    """What the platform holds of one practice on a day."""

    practice_code: str
    may_land: bool
    newest: Arrival | None
    loaded: Arrival | None
    held: tuple[Arrival, ...]
    waiting: tuple[Arrival, ...]
    standing: Sequence[DeliveryHold]
    withheld: Withheld | None
    shown: Shown
    #: How fresh each table group is that is expected of the supplier asked about; None for an
    #: instant in the past.
    fresh: Sequence[Freshness] | None = None
    #: The newest delivery of whatever supplier.
    former: Arrival | None = None


def links_after_gate(found: Found, book: ReasonBook) -> Iterator[Link]:
    """Yield the links that follow the gate's, in the order of the road."""
    yield _arrived(found, book)
    yield _set_aside(found, book)
    yield _population(found, book)
    # what waits makes its data late: the cause is named before
    yield _fresh(found)
    yield _released(found)


def _arrived(found: Found, book: ReasonBook) -> Link:
    question, newest = "Has its data arrived?", found.newest
    if newest is None:
        if not found.may_land:
            return Link(question, "nothing arrived, nothing is expected", is_moot=True)
        before = _before(found.former)
        if found.fresh and all(each.verdict in NOT_WAITED_FOR for each in found.fresh):
            said = (found.fresh[0].text or "nothing arrived yet") + before
            return Link(question, said, None, "", (NOT_DUE,), _WAIT, "OPS")
        said = f"nothing arrived yet{before}"
        return Link(question, said, None, "", (NEVER_SENT,), _ASK_SUPPLIER, "OPS")
    said = f"extract of {newest.extracted_at:%Y-%m-%d %H:%M} UTC, {newest.outcome}"
    if newest.landed:
        said += f": {newest.landed:,} rows landed, {newest.kept:,} kept"
    told = (question, said, newest.received_at.date(), newest.delivery_id)
    if not found.may_land or newest.outcome != "DENIED":
        return Link(*told)
    # the gate opened since; what the delivery itself shows still speaks against it
    reason = book.reasons.get(newest.refusal)
    if reason is not None and reason.code.startswith("S_"):
        return Link(*told, (reason.code,), reason.next_action, reason.owner_role)
    return Link(*told, (NOT_LOADED,), _RUN, "OPS", is_waiting=True)


def _before(former: Arrival | None) -> str:
    """Tell what a supplier before sent last, where the present one sent nothing."""
    if former is None:
        return ""
    return f"; the last extract from {former.supplier} is of {former.extracted_at:%Y-%m-%d}"


def _fresh(found: Found) -> Link:
    """The table group that is worst off; a pause or a first extract not due is nothing amiss."""
    question = "Is its data fresh?"
    if found.fresh is None:
        return Link(question, "told of what is known now alone", is_moot=True)
    order = list(FreshnessVerdict)
    worst = max(found.fresh, key=lambda each: order.index(each.verdict), default=None)
    if worst is None:
        return Link(question, "nothing is expected of this supplier", is_moot=True)
    same = [each.table_group for each in found.fresh if each.verdict is worst.verdict]
    if worst.verdict in NOT_WAITED_FOR:
        return Link(question, f"{worst.verdict}: {worst.text}", is_moot=True)
    if not found.may_land or found.newest is None:
        # the cause is named before; how the feed stands all the same is no other one
        said = ": ".join(filter(None, (str(worst.verdict), worst.text)))
        return Link(question, said, is_moot=True)
    if worst.verdict is FreshnessVerdict.ON_TIME:
        return Link(question, "every table group is in time")
    return Link(
        question,
        f"{', '.join(same)}: {worst.text}",
        worst.extracted_at.date() if worst.extracted_at else None,
        "",
        (str(worst.verdict),),
        worst.next_action,
        worst.owner_role,
    )


def _set_aside(found: Found, book: ReasonBook) -> Link:
    """Deliveries that wait for everybody, and rows that wait for this practice."""
    question = "Is nothing of it waiting?"
    if found.standing:
        first = found.standing[0]
        more = len(found.standing) - 1 + len(found.waiting)
        said = first.text + (f"; {more} more wait" if more else "")
        reasons = tuple(dict.fromkeys(each.reason for each in found.standing))
        return Link(
            *(question, said, first.placed_on, first.delivery_id, reasons, holds.TO_DO),
            owner_role=holds.OWNER,
            is_waiting=True,
        )
    if found.may_land and found.held:
        return _held(question, found.held, book)
    if not found.may_land or not found.waiting:
        return Link(question, "nothing", is_moot=not found.may_land)
    first_waiting = found.waiting[0]
    reasons = tuple(dict.fromkeys(_why_waiting(each) for each in found.waiting))
    return Link(
        question,
        _said_of(found.waiting),
        first_waiting.received_at.date(),
        first_waiting.delivery_id,
        reasons,
        first_waiting.to_do or _RUN,
        "OPS",
        is_waiting=True,
    )


def _held(question: str, held: Sequence[Arrival], book: ReasonBook) -> Link:
    """Rows of this practice that wait and that no two persons have to decide on."""
    first = next((each for each in held if each.refusal != holds.HELD_BEFORE), held[0])
    said = f"its rows in {len(held)} deliver{'y' if len(held) == 1 else 'ies'} HELD"
    told = (question, said, first.received_at.date(), first.delivery_id)
    if first.refusal in holds.MEANING:  # decided on since: the next run takes it
        return Link(*told, (NOT_LOADED,), _RUN, "OPS", is_waiting=True)
    advice = ADVICE.get(first.refusal) or book.reasons.get(first.refusal)
    action, owner = (advice.next_action, advice.owner_role) if advice else (_RUN, "OPS")
    return Link(*told, (first.refusal,), action, owner, is_waiting=True)


def _said_of(waiting: Sequence[Arrival]) -> str:
    """Return what waits: whole deliveries by number, tables that wait alone by name."""
    parts = [each for each in waiting if table_of(each.delivery_id)]
    tables = ", ".join(dict.fromkeys(table_of(each.delivery_id) for each in parts))
    number = len(waiting) - len(parts)
    told = [f"{number} deliver{'y' if number == 1 else 'ies'} of its group"] if number else []
    told += [f"{tables} since {parts[0].extracted_at:%Y-%m-%d}"] if parts else []
    alone = "; the other tables go on" if not number else ""
    return f"{' and '.join(told)} {waiting[0].state}{alone}"


def _why_waiting(arrival: Arrival) -> str:
    return NOT_LOADED if arrival.state == State.VALIDATED else arrival.reason or arrival.state


def _population(found: Found, book: ReasonBook) -> Link:
    question, kept_out = "May a release show it?", found.withheld
    if kept_out is None:
        return Link(question, "nothing speaks against it", is_moot=found.loaded is None)
    reasons = kept_out.decision.reasons
    first = book.reasons[reasons[0]]
    return Link(
        *(question, kept_out.text, None, "", reasons, first.next_action, first.owner_role),
        is_waiting=True,
    )


def _released(found: Found) -> Link:
    question, shown, practice = "Does the release show it?", found.shown, found.practice_code
    if shown.has(practice):
        return Link(question, f"yes, {shown.release_id}", shown.since[practice], shown.release_id)
    left: date | None = shown.until.get(practice)
    said = f"no, last on {left}" if left else "no"
    due = found.may_land and found.loaded is not None and found.withheld is None
    if due:
        return Link(
            *(question, said, None, shown.release_id, (NOT_RELEASED,), _RUN, "OPS"),
            is_waiting=True,
        )
    return Link(question, said, left, shown.release_id, is_moot=True)
