"""Reads generated EMIS deliveries for the tests; nothing here knows how they were made."""

import csv
import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lds_assets.synthetic.generate import GenerationReport, generate

END_DATE = date(2026, 11, 20)
BULK, FIRST_DELTA, SECOND_DELTA = "20261118", "20261119", "20261120"

Row = dict[str, str]


@dataclass(frozen=True)
class Landing:
    """A generated landing folder and what the generator says of it."""

    folder: Path
    report: GenerationReport

    def files(self, table: str, day: str) -> list[Path]:
        """Return the files of an EMIS table of a day, one a group."""
        return sorted(self.folder.glob(f"emis/*/{day}/*_{table}_{day}*.csv"))

    def rows(self, table: str, day: str) -> list[Row]:
        """Return the rows of an EMIS table of a day over all groups."""
        found: list[Row] = []
        for path in self.files(table, day):
            with path.open(encoding="utf-8", newline="") as file:
                found.extend(csv.DictReader(file))
        return found

    def org_ids(self, *cases: str) -> set[str]:
        """Return the EMIS organisations of practices of some governance cases."""
        return {
            practice.supplier_org_id
            for practice in self.report.practices
            if practice.supplier_code == "emis" and practice.case in cases
        }


def make(out: Path, *scenarios: str, size: str = "tiny", seed: int = 42, days: int = 2) -> Landing:
    """Generate a run that ends on ``END_DATE``."""
    folder = out / "landing"
    return Landing(folder, generate(size, seed, days, folder, scenarios, END_DATE))


def digest(folder: Path) -> str:
    """Return one sha-256 over the names and bytes of every file below a folder."""
    seen = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            seen.update(path.relative_to(folder).as_posix().encode())
            seen.update(path.read_bytes())
    return seen.hexdigest()


def key(row: Row, column: str) -> tuple[str, str]:
    """Return a record's key: its GUID and its organisation's."""
    return row[column], row["OrganisationGuid"]
