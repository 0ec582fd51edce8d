"""Agreements, impact assessments, sign-offs, and what an organisation is registered for (S3).

Each class is one row of a governance file, typed. A state of an agreement is dated by the day it
was recorded, but for the first one, which counts from the agreement's own first day.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from lds_assets.gate.events import Event
from lds_assets.gate.facts import Move, Row, day_of, list_of

if TYPE_CHECKING:
    from lds_assets.gate.state import RegisterState

#: Stands for all practices as controllers; each joins by accession.
PRACTICES = "PRACTICES"

#: Days after its review date at which an agreement no longer opens the gate.
REVIEW_GRACE_DAYS = 60
#: Days before its review date from which it is warned of.
REVIEW_NOTICE_DAYS = 90
_SOON_DAYS = 30

#: Decisions by which a kind of sign-off counts: the data protection officer advises.
GOOD = {"DPO": ("APPROVED", "ADVICE_GIVEN")}
_APPROVED = ("APPROVED",)
#: Who decides for the controllers on an assessment, once the data protection officer has advised.
DECIDERS = ("SIRO", "ICB_IG", "CALDICOTT")


@dataclass(frozen=True)
class Dpia:
    """One version of an impact assessment.

    Attributes:
        document_sha256: the assessment as it was signed off; empty in rows from before it was told.
    """

    dpia_id: str
    version: int
    state: str
    residual_risk: str
    art36_ref: str
    review_on: date | None
    document_sha256: str = ""

    @classmethod
    def from_row(cls, row: Row) -> "Dpia":
        """Read a row of ``dpia.csv``."""
        return cls(
            row["dpia_id"],
            int(row["version"]),
            row["state"],
            row["residual_risk"],
            row["art36_ref"],
            day_of(row["review_on"]),
            row.get("document_sha256", ""),
        )

    @property
    def key(self) -> tuple[str, str]:
        """Return id and version."""
        return self.dpia_id, str(self.version)

    @property
    def claims_approval(self) -> bool:
        """Say whether its state opens something."""
        return self.state in ("APPROVED", "REVIEW_DUE")

    @property
    def is_approved(self) -> bool:
        """Say whether it stands: of a named document, consulted on where a high risk is left."""
        is_consulted = self.residual_risk != "HIGH" or bool(self.art36_ref)
        return self.claims_approval and is_consulted and bool(self.document_sha256)


@dataclass(frozen=True)
class Agreement:
    """One version of a sharing or processing agreement.

    Attributes:
        state: newest recorded; ``states`` has all of them with the day each begins.
        controllers: named ones, without ``PRACTICES``.
    """

    agreement_id: str
    version: str
    kind: str
    title: str
    controllers: frozenset[str]
    processors: frozenset[str]
    subscribers: frozenset[str]
    purposes: frozenset[str]
    valid_from: date | None
    valid_to: date | None
    review_on: date | None
    state: str
    dpia_id: str
    signoffs_needed: frozenset[str]
    document_sha256: str
    states: tuple[Move, ...] = ()

    @classmethod
    def from_row(cls, row: Row) -> "Agreement":
        """Read a row of ``agreement.csv``."""
        return cls(
            row["agreement_id"],
            row["version"],
            row["kind"],
            row["title"],
            list_of(row["controllers"]) - {PRACTICES},
            list_of(row["processors"]),
            list_of(row["subscribers"]),
            list_of(row["purposes"]),
            day_of(row["valid_from"]),
            day_of(row["valid_to"]),
            day_of(row["review_on"]),
            row["state"],
            row["dpia_id"],
            list_of(row["signoffs_needed"]),
            row["document_sha256"],
        )

    @property
    def key(self) -> tuple[str, str]:
        """Return id and version."""
        return self.agreement_id, self.version

    def state_on(self, day: date) -> str:
        """Return the state on a day."""
        begun = [move.state for move in self.states if move.on <= day]
        return begun[-1] if begun else self.state

    @property
    def parties(self) -> frozenset[str]:
        """Return the organisations named; practices that join by accession are not among them."""
        return self.controllers | self.processors | self.subscribers


@dataclass(frozen=True)
class Signoff:
    """One decision on one document, bound to its hash."""

    kind: str
    decision: str
    signed_on: date
    document_sha256: str
    signed_by: str = ""

    @classmethod
    def from_row(cls, row: Row) -> "Signoff":
        """Read a row of ``signoff.csv``."""
        return cls(
            row["kind"],
            row["decision"],
            date.fromisoformat(row["signed_on"]),
            row["document_sha256"],
            row["signed_by"],
        )


@dataclass(frozen=True)
class IcoRegistration:
    """One organisation's registration with the Information Commissioner."""

    org_code: str
    number: str
    expires_on: date


@dataclass(frozen=True)
class Dspt:
    """One organisation's result in the Data Security and Protection Toolkit of a year."""

    org_code: str
    year: str
    status: str
    published_on: date | None


def dpia_of(agreement: Agreement, state: "RegisterState") -> Dpia | None:
    """Return the assessment behind an agreement: the newest approved version, else the newest.

    A new version that is still being written does not undo the one in force.
    """
    versions = state.dpias.get(agreement.dpia_id, {})
    standing = [each for each in versions.values() if each.is_approved]
    return max(standing or versions.values(), key=lambda each: each.version, default=None)


def missing_signoffs(agreement: Agreement, state: "RegisterState", day: date) -> list[str]:
    """Return the kinds of sign-off that do not stand for the present document on a day."""
    given = state.signoffs.get(("AGREEMENT", *agreement.key), [])
    good = _good(given, agreement.document_sha256, day)
    return sorted(agreement.signoffs_needed - good)


def missing_of_assessment(dpia: Dpia, given: Iterable[Signoff], day: date) -> list[str]:
    """Return who has not signed off the present text of an assessment by a day.

    The data protection officer advises, one decides for the controllers, and nobody whose newest
    word on this text is a rejection was passed over.
    """
    given = list(given)
    good = _good(given, dpia.document_sha256, day)
    missing = [] if "DPO" in good else ["DPO"]
    if good.isdisjoint(DECIDERS):
        missing.append(" or ".join(DECIDERS))
    rejected = {
        each.kind
        for each in _newest(given, day)
        if (each.decision, each.document_sha256) == ("REJECTED", dpia.document_sha256)
    }
    return [*missing, *(f"{kind} (rejected)" for kind in sorted(rejected))]


def unsigned_assessment(dpia: Dpia, state: "RegisterState", day: date) -> list[str]:
    """Return who of the register has not signed off the present text of an assessment."""
    return missing_of_assessment(dpia, state.signoffs.get(("DPIA", *dpia.key), []), day)


def _newest(given: Iterable[Signoff], day: date) -> list[Signoff]:
    """Return the last decision of each kind by a day; of one day, the one told last."""
    newest: dict[str, Signoff] = {}
    for each in given:
        known = newest.get(each.kind)
        if each.signed_on <= day and (known is None or each.signed_on >= known.signed_on):
            newest[each.kind] = each
    return list(newest.values())


def _good(given: Iterable[Signoff], document_sha256: str, day: date) -> set[str]:
    """Return the kinds whose last decision stands for a document."""
    return {
        each.kind
        for each in _newest(given, day)
        if each.decision in GOOD.get(each.kind, _APPROVED)
        and each.document_sha256 == document_sha256
    }


def missing_parties(agreement: Agreement, state: "RegisterState", day: date) -> list[str]:
    """Return the named organisations that have not signed by a day."""
    signed = {
        party: state.parties.get((*agreement.key, party)) for party in sorted(agreement.parties)
    }
    return [party for party, on in signed.items() if on is None or on > day]


def review_notice(name: str, review_on: date | None, day: date) -> str:
    """Return what is warned of a review 90 and 30 days before it, and after; empty before that."""
    if review_on is None or day < review_on - timedelta(days=REVIEW_NOTICE_DAYS):
        return ""
    if day >= review_on:
        closes = review_on + timedelta(days=REVIEW_GRACE_DAYS)
        return f"review of {name} was due on {review_on}; the gate closes on {closes}"
    soon = day >= review_on - timedelta(days=_SOON_DAYS)
    return f"review of {name} is due on {review_on}{', within 30 days' if soon else ''}"


def is_overdue(review_on: date | None, day: date) -> bool:
    """Say whether a review is so late that nothing may rest on what was to be reviewed."""
    return review_on is None or day >= review_on + timedelta(days=REVIEW_GRACE_DAYS)


# -- rows of the register


def _read_dpia(state: "RegisterState", row: Row, _event: Event) -> None:
    dpia = Dpia.from_row(row)
    state.dpias.setdefault(dpia.dpia_id, {})[dpia.version] = dpia


def _read_agreement(state: "RegisterState", row: Row, event: Event) -> None:
    agreement = Agreement.from_row(row)
    known = state.agreements.get(agreement.key)
    states = known.states if known else (Move(agreement.state, date.min),)
    if known and known.state != agreement.state:
        states = (*states, Move(agreement.state, event.effective_on))
    state.agreements[agreement.key] = replace(agreement, states=states)


def _read_party(state: "RegisterState", row: Row, _event: Event) -> None:
    key = (row["agreement_id"], row["version"], row["org_code"])
    state.parties[key] = date.fromisoformat(row["signed_on"])


def _read_signoff(state: "RegisterState", row: Row, _event: Event) -> None:
    signoff = Signoff.from_row(row)
    key = (row["subject_type"], row["subject_id"], row["version"])
    # of two decisions of one day, the one recorded last is the decision
    kept = [
        each
        for each in state.signoffs.get(key, [])
        if (each.kind, each.signed_on) != (signoff.kind, signoff.signed_on)
    ]
    state.signoffs[key] = [*kept, signoff]


def _read_ico(state: "RegisterState", row: Row, _event: Event) -> None:
    registration = IcoRegistration(
        row["org_code"], row["number"], date.fromisoformat(row["expires_on"])
    )
    state.ico_registrations[row["org_code"]] = registration


def _read_dspt(state: "RegisterState", row: Row, _event: Event) -> None:
    result = Dspt(row["org_code"], row["year"], row["status"], day_of(row["published_on"]))
    state.dspt.setdefault(row["org_code"], {})[row["year"]] = result


READERS: Mapping[str, Callable[["RegisterState", Row, Event], None]] = {
    "dpia": _read_dpia,
    "agreement": _read_agreement,
    "agreement_party": _read_party,
    "signoff": _read_signoff,
    "ico_registration": _read_ico,
    "dspt": _read_dspt,
}
