"""EMIS drug records and issues, worked out by hand."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from tests.golden.harness import Row, ids, run

IDS = ids("emis")
DRUGS = [
    {"code_id": 31, "term": "Invented 500 mg tablets"},
    {"code_id": 32, "term": "Invented cream", "bnf_chapter_ref": "13.4"},
]
RECORD = {
    "drug_record_guid": "drug-1",
    "patient_guid": "patient-1",
    "effective_date": date(2025, 1, 10),
    "effective_date_precision": "YMD",
    "entered_date": date(2025, 1, 10),
    "entered_time": "11:30:00",
    "clinician_user_in_role_guid": "user-1",
    "code_id": 31,
    "dosage": "One to be taken twice a day",
    "quantity": 56.0,
    "quantity_unit": "tablet(s)",
    "problem_observation_guid": "entry-1",
    "prescription_type": "Repeat",
    "is_active": True,
    "is_confidential": False,
    "expiry_date": datetime(2026, 1, 10, 0, 0),
}
ISSUE = {
    "issue_record_guid": "issue-1",
    "patient_guid": "patient-1",
    "drug_record_guid": "drug-1",
    "effective_date": date(2025, 3, 1),
    "effective_date_precision": "YMD",
    "entered_date": date(2025, 3, 1),
    "entered_time": "08:00:00",
    "clinician_user_in_role_guid": "user-2",
    "code_id": 32,
    "dosage": "Apply thinly",
    "quantity": 1.5,
    "quantity_unit": "tube(s)",
    "course_duration_in_days": 28,
    "estimated_nhs_cost": Decimal("2.1500"),
    "consultation_guid": "visit-1",
    "issue_method_description": "Electronic",
}


def statement(*issues: Row, **changed: object) -> Row:
    raw = {
        "Prescribing_DrugRecord": [{**RECORD, **changed}],
        "Prescribing_IssueRecord": issues,
        "Coding_DrugCode": DRUGS,
    }
    (row,) = run("emis", raw, "medication_statement")
    return row


def order(**changed: object) -> Row:
    raw = {"Prescribing_IssueRecord": [{**ISSUE, **changed}], "Coding_DrugCode": DRUGS}
    (row,) = run("emis", raw, "medication_order")
    return row


def test_a_drug_record_is_a_statement() -> None:
    row = statement()
    assert row["id"] == IDS.of("medication_statement", "drug-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["observation_id"] == IDS.of("observation", "entry-1")
    assert row["medication_statement_source_concept_id"] == IDS.concept(
        "urn:lds:emis:drug-code-id", 31
    )
    assert row["medication_name"] == "Invented 500 mg tablets"
    assert row["bnf_reference"] is None
    assert row["dose"] == "One to be taken twice a day"
    assert (row["quantity_value"], row["quantity_unit"]) == (56.0, "tablet(s)")
    assert row["quantity_value_description"] == "56 tablet(s)"
    assert row["authorisation_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:prescription-type", "Repeat"
    )
    assert row["clinical_effective_date"] == date(2025, 1, 10)
    assert row["date_recorded"] == datetime(2025, 1, 10, 11, 30)
    assert row["expiry_date"] == date(2026, 1, 10)
    assert row["is_active"] is True
    assert row["issue_method"] is None
    assert row["lds_is_deleted"] is False


def test_an_active_statement_is_not_cancelled_whatever_date_it_carries() -> None:
    row = statement(ISSUE, cancellation_date=date(2025, 2, 2))
    assert row["cancellation_date"] == date(2025, 2, 2)
    assert row["cancellation_date_derived"] is None


LATER = {**ISSUE, "issue_record_guid": "issue-2", "effective_date": date(2025, 5, 1)}


@pytest.mark.parametrize(
    ("issues", "supplied", "derived"),
    [
        # the date supplied wins
        ((ISSUE,), date(2025, 2, 2), date(2025, 2, 2)),
        # else the latest issue and its course of 28 days
        ((ISSUE, LATER), None, date(2025, 5, 29)),
        # a course without days counts none, one of more than ten years is none
        (({**LATER, "course_duration_in_days": None},), None, date(2025, 5, 1)),
        (({**LATER, "course_duration_in_days": 999999999},), None, date(2025, 5, 1)),
        # a deleted issue was never made; another practice's issue is not this record's
        ((ISSUE, {**LATER, "deleted": True}), None, date(2025, 3, 29)),
        ((ISSUE, {**LATER, "publisher_organisation_code": "X99902"}), None, date(2025, 3, 29)),
        # never issued: the record's own date
        ((), None, date(2025, 1, 10)),
    ],
)
def test_an_ended_statement_is_cancelled_on(
    issues: tuple[Row, ...], supplied: date | None, derived: date
) -> None:
    row = statement(*issues, is_active=False, cancellation_date=supplied)
    assert row["cancellation_date_derived"] == derived


def test_the_latest_issue_tells_how_it_is_issued() -> None:
    row = statement({**LATER, "issue_method_description": "Print"}, ISSUE)
    assert row["issue_method"] == "Print"


def test_a_deleted_drug_record_keeps_its_patient_and_nothing_else() -> None:
    gone = {"drug_record_guid": "drug-1", "patient_guid": "patient-1", "deleted": True}
    raw = {"Prescribing_DrugRecord": [gone], "Prescribing_IssueRecord": [ISSUE]}
    (row,) = run("emis", raw, "medication_statement")
    assert row["lds_is_deleted"] is True
    told = {
        name
        for name, value in row.items()
        if value is not None and not name.startswith("lds_") and "organisation" not in name
    }
    assert told == {"id", "patient_id"}


def test_an_issue_is_an_order_under_its_statement() -> None:
    row = order()
    assert row["id"] == IDS.of("medication_order", "issue-1")
    assert row["medication_statement_id"] == IDS.of("medication_statement", "drug-1")
    assert row["encounter_id"] == IDS.of("encounter", "visit-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-2")
    assert row["medication_order_source_concept_id"] == IDS.concept("urn:lds:emis:drug-code-id", 32)
    assert (row["medication_name"], row["bnf_reference"]) == ("Invented cream", "13.4")
    assert row["dose"] == "Apply thinly"
    assert row["quantity_value_description"] == "1.5 tube(s)"
    assert row["duration_days"] == 28
    assert row["estimated_cost"] == Decimal("2.1500")
    assert (row["issue_method"], row["issue_method_description"]) == ("Electronic", "Electronic")
    assert row["clinical_effective_date"] == date(2025, 3, 1)
    assert row["is_confidential"] is False
    assert row["lds_is_deleted"] is False


def test_an_issue_without_drug_record_or_known_drug_is_kept() -> None:
    row = order(drug_record_guid=None, code_id=99, quantity=None)
    assert row["medication_statement_id"] is None
    assert row["medication_name"] is None
    assert row["medication_order_source_concept_id"] == IDS.concept("urn:lds:emis:drug-code-id", 99)
    assert row["quantity_value_description"] == "tube(s)"


def test_a_deleted_issue_keeps_its_patient_and_nothing_else() -> None:
    gone = {"issue_record_guid": "issue-1", "patient_guid": "patient-1", "deleted": True}
    (row,) = run("emis", {"Prescribing_IssueRecord": [gone]}, "medication_order")
    assert row["lds_is_deleted"] is True
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["is_confidential"] is None
    assert row["quantity_value_description"] is None
