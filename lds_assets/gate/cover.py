"""What a consent covers beyond its own feed: records that came another way (S15, S16).

A consent names one supplier's extract of one practice. Records that an earlier supplier sent, or
that a practice now merged away sent, are in a release only while a consent in force says that it
covers them. Rule source: docs/adr/0011.
"""

from dataclasses import dataclass
from datetime import date

from lds_assets.gate.facts import Row, covers, day_of

CONSENT_COVER = "consent_cover"
EARLIER_SUPPLIER = "EARLIER_SUPPLIER"
PREDECESSOR = "PREDECESSOR"


@dataclass(frozen=True)
class Cover:
    """One statement that a consent covers records which came another way.

    Attributes:
        kind: ``EARLIER_SUPPLIER`` or ``PREDECESSOR``.
        code: that supplier's code, or that practice's.
    """

    consent_id: str
    kind: str
    code: str
    valid_from: date | None
    valid_to: date | None

    @classmethod
    def from_row(cls, row: Row) -> "Cover":
        """Read a row of ``consent_cover.csv``."""
        return cls(
            row["consent_id"],
            row["kind"],
            row["code"],
            day_of(row["valid_from"]),
            day_of(row["valid_to"]),
        )

    def holds_on(self, day: date) -> bool:
        """Say whether the statement is in force on a London day."""
        return covers(self.valid_from, self.valid_to, day)
