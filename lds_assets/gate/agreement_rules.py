"""Which states an agreement may move between, and who records it (S3). Pure."""

from collections.abc import Sequence

from lds_assets.gate.events import Event, NewEvent

AGREEMENT = "agreement"

#: state -> states it may move to. ENDED is for good: another version takes over.
MOVES = {
    "": ("DRAFT", "SIGNED", "IN_FORCE", "SUSPENDED", "ENDED"),
    "DRAFT": ("SIGNED", "IN_FORCE", "ENDED"),
    "SIGNED": ("DRAFT", "IN_FORCE", "ENDED"),
    "IN_FORCE": ("SUSPENDED", "ENDED"),
    "SUSPENDED": ("IN_FORCE", "ENDED"),
    "ENDED": (),
}


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule an event of an agreement breaks, or empty text.

    Args:
        history: the agreement's events in force, oldest first.
    """
    if new.event_type != "recorded":
        return ""
    if new.actor_role not in ("IG_OFFICER", "SYSTEM"):
        return "S3-1 an agreement is recorded by information governance"
    told = [str(each.payload["row"]["state"]) for each in history if '"row"' in each.payload_json]
    before, after = told[-1] if told else "", str(new.payload.get("row", {}).get("state", ""))
    if before != after and after not in MOVES[before]:
        return "S3-2 the agreement cannot move so from its present state"
    closes = after in ("SUSPENDED", "ENDED") and before not in ("", after)
    if closes and new.actor_role != "SYSTEM" and not new.reason_text:
        return "S3-3 what suspends or ends an agreement says why"
    return ""
