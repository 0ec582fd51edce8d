"""EMIS consultations and observations, worked out by hand."""

from datetime import date, datetime

from tests.golden.harness import Row, ids, run

IDS = ids("emis")

VISIT = {
    "consultation_guid": "visit-1",
    "patient_guid": "patient-1",
    "effective_date": date(2026, 6, 1),
    "effective_date_precision": "YMDT",
    "entered_date": date(2026, 6, 1),
    "entered_time": "10:15:00",
    "clinician_user_in_role_guid": "user-1",
    "entered_by_user_in_role_guid": "user-2",
    "appointment_slot_guid": "slot-1",
    "consultation_source_term": "Main Surgery ",
    "consultation_source_code_id": 900000000000001016,
    "consultation_type": "GP Consultation",
}


def encounter(**changed: object) -> Row:
    (row,) = run("emis", {"CareRecord_Consultation": [{**VISIT, **changed}]}, "encounter")
    return row


def test_a_consultation_is_an_encounter() -> None:
    row = encounter()
    assert row["id"] == IDS.of("encounter", "visit-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    # an appointment is a slot and the patient in it
    assert row["appointment_id"] == IDS.of("appointment", "slot-1", "patient-1")
    assert row["location"] == "Main Surgery"
    assert row["consultation_type"] == "GP Consultation"
    assert row["encounter_source_concept_id"] == IDS.concept(
        "urn:lds:emis:code-id", 900000000000001016
    )
    assert row["clinical_effective_date"] == date(2026, 6, 1)
    # summer time: an hour before the clock on the wall
    assert row["date_recorded"] == datetime(2026, 6, 1, 9, 15)
    assert row["is_confidential"] is False
    assert row["lds_is_deleted"] is False


def test_the_source_words_stand_in_for_a_missing_source_code() -> None:
    row = encounter(consultation_source_code_id=None, appointment_slot_guid=None)
    assert row["encounter_source_concept_id"] == IDS.concept(
        "urn:lds:emis:consultation-source", "Main Surgery"
    )
    assert row["appointment_id"] is None


def test_an_unknown_date_is_no_date_whatever_it_is_padded_with() -> None:
    row = encounter(effective_date_precision="u", effective_date=date(1900, 1, 1))
    assert row["clinical_effective_date"] is None
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:emis:date-precision", "U"
    )


def test_a_deleted_consultation_keeps_its_patient_and_nothing_else() -> None:
    raw = {"consultation_guid": "visit-1", "patient_guid": "patient-1", "deleted": True}
    (row,) = run("emis", {"CareRecord_Consultation": [raw]}, "encounter")
    assert row["id"] == IDS.of("encounter", "visit-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["lds_is_deleted"] is True
    for name in ("is_confidential", "clinical_effective_date", "date_recorded", "appointment_id"):
        assert row[name] is None


CODES = [
    {"code_id": 11, "emis_code_category_description": "Conditions, operations and procedures"},
    {"code_id": 21, "emis_code_category_description": "Referral"},
    {"code_id": 22, "emis_code_category_description": "Allergy and adverse drug reactions"},
    {"code_id": 23, "emis_code_category_description": "Allergy and adverse reactions"},
    {"code_id": 24, "emis_code_category_description": "Investigation requests"},
    # same words, other meaning: stays an observation
    {"code_id": 12, "emis_code_category_description": "Referral activity"},
    # a code comes once per parent
    {"code_id": 21, "parent_code_id": 5, "emis_code_category_description": "Referral"},
]
ENTRY = {
    "observation_guid": "entry-1",
    "patient_guid": "patient-1",
    "effective_date": date(2025, 11, 3),
    "effective_date_precision": "YMD",
    "entered_date": date(2025, 11, 3),
    "entered_time": "10:15:00",
    "clinician_user_in_role_guid": "user-1",
    "code_id": 11,
    "consultation_guid": "visit-1",
    "parent_observation_guid": "entry-0",
    "value": 48.0,
    "numeric_unit": "mmol/mol",
    "observation_type": "Referral",
    "episode": "None",
    "is_confidential": True,
}
PROBLEM = {"observation_guid": "entry-1", "end_date": date(2026, 1, 2)}


def observations(*rows: Row, problems: tuple[Row, ...] = ()) -> dict[str, Row]:
    raw = {
        "CareRecord_Observation": rows,
        "CareRecord_Problem": problems,
        "Coding_ClinicalCode": CODES,
    }
    return {row["lds_source_key"]: row for row in run("emis", raw, "observation")}


def test_an_entry_with_a_value_is_an_observation() -> None:
    row = observations(ENTRY)["entry-1"]
    assert row["id"] == IDS.of("observation", "entry-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["encounter_id"] == IDS.of("encounter", "visit-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["parent_observation_id"] == IDS.of("observation", "entry-0")
    assert row["observation_source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 11)
    assert row["clinical_effective_date"] == date(2025, 11, 3)
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:emis:date-precision", "YMD"
    )
    assert row["result_value"] == 48.0
    assert row["result_date"] == date(2025, 11, 3)
    assert row["result_text"] is None
    assert row["result_value_units_source_concept_id"] == IDS.concept(
        "urn:lds:emis:unit", "mmol/mol"
    )
    # winter: London is on UTC
    assert row["date_recorded"] == datetime(2025, 11, 3, 10, 15)
    # "None" is no episodicity
    assert row["episodicity_source_concept_id"] is None
    assert row["is_confidential"] is True
    assert (row["is_primary"], row["is_problem"], row["is_review"]) == (False, False, False)
    assert row["is_problem_deleted"] is False
    assert row["lds_is_deleted"] is False


def test_an_entry_without_value_parent_or_time() -> None:
    entry = {
        **ENTRY,
        "value": None,
        "numeric_unit": None,
        "parent_observation_guid": None,
        "entered_time": None,
        "episode": "Review",
        "is_confidential": None,
    }
    row = observations(entry)["entry-1"]
    assert row["result_date"] is None
    assert row["is_primary"] is True
    assert row["is_review"] is True
    assert row["is_confidential"] is False
    assert row["date_recorded"] == datetime(2025, 11, 3)
    assert row["episodicity_source_concept_id"] == IDS.concept("urn:lds:emis:episodicity", "Review")


def test_a_problem_is_a_mark_on_its_observation() -> None:
    rows = observations(ENTRY, problems=(PROBLEM,))
    assert len(rows) == 1
    assert rows["entry-1"]["is_problem"] is True
    assert rows["entry-1"]["is_problem_deleted"] is False
    assert rows["entry-1"]["problem_end_date"] == date(2026, 1, 2)


def test_a_problem_taken_back_leaves_the_observation() -> None:
    row = observations(ENTRY, problems=({**PROBLEM, "deleted": True},))["entry-1"]
    assert row["lds_is_deleted"] is False
    assert row["is_problem"] is False
    assert row["is_problem_deleted"] is True
    assert row["problem_end_date"] is None


def test_a_problem_of_another_practice_with_the_same_guid_is_not_its_problem() -> None:
    other = {**PROBLEM, "publisher_organisation_code": "X99902"}
    assert observations(ENTRY, problems=(other,))["entry-1"]["is_problem"] is False


def test_the_code_category_decides_the_table_and_the_observation_type_does_not() -> None:
    entries = [
        {**ENTRY, "observation_guid": f"entry-{code}", "code_id": code}
        for code in (11, 12, 21, 22, 23, 24)
    ]
    assert set(observations(*entries)) == {"entry-11", "entry-12"}


def test_a_code_that_the_list_lacks_or_a_missing_code_is_kept_as_an_observation() -> None:
    found = observations(
        {**ENTRY, "observation_guid": "unknown", "code_id": 99},
        {**ENTRY, "observation_guid": "blank", "code_id": None},
    )
    assert found["unknown"]["observation_source_concept_id"] == IDS.concept(
        "urn:lds:emis:code-id", 99
    )
    assert found["blank"]["observation_source_concept_id"] is None


def test_a_deleted_entry_keeps_its_patient_and_nothing_else() -> None:
    gone = {"observation_guid": "entry-1", "patient_guid": "patient-1", "deleted": True}
    row = observations(gone, problems=(PROBLEM,))["entry-1"]
    assert row["lds_is_deleted"] is True
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    told = {
        name
        for name, value in row.items()
        if value is not None and not name.startswith("lds_") and "organisation" not in name
    }
    assert told == {"id", "patient_id"}
