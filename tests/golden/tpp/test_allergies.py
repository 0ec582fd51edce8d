"""TPP allergies: drug sensitivities and coded entries, worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.golden.harness import EXTRACTED_AT, RawRows, Row, ids, run

IDS = ids("tpp")
CTV3 = "http://read.info/ctv3"
LATER = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
PRODUCTS: list[Row] = [
    {"row_identifier": 1, "id_multi_lex_product": "40001", "drug_read_code": "?d2..",
     "drug_read_code_desc": "Second name"},
    {"row_identifier": 2, "id_multi_lex_product": "40001", "drug_read_code": "?d1..",
     "drug_read_code_desc": "First name"},
    {"row_identifier": 3, "id_multi_lex_product": "40002", "drug_read_code": "Y00d1",
     "drug_read_code_desc": "Local drug"},
    {"row_identifier": 4, "id_multi_lex_product": "40003", "drug_read_code": "?gone",
     "removed_data": True},
]  # fmt: skip
SENSITIVITY = {
    "row_identifier": 21,
    "id_patient": 4711,
    "id_event": 11,
    "id_done_by": 7,
    "id_organisation_done_at": "RX901",
    "id_organisation": "X99902",
    "date_started": datetime(2025, 7, 1),
    "date_event_recorded": datetime(2025, 7, 1, 9, 30),
    "id_drug_code": "40001",
    "id_multi_lex_action": "-1",
    "name_of_medication": "TEXTUAL DRUG : Invented cream",
}
TREE: list[Row] = [
    {"ctv3_code_parent": "Xa1pQ", "ctv3_code_child": "?aLrg"},
    {"ctv3_code_parent": "Xa1pQ", "ctv3_code_child": "?past", "removed_data": True},
    {"ctv3_code_parent": "X0003", "ctv3_code_child": "?sick"},
]


def sensitivities(*rows: Row) -> dict[str, Row]:
    raw: RawRows = {"SRDrugSensitivity": rows, "SRMedicationReadCodeDetails": PRODUCTS}
    found = run("tpp", raw, "allergy_intolerance.sql")
    return {row["lds_source_key"]: row for row in found}


def coded(*rows: Row) -> tuple[set[str], dict[str, Row]]:
    """Return the keys that become observations, and the allergies by key."""
    raw: RawRows = {"SRCode": rows, "SRCtv3Hierarchy": TREE}
    entries = {row["lds_source_key"] for row in run("tpp", raw, "observation.sql")}
    found = run("tpp", raw, "allergy_intolerance.code.sql")
    return entries, {row["lds_source_key"]: row for row in found}


def test_a_sensitivity_has_the_lowest_code_of_its_product_and_keeps_its_name() -> None:
    row = sensitivities(SENSITIVITY)["21"]
    assert row["id"] == IDS.of("allergy_intolerance", "SRDrugSensitivity", 21)
    assert row["allergy_intolerance_source_concept_id"] == IDS.concept(CTV3, "?d1..")
    assert row["medication_name"] == "Invented cream"
    assert (row["category"], row["clinical_status"], row["verification_status"]) == (
        "medication",
        "active",
        None,
    )
    assert row["multi_lex_action"] is None
    assert row["clinical_effective_date"] == date(2025, 7, 1)
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:date-precision", "day"
    )
    # summer time: an hour before the clock on the wall
    assert row["date_recorded"] == datetime(2025, 7, 1, 8, 30)
    assert row["encounter_id"] == IDS.of("encounter", 11)
    assert row["practitioner_id"] == IDS.of("practitioner", 7, publisher="RX901")
    assert row["provider_organisation_id"] == IDS.organisation("RX901")
    assert row["author_organisation_id"] == IDS.organisation("X99902")
    assert (row["is_review"], row["is_confidential"], row["lds_is_deleted"]) == (
        False,
        False,
        False,
    )


def test_an_ended_sensitivity_is_inactive_and_a_nameless_one_takes_the_term_of_its_code() -> None:
    row = sensitivities(
        {
            **SENSITIVITY,
            "id_drug_code": "40002",
            "name_of_medication": None,
            "date_ended": datetime(2025, 9, 1),
        }
    )["21"]
    assert (row["clinical_status"], row["medication_name"]) == ("inactive", "Local drug")
    assert row["allergy_intolerance_source_concept_id"] == IDS.concept("urn:lds:tpp:code", "Y00d1")


@pytest.mark.parametrize("product", ["-1", None, "40003", "49999"])
def test_a_sensitivity_to_a_group_of_drugs_has_no_code(product: str | None) -> None:
    row = sensitivities({**SENSITIVITY, "id_drug_code": product, "id_multi_lex_action": "707"})[
        "21"
    ]
    assert row["allergy_intolerance_source_concept_id"] is None
    assert row["multi_lex_action"] == "707"


def test_a_removed_sensitivity_is_deleted_under_the_patient_who_had_it() -> None:
    row = sensitivities(SENSITIVITY, {"row_identifier": 21, "removed_data": True, **LATER})["21"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in ("clinical_status", "category", "medication_name", "is_review"):
        assert row[name] is None


def test_a_coded_entry_is_an_allergy_or_an_observation_never_both() -> None:
    entry = {"id_patient": 4711, "date_event": datetime(2026, 1, 5, 10, 30)}
    entries, allergies = coded(
        {**entry, "row_identifier": 1, "ctv3_code": "?aLrg"},
        {**entry, "row_identifier": 2, "ctv3_code": "?alrg"},
        {**entry, "row_identifier": 3, "ctv3_code": "Xa1pQ"},
        {**entry, "row_identifier": 4, "ctv3_code": "?past"},
        {**entry, "row_identifier": 5, "ctv3_code": "?sick"},
        {**entry, "row_identifier": 6},
    )
    assert set(allergies) == {"1", "3"}
    assert entries == {"2", "4", "5", "6"}
    row = allergies["1"]
    assert row["id"] == IDS.of("allergy_intolerance", "SRCode", 1)
    assert row["allergy_intolerance_source_concept_id"] == IDS.concept(CTV3, "?aLrg")
    assert (row["category"], row["clinical_status"]) == ("other", "active")
    assert row["clinical_effective_date"] == date(2026, 1, 5)
    assert row["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:date-precision", "minute"
    )


def test_a_snomed_number_of_a_coded_allergy_comes_before_its_ctv3_code() -> None:
    _, allergies = coded(
        {"row_identifier": 1, "id_patient": 1, "ctv3_code": "?aLrg", "snomed_code": 99000000225},
        {"row_identifier": 2, "id_patient": 1, "ctv3_code": "?aLrg", "snomed_code": 0},
    )
    assert allergies["1"]["allergy_intolerance_source_concept_id"] == IDS.concept(
        "http://snomed.info/sct", 99000000225
    )
    assert allergies["2"]["allergy_intolerance_source_concept_id"] == IDS.concept(CTV3, "?aLrg")


def test_a_removed_entry_is_deleted_by_not_coming_back_as_an_allergy() -> None:
    entries, allergies = coded(
        {"row_identifier": 1, "id_patient": 4711, "ctv3_code": "?aLrg"},
        {"row_identifier": 1, "removed_data": True, **LATER},
    )
    assert (entries, allergies) == ({"1"}, {})
