"""The EMIS sample, a bulk and a day's delta of two practices, read off the release by hand."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from tests.golden.harness import ids
from tests.suppliers.sample import place_sample, released, walk_sample

IDS = ids("emis")
#: One GUID, two patients: each practice has its own.
GUID = "000000b1-0000-4000-8000-000000000001"
ADA = IDS.of("patient", GUID, publisher="X99901")
BEA = IDS.of("patient", GUID, publisher="X99902")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("emis")
    place_sample("emis", folder)
    walk_sample("emis", folder)
    yield folder


def test_two_practices_may_use_one_guid(home: Path) -> None:
    rows = released(home, "select id, first_name, publisher_organisation_code from release.patient")
    assert set(rows) >= {(ADA, "Ada", "X99901"), (BEA, "Bea", "X99902")}
    assert len(rows) == 3


def test_the_patient_of_the_delta_moved_and_has_another_mobile(home: Path) -> None:
    rows = released(
        home,
        "select address_line_1, start_date, end_date from release.patient_address "
        f"where patient_id = '{ADA}' order by start_date",
    )
    assert rows == [
        ("Flat 2, 1 Nowhere Street", date(2020, 3, 1), date(2026, 1, 11)),
        ("Flat 2, 4 New Road", date(2026, 1, 11), None),
    ]
    mobiles = released(
        home,
        "select value, start_date, end_date from release.patient_contact "
        f"where patient_id = '{ADA}' and value like '07%' order by start_date",
    )
    assert mobiles == [
        ("07700 900000", date(2026, 1, 10), date(2026, 1, 11)),
        ("07700 900001", date(2026, 1, 11), None),
    ]


def test_registrations_of_the_history_and_of_the_row_stand_together(home: Path) -> None:
    rows = released(
        home,
        "select episode_of_care_start_date, episode_of_care_end_date, type, status "
        f"from release.episode_of_care where patient_id = '{ADA}' order by 1",
    )
    assert rows == [
        (date(2011, 5, 2), date(2015, 8, 31), None, "Left"),
        (date(2020, 3, 1), None, "Regular", "Registered"),
    ]


def test_the_slot_changed_hands(home: Path) -> None:
    rows = released(
        home,
        "select patient.first_name, appointment_status_derived, cancelled_date, start_date "
        "from release.appointment as appointment inner join release.patient as patient "
        "on patient.id = appointment.patient_id order by 1",
    )
    nine = datetime(2026, 1, 12, 9, 0)
    assert rows == [
        ("Ada", "cancelled", date(2026, 1, 11), nine),
        ("Cy", "booked", None, nine),
    ]


def test_the_problem_was_taken_back_and_the_result_deleted(home: Path) -> None:
    rows = released(
        home,
        "select publisher_organisation_code, is_problem, is_problem_deleted, lds_is_deleted, "
        "clinical_effective_date from release.observation order by 1, 4",
    )
    assert rows == [
        # the problem's observation stays; the referral lands elsewhere
        ("X99901", False, True, False, date(2025, 11, 3)),
        ("X99901", None, None, True, None),
        # precision U
        ("X99902", False, False, False, None),
    ]


def test_the_ended_drug_is_cancelled_after_its_last_course(home: Path) -> None:
    rows = released(
        home,
        "select is_active, cancellation_date, cancellation_date_derived, medication_name "
        "from release.medication_statement",
    )
    assert rows == [(False, None, date(2025, 12, 1), "Metformin 500mg tablets")]
    costs = released(home, "select cast(estimated_cost as varchar) from release.medication_order")
    assert costs == [("1.2000",)]
