"""What a first extract is measured for, and between which bounds it passes (S14)."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Verdict(StrEnum):
    """What a measure says; the worst of a practice's measures decides."""

    GREEN = "GREEN"
    AMBER = "AMBER"
    HOLD = "HOLD"
    NOT_MEASURED = "NOT_MEASURED"


@dataclass(frozen=True)
class Threshold:
    """Bounds of one measure, both included; an empty bound is open.

    Attributes:
        unit: ``share`` (0 to 1) or ``days``.
        reason_code: why a practice outside the amber bounds is held.
    """

    measure: str
    order: int
    unit: str
    meaning: str
    green: tuple[float | None, float | None]
    amber: tuple[float | None, float | None]
    reason_code: str
    owner_role: str
    next_action: str
    notes: str

    def verdict(self, value: float | None) -> Verdict:
        """Return what a value says; no value decides nothing."""
        if value is None:
            return Verdict.NOT_MEASURED
        if _within(value, self.green):
            return Verdict.GREEN
        return Verdict.AMBER if _within(value, self.amber) else Verdict.HOLD

    def shown(self, value: float | None) -> str:
        """Return a value as people read it."""
        if value is None:
            return "not measured"
        return f"{value:.1%}" if self.unit == "share" else f"{value:,.0f} {self.unit}"

    @property
    def text(self) -> str:
        """Return the bounds as people read them."""
        told = [f"green {self._interval(self.green)}"]
        bounded = self.amber != (None, None)
        told.append(f"amber {self._interval(self.amber)}" if bounded else "never held")
        return ", ".join(told)

    def _interval(self, bounds: tuple[float | None, float | None]) -> str:
        low, high = (None if each is None else self.shown(each) for each in bounds)
        if low and high:
            return f"{low} to {high}"
        return f"from {low}" if low else f"up to {high}"


def _within(value: float, bounds: tuple[float | None, float | None]) -> bool:
    low, high = bounds
    return (low is None or value >= low) and (high is None or value <= high)


def thresholds(seeds: Path) -> dict[str, Threshold]:
    """Return the thresholds of ``reconciliation_measure.csv`` by measure, in their order."""
    with (seeds / "governance/reconciliation_measure.csv").open(
        encoding="utf-8", newline=""
    ) as handle:
        rows = sorted(csv.DictReader(handle), key=lambda row: int(row["measure_order"]))
    return {
        row["measure"]: Threshold(
            row["measure"],
            int(row["measure_order"]),
            row["unit"],
            row["meaning"],
            (_bound(row["green_from"]), _bound(row["green_to"])),
            (_bound(row["amber_from"]), _bound(row["amber_to"])),
            row["reason_code"],
            row["owner_role"],
            row["next_action"],
            row["notes"],
        )
        for row in rows
    }


def _bound(text: str) -> float | None:
    return float(text) if text else None
