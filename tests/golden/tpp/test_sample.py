"""The TPP sample, a bulk and a day's delta of two practices, read off the release by hand."""

from datetime import date, datetime
from os import environ
from pathlib import Path
from unittest.mock import patch

import pytest

from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.golden.harness import ids
from tests.prepared import Prepared
from tests.suppliers.sample import TODAY, place_sample, released, walk_sample, walked_sample

IDS = ids("tpp")
#: One number, two patients: each practice has its own.
ADA = IDS.of("patient", 4711, publisher="X99901")
CY = IDS.of("patient", 4711, publisher="X99902")


@pytest.fixture(scope="module")
def home(prepared: Prepared) -> Path:
    return walked_sample(prepared, "tpp").home


def live(home: Path, table: str, columns: str) -> set[tuple[object, ...]]:
    query = f"select {columns} from release.{table} where not lds_is_deleted"
    return set(released(home, query))


def test_two_practices_may_use_one_number_and_a_removed_patient_is_gone(home: Path) -> None:
    rows = live(home, "patient", "id, first_name, publisher_organisation_code")
    assert rows == {(ADA, "Ada", "X99901"), (CY, "Cy", "X99902")}


def test_registrations_keep_kind_and_newest_record_state_and_the_removed_one_goes(
    home: Path,
) -> None:
    rows = live(
        home,
        "episode_of_care",
        "publisher_organisation_code, type, status, episode_of_care_start_date",
    )
    assert rows == {
        ("X99901", "Regular", "2", date(2020, 3, 1)),
        ("X99901", "Regular", None, date(2015, 3, 1)),
        ("X99901", "Contraception", None, date(2015, 3, 1)),
        ("X99902", "Private", None, date(2021, 5, 5)),
    }


def test_the_removed_address_went_and_the_new_number_ended_the_old_one(home: Path) -> None:
    assert live(home, "patient_address", "id") == set()
    gone = released(home, "select patient_id, postcode from release.patient_address")
    assert gone == [(ADA, None)]
    assert live(home, "patient_contact", "value, end_date") == {
        ("07700 900001", date(2026, 1, 10)),
        ("07700 900002", None),
        ("ada@example.org", None),
    }


def test_entries_keep_what_they_say_and_an_allergy_leaves_the_table(home: Path) -> None:
    rows = live(home, "observation", "id, result_value, result_text")
    assert rows == {
        (IDS.of("observation", "SRCode", 21), 48.5, "< 48.5 mmol/mol"),
        # of the practice that answered for Ada before, as a later registration says
        (IDS.of("observation", "SRCode", 25), None, None),
        (IDS.of("observation", "SRImmunisation", 21), None, "Invented vaccine; part Single"),
    }


def test_a_removed_problem_unmarks_its_entry(home: Path) -> None:
    entry = IDS.of("observation", "SRCode", 21)
    query = f"select is_problem, is_problem_deleted from release.observation where id = '{entry}'"
    assert released(home, query) == [(False, True)]


def test_a_removed_link_parts_an_event_from_its_appointment(home: Path) -> None:
    assert live(home, "encounter", "consultation_type, location, appointment_id") == {
        ("Clinical, Telephone", "Branch", None)
    }


def test_a_slot_freed_again_is_no_appointment_and_the_rota_ends_later(home: Path) -> None:
    assert live(home, "appointment", "id, appointment_type") == {
        (IDS.of("appointment", "SRAppointment", 501), "Telephone"),
        (IDS.of("appointment", "SRVisit", 501), "Home visit"),
    }
    assert live(home, "schedule", "end_datetime, location_name") == {
        (datetime(2026, 1, 9, 9, 40), "Café room, first floor")
    }


def test_a_prescription_turned_out_to_be_given_elsewhere(home: Path) -> None:
    assert live(home, "medication_statement", "id, medication_name") == {
        (IDS.of("medication_statement", "SRRepeatTemplate", 31), "Invented 500mg tablets"),
        (
            IDS.of("medication_statement", "SRPrimaryCareMedication", "elsewhere", 32),
            "Invented cream",
        ),
        (
            IDS.of("medication_statement", "SRPrimaryCareMedication", "elsewhere", 33),
            "Invented drops",
        ),
    }
    assert live(home, "medication_order", "medication_name, quantity_value") == {
        ("Invented 500mg tablets", 56.0)
    }


def test_a_person_with_posts_at_two_practices_is_known_to_both(home: Path) -> None:
    assert live(home, "practitioner", "id, name, gmc_code") == {
        (IDS.of("practitioner", 7, publisher=practice), "Dr Noël Invented", "9000001")
        for practice in ("X99901", "X99902")
    } | {(IDS.of("practitioner", 9), "Nurse Invented", None)}


def test_an_entry_below_the_allergies_and_a_drug_are_allergies(home: Path) -> None:
    rows = live(home, "allergy_intolerance", "id, category, medication_name")
    assert rows == {
        (IDS.of("allergy_intolerance", "SRCode", 22), "other", None),
        (IDS.of("allergy_intolerance", "SRCode", 23), "other", None),
        (
            IDS.of("allergy_intolerance", "SRDrugSensitivity", 21),
            "medication",
            "Invented drug",
        ),
    }


def test_requests_both_ways_are_there_and_the_removed_recall_went(home: Path) -> None:
    columns = "id, is_outgoing_referral, unique_booking_reference_number"
    assert live(home, "referral_request", columns) == {
        (IDS.of("referral_request", "SRReferralOut", 41), True, None),
        (IDS.of("referral_request", "SRReferralOut", 42), True, None),
        (IDS.of("referral_request", "SRReferralIn", 41), False, "000011112222"),
    }
    assert live(home, "procedure_request", "id") == set()
    gone = released(home, "select id, patient_id from release.procedure_request")
    assert gone == [(IDS.of("procedure_request", 41), ADA)]


def test_a_removed_attendee_leaves_the_appointment_to_its_clinician(home: Path) -> None:
    nurse, doctor = IDS.of("practitioner", 9), IDS.of("practitioner", 7)
    assert live(home, "appointment_practitioner", "appointment_id, practitioner_id") == {
        (IDS.of("appointment", "SRAppointment", 501), doctor),
        (IDS.of("appointment", "SRVisit", 501), doctor),
        (IDS.of("appointment", "SRVisit", 501), nurse),
    }
    assert live(home, "schedule_practitioner", "schedule_id, practitioner_id") == {
        (IDS.of("schedule", 61), doctor)
    }


def test_numbers_of_a_practice_are_contacts_of_its_main_site(home: Path) -> None:
    rows = released(home, "select contact_type, value from release.location_contact")
    assert set(rows) == {("Telephone", "020 7946 0000"), ("Fax", "020 7946 0001")}


def test_a_patient_whom_a_content_filter_takes_out_is_hidden_with_all_entries(
    home: Path,
) -> None:
    dee = IDS.of("patient", 4713)
    hidden = released(home, f"select lds_is_deleted from release.patient where id = '{dee}'")
    assert hidden == [(True,)]
    entry = IDS.of("observation", "SRCode", 27)
    query = f"select lds_is_deleted from release.observation where id = '{entry}'"
    assert released(home, query) == [(True,)]


def test_a_row_waits_until_a_registration_says_who_answered_for_its_patient(
    home: Path,
) -> None:
    known = {row[0] for row in released(home, "select id from release.observation")}
    assert IDS.of("observation", "SRCode", 25) in known
    # the kind of registration there makes no controller
    assert IDS.of("observation", "SRCode", 26) not in known
    settings = Settings(home=home, today=TODAY)
    accounts = Platform.open(settings).ledger.account("canonical")
    told = {
        (table, practice, reason): rows
        for (_, table, practice), reasons in accounts.items()
        for reason, rows in reasons.items()
        if reason in {"NOT_CONTROLLER", "CONTENT_FILTER"}
    }
    # in the bulk; that one of them was released later is no matter of its delivery
    assert told == {("SRCode", "X99901", "NOT_CONTROLLER"): 2}


def test_the_switch_lets_rows_of_every_controller_in(tmp_path: Path) -> None:
    place_sample("tpp", tmp_path)
    with patch.dict(environ, {"LDS_CONTROLLER_TEST": "false"}):
        walk_sample("tpp", tmp_path)
    known = {row[0] for row in released(tmp_path, "select id from release.observation")}
    assert {IDS.of("observation", "SRCode", number) for number in (25, 26)} <= known


def test_a_code_met_again_without_its_term_keeps_it(home: Path) -> None:
    query = "select display from release.concept where code = '?001Y'"
    assert released(home, query) == [("Type 2 diabetes (invented)",)]
