"""A practice moves to a supplier that is not live: it is frozen, counted in, and evidence (S15)."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lds_assets.landing.states import State
from lds_assets.marts.build import build
from lds_assets.marts.manifest import PROJECT
from lds_assets.release.attach import attach
from lds_assets.release.publish import publish
from lds_assets.release.record import current
from tests.faults.run import Run, assert_balanced, assert_others_unchanged
from tests.faults.runs import Runs
from tests.road import TODAY

LAST_DAY, MOVED_ON = date(2026, 11, 18), date(2026, 11, 19)
#: nothing but the models that tell of coverage, without their tests
_COVERAGE = (
    *("--exclude-resource-type", "unit_test", "test"),
    *("--select", "+mart_practice_coverage", "+mart_icb_coverage"),
)


@dataclass(frozen=True)
class Moved:
    """The scenario's run before anybody told of the move, and after it was told."""

    before: Run
    after: Run
    migration_id: str
    marts: Path

    @property
    def practice(self) -> str:
        """The practice that moves."""
        return self.before.first

    @property
    def registered(self) -> int:
        """Its list size as the register has it."""
        made = self.before.made.practices
        return next(each.registered for each in made if each.code == self.practice)

    def row(self, query: str) -> dict[str, Any]:
        """Return the one row of a query over the marts."""
        with duckdb.connect(str(self.marts), read_only=True) as connection:
            (found,) = connection.execute(query).to_arrow_table().to_pylist()
        assert isinstance(found, dict)
        return found


@pytest.fixture(scope="module")
def moved(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """Tell of the move two days after it, with a delivery of the new system in landing."""
    before = runs.of("moves_to_medicus")
    after = runs.copy("moves_to_medicus", tmp_path_factory.mktemp("moved"))
    practice, platform = after.first, after.platform
    told = ("--actor", "liaison", "--evidence", "letter", "--on", MOVED_ON.isoformat())
    after.lds("migration", "plan", practice, "--to", "MEDICUS", *told)
    migration_id = f"{practice}-MEDICUS-20261119"
    after.lds("migration", "cut-over", migration_id, *told)
    arrived = platform.landing("medicus") / practice / "20261119" / "coded_entry.zip"
    arrived.parent.mkdir(parents=True)
    arrived.write_bytes(b"PK\x03\x04 not to be opened")
    platform.register.refresh()
    platform.refuse_strangers()
    after = replace(after, release=publish(platform, run_id="told"))
    marts, release = after.home / "work" / "coverage.duckdb", current(platform.settings)
    assert release is not None
    attach(platform, release, marts)
    build(marts, PROJECT, after.home / "work" / "dbt", _COVERAGE)
    return Moved(before, after, migration_id, marts)


def test_the_feed_fell_silent_before_anybody_told_of_the_move(moved: Moved) -> None:
    # what the register does not know yet, the supplier's own list of sharing practices shows
    answer = moved.before.ask("why", moved.practice)
    assert (answer["verdict"], answer["reason"]) == ("ABSENT", "S_ABSENT")


def test_the_migration_is_blocked_with_the_day_its_coverage_ends(moved: Moved) -> None:
    told = moved.after.ask("migration", "status", moved.migration_id)
    assert (told["state"], told["from_supplier"]) == ("BLOCKED_NOT_LIVE", "EMIS")
    assert told["coverage_ends_on"] == "2026-11-19"


def test_the_gate_shuts_on_the_day_of_the_move_for_both_systems(moved: Moved) -> None:
    register = moved.after.platform.register
    assert register.land(moved.practice, "EMIS", LAST_DAY).reasons == ()
    left = register.land(moved.practice, "EMIS", MOVED_ON).reasons
    assert left == ("V_SYSTEM_MISMATCH", "C_VOID", "S_ABSENT")
    new = register.land(moved.practice, "MEDICUS", TODAY).reasons
    assert new == ("V_NOT_LIVE", "V_MECHANISM_NOT_BULK", "C_NONE")


def test_what_the_new_system_sends_is_refused_unopened(moved: Moved) -> None:
    known = moved.after.deliveries("medicus")
    (found,) = [e for e in known if f"{moved.practice}/20261119" in e.folder]
    assert (found.state, found.reason) == (State.REFUSED, "V_NOT_LIVE")
    assert moved.after.platform.ledger.outcomes(found.delivery_id) == {}


def test_its_data_stay_in_the_lake_and_in_no_release(moved: Moved) -> None:
    released, kept = moved.after.of(moved.practice)
    assert released == {}
    assert kept == moved.before.of(moved.practice)[1] != {}
    assert moved.practice not in moved.after.released_practices()
    assert_balanced(moved.after)
    assert_others_unchanged(moved.after, moved.before, moved.practice)


def test_why_names_the_block_its_day_and_whose_turn_it_is(moved: Moved) -> None:
    answer = moved.after.ask("why", moved.practice)
    assert (answer["verdict"], answer["reason"]) == ("ABSENT", "V_NOT_LIVE")
    assert answer["owner_role"] == "ICB_SPONSOR"
    (link,) = [
        e for e in answer["chain"] if e["question"] == "Does the practice use that supplier?"
    ]
    assert link["state"] == "MEDICUS; move to MEDICUS BLOCKED_NOT_LIVE, coverage ends 2026-11-19"
    assert link["evidence"] == moved.migration_id
    # asked about the old feed, the consent that ended with the move is named
    old = moved.after.ask("why", moved.practice, "--supplier", "EMIS")
    assert {"V_SYSTEM_MISMATCH", "C_VOID"} <= set(old["reasons"])


def test_coverage_keeps_the_practice_in_its_denominators(moved: Moved) -> None:
    board = moved.after.ask("why", moved.practice)["board_code"]
    then, now = (
        each.ask("coverage", "--icb", board)["total"] for each in (moved.before, moved.after)
    )
    assert (now["practices"], now["list_size"]) == (then["practices"], then["list_size"])
    assert _missing(then, "S_ABSENT") == (1, moved.registered)
    assert _missing(now, "S_ABSENT") == (0, 0)
    assert _missing(now, "V_NOT_LIVE") == (1, moved.registered)


def _missing(coverage: dict[str, Any], reason: str) -> tuple[int, int]:
    """Return practices with data that are not shown for a reason, and their lists."""
    found = [e for e in coverage["missing"] if (e["verdict"], e["reason"]) == ("ABSENT", reason)]
    return sum(e["practices"] for e in found), sum(e["list_size"] for e in found)


def test_the_marts_show_the_end_of_its_coverage_and_count_its_list(moved: Moved) -> None:
    own = moved.row(f"from mart_practice_coverage where practice_code = '{moved.practice}'")
    assert own["coverage_state"] == "coverage ended"
    assert (own["coverage_ends_date"], own["practice_change"]) == (MOVED_ON, "MIGRATION")
    assert (own["list_size"], own["registered_count"]) == (moved.registered, 0)
    assert (own["is_publishing"], own["primary_reason"]) == (False, "V_NOT_LIVE")
    whole = moved.row(
        "select sum(list_size) as list_size, count(*) as practice_count, "
        "count(*) filter (where is_publishing) as publishing_count from mart_practice_coverage "
        f"where icb_code = '{own['icb_code']}' and is_counted"
    )
    board = moved.row(f"from mart_icb_coverage where icb_code = '{own['icb_code']}'")
    assert {name: board[name] for name in whole} == whole
    assert board["list_size"] - board["publishing_list_size"] >= moved.registered
    # closed before there were boards: under none, and in no count of practices
    row = moved.row("select count(*) as n from mart_icb_coverage where icb_code = 'unknown'")
    assert row == {"n": 0}


def test_the_practice_is_on_the_list_of_those_that_wait_for_the_supplier(moved: Moved) -> None:
    found = moved.after.ask("migration", "list", "--target", "MEDICUS")["migrations"]
    told = [(e["practice_code"], e["state"], e["coverage_ends_on"]) for e in found]
    assert told == [(moved.practice, "BLOCKED_NOT_LIVE", "2026-11-19")]


def test_a_variation_s_pack_shows_it_to_its_board(moved: Moved) -> None:
    page = moved.after.home / "pack.md"
    moved.after.lds("variation", "pack", "MEDICUS", "--out", str(page))
    text = page.read_text(encoding="utf-8")
    (row,) = [each for each in text.splitlines() if each.startswith(f"| {moved.practice} |")]
    cells = [each.strip() for each in row.strip("|").split("|")]
    counted_on = "2026-11-18 (SYNTHETIC)"
    assert cells[2:] == ["moved to it", "2026-11-19", str(moved.registered), counted_on, "no"]
    board = moved.after.ask("why", moved.practice)["board_code"]
    assert text.index(f"({board})") < text.index(row)
