"""EMIS entries whose code category sends them to a table of their own, worked out by hand."""

from datetime import date, datetime

import pytest

from tests.golden.emis.test_record import CODES, ENTRY, PROBLEM
from tests.golden.harness import RawRows, Row, ids, run

IDS = ids("emis")
TABLES = ("observation", "allergy_intolerance", "diagnostic_order", "referral_request")
ALLERGY = {**ENTRY, "observation_guid": "allergy-1", "code_id": 22, "episode": "Review"}
ORDER = {**ENTRY, "observation_guid": "order-1", "code_id": 24, "effective_date_precision": "ymd "}
REFERRAL = {**ENTRY, "observation_guid": "referral-1", "code_id": 21, "organisation_guid": "org-1"}
DETAIL = {
    "observation_guid": "referral-1",
    "referral_target_organisation_guid": "org-2",
    "referral_urgency": "2 Week Wait",
    "referral_service_type": "Assessment ",
    "referral_mode": "NHS e-Referral",
    "referral_ubrn": "000000000001",
}
HOSPITAL = {"organisation_guid": "org-2", "ods_code": "X9H"}
PRACTICE_ITSELF = {"organisation_guid": "org-1", "ods_code": "X99901"}


def rows(table: str, *entries: Row, **raw: list[Row]) -> dict[str, Row]:
    """Return the rows a table takes of some entries, by the entry's key."""
    known: RawRows = {"Coding_ClinicalCode": CODES, "CareRecord_Observation": entries}
    return {row["lds_source_key"]: row for row in run("emis", {**known, **raw}, table)}


@pytest.mark.parametrize(
    ("category", "table"),
    [
        ("Referral", "referral_request"),
        (" REFERRAL ", "referral_request"),
        ("Referral rejected", "observation"),
        ("Allergy and adverse drug reactions", "allergy_intolerance"),
        ("Allergy and adverse reactions", "allergy_intolerance"),
        ("Investigation requests", "diagnostic_order"),
        ("Biochemistry", "observation"),
        ("Unset", "observation"),
        (None, "observation"),
    ],
)
def test_the_code_category_sends_an_entry_to_one_table(category: str | None, table: str) -> None:
    codes: list[Row] = [{"code_id": 11, "emis_code_category_description": category}]
    found = [name for name in TABLES if rows(name, ENTRY, Coding_ClinicalCode=codes)]
    assert found == [table]


@pytest.mark.parametrize(
    ("category", "table"),
    [("Investigation requests", "diagnostic_order"), ("Biochemistry", "observation")],
)
def test_of_a_code_that_comes_once_per_parent_the_newest_row_says_the_category(
    category: str, table: str
) -> None:
    earlier = {"code_id": 11, "parent_code_id": 5, "emis_code_category_description": "Referral"}
    later = {
        "code_id": 11,
        "emis_code_category_description": category,
        "lds_extracted_at": datetime(2026, 1, 11, 0, 5),
    }
    for codes in ([earlier, later], [later, earlier]):
        found = [name for name in TABLES if rows(name, ENTRY, Coding_ClinicalCode=codes)]
        assert found == [table]


def test_an_entry_with_an_allergy_code_is_an_allergy() -> None:
    row = rows("allergy_intolerance", ALLERGY)["allergy-1"]
    # links to an entry hold whatever table it landed in
    assert row["id"] == IDS.of("observation", "allergy-1")
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["encounter_id"] == IDS.of("encounter", "visit-1")
    assert row["allergy_intolerance_source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 22)
    assert row["clinical_effective_date"] == date(2025, 11, 3)
    assert row["date_recorded"] == datetime(2025, 11, 3, 10, 15)
    assert (row["is_review"], row["is_confidential"]) == (True, True)
    assert row["lds_is_deleted"] is False


def test_an_allergy_of_an_unknown_date_and_no_flags() -> None:
    bare = {"observation_guid": "allergy-2", "patient_guid": "patient-1", "code_id": 23}
    padded = {**bare, "effective_date": date(1900, 1, 1), "effective_date_precision": "U"}
    row = rows("allergy_intolerance", padded)["allergy-2"]
    assert row["clinical_effective_date"] is None
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:emis:date-precision", "U"
    )
    assert (row["is_review"], row["is_confidential"]) == (False, False)
    assert row["encounter_id"] is None


def test_an_investigation_request_is_a_diagnostic_order() -> None:
    row = rows("diagnostic_order", ORDER)["order-1"]
    assert row["id"] == IDS.of("observation", "order-1")
    assert row["parent_observation_id"] == IDS.of("observation", "entry-0")
    assert row["diagnostic_order_source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 24)
    assert (row["result_value"], row["result_date"]) == (48.0, date(2025, 11, 3))
    assert row["result_measurement_units_source_concept_id"] == IDS.concept(
        "urn:lds:emis:unit", "mmol/mol"
    )
    # as supplied, and as a concept
    assert row["date_precision_raw"] == "ymd "
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:emis:date-precision", "YMD"
    )
    assert row["episodicity_source_concept_id"] is None
    assert (row["is_problem"], row["is_primary"], row["is_review"]) == (False, False, False)


def test_a_request_that_is_a_problem_is_marked_until_the_problem_is_taken_back() -> None:
    problem = {**PROBLEM, "observation_guid": "order-1"}
    marked = rows("diagnostic_order", ORDER, CareRecord_Problem=[problem])["order-1"]
    assert (marked["is_problem"], marked["problem_end_date"]) == (True, date(2026, 1, 2))
    gone = {**problem, "deleted": True}
    plain = rows("diagnostic_order", ORDER, CareRecord_Problem=[gone])["order-1"]
    assert (plain["is_problem"], plain["problem_end_date"]) == (False, None)


def test_a_request_without_value_or_parent() -> None:
    bare = {"observation_guid": "order-2", "code_id": 24, "episode": "First"}
    row = rows("diagnostic_order", bare)["order-2"]
    assert (row["result_value"], row["result_date"], row["is_primary"]) == (None, None, True)
    assert row["episodicity_source_concept_id"] == IDS.concept("urn:lds:emis:episodicity", "First")


def referral(detail: Row | None, **changed: object) -> Row:
    raw: dict[str, list[Row]] = {
        "CareRecord_ObservationReferral": [] if detail is None else [detail],
        "Admin_Organisation": [HOSPITAL, PRACTICE_ITSELF],
    }
    return rows("referral_request", {**REFERRAL, **changed}, **raw)["referral-1"]


def test_a_referral_tells_where_it_goes_and_how() -> None:
    row = referral(DETAIL)
    assert row["id"] == IDS.of("observation", "referral-1")
    # no source: the practice itself refers when the target is another organisation
    assert row["requester_organisation_id"] == IDS.organisation("X99901")
    assert row["recipient_organisation_id"] == IDS.organisation("X9H")
    assert row["is_outgoing_referral"] is True
    assert row["referral_request_source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 21)
    assert row["referral_request_priority_source_concept_id"] == IDS.concept(
        "urn:lds:emis:referral-urgency", "2 Week Wait"
    )
    assert row["referral_request_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:referral-service-type", "Assessment"
    )
    assert row["mode"] == "NHS e-Referral"
    assert row["unique_booking_reference_number"] == "000000000001"
    assert row["value"] == 48.0
    assert row["recorded_datetime"] == datetime(2025, 11, 3, 10, 15)


def test_a_referral_without_a_row_of_its_own_is_one_all_the_same() -> None:
    row = referral(None)
    assert row["clinical_effective_date"] == date(2025, 11, 3)
    for name in ("requester", "recipient"):
        assert row[f"{name}_organisation_id"] is None
    assert row["is_outgoing_referral"] is None
    assert row["mode"] is None


@pytest.mark.parametrize(
    ("source", "target", "requester", "recipient", "is_outgoing"),
    [
        # from the hospital to the practice: incoming
        ("org-2", "org-1", "X9H", "X99901", False),
        # from the practice: outgoing, wherever it goes
        ("org-1", None, "X99901", None, True),
        # inside the practice: nobody is known to refer out
        (None, "org-1", None, "X99901", False),
        # an organisation the feed never sent is no organisation
        (None, "org-3", "X99901", None, True),
        # nor is the practice the requester then
        ("org-3", "org-2", None, "X9H", False),
    ],
)
def test_the_direction_of_a_referral(
    source: str | None,
    target: str | None,
    requester: str | None,
    recipient: str | None,
    is_outgoing: bool,
) -> None:
    row = referral(
        {
            **DETAIL,
            "referral_source_organisation_guid": source,
            "referral_target_organisation_guid": target,
        }
    )
    assert row["requester_organisation_id"] == (requester and IDS.organisation(requester))
    assert row["recipient_organisation_id"] == (recipient and IDS.organisation(recipient))
    assert row["is_outgoing_referral"] is is_outgoing


def test_another_practices_referral_of_the_same_guid_tells_nothing() -> None:
    row = referral({**DETAIL, "publisher_organisation_code": "X99902"})
    assert row["mode"] is None


def test_a_deleted_entry_lands_in_observation_whatever_it_was() -> None:
    gone = {"observation_guid": "gone", "patient_guid": "patient-1", "code_id": 22, "deleted": True}
    assert [name for name in TABLES if rows(name, gone)] == ["observation"]
