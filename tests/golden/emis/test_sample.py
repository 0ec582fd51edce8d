"""The EMIS sample, a bulk and a day's delta of two practices, read off the release by hand."""

from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from tests.golden.harness import ids
from tests.prepared import Prepared
from tests.suppliers.sample import released, walked_sample

IDS = ids("emis")
#: One GUID, two patients: each practice has its own.
GUID = "000000b1-0000-4000-8000-000000000001"
ADA = IDS.of("patient", GUID, publisher="X99901")
BEA = IDS.of("patient", GUID, publisher="X99902")


@pytest.fixture(scope="module")
def home(prepared: Prepared) -> Path:
    return walked_sample(prepared, "emis").home


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
        "on patient.id = appointment.patient_id order by start_date, 1",
    )
    nine = datetime(2026, 1, 12, 9, 0)
    assert rows == [
        ("Ada", "cancelled", date(2026, 1, 11), nine),
        ("Cy", "booked", None, nine),
        ("Ada", "booked", None, datetime(2026, 1, 12, 9, 20)),
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
        # its code came a day late and made it an allergy
        ("X99902", None, None, True, None),
    ]


def test_a_code_that_comes_late_moves_exactly_its_row(home: Path) -> None:
    code = IDS.concept("urn:lds:emis:code-id", 900000000000999992)
    rows = released(
        home,
        "select publisher_organisation_code, allergy_intolerance_source_concept_id = "
        f"'{code}', clinical_effective_date, lds_is_deleted from release.allergy_intolerance "
        "order by 1",
    )
    assert rows == [
        ("X99901", False, date(2025, 11, 3), False),
        # precision U; the same id as the observation it was the day before
        ("X99902", True, None, False),
    ]
    shared = released(
        home,
        "select count(*) from release.allergy_intolerance as allergy inner join "
        "release.observation as observation on observation.id = allergy.id",
    )
    assert shared == [(1,)]
    # the delta wrote one version of an allergy, the moved one, and none of the referrals
    assert versions(home, "allergy_intolerance") == [1, 1]
    assert versions(home, "referral_request") == [2]
    assert versions(home, "diagnostic_order") == [1]


def versions(home: Path, table: str) -> list[int]:
    """Return how many versions of a table's rows each load wrote, in order of loading."""
    settings = Settings(home=home)
    lake = canonical_table(settings, table)
    with session(settings) as connection:
        rows = connection.execute(
            f"select count(*) from ({lake.select(lake.files())}) "
            "group by lds_load_sequence order by lds_load_sequence"
        ).fetchall()
    return [int(row[0]) for row in rows]


def test_referrals_go_out_or_nobody_knows_where(home: Path) -> None:
    rows = released(
        home,
        "select referral.mode, recipient.organisation_code, referral.is_outgoing_referral, "
        "referral.is_review from release.referral_request as referral left join "
        "release.organisation as recipient on recipient.id = referral.recipient_organisation_id "
        "order by 1",
    )
    assert rows == [("NHS e-Referral", "X99", True, False), (None, None, None, True)]


def test_a_plan_and_a_request_are_told_apart(home: Path) -> None:
    plans = released(
        home,
        "select description, clinical_effective_date, concept.code from release.procedure_request "
        "inner join release.concept as concept on concept.concept_id = status_source_concept_id",
    )
    assert plans == [("HbA1c due", date(2026, 11, 3), "requested")]
    orders = released(
        home,
        "select display, is_primary from release.diagnostic_order inner join release.concept "
        "on concept_id = diagnostic_order_source_concept_id",
    )
    assert orders == [("Full blood count requested", True)]


def test_a_user_who_leaves_the_session_leaves_its_appointments(home: Path) -> None:
    users = (
        "select practitioner.first_name, bridge.lds_is_deleted from release.{0} as bridge "
        "inner join release.practitioner as practitioner on practitioner.id = "
        "bridge.practitioner_id order by 1, 2"
    )
    # of two sessions one has no user
    assert released(home, users.format("schedule_practitioner")) == [("Una", False), ("Wyn", True)]
    # Ada's cancelled appointment and Cy's in one slot, Ada's in another that the delta lacks:
    # Wyn was with Ada in both
    assert released(home, users.format("appointment_practitioner")) == [("Una", False)] * 3
    gone = "select count(*) from release.appointment_practitioner where lds_is_deleted"
    assert released(home, gone) == [(2,)]
    assert released(home, "select count(*) from release.schedule") == [(2,)]


def test_a_site_is_reached_by_telephone_and_fax(home: Path) -> None:
    rows = released(
        home,
        "select location.name, contact_type, value from release.location_contact inner join "
        "release.location as location on location.id = location_id order by 2",
    )
    assert rows == [
        ("Sample Surgery", "Fax", "020 7946 0002"),
        ("Sample Surgery", "Phone", "020 7946 0001"),
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
