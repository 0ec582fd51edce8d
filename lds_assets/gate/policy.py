"""May this practice's extract pass? Pure functions over the register's state (S6).

Deny by default: the outcome is ``allow`` only when no reason is found. Every reason is returned,
in the order of ``gate_reason.csv``. A question about something that is not there is not asked: a
practice without consent is denied for that, and not also for the agreements it would have named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lds_assets.gate.agreement_policy import agreement_reasons
from lds_assets.gate.codes import BRANCH_CODE, PRACTICE_CODE, is_elsewhere
from lds_assets.gate.facts import Consent, System, covers
from lds_assets.gate.moves import is_ended, unreconciled_move
from lds_assets.gate.onboarding import Told, course_ended_on, reconciliation_on
from lds_assets.gate.reasons import ReasonBook
from lds_assets.gate.state import RegisterState

#: The purpose for which a practice's data are landed.
LANDING_PURPOSE = "SECONDARY_USE"

#: Registered count against list size, beyond which a publication is held (S14).
POPULATION_TOLERANCE = 0.10


@dataclass(frozen=True)
class Question:
    """One practice's extract from one supplier, on one London day, as known at an instant."""

    stage: str
    practice_code: str
    supplier_code: str
    mechanism_id: str
    extract_id: str
    as_of: date
    known_at: datetime | None = None
    purpose: str = LANDING_PURPOSE
    #: Organisation id the delivery names for the practice; empty when it names none.
    supplier_org_id: str = ""
    #: Sharing agreement the delivery came under; empty when the feed names none.
    agreement_id: str = ""
    #: Registered patients found, for the PUBLISH stage.
    registered_count: int | None = None


@dataclass(frozen=True)
class Decision:
    """The gate's answer: ``allow``, ``hold`` or ``deny``, with every reason."""

    question: Question
    outcome: str
    primary_reason: str
    reasons: tuple[str, ...]
    #: What deserves a look and does not close the gate.
    warnings: tuple[str, ...]
    register_version: str

    @property
    def is_allowed(self) -> bool:
        """Say whether the practice's rows may pass."""
        return self.outcome == "allow"


def normalise(code: str) -> str:
    """Trim and upper-case a practice code; letters outside ASCII stay and make it malformed."""
    trimmed = code.strip()
    return trimmed.upper() if trimmed.isascii() else trimmed


def decide(question: Question, state: RegisterState, book: ReasonBook) -> Decision:
    """Answer one question from one state; the same arguments give the same answer for ever."""
    if state.broken:
        return _decision(question, state, ("O_REGISTER_BROKEN",), ())
    code = normalise(question.practice_code)
    warnings = (
        [] if code == question.practice_code else ["practice code was trimmed or upper-cased"]
    )
    found = list(_supplier_reasons(question, state, warnings))
    found += _practice_reasons(code, question.as_of, state)
    if code in state.practices:
        found += _standing_reasons(code, question, state, warnings)
    return _decision(question, state, book.in_order(found, question.stage), tuple(warnings))


def decide_supplier(question: Question, state: RegisterState, book: ReasonBook) -> Decision:
    """Say whether any file of a supplier may be opened, whichever practices it holds."""
    if state.broken:
        return _decision(question, state, ("O_REGISTER_BROKEN",), ())
    warnings: list[str] = []
    found = _supplier_reasons(question, state, warnings)
    return _decision(question, state, book.in_order(found, question.stage), tuple(warnings))


def _decision(
    question: Question, state: RegisterState, reasons: tuple[str, ...], warnings: tuple[str, ...]
) -> Decision:
    outcome = "allow" if not reasons else "hold" if reasons == ("O_HOLD",) else "deny"
    primary = reasons[0] if reasons else ""
    return Decision(question, outcome, primary, reasons, warnings, state.version)


def _practice_reasons(code: str, day: date, state: RegisterState) -> Iterator[str]:
    """P_*: is this a practice of ours, open on the day? (S1)."""
    practice = state.practices.get(code)
    if practice is None:
        if state.parent_of(code):
            yield "P_BRANCH"
        elif PRACTICE_CODE.fullmatch(code) or BRANCH_CODE.fullmatch(code):
            # the form of a branch makes none: nobody guesses whose it is
            yield "P_UNKNOWN"
        else:
            yield "P_NOT_PRACTICE" if is_elsewhere(code) else "P_MALFORMED"
        return
    if practice.is_closed_on(day) or is_ended(state, code, day):
        yield "P_CLOSED"
    elif practice.status not in ("ACTIVE", "CLOSED") or not covers(practice.opened_on, None, day):
        yield "P_NOT_OPEN"
    if not state.board_on(code, day):
        yield "P_OUT_OF_REGION"


def _supplier_reasons(
    question: Question, state: RegisterState, warnings: list[str]
) -> Iterator[str]:
    """V_*: is the supplier in scope, and its mechanism proven in bulk? (S4)."""
    supplier, day = question.supplier_code, question.as_of
    if not supplier:
        yield "V_SYSTEM_MISMATCH"  # no system is on record, so there is no supplier to ask about
        return
    if supplier not in state.suppliers:
        yield "V_SUPPLIER_UNKNOWN"
        return
    scope = state.scope_on(supplier, day)
    if not state.is_live(supplier, day):
        is_excluded = scope is not None and scope.scope == "EXCLUDED"
        yield "V_EXCLUDED" if is_excluded else "V_NOT_LIVE"
    proven = state.proven_claims(supplier, question.mechanism_id, day)
    if not proven:
        yield "V_MECHANISM_NOT_BULK"
    elif all(claim.expires_on <= day for claim in proven):
        if state.is_since_inception(supplier, day):
            # A forgotten review must not stop the feeds London already relies on.
            warnings.append("the evidence of the bulk capability has expired")
        else:
            yield "V_CAPABILITY_EXPIRED"


def _standing_reasons(
    code: str, question: Question, state: RegisterState, warnings: list[str]
) -> Iterator[str]:
    """All that is asked of a practice the register knows."""
    system = state.system_on(code, question.as_of)
    if system is None or system.supplier_code != question.supplier_code:
        yield "V_SYSTEM_MISMATCH"
        system = None
    consent, why_not = _consent(code, question, state)
    yield from why_not
    if consent is not None:
        yield from _evidence_reasons(consent, question.as_of)
        yield from agreement_reasons(consent, question.purpose, question.as_of, state, warnings)
        yield from _supplier_side_reasons(consent, question, system, state)
    yield from _operations_reasons(code, question.as_of, state)
    if question.stage == "PUBLISH":
        population = list(_population_reasons(code, question, state))
        # what a count far from its list stops could not be reconciled: one cause, told once
        yield from population or _reconciliation_reasons(code, question, state)
        if unreconciled_move(state, code, question.supplier_code, question.as_of):
            yield "D_MIGRATING"


_CONSENT_CODES = {
    "": "C_NONE",
    "REFUSED": "C_NONE",
    "LAPSED": "C_NONE",
    "REQUESTED": "C_REQUESTED",
    "GRANTED": "C_NOT_YET",
    "SUSPENDED": "C_SUSPENDED",
    "WITHDRAWN": "C_WITHDRAWN",
    "EXPIRED": "C_EXPIRED",
    "SUPERSEDED": "C_EXPIRED",
    "VOID_SUPPLIER_CHANGE": "C_VOID",
}


def _consent(
    code: str, question: Question, state: RegisterState
) -> tuple[Consent | None, tuple[str, ...]]:
    """Return the consent that speaks for the question, and why it does not open the gate.

    Of several, one in force on the day and of the right scope comes first, then one in force of
    another scope, then the one recorded last.
    """
    day = question.as_of
    given = [
        each
        for each in state.consents.get(code, {}).values()
        if each.supplier_code == question.supplier_code
    ]
    given.sort(key=lambda each: each.first_seq, reverse=True)
    wanted = (question.extract_id, question.mechanism_id)
    # of a supplier the register does not know, no extract is known to compare with
    scoped = [each for each in given if wanted in (("", ""), (each.extract_id, each.mechanism_id))]
    for each in scoped:
        if each.state_on(day) == "EFFECTIVE":
            # an extract is taken whole: a consent to a part of it cannot be kept yet
            return each, () if each.is_whole else ("C_SCOPE",)
    for each in given:
        if each.state_on(day) == "EFFECTIVE":
            return each, ("C_SCOPE",)
    for each in scoped or given:
        reason = _CONSENT_CODES[each.state_on(day)]
        if reason != "C_NONE":
            return (each if each.was_granted_by(day) else None), (reason,)
    return None, ("C_NONE",)


def _evidence_reasons(consent: Consent, day: date) -> Iterator[str]:
    """C_EVIDENCE: signed evidence is on record and has not been found changed."""
    if not consent.is_proven_on(day):
        yield "C_EVIDENCE"


SUPPLIER_SIDE_CODES = {
    "PRESENT_NOT_ACTIVATED": "S_NOT_ACTIVATED",
    "DISABLED": "S_DISABLED",
    "DELETED": "S_DELETED",
}


def _supplier_side_reasons(
    consent: Consent, question: Question, system: System | None, state: RegisterState
) -> Iterator[str]:
    """S_*: the supplier itself shows the practice as sharing, under the id we know."""
    shown = state.supplier_side(consent, question.as_of)
    if shown != "ACTIVE":
        yield SUPPLIER_SIDE_CODES.get(shown, "S_ABSENT")
    if system is None:
        return
    if question.supplier_org_id and not same_id(system.supplier_org_id, question.supplier_org_id):
        yield "S_GUID_MISMATCH"
    agreed = question.agreement_id and system.agreement_id
    if agreed and not same_id(system.agreement_id, question.agreement_id):
        yield "S_GUID_MISMATCH"


def same_id(one: str, other: str) -> bool:
    """Say whether two of a supplier's own ids are the same, whatever their case and braces."""
    return one.strip("{}").lower() == other.strip("{}").lower()


def _operations_reasons(code: str, day: date, state: RegisterState) -> Iterator[str]:
    """O_*: a hold or a purge that stands on the day."""
    begun = [each.state for each in state.interventions.get(code, []) if each.on <= day]
    holds = [each for each in begun if each.startswith("hold_")]
    purges = [each for each in begun if each.startswith("purge_")]
    if holds and holds[-1] == "hold_placed":
        yield "O_HOLD"
    if purges and purges[-1] == "purge_opened":
        yield "O_PURGING"


def _population_reasons(code: str, question: Question, state: RegisterState) -> Iterator[str]:
    """D_*: the registered count is near the list size, or near a count that was accepted."""
    baselines = [
        known.registered_count
        for known in (
            state.list_size_on(code, question.as_of),
            state.accepted_population_on(code, question.as_of),
        )
        if known is not None
    ]
    if not baselines:
        yield "D_BASELINE_MISSING"
        return
    count = question.registered_count
    near = (
        count is not None and abs(count - each) <= each * POPULATION_TOLERANCE for each in baselines
    )
    if not any(near):
        yield "D_POPULATION"


def reconciliation(code: str, supplier: str, day: date, state: RegisterState) -> Told | None:
    """Return the reconciliation of a practice's data of a supplier that counts on a day (S14)."""
    consents = [e for e in state.consents.get(code, {}).values() if e.supplier_code == supplier]
    ended = course_ended_on(consents, state.interventions.get(code, ()), day)
    return reconciliation_on(state.onboardings.get((code, supplier)), ended, day)


def _reconciliation_reasons(code: str, question: Question, state: RegisterState) -> Iterator[str]:
    """D_NOT_RECONCILED: the practice's first extract was measured and let through (S14)."""
    if reconciliation(code, question.supplier_code, question.as_of, state) is None:
        yield "D_NOT_RECONCILED"
