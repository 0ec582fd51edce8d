"""EMIS rows that are doubled, broken, or lead nowhere: kept where they can be, counted always."""

from datetime import date

import pytest

from lds_assets.canonical.identity import concept_id, record_id
from lds_assets.synthetic.faults.emis_edit import invented
from lds_assets.synthetic.faults.emis_rows import AWKWARD_TEXT, SCENARIOS, UNKNOWN_SLOTS
from tests.faults.run import Run, assert_others_unchanged
from tests.faults.runs import Runs

NEWEST, BULK = "20261120", "20261118"
DATASET = "Primary Care - EMIS"
OBSERVATION = "CareRecord_Observation"
#: Scenarios whose practice stays in the release.
IN_THE_RELEASE = sorted({each.name for each in SCENARIOS} - {"left_and_dead", "doubled_population"})


def the_id(run: Run, entity: str, number: int) -> str:
    """Return the id of a record of the first practice with an invented GUID."""
    found = record_id(DATASET, entity, run.first, invented(number).strip("{}").lower())
    assert found is not None
    return found


def one(run: Run, table: str, entity: str, number: int, columns: str) -> tuple[object, ...]:
    """Return columns of the one released record with an invented GUID."""
    wanted = the_id(run, entity, number)
    (row,) = run.select(f"select {columns} from release.{table} where id = '{wanted}'")
    return row


@pytest.mark.parametrize("scenario", IN_THE_RELEASE)
def test_the_delivery_is_loaded_and_no_other_practice_changes(
    runs: Runs, clean: Run, scenario: str
) -> None:
    run = runs.of(scenario)
    assert run.delivery(NEWEST).state == "PUBLISHED"
    assert run.outcome(run.first, NEWEST) == ("LOADED", "")
    assert run.ask("why", run.first)["is_released"]
    assert_others_unchanged(run, clean, run.first)


def test_of_equal_rows_one_counts_and_the_others_are_superseded(runs: Runs, clean: Run) -> None:
    run = runs.of("duplicate_rows")
    usual = clean.rows(run.first, NEWEST, "canonical", OBSERVATION)
    told = run.rows(run.first, NEWEST, "canonical", OBSERVATION)
    assert told - usual == {"CANONICAL": 2, "SUPERSEDED": 2}
    for number in (1, 2):
        assert one(run, "observation", "observation", number, "lds_is_deleted") == (False,)


def test_a_short_row_is_set_aside_by_its_line_alone(runs: Runs, clean: Run) -> None:
    run = runs.of("broken_row")
    assert run.quarantine() - clean.quarantine() == {
        (OBSERVATION, "unowned", "BAD_RECORD", "MISSING_COLUMNS"): 1
    }
    assert run.rows("", NEWEST, table=OBSERVATION) == {"LANDED": 1, "BAD_RECORD": 1}
    assert one(run, "observation", "observation", 1, "lds_is_deleted") == (False,)


def test_a_value_not_of_its_type_and_a_missing_key_are_set_aside(runs: Runs, clean: Run) -> None:
    run = runs.of("broken_value")
    assert run.quarantine() - clean.quarantine() == {
        (OBSERVATION, run.first, "BAD_VALUE", "EffectiveDate"): 1,
        (OBSERVATION, run.first, "NO_KEY", "(key)"): 1,
    }
    told = run.rows(run.first, NEWEST, table=OBSERVATION)
    usual = clean.rows(run.first, NEWEST, table=OBSERVATION)
    assert told - usual == {"LANDED": 2, "BAD_VALUE": 1, "NO_KEY": 1}
    assert "31/02/2026" not in run.lds("status") + run.lds("why", run.first)


def test_quotes_commas_and_line_breaks_within_a_field_are_text(runs: Runs) -> None:
    run = runs.of("awkward_texts")
    assert one(run, "medication_statement", "medication_statement", 1, "dose") == (AWKWARD_TEXT,)


def test_a_code_that_no_list_holds_is_kept_as_a_concept_without_a_term(runs: Runs) -> None:
    run = runs.of("unknown_code")
    for table, system, code, column in (
        ("observation", "urn:lds:emis:code-id", "999999999999999999", "observation"),
        (
            "medication_statement",
            "urn:lds:emis:drug-code-id",
            "999999999999999998",
            "medication_statement",
        ),
    ):
        (found,) = one(run, table, table, 1, f"{column}_source_concept_id")
        assert found == concept_id(system, code)
        known = run.select(
            f"select code, display, is_mapped from release.concept where concept_id = '{found}'"
        )
        assert known == [(code, None, False)]


def test_an_observation_without_code_or_date_is_kept_and_a_padded_date_is_none(runs: Runs) -> None:
    run = runs.of("blank_code_and_dates")
    coded = "observation_source_concept_id is not null, clinical_effective_date"
    has_code, day = one(run, "observation", "observation", 1, coded)
    assert has_code is False and isinstance(day, date)
    assert one(run, "observation", "observation", 2, coded) == (True, None)
    assert one(run, "observation", "observation", 3, coded) == (True, None)


def test_links_to_what_never_came_are_ids_of_nothing(runs: Runs) -> None:
    run = runs.of("links_to_nothing")
    parent = the_id(run, "observation", 91)
    assert one(run, "observation", "observation", 1, "parent_observation_id") == (parent,)
    drug = the_id(run, "medication_statement", 93)
    linked = one(run, "medication_order", "medication_order", 1, "medication_statement_id")
    assert linked == (drug,)
    assert run.select(f"select 1 from release.observation where id = '{parent}'") == []
    assert run.select(f"select 1 from release.medication_statement where id = '{drug}'") == []


def test_a_referral_without_details_or_target_is_a_referral(runs: Runs) -> None:
    run = runs.of("referral_without_target")
    for number in (1, 2):
        assert one(run, "referral_request", "observation", number, "recipient_organisation_id") == (
            None,
        )
        wanted = the_id(run, "observation", number)
        assert run.select(f"select 1 from release.observation where id = '{wanted}'") == []


def test_slots_of_patients_that_no_file_names_are_kept(runs: Runs, clean: Run) -> None:
    run = runs.of("slots_of_unknown_patients")
    told = run.rows(run.first, NEWEST, "canonical", "Appointment_Slot")
    usual = clean.rows(run.first, NEWEST, "canonical", "Appointment_Slot")
    assert told - usual == {"CANONICAL": UNKNOWN_SLOTS}
    orphans = run.select(
        "select count(*) from release.appointment anti join release.patient "
        "on patient.id = appointment.patient_id "
        f"where appointment.publisher_organisation_code = '{run.first}'"
    )
    before = clean.select(
        "select count(*) from release.appointment anti join release.patient "
        "on patient.id = appointment.patient_id "
        f"where appointment.publisher_organisation_code = '{run.first}'"
    )
    assert orphans[0][0] - before[0][0] == UNKNOWN_SLOTS


def test_a_result_with_its_range_and_no_value_is_kept_without_one(runs: Runs) -> None:
    run = runs.of("value_absent")
    unit = concept_id("urn:lds:emis:unit", "mmol/L")
    columns = "result_value, result_value_units_source_concept_id, lds_is_deleted"
    assert one(run, "observation", "observation", 1, columns) == (None, unit, False)


# -- populations ---------------------------------------------------------------------------------


def test_only_left_and_dead_patients_are_landed_and_not_released_unasked(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("left_and_dead")
    assert run.outcome(run.first, BULK) == ("LOADED", "")
    assert_withheld(run, clean)


def test_a_practice_with_patients_twice_is_not_released_and_the_duplicates_are_counted(
    runs: Runs, clean: Run
) -> None:
    run = runs.of("doubled_population")
    told = assert_withheld(run, clean)
    # two in five of the 61 registered came twice; a delta lets one of the 24 originals leave
    assert told.startswith("85 registered, list size 61 ")
    assert told.endswith("; 23 patients have the NHS number of another patient")
    assert run.reconciliations(run.first) == ["D_POPULATION"]


def assert_withheld(run: Run, clean: Run) -> str:
    """The first practice is landed, left out of the release for its population; return why."""
    assert run.released_practices() == [p for p in clean.released_practices() if p != run.first]
    (found,) = run.ask("hold", "list")["withheld"]
    assert (found["practice_code"], found["reason"]) == (run.first, "D_POPULATION")
    assert run.of(run.first)[1]["Admin_Patient", run.first][0] > 0
    assert_others_unchanged(run, clean, run.first)
    return str(found["detail"])
