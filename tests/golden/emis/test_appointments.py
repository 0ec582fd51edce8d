"""EMIS sessions and slots, worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.golden.harness import RawRows, Row, ids, run

IDS = ids("emis")
SLOT = {
    "slot_guid": "slot-1",
    "appointment_date": date(2026, 7, 1),
    "appointment_start_time": "09:00:00",
    "planned_duration_in_minutes": 10,
    "patient_guid": "patient-1",
    "session_guid": "session-1",
    "booked_date": date(2026, 6, 20),
    "slot_status": "Booked",
    "slot_type": "Routine",
    "booking_method": "EMIS Access",
    "mode_of_contact": "Telephone/Audio",
    "is_blocked": False,
    "national_slot_category_name": "Planned Clinics",
    "national_slot_category_description": "Clinics planned ahead",
    "context_type": "Care Related Encounter",
    "service_setting": "GP Practice",
}
USERS: list[Row] = [
    {"session_guid": "session-1", "user_in_role_guid": "user-2"},
    {"session_guid": "session-1", "user_in_role_guid": "user-1"},
    {"session_guid": "session-1", "user_in_role_guid": "user-0", "deleted": True},
]
HISTORY_START = datetime(2026, 6, 20, 23, 5)


def appointments(*versions: Row) -> dict[str, Row]:
    """Run the slot's versions, one a day from 21 June in London, and name rows by patient."""
    rows = [
        {"lds_extracted_at": HISTORY_START + timedelta(days=day), "lds_load_sequence": day + 1}
        | version
        for day, version in enumerate(versions)
    ]
    raw: RawRows = {"Appointment_Slot": rows, "Appointment_SessionUser": USERS}
    names = {IDS.of("patient", f"patient-{n}"): f"patient-{n}" for n in (1, 2)}
    found = run("emis", raw, "appointment")
    assert len({row["id"] for row in found}) == len(found)
    return {names[row["patient_id"]]: row for row in found}


def test_a_booked_slot_is_an_appointment_of_its_patient() -> None:
    row = appointments(SLOT)["patient-1"]
    assert row["id"] == IDS.of("appointment", "slot-1", "patient-1")
    assert row["slot_id"] == IDS.of("slot", "slot-1")
    assert row["schedule_id"] == IDS.of("schedule", "session-1")
    # the lowest of the session's users who were not taken off it
    assert row["practitioner_in_role_id"] == IDS.of("practitioner_in_role", "user-1")
    # summer time
    assert row["start_date"] == datetime(2026, 7, 1, 8, 0)
    assert row["planned_duration_mins"] == 10
    # midnight in London when no time is given
    assert row["datetime_booked"] == datetime(2026, 6, 19, 23, 0)
    assert (row["datetime_sent_in"], row["datetime_left"]) == (None, None)
    assert row["appointment_status_derived"] == "booked"
    assert row["appointment_status_dds"] == "booked"
    assert row["slot_status_raw"] == "Booked"
    assert row["appointment_status_source_concept_id"] == IDS.concept(
        "urn:lds:emis:slot-status", "Booked"
    )
    assert row["booking_method_source_concept_id"] == IDS.concept(
        "urn:lds:emis:booking-method", "EMIS Access"
    )
    assert row["contact_mode_source_concept_id"] == IDS.concept(
        "urn:lds:emis:contact-mode", "Telephone/Audio"
    )
    assert row["appointment_type"] == "Routine"
    assert row["national_slot_category_name"] == "Planned Clinics"
    assert row["cancelled_date"] is None
    assert row["is_blocked"] is False
    assert row["lds_is_deleted"] is False


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"did_not_attend": True, "left_time": "09:20:00"}, "noshow"),
        ({"send_in_time": "09:05:00", "left_time": "09:20:00"}, "fulfilled"),
        ({"send_in_time": "09:05:00", "did_not_attend": False}, "arrived"),
    ],
)
def test_the_status_is_derived_from_what_happened(changed: Row, status: str) -> None:
    row = appointments({**SLOT, **changed})["patient-1"]
    assert row["appointment_status_derived"] == status
    left = datetime(2026, 7, 1, 8, 20) if "left_time" in changed else None
    assert row["datetime_left"] == left


def test_a_vacant_slot_is_no_appointment() -> None:
    assert appointments({**SLOT, "patient_guid": None}) == {}


def test_another_patient_in_the_slot_cancels_the_first() -> None:
    found = appointments(SLOT, {**SLOT, "patient_guid": "patient-2"})
    first, second = found["patient-1"], found["patient-2"]
    assert first["appointment_status_derived"] == "cancelled"
    # the extract of 22 June in London
    assert first["cancelled_date"] == date(2026, 6, 22)
    assert first["lds_is_deleted"] is False
    assert second["appointment_status_derived"] == "booked"
    assert second["cancelled_date"] is None
    # only the current row is accounted for as landed
    assert (first["lds_row_number"], second["lds_row_number"]) == (None, 2)


@pytest.mark.parametrize("last", [{}, {"deleted": True}])
def test_a_patient_taken_off_the_slot_is_cancelled(last: Row) -> None:
    found = appointments(SLOT, SLOT, {"slot_guid": "slot-1", "patient_guid": None, **last})
    row = found["patient-1"]
    assert row["appointment_status_derived"] == "cancelled"
    assert row["cancelled_date"] == date(2026, 6, 23)
    assert row["start_date"] == datetime(2026, 7, 1, 8, 0)


def test_a_patient_booked_again_is_not_cancelled() -> None:
    row = appointments(SLOT, {**SLOT, "patient_guid": None}, SLOT)["patient-1"]
    assert row["appointment_status_derived"] == "booked"
    assert row["cancelled_date"] is None


def test_a_slot_deleted_with_its_patient_deletes_the_appointment() -> None:
    gone = {"slot_guid": "slot-1", "patient_guid": "patient-1", "deleted": True}
    row = appointments(SLOT, gone)["patient-1"]
    assert row["lds_is_deleted"] is True
    for name in ("appointment_status_derived", "cancelled_date", "start_date", "is_blocked"):
        assert row[name] is None


SESSION = {
    "appointment_session_guid": "session-1",
    "description": "Morning surgery",
    "location_guid": "site-1",
    "session_type_description": "Timed Appointments",
    "start_date": date(2026, 7, 1),
    "start_time": "08:30:00",
    "end_date": date(2026, 7, 1),
    "end_time": "12:00:00",
    "private": False,
}
SITE = {"location_guid": "site-1", "location_name": "Main Surgery"}


def test_a_session_is_a_schedule() -> None:
    raw: RawRows = {
        "Appointment_Session": [SESSION],
        "Appointment_SessionUser": USERS,
        "Admin_Location": [SITE, {**SITE, "publisher_organisation_code": "X99902"}],
    }
    (row,) = run("emis", raw, "schedule")
    assert row["id"] == IDS.of("schedule", "session-1")
    assert row["location_id"] == IDS.of("location", "site-1")
    assert row["location_name"] == "Main Surgery"
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["start_datetime"] == datetime(2026, 7, 1, 7, 30)
    assert row["end_datetime"] == datetime(2026, 7, 1, 11, 0)
    assert (row["type"], row["name"]) == ("Timed Appointments", "Morning surgery")
    assert row["is_private"] is False
    assert row["lds_is_deleted"] is False


def test_a_deleted_session_has_nobody() -> None:
    gone = {"appointment_session_guid": "session-1", "deleted": True}
    raw: RawRows = {"Appointment_Session": [gone], "Appointment_SessionUser": USERS}
    (row,) = run("emis", raw, "schedule")
    assert row["lds_is_deleted"] is True
    assert row["practitioner_id"] is None
    assert row["is_private"] is None


def members(*versions: Row, users: list[Row] = USERS) -> set[tuple[str, str]]:
    """Return patient and user of every row of the bridge; the slot's versions are a day apart."""
    rows = [
        {"lds_extracted_at": HISTORY_START + timedelta(days=day), "lds_load_sequence": day + 1}
        | version
        for day, version in enumerate(versions)
    ]
    raw: RawRows = {"Appointment_Slot": rows, "Appointment_SessionUser": users}
    found = run("emis", raw, "appointment_practitioner")
    assert {row["lds_is_deleted"] for row in found} <= {False}
    known = {
        IDS.of("appointment_practitioner", "slot-1", patient, user): (patient, user)
        for patient in ("patient-1", "patient-2")
        for user in ("user-0", "user-1", "user-2", "user-3")
    }
    for row in found:
        patient, user = known[row["id"]]
        assert row["appointment_id"] == IDS.of("appointment", "slot-1", patient)
        assert row["patient_id"] == IDS.of("patient", patient)
        assert row["practitioner_id"] == IDS.of("practitioner", user)
        assert row["lds_source_record_id_practitioner"] is not None
    assert len({row["id"] for row in found}) == len(found)
    return {known[row["id"]] for row in found}


def test_an_appointment_is_with_every_user_of_its_session() -> None:
    assert members(SLOT) == {("patient-1", "user-1"), ("patient-1", "user-2")}


def test_a_slot_sent_again_makes_no_further_rows() -> None:
    assert members(SLOT, SLOT, SLOT) == members(SLOT)


def test_a_cancelled_appointment_keeps_its_users_and_a_deleted_one_does_not() -> None:
    other = {**SLOT, "patient_guid": "patient-2"}
    both = {("patient-1", "user-1"), ("patient-1", "user-2")}
    assert members(SLOT, other) == both | {("patient-2", "user-1"), ("patient-2", "user-2")}
    gone = {"slot_guid": "slot-1", "patient_guid": "patient-1", "deleted": True}
    assert members(SLOT, gone) == set()
    # the deletion of one booking does not touch the next
    assert members(SLOT, gone, other) == {("patient-2", "user-1"), ("patient-2", "user-2")}


def test_a_vacant_slot_or_a_session_without_users_has_nobody() -> None:
    assert members({**SLOT, "patient_guid": None}) == set()
    assert members(SLOT, users=[]) == set()
    assert members(SLOT, users=[{"session_guid": "session-2", "user_in_role_guid": "user-3"}]) == (
        set()
    )


def test_every_user_of_a_session_is_a_row_of_the_schedule() -> None:
    raw: RawRows = {"Appointment_Session": [SESSION], "Appointment_SessionUser": USERS}
    found = {row["practitioner_id"]: row for row in run("emis", raw, "schedule_practitioner")}
    states = {
        user: found[IDS.of("practitioner", user)]["lds_is_deleted"]
        for user in ("user-0", "user-1", "user-2")
    }
    assert states == {"user-0": True, "user-1": False, "user-2": False}
    row = found[IDS.of("practitioner", "user-1")]
    assert row["id"] == IDS.of("schedule_practitioner", "session-1", "user-1")
    assert row["schedule_id"] == IDS.of("schedule", "session-1")
    assert row["publisher_organisation_id"] == IDS.organisation()


def test_a_deleted_session_takes_its_users_along() -> None:
    gone = {"appointment_session_guid": "session-1", "deleted": True}
    other = {**gone, "publisher_organisation_code": "X99902"}
    raw: RawRows = {"Appointment_Session": [gone], "Appointment_SessionUser": USERS}
    assert {row["lds_is_deleted"] for row in run("emis", raw, "schedule_practitioner")} == {True}
    raw = {"Appointment_Session": [other], "Appointment_SessionUser": USERS[:1]}
    assert [row["lds_is_deleted"] for row in run("emis", raw, "schedule_practitioner")] == [False]
