"""Scenarios of governance: what the register or the practice's set-up brings about."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lds_assets.synthetic.faults.scenario import Scenario
from lds_assets.synthetic.form import PracticePlan

if TYPE_CHECKING:
    from lds_assets.synthetic.generate import GenerationReport


def _implied_opt_out(practices: tuple[PracticePlan, ...]) -> tuple[PracticePlan, ...]:
    """Give the first practice under 1 % of its published list."""
    first, *others = practices
    return (replace(first, patients=max(4, first.list_size // 200)), *others)


def _published_list(folder: Path, report: "GenerationReport") -> None:
    """Leave the first practice the list that is published of it, not the generator's."""
    path, first = folder / "list_size.csv", report.practices[0].code
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{first},")]
    path.write_text("".join(kept), encoding="utf-8")


def _consent_withdrawn(folder: Path, report: "GenerationReport") -> None:
    """Let the first practice withdraw from the day of the newest delivery."""
    first = report.practices[0].code
    withdrawn = {
        "state": "WITHDRAWN",
        "effective_to": report.end_date.isoformat(),
        "notice_ref": f"DEMO:NOTICE-{first}",
        "retention_instruction": "STOP_ONLY",
    }
    _edit(folder / "practice_consent.csv", first, withdrawn)


def _edit(path: Path, practice: str, cells: Mapping[str, str]) -> None:
    """Change cells of a practice's rows in a governance file."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or []), list(reader)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {**row, **cells} if row["practice_code"] == practice else row for row in rows
        )


def _consent_without_start(folder: Path, report: "GenerationReport") -> None:
    """Leave out the day from which the first practice's consent holds."""
    first = report.practices[0].code
    _edit(folder / "practice_consent.csv", first, {"effective_from": ""})


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "implied_opt_out",
        "the first EMIS practice delivers under 1 % of its published list",
        plan=_implied_opt_out,
        register=_published_list,
    ),
    Scenario(
        "consent_withdrawn",
        "the first EMIS practice withdraws its consent on the day of the newest delivery",
        register=_consent_withdrawn,
    ),
    Scenario(
        "consent_without_start",
        "the first EMIS practice's consent loses its first day, so that its file is refused",
        register=_consent_without_start,
    ),
)
