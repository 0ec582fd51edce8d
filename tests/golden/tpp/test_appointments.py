"""TPP appointments, home visits and rotas, worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.golden.harness import EXTRACTED_AT, PRACTICE, Row, ids, run

IDS = ids("tpp")
LATER = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
MAPPING = [{"row_identifier": 55922, "mapping": "Finished"}]
SLOT = {
    "row_identifier": 501,
    "id_patient": 4711,
    "id_rota": 61,
    "id_profile_clinician": 71,
    "date_start": datetime(2026, 6, 1, 10, 0),
    "date_end": datetime(2026, 6, 1, 10, 10),
    "date_appointment_booked": datetime(2026, 5, 20, 8, 30),
    "date_patient_arrival": datetime(2026, 6, 1, 9, 55),
    "date_patient_seen": datetime(2026, 6, 1, 10, 7),
    "appointment_status": "55922",
    "telephone_appointment": True,
}


def appointments(*rows: Row) -> dict[str, Row]:
    raw = {"SRAppointment": rows, "SRMapping": MAPPING}
    return {row["lds_source_key"]: row for row in run("tpp", raw, "appointment.sql")}


def visits(*rows: Row) -> dict[str, Row]:
    raw = {"SRVisit": rows, "SRMapping": MAPPING}
    return {row["lds_source_key"]: row for row in run("tpp", raw, "appointment.visit")}


def test_a_slot_with_a_patient_is_an_appointment() -> None:
    row = appointments(SLOT)["501"]
    assert row["id"] == row["slot_id"] == IDS.of("appointment", "SRAppointment", 501)
    assert row["schedule_id"] == IDS.of("schedule", 61)
    assert row["practitioner_in_role_id"] == IDS.of("practitioner_in_role", 71, publisher="shared")
    # summer time: an hour before the clock on the wall
    assert row["start_date"] == datetime(2026, 6, 1, 9, 0)
    assert row["datetime_booked"] == datetime(2026, 5, 20, 7, 30)
    assert row["planned_duration_mins"] == 10
    assert (row["patient_wait_mins"], row["patient_delay_mins"]) == (12, 7)
    assert (row["slot_status_raw"], row["appointment_status_derived"]) == ("Finished", "fulfilled")
    assert row["appointment_status_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:appointment-status", "Finished"
    )
    assert row["appointment_type"] == "Telephone"
    assert row["contact_mode_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:contact-mode", "telephone"
    )


@pytest.mark.parametrize(
    ("status", "derived"),
    [
        ("Booked", "booked"),
        ("Arrived", "arrived"),
        ("In Progress", "arrived"),
        ("Waiting", "pending"),
        ("Did Not Attend", "noshow"),
        ("No Access Visit", "noshow"),
        ("Cancelled by Unit", "cancelled"),
        ("Patient Walked Out", "cancelled"),
        ("Rejected by clinician", "cancelled"),
        ("Something new", None),
        (None, None),
    ],
)
def test_a_status_is_kept_as_it_came_and_told_in_the_platforms_words(
    status: str | None, derived: str | None
) -> None:
    row = appointments({**SLOT, "appointment_status": status})["501"]
    assert (row["slot_status_raw"], row["appointment_status_dds"]) == (status, derived)


def test_an_early_patient_has_no_delay_and_a_cancelled_one_a_day() -> None:
    early = {
        **SLOT,
        "date_patient_seen": datetime(2026, 6, 1, 9, 58),
        "date_appointment_cancelled": datetime(2026, 5, 31, 23, 30),
        "telephone_appointment": False,
    }
    row = appointments(early)["501"]
    assert (row["patient_delay_mins"], row["cancelled_date"]) == (None, date(2026, 5, 31))
    assert (row["appointment_type"], row["contact_mode_source_concept_id"]) == (None, None)


def test_a_slot_without_a_patient_is_no_appointment() -> None:
    assert (
        appointments({**SLOT, "id_patient": -1}, {**SLOT, "row_identifier": 2, "id_patient": None})
        == {}
    )


def test_a_removed_slot_is_a_deleted_appointment_of_the_patient_who_had_it() -> None:
    row = appointments(SLOT, {"row_identifier": 501, "removed_data": True, **LATER})["501"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in ("slot_id", "start_date", "slot_status_raw", "is_blocked"):
        assert row[name] is None


def test_a_visit_with_the_number_of_an_appointment_is_another_appointment() -> None:
    visit = {
        "row_identifier": 501,
        "id_patient": 4711,
        "date_requested": datetime(2026, 1, 5, 12, 0),
        "date_booked": datetime(2026, 1, 5, 8, 0),
        "duration": 20,
        "current_status": "Requested",
        "id_profile_assigned": 71,
    }
    rows = visits(
        visit,
        {**visit, "row_identifier": 2, "id_profile_assigned": -1},
        {**visit, "row_identifier": 3, "current_status": "Deferred"},
        {**visit, "row_identifier": 4, "id_patient": -1},
    )
    assert set(rows) == {"501", "2", "3"}
    assert rows["501"]["id"] == IDS.of("appointment", "SRVisit", 501)
    derived = [rows[key]["appointment_status_derived"] for key in ("501", "2", "3")]
    assert derived == ["booked", "proposed", "cancelled"]
    assert rows["501"]["start_date"] == datetime(2026, 1, 5, 12, 0)
    assert (rows["501"]["planned_duration_mins"], rows["501"]["appointment_type"]) == (
        20,
        "Home visit",
    )
    assert rows["501"]["schedule_id"] is None


def test_a_rota_is_a_schedule_that_ends_with_its_last_slot() -> None:
    rota = {
        "row_identifier": 61,
        "name": "Dr Invented am",
        "rota_type": "Timed",
        "location": "331",
        "date_start": datetime(2026, 6, 1, 9, 0),
        "id_profile_owner": 71,
    }
    raw: dict[str, list[Row]] = {
        "SRRota": [
            rota,
            {**rota, "row_identifier": 62, "date_start": None, "id_branch": 5001,
             "location": "Here"},
            {"row_identifier": 63, "removed_data": True},
        ],
        "SRAppointment": [
            {"row_identifier": 1, "id_rota": 61, "date_start": datetime(2026, 6, 1, 9, 0),
             "date_end": datetime(2026, 6, 1, 12, 0)},
            {"row_identifier": 2, "id_rota": 61, "date_start": datetime(2026, 6, 1, 9, 0),
             "date_end": datetime(2026, 6, 1, 18, 0), "removed_data": True},
            {"row_identifier": 3, "id_rota": 62, "date_start": datetime(2026, 1, 5, 14, 0),
             "date_end": datetime(2026, 1, 5, 14, 10)},
        ],
        "SRConfiguredListOption": [
            {"row_identifier": 331, "configured_list_option": "Main surgery"},
        ],
    }  # fmt: skip
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "schedule")}
    first, branch, gone = rows["61"], rows["62"], rows["63"]
    assert first["id"] == IDS.of("schedule", 61)
    assert (first["start_datetime"], first["end_datetime"]) == (
        datetime(2026, 6, 1, 8, 0),
        datetime(2026, 6, 1, 11, 0),
    )
    assert first["location_id"] == IDS.of(
        "location", "SROrganisation", PRACTICE, publisher="shared"
    )
    assert (first["location_name"], first["practitioner_id"]) == ("Main surgery", None)
    assert branch["start_datetime"] == datetime(2026, 1, 5, 14, 0)
    assert branch["location_id"] == IDS.of("location", "SROrganisationBranch", 5001)
    assert branch["location_name"] == "Here"
    assert (gone["lds_is_deleted"], gone["location_id"], gone["name"]) == (True, None, None)


PROFILES = [
    {"row_identifier": 71, "id_staff_member": 7},
    {"row_identifier": 72, "id_staff_member": 8},
]


def present(*rows: Row, attendees: tuple[Row, ...] = ()) -> set[tuple[object, ...]]:
    """Return id, appointment and practitioner of who was at the appointments."""
    raw = {"SRAppointment": rows, "SRAttendee": attendees, "SRStaffMemberProfile": PROFILES}
    found = run("tpp", raw, "appointment_practitioner.sql")
    return {(row["id"], row["appointment_id"], row["practitioner_id"]) for row in found}


def at_slot(profile: int, staff: int | None) -> tuple[object, ...]:
    return (
        IDS.of("appointment_practitioner", "SRAppointment", 501, profile),
        IDS.of("appointment", "SRAppointment", 501),
        None if staff is None else IDS.of("practitioner", staff),
    )


def test_the_clinician_and_every_attendee_are_at_an_appointment_once() -> None:
    attendee = {"row_identifier": 9, "id_patient": 4711, "id_appointment": 501}
    found = present(
        SLOT,
        {**SLOT, "row_identifier": 502, "id_patient": -1},
        {**SLOT, "row_identifier": 503, "removed_data": True},
        attendees=(
            {**attendee, "id_profile_attendee": 71},
            {**attendee, "row_identifier": 10, "id_profile_attendee": 72},
            {**attendee, "row_identifier": 11, "id_profile_attendee": 99},
            {**attendee, "row_identifier": 12, "textual_attendee": "Student nurse"},
            {**attendee, "row_identifier": 13, "id_profile_attendee": 73,
             "date_deleted": datetime(2026, 6, 1)},
            {**attendee, "row_identifier": 14, "id_profile_attendee": 74, "removed_data": True},
            {**attendee, "row_identifier": 15, "id_profile_attendee": 72, "id_appointment": 777},
        ),
    )  # fmt: skip
    assert found == {at_slot(71, 7), at_slot(72, 8), at_slot(99, None)}


def test_an_appointment_nobody_is_named_at_has_no_practitioner() -> None:
    assert present({**SLOT, "id_profile_clinician": -1}) == set()


def test_a_visit_has_those_it_is_assigned_to_and_its_own_attendees() -> None:
    raw: dict[str, list[Row]] = {
        "SRVisit": [{"row_identifier": 501, "id_patient": 4711, "id_profile_assigned": 72}],
        "SRAttendee": [
            {"row_identifier": 1, "id_visit": 501, "id_profile_attendee": 71},
            {"row_identifier": 2, "id_appointment": 501, "id_profile_attendee": 99},
        ],
        "SRStaffMemberProfile": PROFILES,
    }
    rows = run("tpp", raw, "appointment_practitioner.visit")
    visit = IDS.of("appointment", "SRVisit", 501)
    assert {(row["appointment_id"], row["practitioner_id"]) for row in rows} == {
        (visit, IDS.of("practitioner", 7)),
        (visit, IDS.of("practitioner", 8)),
    }
    assert {row["patient_id"] for row in rows} == {IDS.of("patient", 4711)}


def test_a_rota_has_each_clinician_of_its_live_slots_once() -> None:
    raw: dict[str, list[Row]] = {
        "SRRota": [{"row_identifier": 61, "id_profile_owner": 99},
                   {"row_identifier": 62, "removed_data": True}],
        "SRAppointment": [
            {"row_identifier": 1, "id_rota": 61, "id_profile_clinician": 71},
            {"row_identifier": 2, "id_rota": 61, "id_profile_clinician": 71},
            {"row_identifier": 3, "id_rota": 61, "id_profile_clinician": 72, "removed_data": True},
            {"row_identifier": 4, "id_rota": 61, "id_profile_clinician": -1},
            {"row_identifier": 5, "id_rota": 61, "id_profile_clinician": 98},
            {"row_identifier": 6, "id_rota": 62, "id_profile_clinician": 72},
            {"row_identifier": 7, "id_rota": 63, "id_profile_clinician": 72},
        ],
        "SRStaffMemberProfile": PROFILES,
    }  # fmt: skip
    rows = run("tpp", raw, "schedule_practitioner")
    assert {(row["id"], row["schedule_id"], row["practitioner_id"]) for row in rows} == {
        (IDS.of("schedule_practitioner", 61, 71), IDS.of("schedule", 61),
         IDS.of("practitioner", 7)),
        (IDS.of("schedule_practitioner", 61, 98), IDS.of("schedule", 61), None),
    }  # fmt: skip
