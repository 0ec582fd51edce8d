"""What EMIS itself shows of a practice, and deliveries that would take too much of it away."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults.run import Run, assert_balanced, assert_others_unchanged
from tests.faults.runs import Runs, walk_again

NEWEST, FIRST_DELTA = "20261120", "20261119"

#: scenario -> what EMIS shows, the gate's reason
NOT_SHARING = {
    "feed_disabled": ("DISABLED", "S_DISABLED"),
    "feed_deleted": ("DELETED", "S_DELETED"),
    "feed_not_activated": ("PRESENT_NOT_ACTIVATED", "S_NOT_ACTIVATED"),
    "feed_vanished": ("ABSENT", "S_ABSENT"),
    "feed_disabled_empty": ("DISABLED", "S_DISABLED"),
    "feed_disabled_deletes": ("DISABLED", "S_DISABLED"),
}
STORMS = ("mass_delete", "delete_storm", "delete_storm_of_entries")


# -- what the supplier shows ---------------------------------------------------------------------


@pytest.mark.parametrize("scenario", NOT_SHARING)
def test_a_change_of_the_agreement_is_a_governance_event(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    state, _ = NOT_SHARING[scenario]
    assert run.seen(run.first) == [("ACTIVE", "bulk-96047"), (state, "delta-96049")]
    assert run.seen(run.practices()[1]) == [("ACTIVE", "bulk-96047")]


@pytest.mark.parametrize("scenario", NOT_SHARING)
def test_rows_of_a_practice_that_does_not_share_are_counted_and_never_stored(
    runs: Runs, scenario: str
) -> None:
    run = runs.of(scenario)
    _, reason = NOT_SHARING[scenario]
    counted = run.rows(run.first, NEWEST)
    assert counted["LANDED"] > 0 and set(counted) == {"LANDED", reason}
    assert counted[reason] == counted["LANDED"]
    assert run.outcome(run.first, NEWEST) == ("PASSED_OVER", reason)
    assert run.of(run.first)[1] == runs.before(2).of(run.first)[1]


@pytest.mark.parametrize("scenario", NOT_SHARING)
def test_a_practice_that_does_not_share_leaves_the_release_and_no_other_changes(
    runs: Runs, clean: Run, scenario: str
) -> None:
    run = runs.of(scenario)
    assert run.released_practices() == [
        each for each in clean.released_practices() if each != run.first
    ]
    assert run.of(run.first)[0] == {}
    moved = scenario in ("feed_disabled_empty", "feed_vanished")
    assert_others_unchanged(run, clean, run.first, lines_moved=moved)


@pytest.mark.parametrize("scenario", NOT_SHARING)
def test_why_names_the_reason_its_owner_and_the_next_action(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    told = run.ask("why", run.first)
    _, reason = NOT_SHARING[scenario]
    assert (told["primary_reason"], told["is_released"]) == (reason, False)
    (link,) = [each for each in told["chain"] if not each["holds"]]
    assert link["reasons"] == [reason]
    assert link["owner_role"] == "PRACTICE_LIAISON"
    assert link["next_action"]
    assert reason in run.lds("why", run.first)


def test_an_agreement_row_older_than_before_is_told_and_closes_nothing(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("agreement_goes_back")
    assert run.seen(run.first) == [("ACTIVE", "bulk-96047")]
    assert run.released_practices() == clean.released_practices()
    assert run.of(run.first)[0] == clean.of(run.first)[0]
    (told,) = run.ask("status")["supplier_side_goes_back"]
    assert (told["practice_code"], told["reason"]) == (run.first, "DATE_REGRESSION")
    assert NEWEST in told["delivery_id"] and "ACTIVE counts, not DISABLED" in told["detail"]
    assert told["owner_role"] == "PRACTICE_LIAISON" and told["to_do"]
    assert "DATE_REGRESSION" in run.lds("quarantine", "show", told["delivery_id"])
    assert run.ask("status")["supplier_side_goes_back"] and "goes back" in run.lds("status")


def test_deletions_of_a_disabled_practice_are_no_clinical_deletions(runs: Runs) -> None:
    run = runs.of("feed_disabled_deletes")
    kept = runs.before(2).of(run.first)[1]
    assert kept["Admin_Patient", run.first][0] > 0
    assert run.of(run.first)[1] == kept


def test_a_practice_enabled_again_goes_on_with_its_deltas(runs: Runs, clean: Run) -> None:
    run = runs.of("feed_reenabled")
    assert run.seen(run.first) == [
        ("ACTIVE", "bulk-96047"),
        ("DISABLED", "delta-96048"),
        ("ACTIVE", "delta-96049"),
    ]
    assert run.outcome(run.first, FIRST_DELTA) == ("PASSED_OVER", "S_DISABLED")
    assert run.outcome(run.first, NEWEST) == ("LOADED", "")
    assert run.ask("why", run.first)["is_released"]
    assert_others_unchanged(run, clean, run.first, lines_moved=True)


def test_a_disabled_practice_stays_so_when_an_older_delivery_comes_late(
    runs: Runs, tmp_path: Path
) -> None:
    run = runs.copy("feed_disabled", tmp_path)
    late = next((tmp_path / "landing/emis").glob(f"*/{FIRST_DELTA}"))
    late.rename(late.with_name("20261121"))
    again = walk_again(tmp_path, run.made)
    assert again.seen(run.first)[-1] == ("DISABLED", "delta-96049")
    assert again.ask("why", run.first)["primary_reason"] == "S_DISABLED"


def test_no_rows_of_an_active_practice_are_no_change(runs: Runs, clean: Run) -> None:
    run = runs.of("practice_empty")
    assert run.rows(run.first, NEWEST, table="Admin_Patient") == {}
    kept = runs.before(2).of(run.first)[1]
    assert run.of(run.first)[1]["Admin_Patient", run.first] == kept["Admin_Patient", run.first]
    assert run.ask("why", run.first)["is_released"]
    assert_others_unchanged(run, clean, run.first, lines_moved=True)


# -- too many deletions --------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", STORMS)
def test_a_storm_of_deletions_is_held_for_its_practice_alone(
    runs: Runs, clean: Run, scenario: str
) -> None:
    run = runs.of(scenario)
    assert run.outcome(run.first, NEWEST) == ("HELD", "DELETE_STORM")
    counted = run.rows(run.first, NEWEST)
    assert set(counted) == {"LANDED", "DELETE_STORM"}
    assert run.of(run.first) == runs.before(2).of(run.first)
    assert_others_unchanged(run, clean, run.first)


@pytest.mark.parametrize("scenario", STORMS)
def test_a_held_practice_is_listed_with_counts_and_told_by_why(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    delivery = run.delivery(NEWEST).delivery_id
    (held,) = run.ask("hold", "list")["held"]
    assert (held["practice_code"], held["delivery_id"]) == (run.first, delivery)
    assert held["reason"] == "DELETE_STORM"
    table = "CareRecord_Observation" if scenario.endswith("entries") else "Admin_Patient"
    assert held["detail"].startswith(f"{table}: ") and held["detail"].endswith(" deleted")
    assert run.ask("status")["held"] == [held]
    newest, *_ = run.ask("why", run.first)["deliveries"]
    assert (newest["outcome"], newest["primary_reason"]) == ("HELD", "DELETE_STORM")


def test_a_tenth_of_the_patients_may_go(runs: Runs, clean: Run) -> None:
    run = runs.of("deletes_of_few")
    assert run.outcome(run.first, NEWEST) == ("LOADED", "")
    assert run.ask("hold", "list")["held"] == []
    assert _live_patients(run) < _live_patients(clean)
    assert_others_unchanged(run, clean, run.first)


def test_later_deliveries_wait_behind_a_held_one(runs: Runs, clean: Run) -> None:
    run = runs.of("delete_storm_before")
    assert run.outcome(run.first, FIRST_DELTA) == ("HELD", "DELETE_STORM")
    assert run.outcome(run.first, NEWEST) == ("HELD", "HELD_BEFORE")
    assert set(run.rows(run.first, NEWEST)) == {"LANDED", "HELD_BEFORE"}
    assert run.of(run.first) == runs.before(1).of(run.first)
    assert_others_unchanged(run, clean, run.first)


def test_two_persons_release_a_storm_and_one_alone_does_not(
    runs: Runs, clean: Run, tmp_path: Path
) -> None:
    run = runs.copy("delete_storm_before", tmp_path)
    held = run.delivery(FIRST_DELTA).delivery_id
    decision = ("hold", "release", run.first, held, "--reason", "merged with another practice")
    run.refused(*decision, "--actor", "Ann", "--second", "Ann")
    refused = [each for each in run.platform.register.events() if each.event_type == "refused"]
    assert [(each.actor, each.to_state) for each in refused][-1][0] == "Ann"
    assert walk_again(tmp_path, run.made).outcome(run.first, FIRST_DELTA) == (
        "HELD",
        "DELETE_STORM",
    )

    run.lds(*decision, "--actor", "Ann", "--second", "Bert")
    after = walk_again(tmp_path, run.made)
    assert after.outcome(run.first, FIRST_DELTA) == ("LOADED", "")
    assert after.outcome(run.first, NEWEST) == ("LOADED", "")
    assert after.ask("hold", "list")["held"] == []
    assert set(after.rows(run.first, NEWEST)) == {"LANDED", "KEPT"}
    assert_balanced(after)
    assert_others_unchanged(after, clean, run.first)


def test_a_storm_that_is_never_to_be_loaded_is_counted_and_the_feed_goes_on(
    runs: Runs, tmp_path: Path
) -> None:
    run = runs.copy("delete_storm_before", tmp_path)
    held = run.delivery(FIRST_DELTA).delivery_id
    run.lds(
        *("hold", "release", run.first, held, "--reason", "a fault of the supplier"),
        *("--actor", "Ann", "--second", "Bert", "--load", "never"),
    )
    after = walk_again(tmp_path, run.made)
    assert after.outcome(run.first, FIRST_DELTA)[0] == "DISCARDED"
    assert set(after.rows(run.first, FIRST_DELTA)) == {"LANDED", "DISCARDED"}
    assert after.outcome(run.first, NEWEST) == ("LOADED", "")
    assert_balanced(after)


# -- a second bulk -------------------------------------------------------------------------------


def test_a_second_bulk_that_nobody_announced_waits(runs: Runs, clean: Run) -> None:
    run = runs.of("rebulk")
    before = runs.before(2)
    for practice in run.practices():
        assert run.outcome(practice, NEWEST) == ("HELD", "BULK_UNANNOUNCED")
        assert run.of(practice) == before.of(practice)
    assert [each["reason"] for each in run.ask("hold", "list")["held"]] == ["BULK_UNANNOUNCED"] * 2
    assert_others_unchanged(run, clean, *run.practices())


def test_a_second_bulk_that_is_accepted_ends_as_the_deltas_would(
    runs: Runs, clean: Run, tmp_path: Path
) -> None:
    run = runs.copy("rebulk", tmp_path)
    bulk = run.delivery(NEWEST).delivery_id
    for practice in run.practices():
        run.lds(
            *("hold", "release", practice, bulk, "--reason", "agreed with the supplier"),
            *("--actor", "Ann", "--second", "Bert"),
        )
    after = walk_again(tmp_path, run.made)
    assert after.outcome(run.first, NEWEST) == ("LOADED", "")
    assert _live_ids(after, "patient") == _live_ids(clean, "patient")
    assert _live_ids(after, "observation") == _live_ids(clean, "observation")
    assert_balanced(after)


def test_an_unannounced_bulk_tells_what_it_lacks(runs: Runs, clean: Run) -> None:
    run = runs.of("rebulk_short")
    assert run.outcome(run.first, NEWEST) == ("HELD", "BULK_UNANNOUNCED")
    (found,) = [
        each["detail"]
        for each in run.ask("hold", "list")["held"]
        if each["practice_code"] == run.first
    ]
    assert "Admin_Patient: " in found and found.endswith(" not in the full file")
    assert run.of(run.first) == runs.before(2).of(run.first)
    assert_others_unchanged(run, clean, *run.practices())


def test_an_announced_bulk_that_lacks_half_of_a_practice_deletes_nothing(
    runs: Runs, tmp_path: Path
) -> None:
    short = runs.of("rebulk_short")
    before = replace(runs.before(2), home=tmp_path / "home")
    shutil.copytree(runs.before(2).home, before.home)
    before.lds(
        *("hold", "announce", *before.practices(), "--from", "2026-11-19"),
        *("--actor", "Ann", "--reason", "agreed with the supplier"),
    )
    shutil.copytree(short.home / "landing", before.home / "landing", dirs_exist_ok=True)
    after = walk_again(before.home, before.made)
    first, second = after.practices()
    assert after.outcome(first, NEWEST) == ("HELD", "FALSE_FULL")
    assert after.outcome(second, NEWEST) == ("LOADED", "")
    assert after.of(first) == runs.before(2).of(first)
    assert_balanced(after)


def _live_patients(run: Run) -> int:
    return len(_live_ids(run, "patient"))


def _live_ids(run: Run, table: str) -> set[str]:
    """Return the ids of the first practice's records that are not deleted."""
    rows = run.select(
        f"select id from release.{table} where not lds_is_deleted "
        f"and publisher_organisation_code = '{run.first}'"
    )
    return {str(row[0]) for row in rows}


def test_a_disabled_feed_with_empty_files_shuts_the_gate_and_is_not_green(runs: Runs) -> None:
    run = runs.of("feed_disabled_empty")
    assert run.ask("why", run.first)["primary_reason"] == "S_DISABLED"
    told = run.ask("freshness", "--practice", run.first)["rows"]
    assert {each["verdict"] for each in told} == {"EMPTY_BUT_ON_TIME"}
    assert {each["extracted_at"] for each in told} == {"2026-11-20 00:05"}
    assert {each["owner_role"] for each in told} == {"PRACTICE_LIAISON"}
    others = [each for each in run.practices() if each != run.first]
    for other in others:
        rows = run.ask("freshness", "--practice", other)["rows"]
        assert "EMPTY_BUT_ON_TIME" not in {each["verdict"] for each in rows}
