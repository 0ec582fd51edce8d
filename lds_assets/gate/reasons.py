"""The reason codes of the gate, in their fixed order, from ``seeds/governance/gate_reason.csv``."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Reason:
    """One reason the gate may give, with who acts next and how."""

    code: str
    order: int
    stage: str
    meaning: str
    owner_role: str
    next_action: str
    notes: str


@dataclass(frozen=True)
class ReasonBook:
    """All reasons by code."""

    reasons: dict[str, Reason]

    @classmethod
    def read(cls, seeds: Path) -> "ReasonBook":
        """Read the book from a seeds folder."""
        with (seeds / "governance" / "gate_reason.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        return cls(
            {
                row["reason_code"]: Reason(
                    row["reason_code"],
                    int(row["reason_order"]),
                    row["stage"],
                    row["meaning"],
                    row["owner_role"],
                    row["next_action"],
                    row["notes"],
                )
                for row in rows
            }
        )

    def in_order(self, codes: Iterable[str], stage: str) -> tuple[str, ...]:
        """Return the codes that count at a stage, each once, in the order of the book.

        Raises:
            KeyError: a code that is not in the book; the policy may only give known reasons.
        """
        found = {self.reasons[code] for code in codes}
        counted = [each for each in found if each.stage in ("BOTH", stage)]
        return tuple(each.code for each in sorted(counted, key=lambda each: each.order))
