"""The comparison of two suppliers, counted by hand."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lds_assets.copies.comparison import Comparison, Figure, Tolerance, compare, outside, tolerances
from lds_assets.copies.keys import content_keys
from lds_assets.copies.matching import Side
from lds_assets.lake.session import session
from lds_assets.resources import REPOSITORY, Settings
from tests.unit.copies.lake import ANN, BEN, CAT, DEE, FAY, MOVED, ONE, Lake

ALLOWED = tolerances(REPOSITORY / "seeds")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Ann and Ben are in both, Cat in the old alone, Dee in the new alone, Fay born twice."""
    made = Lake(Settings(home=tmp_path_factory.mktemp("lake"), threads=1))
    made.concepts()
    born = date(1960, 5, 10)
    for name, number, sources in (
        ("ann", ANN, ("TPP", "EMIS")),
        ("ben", BEN, ("TPP", "EMIS")),
        ("cat", CAT, ("TPP",)),
        ("dee", DEE, ("EMIS",)),
    ):
        for dataset in sources:
            made.patient(f"{name}-{dataset.lower()}", dataset, number, born)
    made.patient("fay-tpp", "TPP", FAY, date(1990, 1, 1))
    made.patient("fay-emis", "EMIS", FAY, date(1991, 1, 1))
    made.registration("ann-1", "ann-tpp", "TPP", date(2001, 2, 3))
    made.registration("ann-2", "ann-emis", "EMIS", MOVED)
    made.registration("ben-1", "ben-tpp", "TPP", date(2010, 1, 1))
    made.registration("ben-2", "ben-emis", "EMIS", date(2010, 1, 1))
    made.registration("dee-1", "dee-emis", "EMIS", MOVED)
    day = date(2024, 3, 4)
    # alike, changed, old alone (and one of Cat, who is not in the new system), new alone
    made.fever("a-tpp", "ann-tpp", "TPP", day, 38.0)
    made.fever("a-emis", "ann-emis", "EMIS", day, 38.0)
    made.fever("b-tpp", "ann-tpp", "TPP", date(2025, 3, 4), 38.0)
    made.fever("b-emis", "ann-emis", "EMIS", date(2025, 3, 4), 39.0)
    made.fever("c-tpp", "ann-tpp", "TPP", date(2025, 5, 5), 38.0)
    made.fever("d-tpp", "cat-tpp", "TPP", date(2025, 5, 5), 38.0)
    made.fever("e-emis", "dee-emis", "EMIS", day, 38.0)
    # a problem in both
    made.fever("p-tpp", "ben-tpp", "TPP", day, is_problem=True)
    made.fever("p-emis", "ben-emis", "EMIS", day, is_problem=True)
    # an immunisation is known by the file that one of them sends it in
    shot: dict[str, Any] = {"observation_source_concept_id": "tpp-local"}
    made.fever("s-tpp", "ben-tpp", "TPP", day, lds_feed="tpp/observation.immunisation", **shot)
    made.fever("s-emis", "ben-emis", "EMIS", day, **shot)
    return made


@pytest.fixture(scope="module")
def found(lake: Lake) -> Iterator[Comparison]:
    tables = lake.tables()
    old, new = (Side(lake.settings, tables, frozenset(), ONE, name) for name in ("TPP", "EMIS"))
    with session(lake.settings) as connection:
        yield compare(connection, old, new, MOVED, date(2026, 6, 10), ALLOWED)


def test_every_subject_and_year_is_counted(found: Comparison) -> None:
    told = [each for each in found.figures if each.subject != "patient_address"]
    assert told == [
        Figure("patient", 0, matched=2, changed=1, only_old=1, only_new=1),
        Figure("registration", 2001, matched=1),
        Figure("registration", 2010, matched=1),
        Figure("registration", 2026, only_new=1),
        Figure("immunisation", 2024, matched=1),
        Figure("observation", 2024, matched=1, only_new=1),
        Figure("observation", 2025, changed=1, only_old=2),
        Figure("problem", 2024, matched=1),
    ]


def test_the_move_shows_in_the_registrations(found: Comparison) -> None:
    assert (found.restarted, found.begun_around, found.repeated_patients) == (1, 2, 0)


def test_repeated_patients_of_the_new_system_are_counted(tmp_path: Path) -> None:
    made = Lake(Settings(home=tmp_path, threads=1))
    made.concepts()
    for name in ("ann-1", "ann-2", "ann-3"):
        made.patient(name, "EMIS", ANN, date(1960, 5, 10))
    # who has no number repeats nobody's
    for name in ("gus", "hal"):
        made.patient(name, "EMIS", None, date(1960, 5, 10))
    tables = made.tables()
    old, new = (Side(made.settings, tables, frozenset(), ONE, name) for name in ("TPP", "EMIS"))
    with session(made.settings) as connection:
        counted = compare(connection, old, new, MOVED, MOVED, ALLOWED)
    assert counted.repeated_patients == 2


@pytest.mark.parametrize(
    ("figure", "told"),
    [
        (Figure("x", 0, matched=98, only_old=2), ()),
        (Figure("x", 0, matched=97, only_old=3), ("x only old: 3 (3.0% of 100)",)),
        (Figure("x", 0, matched=99, changed=1), ()),
        (Figure("x", 0, matched=98, changed=2), ("x changed: 2 (2.0% of 100)",)),
        (Figure("x", 0, matched=100, only_new=5), ()),
        (Figure("x", 0, matched=100, only_new=6), ("x only new: 6 (6.0% of 100)",)),
        (Figure("x", 0, only_new=1), ("x only new: 1 (none in the old system)",)),
        (Figure("x", 0), ()),
    ],
)
def test_a_share_beyond_its_tolerance_is_named(figure: Figure, told: tuple[str, ...]) -> None:
    assert outside([figure], {"x": Tolerance(2, 5, 1)}) == told


def test_nothing_but_counts_leaves_the_comparison(found: Comparison) -> None:
    told = str(found.plain())
    for value in (ANN, BEN, CAT, DEE, FAY, "ann", "386", "38.0", "N1 1AA", "1960"):
        assert value not in told


def test_the_hash_follows_the_figures(found: Comparison) -> None:
    again = Comparison(**{**vars(found), "restarted": 2})
    assert len(found.sha256) == 64
    assert found.sha256 != again.sha256


def test_every_subject_has_a_tolerance() -> None:
    parents = {"appointment_practitioner", "schedule_practitioner", "patient_contact"}
    split = {"observation": {"problem", "observation", "immunisation"}}
    split["medication_statement"] = {"current medication", "past medication"}
    subjects = {"patient", "registration"}
    for table in content_keys().keys() - parents:
        subjects |= split.get(table, {table})
    assert set(ALLOWED) == subjects
