"""Whose rows are they: organisation codes that changed, are a branch's, wrong or missing."""

import pytest

from lds_assets.synthetic.faults.emis_files import OTHER_GROUP
from tests.faults.run import Run, assert_balanced, assert_others_unchanged
from tests.faults.runs import Runs

NEWEST, FIRST_DELTA, BULK = "20261120", "20261119", "20261118"
OBSERVATION = "CareRecord_Observation"
#: The register says whose id it is: a bulk that gives it another practice's code is not believed.
MISMATCHED = ("ods_code_look_alike", "ods_code_not_registered", "ods_code_of_unknown_branch")


def assert_told(run: Run, code: str, reason: str, owner: str, to_do: str) -> None:
    """``lds why`` says of a code that is no practice here what is amiss, who acts and how."""
    told = run.ask("why", code)
    assert (told["reason"], told["owner_role"], told["verdict"]) == (reason, owner, "NEVER")
    assert told["next_action"].startswith(to_do)
    assert not told["is_released"]


def test_a_changed_organisation_code_holds_the_practice_in_that_delivery(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("ods_code_changed")
    assert run.outcome(run.first, NEWEST) == ("HELD", "S_GUID_MISMATCH")
    assert set(run.rows(run.first, NEWEST)) == {"LANDED", "S_GUID_MISMATCH"}
    assert run.of(run.first)[1] == runs.before(2).of(run.first)[1]
    newest, *_ = run.ask("why", run.first)["deliveries"]
    assert (newest["outcome"], newest["primary_reason"]) == ("HELD", "S_GUID_MISMATCH")
    assert "S_GUID_MISMATCH" in run.lds("why", run.first)
    assert "practice_system.csv" in run.reports["emis"].practices[run.first].message
    assert_others_unchanged(run, clean, run.first)


def test_deliveries_after_an_unexplained_code_wait_for_it(runs: Runs, clean: Run) -> None:
    run = runs.of("ods_code_changed_before")
    assert run.outcome(run.first, FIRST_DELTA) == ("HELD", "S_GUID_MISMATCH")
    assert run.outcome(run.first, NEWEST) == ("HELD", "HELD_BEFORE")
    assert run.reasons(run.first, NEWEST) == ("HELD_BEFORE", "S_GUID_MISMATCH")
    # what it had before stays as it was
    assert run.of(run.first) == runs.before(1).of(run.first)
    assert_others_unchanged(run, clean, run.first)


@pytest.mark.parametrize("scenario", MISMATCHED)
def test_a_code_that_is_not_the_registers_stores_no_row(
    runs: Runs, clean: Run, scenario: str
) -> None:
    run = runs.of(scenario)
    assert run.outcome(run.first, BULK) == ("HELD", "S_GUID_MISMATCH")
    counted = run.rows(run.first, BULK)
    assert set(counted) == {"LANDED", "S_GUID_MISMATCH"}
    assert counted["LANDED"] == clean.rows(run.first, BULK)["LANDED"]
    # later deliveries wait for the bulk to be explained
    assert run.outcome(run.first, NEWEST) == ("HELD", "HELD_BEFORE")
    assert run.of(run.first) == ({}, {})
    told = run.reports["emis"].practices[run.first].message
    assert "S_GUID_MISMATCH; ask the supplier whose the id is" in told
    assert_others_unchanged(run, clean, run.first)


def test_a_branchs_code_stands_for_its_practice_and_is_reported(runs: Runs, clean: Run) -> None:
    run = runs.of("ods_code_of_branch")
    branch = f"{run.first}001"
    assert run.outcome(branch, BULK) == ("MAPPED", "P_BRANCH")
    assert run.reasons(branch, BULK) == ("P_BRANCH", run.first)
    assert_told(run, branch, "P_BRANCH", "OPS", "Ask for the rows under the parent practice's code")
    (link, *_) = [e for e in run.ask("why", branch)["chain"] if not e["holds"]]
    assert (link["state"], link["evidence"]) == (f"a branch of {run.first}", "branch.csv")
    assert run.outcome(run.first, BULK) == ("LOADED", "")
    assert (run.released, run.raw) == (clean.released, clean.raw)


def test_a_branch_no_register_lists_is_nobody_s(runs: Runs) -> None:
    run = runs.of("ods_code_of_unknown_branch")
    branch = f"{run.first}002"
    # its rows are held, and asked about it is no branch: gate and why say the same
    assert branch not in run.platform.ledger.outcomes(run.delivery(BULK).delivery_id)
    assert_told(run, branch, "P_UNKNOWN", "PRACTICE_LIAISON", "Add the practice from ODS")


def test_blanks_and_small_letters_around_a_code_do_not_matter(runs: Runs, clean: Run) -> None:
    run = runs.of("ods_code_padded")
    assert run.outcome(run.first, BULK) == ("LOADED", "")
    assert (run.released, run.raw) == (clean.released, clean.raw)


def test_a_practice_is_not_its_own_commissioner(runs: Runs, clean: Run) -> None:
    run = runs.of("own_commissioner")
    query = (
        "select id = parent_organisation_id, parent_organisation_id from release.organisation "
        f"where organisation_code = '{run.first}'"
    )
    ((_, usual),) = clean.select(query)
    assert usual is not None
    assert run.select(query) == [(None, None)]
    assert_others_unchanged(run, clean)


def test_rows_without_an_organisation_are_set_aside_and_never_spread(
    runs: Runs, clean: Run
) -> None:
    """Two practices load, the refused ones are counted, blank rows wait: all add up to the file."""
    run = runs.of("blank_owner")
    assert run.quarantine() - clean.quarantine() == {(OBSERVATION, "unowned", "NO_OWNER", None): 3}
    assert run.rows("", NEWEST, table=OBSERVATION) == {"LANDED": 3, "NO_OWNER": 3}
    outcomes = run.platform.ledger.outcomes(run.delivery(NEWEST).delivery_id)
    assert [outcomes[each].outcome for each in run.practices()] == ["LOADED", "LOADED"]
    (withdrawn,) = run.practices(case="withdrawn")
    assert set(run.rows(withdrawn, NEWEST)) == {"LANDED", "C_WITHDRAWN"}
    (told,) = run.ask("quarantine", "list")["rows"]
    assert (told["practice_code"], told["reason"], told["rows"]) == ("nobody's", "NO_OWNER", 3)
    assert told["owner_role"] == "OPS"
    assert told["to_do"].startswith("ask the supplier whose the rows are")
    (path,) = (run.home / "landing/emis").glob(f"*/{NEWEST}/*_{OBSERVATION}_*.csv")
    of_file = [
        reasons["LANDED"]
        for (_, table, _), reasons in run.platform.ledger.account(
            "raw", run.delivery(NEWEST).delivery_id
        ).items()
        if table == OBSERVATION
    ]
    assert sum(of_file) == path.read_bytes().count(b'"\r\n') - 1
    assert_others_unchanged(run, clean)


def test_rows_of_an_organisation_that_is_not_named_are_set_aside(runs: Runs, clean: Run) -> None:
    run = runs.of("unknown_owner")
    assert run.quarantine() - clean.quarantine() == {
        (OBSERVATION, "unowned", "OWNER_UNKNOWN", None): 1
    }
    assert run.rows("", NEWEST, table=OBSERVATION) == {"LANDED": 1, "OWNER_UNKNOWN": 1}
    assert_others_unchanged(run, clean)


def test_a_delta_of_an_unknown_group_waits_for_a_bulk_that_never_comes(runs: Runs) -> None:
    run = runs.of("group_changed")
    stray = next(each for each in run.deliveries() if each.group_id == OTHER_GROUP.lower())
    assert (stray.state, stray.reason) == ("HELD", "BULK_MISSING")
    assert run.to_look_at() == [("HELD", "BULK_MISSING")]
    assert_others_unchanged(run, runs.before(2))


def test_deliveries_under_a_group_that_is_not_the_agreement_are_set_aside(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("group_never_registered")
    bulk = run.delivery(BULK)
    assert (bulk.state, bulk.reason) == ("QUARANTINED", "S_GUID_MISMATCH")
    assert bulk.detail.startswith("the group is the sharing agreement of none of ")
    assert bulk.to_do.startswith("ask the supplier whose the group is")
    assert run.to_look_at()[0] == ("QUARANTINED", "S_GUID_MISMATCH")
    for practice in run.practices():
        assert run.of(practice) == ({}, {})
    assert_others_unchanged(run, clean, *run.practices())


def test_a_practice_under_one_hundredth_of_its_list_is_not_released(runs: Runs, clean: Run) -> None:
    run = runs.of("implied_opt_out")
    assert run.outcome(run.first, BULK) == ("LOADED", "")
    assert run.released_practices() == [p for p in clean.released_practices() if p != run.first]
    (found,) = run.ask("hold", "list")["withheld"]
    assert (found["practice_code"], found["reason"]) == (run.first, "D_POPULATION")
    assert "registered, list size " in found["detail"]
    assert (found["owner_role"], bool(found["to_do"])) == ("OPS", True)
    assert not run.ask("why", run.first)["is_released"]
    # the platform asked for RECONCILED once, and the register refused it under the same reason
    assert run.reconciliations(run.first) == ["D_POPULATION"]
    assert run.reconciliations(run.practices()[1]) == ["RECONCILED"]
    # what came of it is kept, and nothing is kept back of anybody else
    released, raw = run.of(run.first)
    assert (released, raw["Admin_Patient", run.first][0] > 0) == ({}, True)
    assert run.outcome(run.practices()[1], BULK) == ("LOADED", "")
    assert_balanced(run)


def test_a_practice_that_no_register_holds_is_counted_and_never_stored(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("practice_not_registered")
    assert run.outcome("A99998", NEWEST) == ("DENIED", "P_UNKNOWN")
    assert run.rows("A99998", NEWEST) == {"LANDED": 2, "P_UNKNOWN": 2}
    assert_told(run, "A99998", "P_UNKNOWN", "PRACTICE_LIAISON", "Add the practice from ODS")
    assert_balanced(run)
    assert_others_unchanged(run, clean)


def test_a_practice_with_a_look_alike_letter_is_malformed_and_never_guessed(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("practice_look_alike")
    outcomes = run.platform.ledger.outcomes(run.delivery(NEWEST).delivery_id)
    malformed = [each for each in outcomes.values() if each.primary_reason == "P_MALFORMED"]
    assert [each.outcome for each in malformed] == ["DENIED"]
    code = malformed[0].practice_code
    assert run.rows(code, NEWEST) == {"LANDED": 2, "P_MALFORMED": 2}
    assert_told(run, code, "P_MALFORMED", "OPS", "Ask the supplier which practice the rows")
    assert_others_unchanged(run, clean)


def test_consent_withdrawn_after_the_bulk_ends_landing_and_release(runs: Runs, clean: Run) -> None:
    run = runs.of("consent_withdrawn")
    assert run.outcome(run.first, NEWEST) == ("DENIED", "C_WITHDRAWN")
    assert set(run.rows(run.first, NEWEST)) == {"LANDED", "C_WITHDRAWN"}
    assert run.first not in run.released_practices()
    told = run.ask("why", run.first)
    assert (told["primary_reason"], told["is_released"]) == ("C_WITHDRAWN", False)
    assert_others_unchanged(run, clean, run.first)


def test_a_refused_consent_file_leaves_the_last_good_one_in_force(runs: Runs, clean: Run) -> None:
    run = runs.of("consent_without_start")
    (told,) = run.ask("status")["files_not_in_force"]
    assert told["where"].startswith("governance/practice_consent.csv: ")
    assert "C-3 a granted consent lacks a field it needs (line 4)" in told["where"]
    assert run.outcome(run.first, NEWEST) == ("LOADED", "")
    assert run.released_practices() == clean.released_practices()
    assert (run.released, run.raw) == (clean.released, clean.raw)
