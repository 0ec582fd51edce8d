"""Practices whose gate shut leave the release at once, whatever else stands in a release's way.

A release that a balance holds leaves the former one in force; were the withdrawn practice still in
it, one supplier's fault would keep another practice's data in front of readers. What is left is a
part of what was checked for the former release, so nothing has to be checked again.
"""

from dataclasses import replace
from datetime import UTC, datetime

from lds_assets.errors import Refused
from lds_assets.lake.session import session
from lds_assets.platform import Platform
from lds_assets.release.persons import with_persons
from lds_assets.release.reach import Source, reach
from lds_assets.release.record import Release, name_of, write

_Who = tuple[tuple[str, ...], frozenset[Source]]


def refuse_shut(platform: Platform, release: Release) -> None:
    """Refuse to read a release that shows whom the gate no longer shows.

    Raises:
        Refused: it does; the next run makes a release without them.
    """
    publishers, left_out = _still_shown(platform, release)
    shut = sorted(
        {*release.publishers} - {*publishers} | {e[0] for e in left_out - release.left_out}
    )
    if shut:
        raise Refused(
            f"the gate of {', '.join(shut)} shut since the release was made",
            where=release.release_id,
            done="nothing was read from it",
            to_do="lds run: the next release is without it; `lds why` tells the reason",
            code="RELEASE_SHUT",
        )


def take_out(platform: Platform, former: Release, run_id: str) -> Release | None:
    """Write a release like the former one without what may no longer be shown.

    Args:
        former: the release in force.

    Returns:
        The release now in force; None when all of the former one may still be shown.
    """
    publishers, left_out = _still_shown(platform, former)
    if (publishers, left_out) == (former.publishers, former.left_out):
        return None
    reduced = replace(
        former,
        number=former.number + 1,
        created_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        run_id=run_id,
        as_of=platform.settings.business_date(),
        register_version=platform.register.version(),
        publishers=publishers,
        left_out=left_out,
    )
    with session(platform.settings) as connection:
        reduced = with_persons(platform.settings, connection, former, reduced)
        reduced = replace(reduced, release_id=name_of(reduced.number, reduced.content))
        write(platform.settings, connection, reduced)
    return reduced


def _still_shown(platform: Platform, release: Release) -> _Who:
    """Return the practices of a release that may be shown today, and their sources left out."""
    found = reach(platform)
    publishers = tuple(each for each in release.publishers if each in found.publishers)
    left_out = {each for each in release.left_out | found.left_out if each[0] in publishers}
    return publishers, frozenset(left_out)
