"""In which releases a practice was, by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from lds_assets.release.record import ReleaseHead, heads
from lds_assets.resources import Settings


@dataclass(frozen=True)
class Shown:
    """What the release in force on a day says of practices.

    Attributes:
        release_id: empty before the first release.
        since: practice -> day of the first release of the unbroken run that shows it.
        until: practice -> day of the last release that showed it, for those no longer shown.
    """

    release_id: str
    since: dict[str, date]
    until: dict[str, date]

    def has(self, practice: str) -> bool:
        """Say whether the release in force shows the practice."""
        return practice in self.since


def shown(settings: Settings, on: date, known_at: datetime | None = None) -> Shown:
    """Return what releases showed on a London day.

    Args:
        on: releases of later days are not of the answer.
        known_at: releases made after it are not either; None is all.
    """
    known = known_at.astimezone(UTC).replace(tzinfo=None) if known_at else None
    told = [
        each
        for each in heads(settings)
        if each.as_of <= on and (known is None or each.created_at <= known)
    ]
    return _follow(told)


def _follow(told: Sequence[ReleaseHead]) -> Shown:
    """Walk the releases from the oldest on."""
    since: dict[str, date] = {}
    until: dict[str, date] = {}
    for each in told:
        here = set(each.publishers)
        for practice in since.keys() - here:
            del since[practice]
        for practice in here:
            since.setdefault(practice, each.as_of)
            until[practice] = each.as_of
    gone = {practice: day for practice, day in until.items() if practice not in since}
    return Shown(told[-1].release_id if told else "", since, gone)
