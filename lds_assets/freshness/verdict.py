"""What was expected of a feed, what was seen of it, and the verdict. Pure.

Rule source: governance specification S13. Days are London days; instants are UTC without a zone.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from lds_assets.gate.events import day_start, london_day
from lds_assets.resources import LONDON


class Verdict(StrEnum):
    """How fresh one table group of one practice is, best first."""

    NOT_EXPECTED = "NOT_EXPECTED"  #: no consent is in force, or its first extract is not due yet
    PAUSED = "PAUSED"  #: nobody waits for it until a day that was named
    ON_TIME = "ON_TIME"
    FROZEN = "FROZEN"  #: rows arrive in time, the newest event does not move
    EMPTY_BUT_ON_TIME = "EMPTY_BUT_ON_TIME"  #: extracts arrive in time without rows of it
    LATE = "LATE"  #: one extract is overdue
    MISSING = "MISSING"  #: two extracts or more are overdue
    NEVER_SENT = "NEVER_SENT"  #: no row of it has ever come


#: Nobody waits for these; they count neither as on time nor as late.
NOT_WAITED_FOR = frozenset({Verdict.NOT_EXPECTED, Verdict.PAUSED})


@dataclass(frozen=True)
class Expectation:
    """What the register expects of one table group of one practice.

    Attributes:
        expected_from: first day of the consent in force.
        cadence_days: an extract is due so many calendar days after the one before.
        grace_hours: hours after that in which it is not late yet.
        max_quiet_days: days without a row, or without a newer event, that are usual.
        paused_until: first day it is waited for again; None when it is not paused.
    """

    practice_code: str
    supplier: str
    table_group: str
    expected_from: date
    cadence_days: int
    grace_hours: int
    max_quiet_days: int
    paused_until: date | None = None


@dataclass(frozen=True)
class Seen:
    """What is known of one table group of one practice.

    Attributes:
        extracted_at: newest extract that holds the practice, proven and not held for it.
        rows_at: newest extract that had rows of the group for the practice.
        newest_event: newest date of an event among them.
        is_sharing: whether the supplier shows the practice as sharing.
    """

    extracted_at: datetime | None = None
    rows_at: datetime | None = None
    newest_event: date | None = None
    is_sharing: bool = True


@dataclass(frozen=True)
class Judgement:
    """A verdict, in words, and until when the next extract is not late."""

    verdict: Verdict
    text: str
    due_at: datetime | None = None


def judge(expected: Expectation, seen: Seen, now: datetime) -> Judgement:
    """Say how fresh one table group of one practice is.

    Args:
        expected: what the register expects.
        seen: what is known.
        now: instant of the question, UTC without a zone.
    """
    if expected.paused_until is not None and london_day(_utc(now)) < expected.paused_until:
        return Judgement(Verdict.PAUSED, f"paused until {expected.paused_until}")
    if seen.extracted_at is None:
        return _never(expected, now)
    due = due_at(seen.extracted_at, expected)
    if now > due:
        return _overdue(expected, seen.extracted_at, due, now)
    return Judgement(*_content(expected, seen, seen.extracted_at), due)


def due_at(extracted_at: datetime, expected: Expectation) -> datetime:
    """Return until when the extract after one is not late.

    Cadence is counted in London days, whatever the clock does in them; grace in hours that pass.
    """
    local = _utc(extracted_at).astimezone(LONDON)
    following = local.replace(tzinfo=None) + timedelta(days=expected.cadence_days)
    due = following.replace(tzinfo=LONDON).astimezone(UTC)
    return (due + timedelta(hours=expected.grace_hours)).replace(tzinfo=None)


def _never(expected: Expectation, now: datetime) -> Judgement:
    begins = day_start(expected.expected_from).replace(tzinfo=None)
    due = due_at(begins, expected)
    if now <= due:
        return Judgement(Verdict.NOT_EXPECTED, "the first extract is not due yet", due)
    text = f"expected since {expected.expected_from}, nothing of the practice was ever loaded"
    return Judgement(Verdict.NEVER_SENT, text, due)


def _overdue(
    expected: Expectation, extracted_at: datetime, due: datetime, now: datetime
) -> Judgement:
    second = due_at(extracted_at, _twice(expected))
    verdict = Verdict.MISSING if now > second else Verdict.LATE
    days = (london_day(_utc(now)) - london_day(_utc(extracted_at))).days
    return Judgement(verdict, f"newest extract {days} days ago", due)


def _twice(expected: Expectation) -> Expectation:
    """Return the expectation of the extract after the next one."""
    return replace(expected, cadence_days=2 * expected.cadence_days)


def _content(expected: Expectation, seen: Seen, extracted_at: datetime) -> tuple[Verdict, str]:
    """Judge what an extract that came in time holds."""
    day = london_day(_utc(extracted_at))
    if not seen.is_sharing:
        return Verdict.EMPTY_BUT_ON_TIME, "the supplier shows the practice as not sharing"
    if seen.rows_at is None:
        return Verdict.NEVER_SENT, "extracts come, no row of this group ever came"
    quiet = (day - london_day(_utc(seen.rows_at))).days
    if quiet > expected.max_quiet_days:
        return Verdict.EMPTY_BUT_ON_TIME, f"no row for {quiet} days"
    if seen.newest_event is not None and (day - seen.newest_event).days > expected.max_quiet_days:
        frozen = (day - seen.newest_event).days
        return Verdict.FROZEN, f"the newest event is {frozen} days older than the extract"
    return Verdict.ON_TIME, ""


def _utc(instant: datetime) -> datetime:
    return instant.replace(tzinfo=UTC)
