"""Guards of the consent life cycle that can be read from a row and the register (S2)."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from lds_assets.gate.facts import day_of, list_of
from lds_assets.gate.faults import Fault, Line, where
from lds_assets.gate.lifecycle import CONSENT_MOVES
from lds_assets.gate.names import same_person
from lds_assets.gate.state import RegisterState

BACKDATING_DAYS = 30
#: Who may allow a start that far before the signature.
BACKDATING_ROLES = ("IG_OFFICER", "DPO", "CALDICOTT")

_GRANTED_NEEDS = (
    "granted_on",
    "effective_from",
    "granted_by_name",
    "granted_by_role",
    "evidence_ref",
    "evidence_sha256",
    "dsa_id",
    "dsa_version",
    "dpa_id",
)
_NEVER_GRANTED = ("REQUESTED", "REFUSED", "LAPSED")


def consent_faults(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """S2: guards of the consent life cycle that can be read from the row and the register."""
    yield from where(
        "P-1 the practice is not in the register",
        lines,
        lambda row: row["practice_code"] not in state.practices,
    )
    yield from where("C-1 the supplier is not live in scope", lines, lambda r: _not_live(r, state))
    yield from where(
        "C-2 the practice is closed or not active", lines, lambda r: _is_inactive(r, state)
    )
    yield from where("C-3 a granted consent lacks a field it needs", lines, _lacks_grant)
    yield from where("C-4 the state lacks a field it needs", lines, _lacks_state)
    yield from where(
        "C-5 the requester may not record the answer",
        lines,
        lambda row: (
            row["state"] != "REQUESTED" and same_person(row["recorded_by"], row["requested_by"])
        ),
    )
    yield from where(
        "C-6 a delegated signature needs delegation_ref",
        lines,
        lambda row: (
            (row["granted_by_role"], row["delegation_ref"]) == ("PRACTICE_MANAGER_DELEGATED", "")
        ),
    )
    yield from where(
        "C-7 backdating beyond 30 days needs an approver: an officer of information governance, "
        "data protection or Caldicott in office on the day of signature, and not who records it",
        lines,
        lambda row: _backdated(row, state),
    )
    yield from where("C-8 the agreement is not in the register", lines, lambda r: _no_dsa(r, state))
    yield from where("C-9 the consent cannot move to this state", lines, lambda r: _stuck(r, state))
    yield from where(
        "C-13 other terms or a later end need a new consent",
        lines,
        lambda row: _changes_terms(row, state),
    )
    yield from where("C-14 the days of its states run backwards", lines, _runs_backwards)


def _not_live(row: dict[str, str], state: RegisterState) -> bool:
    day = day_of(row["effective_from"]) or day_of(row["requested_on"])
    return day is None or not state.is_live(row["supplier_code"], day)


def _is_inactive(row: dict[str, str], state: RegisterState) -> bool:
    practice, day = state.practices.get(row["practice_code"]), day_of(row["requested_on"])
    if practice is None or day is None:
        return False
    return practice.is_closed_on(day) or practice.status in ("DORMANT", "PROPOSED")


def _lacks_grant(row: dict[str, str]) -> bool:
    granted = row["state"] not in _NEVER_GRANTED and (
        row["state"] in ("GRANTED", "SUSPENDED") or row["granted_on"] != ""
    )
    return granted and not all(row[name] for name in _GRANTED_NEEDS)


def _lacks_state(row: dict[str, str]) -> bool:
    state = row["state"]
    needs = [] if state == "REQUESTED" else ["recorded_by"]
    if state == "WITHDRAWN":
        needs += ["effective_to", "notice_ref", "retention_instruction"]
        if row["retention_instruction"] == "ERASE_FROM_DATE":
            needs.append("erase_from")
    elif state not in ("REQUESTED", "GRANTED"):
        needs += ["state_from", "void_reason"]
    if state == "SUPERSEDED":
        needs.append("superseded_by")
    return not all(row[name] for name in needs)


def _backdated(row: dict[str, str], state: RegisterState) -> bool:
    begins, signed = day_of(row["effective_from"]), day_of(row["granted_on"])
    if begins is None or signed is None or begins >= signed - timedelta(days=BACKDATING_DAYS):
        return False
    approver = row["backdating_approved_by"]
    is_officer = any(
        each.holds(approver, role, signed)
        for each in state.officers.values()
        for role in BACKDATING_ROLES
    )
    return not is_officer or same_person(approver, row["recorded_by"])


def _no_dsa(row: dict[str, str], state: RegisterState) -> bool:
    if not row["granted_on"]:
        return False
    named = (row["dsa_id"], row["dsa_version"]) in state.agreements
    return not (named and state.agreement_versions(row["dpa_id"]))


def _stuck(row: dict[str, str], state: RegisterState) -> bool:
    """A terminal state never reopens, and a suspension is not lifted by a file."""
    known = state.consent(row["consent_id"])
    if known is None:
        return False
    last = known.moves[-1].state
    if last == row["state"]:
        return False
    lifted = last == "SUSPENDED" and row["state"] == "GRANTED"
    return lifted or (last, row["state"]) not in CONSENT_MOVES


def _changes_terms(row: dict[str, str], state: RegisterState) -> bool:
    """Other terms, or a later end, are another consent."""
    known = state.consent(row["consent_id"])
    if known is None:
        return False
    key = (row["practice_code"], row["extract_id"], row["supplier_code"], row["mechanism_id"])
    if known.key() != key:
        return True
    if known.moves[-1].state in _NEVER_GRANTED:
        return False
    terms = (list_of(row["purposes"]), day_of(row["effective_from"]), row["evidence_sha256"])
    prolonged = known.effective_to is not None and (
        (day_of(row["effective_to"]) or date.max) > known.effective_to
    )
    return prolonged or terms != (known.purposes, known.effective_from, known.evidence_sha256)


def consent_moves(row: dict[str, str]) -> list[tuple[str, date]]:
    """Return the states a consent row tells, in order, each with the day it begins."""
    moves = [("REQUESTED", date.fromisoformat(row["requested_on"]))]
    if row["granted_on"] and row["state"] not in _NEVER_GRANTED:
        moves.append(("GRANTED", date.fromisoformat(row["granted_on"])))
    if row["state"] not in ("REQUESTED", "GRANTED"):
        begins = row["effective_to"] if row["state"] == "WITHDRAWN" else row["state_from"]
        moves.append((row["state"], date.fromisoformat(begins)))
    return moves


def _runs_backwards(row: dict[str, str]) -> bool:
    if _lacks_state(row) or _lacks_grant(row):
        return False
    days = [day for _, day in consent_moves(row)]
    return days != sorted(days)


def evidence_faults(lines: list[Line], folder: Path) -> Iterator[Fault]:
    """Signed evidence lying beside the file must be there and have the hash the row gives."""
    missing, differs = [], []
    for line in lines:
        reference = line.row["evidence_ref"]
        if not reference or ":" in reference:
            continue
        path = (folder / reference).resolve()
        if not path.is_relative_to(folder.resolve()) or not path.is_file():
            missing.append(line.number)
        elif hashlib.sha256(path.read_bytes()).hexdigest() != line.row["evidence_sha256"]:
            differs.append(line.number)
    if missing:
        yield Fault("C-11 the evidence file is missing", tuple(missing))
    if differs:
        yield Fault("C-12 the evidence file has another hash", tuple(differs))
