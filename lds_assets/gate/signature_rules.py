"""An agreement that a reviewed file puts in force is signed by every organisation it names (S3)."""

import csv
from collections.abc import Iterator
from pathlib import Path

from lds_assets.gate.agreements import Agreement
from lds_assets.gate.faults import Fault, Line, where
from lds_assets.gate.formats import is_day
from lds_assets.gate.state import RegisterState

_PARTIES = "agreement_party.csv"


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


def _beside(path: Path) -> set[tuple[str, str, str]]:
    """Return who signed what by the file of signatures; one that cannot be read tells nobody."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return set()
    return {
        (row.get("agreement_id") or "", row.get("version") or "", row.get("org_code") or "")
        for row in csv.DictReader(text.splitlines())
        if (row.get("signed_by") or "").strip() and is_day(row.get("signed_on") or "")
    }
