"""History told twice after a move: kept in the lake, shown once, with the earlier start."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lds_assets.lake.session import session
from lds_assets.release.reach import Pair
from lds_assets.resources import Settings
from tests.unit.copies.lake import ANN, BEN, CAT, DEE, FAY, MOVED, ONE, Lake, Shown, show

PAIR = Pair((ONE, "TPP"), (ONE, "EMIS"), MOVED)
BORN = date(1960, 5, 10)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """Ann is in both systems; what else there is, each test adds."""
    made = Lake(Settings(home=tmp_path, threads=1))
    made.concepts()
    made.patient("ann-tpp", "TPP", ANN, BORN)
    made.patient("ann-emis", "EMIS", ANN, BORN)
    return made


@pytest.fixture
def connection(lake: Lake) -> Iterator[object]:
    with session(lake.settings) as opened:
        yield opened


def _shown(lake: Lake, connection: object, former: Shown | None = None) -> Shown:
    before = former.release if former else None
    return show(lake, connection, (PAIR,), before)  # type: ignore[arg-type]  # a connection


def test_a_patient_is_one_whichever_way_she_is_known(lake: Lake, connection: object) -> None:
    # no number in the new system: birth date, sex and postcode, each word for word its own
    lake.patient("ben-tpp", "TPP", BEN, date(1970, 1, 1), postcode="E1 6AN")
    lake.patient("ben-emis", "EMIS", None, date(1970, 1, 1), postcode="e16an")
    # the same three, but both have numbers and they differ: two people
    lake.patient("cat-tpp", "TPP", CAT, date(1980, 1, 1))
    lake.patient("dee-emis", "EMIS", DEE, date(1980, 1, 1))
    # twins without a number cannot be told apart
    for name, dataset in (("eve-1", "TPP"), ("eve-2", "TPP"), ("eve-3", "EMIS")):
        lake.patient(name, dataset, None, date(2010, 1, 1))
    # one number, two birth dates: one of them is wrong, and nobody knows which
    lake.patient("fay-tpp", "TPP", FAY, date(1990, 1, 1), postcode="N2")
    lake.patient("fay-emis", "EMIS", FAY, date(1991, 1, 1), postcode="N3")
    found = _shown(lake, connection)
    assert found.copies(lake.settings, "patient") == {
        "ann-tpp": ("ann-emis", "nhs_number"),
        "ben-tpp": ("ben-emis", "identity"),
    }
    assert ("ann-tpp",) not in found.rows("select id from release.patient")
    assert found.rows("select count(*), count(distinct person_id) from release.patient") == [(9, 8)]
    assert found.rows("select count(*) from release.person") == [(8,)]
    # the number that only the old system knew still names her
    assert found.rows(
        f"select count(*) from release.patient where id = 'ben-emis' and person_id = "
        f"lds_person_id('{BEN}', '')"
    ) == [(1,)]


def test_an_event_is_counted_once_and_what_differs_twice(lake: Lake, connection: object) -> None:
    day = date(2025, 3, 4)
    lake.fever("told-tpp", "ann-tpp", "TPP", day, 38.5)
    lake.fever("told-emis", "ann-emis", "EMIS", day, 38.5004)
    # twice on one day in the old system, once in the new one
    lake.fever("twice-1", "ann-tpp", "TPP", date(2025, 4, 4), 39.0)
    lake.fever("twice-2", "ann-tpp", "TPP", date(2025, 4, 4), 39.0)
    lake.fever("twice-3", "ann-emis", "EMIS", date(2025, 4, 4), 39.0)
    # another value, another day, a code that stands for nothing: no copies
    lake.fever("value-tpp", "ann-tpp", "TPP", date(2025, 5, 5), 37.0)
    lake.fever("value-emis", "ann-emis", "EMIS", date(2025, 5, 5), 37.01)
    lake.fever("day-tpp", "ann-tpp", "TPP", date(2025, 6, 6))
    lake.fever("day-emis", "ann-emis", "EMIS", date(2025, 6, 7))
    lake.fever("local", "ann-tpp", "TPP", day, 38.5, observation_source_concept_id="tpp-local")
    found = _shown(lake, connection)
    assert found.copies(lake.settings, "observation") == {
        "told-tpp": ("told-emis", "content"),
        "twice-1": ("twice-3", "content"),
    }
    shown = found.rows("select id, patient_id from release.observation order by id")
    # what the new system lacks is shown as the new patient's
    assert shown == [
        (name, "ann-emis")
        for name in (
            *("day-emis", "day-tpp", "local", "told-emis"),
            *("twice-2", "twice-3", "value-emis", "value-tpp"),
        )
    ]


def test_what_is_deleted_in_the_new_system_does_not_come_back(
    lake: Lake, connection: object
) -> None:
    day = date(2025, 3, 4)
    lake.fever("told-tpp", "ann-tpp", "TPP", day, 38.5)
    lake.fever("told-emis", "ann-emis", "EMIS", day, 38.5)
    lake.fever("edit-tpp", "ann-tpp", "TPP", day, 40.0)
    lake.fever("edit-emis", "ann-emis", "EMIS", day, 40.0)
    first = _shown(lake, connection)
    # a deletion carries keys alone; an edit another value
    lake.add("observation", ONE, "EMIS", {"told-emis": {"lds_is_deleted": True}})
    lake.fever("edit-emis", "ann-emis", "EMIS", day, 39.9)
    again = _shown(lake, connection, first)
    alive = again.rows("select id from release.observation where not lds_is_deleted")
    assert alive == [("edit-emis",)]
    # nor where the deletion came before anything was compared
    late = _shown(lake, connection)
    assert late.rows("select id from release.observation where not lds_is_deleted") == alive
    # nothing more was learnt, so the copies are the very same
    assert again.release.copies == first.release.copies


def test_a_start_reset_by_the_move_keeps_the_earlier_one(lake: Lake, connection: object) -> None:
    lake.registration("ann-1", "ann-tpp", "TPP", date(2001, 2, 3))
    lake.registration("ann-2", "ann-emis", "EMIS", date(2026, 6, 3))
    # an earlier registration of hers that both tell alike
    lake.registration("ann-3", "ann-tpp", "TPP", date(1990, 1, 1), date(1999, 1, 1))
    lake.registration("ann-4", "ann-emis", "EMIS", date(1990, 1, 1), date(1999, 1, 1))
    # Ben left long before and came back after the move: a registration of its own
    lake.patient("ben-tpp", "TPP", BEN, date(1970, 1, 1))
    lake.patient("ben-emis", "EMIS", BEN, date(1970, 1, 1))
    lake.registration("ben-1", "ben-tpp", "TPP", date(2000, 1, 1), date(2026, 5, 17))
    lake.registration("ben-2", "ben-emis", "EMIS", date(2026, 6, 10))
    # Cat was ended by the old system on the day of the move
    lake.patient("cat-tpp", "TPP", CAT, date(1980, 1, 1))
    lake.patient("cat-emis", "EMIS", CAT, date(1980, 1, 1))
    lake.registration("cat-1", "cat-tpp", "TPP", date(2010, 1, 1), MOVED)
    lake.registration("cat-2", "cat-emis", "EMIS", MOVED)
    found = _shown(lake, connection)
    assert found.copies(lake.settings, "episode_of_care") == {
        "ann-1": ("ann-2", "restarted"),
        "ann-3": ("ann-4", "same_start"),
        "cat-1": ("cat-2", "restarted"),
    }
    shown = found.rows(
        "select id, patient_id, episode_of_care_start_date from release.episode_of_care order by id"
    )
    assert shown == [
        ("ann-2", "ann-emis", date(2001, 2, 3)),
        ("ann-4", "ann-emis", date(1990, 1, 1)),
        ("ben-1", "ben-emis", date(2000, 1, 1)),
        ("ben-2", "ben-emis", date(2026, 6, 10)),
        ("cat-2", "cat-emis", date(2010, 1, 1)),
    ]


def test_what_hangs_on_a_copy_goes_or_hangs_on_what_stands(lake: Lake, connection: object) -> None:
    day = date(2025, 3, 4)
    for name, patient, dataset in (
        ("visit-tpp", "ann-tpp", "TPP"),
        ("visit-emis", "ann-emis", "EMIS"),
    ):
        lake.add(
            "encounter",
            ONE,
            dataset,
            {name: {"patient_id": patient, "clinical_effective_date": day}},
        )
    lake.fever("only-tpp", "ann-tpp", "TPP", day, encounter_id="visit-tpp")
    lake.add("patient_contact", ONE, "TPP", {"phone": {"patient_id": "ann-tpp", "value": "x"}})
    found = _shown(lake, connection)
    assert found.rows("select id, encounter_id from release.observation") == [
        ("only-tpp", "visit-emis")
    ]
    assert found.rows("select id from release.encounter") == [("visit-emis",)]
    assert found.rows("select id from release.patient_contact") == []
    assert found.rows("select id, patient_id from release.patient_address") == [
        ("ann-emis-home", "ann-emis")
    ]


def test_both_sources_stay_in_the_lake(lake: Lake, connection: object) -> None:
    before = lake.tables()
    _shown(lake, connection)
    assert lake.tables() == before
