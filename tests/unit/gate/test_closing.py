"""From which day on nobody is registered at a practice (S16)."""

from datetime import date

import pytest

from lds_assets.gate.moves import closed_on
from tests.unit.gate.world import World

DAY = date(2025, 6, 16)


def _succession(kind: str, on: str, predecessor: str = "E83003") -> World:
    return World().add(
        "practice_succession.csv",
        predecessor=predecessor,
        successor="G83001",
        kind=kind,
        effective_on=on,
        source="LOCAL_EVIDENCE",
        evidence_ref="letter",
    )


def _closes(world: World, day: date = DAY) -> date | None:
    return closed_on(world.state(), "E83003", day)


def test_an_open_practice_has_no_such_day() -> None:
    assert _closes(World()) is None


def test_a_closed_one_has_the_day_after_its_last() -> None:
    world = World().change("practice.csv", status="CLOSED", close_date="2025-05-31")
    assert _closes(world) == date(2025, 6, 1)
    assert _closes(world, date(2025, 5, 31)) is None


@pytest.mark.parametrize(
    ("kind", "ends"),
    [("MERGER", True), ("TAKEOVER", True), ("RECODE", True), ("DISPERSAL", True), ("SPLIT", False)],
)
def test_a_succession_as_a_whole_ends_the_predecessor(kind: str, ends: bool) -> None:
    on = date(2025, 6, 16)
    assert _closes(_succession(kind, on.isoformat())) == (on if ends else None)
    assert _closes(_succession(kind, "2025-06-17")) is None
    assert _closes(_succession(kind, on.isoformat(), "G83999")) is None


def test_of_several_days_the_earliest_counts() -> None:
    # the national list says so later than the practices did
    world = _succession("MERGER", "2025-04-01").change(
        "practice.csv", status="CLOSED", close_date="2025-05-31"
    )
    assert _closes(world) == date(2025, 4, 1)
