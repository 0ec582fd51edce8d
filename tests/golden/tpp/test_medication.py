"""TPP repeat templates, prescriptions and their issues, worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.golden.harness import EXTRACTED_AT, Row, ids, run

IDS = ids("tpp")
LATER = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
#: longer than fits a 64-bit number: stays text
DMD = "99000000000171990001"
TEMPLATE = {
    "row_identifier": 31,
    "id_patient": 4711,
    "id_event": 0,
    "id_done_by": 7,
    "date_event": datetime(2025, 11, 3),
    "date_event_recorded": datetime(2025, 11, 3, 10, 15),
    "id_multi_lex_dmd": DMD,
    "name_of_medication": "Metformin 500mg tablets",
    "medication_dosage": "One twice a day",
    "medication_quantity": "56 tablet(s)",
}
ISSUE = {
    "row_identifier": 41,
    "id_patient": 4711,
    "id_event": 11,
    "id_done_by": 7,
    "date_medication_start": datetime(2025, 11, 3),
    "date_medication_end": datetime(2025, 12, 1),
    "date_event_recorded": datetime(2025, 11, 3, 10, 15),
    "id_multi_lex_dmd": DMD,
    "name_of_medication": "Metformin 500mg tablets",
    "medication_dosage": "One twice a day",
    "medication_quantity": "56 tablet(s)",
    "is_repeat_medication": True,
    "is_other_medication": False,
    "is_dental_medication": False,
    "is_hospital_medication": False,
    "id_repeat_template": 31,
}
ACUTE = {
    **ISSUE,
    "row_identifier": 42,
    "is_repeat_medication": False,
    "id_repeat_template": -1,
    "id_multi_lex_dmd": "-1",
    "name_of_medication": "TEXTUAL DRUG : Invented cream",
    "medication_quantity": "2.5 ml",
}
DENTAL = {**ACUTE, "row_identifier": 43, "is_dental_medication": True}
HOSPITAL = {**DENTAL, "row_identifier": 44, "is_hospital_medication": True}
OTHER = {**ACUTE, "row_identifier": 45, "is_other_medication": True, "is_dental_medication": None}


def templates(*rows: Row) -> dict[str, Row]:
    found = run("tpp", {"SRRepeatTemplate": rows}, "medication_statement.sql")
    return {row["lds_source_key"]: row for row in found}


def prescriptions(feed: str, *rows: Row) -> dict[str, Row]:
    found = run("tpp", {"SRPrimaryCareMedication": rows}, feed)
    return {row["lds_source_key"]: row for row in found}


def kind(word: str) -> str:
    return IDS.concept("urn:lds:tpp:authorisation-type", word)


def test_a_repeat_template_is_a_statement() -> None:
    row = templates(TEMPLATE)["31"]
    assert row["id"] == IDS.of("medication_statement", "SRRepeatTemplate", 31)
    assert (row["encounter_id"], row["practitioner_id"]) == (None, IDS.of("practitioner", 7))
    assert row["medication_statement_source_concept_id"] == IDS.concept(
        "http://snomed.info/sct", DMD
    )
    assert (row["medication_name"], row["dose"]) == ("Metformin 500mg tablets", "One twice a day")
    assert (row["quantity_value"], row["quantity_unit"]) == (56.0, "tablet(s)")
    assert row["quantity_value_description"] == "56 tablet(s)"
    assert row["authorisation_type_source_concept_id"] == kind("repeat")
    assert row["clinical_effective_date"] == date(2025, 11, 3)
    assert (row["is_active"], row["cancellation_date"]) == (True, None)


def test_a_template_is_active_until_the_day_it_ends() -> None:
    # the extract is of 10 January 2026
    rows = templates(
        {**TEMPLATE, "row_identifier": 1, "date_medication_template_end": date(2026, 1, 10)},
        {**TEMPLATE, "row_identifier": 2, "date_medication_template_end": date(2026, 1, 11)},
    )
    assert [rows[key]["is_active"] for key in ("1", "2")] == [False, True]
    assert rows["1"]["cancellation_date_derived"] == date(2026, 1, 10)


def test_a_removed_template_keeps_its_patient_and_nothing_else() -> None:
    row = templates(TEMPLATE, {"row_identifier": 31, "removed_data": True, **LATER})["31"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in ("is_active", "medication_name", "authorisation_type_source_concept_id"):
        assert row[name] is None


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("28", 28.0, None),
        ("2.5 ml", 2.5, "ml"),
        (" .5 gram", 0.5, "gram"),
        ("28tablets", 28.0, "tablets"),
        ("2 x 100 ml", 2.0, "x 100 ml"),
        ("1,000 ml", None, None),
        ("1-2 tablets", None, None),
        ("one tablet", None, None),
        ("30 gram\r\n tube", 30.0, "gram\r\n tube"),
        (None, None, None),
    ],
)
def test_a_quantity_is_a_leading_number_and_what_follows(
    text: str | None, value: float | None, unit: str | None
) -> None:
    row = templates({**TEMPLATE, "medication_quantity": text})["31"]
    assert (row["quantity_value"], row["quantity_unit"]) == (value, unit)


def test_an_acute_prescription_is_a_statement_of_its_own_with_an_expected_end() -> None:
    rows = prescriptions("medication_statement.acute", ISSUE, ACUTE, DENTAL, HOSPITAL, OTHER)
    assert set(rows) == {"42"}
    row = rows["42"]
    assert row["id"] == IDS.of("medication_statement", "SRPrimaryCareMedication", 42)
    assert row["authorisation_type_source_concept_id"] == kind("acute")
    assert row["medication_statement_source_concept_id"] is None
    assert row["medication_name"] == "Invented cream"
    assert row["cancellation_date"] == date(2025, 12, 1)
    assert row["is_active"] is None


def test_drugs_given_elsewhere_are_statements_by_who_gave_them() -> None:
    rows = prescriptions("medication_statement.elsewhere", ISSUE, ACUTE, DENTAL, HOSPITAL, OTHER)
    found = {key: row["authorisation_type_source_concept_id"] for key, row in rows.items()}
    assert found == {"43": kind("dental"), "44": kind("hospital"), "45": kind("other")}
    # an edited flag must not leave one id both deleted as acute and alive as given elsewhere
    assert rows["43"]["id"] == IDS.of(
        "medication_statement", "SRPrimaryCareMedication", "elsewhere", 43
    )


def test_issues_of_repeats_and_acutes_are_orders_and_what_was_given_elsewhere_is_not() -> None:
    rows = prescriptions("medication_order", ISSUE, ACUTE, DENTAL, HOSPITAL, OTHER)
    assert set(rows) == {"41", "42"}
    issue, acute = rows["41"], rows["42"]
    assert issue["id"] == IDS.of("medication_order", 41)
    assert issue["medication_statement_id"] == IDS.of(
        "medication_statement", "SRRepeatTemplate", 31
    )
    assert acute["medication_statement_id"] == IDS.of(
        "medication_statement", "SRPrimaryCareMedication", 42
    )
    assert issue["encounter_id"] == IDS.of("encounter", 11)
    assert issue["duration_days"] == 28
    assert (acute["quantity_value"], acute["quantity_unit"]) == (2.5, "ml")
    assert issue["medication_order_source_concept_id"] == IDS.concept("http://snomed.info/sct", DMD)


def test_a_course_that_ends_before_it_starts_has_no_length() -> None:
    row = prescriptions("medication_order", {**ISSUE, "date_medication_end": datetime(2025, 1, 1)})
    assert row["41"]["duration_days"] is None


def test_a_removed_issue_is_a_deleted_order_with_its_patient() -> None:
    gone = {"row_identifier": 41, "removed_data": True, **LATER}
    row = prescriptions("medication_order", ISSUE, gone)["41"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    assert (row["medication_statement_id"], row["medication_name"]) == (None, None)
    assert prescriptions("medication_statement.acute", ACUTE, {**gone, "row_identifier": 42}) == {}
