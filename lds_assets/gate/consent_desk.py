"""Where consents are worked on: each step told by its officer, checked, and recorded (S2).

The rules are those of the governance files (``consent_rules``) and of the register itself
(``lifecycle``). A step that a rule refuses is recorded as refused, and nothing else is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.consent_overlap import overlap_faults
from lds_assets.gate.consent_rules import consent_faults
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.evidence import DESK, Kept
from lds_assets.gate.facts import Consent
from lds_assets.gate.faults import Line
from lds_assets.gate.file_rules import row_faults
from lds_assets.gate.formats import cell_faults, file_forms, is_day
from lds_assets.gate.lifecycle import CONSENT, CONSENT_MOVES
from lds_assets.gate.register import Register
from lds_assets.gate.state import RegisterState
from lds_assets.gate.variation_desk import Signature

_FORM = "practice_consent.csv"
#: Rules that a step which only closes has to keep: its fields, and days that run forward.
_OF_CLOSING = ("G-2", "G-3", "C-4", "C-14")
#: Rules about how files may follow each other; the register's own rules speak for a desk.
_OF_FILES = ("C-9",)


@dataclass(frozen=True)
class Step:
    """One step of a consent: where it leads, from which day, and what it changes in the row."""

    to_state: str
    on: date
    cells: Mapping[str, str] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    kept: Kept | None = None


def step_event(
    consent_id: str,
    before: str,
    row: Mapping[str, str],
    step: Step,
    by: Signature,
    evidence_from: str,
) -> NewEvent:
    """Return the event of one step of a consent."""
    kept = step.kept
    return NewEvent(
        entity_type=CONSENT,
        entity_id=consent_id,
        event_type="moved",
        from_state=before,
        to_state=step.to_state,
        effective_at=day_start(step.on),
        actor=by.actor,
        actor_role=by.role,
        reason_code=step.to_state if by.reason else "",
        reason_text=by.reason,
        evidence_ref=kept.reference if kept else by.evidence_ref,
        evidence_sha256=kept.sha256 if kept else "",
        payload={"source": DESK, "evidence_from": evidence_from, "row": dict(row), **step.told},
    )


class ConsentDesk:
    """Records what becomes of practices' consents.

    Args:
        register: the governance register.
        today: London day on which the desk is open.
    """

    def __init__(self, register: Register, today: date) -> None:
        self._register = register
        self._today = today

    def consent(self, consent_id: str) -> Consent:
        """Return a consent of the register.

        Raises:
            Refused: there is none of this id.
        """
        known = self._register.state().consent(consent_id)
        if known is None:
            raise Refused(
                f"there is no consent {consent_id}",
                "register",
                "nothing recorded",
                "`lds consent list` names them",
                "CONSENT_UNKNOWN",
            )
        return known

    def next_id(self, practice: str, supplier: str) -> str:
        """Return an id no consent ever had: practice, supplier and the next number."""
        used = {key for held in self._register.state().consents.values() for key in held}
        number = 1
        while f"{practice}-{supplier}-{number}" in used:
            number += 1
        return f"{practice}-{supplier}-{number}"

    # -- steps

    def request(self, asked: Mapping[str, str], by: Signature) -> str:
        """Record that a practice was asked; return the consent's id.

        Args:
            asked: cells of ``practice_consent.csv``; extract and mechanism follow from the
                supplier where they are not named.
        """
        supplier = self._register.state().suppliers.get(asked.get("supplier_code", ""))
        known = (
            {"extract_id": supplier.extract_id, "mechanism_id": supplier.mechanism_id}
            if supplier
            else {}
        )
        row = dict.fromkeys(file_forms()[_FORM].names, "") | known
        row |= {name: cell for name, cell in asked.items() if cell}
        row["consent_id"] = row["consent_id"] or self.next_id(
            row["practice_code"], row["supplier_code"]
        )
        row |= {"state": "REQUESTED", "requested_by": by.actor}
        row["requested_on"] = row["requested_on"] or self._today.isoformat()
        step = Step("REQUESTED", self._day(row["requested_on"]))
        self._record(row, "", step, by, DESK)
        return row["consent_id"]

    def grant(self, consent_id: str, signed: Mapping[str, str], kept: Kept, by: Signature) -> None:
        """Record the practice's signed answer, with its form and agreements."""
        consent = self.consent(consent_id)
        cells = {name: cell for name, cell in signed.items() if cell}
        cells |= {
            "recorded_by": by.actor,
            "evidence_ref": kept.reference,
            "evidence_sha256": kept.sha256,
        }
        on = self._day(cells.get("granted_on", ""))
        self._take(consent, Step("GRANTED", on, cells, kept=kept), by, DESK)

    def end_request(self, consent_id: str, to_state: str, by: Signature) -> None:
        """Record that a request was refused by the practice (REFUSED) or came to nothing."""
        cells = {
            "state_from": self._today.isoformat(),
            "void_reason": by.reason,
            "recorded_by": by.actor,
        }
        self._take(self.consent(consent_id), Step(to_state, self._today, cells), by)

    def suspend(self, consent_id: str, on: date, by: Signature) -> None:
        """Close the gate for a while, from a day on."""
        cells = {"state_from": on.isoformat(), "void_reason": by.reason}
        self._take(self.consent(consent_id), Step("SUSPENDED", on, cells), by)

    def resume(self, consent_id: str, decision: str, by: Signature) -> None:
        """Lift a suspension from today, deciding on the data dated within it.

        Args:
            decision: ``INCLUDE`` or ``DISCARD``.
            by: another person than who suspended, with evidence that the cause is cleared.
        """
        cells = {"state_from": "", "void_reason": ""}
        step = Step("GRANTED", self._today, cells, {"decision": decision})
        self._take(self.consent(consent_id), step, by)

    def withdraw(self, consent_id: str, on: date, told: Mapping[str, str], by: Signature) -> None:
        """Record the practice's notice: from a day on, also a coming one, there is no consent.

        Args:
            told: ``notice_ref``, ``retention_instruction``, and ``erase_from`` where wanted.
        """
        consent = self.consent(consent_id)
        recorded_by = consent.row["recorded_by"] or by.actor
        cells = {"effective_to": on.isoformat(), "recorded_by": recorded_by, **told}
        by = replace(by, evidence_ref=told.get("notice_ref", ""))
        self._take(consent, Step("WITHDRAWN", on, cells), by)

    def supersede(self, consent_id: str, successor_id: str, by: Signature) -> None:
        """Record that another consent of the same key takes over, on its first day."""
        consent, successor = self.consent(consent_id), self.consent(successor_id)
        fits = successor.key() == consent.key() and successor.moves[-1].state == "GRANTED"
        if successor.effective_from is None or not fits or successor_id == consent_id:
            step = Step("SUPERSEDED", self._today, {"superseded_by": successor_id})
            self._refuse(
                consent, step, by, "C-16 the consent that takes over is not granted for the same"
            )
            return
        self._take(consent, superseding(successor, by.reason, successor.effective_from), by)

    # -- recording

    def _day(self, text: str) -> date:
        """Read a day; one that is none is today, and the rules refuse the step."""
        return date.fromisoformat(text) if is_day(text) else self._today

    def _take(self, consent: Consent, step: Step, by: Signature, evidence_from: str = "") -> None:
        row = {**consent.row, **step.cells, "state": step.to_state}
        before = consent.moves[-1].state
        self._record(row, before, step, by, evidence_from or consent.evidence_from)

    def _refuse(self, consent: Consent, step: Step, by: Signature, rule: str) -> None:
        row = {**consent.row, **step.cells, "state": step.to_state}
        before = consent.moves[-1].state
        event = step_event(consent.consent_id, before, row, step, by, consent.evidence_from)
        self._register.refuse(event, rule)

    def _record(
        self, row: dict[str, str], before: str, step: Step, by: Signature, evidence_from: str
    ) -> None:
        event = step_event(row["consent_id"], before, row, step, by, evidence_from)
        rule = broken_rule(row, step.to_state, self._register.state(), self._today)
        # a step that leads nowhere is refused for that, by the register itself
        if rule and (before, step.to_state) in CONSENT_MOVES:
            self._register.refuse(event, rule)
        self._register.record([event])


def superseding(successor: Consent, reason: str, on: date) -> Step:
    """Return the step by which a consent gives way to another from a day on."""
    cells = {
        "state_from": on.isoformat(),
        "void_reason": reason,
        "superseded_by": successor.consent_id,
    }
    return Step("SUPERSEDED", on, cells)


def broken_rule(row: dict[str, str], to_state: str, state: RegisterState, today: date) -> str:
    """Return the first rule that a consent's row breaks by the step it takes, or empty text."""
    form = file_forms()[_FORM]
    malformed = cell_faults(form, row)
    if malformed:
        return malformed[0]
    is_opening = to_state in ("REQUESTED", "GRANTED")
    ahead = max(row["requested_on"], row["granted_on"] if is_opening else "")
    if ahead > today.isoformat():
        return "C-15 a request or signature does not lie in the future"
    if to_state == "REQUESTED" and state.consent(row["consent_id"]) is not None:
        return "C-17 the id is another consent's"
    lines = [Line(1, row)]
    faults = [*row_faults(form, lines), *consent_faults(lines, state)]
    if is_opening:
        faults += overlap_faults(lines, state)
        rules = [each.rule for each in faults if not each.rule.startswith(_OF_FILES)]
    else:
        rules = [each.rule for each in faults if each.rule.startswith(_OF_CLOSING)]
    return rules[0] if rules else ""
