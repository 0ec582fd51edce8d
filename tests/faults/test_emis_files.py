"""EMIS files that are missing, doubled, cut, renamed or unreadable: one delivery waits, no more."""

import pytest

from lds_assets.lake.session import session
from lds_assets.raw.tables import raw_table
from lds_assets.synthetic.faults.emis_files import CODES, OTHER_GROUP, OTHER_TERM, STRANGER
from tests.faults.run import Run, assert_others_unchanged
from tests.faults.runs import Runs

NEWEST, NEXT_DAY, FIRST_DELTA = "20261120", "20261121", "20261119"
FILE = "delta_96049_CareRecord_Observation_20261120000512_{group}.csv"

#: scenario -> state, reason, end of what is the matter, begin of what to do
WAITS = {
    "missing_file": (
        "INCOMPLETE",
        "FILES_MISSING",
        "1 missing: CareRecord_Observation",
        "wait for the copy to end; if it stays, ask the supplier to send the delivery again",
    ),
    "file_twice": (
        "HELD",
        "MIXED_BATCH",
        "more than one file of CareRecord_Observation",
        "take the file that does not belong there out of the delivery's folder",
    ),
    "truncated_file": (
        "HELD",
        "TRUNCATED",
        FILE + ": the last line does not end in a line end",
        "wait for the copy to end; if it stays, ask the supplier to send the file again",
    ),
    "cut_at_a_field": (
        "HELD",
        "TRUNCATED",
        FILE + ": the last record has 25 fields, the header 26",
        "wait for the copy to end",
    ),
    "empty_file": (
        "HELD",
        "HEADER_MISSING",
        FILE + ": the file is empty, without a header",
        "ask the supplier to send the file again with its header",
    ),
    "column_missing": (
        "HELD",
        "HEADER_DRIFT",
        FILE + ": 25 columns, missing IsConfidential",
        "if the supplier changed the layout, bring the supplier folder's dictionary up to date",
    ),
    "encrypted_and_damaged": (
        "HELD",
        "DECRYPT_FAIL",
        FILE + ".gpg: no key ring is set",
        "see that the key ring (LDS_GNUPG_HOME) holds the platform's key",
    ),
}
#: Read like the usual delivery: what differs is not what counts.
READ_AS_USUAL = (
    "column_added",
    "columns_moved",
    "header_quoted",
    "stray_file",
    "file_of_other_group",
    "repeated_delivery",
    "late_delivery",
    "late_word",
    "huge_processing_id",
)


@pytest.mark.parametrize("scenario", WAITS)
def test_the_ledger_says_what_is_the_matter_and_what_to_do(runs: Runs, scenario: str) -> None:
    newest = runs.of(scenario).delivery(NEWEST)
    state, reason, matter, to_do = WAITS[scenario]
    assert (newest.state, newest.reason) == (state, reason)
    assert newest.detail == matter.format(group=newest.group_id.upper())
    assert newest.to_do.startswith(to_do)


@pytest.mark.parametrize("scenario", WAITS)
def test_status_asks_to_look_at_it(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    state, reason, _, to_do = WAITS[scenario]
    assert run.to_look_at() == [(state, reason)]
    shown = run.lds("status")
    assert reason in shown and to_do[:20] in shown


@pytest.mark.parametrize("scenario", WAITS)
def test_it_is_as_if_the_delivery_had_not_come_yet(runs: Runs, scenario: str) -> None:
    assert_others_unchanged(runs.of(scenario), runs.before(2))


@pytest.mark.parametrize("scenario", ["missing_file", "truncated_file"])
def test_why_shows_no_more_than_what_was_loaded(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    told = run.ask("why", run.first)
    assert told["is_released"]
    assert [each["state"] for each in told["deliveries"]] == ["PUBLISHED", "PUBLISHED"]


@pytest.mark.parametrize("scenario", READ_AS_USUAL)
def test_what_does_not_count_changes_no_released_row(runs: Runs, clean: Run, scenario: str) -> None:
    run = runs.of(scenario)
    assert run.released == clean.released
    assert run.delivery(f"{NEWEST}T000512/delta-96049").state == "PUBLISHED"


def test_an_unknown_column_is_counted_and_stored_nowhere(runs: Runs, clean: Run) -> None:
    run = runs.of("column_added")
    files = run.platform.ledger.files(run.delivery(NEWEST).delivery_id)
    assert {each.table_name: each.extra_columns for each in files if each.extra_columns} == {
        "CareRecord_Observation": 1
    }
    assert run.raw == clean.raw
    (told,) = run.ask("status")["unknown_columns"]
    assert (told["table_name"], told["newest"]) == (
        "CareRecord_Observation",
        run.delivery(NEWEST).delivery_id,
    )
    (name,) = told["columns"]
    (path,) = (run.home / "landing/emis").glob(f"*/{NEWEST}/*_CareRecord_Observation_*.csv")
    assert path.read_text(encoding="utf-8").splitlines()[0].lower().endswith(f'"{name}"')
    assert told["to_do"].startswith("declare it in the supplier's tables.csv")
    assert clean.ask("status")["unknown_columns"] == []


@pytest.mark.parametrize("scenario", ["not_utf8"])
def test_a_byte_that_is_no_text_sets_the_delivery_aside(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    newest = run.delivery(NEWEST)
    assert (newest.state, newest.reason) == ("QUARANTINED", "ENCODING")
    assert newest.detail.endswith("is not utf-8") and "line" in newest.detail
    assert newest.to_do == "ask the supplier to send the extract again in the agreed encoding"
    assert_others_unchanged(run, runs.before(2))


def test_a_delivery_encrypted_to_another_key_waits_for_the_right_one(runs: Runs) -> None:
    run = runs.of("encrypted_to_another")
    newest = run.delivery(NEWEST)
    assert (newest.state, newest.reason) == ("HELD", "DECRYPT_FAIL")
    assert newest.detail.endswith("; and 9 more files")
    assert_others_unchanged(run, runs.before(2))


def test_a_stranger_is_set_aside_unopened_beside_its_delivery(runs: Runs) -> None:
    run = runs.of("stray_file")
    stranger = run.delivery(STRANGER)
    assert (stranger.state, stranger.reason) == ("QUARANTINED", "UNKNOWN_NAME")
    assert [file.sha256 for file in run.platform.ledger.files(stranger.delivery_id)] == [""]
    assert run.to_look_at() == [("QUARANTINED", "UNKNOWN_NAME")]


def test_a_file_of_another_group_is_set_aside_unopened(runs: Runs) -> None:
    run = runs.of("file_of_other_group")
    stranger = run.delivery(f"{OTHER_GROUP}.csv")
    assert (stranger.state, stranger.reason) == ("QUARANTINED", "GUID_MISMATCH")
    assert stranger.to_do == "ask the supplier which group the file belongs to; move it there"
    assert [file.sha256 for file in run.platform.ledger.files(stranger.delivery_id)] == [""]


def test_the_same_delivery_again_is_loaded_once(runs: Runs, clean: Run) -> None:
    run = runs.of("repeated_delivery")
    again = run.delivery(NEXT_DAY)
    assert (again.state, again.reason) == ("SUPERSEDED", "REPEATED")
    assert again.to_do == "nothing; its content is loaded once"
    assert run.raw == clean.raw
    assert run.to_look_at() == []


def test_a_delivery_earlier_than_the_last_loaded_changes_no_newer_row(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("late_delivery")
    late = run.delivery(NEXT_DAY)
    assert (late.state, late.reason) == ("PUBLISHED", "OUT_OF_ORDER")
    assert late.detail == "extracted before 2026-11-20 00:05 UTC, already loaded"
    newest = run.delivery(NEWEST)
    assert newest.load_sequence is not None and late.load_sequence is not None
    assert newest.load_sequence < late.load_sequence
    assert run.raw == clean.raw


def test_a_word_of_a_late_code_list_is_kept_and_never_the_word_of_a_newer_one(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("late_word")
    shown = "select concept_id, display from release.concept order by 1"
    assert OTHER_TERM in _words(run) and run.select(shown) == clean.select(shown)


def _words(run: Run) -> set[str]:
    """Return every word that raw holds for a clinical code."""
    settings = run.platform.settings
    table = raw_table(settings, run.platform.suppliers["emis"], CODES)
    with session(settings) as connection:
        rows = connection.execute(f"select term from ({table.select(table.files())})").fetchall()
    return {str(term) for (term,) in rows}


def test_a_bulk_is_told_by_its_number_where_names_have_no_word_for_it(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("names_without_kind")
    told = {each.delivery_id.rpartition("/")[2]: each.kind for each in run.deliveries()}
    assert told == {"1": "full", "96048": "delta", "96049-96050": "delta"}
    noted = {(each.reason, each.detail.partition(" ")[2]) for each in run.deliveries()}
    assert noted == {("KIND_INFERRED", "by its number, for its name has no word for it")}
    # rows name the delivery they came with, and it has another name; else all is the same
    assert run.wherever[0] == clean.wherever[0]
    assert run.rows(run.first, NEWEST) == clean.rows(run.first, NEWEST)


def test_other_content_under_the_same_names_never_replaces_what_was_loaded(
    runs: Runs, clean: Run
) -> None:
    run = runs.over("content_changed")
    aside = [each for each in run.deliveries() if each.reason == "HASH_CHANGED"]
    assert [(each.state, each.folder[-8:]) for each in aside] == [("QUARANTINED", NEWEST)]
    assert aside[0].detail.startswith("1 changed after they were proven: delta_96049_CareRecord_")
    assert aside[0].to_do.startswith("ask the supplier which content is right")
    assert run.to_look_at() == [("QUARANTINED", "HASH_CHANGED")]
    assert (run.released, run.raw) == (clean.released, clean.raw)


def test_a_table_without_rows_is_no_change(runs: Runs) -> None:
    """A delta with a header alone tells of no change, and deletes nothing."""
    run = runs.of("header_only")
    assert run.to_look_at() == []
    observations = {key: rows for key, rows in run.released.items() if key[0] == "observation"}
    kept = {key: rows for key, rows in run.raw.items() if key[0] == "CareRecord_Observation"}
    before = runs.before(2)
    assert kept == {k: v for k, v in before.raw.items() if k[0] == "CareRecord_Observation"}
    assert {key: n for key, (n, _) in observations.items()} == {
        key: n for key, (n, _) in before.released.items() if key[0] == "observation"
    }
