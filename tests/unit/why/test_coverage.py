"""Coverage by board, and the sweep that keeps it. Figures are added up by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from lds_assets.why.answers import Answer, Why
from lds_assets.why.coverage import Missing, coverage, whole
from lds_assets.why.sweep import Move, sweep
from lds_assets.why.verdict import Verdict
from tests.unit.gate.test_policy import ALLOWED, WISH
from tests.unit.gate.world import DAY
from tests.unit.why.world import PRACTICE, on_day, platform_of, release

NAMES = {"QMJ": "North Central", "QKK": "South East"}


def _template(home: Path) -> Answer:
    return Why(platform_of(home, ALLOWED)).answer(PRACTICE, "EMIS")


def test_a_board_adds_up_what_is_shown_and_why_the_rest_is_not(tmp_path: Path) -> None:
    one = _template(tmp_path)
    here = replace(one, verdict=Verdict.PRESENT, reason="", owner_role="", list_size=3000)
    shown = replace(here, shown_since=DAY)
    late = replace(shown, verdict=Verdict.PARTIAL, reason="DATE_GAP", owner_role="OPS")
    never = replace(
        one, verdict=Verdict.NEVER, reason="C_NONE", owner_role="PRACTICE_LIAISON", list_size=5000
    )
    unknown = replace(never, list_size=None)
    south = replace(shown, board_code="QKK", list_size=1000)
    nowhere = replace(never, board_code="", reason="P_OUT_OF_REGION")
    boards = coverage([shown, late, never, unknown, south, nowhere], NAMES)
    assert [each.board_code for each in boards] == ["QKK", "QMJ", ""]
    _, board, _ = boards
    assert (board.board_name, board.practices, board.covered) == ("North Central", 4, 2)
    assert (board.list_size, board.covered_list_size) == (11000, 6000)
    assert (board.practice_percent, board.list_percent) == (50.0, 54.5)
    assert board.missing == (
        Missing(Verdict.NEVER, "C_NONE", "PRACTICE_LIAISON", 2, 5000),
        Missing(Verdict.PARTIAL, "DATE_GAP", "OPS", 1, 3000),
    )
    total = whole(boards)
    assert (total.practices, total.covered) == (6, 3)
    assert (total.list_size, total.covered_list_size) == (17000, 7000)
    assert sum(each.practices for each in total.missing) == 4


def test_no_practices_have_no_percentage() -> None:
    assert (whole([]).practice_percent, whole([]).list_percent) == (None, None)


def test_everyone_is_each_open_practice_of_london_and_each_one_ever_met(tmp_path: Path) -> None:
    gone = {"practice_code": "E83777", "name": "Gone", "icb_code": "QMJ", "status": "CLOSED"}
    left = {**gone, "practice_code": "E83778", "name": "Left", "open_date": "1974-04-01"}
    world = ALLOWED.add("practice.csv", **gone, close_date="2024-12-31").add(
        "practice.csv", **left, close_date="2024-12-31"
    )
    world = world.add("practice_consent.csv", **{**ALLOWED.rows[WISH][0], "consent_id": "C-2"})
    world = world.change("practice_consent.csv", 1, practice_code="E83778")
    told = {each.practice_code: each for each in Why(platform_of(tmp_path, world)).everyone()}
    assert told.keys() == {"E83003", "G83001", "E83778"}
    assert told["E83778"].reason == "P_CLOSED"
    # G83001's only system is EMIS and it never consented
    assert (told["G83001"].verdict, told["G83001"].reason) == (Verdict.NEVER, "C_NONE")


def test_a_sweep_tells_who_moved_since_the_one_before(tmp_path: Path) -> None:
    first = sweep(platform_of(tmp_path, ALLOWED))
    assert (first.before, first.moves) == (None, ())
    platform = platform_of(tmp_path / "next", ALLOWED, date(2025, 6, 17))
    earlier = on_day(platform, DAY)
    sweep(earlier)
    release(platform, 1, date(2025, 6, 17), [PRACTICE])
    told = sweep(platform)
    assert told.before == DAY
    assert told.moves == (Move(PRACTICE, "ABSENT NEVER_SENT", "PARTIAL NEVER_SENT"),)
    again = sweep(platform)
    assert (again.before, again.moves) == (told.before, told.moves)
