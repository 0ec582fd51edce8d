"""What is the matter with what waits, who looks after it, and what that person does.

The words are `seeds/operations/waiting_reason.csv`: reasons of deliveries, of practices, of rows.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

from lds_assets.landing.states import Fate, State
from lds_assets.resources import REPOSITORY

REASONS_CSV = REPOSITORY / "seeds/operations/waiting_reason.csv"


@dataclass(frozen=True)
class Advice:
    """One reason; ``owner_role`` and ``next_action`` are empty where nobody has to act."""

    reason_code: str
    subject: str
    meaning: str
    owner_role: str
    next_action: str
    notes: str


def _read() -> Mapping[str, Advice]:
    with REASONS_CSV.open(encoding="utf-8", newline="") as handle:
        return {row["reason_code"]: Advice(**row) for row in csv.DictReader(handle)}


#: Reason -> what it means, who acts and how.
ADVICE = _read()

#: Reason of a delivery -> what somebody should do.
TO_DO: dict[str, str] = {
    code: each.next_action
    for code, each in ADVICE.items()
    if each.subject == "delivery" and each.next_action
}


def fate(state: State, reason: str = "", detail: str = "") -> Fate:
    """Return a state with its reason and what to do about it."""
    return Fate(state, reason, detail, TO_DO.get(reason, ""))
