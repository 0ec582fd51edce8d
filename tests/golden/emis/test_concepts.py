"""EMIS codes and words as concepts, their maps, and rows that land nowhere."""

from datetime import datetime
from functools import cache

import pytest

from lds_assets.schema.dictionary import olids
from tests.golden.emis import test_appointments as appointments
from tests.golden.emis import test_medication as medication
from tests.golden.emis import test_organisations as organisations
from tests.golden.emis import test_patients as patients
from tests.golden.emis import test_plans as plans
from tests.golden.emis import test_record as record
from tests.golden.emis import test_routing as routing
from tests.golden.harness import RawRows, Row, ids, run, supplier

IDS = ids("emis")
SNOMED = "http://snomed.info/sct"
CODE = {"code_id": 11, "term": "Invented finding", "snomed_ct_concept_id": 990000077}


def concepts(raw: dict[str, list[Row]]) -> dict[str, Row]:
    """Return what every concept feed yields, by concept; the first feed wins."""
    found: dict[str, Row] = {}
    for feed in supplier("emis").definition.canonical:
        if feed.table == "concept":
            for row in run("emis", raw, feed.file):
                found.setdefault(row["concept_id"], row)
    return found


#: One of everything the tests of the other tables use.
EVERYTHING: dict[str, list[Row]] = {
    "Admin_Organisation": [organisations.SURGERY, organisations.COMMISSIONER],
    "Admin_Location": [{**organisations.SITE, "phone_number": "020 7946 0000"}],
    "Admin_Patient": [patients.ADA, patients.BOB, patients.GONE, patients.DUMMY],
    "Admin_PatientHistory": [{"patient_guid": "patient-1", "status_description": "Registered"}],
    "CareRecord_Consultation": [
        record.VISIT,
        {**record.VISIT, "consultation_guid": "visit-2", "consultation_source_code_id": None},
    ],
    "CareRecord_Observation": [
        {**record.ENTRY, "episode": "First"},
        {**record.ENTRY, "observation_guid": "entry-2", "code_id": 99},
        routing.ALLERGY,
        routing.ORDER,
        routing.REFERRAL,
    ],
    "CareRecord_ObservationReferral": [routing.DETAIL],
    "CareRecord_Diary": [plans.DIARY],
    "Coding_ClinicalCode": [CODE, *record.CODES[1:]],
    "Coding_DrugCode": [{"code_id": 31, "dmd_product_code_id": 990000147}],
    "Prescribing_DrugRecord": [medication.RECORD],
    "Prescribing_IssueRecord": [medication.ISSUE],
    "Appointment_Slot": [
        appointments.SLOT,
        # a word that only an earlier booking of the slot has
        {
            **appointments.SLOT,
            "patient_guid": "patient-2",
            "slot_status": "Slot Booked",
            "lds_extracted_at": datetime(2026, 1, 2, 0, 5),
        },
    ],
}
FACTS = sorted(
    {feed.table for feed in supplier("emis").definition.canonical if feed.table != "concept"}
)


@cache
def every_concept() -> dict[str, Row]:
    """Return every concept of ``EVERYTHING``; half a second of selects, so read once."""
    return concepts(EVERYTHING)


@pytest.mark.parametrize("table", FACTS)
def test_every_concept_that_a_row_uses_is_yielded(table: str) -> None:
    known = set(every_concept())
    columns = [
        column.name
        for column in olids()[table].columns
        if column.references == "concept.concept_id"
    ]
    rows = [
        row
        for feed in supplier("emis").definition.canonical
        if feed.table == table
        for row in run("emis", EVERYTHING, feed.file)
    ]
    used = {row[name] for row in rows for name in columns} - {None}
    assert used <= known
    assert bool(used) == bool(columns)


def test_a_code_of_the_list_is_a_concept_with_its_term() -> None:
    found = concepts({"Coding_ClinicalCode": [CODE, {**CODE, "parent_code_id": 4}]})
    row = found[IDS.concept("urn:lds:emis:code-id", 11)]
    assert (row["system"], row["code"], row["display"]) == (
        "urn:lds:emis:code-id",
        "11",
        "Invented finding",
    )
    # the target is a concept too; its term is not for EMIS to say
    target = found[IDS.concept(SNOMED, 990000077)]
    assert (target["system"], target["code"], target["display"]) == (SNOMED, "990000077", None)
    assert len(found) == 2


def test_a_code_met_in_records_alone_is_a_concept_without_a_term() -> None:
    raw: dict[str, list[Row]] = {
        "CareRecord_Observation": [{"observation_guid": "entry-1", "code_id": 99}]
    }
    row = concepts(raw)[IDS.concept("urn:lds:emis:code-id", 99)]
    assert row["display"] is None
    # once the list has it, records no longer yield it: its term cannot be lost again
    raw["Coding_ClinicalCode"] = [{"code_id": 99}]
    assert run("emis", raw, "concept.observation") == []


def test_words_are_concepts_trimmed_and_once() -> None:
    raw: RawRows = {
        "Admin_Patient": [
            {"patient_guid": "patient-1", "patient_type_description": " Regular", "sex": "F"},
            {"patient_guid": "patient-2", "patient_type_description": "Regular", "sex": "f"},
            {"patient_guid": "patient-3", "deleted": True},
        ]
    }
    found = {(row["system"], row["code"]) for row in run("emis", raw, "concept.patient")}
    assert found == {
        ("urn:lds:emis:sex", "F"),
        ("urn:lds:emis:patient-type", "Regular"),
        ("urn:lds:emis:address-type", "Home"),
        ("urn:lds:emis:address-type", "Temporary"),
        ("urn:lds:emis:contact-type", "Home phone"),
        ("urn:lds:emis:contact-type", "Mobile phone"),
        ("urn:lds:emis:contact-type", "Email"),
    }


def test_a_word_carries_no_key_of_the_record_it_was_met_in() -> None:
    for row in every_concept().values():
        assert row["publisher_organisation_code"] == "shared"
        assert "patient" not in row["lds_source_key"].replace("patient-type", "")
        assert "entry" not in row["lds_source_key"]


def maps(*codes: Row, feed: str = "concept_map.clinical_code") -> list[Row]:
    table = "Coding_ClinicalCode" if "clinical" in feed else "Coding_DrugCode"
    return run("emis", {table: codes}, feed)


def test_a_code_maps_to_the_snomed_code_it_names() -> None:
    (row,) = maps(CODE, {**CODE, "parent_code_id": 4})
    assert row["concept_map_name"] == "EMIS code id to SNOMED CT"
    assert row["source_concept_id"] == IDS.concept("urn:lds:emis:code-id", 11)
    assert (row["source_system"], row["source_code"]) == ("urn:lds:emis:code-id", "11")
    assert row["source_display"] == "Invented finding"
    assert row["target_concept_id"] == IDS.concept(SNOMED, 990000077)
    assert (row["target_system"], row["target_code"]) == (SNOMED, "990000077")
    assert (row["equivalence"], row["equivalence_rank"]) == ("EQUIVALENT", 1)
    assert row["is_primary"] is True


def test_a_drug_maps_to_its_product() -> None:
    drug = {"code_id": 31, "term": "Invented cream", "dmd_product_code_id": 990000147}
    (row,) = maps(drug, feed="concept_map.drug_code")
    assert row["concept_map_name"] == "EMIS drug code id to dm+d"
    assert row["source_concept_id"] == IDS.concept("urn:lds:emis:drug-code-id", 31)
    assert row["target_concept_id"] == IDS.concept(SNOMED, 990000147)
    assert row["is_primary"] is True


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(None, id="blank"),
        pytest.param(0, id="zero"),
        pytest.param(-5000000, id="negative"),
        pytest.param(12345, id="too short"),
        pytest.param(138875005, id="the root of SNOMED CT"),
        pytest.param(9991000006104, id="the extension of EMIS"),
    ],
)
def test_a_number_that_is_no_national_code_is_no_target(number: int | None) -> None:
    assert maps({**CODE, "snomed_ct_concept_id": number}) == []


def test_a_target_given_up_stays_as_no_match() -> None:
    newer = {
        **CODE,
        "snomed_ct_concept_id": 990000147,
        "lds_extracted_at": datetime(2026, 2, 1, 0, 5),
    }
    found = {row["target_code"]: row for row in maps(CODE, newer)}
    assert {code: row["is_primary"] for code, row in found.items()} == {
        "990000077": False,
        "990000147": True,
    }
    assert found["990000077"]["equivalence"] == "UNMATCHED"
    (unmapped,) = maps(CODE, {**newer, "snomed_ct_concept_id": None})
    assert (unmapped["target_code"], unmapped["is_primary"]) == ("990000077", False)


def test_rows_that_land_nowhere_are_named_with_their_reason() -> None:
    raw: RawRows = {
        "Coding_ClinicalCode": record.CODES,
        "CareRecord_Observation": [
            {"observation_guid": f"entry-{code}", "code_id": code}
            for code in (11, 12, 21, 22, 23, 24, 99)
        ]
        + [{"observation_guid": "gone", "code_id": 21, "deleted": True}],
        "Appointment_Slot": [
            appointments.SLOT,
            {"slot_guid": "slot-2"},
            {"slot_guid": "slot-3", "deleted": True},
        ],
    }
    found = {
        (row["source_table"], row["lds_row_number"]): row["reason"]
        for row in run("emis", raw, "not_landed")
    }
    assert found == {
        ("appointment_slot", 2): "VACANT_SLOT",
        ("appointment_slot", 3): "VACANT_SLOT_DELETED",
    }


def test_landed_and_not_landed_make_up_every_row() -> None:
    raw: RawRows = {
        "Coding_ClinicalCode": record.CODES,
        "CareRecord_Observation": [
            {"observation_guid": f"entry-{code}", "code_id": code}
            for code in (11, 12, 21, 22, 23, 24, 99)
        ]
        + [{"observation_guid": "gone", "code_id": 21, "deleted": True}],
        "Appointment_Slot": [appointments.SLOT, {"slot_guid": "slot-2"}],
    }
    not_landed = [row["lds_row_number"] for row in run("emis", raw, "not_landed")]
    for table, feeds, named in (
        (
            "CareRecord_Observation",
            ("observation", "allergy_intolerance", "diagnostic_order", "referral_request"),
            [],
        ),
        ("Appointment_Slot", ("appointment",), not_landed),
    ):
        landed = [row["lds_row_number"] for feed in feeds for row in run("emis", raw, feed)]
        # each row once, in one table or under one reason
        assert sorted(landed + named) == list(range(1, len(raw[table]) + 1))
