"""Moves of consents and variations that follow from the register by rule alone (S2, S5).

Recorded by SYSTEM, as often as one likes: a consent's move is dated by the fact it follows from,
not by the day of the run, and what has moved is not open any more.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from lds_assets.gate.consent_desk import Step, step_event, superseding
from lds_assets.gate.consent_overlap import later_version
from lds_assets.gate.events import NewEvent
from lds_assets.gate.facts import Consent, System
from lds_assets.gate.register import Register
from lds_assets.gate.state import PRACTICE_LIST, RegisterState
from lds_assets.gate.variation_desk import Signature
from lds_assets.gate.variation_system import variation_moves

#: Days a request may wait for the practice's answer; it lapses on the day after them.
REQUEST_DAYS = 90

_SYSTEM = Signature("platform", "SYSTEM")


def apply_system_moves(register: Register, today: date) -> int:
    """Record what follows by rule on a day; return how many consents and variations moved.

    Nothing is recorded in a register that is not trustworthy: there every gate is closed anyway.
    """
    if register.broken():
        return 0
    state = register.state()
    moves = [*system_moves(state, today), *variation_moves(state, today)]
    if moves:
        register.record(moves)
    return len(moves)


def system_moves(state: RegisterState, today: date) -> Iterator[NewEvent]:
    """Yield the move of every consent that a rule ends by a day; one a consent."""
    for practice in sorted(state.consents):
        consents = state.consents[practice]
        for consent in consents.values():
            step = _lapse(consent, today) or _void(consent, state, today)
            step = step or _supersede(consent, state, today)
            if step is not None:
                yield _event(consent, step)


def _lapse(consent: Consent, today: date) -> tuple[Step, str] | None:
    """A request older than 90 days lapses."""
    asked = consent.moves[-1]
    lapses = asked.on + timedelta(days=REQUEST_DAYS + 1)
    if asked.state != "REQUESTED" or today < lapses:
        return None
    reason = f"not answered within {REQUEST_DAYS} days"
    return Step("LAPSED", lapses, _closed(lapses, reason)), reason


def _void(consent: Consent, state: RegisterState, today: date) -> tuple[Step, str] | None:
    """The practice runs another supplier's system: the consent speaks of data no longer there.

    A consent given ahead of a change of system stays: it is void once it is in force and the
    system is another, or once the practice has left the system it speaks of. The open practice
    list never voids: only a reviewed row of ``practice_system`` says what a practice runs.
    """
    if not _is_open(consent, today):
        return None
    system = state.system_on(consent.practice_code, today)
    known = state.systems.get(consent.practice_code, {})
    is_reviewed = any(each is system for key, each in known.items() if key != PRACTICE_LIST)
    if system is None or not is_reviewed or system.supplier_code == consent.supplier_code:
        return None
    own = [each for each in known.values() if each.supplier_code == consent.supplier_code]
    if not _has_left(own, system) and (
        not _is_in_force(consent, own, today) or _is_awaited(consent, state)
    ):
        return None
    on = max(system.go_live_on or today, consent.moves[-1].on)
    reason = f"the practice runs {system.supplier_code} since {system.go_live_on}"
    return Step("VOID_SUPPLIER_CHANGE", on, _closed(on, reason)), reason


def _has_left(own: list[System], now: System) -> bool:
    """Say whether the practice ran the consent's system before the present one."""
    began = now.go_live_on or date.min
    return any(each.go_live_on is not None and each.go_live_on < began for each in own)


def _is_in_force(consent: Consent, own: list[System], today: date) -> bool:
    """Say whether it is in force, and no coming system of its supplier is on record."""
    is_coming = any(each.go_live_on is not None and each.go_live_on > today for each in own)
    return consent.state_on(today) in ("EFFECTIVE", "SUSPENDED") and not is_coming


def _is_awaited(consent: Consent, state: RegisterState) -> bool:
    """Say whether the practice is on its way to the consent's supplier (S15)."""
    return any(
        each.is_open
        and (each.practice_code, each.to_supplier) == (consent.practice_code, consent.supplier_code)
        for each in state.migrations.values()
    )


def _supersede(consent: Consent, state: RegisterState, today: date) -> tuple[Step, str] | None:
    """A consent under a later version of the same sharing agreement has begun."""
    if not _is_open(consent, today):
        return None
    for other in state.consents[consent.practice_code].values():
        begins = other.effective_from
        follows = other.key() == consent.key() and later_version(
            (other.dsa_id, other.dsa_version), (consent.dsa_id, consent.dsa_version), state
        )
        if not follows or begins is None or other.state_on(today) not in ("EFFECTIVE", "SUSPENDED"):
            continue
        reason = f"replaced by a consent under {other.dsa_id} version {other.dsa_version}"
        on = max(begins, consent.moves[-1].on)
        return superseding(other, reason, on), reason
    return None


def _is_open(consent: Consent, today: date) -> bool:
    """Say whether it could still end by a rule: its last recorded state is open and not expired."""
    is_open = consent.moves[-1].state in ("REQUESTED", "GRANTED", "SUSPENDED")
    return is_open and consent.state_on(today) != "EXPIRED"


def _closed(on: date, reason: str) -> dict[str, str]:
    return {"state_from": on.isoformat(), "void_reason": reason}


def _event(consent: Consent, told: tuple[Step, str]) -> NewEvent:
    step, reason = told
    row = {**consent.row, **step.cells, "state": step.to_state}
    by = Signature(_SYSTEM.actor, _SYSTEM.role, reason=reason)
    before = consent.moves[-1].state
    return step_event(consent.consent_id, before, row, step, by, consent.evidence_from)
