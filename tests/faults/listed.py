"""What is expected of each scenario of ``lds synth``, from ``tests/fault_scenarios.csv``.

Cells are lists with ``; `` between their parts; an empty cell expects nothing.

==========  ==============================================================================
faults      the faults of ``tests/faults.csv`` that it is a case of
ledger      states and reasons of its supplier's deliveries but ``PUBLISHED``, in order
practice    outcomes of the first practice but ``LOADED``, delivery by delivery
quarantine  rows set aside beside the clean run's: table, practice, reason, column, rows
withheld    why the first practice is left out of the release
asks        what ``lds status`` asks somebody to look at
why         verdict and reason of ``lds why`` on the first practice; without a reason any goes
rest        run without the fault that all other practices equal: ``clean``, or ``before 2``:
            that to which the newest delivery never came; ``lines``: rows stand in other lines;
            ``elsewhere``: asked in a world or by tests of its own, which are named
spoilt      practices that the fault befell, not compared: ``first``, or ``both`` of its group
tests       tests of what it means
==========  ==============================================================================
"""

import csv
from collections import Counter
from dataclasses import dataclass

from lds_assets.resources import REPOSITORY

_TESTS = REPOSITORY / "tests"


@dataclass(frozen=True)
class Fault:
    """One fault that a specification names."""

    fault: str
    source: str
    what: str


@dataclass(frozen=True)
class Expected:
    """One scenario and what it must show; see the module."""

    scenario: str
    faults: tuple[str, ...]
    ledger: tuple[str, ...]
    practice: tuple[str, ...]
    quarantine: tuple[str, ...]
    withheld: str
    asks: tuple[str, ...]
    why: str
    rest: str
    spoilt: str
    tests: tuple[str, ...]

    @property
    def is_here(self) -> bool:
        """Say whether its run is one of those shared by all."""
        return self.rest != "elsewhere"

    def aside(self, first: str) -> Counter[str]:
        """Return rows set aside, told as in the cell, of a run whose first practice is known."""
        found: Counter[str] = Counter()
        for told in self.quarantine:
            what, _, rows = told.replace(" first ", f" {first} ").rpartition(" ")
            found[what] += int(rows)
        return found


def told_aside(table: str, practice: str, reason: str, column: str | None) -> str:
    """Return one kind of row set aside as a cell tells it, without its count."""
    return " ".join(part for part in (table, practice, reason, column or "") if part)


def faults() -> list[Fault]:
    """Return every fault that must be covered."""
    with (_TESTS / "faults.csv").open(encoding="utf-8", newline="") as file:
        return [Fault(**row) for row in csv.DictReader(file)]


def expectations() -> list[Expected]:
    """Return what is expected of every scenario."""
    with (_TESTS / "fault_scenarios.csv").open(encoding="utf-8", newline="") as file:
        return [
            Expected(
                row["scenario"],
                tuple(row["faults"].split()),
                _parts(row["ledger"]),
                _parts(row["practice"]),
                _parts(row["quarantine"]),
                row["withheld"],
                _parts(row["asks"]),
                row["why"],
                row["rest"],
                row["spoilt"],
                tuple(row["tests"].split()),
            )
            for row in csv.DictReader(file)
        ]


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("; ") if part)
