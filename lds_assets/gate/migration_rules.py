"""Which events of a migration the register refuses (S15): who may move it, on what proof.

Pure. What depends on the day (is the target live, who consented, which system runs) stands in the
event's payload, put there by the desk from the register, so that the record shows what was known.
"""

from collections.abc import Callable, Sequence
from datetime import date

from lds_assets.gate.events import Event, NewEvent, london_day
from lds_assets.gate.migration import Migration, State, fold
from lds_assets.gate.names import same_person

Guard = Callable[[Migration, NewEvent], str]

#: Whose word tells that a practice moves, or has moved.
_TELLERS = ("PRACTICE_LIAISON", "DELIVERY_LEAD")


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a new event of a migration breaks, or empty text.

    Args:
        history: all recorded events of the migration, oldest first.
    """
    return refusal(fold(new.entity_id, history), new)


def refusal(migration: Migration, new: NewEvent) -> str:
    """Return the rule an event breaks where a migration stands, or empty text."""
    if new.event_type != "moved":
        return "S15-1 no such event of a migration"
    if new.from_state != (migration.state or ""):
        return f"S15-2 the migration stands at {migration.state or 'nothing'}"
    if migration.history and london_day(new.effective_at) < migration.history[-1][0]:
        return "S15-3 a move takes effect no earlier than the one before it"
    guards = MOVES.get((new.from_state, new.to_state))
    if guards is None:
        return f"S15-4 no way leads from {new.from_state or 'nothing'} to {new.to_state}"
    return next((rule for guard in guards if (rule := guard(migration, new))), "")


# -- guards


def _by(*roles: str) -> Guard:
    return lambda _migration, new: (
        "" if new.actor_role in roles else f"S15-5 this move is made by {' or '.join(roles)}"
    )


def _holds(*names: str) -> Guard:
    """Every named field is told; the desk gathers some of them from the register."""

    def guard(_migration: Migration, new: NewEvent) -> str:
        absent = [name for name in names if not new.payload.get(name)]
        return f"S15-6 not given: {', '.join(absent)}" if absent else ""

    return guard


def _planned(_migration: Migration, new: NewEvent) -> str:
    if new.payload["from_supplier"] == new.payload["to_supplier"]:
        return "S15-7 a migration leads from one supplier to another"
    if new.payload.get("running") != new.payload["from_supplier"]:
        return "S15-8 the practice does not run the system it is to leave"
    if new.payload.get("open_migration"):
        return "S15-9 another migration of the practice is open"
    return ""


def _target(*, is_live: bool) -> Guard:
    def guard(_migration: Migration, new: NewEvent) -> str:
        if bool(new.payload.get("target_is_live")) is is_live:
            return ""
        return f"S15-10 the new supplier is {'not ' if is_live else ''}live"

    return guard


def _evidenced(_migration: Migration, new: NewEvent) -> str:
    return "" if new.evidence_ref else "S15-11 the proof of the move must be named"


def _happened(_migration: Migration, new: NewEvent) -> str:
    actual = date.fromisoformat(str(new.payload["actual_on"]))
    return "" if actual <= london_day(new.effective_at) else "S15-12 the day of the move is ahead"


def _moved_once(migration: Migration, _new: NewEvent) -> str:
    return "S15-13 the day of the move is on record" if migration.actual_on else ""


def _compared(_migration: Migration, new: NewEvent) -> str:
    """What is outside its tolerance is accepted by two persons who say why."""
    if len(str(new.payload["report_sha256"])) != 64:
        return "S15-14 the comparison's hash must be given"
    if not new.payload.get("exceptions"):
        return ""
    second, role = (str(new.payload.get(name, "")) for name in ("second", "second_role"))
    if not second.strip() or same_person(second, new.actor):
        return "S15-15 figures outside their tolerance are accepted by two persons"
    if role != "IG_OFFICER":
        return "S15-15 the second person is of information governance"
    return "" if new.reason_text else "S15-16 say why the figures are accepted"


def _with_reason(_migration: Migration, new: NewEvent) -> str:
    return "" if new.reason_code and new.reason_text else "S15-16 this move needs a reason"


def _old_consent_ended(_migration: Migration, new: NewEvent) -> str:
    still = new.payload.get("open_consents")
    return f"S15-17 {len(still)} consents to the old supplier are open" if still else ""


def _called_off(migration: Migration, new: NewEvent) -> str:
    """A move that did happen is not called off: the practice would look covered."""
    if new.payload.get("running") == migration.from_supplier or new.payload.get("is_closed"):
        return ""
    return "S15-18 the practice has left the old system; its move cannot be called off"


_TOLD = (_by(*_TELLERS), _evidenced, _holds("actual_on"), _happened)


def _cut_over(migration: Migration, new: NewEvent) -> str:
    """Told with proof; by rule alone where it happened while the supplier was not live."""
    if new.actor_role == "SYSTEM":
        return "" if migration.actual_on else "S15-5 a cut-over is told by a person"
    return next((rule for guard in _TOLD if (rule := guard(migration, new))), "")


_CALL_OFF = (_by("PRACTICE_LIAISON", "IG_OFFICER"), _with_reason, _called_off)

#: (from, to) -> guards. What is not here is illegal.
MOVES: dict[tuple[str, str], tuple[Guard, ...]] = {
    ("", State.PLANNED): (
        _by(*_TELLERS),
        _holds("practice_code", "from_supplier", "to_supplier", "planned_on"),
        _planned,
    ),
    (State.PLANNED, State.NEW_CONSENT_PENDING): (_by("SYSTEM"), _target(is_live=True)),
    (State.PLANNED, State.BLOCKED_NOT_LIVE): (_by("SYSTEM"), _target(is_live=False)),
    (State.NEW_CONSENT_PENDING, State.BLOCKED_NOT_LIVE): (_by("SYSTEM"), _target(is_live=False)),
    (State.DUAL, State.BLOCKED_NOT_LIVE): (_by("SYSTEM"), _target(is_live=False)),
    (State.CUT_OVER, State.BLOCKED_NOT_LIVE): (_by("SYSTEM"), _target(is_live=False)),
    (State.BLOCKED_NOT_LIVE, State.NEW_CONSENT_PENDING): (_by("SYSTEM"), _target(is_live=True)),
    (State.NEW_CONSENT_PENDING, State.DUAL): (_by("SYSTEM"), _holds("new_consent")),
    (State.NEW_CONSENT_PENDING, State.CUT_OVER): (_cut_over,),
    (State.DUAL, State.CUT_OVER): (_cut_over,),
    # the practice moves whether or not the platform may follow
    (State.BLOCKED_NOT_LIVE, State.BLOCKED_NOT_LIVE): (*_TOLD, _moved_once),
    (State.CUT_OVER, State.RECONCILED): (
        _by("DELIVERY_LEAD"),
        _holds("new_consent", "report_sha256"),
        _compared,
    ),
    (State.RECONCILED, State.CLOSED): (_by("IG_OFFICER"), _old_consent_ended),
    (State.PLANNED, State.CLOSED): _CALL_OFF,
    (State.NEW_CONSENT_PENDING, State.CLOSED): _CALL_OFF,
    (State.DUAL, State.CLOSED): _CALL_OFF,
    (State.CUT_OVER, State.CLOSED): _CALL_OFF,
    (State.BLOCKED_NOT_LIVE, State.CLOSED): _CALL_OFF,
}
