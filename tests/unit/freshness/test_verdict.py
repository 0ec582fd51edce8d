"""The verdict on a feed, at every limit: the moment before, at, and after it."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.freshness.verdict import Expectation, Seen, Verdict, due_at, judge

#: Extracts come every day, a day of grace; a long weekend without rows is usual.
DAILY = Expectation("E83003", "emis", "record", date(2026, 1, 1), 1, 24, 5)
EXTRACT = datetime(2026, 11, 20, 0, 5)
#: One day after the extract, and 24 hours of grace.
DUE = datetime(2026, 11, 22, 0, 5)
GOOD = Seen(EXTRACT, EXTRACT, date(2026, 11, 19))
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def verdict(expected: Expectation, seen: Seen, now: datetime) -> Verdict:
    return judge(expected, seen, now).verdict


# -- when it comes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (EXTRACT, Verdict.ON_TIME),
        (DUE - MINUTE, Verdict.ON_TIME),
        (DUE, Verdict.ON_TIME),
        (DUE + MINUTE, Verdict.LATE),
        # the extract after that is due a day later
        (DUE + DAY, Verdict.LATE),
        (DUE + DAY + MINUTE, Verdict.MISSING),
        (DUE + 90 * DAY, Verdict.MISSING),
    ],
)
def test_an_extract_is_on_time_then_late_then_missing(now: datetime, told: Verdict) -> None:
    assert verdict(DAILY, GOOD, now) is told
    assert judge(DAILY, GOOD, now).due_at == DUE


@pytest.mark.parametrize(
    ("days", "told"), [(7, Verdict.ON_TIME), (8, Verdict.LATE), (15, Verdict.MISSING)]
)
def test_a_weekly_feed_has_a_week(days: int, told: Verdict) -> None:
    weekly = replace(DAILY, cadence_days=7, grace_hours=0)
    assert verdict(weekly, GOOD, EXTRACT + days * DAY) is told


@pytest.mark.parametrize(
    ("extract", "hours"),
    [
        # 25 October 2026 has 25 hours in London, 29 March 2026 has 23
        (datetime(2026, 10, 24, 23, 30), 25 + 24),
        (datetime(2026, 10, 23, 23, 30), 24 + 24),
        (datetime(2026, 3, 29, 0, 30), 23 + 24),
        (datetime(2026, 3, 28, 0, 30), 24 + 24),
    ],
)
def test_a_day_is_a_london_day_whatever_the_clock_does(extract: datetime, hours: int) -> None:
    assert due_at(extract, DAILY) == extract + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("now", "told"),
    [
        # expected from 1 January: an extract of that day is due a day later, late after 24 hours
        (datetime(2026, 1, 3, 0, 0), Verdict.NOT_EXPECTED),
        (datetime(2026, 1, 3, 0, 1), Verdict.NEVER_SENT),
    ],
)
def test_a_practice_that_never_sent_is_not_expected_at_once(now: datetime, told: Verdict) -> None:
    assert verdict(DAILY, Seen(), now) is told


# -- what it holds -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (16, Verdict.ON_TIME),
        (15, Verdict.ON_TIME),
        (14, Verdict.EMPTY_BUT_ON_TIME),
        (13, Verdict.EMPTY_BUT_ON_TIME),
    ],
)
def test_extracts_without_rows_are_no_good_news(day: int, told: Verdict) -> None:
    seen = replace(GOOD, rows_at=datetime(2026, 11, day, 0, 5))
    assert verdict(DAILY, seen, EXTRACT) is told


@pytest.mark.parametrize(
    ("day", "told"), [(16, Verdict.ON_TIME), (15, Verdict.ON_TIME), (14, Verdict.FROZEN)]
)
def test_rows_without_newer_events_are_frozen(day: int, told: Verdict) -> None:
    assert verdict(DAILY, replace(GOOD, newest_event=date(2026, 11, day)), EXTRACT) is told


def test_rows_of_tables_without_dates_are_never_frozen() -> None:
    assert verdict(DAILY, replace(GOOD, newest_event=None), EXTRACT) is Verdict.ON_TIME


def test_a_practice_shown_as_not_sharing_is_never_green() -> None:
    assert verdict(DAILY, replace(GOOD, is_sharing=False), EXTRACT) is Verdict.EMPTY_BUT_ON_TIME


def test_extracts_that_never_held_a_row_of_the_group_never_sent_it() -> None:
    assert verdict(DAILY, Seen(EXTRACT), EXTRACT) is Verdict.NEVER_SENT


def test_lateness_is_told_before_emptiness() -> None:
    assert verdict(DAILY, Seen(EXTRACT, is_sharing=False), DUE + MINUTE) is Verdict.LATE


# -- pauses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2026, 11, 30, 23, 59), Verdict.PAUSED),
        (datetime(2026, 12, 1, 0, 0), Verdict.MISSING),
    ],
)
def test_a_pause_ends_on_its_day(now: datetime, told: Verdict) -> None:
    assert verdict(replace(DAILY, paused_until=date(2026, 12, 1)), GOOD, now) is told


def test_a_pause_ends_at_midnight_in_london() -> None:
    paused = replace(DAILY, paused_until=date(2026, 7, 1))
    # 23:00 UTC is midnight in summer
    assert verdict(paused, GOOD, datetime(2026, 6, 30, 22, 59)) is Verdict.PAUSED
    assert verdict(paused, GOOD, datetime(2026, 6, 30, 23, 0)) is not Verdict.PAUSED


# -- laws ----------------------------------------------------------------------------------------

_INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))
_RANK = {Verdict.ON_TIME: 0, Verdict.LATE: 1, Verdict.MISSING: 2}


@given(extract=_INSTANTS, one=_INSTANTS, other=_INSTANTS)
def test_waiting_never_makes_a_feed_fresher(
    extract: datetime, one: datetime, other: datetime
) -> None:
    seen = Seen(extract, extract, extract.date())
    told = [verdict(DAILY, seen, now) for now in sorted((one, other))]
    assert _RANK[told[0]] <= _RANK[told[1]]
