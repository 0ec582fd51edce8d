"""TPP referrals, recalls, flags and numbers of organisations, worked out by hand."""

from datetime import date, datetime, timedelta

import pytest

from tests.golden.harness import EXTRACTED_AT, RawRows, Row, ids, run

IDS = ids("tpp")
LATER = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
MAPPING = [
    {"row_identifier": 55962, "mapping": "1st Recall"},
    {"row_identifier": 55971, "mapping": "Special note"},
    {"row_identifier": 55981, "mapping": "Outpatient"},
    {"row_identifier": 55991, "mapping": "Advice/consultation"},
    {"row_identifier": 175137, "mapping": "Not set"},
]
OPTIONS = [
    {"row_identifier": 341, "configured_list_option": "Second opinion"},
    {"row_identifier": 351, "configured_list_option": "Routine"},
    {"row_identifier": 361, "configured_list_option": "Letter"},
]
ORGANISATIONS = [
    {"row_identifier": 5, "id": "RX901", "telephone": "020 7946 0001", "fax": " "},
    {"row_identifier": 6, "telephone": "020 7946 0002"},
]
SENT = {
    "row_identifier": 41,
    "id_patient": 4711,
    "id_event": -1,
    "date_event": datetime(2026, 6, 1, 10, 0),
    "date_event_recorded": datetime(2026, 6, 1, 10, 5),
    "id_profile_referrer": 71,
    "id_done_by": 7,
    "type_of_referral": "55981",
    "service_offered": "55991",
    "reason": "341",
    "urgency": "351",
    "primary_diagnosis": "?001Y",
    "snomed_primary_diagnosis": -1,
    "recipient_id": " rx901",
    "recipient_id_type": "GMS number",
}


def sent(*rows: Row) -> dict[str, Row]:
    raw: RawRows = {
        "SRReferralOut": rows,
        "SRMapping": MAPPING,
        "SRConfiguredListOption": OPTIONS,
        "SROrganisation": ORGANISATIONS,
        "SRStaffMemberProfile": [{"row_identifier": 71, "id_staff_member": 8}],
    }
    return {row["lds_source_key"]: row for row in run("tpp", raw, "referral_request.sql")}


def test_a_referral_says_who_asked_whom_for_what() -> None:
    row = sent(SENT)["41"]
    assert row["id"] == IDS.of("referral_request", "SRReferralOut", 41)
    assert row["practitioner_id"] == IDS.of("practitioner", 8)
    assert row["requester_organisation_id"] == IDS.organisation()
    assert row["recipient_organisation_id"] == IDS.organisation("RX901")
    assert row["referral_request_priority_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:referral-urgency", "Routine"
    )
    assert row["referral_request_type_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:referral-reason", "Second opinion"
    )
    assert row["referral_request_specialty_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:referral-service", "Advice/consultation, Outpatient"
    )
    assert row["referral_request_source_concept_id"] == IDS.concept(
        "http://read.info/ctv3", "?001Y"
    )
    assert row["recorded_datetime"] == datetime(2026, 6, 1, 9, 5)
    assert (row["encounter_id"], row["value"]) == (None, None)
    assert (row["is_outgoing_referral"], row["is_review"]) == (True, False)


def test_a_service_not_set_is_none_and_a_receiver_the_feed_does_not_know_is_nobody() -> None:
    rows = sent(
        {**SENT, "service_offered": "175137", "recipient_id": "see letter",
         "id_profile_referrer": 99, "id_organisation_done_at": "X99903"},
        {**SENT, "row_identifier": 42, "service_offered": "175137", "type_of_referral": None,
         "snomed_primary_diagnosis": 99000000225},
    )  # fmt: skip
    first, second = rows["41"], rows["42"]
    assert first["referral_request_specialty_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:referral-service", "Outpatient"
    )
    assert first["recipient_organisation_id"] is None
    assert first["practitioner_id"] == IDS.of("practitioner", 7, publisher="X99903")
    assert first["requester_organisation_id"] == IDS.organisation("X99903")
    assert second["referral_request_specialty_source_concept_id"] is None
    assert second["referral_request_source_concept_id"] == IDS.concept(
        "http://snomed.info/sct", 99000000225
    )


def test_a_removed_referral_is_deleted_under_the_patient_who_had_it() -> None:
    row = sent(SENT, {"row_identifier": 41, "removed_data": True, **LATER})["41"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in ("requester_organisation_id", "is_outgoing_referral", "is_review"):
        assert row[name] is None


@pytest.mark.parametrize(
    ("local", "reference"),
    [
        ("0000 1111 2222", "000011112222"),
        ("000011112222", "000011112222"),
        ("0000-1111-222", None),
        ("Pathway 12", None),
        (None, None),
    ],
)
def test_a_received_referral_has_a_booking_reference_of_twelve_digits(
    local: str | None, reference: str | None
) -> None:
    received = {
        "row_identifier": 41,
        "id_patient": 4711,
        "id_referral_local": local,
        "referral_medium": "361",
        "urgency": "Soon",
        "id_referrer": 5,
        "source_table_referrer": "SROrganisation",
        "date_referral": datetime(2026, 1, 5),
    }
    raw: RawRows = {
        "SRReferralIn": [received],
        "SRConfiguredListOption": OPTIONS,
        "SROrganisation": ORGANISATIONS,
    }
    (row,) = run("tpp", raw, "referral_request.in.sql")
    assert row["id"] == IDS.of("referral_request", "SRReferralIn", 41)
    assert row["unique_booking_reference_number"] == reference
    assert (row["mode"], row["is_outgoing_referral"]) == ("Letter", False)
    assert row["requester_organisation_id"] == IDS.organisation("RX901")
    assert row["recipient_organisation_id"] == IDS.organisation()
    assert row["clinical_effective_date"] == date(2026, 1, 5)
    assert row["referral_request_priority_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:referral-urgency", "Soon"
    )


def test_a_recall_is_a_request_due_on_its_day() -> None:
    recall = {
        "row_identifier": 41,
        "id_patient": 4711,
        "date_recall": datetime(2026, 9, 1),
        "date_event_recorded": datetime(2026, 1, 5, 8, 0),
        "recall_type": " Blood pressure ",
        "recall_status": "55962",
    }
    raw: RawRows = {
        "SRRecall": [
            recall,
            {**recall, "row_identifier": 42, "recall_status": "Suspended", "date_recall": None},
            {**recall, "row_identifier": 43},
            {"row_identifier": 43, "removed_data": True, **LATER},
        ],
        "SRMapping": MAPPING,
    }
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "procedure_request")}
    due, undated, gone = rows["41"], rows["42"], rows["43"]
    assert due["id"] == IDS.of("procedure_request", 41)
    assert (due["description"], due["procedure_request_source_concept_id"]) == (
        "Blood pressure",
        None,
    )
    assert due["clinical_effective_date"] == date(2026, 9, 1)
    assert due["status_source_concept_id"] == IDS.concept("urn:lds:tpp:recall-status", "1st Recall")
    assert undated["status_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:recall-status", "Suspended"
    )
    assert undated["clinical_effective_date_precision_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:date-precision", "unknown"
    )
    assert (gone["patient_id"], gone["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    assert gone["description"] is None


def test_a_note_is_a_flag_in_force_until_it_expires_or_is_deleted() -> None:
    note = {
        "row_identifier": 41,
        "id_patient": 4711,
        "date_start": datetime(2026, 1, 5, 9, 0),
        "type": "55971",
        "note": "Ring first",
    }
    raw: RawRows = {
        "SRSpecialNotes": [
            note,
            {**note, "row_identifier": 42, "date_expired": datetime(2026, 6, 1), "note": None},
            {**note, "row_identifier": 43, "date_deleted": datetime(2026, 1, 6), "type": None},
            {**note, "row_identifier": 44},
            {"row_identifier": 44, "removed_data": True, **LATER},
        ],
        "SRMapping": MAPPING,
    }
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "flag.sql")}
    assert rows["41"]["id"] == IDS.of("flag", "SRSpecialNotes", 41)
    told = {key: (row["flag_text"], row["is_active"]) for key, row in rows.items()}
    assert told == {
        "41": ("Special note: Ring first", True),
        "42": ("Special note", False),
        "43": ("Ring first", False),
        "44": (None, None),
    }
    assert rows["41"]["effective_date"] == datetime(2026, 1, 5, 9, 0)
    assert rows["42"]["expired_date"] == datetime(2026, 5, 31, 23, 0)
    assert rows["44"]["patient_id"] == IDS.of("patient", 4711)
    assert rows["44"]["lds_is_deleted"]


def test_a_safeguarding_entry_is_a_flag_in_force_while_on_a_plan() -> None:
    entry = {"row_identifier": 41, "id_patient": 4711, "reason_for_plan": "Invented reason"}
    raw: RawRows = {
        "SRPersonAtRisk": [
            {**entry, "protection_plan": True},
            {**entry, "row_identifier": 42, "protection_plan": False},
            {**entry, "row_identifier": 43, "id_organisation": "RX901"},
            {**entry, "row_identifier": 44},
            {"row_identifier": 44, "removed_data": True, **LATER},
        ],
        "SRChildAtRisk": [
            {"row_identifier": 41, "id_patient": 4711, "child_protection_plan": True},
            {"row_identifier": 42, "id_patient": 4711, "child_protection_plan": False},
        ],
    }
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "flag.person_at_risk")}
    told = {key: (row["flag_text"], row["is_active"]) for key, row in rows.items()}
    assert told == {
        "41": ("On a protection plan: Invented reason", True),
        "42": ("Safeguarding entry: Invented reason", False),
        "43": ("Safeguarding entry: Invented reason", True),
        "44": (None, None),
    }
    assert rows["43"]["author_organisation_id"] == IDS.organisation("RX901")
    children = {row["lds_source_key"]: row for row in run("tpp", raw, "flag.child_at_risk")}
    assert children["41"]["id"] == IDS.of("flag", "SRChildAtRisk", 41)
    assert children["41"]["id"] != rows["41"]["id"]
    assert [children[key]["is_active"] for key in ("41", "42")] == [True, False]
    assert children["41"]["flag_text"] == "On a child protection plan"


def test_each_number_of_an_organisation_is_a_contact_of_its_main_site() -> None:
    organisation = {
        "row_identifier": 1,
        "id": "x99901",
        "telephone": "020 7946 0000",
        "secondary_telephone": " 020 7946 0009 ",
        "fax": "020 7946 0010",
    }
    raw: RawRows = {"SROrganisation": [organisation, *ORGANISATIONS]}
    rows = run("tpp", raw, "location_contact")
    told = {(row["contact_type"], row["value"], row["is_primary_contact"]) for row in rows}
    assert told == {
        ("Telephone", "020 7946 0000", True),
        ("Secondary telephone", "020 7946 0009", False),
        ("Fax", "020 7946 0010", False),
        ("Telephone", "020 7946 0001", True),
    }
    fax = next(row for row in rows if row["contact_type"] == "Fax")
    assert fax["id"] == IDS.of(
        "location_contact", "SROrganisation", "X99901", "Fax", publisher="shared"
    )
    assert fax["location_id"] == IDS.of("location", "SROrganisation", "X99901", publisher="shared")
    assert fax["contact_type_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:location-contact-type", "Fax"
    )
