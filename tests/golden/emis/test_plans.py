"""EMIS diary entries, worked out by hand."""

from datetime import date, datetime

import pytest

from tests.golden.harness import Row, ids, run

IDS = ids("emis")
DIARY = {
    "diary_guid": "diary-1",
    "patient_guid": "patient-1",
    "effective_date": date(2026, 9, 1),
    "effective_date_precision": "YMD",
    "entered_date": date(2026, 6, 1),
    "entered_time": "10:15:00",
    "clinician_user_in_role_guid": "user-1",
    "code_id": 41,
    "original_term": " Medication review due ",
    "duration_term": "3 months",
    "is_active": True,
    "is_complete": False,
    "consultation_guid": "visit-1",
}


def planned(**changed: object) -> Row:
    (row,) = run("emis", {"CareRecord_Diary": [{**DIARY, **changed}]}, "procedure_request")
    return row


def test_a_diary_entry_is_a_procedure_request() -> None:
    row = planned()
    assert row["id"] == IDS.of("procedure_request", "diary-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["encounter_id"] == IDS.of("encounter", "visit-1")
    assert row["procedure_request_source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 41)
    assert row["description"] == "Medication review due"
    # the day it is due, and when it was entered: summer time
    assert row["clinical_effective_date"] == date(2026, 9, 1)
    assert row["date_recorded"] == datetime(2026, 6, 1, 9, 15)
    assert (row["is_confidential"], row["lds_is_deleted"]) == (False, False)


@pytest.mark.parametrize(
    ("is_complete", "is_active", "status"),
    [
        (True, True, "completed"),
        (True, False, "completed"),
        (False, True, "requested"),
        (None, True, "requested"),
        (False, False, None),
        (None, None, None),
    ],
)
def test_the_status_of_a_plan(
    is_complete: bool | None, is_active: bool | None, status: str | None
) -> None:
    row = planned(is_complete=is_complete, is_active=is_active)
    expected = status and IDS.concept("urn:lds:emis:diary-status", status)
    assert row["status_source_concept_id"] == expected


def test_a_plan_of_an_unknown_date_has_none() -> None:
    row = planned(effective_date_precision="U", effective_date=date(1900, 1, 1))
    assert row["clinical_effective_date"] is None


def test_a_deleted_plan_keeps_its_patient_and_nothing_else() -> None:
    gone = {"diary_guid": "diary-1", "patient_guid": "patient-1", "deleted": True}
    (row,) = run("emis", {"CareRecord_Diary": [gone]}, "procedure_request")
    told = {
        name
        for name, value in row.items()
        if value is not None and not name.startswith("lds_") and "organisation" not in name
    }
    assert told == {"id", "patient_id"}
    assert row["lds_is_deleted"] is True
