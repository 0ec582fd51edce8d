"""Why is a practice's data here, or not? The gate's part of the chain of questions (S20).

Each link says what was asked, what the register says, since when, on what evidence, and, where it
does not hold, who does what next. What the landing and the release did is added by their stages.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from lds_assets.gate.facts import Consent
from lds_assets.gate.moves import endings, move_on
from lds_assets.gate.policy import Decision, normalise
from lds_assets.gate.reasons import ReasonBook
from lds_assets.gate.register import Register
from lds_assets.gate.state import RegisterState

#: The state of a link whose question makes no sense yet.
NOT_ASKED = "not asked without a consent"
_CARRIED_OUT = "Nothing to do: the notice is carried out, its purge is certified"


@dataclass(frozen=True)
class Link:
    """One question of the chain. ``reasons`` is empty when it holds.

    Attributes:
        is_moot: the answer follows from the links before; nothing is to be done here.
        is_waiting: data are here and wait for somebody.
    """

    question: str
    state: str
    since: date | None = None
    evidence: str = ""
    reasons: tuple[str, ...] = ()
    next_action: str = ""
    owner_role: str = ""
    is_moot: bool = False
    is_waiting: bool = False

    @property
    def holds(self) -> bool:
        """Say whether this link lets the practice pass."""
        return not self.reasons

    @property
    def answer(self) -> str:
        """Return ``yes``, ``NO``, or a dash for a question that was not asked."""
        if self.reasons:
            return "NO"
        return "-" if self.is_moot else "yes"


@dataclass(frozen=True)
class Explanation:
    """The gate's answer for a practice on a day, and the chain behind it."""

    practice_code: str
    name: str
    on: date
    decision: Decision
    links: tuple[Link, ...]

    @property
    def headline(self) -> str:
        """Return one line: the answer and its first reason."""
        if self.decision.is_allowed:
            return f"{self.practice_code} may be landed on {self.on}"
        return (
            f"{self.practice_code} may not be landed on {self.on}: {self.decision.primary_reason}"
        )


def explain(
    register: Register,
    practice: str,
    on: date,
    known_at: datetime | None = None,
    supplier: str = "",
) -> Explanation:
    """Walk the gate's questions for one practice on one London day.

    Args:
        register: the open register.
        practice: ODS code, as typed.
        on: the day asked about.
        known_at: what was known then; None is everything known now.
        supplier: supplier code; empty takes the practice's system on the day, else the supplier
            of its newest consent.
    """
    state, code = register.state(known_at), normalise(practice)
    supplier = supplier.upper() or _supplier_of(code, on, state)
    decision = register.land(code, supplier, on, known_at)
    known = state.practices.get(code)
    links = _links(code, supplier, on, state, decision, register.reasons)
    return Explanation(code, known.name if known else "", on, decision, links)


def _supplier_of(code: str, on: date, state: RegisterState) -> str:
    system = state.system_on(code, on)
    if system is not None:
        return system.supplier_code
    consents = sorted(state.consents.get(code, {}).values(), key=lambda each: each.first_seq)
    return consents[-1].supplier_code if consents else ""


_NO_SCOPE, _NO_CONSENT = "no scope stated", "no consent"

#: What is asked, the prefixes of the reasons that belong to it, the answer, since when, evidence.
_Told = tuple[str, tuple[str, ...], str, date | None, str]


def _links(
    code: str,
    supplier: str,
    on: date,
    state: RegisterState,
    decision: Decision,
    book: ReasonBook,
) -> tuple[Link, ...]:
    """Return the links in the order of the road; each takes the reasons of its own kind."""
    trust = state.broken or "chain holds"
    consent = _consent_of(code, supplier, on, state)
    told: list[_Told] = [
        ("Is the register to be trusted?", ("O_REGISTER",), trust, None, ""),
        _tell_practice(code, on, state),
        _tell_supplier(supplier, on, state),
        _tell_system(code, on, state),
        _tell_consent(consent, on),
        _tell_agreements(consent, on, state),
        _tell_supplier_side(consent, on, state),
        _tell_interventions(code, on, state),
    ]
    links = tuple(_link(each, decision, book) for each in told)
    return _erased(links) if _is_erased(code, on, state) else links


def _is_erased(code: str, on: date, state: RegisterState) -> bool:
    begun = [each.state for each in state.interventions.get(code, []) if each.on <= on]
    return "purge_certified" in begun and "purge_opened" not in begun[-1:]


def _erased(links: tuple[Link, ...]) -> tuple[Link, ...]:
    """Return the links of a practice whose notice was carried out: nobody has to any more."""
    return tuple(
        replace(each, next_action=_CARRIED_OUT) if each.reasons[:1] == ("C_WITHDRAWN",) else each
        for each in links
    )


def _tell_practice(code: str, on: date, state: RegisterState) -> _Told:
    question, practice = "Is it an open practice of ours?", state.practices.get(code)
    if practice is None:
        parent = state.parent_of(code)
        said = f"a branch of {parent}" if parent else "not in the register"
        return question, ("P_",), said, None, "branch.csv" if parent else ""
    board = state.board_on(code, on) or "none"
    said = f"{practice.status}, board {board}, {practice.days_used}"
    ended = [each for each in endings(state, code) if each.effective_on <= on]
    if ended:
        heirs = ", ".join(each.successor for each in ended)
        said = f"succeeded by {heirs} ({ended[0].kind}, {ended[0].source}); {said}"
        return question, ("P_",), said, ended[0].effective_on, ended[0].evidence_ref
    return question, ("P_",), said, practice.opened_on, "practice list"


def _tell_supplier(supplier: str, on: date, state: RegisterState) -> _Told:
    prefixes = ("V_SUPPLIER", "V_EXCLUDED", "V_NOT_LIVE", "V_MECHANISM", "V_CAPABILITY")
    question, scope = "Is the supplier in scope, in bulk?", state.scope_on(supplier, on)
    if scope is None:
        return question, prefixes, f"{supplier or 'no supplier'}: {_NO_SCOPE}", None, ""
    said = f"{supplier}: {scope.scope} by {scope.basis}"
    return question, prefixes, said, scope.valid_from, scope.basis_ref


def _tell_system(code: str, on: date, state: RegisterState) -> _Told:
    question, system = "Does the practice use that supplier?", state.system_on(code, on)
    move = move_on(state, code, on)
    moves = f"; {move.told}" if move else ""
    if system is None:
        return question, ("V_SYSTEM",), f"no system known{moves}", None, ""
    said = f"{system.supplier_code}{moves}"
    evidence = move.migration_id if move else system.agreement_id
    return question, ("V_SYSTEM",), said, system.go_live_on, evidence


def _tell_consent(consent: Consent | None, on: date) -> _Told:
    question = "Has the practice consented?"
    if consent is None:
        return question, ("C_",), _NO_CONSENT, None, ""
    begun = [move.on for move in consent.moves if move.on <= on]
    in_force = consent.state_on(on) == "EFFECTIVE"
    since = consent.effective_from if in_force else begun[-1] if begun else None
    return question, ("C_",), consent.state_on(on) or "none yet", since, consent.evidence_ref


def _tell_agreements(consent: Consent | None, on: date, state: RegisterState) -> _Told:
    question = "Do the agreements stand?"
    if consent is None:
        return question, ("A_",), NOT_ASKED, None, ""
    named = f"{consent.dsa_id} {consent.dsa_version}, {consent.dpa_id}"
    agreement = state.agreements.get((consent.dsa_id, consent.dsa_version))
    if agreement is None:
        return question, ("A_",), "not in the register", None, named
    return question, ("A_",), agreement.state_on(on), agreement.valid_from, named


def _tell_supplier_side(consent: Consent | None, on: date, state: RegisterState) -> _Told:
    question = "Does the supplier show it as sharing?"
    if consent is None:
        return question, ("S_",), NOT_ASKED, None, ""
    return question, ("S_",), state.supplier_side(consent, on) or "not seen", None, ""


def _tell_interventions(code: str, on: date, state: RegisterState) -> _Told:
    begun = [each for each in state.interventions.get(code, []) if each.on <= on]
    said, since = (begun[-1].state, begun[-1].on) if begun else ("nothing", None)
    return "Is it free of holds and purges?", ("O_HOLD", "O_PURGING"), said, since, ""


def _consent_of(code: str, supplier: str, on: date, state: RegisterState) -> Consent | None:
    """Return the consent in force on the day, else the one recorded last."""
    given = [e for e in state.consents.get(code, {}).values() if e.supplier_code == supplier]
    return max(
        given, key=lambda each: (each.state_on(on) == "EFFECTIVE", each.first_seq), default=None
    )


def _link(told: _Told, decision: Decision, book: ReasonBook) -> Link:
    question, prefixes, said, since, evidence = told
    own = tuple(code for code in decision.reasons if code.startswith(prefixes))
    first = book.reasons[own[0]] if own else None
    action, owner = (first.next_action, first.owner_role) if first else ("", "")
    # of a practice that nobody knows the gate asks no further
    is_moot = said == NOT_ASKED or (not own and said.endswith((_NO_SCOPE, _NO_CONSENT)))
    return Link(question, said, since, evidence, own, action, owner, is_moot=is_moot)
