"""Consents as they stood on a day, as known at an instant, with what led there (S2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from lds_assets.gate.events import Event
from lds_assets.gate.facts import Consent
from lds_assets.gate.lifecycle import CONSENT
from lds_assets.gate.register import Register
from lds_assets.gate.state import RegisterState

#: States in which a consent could still open the gate.
OPEN = frozenset({"REQUESTED", "GRANTED", "EFFECTIVE", "SUSPENDED"})


@dataclass(frozen=True)
class ConsentView:
    """One consent on one day.

    Attributes:
        state: on the day; EFFECTIVE and EXPIRED follow from its dates.
        ends_on: first day it no longer holds, a coming withdrawal included; None when open-ended.
        findings: what an officer should look at, in words.
    """

    consent: Consent
    state: str
    ends_on: date | None
    findings: tuple[str, ...]

    @property
    def said(self) -> str:
        """Return the state with a coming end: a withdrawal dated ahead is shown, not hidden."""
        if self.state in OPEN and self.ends_on is not None:
            return f"{self.state}, ends on {self.ends_on}"
        return self.state or "not yet"


@dataclass(frozen=True)
class Recorded:
    """One event of a consent, or an attempt that was refused."""

    seq: int
    recorded_at: str
    effective_on: date
    what: str
    actor: str
    actor_role: str
    reason: str
    evidence: str


def consents(
    register: Register, day: date, known_at: datetime | None = None, practice: str = ""
) -> list[ConsentView]:
    """Return the consents known, of one practice or all, in the order of recording.

    Args:
        day: London day they are seen on.
        known_at: what was known then; None is everything known now.
    """
    state = register.state(known_at)
    held = [
        each
        for code, given in state.consents.items()
        if practice in ("", code)
        for each in given.values()
    ]
    return [view(each, day, state) for each in sorted(held, key=lambda each: each.first_seq)]


def view(consent: Consent, day: date, state: RegisterState) -> ConsentView:
    """Return one consent as it stood on a day."""
    stands = consent.state_on(day)
    return ConsentView(
        consent, stands, consent.ends_on(), tuple(_findings(consent, stands, day, state))
    )


def _findings(consent: Consent, stands: str, day: date, state: RegisterState) -> Iterator[str]:
    if stands not in OPEN:
        return
    practice = state.practices.get(consent.practice_code)
    if practice is not None and practice.is_closed_on(day):
        yield "the practice is closed and its consent is open"
    if stands != "REQUESTED" and not consent.is_proven_on(day):
        yield "the signed form is missing or has changed"
    shown = state.supplier_side(consent, day)
    if stands == "EFFECTIVE" and shown != "ACTIVE":
        yield f"the supplier shows {shown or 'nothing'}"


def history(
    register: Register, consent_id: str, known_at: datetime | None = None
) -> Sequence[Recorded]:
    """Return what was recorded of a consent, refused attempts included, oldest first."""
    refused = f"{CONSENT}/{consent_id}"
    return [
        _recorded(each)
        for each in register.events()
        if (each.entity_type, each.entity_id) in ((CONSENT, consent_id), ("register", refused))
        and (known_at is None or datetime.fromisoformat(each.recorded_at) <= known_at)
    ]


def _recorded(event: Event) -> Recorded:
    payload = event.payload
    if event.event_type == "refused":
        what = f"REFUSED: {payload.get('to_state') or payload.get('event_type')}"
    elif event.event_type == "moved":
        what = f"{event.from_state or '-'} -> {event.to_state}"
    else:
        what = event.event_type
    decision = payload.get("decision", "")
    return Recorded(
        event.seq,
        event.recorded_at,
        event.effective_on,
        f"{what} ({decision})" if decision else what,
        event.actor,
        event.actor_role,
        event.reason_text,
        event.evidence_ref,
    )
