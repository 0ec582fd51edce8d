"""For whom a step of a variation is signed: by an officer of that very board (S5).

A role says what a person may do, the organisation of the officer for whom. Where boards merged, the
one that stands for the former on the day signs, and affirms for itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from lds_assets.gate.events import Event, NewEvent, london_day
from lds_assets.gate.facts import Board, board_standing
from lds_assets.gate.lifecycle import in_force
from lds_assets.gate.officers import Officer
from lds_assets.gate.variation import VARIATION, Variation, asked_by, fold

_ICB = "icb"
_APPROVER, _SPONSOR = "PARTNER_APPROVER", "ICB_SPONSOR"
#: Roles that act for one board; every other role acts for all of London.
ACTING_FOR_A_BOARD = frozenset({_APPROVER, _SPONSOR})


def boards_of(events: Iterable[Event]) -> dict[str, Board]:
    """Return the boards that events tell, by code; corrected events do not count."""
    told = [each for each in in_force(events) if each.entity_type == _ICB]
    rows = [each.payload["row"] for each in told if each.event_type == "recorded"]
    return {row["icb_code"]: Board.from_row(row) for row in rows}


def signed_by_another(
    new: NewEvent,
    history: Sequence[Event],
    stored: Iterable[Event],
    officers: Iterable[Officer],
    recorded_on: date,
) -> str:
    """Return the rule an event breaks that is not signed by the board it speaks for, or empty text.

    Args:
        history: the recorded events of the same entity, oldest first.
        stored: all recorded events; the boards are read from them.
        officers: all that are known as the event is recorded.
        recorded_on: London day of recording.
    """
    if new.entity_type != VARIATION or new.actor_role not in ACTING_FOR_A_BOARD:
        return ""
    signed_on = min(new.acted_on or recorded_on, recorded_on)
    organisations = {
        each.organisation for each in officers if each.holds(new.actor, new.actor_role, signed_on)
    }
    return refusal(fold(new.entity_id, history), new, organisations, boards_of(stored))


def refusal(
    variation: Variation,
    new: NewEvent,
    organisations: Collection[str],
    boards: Mapping[str, Board],
) -> str:
    """Return the rule that a board's step breaks for the organisation of who signs, or empty text.

    Args:
        variation: as it stands before the step.
        organisations: those for which the person holds the role; empty text is none.
        boards: boards of the register, which follow each other.
    """
    day = london_day(new.effective_at)
    if new.event_type == "decided" and new.actor_role == _APPROVER:
        party = str(new.payload.get("party", ""))
        spoken_for = new.on_behalf_of or party
        standing = board_standing(boards, spoken_for, day)
        if standing != party:
            return f"S5-31 {standing or 'no board'} stands for {spoken_for} on {day}, not {party}"
        return _signed(new.actor_role, [party], organisations)
    return next(
        (
            rule
            for codes in _sides(variation, new)
            if (rule := _stood_for(new.actor_role, codes, organisations, boards, day))
        ),
        "",
    )


def _sides(variation: Variation, new: NewEvent) -> list[Collection[str]]:
    """Return the boards of which one must sign a step that is no decision, set by set."""
    if new.event_type == "noted":
        return []
    if new.actor_role == _APPROVER:
        return [sorted(variation.partners)]
    # who takes a request up again is of those who made it, and of those it then names
    asked = asked_by(new.payload.get("requesting_icbs"))
    return [codes for codes in (variation.requesting_icbs, asked) if codes] or [()]


def _stood_for(
    role: str,
    codes: Collection[str],
    organisations: Collection[str],
    boards: Mapping[str, Board],
    day: date,
) -> str:
    standing = sorted({board_standing(boards, code, day) for code in codes} - {""})
    if not standing:
        return f"S5-31 no board stands for {', '.join(codes) or 'the request'} on {day}"
    return _signed(role, standing, organisations)


def _signed(role: str, boards: Sequence[str], organisations: Collection[str]) -> str:
    if {each for each in organisations if each}.isdisjoint(boards):
        return f"S5-30 who signs is no {role} of {' or '.join(boards)}"
    return ""


def advice(rule: str) -> str:
    """Return what to do about a rule of this module; empty for any other."""
    if rule.startswith("S5-30"):
        return (
            "have an officer of that board sign (`lds register officer list --json` names each "
            "one's organisation), or have one appointed: `lds register officer appoint PERSON ROLE "
            "--organisation CODE` (docs/operate/officers.md)"
        )
    if rule.startswith("S5-31"):
        return (
            "the board that stands for a former one decides for itself: `lds variation approve ID "
            "--party SUCCESSOR --on-behalf-of PARTNER`, signed by an approver of the successor"
        )
    return ""
