"""Which events of an onboarding the register refuses (S14): who may tell what, and when.

Pure. Where the practice stands follows from consents, supplier side and ledger; the desk puts it
into the event as ``from_state``, so that the record shows what was decided on.
"""

from collections.abc import Sequence

from lds_assets.gate.events import ROLES, Event, NewEvent
from lds_assets.gate.onboarding import PATH, Onboarding, Step, fold

_LIAISON = frozenset({"PRACTICE_LIAISON", "IG_OFFICER"})
_DELIVERY = frozenset({"PRACTICE_LIAISON", "DELIVERY_LEAD", "TECH_LEAD"})
_ANYBODY = frozenset({"PRACTICE_LIAISON", "IG_OFFICER", "DELIVERY_LEAD", "TECH_LEAD", "OPS"})
_SYSTEM = frozenset({"SYSTEM"})

_BEFORE_LIVE = frozenset(PATH) - {Step.LIVE}

#: event -> steps it may be told at, state it leads to, roles that may tell it, needs a reason.
MOVES: dict[str, tuple[frozenset[Step], Step | None, frozenset[str], bool]] = {
    "invited": (frozenset({Step.PROSPECT, Step.DECLINED}), Step.INVITED, _LIAISON, False),
    "declined": (frozenset({Step.PROSPECT, Step.INVITED}), Step.DECLINED, _LIAISON, True),
    "feed_requested": (frozenset({Step.CONSENT_GRANTED}), Step.FEED_REQUESTED, _DELIVERY, False),
    "stalled": (_BEFORE_LIVE, Step.STALLED, _ANYBODY, True),
    "resumed": (_BEFORE_LIVE, None, _ANYBODY, True),
    "reconciled": (frozenset({Step.BULK_RECEIVED}), Step.RECONCILED, _SYSTEM, True),
    "measure_accepted": (frozenset({Step.BULK_RECEIVED}), None, _ANYBODY - {"OPS"}, True),
}

#: Verdicts of a reconciliation that let a practice through.
PASSING = frozenset({"GREEN", "AMBER"})


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a new event of an onboarding breaks, or empty text.

    Args:
        history: all recorded events of the same practice and supplier, oldest first.
    """
    move = MOVES.get(new.event_type)
    if move is None:
        return "S14-1 no such event of an onboarding"
    steps, leads_to, roles, needs_reason = move
    if new.from_state not in steps:
        return f"S14-2 {new.event_type} is not told of a practice that is {new.from_state or '?'}"
    if new.to_state != (leads_to or new.from_state):
        return "S14-3 the event leads to another state"
    if new.actor_role not in roles:
        return f"S14-4 {new.event_type} is told by {' or '.join(sorted(roles))}"
    if needs_reason and not (new.reason_code and new.reason_text):
        return "S14-5 this event needs a reason"
    return _out_of_turn(new, fold(new.entity_id, history))


def _out_of_turn(new: NewEvent, told: Onboarding) -> str:
    """Return the rule broken by what was told before."""
    match new.event_type:
        case "invited":
            return _barred(new)
        case "stalled":
            owner = str(new.payload.get("owner_role", ""))
            if owner not in ROLES - {"SYSTEM"}:
                return "S14-6 a stall names the role that has to clear it"
            standing = told.stall is not None and told.stall.at == new.from_state
            return "S14-7 it is stalled already" if standing else ""
        case "resumed":
            standing = told.stall is not None and told.stall.at == new.from_state
            return "" if standing else "S14-8 nothing is stalled"
        case "feed_requested":
            return "" if new.evidence_ref else "S14-9 a request to the supplier names its paper"
        case "reconciled":
            return _not_passed(new)
    return ""


def _barred(new: NewEvent) -> str:
    barred = [str(each) for each in new.payload.get("barred", ())]
    return f"S14-10 the practice is not to be invited: {barred[0]}" if barred else ""


def _not_passed(new: NewEvent) -> str:
    """Refuse what the measures hold, under the reason of the first that holds."""
    if not new.evidence_ref:
        return "S14-11 a reconciliation names the extract it measured"
    if new.payload.get("verdict") in PASSING:
        return ""
    return f"{new.reason_code} {new.reason_text}"
