"""Coverage by board, and the sweep that keeps it. Figures are added up by hand."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.platform import Platform
from lds_assets.release.organisations import Organisations
from lds_assets.release.record import current
from lds_assets.why.answers import Answer, Why
from lds_assets.why.coverage import Coverage, Missing, coverage, whole
from lds_assets.why.sweep import Move, sweep
from lds_assets.why.verdict import Verdict
from tests.unit.gate.test_policy import ALLOWED, WISH
from tests.unit.gate.world import DAY, World
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


def _listed(world: World, lists: dict[str, int], as_at: str = "2025-05-01") -> World:
    for code, count in lists.items():
        world = world.add(
            "list_size.csv",
            practice_code=code,
            as_at=as_at,
            registered_count=str(count),
            source="T",
        )
    return world


def _merging(predecessor: str, successor: str, kind: str = "MERGER") -> World:
    """Two practices of a board with lists of 3,000 and 5,000; one succeeds the other on DAY."""
    return _listed(ALLOWED, {PRACTICE: 3000, "G83001": 5000}).add(
        "practice_succession.csv",
        predecessor=predecessor,
        successor=successor,
        kind=kind,
        effective_on=DAY.isoformat(),
        source="LOCAL_EVIDENCE",
        evidence_ref="letter",
    )


def _total(platform: Platform, day: date) -> Coverage:
    return whole(coverage(Why(platform, day).everyone(), NAMES))


def test_a_merged_practice_counts_until_its_day_and_at_its_successor_from_then(
    tmp_path: Path,
) -> None:
    platform = platform_of(tmp_path, _merging(PRACTICE, "G83001"))
    before, after = _total(platform, DAY - timedelta(days=1)), _total(platform, DAY)
    assert (before.practices, before.list_size, before.carried_list_size) == (2, 8000, 0)
    assert (after.practices, after.list_size, after.carried_list_size) == (1, 8000, 3000)
    # the predecessor was met: it is told, and counts nowhere
    assert (before.ended, after.ended) == (0, 1)
    assert after.missing == (Missing(Verdict.NEVER, "C_NONE", "PRACTICE_LIAISON", 1, 8000),)
    ended = Why(platform, DAY).answer(PRACTICE)
    assert (ended.reason, ended.list_size, ended.is_counted) == ("P_CLOSED", None, False)
    told = Why(platform, DAY).answer("G83001")
    assert (told.list_size, told.list_carried) == (8000, 3000)
    assert told.list_told == "2025-05-01 (T); 3,000 of 2025-05-01 carried from E83003"


def test_the_successor_s_next_list_counts_alone(tmp_path: Path) -> None:
    world = _listed(_merging("G83001", PRACTICE), {PRACTICE: 7900}, DAY.isoformat())
    platform = platform_of(tmp_path, world)
    assert _total(platform, DAY - timedelta(days=1)).list_size == 8000
    after = _total(platform, DAY)
    assert (after.practices, after.list_size, after.carried_list_size) == (1, 7900, 0)


def test_a_split_counts_both_practices_and_the_lists_of_before(tmp_path: Path) -> None:
    world = _listed(_merging(PRACTICE, "G83001", "SPLIT"), {"G83001": 6200}, DAY.isoformat())
    after = _total(platform_of(tmp_path, world), DAY)
    assert (after.practices, after.list_size, after.ended) == (2, 8000, 0)


LAST, FIRST = date(2026, 3, 31), date(2026, 4, 1)


def _boards() -> World:
    """Four practices under three boards, of which two become one on 1 April 2026."""
    west = {"icb_code": "QRV", "icb_name": "North West", "valid_from": "2022-07-01"}
    until, heir = "2026-04-01", "Z9B2Z"
    world = ALLOWED.change("icb.csv", valid_to=until, successor_code=heir)
    world = world.add("icb.csv", **west, valid_to=until, successor_code=heir)
    world = world.add("icb.csv", **{**west, "icb_code": "Z9B2Z", "valid_from": "2026-04-01"})
    world = world.add("icb.csv", **{**west, "icb_code": "QKK"})
    listed = {"name": "x", "status": "ACTIVE", "open_date": "1974-04-01"}
    for code, board in (("E87001", "QRV"), ("G85001", "QKK")):
        world = world.add("practice.csv", practice_code=code, icb_code=board, **listed)
    lists = {PRACTICE: 3000, "G83001": 5000, "E87001": 700, "G85001": 40}
    return _listed(world, lists)


def test_a_merger_of_boards_leaves_no_gap_and_no_double_in_coverage(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, _boards(), FIRST)
    told = {
        day: {
            each.board_code: (each.practices, each.list_size)
            for each in coverage(Why(platform, day).everyone(), NAMES)
        }
        for day in (LAST, FIRST)
    }
    assert told[LAST] == {"QMJ": (2, 8000), "QRV": (1, 700), "QKK": (1, 40)}
    assert told[FIRST] == {"Z9B2Z": (3, 8700), "QKK": (1, 40)}


def test_the_marts_are_told_the_board_and_the_list_of_the_day(tmp_path: Path) -> None:
    gone = {"name": "Gone", "status": "CLOSED", "open_date": "1974-04-01"}
    world = _boards().add(
        # closed before there were boards: in no board and in no count
        *("practice.csv",), practice_code="E83777", close_date="2018-03-31", **gone
    )  # fmt: skip
    platform = platform_of(tmp_path, world, FIRST)
    found: dict[date, dict[object, tuple[object, ...]]] = {}
    for number, day in enumerate((LAST, FIRST), start=1):
        release(platform, number, day, [PRACTICE])
        newest = current(platform.settings)
        assert newest is not None
        counted = {e.practice_code for e in Why(platform, day).everyone() if e.is_counted}
        # code, board, list, carried, is counted
        rows = [tuple(row) for row in Organisations(platform, newest).practices(counted)]
        found[day] = {row[0]: (row[2], row[8], row[9], row[10]) for row in rows}
    assert found[LAST] == {
        PRACTICE: ("QMJ", 3000, 0, True),
        "G83001": ("QMJ", 5000, 0, True),
        "E87001": ("QRV", 700, 0, True),
        "G85001": ("QKK", 40, 0, True),
        "E83777": (None, None, 0, False),
    }
    moved: dict[object, object] = {"QMJ": "Z9B2Z", "QRV": "Z9B2Z"}
    assert found[FIRST] == {
        code: (moved.get(board, board), *rest) for code, (board, *rest) in found[LAST].items()
    }


def test_the_marts_are_told_every_tie_with_its_days(tmp_path: Path) -> None:
    world = _boards().change("practice.csv", sub_icb_code="93C", sub_icb_from="2020-04-01")
    world = world.add(
        *("practice_relationship.csv",), practice_code=PRACTICE, target_code="U33392", kind="PCN",
        valid_from="2026-04-01", source="ODS",
    )  # fmt: skip
    platform = platform_of(tmp_path, world, FIRST)
    known = {}
    for number, day in enumerate((LAST, FIRST), start=1):
        release(platform, number, day, [PRACTICE])
        newest = current(platform.settings)
        assert newest is not None
        known[day] = Organisations(platform, newest)
    own = [tuple(e) for e in known[LAST].relationships() if e[0] == PRACTICE]
    # kind, code, name as published, first day, first day no longer, source
    assert [row[1:] for row in own] == [
        ("ICB", "QMJ", "North Central", date(2022, 7, 1), FIRST, "practice list and icb.csv"),
        ("ICB", "Z9B2Z", "North West", FIRST, None, "practice list and icb.csv"),
        ("PCN", "U33392", "Barnet 2 PCN", FIRST, None, "ODS"),
        ("SUB_ICB", "93C", None, date(2020, 4, 1), None, "practice list"),
    ]
    # of the day: sub-ICB location, network and its name
    of_day = {
        day: [tuple(row[4:7]) for row in each.practices([]) if row[0] == PRACTICE]
        for day, each in known.items()
    }
    assert of_day == {LAST: [("93C", None, None)], FIRST: [("93C", "U33392", "Barnet 2 PCN")]}


def test_the_commands_say_what_is_carried_and_from_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform_of(tmp_path, _merging(PRACTICE, "G83001"))
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    shown = CliRunner().invoke(app, ["coverage"]).stdout
    assert "3,000 of the registered patients are on the last list of a practice" in shown
    assert "met before and ended, counted nowhere: 1 of the practices" in shown
    successor = CliRunner().invoke(app, ["why", "G83001"]).stdout
    said = "list: 8,000 registered, 2025-05-01 (T); 3,000 of 2025-05-01 carried from E83003"
    assert said in successor.splitlines()
    predecessor = Why(platform_of(tmp_path / "two", _merging(PRACTICE, "G83001"))).answer(PRACTICE)
    (link,) = [each for each in predecessor.links if each.reasons == ("P_CLOSED",)]
    assert link.state.startswith("succeeded by G83001 (MERGER, LOCAL_EVIDENCE); ACTIVE, board QMJ")
    assert (link.since, link.evidence) == (DAY, "letter")
