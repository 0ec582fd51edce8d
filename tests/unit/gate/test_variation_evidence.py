"""Who waits for a supplier that is not live, as the boards that ask for it are shown."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lds_assets.gate.register import Register
from lds_assets.gate.state import RegisterState
from lds_assets.gate.variation_desk import Signature, VariationDesk
from lds_assets.gate.variation_evidence import (
    ELSEWHERE,
    MOVED,
    PLANS,
    RUNS,
    UNKNOWN,
    evidence,
    waiting_for,
)
from lds_assets.gate.variation_pack import markdown
from tests.unit.gate.moving import (
    DAY,
    LATER,
    LIAISON,
    OFFICER,
    PLANNED_ON,
    desk_on,
    moving,
    register_of,
)
from tests.unit.gate.world import PRACTICE, World, live_variation


def _world() -> World:
    """E83003 may move; G83001 stays; F83001 of another board runs Medicus; Z83001 has no board."""
    elsewhere = {"icb_code": "QKK", "icb_name": "South East"}
    world = moving().add("icb.csv", **elsewhere, valid_from="2022-07-01")
    for code, board in (("F83001", elsewhere), ("H83001", {"icb_code": "QXX", "icb_name": ""})):
        world = world.add("practice.csv", **{**PRACTICE, "practice_code": code, **board})
        world = world.add(
            "practice_system.csv",
            practice_code=code,
            supplier_code="MEDICUS",
            supplier_org_id="m",
            go_live_on="2024-01-01",
        )
    sizes = (("E83003", "2025-01-01", "100"), ("E83003", "2025-04-01", "120"))
    for code, day, count in (*sizes, ("F83001", "2025-04-01", "7000")):
        world = world.add(
            "list_size.csv", practice_code=code, as_at=day, registered_count=count, source="NHSE"
        )
    return world


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return register_of(_world(), tmp_path)


def _told(state: RegisterState, *named: str, day: date = DAY) -> dict[str, tuple[Any, ...]]:
    return {
        each.practice_code: (
            each.board_code,
            each.standing,
            each.coverage_ends_on,
            each.registered.registered_count if each.registered else None,
            each.is_named,
        )
        for each in waiting_for(state, "MEDICUS", named, day)
    }


def test_who_runs_it_waits_and_what_is_not_known_stays_unknown(register: Register) -> None:
    assert _told(register.state()) == {
        "F83001": ("QKK", RUNS, None, 7000, False),
        "H83001": ("", RUNS, None, None, False),
    }


def test_a_plan_gives_its_day_and_the_newest_list(register: Register) -> None:
    desk_on(register, DAY).plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    assert _told(register.state())["E83003"] == ("QMJ", PLANS, PLANNED_ON, 120, False)


def test_after_the_move_the_day_is_the_day_it_happened(register: Register) -> None:
    desk = desk_on(register, LATER)
    name = desk.plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    moved_on = date(2025, 6, 23)
    desk.cut_over(name, moved_on, LIAISON)
    told = _told(register.state(), day=LATER)
    assert told["E83003"] == ("QMJ", MOVED, moved_on, 120, False)


def test_a_plan_that_was_called_off_waits_for_nobody(register: Register) -> None:
    desk = desk_on(register, DAY)
    desk.close(desk.plan("E83003", "MEDICUS", PLANNED_ON, LIAISON), OFFICER)
    assert "E83003" not in _told(register.state())


def test_what_the_request_names_is_told_though_the_register_does_not_bear_it_out(
    register: Register,
) -> None:
    told = _told(register.state(), "F83001", "G83001", "E83999")
    assert told["F83001"] == ("QKK", RUNS, None, 7000, True)
    assert told["G83001"] == ("QMJ", ELSEWHERE, None, None, True)
    assert told["E83999"] == ("", UNKNOWN, None, None, True)


def test_nobody_waits_for_a_supplier_that_is_live(register: Register) -> None:
    state = register.state()
    state.variations["V"] = live_variation("V", "MEDICUS", DAY)
    assert waiting_for(state, "MEDICUS", ("F83001",), DAY) == []
    assert evidence(state, "MEDICUS", ("QMJ",), ("F83001",), DAY).boards == ()
    # live from that day on, not before
    assert _told(state, day=date(2025, 6, 15)) != {}


def test_requesting_boards_come_first_even_when_nobody_of_theirs_waits(register: Register) -> None:
    found = evidence(register.state(), "MEDICUS", ("QMJ",), (), DAY)
    assert [(each.code, each.is_requesting, len(each.practices)) for each in found.boards] == [
        ("QMJ", True, 0),
        ("QKK", False, 1),
        ("", False, 1),
    ]
    assert [(each.registered, each.without_list) for each in found.boards] == [
        (0, 0),
        (7000, 0),
        (0, 1),
    ]


def test_a_board_that_merged_away_is_told_as_its_successor(tmp_path: Path) -> None:
    world = _world().change("icb.csv", valid_to="2025-06-01", successor_code="QKK")
    found = evidence(register_of(world, tmp_path).state(), "MEDICUS", ("QMJ",), (), DAY)
    assert [(each.code, each.is_requesting) for each in found.boards] == [
        ("QKK", True),
        ("", False),
    ]


def test_the_pack_lists_them_by_requesting_board(register: Register) -> None:
    desk_on(register, DAY).plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    desk = VariationDesk(register, DAY)
    content = {
        "kind": "NEW_SUPPLIER",
        "supplier_code": "MEDICUS",
        "mechanism_id": "IM1-BULK-MEDICUS",
        "title": "Take Medicus into scope",
        "cycle_id": "2025",
        "requesting_icbs": ["QMJ"],
        "practices_affected": ["E83003"],
    }
    desk.draft("V-1", content, Signature("sponsor", "ICB_SPONSOR"))
    lines = markdown(desk, "V-1", DAY).splitlines()
    start = lines.index("## Practices that wait for MEDICUS")
    assert "3 practices" in lines[start + 2]
    table = lines[start:]
    assert "### North Central (QMJ), requesting" in table
    assert "1 practice, 120 registered patients." in table
    assert (
        "| E83003 | Oak Surgery | plans to move to it | 2025-06-20 (planned) | 120 | "
        "2025-04-01 (NHSE) | yes |"
    ) in table
    assert table.index("### North Central (QMJ), requesting") < table.index("### South East (QKK)")
    unknown = table.index("### No London board on record")
    assert table[unknown + 2].endswith("list size **not known** of 1.")
    assert table[unknown + 6] == (
        "| H83001 | Oak Surgery | runs it, no move on record | **not known** | **not known** | - "
        "| no |"
    )


def test_before_a_request_the_variation_may_name_the_supplier(register: Register) -> None:
    desk = VariationDesk(register, DAY)
    desk.note("MEDICUS", "met", Signature("programme", "PRODUCT_OWNER"))
    assert "| F83001 |" in markdown(desk, "MEDICUS", DAY)
    desk.note("PEAR", "met", Signature("programme", "PRODUCT_OWNER"))
    assert "that wait for" not in markdown(desk, "PEAR", DAY)
