"""Agreements as they stood on a day: what they lack, and what is to be looked at (S3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lds_assets.gate.agreements import (
    Agreement,
    Dpia,
    dpia_of,
    is_overdue,
    missing_parties,
    missing_signoffs,
    review_notice,
    unsigned_assessment,
)
from lds_assets.gate.register import Register
from lds_assets.gate.state import RegisterState

#: Results of the toolkit that need no look.
_MET = ("STANDARDS_MET", "EXCEEDED")


@dataclass(frozen=True)
class AgreementView:
    """One version of an agreement on one day.

    Attributes:
        lacking: what keeps it from being in force; each closes the gate of all it stands behind.
        warnings: what closes nothing yet.
        joined: organisations that signed by the day, practices included.
    """

    agreement: Agreement
    state: str
    lacking: tuple[str, ...]
    warnings: tuple[str, ...]
    joined: tuple[tuple[str, date], ...]


def agreements(
    register: Register, day: date, known_at: datetime | None = None
) -> list[AgreementView]:
    """Return every version of every agreement, by id and version."""
    state = register.state(known_at)
    return [view(state.agreements[key], state, day) for key in sorted(state.agreements)]


def view(agreement: Agreement, state: RegisterState, day: date) -> AgreementView:
    """Return one version as it stood on a day."""
    joined = sorted(
        (party, on)
        for (*key, party), on in state.parties.items()
        if tuple(key) == agreement.key and on <= day
    )
    return AgreementView(
        agreement,
        agreement.state_on(day),
        tuple(not_in_force_yet(agreement, state, day)),
        tuple(_warnings(agreement, state, day)),
        tuple(joined),
    )


def not_in_force_yet(agreement: Agreement, state: RegisterState, day: date) -> list[str]:
    """Return what keeps an agreement from being in force on a day, in words."""
    found = []
    parties = missing_parties(agreement, state, day)
    if parties:
        found.append(f"not signed by {', '.join(parties)}")
    dpia = dpia_of(agreement, state)
    if dpia is None:
        found.append(f"assessment {agreement.dpia_id} is not in the register")
    else:
        found += _lacking_of(dpia, state, day)
    signoffs = missing_signoffs(agreement, state, day)
    if signoffs:
        found.append(f"no sign-off of the present document: {', '.join(signoffs)}")
    if is_overdue(agreement.review_on, day):
        found.append(f"its review was due on {agreement.review_on}")
    return found


def _lacking_of(dpia: Dpia, state: RegisterState, day: date) -> list[str]:
    """Return what an assessment lacks, in words."""
    named = f"assessment {dpia.dpia_id}"
    if not dpia.claims_approval:
        return [f"{named} is {dpia.state}"]
    if dpia.residual_risk == "HIGH" and not dpia.art36_ref:
        return [f"{named} has a high residual risk and no art36_ref"]
    if not dpia.document_sha256:
        return [f"{named} names no document (document_sha256) that was signed off"]
    unsigned = unsigned_assessment(dpia, state, day)
    return [f"{named} has no sign-off of its present text: {', '.join(unsigned)}"] * bool(unsigned)


def _warnings(agreement: Agreement, state: RegisterState, day: date) -> Iterator[str]:
    """Yield what is to be looked at: reviews to come, registrations of the named organisations."""
    dpia = dpia_of(agreement, state)
    due = [(agreement.agreement_id, agreement.review_on)]
    due += [(dpia.dpia_id, dpia.review_on)] if dpia else []
    for name, review_on in due:
        notice = review_notice(name, review_on, day)
        if notice and not is_overdue(review_on, day):
            yield notice
    for party in sorted(agreement.parties):
        ico = state.ico_registrations.get(party)
        if ico is None or ico.expires_on <= day:
            said = f"expired on {ico.expires_on}" if ico else "is not on record"
            yield f"registration of {party} with the Information Commissioner {said}"
        results = state.dspt.get(party, {})
        newest = results[max(results)] if results else None
        if newest is None or newest.status not in _MET:
            said = f"{newest.status} in {newest.year}" if newest else "not on record"
            yield f"security toolkit of {party}: {said}"
