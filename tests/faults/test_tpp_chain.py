"""TPP deliveries that are lost, repeated, late, or not what their manifest says."""

import json
import shutil
from pathlib import Path

import pytest

from lds_assets.canonical.identity import record_id
from tests.faults.tpp_run import (
    BEFORE,
    BULK,
    FIRST,
    GROUP,
    LAST,
    OTHER,
    OTHERS,
    SECOND,
    Run,
    assert_balanced,
    assert_same,
    before,
    clean,
    live,
    live_ids,
    prepare,
    raw_keys,
    run,
    walk,
)

AGAIN = f"tpp/{GROUP}/20261120T123300"


def of_codes(spoilt: Run) -> set[str]:
    """Return the live observations of the first practice that come from SRCode."""
    keys = raw_keys(clean(), "SRCode", FIRST)
    ids = {record_id("PrimaryCareTPP", "observation", FIRST, "SRCode", key) for key in keys}
    assert ids
    return {each for each in live_ids(spoilt, "observation", FIRST) if each in ids}


# -- the chain -----------------------------------------------------------------------------------


def test_a_lost_window_holds_the_deliveries_after_it() -> None:
    spoilt = run("tpp_gap")
    state, reason, detail = spoilt.fate(LAST)
    assert (state, reason) == ("HELD", "DATE_GAP")
    assert detail.startswith("nothing from 2026-11-18 02:07 to 2026-11-19 03:20 UTC for ")
    to_do = spoilt.delivery(LAST).to_do
    assert to_do == "ask the sender for the missing window or for a full extract"
    assert spoilt.to_look_at() == {LAST: "HELD DATE_GAP"}
    told = spoilt.lds("status")
    assert LAST in told and "ask the sender for the missing window" in told
    assert raw_keys(spoilt, "SRCode", FIRST) < raw_keys(clean(), "SRCode", FIRST)


def test_the_lost_window_lets_the_group_go_on_when_it_comes(tmp_path: Path) -> None:
    prepare(tmp_path, "tpp_gap")
    assert walk(tmp_path).states()[LAST] == "HELD DATE_GAP"
    missing = next(f for d, f in clean().written if d.group == GROUP and d.day == 1)
    shutil.copytree(missing, walk(tmp_path).written[1][1])
    whole = walk(tmp_path)
    assert whole.states() == dict.fromkeys((BULK, BEFORE, LAST, *OTHERS), "PUBLISHED")
    assert whole.to_look_at() == {}
    assert_balanced(whole)
    assert_same(whole, clean(), FIRST, SECOND, OTHER)


def test_a_full_file_closes_the_gap_of_that_file_alone() -> None:
    spoilt = run("tpp_gap_of_other_files")
    assert spoilt.states()[BEFORE] == "PUBLISHED"
    state, reason, detail = spoilt.fate(LAST)
    assert (state, reason) == ("HELD", "DATE_GAP")
    of_gap = int(detail.split(" for ")[1].split()[0])
    listed = [each for each in spoilt.platform.ledger.files(LAST) if each.kind == "delta"]
    assert of_gap == len({each.name for each in listed} - {"SRCode.csv"})
    assert raw_keys(spoilt, "SRCode", FIRST) == raw_keys(before(), "SRCode", FIRST)
    assert raw_keys(spoilt, "SREvent", FIRST) < raw_keys(before(), "SREvent", FIRST)


def test_an_overlapping_window_is_loaded_with_a_note() -> None:
    spoilt = run("tpp_overlap")
    assert spoilt.fate(LAST) == (
        "PUBLISHED",
        "OVERLAP",
        "window starts at 2026-11-18 02:07 UTC, inside the one before",
    )
    assert spoilt.to_look_at() == {}
    assert_same(spoilt, clean(), FIRST, SECOND)


def test_the_same_window_again_is_told_by_its_content() -> None:
    same, other = run("tpp_same_window_again"), run("tpp_same_window_other_content")
    assert same.fate(AGAIN) == ("SUPERSEDED", "REPEATED", f"same content as {LAST}")
    assert same.delivery(AGAIN).to_do == "nothing; its content is loaded once"
    assert same.to_look_at() == {}
    detail = f"another content than {LAST}, which has the same window"
    assert other.fate(AGAIN) == ("QUARANTINED", "HASH_CHANGED", detail)
    assert other.to_look_at() == {AGAIN: "QUARANTINED HASH_CHANGED"}
    assert "ask the supplier which content is right" in other.lds("status")
    for spoilt in (same, other):
        assert spoilt.states()[LAST] == "PUBLISHED"
        assert_same(spoilt, clean(), FIRST, SECOND)


def test_a_folder_dated_late_takes_its_place_by_the_window_of_its_manifest() -> None:
    spoilt = run("tpp_late_folder")
    late = f"tpp/{GROUP}/20261120T123300"
    assert spoilt.states() == dict.fromkeys((BULK, late, LAST, *OTHERS), "PUBLISHED")
    assert spoilt.delivery(late).extracted_at == clean().delivery(BEFORE).extracted_at
    # ids of rows name the delivery, and its folder has another time
    assert live(spoilt, FIRST, SECOND) == live(clean(), FIRST, SECOND)


def test_a_delta_that_comes_after_a_later_full_extract_does_not_undo_it(tmp_path: Path) -> None:
    home, aside = tmp_path / "home", tmp_path / "aside"
    prepare(home, "tpp_rebulk", at_most=1)
    late = home / "landing/tpp" / GROUP / "20261119_0320"
    late.rename(aside)
    first = walk(home)
    assert first.states() == dict.fromkeys((BULK, LAST, *OTHERS), "PUBLISHED")
    aside.rename(late)
    then = walk(home)
    assert then.fate(BEFORE) == (
        "PUBLISHED",
        "OUT_OF_ORDER",
        "extracted before 2026-11-20 04:33 UTC, already loaded",
    )
    assert_balanced(then)
    assert live(then, FIRST, SECOND) == live(run("tpp_rebulk"), FIRST, SECOND)


# -- full and delta ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "kind"), [("tpp_mixed_manifest", "mixed"), ("tpp_rebulk", "full")]
)
def test_what_is_sent_again_as_full_says_what_the_deltas_said(scenario: str, kind: str) -> None:
    spoilt = run(scenario)
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.delivery(LAST).kind == kind
    assert spoilt.file(LAST, "SRCode").is_full
    assert spoilt.to_look_at() == {}
    assert live(spoilt, FIRST, SECOND) == live(clean(), FIRST, SECOND)


def test_rows_a_full_file_lacks_are_deleted_and_no_others() -> None:
    spoilt = run("tpp_full_without_a_few")
    assert spoilt.states()[LAST] == "PUBLISHED"
    gone = live_ids(clean(), "observation", FIRST) - live_ids(spoilt, "observation", FIRST)
    assert len(gone) == 5
    assert live(spoilt, SECOND) == live(clean(), SECOND)


def test_a_full_file_without_a_practice_waits_for_two_persons_and_deletes_nothing(
    tmp_path: Path,
) -> None:
    scenario = "tpp_full_without_a_practice"
    assert_same(run(scenario), before(), FIRST)
    assert live(run(scenario), SECOND) == live(clean(), SECOND)
    prepare(tmp_path, scenario)
    decision = ("hold", "release", FIRST, LAST, "--reason", "the file lacks the practice")
    walk(tmp_path).lds(*decision, "--actor", "Ann", "--second", "Bert")
    after = walk(tmp_path)
    # what the newest delta would have brought is missing, nothing else
    assert raw_keys(after, "SRCode", FIRST) == raw_keys(before(), "SRCode", FIRST)
    assert of_codes(after) == of_codes(before())
    assert raw_keys(after, "SREvent", FIRST) == raw_keys(clean(), "SREvent", FIRST)


@pytest.mark.parametrize("scenario", ["tpp_false_full", "tpp_full_of_last_months"])
def test_a_full_file_that_lacks_much_holds_each_practice_for_two_persons(scenario: str) -> None:
    spoilt = run(scenario)
    held = spoilt.platform.ledger.outcomes(LAST)
    for practice in (FIRST, SECOND):
        record = held[practice]
        assert (record.outcome, record.primary_reason) == ("HELD", "FALSE_FULL")
        told = spoilt.lds("why", practice)
        assert "FALSE_FULL" in told
    listed = spoilt.lds("hold", "list")
    table = "SRPatient" if scenario == "tpp_false_full" else "SRCode"
    assert f"{table}: " in listed and "not in the full file" in listed
    assert_same(spoilt, before(), FIRST, SECOND)


@pytest.mark.parametrize(
    ("scenario", "table"), [("tpp_file_absent", "SRCode"), ("tpp_patients_absent", "SRPatient")]
)
def test_an_absent_file_is_no_change(scenario: str, table: str) -> None:
    spoilt = run(scenario)
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.to_look_at() == {}
    assert raw_keys(spoilt, table, FIRST) == raw_keys(before(), table, FIRST)
    assert raw_keys(spoilt, "SREvent", FIRST) == raw_keys(clean(), "SREvent", FIRST)
    assert spoilt.counted(LAST, table) == {}
    if table == "SRCode":
        assert of_codes(spoilt) == of_codes(before())


def test_files_of_headers_alone_change_nothing() -> None:
    spoilt = run("tpp_header_only")
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.counted(LAST, "SRCode")["LANDED"] == 0
    assert_same(spoilt, before(), FIRST, SECOND)


# -- the manifest --------------------------------------------------------------------------------

HELD = {
    "tpp_manifest_missing": (
        "INCOMPLETE FILES_MISSING",
        "SRManifest.csv is not there; it comes last",
        "wait for the copy to end",
    ),
    "tpp_file_not_listed": (
        "HELD MANIFEST",
        "not in the manifest: SRCode.csv",
        "ask the sender of the delivery for a manifest that agrees",
    ),
    "tpp_two_ends": (
        "HELD MANIFEST",
        "DateExtractTo has 2 different values, not one",
        "ask the sender of the delivery for a manifest that agrees",
    ),
    "tpp_two_starts": (
        "HELD MANIFEST",
        "DateExtractFrom has 2 different values among deltas, not one",
        "ask the sender of the delivery for a manifest that agrees",
    ),
}


@pytest.mark.parametrize("scenario", HELD)
def test_a_delivery_that_is_not_what_its_manifest_says_waits_whole(scenario: str) -> None:
    spoilt = run(scenario)
    fate, detail, to_do = HELD[scenario]
    assert spoilt.states()[LAST] == fate
    assert spoilt.delivery(LAST).detail == detail
    assert spoilt.to_look_at() == {LAST: fate}
    told = spoilt.lds("status")
    assert detail in told and to_do in told
    assert spoilt.quarantined(LAST) == {}
    assert spoilt.counted(LAST, "SRPatient") == {}
    assert_same(spoilt, before(), FIRST, SECOND)


def test_a_listed_file_that_is_missing_waits_alone() -> None:
    spoilt, part = run("tpp_listed_file_missing"), f"{LAST}+SRCode"
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.to_look_at() == {part: "INCOMPLETE FILES_MISSING"}
    assert raw_keys(spoilt, "SRCode", FIRST) == raw_keys(before(), "SRCode", FIRST)
    assert raw_keys(spoilt, "SREvent", FIRST) == raw_keys(clean(), "SREvent", FIRST)


def test_a_lost_window_makes_its_practices_late_and_no_others() -> None:
    spoilt = run("tpp_gap")
    rows = json.loads(spoilt.lds("freshness", "--json"))["rows"]
    told = {(each["practice_code"], each["table_group"]): each for each in rows}
    for practice in (FIRST, SECOND):
        row = told[practice, "record"]
        # the window of 18 November is the last that is loaded; two were due since
        assert (row["verdict"], row["extracted_at"]) == ("MISSING", "2026-11-18 02:07")
        assert (row["waiting"], row["waiting_reason"]) == (LAST, "DATE_GAP")
    # its newest extract is of 19 November, and nothing of it waits
    other = told[OTHER, "record"]
    assert (other["verdict"], other["waiting"]) == ("LATE", "")
    assert other["extracted_at"] == "2026-11-19 04:25"
