"""TPP codes and words as concepts, their map to SNOMED CT, and rows that land nowhere."""

from datetime import datetime
from functools import cache

import pytest

from lds_assets.schema.dictionary import olids
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed
from tests.golden.harness import Row, ids, run, supplier

IDS = ids("tpp")
SNOMED = "http://snomed.info/sct"
CTV3 = "http://read.info/ctv3"

#: A little of everything: each row makes a fact that refers to concepts.
RECORD: dict[str, list[Row]] = {
    "SRMapping": [
        {"row_identifier": 1, "mapping": "Home"},
        {"row_identifier": 2, "mapping": "Mobile"},
        {"row_identifier": 3, "mapping": "New"},
        {"row_identifier": 4, "mapping": "Finished"},
    ],
    "SRConfiguredListOption": [{"row_identifier": 302, "configured_list_option": "Telephone"}],
    "SRPatient": [
        {"row_identifier": 1, "gender": "m", "email_address": "ada@example.org"},
        {"row_identifier": 2, "gender": "2"},
    ],
    "SRPatientAddressHistory": [
        {"row_identifier": 1, "id_patient": 1, "address_type": "1"},
        {"row_identifier": 2, "id_patient": 1, "address_type": "Temporary "},
    ],
    "SRPatientContactDetails": [
        {"row_identifier": 1, "id_patient": 1, "contact_type": "2", "contact_number": "1"},
        {"row_identifier": 2, "id_patient": 1, "contact_type": "Work", "contact_number": "2"},
    ],
    "SRPatientRegistration": [
        {"row_identifier": 1, "id_patient": 1, "registration_status": "Contraception, GMS",
         "date_registration": datetime(2020, 1, 1)},
        {"row_identifier": 2, "id_patient": 2, "registration_status": "Rotating Resident",
         "date_registration": datetime(2020, 1, 1)},
    ],
    "SRRecordStatus": [
        {"row_identifier": 1, "id_patient": 1, "date_event": datetime(2020, 1, 2),
         "medical_record_status": "2"},
    ],
    "SREvent": [
        {"row_identifier": 1, "id_patient": 1, "clinical_event": True, "contact_method": "302"},
        {"row_identifier": 2, "id_patient": 1, "clinical_event": False,
         "date_event": datetime(2026, 1, 1)},
        {"row_identifier": 3, "id_patient": 1, "contact_method": "Home call"},
    ],
    "SRCode": [
        {"row_identifier": 1, "id_patient": 1, "ctv3_code": "?001Y", "snomed_code": 99000000119,
         "snomed_text": "Diabetes", "is_numeric": True, "numeric_value": 1.0,
         "numeric_unit": " %", "episode_type": "3"},
        {"row_identifier": 2, "id_patient": 1, "ctv3_code": "?001y", "episode_type": "Ongoing"},
        {"row_identifier": 3, "id_patient": 1, "ctv3_code": "Y0001",
         "date_event": datetime(2026, 1, 1, 9, 30)},
    ],
    "SRImmunisation": [
        {"row_identifier": 1, "id_patient": 1, "imms_read_code": "?65E."},
        {"row_identifier": 2, "id_patient": 1, "imms_snomed_code": 99000000225},
    ],
    "SRRepeatTemplate": [
        {"row_identifier": 1, "id_patient": 1, "id_multi_lex_dmd": "99000000000171"},
    ],
    "SRPrimaryCareMedication": [
        {"row_identifier": 1, "id_patient": 1, "id_multi_lex_dmd": "99000000000349"},
        {"row_identifier": 2, "id_patient": 1, "is_other_medication": True},
        {"row_identifier": 3, "id_patient": 1, "is_dental_medication": True},
        {"row_identifier": 4, "id_patient": 1, "is_hospital_medication": True},
    ],
    "SRAppointment": [
        {"row_identifier": 1, "id_patient": 1, "appointment_status": "4",
         "telephone_appointment": True},
        {"row_identifier": 2, "id_patient": 1, "appointment_status": "Booked"},
    ],
    "SRVisit": [{"row_identifier": 1, "id_patient": 1, "current_status": "4"}],
    "SRCtv3Hierarchy": [{"ctv3_code_parent": "Xa1pQ", "ctv3_code_child": "?001y"}],
    "SRMedicationReadCodeDetails": [
        {"row_identifier": 1, "id_multi_lex_product": "40001", "drug_read_code": "?d1.."},
    ],
    "SRDrugSensitivity": [{"row_identifier": 1, "id_patient": 1, "id_drug_code": "40001"}],
    "SRRecall": [{"row_identifier": 1, "id_patient": 1, "recall_status": "4"}],
    "SRReferralOut": [
        {"row_identifier": 1, "id_patient": 1, "urgency": "302", "reason": "Advice",
         "service_offered": "175137", "type_of_referral": "1",
         "snomed_primary_diagnosis": 99000000333},
        {"row_identifier": 2, "id_patient": 1, "primary_diagnosis": "Y0002",
         "date_event": datetime(2026, 1, 1)},
    ],
    "SRReferralIn": [
        {"row_identifier": 1, "id_patient": 1, "urgency": "Soon", "primary_reason": "302",
         "service_offered": "Physiotherapy"},
    ],
    "SROrganisation": [{"row_identifier": 1, "id": "X99901", "telephone": "020 7946 0000"}],
}  # fmt: skip
FEEDS = supplier("tpp").definition.canonical


@cache
def concepts() -> dict[str, Row]:
    found = [
        row for feed in FEEDS if feed.table == "concept" for row in run("tpp", RECORD, feed.file)
    ]
    return {row["concept_id"]: row for row in found}


@pytest.mark.parametrize(
    "feed",
    [feed for feed in FEEDS if feed.table not in {"concept", "concept_map"}],
    ids=lambda feed: feed.file,
)
def test_every_concept_a_fact_refers_to_is_yielded(feed: CanonicalFeed) -> None:
    columns = [
        column.name
        for column in olids()[feed.table].columns
        if column.references == "concept.concept_id"
    ]
    used = {row[name] for row in run("tpp", RECORD, feed.file) for name in columns} - {None}
    assert used <= concepts().keys()
    if columns and feed.table not in {"organisation", "location"}:
        assert used


def test_a_concept_is_yielded_once_per_feed() -> None:
    for feed in FEEDS:
        if feed.table == "concept":
            rows = run("tpp", RECORD, feed.file)
            assert len({row["concept_id"] for row in rows}) == len(rows)


def test_words_are_codes_and_known_letters_have_a_meaning() -> None:
    found = {(row["system"], row["code"]): row["display"] for row in concepts().values()}
    assert found["urn:lds:tpp:gender", "M"] == "Male"
    assert found["urn:lds:tpp:gender", "2"] == "2"
    assert found["urn:lds:tpp:unit", "%"] == "%"
    assert found["urn:lds:tpp:record-status", "2"] == "Registered, records received"
    assert found["urn:lds:tpp:registration-type", "GMS"] == "GMS"
    assert found[SNOMED, "99000000119"] == "Diabetes"
    assert (CTV3, "?001Y") not in found
    assert {(CTV3, "?001y"), ("urn:lds:tpp:code", "Y0001")} <= found.keys()


CODES: list[Row] = [
    {"ctv3_code": "?001Y", "ctv3_text": "Diabetes "},
    {"ctv3_code": "?001y", "ctv3_text": "Something else"},
    {"ctv3_code": "Y0001", "ctv3_text": "Local entry"},
]
TARGETS: list[Row] = [
    {"ctv3_code": "?001Y", "snomed_code": 99000000225},
    {"ctv3_code": "?001Y", "snomed_code": 99000000119},
    {"ctv3_code": "?001y", "snomed_code": -1},
    {"ctv3_code": "?001y", "snomed_code": 12345},
    {"ctv3_code": "Y0001", "snomed_code": 99000000334},
]


def test_codes_that_differ_by_case_are_two_concepts() -> None:
    rows = {row["code"]: row for row in run("tpp", {"SRCtv3": CODES}, "concept.ctv3")}
    assert {code: row["display"] for code, row in rows.items()} == {
        "?001Y": "Diabetes", "?001y": "Something else", "Y0001": "Local entry",
    }  # fmt: skip
    assert rows["Y0001"]["system"] == "urn:lds:tpp:code"
    assert rows["?001Y"]["concept_id"] == IDS.concept(CTV3, "?001Y")
    assert rows["?001Y"]["publisher_organisation_code"] == "shared"


def test_a_code_has_one_recommended_target_and_impossible_numbers_are_left_out() -> None:
    raw: dict[str, list[Row]] = {"SRCtv3": CODES, "SRCtv3ToSnomed": TARGETS}
    rows = run("tpp", raw, "concept_map")
    found = {(row["source_code"], row["target_code"]): row["is_primary"] for row in rows}
    assert found == {
        ("?001Y", "99000000119"): True,
        ("?001Y", "99000000225"): False,
        ("Y0001", "99000000334"): True,
    }
    targets = {row["concept_id"]: row for row in run("tpp", raw, "concept.snomed")}
    for row in rows:
        assert row["source_concept_id"] == IDS.concept(row["source_system"], row["source_code"])
        assert targets[row["target_concept_id"]]["code"] == row["target_code"]
        assert (row["equivalence"], row["equivalence_rank"]) == ("EQUIVALENT", 1)
    assert {row["source_system"] for row in rows} == {CTV3, "urn:lds:tpp:code"}


def test_every_row_lands_once_or_is_explained() -> None:
    flags = ("is_repeat_medication", "is_other_medication")
    medication: list[Row] = [
        {"row_identifier": 1, **dict.fromkeys(flags, True)},
        {"row_identifier": 2, "is_repeat_medication": True},
        {"row_identifier": 3, "is_other_medication": True},
        {"row_identifier": 4},
        {"row_identifier": 5, "removed_data": True},
    ]
    raw: dict[str, list[Row]] = {
        "SRCtv3Hierarchy": [{"ctv3_code_parent": "Xa1pQ", "ctv3_code_child": "?aLrg"}],
        "SRCode": [
            {"row_identifier": 1, "ctv3_code": "?aLrg"},
            {"row_identifier": 2, "ctv3_code": "?alrg"},
            {"row_identifier": 3, "ctv3_code": "Xa1pQ"},
            {"row_identifier": 4, "removed_data": True},
        ],
        "SRAppointment": [
            {"row_identifier": 1, "id_patient": -1},
            {"row_identifier": 2, "id_patient": 4711},
            {"row_identifier": 3, "removed_data": True},
        ],
        "SRVisit": [{"row_identifier": 1}, {"row_identifier": 2, "id_patient": 4711}],
        "SRPrimaryCareMedication": medication,
    }
    told = {
        (row["source_table"], row["lds_row_number"]): row["reason"]
        for row in run("tpp", raw, "not_landed")
    }
    assert told == {
        ("sr_appointment", 1): "SLOT_WITHOUT_PATIENT",
        ("sr_visit", 1): "VISIT_WITHOUT_PATIENT",
        ("sr_primary_care_medication", 1): "REPEAT_GIVEN_ELSEWHERE",
    }
    for source in ("SRCode", "SRAppointment", "SRVisit", "SRPrimaryCareMedication"):
        rows = raw[source]
        landed = [
            row["lds_row_number"]
            for feed in FEEDS
            if feed.source == source and feed.counted
            for row in run("tpp", raw, feed.file)
        ]
        explained = [number for (table, number) in told if table == snake_case(source)]
        assert sorted(landed + explained) == list(range(1, len(rows) + 1))
