"""One word for where a practice stands, and the link of the chain it comes from (S20). Pure.

PRESENT  the release shows it and nothing is amiss
PARTIAL  the release shows it and something is amiss: late, held, refused since
HELD     its data are here and wait for somebody before a release may show them
ABSENT   its data were or are expected, and none are shown
NEVER    nothing was ever agreed under which its data could be here
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from lds_assets.gate.why import Link


class Verdict(StrEnum):
    """Where a practice stands on a day."""

    PRESENT = "PRESENT"
    PARTIAL = "PARTIAL"
    HELD = "HELD"
    ABSENT = "ABSENT"
    NEVER = "NEVER"


@dataclass(frozen=True)
class Standing:
    """What the verdict follows from, beside the chain.

    Attributes:
        is_shown: the release in force has the practice.
        is_agreed: a consent of the practice was in force on the day or before.
        is_loaded: rows of it were loaded.
        outcome: the LAND gate's on the day: ``allow``, ``hold`` or ``deny``.
    """

    is_shown: bool
    is_agreed: bool
    is_loaded: bool
    outcome: str


def judge(standing: Standing, links: Sequence[Link]) -> tuple[Verdict, Link | None]:
    """Return the verdict and the first link that does not hold, None when all hold."""
    amiss = next((link for link in links if not link.holds), None)
    if standing.is_shown:
        return (Verdict.PRESENT if amiss is None else Verdict.PARTIAL), amiss
    if not standing.is_agreed:
        return Verdict.NEVER, amiss
    is_here = standing.is_loaded or any(link.is_waiting for link in links)
    if standing.outcome == "hold" or (standing.outcome == "allow" and is_here):
        return Verdict.HELD, amiss
    return Verdict.ABSENT, amiss
