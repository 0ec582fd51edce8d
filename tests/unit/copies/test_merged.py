"""A practice merged into another: who is under both codes is one person, registered twice."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lds_assets.lake.session import session
from lds_assets.release.reach import Pair
from lds_assets.resources import Settings
from tests.unit.copies.lake import ANN, BEN, MOVED, ONE, TWO, Lake, Shown, show

PAIR = Pair((TWO, "EMIS"), (ONE, "EMIS"), MOVED)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Ann was at TWO and is at ONE from three weeks before the merger on."""
    made = Lake(Settings(home=tmp_path, threads=1))
    made.concepts()
    made.patient("ann-two", "EMIS", ANN, date(1960, 5, 10), TWO)
    made.patient("ann-one", "EMIS", ANN, date(1960, 5, 10), ONE)
    made.registration("ann-r2", "ann-two", "EMIS", date(2001, 1, 1), practice=TWO)
    made.registration("ann-r1", "ann-one", "EMIS", date(2026, 5, 11))
    return made


@pytest.fixture
def connection(lake: Lake) -> Iterator[object]:
    with session(lake.settings) as opened:
        yield opened


def _shown(lake: Lake, connection: object) -> Shown:
    return show(lake, connection, (PAIR,))  # type: ignore[arg-type]  # a connection


def test_one_person_and_two_registrations_with_their_dates(lake: Lake, connection: object) -> None:
    found = _shown(lake, connection)
    assert found.rows("select count(*), count(distinct person_id) from release.patient") == [(2, 1)]
    assert found.rows(
        "select publisher_organisation_code, episode_of_care_start_date from "
        "release.episode_of_care order by all"
    ) == [(ONE, date(2026, 5, 11)), (TWO, date(2001, 1, 1))]


@pytest.mark.parametrize(
    ("start", "persons"),
    [(date(2026, 4, 2), 1), (date(2026, 4, 1), 2), (date(2026, 7, 31), 1), (date(2026, 8, 1), 2)],
)
def test_without_a_number_sixty_days_around_the_merger_decide(
    lake: Lake, connection: object, start: date, persons: int
) -> None:
    lake.patient("ben-two", "EMIS", BEN, date(1970, 1, 1), TWO, "E1 6AN")
    lake.patient("ben-one", "EMIS", None, date(1970, 1, 1), ONE, "E1 6AN")
    lake.registration("ben-r2", "ben-two", "EMIS", date(2001, 1, 1), practice=TWO)
    lake.registration("ben-r1", "ben-one", "EMIS", start)
    found = _shown(lake, connection)
    assert found.rows(
        "select count(distinct person_id) from release.patient where id like 'ben-%'"
    ) == [(persons,)]
    # whose patients stay where they are
    assert found.rows("select count(*) from release.patient") == [(4,)]


def test_history_that_the_successor_took_over_is_counted_once(
    lake: Lake, connection: object
) -> None:
    lake.fever("taken-two", "ann-two", "EMIS", date(2020, 1, 1), practice=TWO)
    lake.fever("taken-one", "ann-one", "EMIS", date(2020, 1, 1))
    lake.fever("left-two", "ann-two", "EMIS", date(2021, 1, 1), practice=TWO)
    found = _shown(lake, connection)
    assert found.rows("select id, patient_id from release.observation order by id") == [
        ("left-two", "ann-two"),
        ("taken-one", "ann-one"),
    ]
