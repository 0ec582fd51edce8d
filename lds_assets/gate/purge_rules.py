"""Which events of a purge the register refuses (S17): who may move it, on what proof.

Pure. What the register itself knows on the day (withdrawn consents, their retention instruction,
an agreement's end, another open purge) stands in the event's payload, put there by the desk.
"""

from collections.abc import Callable, Sequence

from lds_assets.gate.events import ROLES, Event, NewEvent
from lds_assets.gate.names import same_person
from lds_assets.gate.purge import CERTIFIED, Mode, Purge, State, Subject, Trigger, fold
from lds_assets.gate.widening import is_day, narrower

Guard = Callable[[Purge, NewEvent], str]

_SHA256_LENGTH = 64


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a new event of a purge breaks, or empty text.

    Args:
        history: all recorded events of the purge, oldest first.
    """
    return refusal(fold(new.entity_id, history), new)


def illegal_intervention(new: NewEvent) -> str:
    """Return the rule that lifting ``O_PURGING`` breaks: it takes a certificate."""
    if new.event_type != CERTIFIED:
        return ""
    if new.actor_role != "IG_OFFICER" or len(new.evidence_sha256) != _SHA256_LENGTH:
        return "S17-1 a purge ends with a certificate, told by information governance"
    return _with_reason(Purge(new.entity_id), new)


def refusal(purge: Purge, new: NewEvent) -> str:
    """Return the rule an event breaks where a purge stands, or empty text."""
    if new.event_type == "layer_done":
        return _illegal_layer(purge, new)
    if new.event_type != "moved":
        return "S17-2 no such event of a purge"
    if new.from_state != (purge.state or ""):
        return f"S17-3 the purge stands at {purge.state or 'nothing'}"
    guards = MOVES.get((new.from_state, new.to_state))
    if guards is None:
        return f"S17-4 no way leads from {new.from_state or 'nothing'} to {new.to_state}"
    return next((rule for guard in guards if (rule := guard(purge, new))), "")


def _illegal_layer(purge: Purge, new: NewEvent) -> str:
    if purge.state is not State.EXECUTING:
        return "S17-5 layers are emptied while the purge is executing"
    if new.payload.get("layer") not in purge.layers or new.actor_role != "SYSTEM":
        return "S17-6 the platform tells which of the purge's layers it emptied"
    return ""


# -- guards


def _by(*roles: str) -> Guard:
    return lambda _purge, new: (
        "" if new.actor_role in roles else f"S17-7 this step is made by {' or '.join(roles)}"
    )


def _with_reason(_purge: Purge, new: NewEvent) -> str:
    return "" if new.reason_code and new.reason_text else "S17-8 this step needs a reason"


def _with_hash(_purge: Purge, new: NewEvent) -> str:
    whole = len(new.evidence_sha256) == _SHA256_LENGTH
    return "" if whole else "S17-9 the document of this step must be named by its hash"


def _of_a_practice(_purge: Purge, new: NewEvent) -> str:
    payload = new.payload
    if payload.get("subject_kind") != Subject.PRACTICE:
        return "S17-10 the purge of one person is not part of the platform yet"
    if payload.get("trigger") not in set(Trigger) - {Trigger.PATIENT_ERASURE}:
        return "S17-11 a practice is purged for a withdrawal, an agreement's end or a misrouting"
    if not payload.get("subject_key") or not new.evidence_ref:
        return "S17-12 the practice and the notice must be named"
    return "S17-13 another purge of the practice is open" if payload.get("open_purge") else ""


def _as_instructed(_purge: Purge, new: NewEvent) -> str:
    """The mode is that of the notice, and one the platform can carry out."""
    trigger, mode = (new.payload.get(name) for name in ("trigger", "mode"))
    if mode not in set(Mode):
        return "S17-15 no such retention instruction"
    if (mode == Mode.ERASE_FROM_DATE) != is_day(new.payload.get("cut_off")):
        return "S17-14 ERASE_FROM_DATE, and it alone, names the day from which data are erased"
    if trigger == Trigger.MISROUTED and mode != Mode.ERASE:
        return "S17-16 what never was ours is erased"
    if trigger == Trigger.AGREEMENT_ENDED and not new.payload.get("ended_agreements"):
        return "S17-17 no agreement of the practice has ended"
    if trigger != Trigger.CONSENT_WITHDRAWN:
        return ""
    instructions = new.payload.get("instructions") or ()
    if not instructions:
        return "S17-18 no consent of the practice is withdrawn"
    if mode not in instructions:
        return (
            f"S17-19 the notice says {' and '.join(sorted(instructions))}; when the practice wants "
            "more erased by now, record that first (`lds withdraw widen`)"
        )
    cut_off = new.payload.get("cut_off", "")
    if cut_off != new.payload.get("noticed_cut_off", ""):
        return "S17-31 the day is that of the notice"
    former = narrower(str(mode), str(cut_off), new.payload.get("former", ()))
    return f"S17-36 {former} erased more on the same notice" if former else ""


def _two_persons(_purge: Purge, new: NewEvent) -> str:
    second, role = (str(new.payload.get(name, "")).strip() for name in ("second", "second_role"))
    if not second or same_person(second, new.actor):
        return "S17-20 a second person must act"
    if "SYSTEM" in (role, new.actor_role) or role not in ROLES:
        return "S17-21 the second person's role is not known"
    return "S17-22 one of the two is not of operations" if {role, new.actor_role} == {"OPS"} else ""


def _on_this_inventory(purge: Purge, new: NewEvent) -> str:
    same = purge.inventory_sha256 and new.payload.get("inventory_sha256") == purge.inventory_sha256
    return "" if same else "S17-23 the approval is of another inventory"


def _counted(_purge: Purge, new: NewEvent) -> str:
    return "" if "canary_count" in new.payload else "S17-24 the canaries must be counted first"


def _nothing_left(purge: Purge, new: NewEvent) -> str:
    if purge.left:
        return f"S17-25 layers are not done: {', '.join(purge.left)}"
    found = new.payload.get("found")
    return "" if found == 0 else "S17-26 the independent scan found something, or was not made"


def _told(_purge: Purge, new: NewEvent) -> str:
    listed = isinstance(new.payload.get("subscribers"), list | tuple)
    return "" if listed else "S17-27 the subscribers told must be listed, even when there are none"


def _all_answered(purge: Purge, new: NewEvent) -> str:
    missing = set(purge.subscribers) - set(new.payload.get("confirmed", ()))
    return f"S17-28 no confirmation of: {', '.join(sorted(missing))}" if missing else ""


def _exceptions_named(purge: Purge, new: NewEvent) -> str:
    excepted = {each.get("subscriber") for each in new.payload.get("exceptions", ())}
    missing = set(purge.subscribers) - set(new.payload.get("confirmed", ())) - excepted
    reasons = all(each.get("reason") for each in new.payload.get("exceptions", ()))
    return "" if excepted and reasons and not missing else "S17-29 each exception has its reason"


def _backups_told(_purge: Purge, new: NewEvent) -> str:
    backups = new.payload.get("backups")
    told = isinstance(backups, list | tuple) and all(
        each.get("name") and each.get("expires_on") for each in backups
    )
    return "" if told else "S17-30 each backup is recorded with the day it expires"


_ROUND = (_by("OPS", "IG_OFFICER", "SYSTEM"), _with_hash)

#: (from, to) -> guards of the move. What is not here is illegal.
MOVES: dict[tuple[str, str], tuple[Guard, ...]] = {
    ("", State.OPEN): (_by("IG_OFFICER"), _with_reason, _of_a_practice, _as_instructed),
    (State.OPEN, State.INVENTORIED): _ROUND,
    # counted again before anybody approved: what approvers see is what is there
    (State.INVENTORIED, State.INVENTORIED): _ROUND,
    (State.INVENTORIED, State.APPROVED): (_with_reason, _two_persons, _on_this_inventory),
    (State.APPROVED, State.EXECUTING): (_by("OPS", "IG_OFFICER", "SYSTEM"), _counted),
    (State.EXECUTING, State.LOCAL_DONE): (_by("SYSTEM"), _with_hash, _nothing_left),
    (State.LOCAL_DONE, State.SUBSCRIBERS_NOTIFIED): (_by("SYSTEM", "IG_OFFICER"), _told),
    (State.SUBSCRIBERS_NOTIFIED, State.CONFIRMED): (_by("SYSTEM", "IG_OFFICER"), _all_answered),
    (State.SUBSCRIBERS_NOTIFIED, State.EXCEPTIONS): (_by("IG_OFFICER"), _exceptions_named),
    (State.CONFIRMED, State.CERTIFIED): (_by("IG_OFFICER"), _with_hash, _backups_told),
    (State.EXCEPTIONS, State.CERTIFIED): (_by("IG_OFFICER"), _with_hash, _backups_told),
}
