"""The TPP sample, a bulk and a day's delta of two practices, read off the release by hand."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.golden.harness import ids
from tests.suppliers.sample import place_sample, released, walk_sample

IDS = ids("tpp")
#: One number, two patients: each practice has its own.
ADA = IDS.of("patient", 4711, publisher="X99901")
CY = IDS.of("patient", 4711, publisher="X99902")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tpp")
    place_sample("tpp", folder)
    walk_sample("tpp", folder)
    yield folder


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
    }
