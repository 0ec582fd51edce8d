"""A_*: do the agreements behind a consent stand on a day, for a purpose? (S3, S6). Pure."""

from collections.abc import Iterator
from datetime import date

from lds_assets.gate.agreements import (
    Agreement,
    dpia_of,
    is_overdue,
    missing_parties,
    missing_signoffs,
    review_notice,
    unsigned_assessment,
)
from lds_assets.gate.facts import Consent, covers
from lds_assets.gate.state import RegisterState


def agreement_reasons(
    consent: Consent, purpose: str, day: date, state: RegisterState, warnings: list[str]
) -> Iterator[str]:
    """Yield why an agreement does not stand: in force, for the purpose, assessed, joined."""
    dsa = state.agreements.get((consent.dsa_id, consent.dsa_version))
    for kind, agreement in (("DPA", _processing(consent, day, state)), ("DSA", dsa)):
        if agreement is None or agreement.kind != kind or agreement.state_on(day) != "IN_FORCE":
            yield f"A_{kind}_NONE"
            continue
        if not covers(agreement.valid_from, agreement.valid_to, day):
            yield f"A_{kind}_DATES"
        if purpose not in agreement.purposes & consent.purposes:
            yield "A_PURPOSE"
        yield from _assurance_reasons(agreement, day, state, warnings)
        joined = state.parties.get((*agreement.key, consent.practice_code))
        if not covers(joined, None, day) or missing_parties(agreement, state, day):
            yield "A_NOT_PARTY"


def _processing(consent: Consent, day: date, state: RegisterState) -> Agreement | None:
    """Return the version of the processing agreement in force on the day, the newest of several."""
    versions = [
        each
        for each in state.agreement_versions(consent.dpa_id)
        if each.state_on(day) == "IN_FORCE"
    ]
    current = [each for each in versions if covers(each.valid_from, each.valid_to, day)]
    return max(
        current or versions,
        key=lambda each: (each.valid_from or date.min, each.version),
        default=None,
    )


def _assurance_reasons(
    agreement: Agreement, day: date, state: RegisterState, warnings: list[str]
) -> Iterator[str]:
    """A_DPIA, A_SIGNOFF, A_REVIEW_OVERDUE for one agreement."""
    dpia = dpia_of(agreement, state)
    if dpia is None or not dpia.is_approved:
        yield "A_DPIA"
    unsigned = unsigned_assessment(dpia, state, day) if dpia and dpia.is_approved else []
    if unsigned or missing_signoffs(agreement, state, day):
        yield "A_SIGNOFF"
    for review_on in {agreement.review_on, dpia.review_on if dpia else agreement.review_on}:
        if is_overdue(review_on, day):
            yield "A_REVIEW_OVERDUE"
        elif notice := review_notice(agreement.agreement_id, review_on, day):
            warnings.append(notice)
