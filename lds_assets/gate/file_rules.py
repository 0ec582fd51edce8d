"""Rules of governance files beyond the form of a cell: within a file, and against the register.

Rules about a row itself hold for every row. Rules against the register hold for new and changed
rows only: a file stays readable when the world around it moves on.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lds_assets.gate.facts import day_of, list_of
from lds_assets.gate.formats import FileForm
from lds_assets.gate.lifecycle import CONSENT_MOVES
from lds_assets.gate.state import RegisterState

BACKDATING_DAYS = 30


@dataclass(frozen=True)
class Line:
    """One row of a file and the line it stands on (the header is line 1)."""

    number: int
    row: dict[str, str]
    is_changed: bool = True


@dataclass(frozen=True)
class Fault:
    """One broken rule and the lines that break it; never a cell."""

    rule: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        """Return the fault as it is told."""
        return f"{self.rule} (line {', '.join(str(each) for each in self.lines)})"


def row_faults(form: FileForm, lines: list[Line]) -> Iterator[Fault]:
    """Check what every file promises: one row a key, and intervals that run forward."""
    seen: dict[str, int] = {}
    starts = [c.name for c in form.columns if c.name in ("valid_from", "effective_from")]
    for line in lines:
        key = form.entity_id(line.row)
        if key in seen:
            yield Fault("G-4 the key occurs twice", (seen[key], line.number))
        seen.setdefault(key, line.number)
        for start in starts:
            begins, ends = day_of(line.row[start]), day_of(line.row[start.replace("from", "to")])
            if begins and ends and ends <= begins:
                yield Fault("G-5 the interval ends before it begins", (line.number,))


def rule_faults(
    form: FileForm, lines: list[Line], state: RegisterState, folder: Path
) -> Iterator[Fault]:
    """Check the rules of one kind of file."""
    changed = [line for line in lines if line.is_changed]
    own = _RULES.get(form.entity_type)
    if own is not None:
        yield from own(changed, state)
    if form.entity_type == "practice_consent":
        yield from _consent_overlaps(lines, state)
        yield from _evidence_faults(changed, folder)


def _each(
    rule: str, lines: Iterable[Line], breaks: Callable[[dict[str, str]], bool]
) -> list[Fault]:
    """Return one fault naming every line that breaks a rule."""
    numbers = tuple(line.number for line in lines if breaks(line.row))
    return [Fault(rule, numbers)] if numbers else []


def _practice_known(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _each(
        "P-1 the practice is not in the register",
        lines,
        lambda row: row["practice_code"] not in state.practices,
    )


def _relationship(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _practice_known(lines, state)
    for position, line in enumerate(lines):
        for other in lines[:position]:
            same = all(line.row[name] == other.row[name] for name in ("practice_code", "kind"))
            if (
                same
                and line.row["kind"] != "OPERATED_BY"
                and _overlap(line.row, other.row, "valid")
            ):
                yield Fault("P-2 two of a kind on one day", (other.number, line.number))


def _succession(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """S1: acyclic, after the predecessor opened, several successors only when split."""
    edges = {(each.predecessor, each.successor) for each in state.successions.values()}
    edges |= {(line.row["predecessor"], line.row["successor"]) for line in lines}
    yield from _each(
        "P-3 the succession runs in a circle",
        lines,
        lambda row: _reaches(edges, row["successor"], row["predecessor"]),
    )
    yield from _each(
        "P-4 several successors need SPLIT or DISPERSAL",
        lines,
        lambda row: (
            row["kind"] not in ("SPLIT", "DISPERSAL")
            and sum(predecessor == row["predecessor"] for predecessor, _ in edges) > 1
        ),
    )

    def too_early(row: dict[str, str]) -> bool:
        practice = state.practices.get(row["predecessor"])
        opened = practice.opened_on if practice else None
        effective = day_of(row["effective_on"])
        return bool(opened and effective and effective < opened)

    yield from _each("P-5 the succession precedes the predecessor's opening", lines, too_early)


def _reaches(edges: set[tuple[str, str]], start: str, goal: str) -> bool:
    """Say whether ``goal`` can be reached from ``start`` along the edges."""
    seen: set[str] = set()
    todo = [start]
    while todo:
        here = todo.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            todo += [target for source, target in edges if source == here]
    return False


def _supplier_known(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _each(
        "V-1 the supplier is not in the register",
        lines,
        lambda row: row["supplier_code"] not in state.suppliers,
    )


def _system(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _practice_known(lines, state)
    yield from _supplier_known(lines, state)


def _dpia(lines: list[Line], _state: RegisterState) -> Iterator[Fault]:
    yield from _each(
        "A-1 a high residual risk needs art36_ref",
        lines,
        lambda row: (row["residual_risk"], row["art36_ref"]) == ("HIGH", ""),
    )


def _agreement(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    known = {"PRACTICES", *state.practices, *state.boards}
    yield from _each(
        "A-2 a controller is not in the register",
        lines,
        lambda row: not list_of(row["controllers"]) <= known,
    )
    yield from _each(
        "A-3 S251 needs s251_ref",
        lines,
        lambda row: (row["confidentiality_basis"], row["s251_ref"]) == ("S251", ""),
    )

    def unassessed(row: dict[str, str]) -> bool:
        versions = state.dpias.get(row["dpia_id"], {})
        newest = versions[max(versions)].state if versions else ""
        return row["state"] == "IN_FORCE" and newest != "APPROVED"

    yield from _each("A-4 IN_FORCE needs an approved assessment", lines, unassessed)


def _signoff(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    def stale(row: dict[str, str]) -> bool:
        if row["subject_type"] != "AGREEMENT":
            return False
        agreement = state.agreements.get((row["subject_id"], row["version"]))
        return agreement is None or agreement.document_sha256 != row["document_sha256"]

    yield from _each("A-5 the sign-off is not on the present document", lines, stale)


def _party(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _each(
        "A-6 the agreement is not in the register",
        lines,
        lambda row: (row["agreement_id"], row["version"]) not in state.agreements,
    )


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


def _consent(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """S2: guards of the consent life cycle that can be read from the row and the register."""
    yield from _practice_known(lines, state)
    yield from _each("C-1 the supplier is not live in scope", lines, lambda r: _not_live(r, state))
    yield from _each("C-2 the practice is closed", lines, lambda r: _is_closed(r, state))
    yield from _each("C-3 a granted consent lacks a field it needs", lines, _lacks_grant)
    yield from _each("C-4 the state lacks a field it needs", lines, _lacks_state)
    yield from _each(
        "C-5 the requester may not record the answer",
        lines,
        lambda row: row["state"] != "REQUESTED" and row["recorded_by"] == row["requested_by"],
    )
    yield from _each(
        "C-6 a delegated signature needs delegation_ref",
        lines,
        lambda row: (
            (row["granted_by_role"], row["delegation_ref"]) == ("PRACTICE_MANAGER_DELEGATED", "")
        ),
    )
    yield from _each("C-7 backdating beyond 30 days needs an approver", lines, _backdated)
    yield from _each("C-8 the agreement is not in the register", lines, lambda r: _no_dsa(r, state))
    yield from _each("C-9 the consent cannot move to this state", lines, lambda r: _stuck(r, state))
    yield from _each(
        "C-13 other terms or a later end need a new consent",
        lines,
        lambda row: _changes_terms(row, state),
    )
    yield from _each("C-14 the days of its states run backwards", lines, _runs_backwards)


def _not_live(row: dict[str, str], state: RegisterState) -> bool:
    day = day_of(row["effective_from"]) or day_of(row["requested_on"])
    return day is None or not state.is_live(row["supplier_code"], day)


def _is_closed(row: dict[str, str], state: RegisterState) -> bool:
    practice, day = state.practices.get(row["practice_code"]), day_of(row["requested_on"])
    return practice is not None and day is not None and practice.is_closed_on(day)


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
    elif state not in ("REQUESTED", "GRANTED"):
        needs += ["state_from", "void_reason"]
    if state == "SUPERSEDED":
        needs.append("superseded_by")
    return not all(row[name] for name in needs)


def _backdated(row: dict[str, str]) -> bool:
    begins, signed = day_of(row["effective_from"]), day_of(row["granted_on"])
    if begins is None or signed is None or row["backdating_approved_by"]:
        return False
    return begins < signed - timedelta(days=BACKDATING_DAYS)


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


def _consent_overlaps(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """Two open consents of one key may not hold on the same day, here or in the register."""
    names = ("practice_code", "extract_id", "supplier_code", "mechanism_id")
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        if line.row["state"] not in ("REFUSED", "LAPSED"):
            groups.setdefault(tuple(line.row[name] for name in names), []).append(line)
    here = {line.row["consent_id"] for line in lines}
    for key, group in groups.items():
        for position, line in enumerate(group):
            for other in group[:position]:
                if _overlap(line.row, other.row, "effective"):
                    yield Fault("C-10 overlaps another consent", (other.number, line.number))
            for known in state.consents.get(key[0], {}).values():
                apart = known.consent_id in here or known.key() != key or not known.moves
                if apart or known.moves[-1].state in ("REFUSED", "LAPSED"):
                    continue
                row = {
                    "effective_from": str(known.effective_from or ""),
                    "effective_to": str(known.effective_to or ""),
                }
                if line.is_changed and _overlap(line.row, row, "effective"):
                    yield Fault("C-10 overlaps a consent of the register", (line.number,))


def _overlap(one: dict[str, str], other: dict[str, str], stem: str) -> bool:
    """Say whether two rows hold on a common day; a missing start holds on none but is open."""
    begins, ends = one[f"{stem}_from"], one[f"{stem}_to"] or "9999"
    other_begins, other_ends = other[f"{stem}_from"], other[f"{stem}_to"] or "9999"
    return begins < other_ends and other_begins < ends


def _evidence_faults(lines: list[Line], folder: Path) -> Iterator[Fault]:
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


_RULES: dict[str, Callable[[list[Line], RegisterState], Iterator[Fault]]] = {
    "branch": _practice_known,
    "practice_relationship": _relationship,
    "practice_succession": _succession,
    "list_size": _practice_known,
    "practice_system": _system,
    "supplier_scope": _supplier_known,
    "supplier_capability": _supplier_known,
    "dpia": _dpia,
    "agreement": _agreement,
    "signoff": _signoff,
    "agreement_party": _party,
    "practice_consent": _consent,
}
