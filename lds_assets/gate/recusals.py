"""Who decides for one who recuses: the deputy, an officer of the same party (S5).

A recusal names another officer of the role and organisation, and the deputy's decision takes its
place. Where the deputy has left office since, another officer of the party decides; whoever recused
does not.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from lds_assets.gate.events import Event, NewEvent
from lds_assets.gate.lifecycle import in_force
from lds_assets.gate.names import same_person, spelling_key
from lds_assets.gate.officers import Officer
from lds_assets.gate.organisations import ACTING_FOR_A_BOARD
from lds_assets.gate.variation import VARIATION, Choice

#: What a recusal and the decision in its place have in common.
_SAME = ("round", "party", "content_sha256")


def wrong_deputy(
    new: NewEvent, history: Sequence[Event], officers: Iterable[Officer], recorded_on: date
) -> str:
    """Return the rule a decision breaks as a recusal, or after one; empty text for any other event.

    Args:
        history: the recorded events of the variation, oldest first.
        officers: all that are known as the event is recorded.
        recorded_on: London day of recording.
    """
    if new.entity_type != VARIATION or new.event_type != "decided":
        return ""
    day = min(new.acted_on or recorded_on, recorded_on)
    known = list(officers)
    earlier = [e for e in in_force(history) if e.event_type == "decided" and _is_of(e, new)]
    return _wrong_decider(new, earlier, known, day) or _wrong_name(new, earlier, known, day)


def _wrong_name(
    new: NewEvent, earlier: Sequence[Event], officers: Sequence[Officer], day: date
) -> str:
    """S5-33: the deputy is another officer who may decide for the party, and did not recuse."""
    if new.payload.get("choice") != Choice.RECUSE:
        return ""
    deputy = str(new.payload.get("deputy", ""))
    recused = [e.actor for e in earlier if e.payload.get("choice") == Choice.RECUSE]
    is_other = not any(same_person(deputy, name) for name in (new.actor, *recused))
    if not is_other or not _may_decide(deputy, new, officers, day):
        party = new.payload.get("party", "")
        return f"S5-33 the deputy is no other {new.actor_role} of {party} in office on {day}"
    return ""


def _wrong_decider(
    new: NewEvent, earlier: Sequence[Event], officers: Sequence[Officer], day: date
) -> str:
    """S5-34: after a recusal the deputy decides, while in office."""
    if not earlier or earlier[-1].payload.get("choice") != Choice.RECUSE:
        return ""
    recused, deputy = earlier[-1].actor, str(earlier[-1].payload.get("deputy", ""))
    if spelling_key(new.actor) == spelling_key(deputy):
        return ""
    if same_person(new.actor, recused) or _may_decide(deputy, new, officers, day):
        return "S5-34 the deputy named decides in the place of who recused"
    return ""


def _is_of(earlier: Event, new: NewEvent) -> bool:
    told = earlier.payload
    same = all(told.get(name) == new.payload.get(name) for name in _SAME)
    return same and earlier.on_behalf_of == new.on_behalf_of


def _may_decide(name: str, new: NewEvent, officers: Sequence[Officer], day: date) -> bool:
    return any(
        each.holds(name, new.actor_role, day)
        and (
            new.actor_role not in ACTING_FOR_A_BOARD
            or each.organisation == new.payload.get("party")
        )
        for each in officers
    )
