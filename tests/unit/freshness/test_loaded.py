"""What a load notes of each practice, and a feed that declares no table groups."""

from datetime import date, datetime

import pytest

from lds_assets.freshness.answer import Freshness, verdicts
from lds_assets.freshness.verdict import Verdict
from tests.unit.replay.world import ONE, TWO, Road, entry, loaded


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    made = loaded(tmp_path_factory.mktemp("loaded"))
    # of ONE alone; an event of the future is none yet
    late = [entry("E5", "5"), entry("E6", "6")]
    late[0][4], late[1][4] = "2025-06-12", "2025-06-14"
    made.send(13, {"Person": [], "Entry": late})
    made.load()
    return made


def of(road: Road, practice: str, day: date) -> Freshness:
    (row,) = [e for e in verdicts(road.platform, day) if e.practice_code == practice]
    return row


def test_a_load_notes_rows_and_newest_events_of_each_practice(road: Road) -> None:
    one, two = of(road, ONE, date(2025, 6, 14)), of(road, TWO, date(2025, 6, 14))
    assert {one.verdict, two.verdict} == {Verdict.ON_TIME}
    assert one.table_group == "all"
    # five past midnight in London is 23:05 UTC of the day before
    assert (one.extracted_at, two.extracted_at) == (datetime(2025, 6, 12, 23, 5),) * 2
    assert one.rows_at == datetime(2025, 6, 12, 23, 5)
    # TWO has no row of the 12th and the 13th
    assert two.rows_at == datetime(2025, 6, 10, 23, 5)
    assert (one.newest_event, two.newest_event) == (date(2025, 6, 12), date(2025, 6, 9))


def test_a_feed_without_table_groups_is_watched_as_a_whole(road: Road) -> None:
    # extracted on the 13th, due on the 14th, late a day after that
    assert of(road, ONE, date(2025, 6, 15)).verdict is Verdict.LATE
    assert of(road, ONE, date(2025, 6, 16)).verdict is Verdict.MISSING
