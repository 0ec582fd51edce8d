"""A small world in which one practice may be landed, and ways to disturb it.

Two practices: E83003 on EMIS consents, G83001 on EMIS does not. All dates are worked out by hand:
the consent holds from 2025-02-01 until 2026-01-31, that is ``[2025-02-01, 2026-02-01)``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from lds_assets.gate.events import GENESIS, Event, NewEvent, chained, day_start
from lds_assets.gate.files import row_events
from lds_assets.gate.formats import file_forms
from lds_assets.gate.policy import Decision, Question, decide
from lds_assets.gate.reasons import ReasonBook
from lds_assets.gate.state import RegisterState, fold
from lds_assets.gate.variation import State, Variation
from lds_assets.resources import REPOSITORY
from tests import officers

SEEDS = REPOSITORY / "seeds"
BOOK = ReasonBook.read(SEEDS)
NOW = datetime(2025, 1, 20, 9, 0, tzinfo=UTC)
DAY = date(2025, 6, 16)
HASH = "a" * 64
DOCUMENT = "d" * 64
#: Hash of the impact assessment.
ASSESSED = "c" * 64

PRACTICE = {
    "practice_code": "E83003",
    "name": "Oak Surgery",
    "icb_code": "QMJ",
    "icb_name": "North Central",
    "sub_icb_code": "93C",
    "status": "ACTIVE",
    "open_date": "1974-04-01",
}
SYSTEM = {
    "practice_code": "E83003",
    "supplier_code": "EMIS",
    "supplier_org_id": "{AB-1}",
    "go_live_on": "2015-01-01",
}
CONSENT = {
    "consent_id": "C-1",
    "practice_code": "E83003",
    "extract_id": "LDS-PRIMARY-CARE",
    "supplier_code": "EMIS",
    "mechanism_id": "IM1-BULK-EMIS",
    "purposes": "SECONDARY_USE",
    "scope_tables": "*",
    "state": "GRANTED",
    "requested_on": "2025-01-02",
    "requested_by": "liaison",
    "granted_on": "2025-01-10",
    "effective_from": "2025-02-01",
    "effective_to": "2026-02-01",
    "granted_by_name": "partner",
    "granted_by_role": "PARTNER",
    "recorded_by": "officer",
    "evidence_ref": "DMS:1",
    "evidence_sha256": HASH,
    "dsa_id": "DSA",
    "dsa_version": "1",
    "dpa_id": "DPA",
    "supplier_side_state": "ACTIVE",
}


def _agreement(kind: str) -> dict[str, str]:
    return {
        "agreement_id": kind,
        "version": "1",
        "kind": kind,
        "title": kind,
        "controllers": "PRACTICES",
        "processors": "PLATFORM",
        "purposes": "DIRECT_CARE|SECONDARY_USE",
        "article6": "6(1)(e)",
        "article9": "9(2)(h)",
        "confidentiality_basis": "IMPLIED_CONSENT",
        "consent_model": "PRACTICE_OPT_IN",
        "retention_days": "3650",
        "return_or_destroy": "DESTROY",
        "valid_from": "2024-01-01",
        "review_on": "2027-01-01",
        "state": "IN_FORCE",
        "dpia_id": "DPIA",
        "signoffs_needed": "DPO|CALDICOTT",
        "document_sha256": DOCUMENT,
    }


def _party(kind: str, org_code: str) -> dict[str, str]:
    return {
        "agreement_id": kind,
        "version": "1",
        "org_code": org_code,
        "role": "CONTROLLER",
        "signed_by": "partner",
        "signed_on": "2025-01-10",
        "accession_ref": "DMS:3",
    }


def _signoff(subject: str, kind: str, decision: str) -> dict[str, str]:
    return {
        "subject_type": "AGREEMENT",
        "subject_id": subject,
        "version": "1",
        "kind": kind,
        "decision": decision,
        "signed_by": "somebody",
        "signed_on": "2024-01-01",
        "document_sha256": DOCUMENT,
    }


def _assessed(kind: str, decision: str) -> dict[str, str]:
    signed = _signoff("DPIA", kind, decision)
    return {**signed, "subject_type": "DPIA", "document_sha256": ASSESSED}


BOARD = {"icb_code": "QMJ", "icb_name": "North Central", "valid_from": "2022-07-01"}
SUPPLIER = {
    "supplier_code": "EMIS",
    "supplier_name": "EMIS Web",
    "mechanism_id": "IM1-BULK-EMIS",
    "extract_id": "LDS-PRIMARY-CARE",
}
SCOPE = {
    "supplier_code": "EMIS",
    "scope": "IN",
    "basis": "INCEPTION",
    "basis_ref": "GOV:1",
    "valid_from": "2020-01-01",
}
CAPABILITY = {
    "claim_id": "CAP-1",
    "supplier_code": "EMIS",
    "mechanism_id": "IM1-BULK-EMIS",
    "claim": "BULK",
    "readiness": "PRODUCTION_READY",
    "evidence_ref": "GOV:1",
    "evidence_date": "2025-01-01",
    "stated_by": "programme",
    "expires_on": "2025-12-31",
}
DPIA = {
    "dpia_id": "DPIA",
    "version": "1",
    "state": "APPROVED",
    "residual_risk": "MED",
    "review_on": "2027-01-01",
    "document_sha256": ASSESSED,
}


def _rows() -> dict[str, list[dict[str, str]]]:
    """Return the rows of the world that allows, file by file in reading order."""
    signed = (("DPO", "ADVICE_GIVEN"), ("CALDICOTT", "APPROVED"))
    kinds = ("DSA", "DPA")
    return {
        "officer.csv": officers.rows(),
        "icb.csv": [BOARD],
        "practice.csv": [PRACTICE, {**PRACTICE, "practice_code": "G83001", "name": "Elm Surgery"}],
        "branch.csv": [],
        "practice_relationship.csv": [],
        "practice_succession.csv": [],
        "list_size.csv": [],
        "supplier.csv": [SUPPLIER],
        "supplier_scope.csv": [SCOPE],
        "supplier_capability.csv": [CAPABILITY],
        "dpia.csv": [DPIA],
        "agreement.csv": [_agreement(kind) for kind in kinds],
        "signoff.csv": [
            *(_signoff(kind, *what) for kind in kinds for what in signed),
            _assessed("DPO", "ADVICE_GIVEN"),
            _assessed("SIRO", "APPROVED"),
        ],
        "agreement_party.csv": [
            _party(kind, org) for kind in kinds for org in ("E83003", "PLATFORM")
        ],
        "practice_system.csv": [SYSTEM, {**SYSTEM, "practice_code": "G83001"}],
        "practice_consent.csv": [CONSENT],
        "consent_cover.csv": [],
    }


def reconciled(on: date, practice: str = "E83003", supplier: str = "EMIS") -> NewEvent:
    """Return the event by which a practice's first extract passed its measures on a day."""
    return NewEvent(
        "onboarding",
        f"{practice}|{supplier}",
        "reconciled",
        day_start(on),
        "reconciliation",
        "SYSTEM",
        "BULK_RECEIVED",
        "RECONCILED",
        reason_code="GREEN",
        reason_text="every measure passes",
        evidence_ref="emis/g/1",
        payload={"verdict": "GREEN"},
    )


def live_variation(name: str, supplier: str, since: date, kind: str = "NEW_SUPPLIER") -> Variation:
    """Return a variation that took a supplier into scope on a day."""
    return Variation(
        name, kind=kind, supplier_code=supplier, state=State.LIVE, history=((since, State.LIVE),)
    )


@dataclass(frozen=True)
class World:
    """The rows of every file; each change gives another world."""

    rows: Mapping[str, list[dict[str, str]]] = field(default_factory=_rows)
    extra: tuple[NewEvent, ...] = ()

    def change(self, file: str, at: int = 0, **cells: str) -> "World":
        """Return the world with some cells of one row changed."""
        changed = [dict(row) for row in self.rows[file]]
        changed[at].update(cells)
        return replace(self, rows={**self.rows, file: changed})

    def add(self, file: str, **cells: str) -> "World":
        """Return the world with one more row."""
        return replace(self, rows={**self.rows, file: [*self.rows[file], cells]})

    def drop(self, file: str, at: int = 0) -> "World":
        """Return the world without one row."""
        kept = [row for place, row in enumerate(self.rows[file]) if place != at]
        return replace(self, rows={**self.rows, file: kept})

    def then(self, *events: NewEvent) -> "World":
        """Return the world with further events recorded after its files."""
        return replace(self, extra=(*self.extra, *events))

    def events(self) -> tuple[Event, ...]:
        """Return the world as chained events, without guards and without a disk."""
        new: list[NewEvent] = []
        for file, rows in self.rows.items():
            form = file_forms()[file]
            for row in rows:
                full = {name: row.get(name, "") for name in form.names}
                new += row_events(form, f"test/{file}", full, RegisterState(), NOW)
        chain: list[Event] = []
        for event in (*new, *self.extra):
            prev = chain[-1].this_hash if chain else GENESIS
            chain.append(chained(event, len(chain) + 1, prev, NOW))
        return tuple(chain)

    def state(self) -> RegisterState:
        """Return what the register would know."""
        return fold(self.events())

    def decide(self, day: date = DAY, practice: str = "E83003", **terms: object) -> Decision:
        """Ask the LAND gate about the practice's EMIS extract."""
        asked = Question("LAND", practice, "EMIS", "IM1-BULK-EMIS", "LDS-PRIMARY-CARE", day)
        return decide(replace(asked, **terms), self.state(), BOOK)  # type: ignore[arg-type]  # terms by name

    def write(self, folder: Path) -> Path:
        """Write the world as governance files."""
        folder.mkdir(parents=True, exist_ok=True)
        for file, rows in self.rows.items():
            names = file_forms()[file].names
            lines = [",".join(names)]
            lines += [",".join(row.get(name, "") for name in names) for row in rows]
            (folder / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return folder
