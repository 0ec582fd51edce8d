"""Where agreements, assessments and sign-offs are recorded, under the rules of their files (S3)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lds_assets.errors import Refused
from lds_assets.gate.agreement_rules import AGREEMENT
from lds_assets.gate.agreement_view import not_in_force_yet
from lds_assets.gate.agreements import Agreement, Dpia
from lds_assets.gate.events import Event, NewEvent, day_start
from lds_assets.gate.evidence import DESK
from lds_assets.gate.faults import Line
from lds_assets.gate.file_rules import row_faults, rule_faults
from lds_assets.gate.formats import cell_faults, file_forms
from lds_assets.gate.names import same_person
from lds_assets.gate.register import Register
from lds_assets.gate.variation_desk import Signature

_AGREEMENTS, _PARTIES, _SIGNOFFS, _DPIAS = (
    "agreement.csv",
    "agreement_party.csv",
    "signoff.csv",
    "dpia.csv",
)


@dataclass(frozen=True)
class AgreementDesk:
    """Records what becomes of agreements.

    Attributes:
        today: London day on which what is recorded takes effect.
    """

    register: Register
    today: date

    def agreement(self, agreement_id: str, version: str) -> Agreement:
        """Return a version of an agreement.

        Raises:
            Refused: the register holds none such.
        """
        known = self.register.state().agreements.get((agreement_id, version))
        if known is None:
            raise Refused(
                f"there is no version {version} of {agreement_id}",
                "register",
                "nothing recorded",
                "`lds agreement list` names them",
                "AGREEMENT_UNKNOWN",
            )
        return known

    # -- steps

    def record(self, told: Mapping[str, str], document: Path, by: Signature) -> Agreement:
        """Record a draft, or another text of one; its sign-offs bind to the document's hash.

        Args:
            told: cells of ``agreement.csv`` but for its state and hash.
            document: the text all parties are to sign.
        """
        row = {**told, "state": "DRAFT", "document_sha256": sha256_of(document)}
        self._record(_AGREEMENTS, row, by, "DRAFT")
        return self.agreement(row["agreement_id"], row["version"])

    def assess(self, told: Mapping[str, str], document: Path | None, by: Signature) -> None:
        """Record a version of an impact assessment; its sign-offs bind to the document's hash.

        Args:
            told: cells of ``dpia.csv`` but for its hash.
            document: the assessment; None: the text that the register knows of this version.
        """
        known = self._dpia(told)
        text = sha256_of(document) if document else (known.document_sha256 if known else "")
        self._record(_DPIAS, {**told, "document_sha256": text}, by)

    def accede(self, agreement: Agreement, told: Mapping[str, str], by: Signature) -> None:
        """Record an organisation's signature (cells of ``agreement_party.csv``)."""
        named = {"agreement_id": agreement.agreement_id, "version": agreement.version}
        row = {**told, **named}
        if same_person(told.get("signed_by", ""), by.actor):
            rule = "A-13 nobody records their own signature for an organisation"
            self.register.refuse(self._event(_PARTIES, row, by), rule)
        self._record(_PARTIES, row, by)

    def sign_off(
        self, agreement: Agreement, told: Mapping[str, str], document: Path, by: Signature
    ) -> None:
        """Record a decision on the document as it lies there (cells of ``signoff.csv``)."""
        self._sign_off("AGREEMENT", agreement.key, told, document, by)

    def sign_off_assessment(
        self, key: tuple[str, str], told: Mapping[str, str], document: Path, by: Signature
    ) -> None:
        """Record a decision on an assessment as it lies there (cells of ``signoff.csv``).

        Args:
            key: id and version of the assessment.
        """
        self._sign_off("DPIA", key, told, document, by)

    def move(self, agreement: Agreement, to_state: str, by: Signature) -> None:
        """Sign, put in force, suspend or end an agreement, from today.

        Raises:
            Refused: it cannot move so, or lacks what an agreement in force needs.
        """
        row = {**self._row(agreement), "state": to_state}
        if to_state == "IN_FORCE":
            lacking = not_in_force_yet(agreement, self.register.state(), self.today)
            if lacking:
                rule = f"A-7 not yet to be in force: {'; '.join(lacking)}"
                self.register.refuse(self._event(_AGREEMENTS, row, by, to_state), rule)
        self._record(_AGREEMENTS, row, by, to_state)

    # -- recording

    def _sign_off(
        self,
        subject: str,
        key: tuple[str, str],
        told: Mapping[str, str],
        document: Path,
        by: Signature,
    ) -> None:
        named = {
            "subject_type": subject,
            "subject_id": key[0],
            "version": key[1],
            "document_sha256": sha256_of(document),
        }
        self._record(_SIGNOFFS, {**told, **named}, by)

    def _dpia(self, told: Mapping[str, str]) -> Dpia | None:
        versions = self.register.state().dpias.get(told.get("dpia_id", ""), {})
        version = told.get("version", "")
        return versions.get(int(version)) if version.isdecimal() else None

    def _row(self, agreement: Agreement) -> dict[str, str]:
        rows: list[dict[str, str]] = [
            each.payload["row"] for each in self.history(agreement) if '"row"' in each.payload_json
        ]
        return rows[-1]

    def history(self, agreement: Agreement) -> list[Event]:
        """Return what was recorded of an agreement, oldest first."""
        key = (AGREEMENT, "|".join(agreement.key))
        return [e for e in self.register.events() if (e.entity_type, e.entity_id) == key]

    def _record(
        self, file: str, told: Mapping[str, str], by: Signature, to_state: str = ""
    ) -> None:
        form = file_forms()[file]
        row = dict.fromkeys(form.names, "") | dict(told)
        unknown = sorted(set(row) - set(form.names))
        event = self._event(file, row, by, to_state)
        lines = [Line(1, row)]
        rules = [f"G-1 no such field: {', '.join(unknown)}"] if unknown else []
        rules = rules or cell_faults(form, row)
        if not rules:
            state = self.register.state()
            faults = [*row_faults(form, lines), *rule_faults(form, lines, state, Path())]
            rules = [each.rule for each in faults]
        if rules:
            self.register.refuse(event, rules[0])
        self.register.record([event])

    def _event(
        self, file: str, row: Mapping[str, str], by: Signature, to_state: str = ""
    ) -> NewEvent:
        form = file_forms()[file]
        entity_id = form.entity_id({name: row.get(name, "") for name in form.names})
        before = self.register.state().agreements.get(
            (row.get("agreement_id", ""), row.get("version", ""))
        )
        return NewEvent(
            entity_type=form.entity_type,
            entity_id=entity_id or "unnamed",
            event_type="recorded",
            from_state=before.state if before and to_state else "",
            to_state=to_state,
            effective_at=day_start(self.today),
            actor=by.actor,
            actor_role=by.role,
            reason_code=to_state if by.reason else "",
            reason_text=by.reason,
            evidence_ref=by.evidence_ref,
            payload={"source": DESK, "row": dict(row)},
        )


def sha256_of(document: Path) -> str:
    """Return the hash of a document.

    Raises:
        Refused: it is not there.
    """
    if not document.is_file():
        raise Refused(
            "the document is not there", "--document", "nothing recorded", "name its file", "C-11"
        )
    with document.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
