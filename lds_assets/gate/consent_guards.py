"""What an event of a consent must carry before the register takes it (S2).

Pure: read from the event and the consent's own history. What depends on other facts of the register
is asked by ``consent_rules`` before the event is made.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from lds_assets.gate.events import Event, NewEvent, london_day

GRANTOR_ROLES = frozenset({"PARTNER", "CALDICOTT", "PRACTICE_MANAGER_DELEGATED"})
#: What an officer who lifts a suspension decides on the data dated within it.
SUSPENDED_DATA = frozenset({"INCLUDE", "DISCARD"})
#: What a practice that withdraws may ask to be done with its data.
RETENTION = frozenset({"STOP_ONLY", "ERASE", "ERASE_FROM_DATE"})

_SIGNED = ("evidence_ref", "dsa_id", "dsa_version", "dpa_id", "effective_from", "granted_on")

Row = Mapping[str, Any]


def unproven(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a move breaks by what it does not carry, or empty text.

    Args:
        new: a move, legal by its states and roles.
        history: the consent's events in force, oldest first.
    """
    row: Row = new.payload.get("row", {})
    guard = _GUARDS.get((new.from_state, new.to_state)) or _GUARDS.get(("", new.to_state))
    return _expired(new, row, history) or (guard(new, row) if guard else "")


def wrong_evidence(new: NewEvent, history: Sequence[Event]) -> str:
    """S2-9: only an officer says that a spoilt form is whole again, and only of the very form."""
    if new.event_type != "evidence_confirmed":
        return ""
    if new.actor_role != "IG_OFFICER" or not (new.reason_code and new.reason_text):
        return "S2-9 an information-governance officer confirms evidence, with the reason"
    rows = [each.payload["row"] for each in history if '"row"' in each.payload_json]
    is_same = bool(rows) and rows[-1]["evidence_sha256"] == new.evidence_sha256
    return "" if is_same else "S2-9 the form is not the one that was signed off"


def _expired(new: NewEvent, row: Row, history: Sequence[Event]) -> str:
    """S2-8: what has run out does not move again; it takes a new consent."""
    rows = [each.payload["row"] for each in history if '"row"' in each.payload_json]
    ends = str(rows[-1].get("effective_to", "")) if rows else ""
    if not ends or (new.to_state == "WITHDRAWN" and row.get("effective_to") == ends):
        return ""
    is_over = new.to_state != "GRANTED" or new.from_state == "SUSPENDED"
    return "S2-8 the consent has expired" if is_over and _day(new) >= ends else ""


def _day(new: NewEvent) -> str:
    return london_day(new.effective_at).isoformat()


def _granted(_new: NewEvent, row: Row) -> str:
    if not all(row.get(name) for name in _SIGNED) or len(str(row.get("evidence_sha256"))) != 64:
        return "S2-4 a grant names its signed form with the hash, its agreements and its days"
    if row.get("granted_by_role") not in GRANTOR_ROLES or not row.get("granted_by_name"):
        return "S2-4 the signatory's role may not grant consent"
    return ""


def _resumed(new: NewEvent, _row: Row) -> str:
    if new.payload.get("decision") not in SUSPENDED_DATA:
        return "S2-5 data dated within the suspension are to be decided: INCLUDE or DISCARD"
    return "" if new.evidence_ref else "S2-5 that the cause is cleared needs evidence"


def _withdrawn(_new: NewEvent, row: Row) -> str:
    if not (row.get("notice_ref") and _is_day(row.get("effective_to"))):
        return "S2-6 a withdrawal names the practice's notice and its first day without consent"
    if row.get("retention_instruction") not in RETENTION:
        return "S2-6 a withdrawal says what becomes of the data"
    wants_day = row["retention_instruction"] == "ERASE_FROM_DATE"
    if wants_day != bool(row.get("erase_from")):
        return "S2-6 ERASE_FROM_DATE, and it alone, names the day from which data are erased"
    return ""


def _superseded(_new: NewEvent, row: Row) -> str:
    return "" if row.get("superseded_by") else "S2-7 the consent that took over must be named"


def _is_day(text: object) -> bool:
    try:
        return bool(date.fromisoformat(str(text)))
    except ValueError:
        return False


_GUARDS: dict[tuple[str, str], Callable[[NewEvent, Row], str]] = {
    ("REQUESTED", "GRANTED"): _granted,
    ("SUSPENDED", "GRANTED"): _resumed,
    ("", "WITHDRAWN"): _withdrawn,
    ("", "SUPERSEDED"): _superseded,
}
