"""Rules of governance files beyond the form of a cell: within a file, and against the register.

Rules about a row itself hold for every row. Rules against the register hold for new and changed
rows only: a file stays readable when the world around it moves on.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from lds_assets.gate.agreement_rules import AGREEMENT, MOVES
from lds_assets.gate.agreements import Agreement, dpia_of
from lds_assets.gate.capability_rules import capability_faults
from lds_assets.gate.consent_overlap import overlap_faults
from lds_assets.gate.consent_rules import consent_faults, evidence_faults
from lds_assets.gate.cover import CONSENT_COVER
from lds_assets.gate.cover_rules import cover_faults
from lds_assets.gate.facts import day_of, list_of
from lds_assets.gate.faults import Fault, Line, overlap, where
from lds_assets.gate.formats import FileForm
from lds_assets.gate.officers import OFFICER, officer_faults
from lds_assets.gate.relationships import LISTED
from lds_assets.gate.signature_rules import assessment_faults, party_faults, signature_faults
from lds_assets.gate.state import RegisterState


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
    if form.entity_type == AGREEMENT:
        yield from signature_faults(changed, state, folder)
    if form.entity_type == "dpia":
        yield from assessment_faults(changed, state, folder)
    if form.entity_type == OFFICER:
        yield from officer_faults(lines, state)
    if form.entity_type == "practice_consent":
        yield from overlap_faults(lines, state)
        yield from evidence_faults(changed, folder)


def _practice(lines: list[Line], _state: RegisterState) -> Iterator[Fault]:
    def backwards(row: dict[str, str]) -> bool:
        first, last = day_of(row["operational_from"]), day_of(row["operational_to"])
        return bool(first and last and last < first)

    yield from where("P-6 the last operational day is before the first", lines, backwards)
    for name in LISTED.values():
        yield from where("P-7 a tie ends before it begins", lines, partial(_ends_early, name))


def _ends_early(name: str, row: dict[str, str]) -> bool:
    first, last = day_of(row[f"{name}_from"]), day_of(row[f"{name}_to"])
    return bool(first and last and last < first)


def _practice_known(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from where(
        "P-1 the practice is not in the register",
        lines,
        lambda row: row["practice_code"] not in state.practices,
    )


def _relationship(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _practice_known(lines, state)
    names = ("practice_code", "target_code", "kind", "valid_from")
    for position, line in enumerate(lines):
        for other in lines[:position]:
            same = all(line.row[name] == other.row[name] for name in ("practice_code", "kind"))
            if same and overlap(line.row, other.row, "valid"):
                yield Fault("P-2 two of a kind on one day", (other.number, line.number))
        here = {"|".join(each.row[name] for name in names) for each in lines}
        for key, tie in state.relationships.get(line.row["practice_code"], {}).items():
            days = {"valid_from": str(tie.valid_from or ""), "valid_to": str(tie.valid_to or "")}
            if (
                key not in here
                and tie.kind == line.row["kind"]
                and overlap(line.row, days, "valid")
            ):
                yield Fault("P-2 two of a kind on one day, one of the register", (line.number,))


def _succession(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """S1: acyclic, after the predecessor opened, several successors only when split."""
    edges = {(each.predecessor, each.successor) for each in state.successions.values()}
    edges |= {(line.row["predecessor"], line.row["successor"]) for line in lines}
    yield from where(
        "P-3 the succession runs in a circle",
        lines,
        lambda row: _reaches(edges, row["successor"], row["predecessor"]),
    )
    yield from where(
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

    yield from where("P-5 the succession precedes the predecessor's opening", lines, too_early)


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
    yield from where(
        "V-1 the supplier is not in the register",
        lines,
        lambda row: row["supplier_code"] not in state.suppliers,
    )


def _system(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _practice_known(lines, state)
    yield from _supplier_known(lines, state)


def _capability(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from _supplier_known(lines, state)
    yield from capability_faults(lines, state)


def _dpia(lines: list[Line], _state: RegisterState) -> Iterator[Fault]:
    yield from where(
        "A-1 a high residual risk needs art36_ref",
        lines,
        lambda row: (row["residual_risk"], row["art36_ref"]) == ("HIGH", ""),
    )


def _agreement(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    known = {"PRACTICES", *state.practices, *state.boards}
    yield from where(
        "A-2 a controller is not in the register",
        lines,
        lambda row: not list_of(row["controllers"]) <= known,
    )
    yield from where(
        "A-3 S251 needs s251_ref",
        lines,
        lambda row: (row["confidentiality_basis"], row["s251_ref"]) == ("S251", ""),
    )

    def unassessed(row: dict[str, str]) -> bool:
        dpia = dpia_of(Agreement.from_row(row), state)
        return row["state"] == "IN_FORCE" and (dpia is None or not dpia.is_approved)

    yield from where("A-4 IN_FORCE needs an approved assessment", lines, unassessed)

    def stuck(row: dict[str, str]) -> bool:
        known = state.agreements.get((row["agreement_id"], row["version"]))
        before = known.state if known else ""
        return before != row["state"] and row["state"] not in MOVES[before]

    yield from where("A-8 the agreement cannot move to this state", lines, stuck)


def _signoff(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    def stale(row: dict[str, str]) -> bool:
        document = _document_of(row, state)
        return not document or document != row["document_sha256"]

    yield from where("A-5 the sign-off is not on the present document", lines, stale)
    yield from where(
        "A-9 the data protection officer advises, the others decide",
        lines,
        lambda row: (row["kind"] == "DPO") != (row["decision"] == "ADVICE_GIVEN"),
    )


def _document_of(row: dict[str, str], state: RegisterState) -> str:
    """Return the hash of what a row signs off as the register has it; empty when it has none."""
    if row["subject_type"] == "AGREEMENT":
        agreement = state.agreements.get((row["subject_id"], row["version"]))
        return agreement.document_sha256 if agreement else ""
    versions = state.dpias.get(row["subject_id"], {})
    dpia = versions.get(int(row["version"])) if row["version"].isdecimal() else None
    return dpia.document_sha256 if dpia else ""


def _party(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    yield from where(
        "A-6 the agreement is not in the register",
        lines,
        lambda row: (row["agreement_id"], row["version"]) not in state.agreements,
    )
    yield from party_faults(lines, state)


_RULES: dict[str, Callable[[list[Line], RegisterState], Iterator[Fault]]] = {
    "practice": _practice,
    "branch": _practice_known,
    "practice_relationship": _relationship,
    "practice_succession": _succession,
    "list_size": _practice_known,
    "practice_system": _system,
    "supplier_scope": _supplier_known,
    "supplier_capability": _capability,
    "dpia": _dpia,
    "agreement": _agreement,
    "signoff": _signoff,
    "agreement_party": _party,
    "practice_consent": consent_faults,
    CONSENT_COVER: cover_faults,
}
