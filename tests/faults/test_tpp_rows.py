"""Faults of single TPP rows: each leaves a trace, takes nothing else along, and balances."""

from collections.abc import Mapping
from typing import Any

import pytest

from lds_assets.canonical.identity import concept_id, record_id
from lds_assets.synthetic.faults import tpp_rows
from lds_assets.synthetic.faults.tpp_edit import read, template
from lds_assets.synthetic.faults.tpp_rows import (
    BROKEN_TEXT,
    CASE_CODES,
    FAULTS,
    HUGE_NUMBERS,
    HUGE_PATIENT,
    LOCAL_CODE,
    UNKNOWN_REGISTRATION,
    UNUSUAL_TEXT,
    number,
)
from tests.faults.tpp_run import (
    FIRST,
    GROUP,
    LAST,
    OTHER,
    SECOND,
    Run,
    clean,
    live,
    raw_keys,
    run,
)

DATASET = "PrimaryCareTPP"
SNOMED, CTV3, LOCAL = "http://snomed.info/sct", "http://read.info/ctv3", "urn:lds:tpp:code"
#: what changes much by its meaning is walked alone
ALONE = (
    "tpp_removed_patient",
    "tpp_filtered_patient",
    "tpp_seen_by_two_units",
    "tpp_renumbered_mapping",
    "tpp_registration_null",
    "tpp_staff_absent",
)
TOGETHER = tuple(name for name in FAULTS if name not in ALONE)


def spoilt() -> Run:
    """Return the run with every fault that touches but a few rows."""
    return run(*TOGETHER)


def observation(run: Run, key: str, practice: str = FIRST) -> dict[str, Any]:
    found = run.row("observation", "observation", practice, "SRCode", key)
    assert found is not None
    return found


def sent(table: str, **wanted: str) -> Mapping[str, str]:
    """Return the row of the clean bulk that added rows were copied from."""
    first = [item for item in clean().written if item[0].group == GROUP]
    return template(first, table, FIRST, **wanted)


def test_added_rows_change_no_other_row_of_their_practice() -> None:
    added = {number(name, place) for name in FAULTS for place in range(10)} | {*HUGE_NUMBERS}
    for practice in (FIRST, SECOND):
        usual = raw_keys(clean(), "SRCode", practice)
        assert usual <= raw_keys(spoilt(), "SRCode", practice)
        assert raw_keys(spoilt(), "SRCode", practice) - usual <= added
    untouched = ("patient_address", "schedule", "referral_request", "procedure_request")
    for table in untouched:
        assert live(spoilt(), FIRST)[table] == live(clean(), FIRST)[table], table


# -- removal -------------------------------------------------------------------------------------


def removed_by_the_fault(table: str) -> str:
    """Return the key that the newest delivery removes with the fault and not without."""
    gone = [
        {
            row["RowIdentifier"]
            for delivery, folder in each.written
            if (delivery.group, delivery.day) == (GROUP, 2)
            for row in read(folder, table).rows
            if row["RemovedData"] == "1"
        }
        for each in (spoilt(), clean())
    ]
    (key,) = gone[0] - gone[1]
    return key


def test_a_removed_row_keeps_the_patient_it_had_and_nothing_else() -> None:
    removed = {table: removed_by_the_fault(table) for table in ("SRAppointment", "SREvent")}
    for table, entity, key in (
        ("appointment", "appointment", ("SRAppointment", removed["SRAppointment"])),
        ("encounter", "encounter", (removed["SREvent"],)),
    ):
        gone, usual = (each.row(table, entity, FIRST, *key) for each in (spoilt(), clean()))
        assert gone is not None and usual is not None
        assert gone["lds_is_deleted"] is True and not usual["lds_is_deleted"]
        assert gone["patient_id"] == usual["patient_id"] is not None
    encounter = spoilt().row("encounter", "encounter", FIRST, removed["SREvent"])
    assert encounter is not None and encounter["clinical_effective_date"] is None


def test_a_removed_patient_takes_every_record_at_that_practice_along() -> None:
    told = run("tpp_removed_patient")
    gone = record_id(DATASET, "patient", FIRST, sent("SRPatient")["RowIdentifier"])
    assert any(row["patient_id"] == gone for row in clean().released["observation"])
    deleted = {
        table: [row["lds_is_deleted"] for row in rows if row["patient_id"] == gone]
        for table, rows in told.released.items()
        if rows and {"patient_id", "lds_is_deleted"} <= rows[0].keys()
    }
    assert len(deleted["observation"]) > 0
    assert {table for table, marks in deleted.items() if not all(marks)} == set()
    assert live(told, SECOND) == live(clean(), SECOND)


def test_a_patient_the_content_filter_takes_out_is_hidden_with_what_came_before() -> None:
    told = run("tpp_filtered_patient")
    hidden = record_id(DATASET, "patient", FIRST, sent("SRPatient")["RowIdentifier"])
    assert any(row["patient_id"] == hidden for row in clean().released["observation"])
    for table in ("patient", "observation", "encounter", "appointment", "medication_order"):
        name = "id" if table == "patient" else "patient_id"
        shown = [row for row in told.released[table] if row[name] == hidden]
        assert all(row["lds_is_deleted"] for row in shown), table
    # the other configuration has a patient of the same number, whom the filter does not mean
    same = record_id(DATASET, "patient", OTHER, sent("SRPatient")["RowIdentifier"])
    assert any(row["id"] == same and not row["lds_is_deleted"] for row in told.released["patient"])


# -- keys ----------------------------------------------------------------------------------------


def test_one_number_in_two_files_and_practices_is_as_many_records() -> None:
    key = number("tpp_same_number")
    for practice in (FIRST, SECOND):
        for table, files in (
            ("observation", ("SRCode", "SRImmunisation")),
            ("medication_statement", ("SRRepeatTemplate",)),
        ):
            for file in files:
                assert spoilt().row(table, table, practice, file, key), (practice, file)
    ids = {
        record_id(DATASET, "observation", practice, file, key)
        for practice in (FIRST, SECOND)
        for file in ("SRCode", "SRImmunisation")
    }
    assert len(ids) == 4


def test_a_visit_and_an_appointment_of_one_number_are_two() -> None:
    key = number("tpp_visit_and_appointment")
    visit = spoilt().row("appointment", "appointment", FIRST, "SRVisit", key)
    slot = spoilt().row("appointment", "appointment", FIRST, "SRAppointment", key)
    assert visit and slot and visit["id"] != slot["id"]
    assert visit["patient_id"] == slot["patient_id"]
    assert visit["appointment_type"] == "Home visit" != slot["appointment_type"]


def test_a_record_seen_by_two_units_is_one_record_of_each() -> None:
    told, key = run("tpp_seen_by_two_units"), number("tpp_seen_by_two_units")
    here, there = (observation(told, key, practice) for practice in (FIRST, SECOND))
    assert here["id"] != there["id"]
    assert (here["publisher_organisation_code"], there["publisher_organisation_code"]) == (
        FIRST,
        SECOND,
    )
    patients = [
        record_id(DATASET, "patient", practice, sent("SRPatient")["RowIdentifier"])
        for practice in (FIRST, SECOND)
    ]
    assert [here["patient_id"], there["patient_id"]] == patients


def test_rows_without_key_or_unit_are_set_aside_by_line() -> None:
    aside = spoilt().quarantined(LAST)
    assert aside["SRCode", "NO_KEY", "(key)"] == 1
    assert aside["SRCode", "NO_OWNER", ""] == 1


def test_long_numbers_keep_every_digit() -> None:
    patient = spoilt().row("patient", "patient", FIRST, HUGE_PATIENT)
    assert patient is not None
    first, second = (observation(spoilt(), each) for each in HUGE_NUMBERS)
    assert first["id"] != second["id"]
    assert first["patient_id"] == second["patient_id"] == patient["id"]


# -- text and values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "text"), [("tpp_unusual_text", UNUSUAL_TEXT), ("tpp_line_break", BROKEN_TEXT)]
)
def test_typed_text_arrives_as_it_was_typed(scenario: str, text: str) -> None:
    key = number(scenario)
    found = spoilt().row(
        "medication_statement", "medication_statement", FIRST, "SRRepeatTemplate", key
    )
    assert found is not None and found["dose"] == text


def test_values_that_are_none_set_their_row_aside_and_are_named_by_column() -> None:
    aside = spoilt().quarantined(LAST)
    assert {key: rows for key, rows in aside.items() if key[1] == "BAD_VALUE"} == {
        ("SRCode", "BAD_VALUE", "DateEvent"): 1,
        ("SRCode", "BAD_VALUE", "IsNumeric"): 1,
        ("SRCode", "BAD_VALUE", "IDPatient"): 1,
    }
    counted = spoilt().counted(LAST, "SRCode")
    assert (counted["BAD_VALUE"], counted["NO_KEY"], counted["NO_OWNER"]) == (3, 1, 1)
    assert counted["LANDED"] == counted["KEPT"] + 5
    told = spoilt().lds("why", FIRST)
    assert "BAD_VALUE 3" in told and "NO_KEY 1" in told


def test_filler_numbers_are_no_measurements() -> None:
    fault = "tpp_filler_numbers"
    for place in (0, 1):
        filler = observation(spoilt(), number(fault, place))
        assert filler["result_value"] is filler["result_text"] is None
    assert observation(spoilt(), number(fault, 2))["result_value"] == 0.0


def test_typed_drugs_have_no_code_and_quantities_keep_decimals() -> None:
    fault, table = "tpp_typed_drugs", "medication_statement"
    typed, coded = (
        spoilt().row(table, table, FIRST, "SRRepeatTemplate", number(fault, place))
        for place in (0, 1)
    )
    assert typed is not None and coded is not None
    assert typed["medication_name"] == "invented balm"
    assert typed["medication_statement_source_concept_id"] is None
    # a dm+d number of seventeen digits, beyond exact floating point numbers
    assert coded["medication_statement_source_concept_id"] == concept_id(
        SNOMED, "39720311000001101"
    )
    assert (coded["quantity_value"], coded["quantity_unit"]) == (2.5, "ml")


# -- codes ---------------------------------------------------------------------------------------


def test_no_snomed_code_leaves_the_code_of_the_system() -> None:
    code = sent("SRCode")["CTV3Code"]
    system = LOCAL if code.startswith("Y") else CTV3
    for place in range(3):
        found = observation(spoilt(), number("tpp_no_snomed", place))
        assert found["observation_source_concept_id"] == concept_id(system, code)


def test_a_local_code_nobody_lists_is_a_concept_of_the_suppliers_own() -> None:
    found = observation(spoilt(), number("tpp_local_code"))["observation_source_concept_id"]
    assert found == concept_id(LOCAL, LOCAL_CODE)
    concept = spoilt().concept(found)
    assert (concept["code"], concept["system"]) == (LOCAL_CODE, LOCAL)


def test_codes_that_differ_in_case_are_different_codes() -> None:
    found = [
        observation(spoilt(), number("tpp_case_of_codes", place))["observation_source_concept_id"]
        for place in (0, 1)
    ]
    assert found == [concept_id(CTV3, code) for code in CASE_CODES]
    assert [spoilt().concept(each)["code"] for each in found] == [*CASE_CODES]


def test_two_problems_on_one_entry_mark_it_once_and_it_has_not_ended() -> None:
    entry = observation(spoilt(), number("tpp_two_problems"))
    assert entry["is_problem"] is True
    assert entry["problem_end_date"] is None
    kept = spoilt().counted(LAST, "SRProblem", "canonical")
    assert kept["MERGED"] == spoilt().counted(LAST, "SRProblem")["KEPT"]


def test_words_are_read_from_the_lists_of_the_same_delivery() -> None:
    told = run("tpp_renumbered_mapping")
    for table, column in (
        ("appointment", "slot_status_raw"),
        ("patient_address", "address_type_source_concept_id"),
    ):
        words = {row[column] for row in clean().released[table]}
        assert {row[column] for row in told.released[table]} == words
    assert live(told, FIRST, SECOND)["appointment"] == live(clean(), FIRST, SECOND)["appointment"]


# -- registration and owner ----------------------------------------------------------------------


def test_an_unknown_kind_of_registration_stays_as_it_came_and_never_hides_a_known_one() -> None:
    fault = "tpp_unknown_registration"
    strange, known = (
        spoilt().row("episode_of_care", "episode_of_care", FIRST, number(fault, place))
        for place in (0, 1)
    )
    assert strange is not None and known is not None
    concept = spoilt().concept(strange["episode_type_source_concept_id"])
    assert concept["code"] == UNKNOWN_REGISTRATION
    assert spoilt().concept(known["episode_type_source_concept_id"])["code"] == "GMS"


def test_a_practice_whose_registrations_have_no_kind_is_left_out_of_the_release() -> None:
    told = run("tpp_registration_null")
    assert told.states()[LAST] == "PUBLISHED"
    assert FIRST not in {row["publisher_organisation_code"] for row in told.released["patient"]}
    shown = told.lds("why", FIRST)
    assert "is HELD on 2026-11-21: D_POPULATION" in shown
    assert live(told, SECOND) == live(clean(), SECOND)


def test_rows_of_a_foreign_controller_are_kept_raw_and_withheld_by_name() -> None:
    foreign, blank = (number("tpp_foreign_controller", place) for place in (0, 1))
    assert {foreign, blank} <= raw_keys(spoilt(), "SRCode", FIRST)
    assert spoilt().row("observation", "observation", FIRST, "SRCode", foreign) is None
    assert spoilt().counted(LAST, "SRCode", "canonical")["NOT_CONTROLLER"] == 1
    assert clean().counted(LAST, "SRCode", "canonical")["NOT_CONTROLLER"] == 0


# -- links ---------------------------------------------------------------------------------------


def test_links_to_rows_that_never_came_dangle_and_lose_nothing() -> None:
    key, nobody = number("tpp_dangling_links"), number("tpp_dangling_links", 9)
    event = spoilt().row("encounter", "encounter", FIRST, key)
    assert event is not None
    assert event["practitioner_id"] is None
    assert event["appointment_id"] == record_id(
        DATASET, "appointment", FIRST, "SRAppointment", nobody
    )
    entry = observation(spoilt(), key)
    assert entry["encounter_id"] == record_id(DATASET, "encounter", FIRST, nobody)
    order = spoilt().row("medication_order", "medication_order", FIRST, key)
    assert order is not None
    assert order["medication_statement_id"] not in {
        row["id"] for row in spoilt().released["medication_statement"]
    }


def test_appointments_and_visits_without_a_patient_are_counted_by_reason() -> None:
    for table, reason in (
        ("SRAppointment", "SLOT_WITHOUT_PATIENT"),
        ("SRVisit", "VISIT_WITHOUT_PATIENT"),
    ):
        usual, told = (each.counted(LAST, table, "canonical") for each in (clean(), spoilt()))
        assert told[reason] == usual[reason] + 2
        for place in (0, 1):
            key = number("tpp_no_patient", place)
            assert spoilt().row("appointment", "appointment", FIRST, table, key) is None


def test_a_configuration_without_staff_files_loads_all_but_the_people() -> None:
    told = run("tpp_staff_absent")
    assert set(told.states().values()) == {"PUBLISHED"}
    for table in ("patient", "observation", "encounter", "appointment", "medication_order"):
        usual, found = (
            {
                row["id"]
                for row in each.released[table]
                if row["publisher_organisation_code"] == FIRST
            }
            for each in (clean(), told)
        )
        assert found == usual, table


def test_every_fault_of_rows_is_asked_about() -> None:
    assert {*TOGETHER, *ALONE} == {*tpp_rows.FAULTS}
