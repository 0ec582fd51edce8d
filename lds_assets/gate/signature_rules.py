"""Whose signatures agreements and assessments rest on, and on whose word they are recorded (S3).

An agreement that a reviewed file puts in force is signed by every organisation it names, an
approved assessment signed off as its text stands; who signs for an organisation is an officer of
it, or the signed document is named (ADR 30).
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from lds_assets.gate.agreements import Agreement, Dpia, Signoff, missing_of_assessment
from lds_assets.gate.facts import covers
from lds_assets.gate.faults import Fault, Line, where
from lds_assets.gate.formats import is_day
from lds_assets.gate.names import spelling_key
from lds_assets.gate.state import RegisterState

_PARTIES, _SIGNOFFS = "agreement_party.csv", "signoff.csv"


def signature_faults(lines: list[Line], state: RegisterState, folder: Path) -> Iterator[Fault]:
    """Check agreements in force: each named party signed, by the register or the file beside.

    Signatures are read after agreements, for they name them. A file of signatures that is then
    refused itself leaves the agreement unsigned in the register, and the gate shut.
    """
    signed = set(state.parties) | _beside(folder / _PARTIES)
    yield from where(
        "A-10 IN_FORCE needs the signature of every party it names",
        lines,
        lambda row: (
            row["state"] == "IN_FORCE"
            and any(
                (row["agreement_id"], row["version"], party) not in signed
                for party in Agreement.from_row(row).parties
            )
        ),
    )


def assessment_faults(lines: list[Line], state: RegisterState, folder: Path) -> Iterator[Fault]:
    """Check approved assessments: of a named text, signed off in the register or the file beside.

    Whether the days of the sign-offs have come is the gate's question.
    """
    beside = list(_rows(folder / _SIGNOFFS))

    def unsigned(row: dict[str, str]) -> bool:
        dpia = Dpia.from_row(row)
        if not dpia.claims_approval:
            return False
        given = list(state.signoffs.get(("DPIA", *dpia.key), []))
        for other in beside:
            subject = tuple(other.get(name) for name in ("subject_type", "subject_id", "version"))
            if subject == ("DPIA", *dpia.key) and is_day(other.get("signed_on", "")):
                given.append(Signoff.from_row(dict.fromkeys(_SIGNOFF_CELLS, "") | other))
        return not dpia.document_sha256 or bool(missing_of_assessment(dpia, given, date.max))

    yield from where(
        "A-11 an approved assessment needs the hash of its text, the advice of the data protection "
        "officer on it and a decision",
        lines,
        unsigned,
    )


_SIGNOFF_CELLS = ("kind", "decision", "signed_on", "document_sha256", "signed_by")


def party_faults(lines: list[Line], state: RegisterState) -> Iterator[Fault]:
    """Check who signs for an organisation: its officer of the day, or a document that is named."""
    yield from where(
        "A-12 who signs is no officer of the organisation on that day, and no signed document is "
        "named (accession_ref)",
        lines,
        lambda row: not row["accession_ref"].strip() and not _is_its_officer(row, state),
    )


def _is_its_officer(row: dict[str, str], state: RegisterState) -> bool:
    day = date.fromisoformat(row["signed_on"])
    return any(
        each.organisation == row["org_code"]
        and spelling_key(each.person) == spelling_key(row["signed_by"])
        and covers(each.valid_from, each.valid_to, day)
        for each in state.officers.values()
    )


def _beside(path: Path) -> set[tuple[str, str, str]]:
    """Return who signed what by the file of signatures; one that cannot be read tells nobody."""
    return {
        (row.get("agreement_id", ""), row.get("version", ""), row.get("org_code", ""))
        for row in _rows(path)
        if row.get("signed_by", "").strip() and is_day(row.get("signed_on", ""))
    }


def _rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a file beside; one that cannot be read has none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return
    for row in csv.DictReader(text.splitlines()):
        yield {str(name): cell or "" for name, cell in row.items() if not isinstance(cell, list)}
