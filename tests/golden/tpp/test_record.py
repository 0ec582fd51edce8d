"""TPP events, coded entries, problems and immunisations, worked out by hand."""

from datetime import date, datetime, timedelta

from tests.golden.harness import EXTRACTED_AT, Row, ids, run

IDS = ids("tpp")
SNOMED = "http://snomed.info/sct"
CTV3 = "http://read.info/ctv3"
LATER = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
OPTIONS = [
    {"row_identifier": 302, "configured_list_option": "Telephone"},
    {"row_identifier": 321, "configured_list_option": "GP surgery"},
]
MAPPING = [
    {"row_identifier": 55861, "mapping": "New"},
    {"row_identifier": 90, "mapping": "<"},
    {"row_identifier": 1, "mapping": "Single"},
]
CONTACT = {
    "row_identifier": 11,
    "id_patient": 4711,
    "date_event": datetime(2026, 6, 1, 10, 0),
    "date_event_recorded": datetime(2026, 6, 1, 10, 15),
    "id_profile_entered_by": 71,
    "id_done_by": 7,
    "clinical_event": True,
    "contact_method": "302",
    "contact_event_location": "321",
    "id_branch": "5001",
}
PROFILE = {"row_identifier": 71, "id_staff_member": 8}


def encounters(*rows: Row, links: tuple[Row, ...] = ()) -> dict[str, Row]:
    raw = {
        "SREvent": rows,
        "SREventLink": links,
        "SRConfiguredListOption": OPTIONS,
        "SRStaffMemberProfile": [PROFILE],
        "SROrganisationBranch": [{"row_identifier": 5001, "branch_name": "Branch"}],
    }
    return {row["lds_source_key"]: row for row in run("tpp", raw, "encounter")}


def test_an_event_is_an_encounter_told_by_words() -> None:
    row = encounters(CONTACT)["11"]
    assert row["id"] == IDS.of("encounter", 11)
    assert row["patient_id"] == IDS.of("patient", 4711)
    assert row["practitioner_id"] == IDS.of("practitioner", 7)
    assert row["provider_organisation_id"] == IDS.organisation()
    assert row["consultation_type"] == "Clinical, Telephone"
    assert row["encounter_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:encounter-kind", "Clinical, Telephone"
    )
    assert (row["type"], row["subtype"], row["location"]) == ("GP surgery", "Clinical", "Branch")
    assert row["clinical_effective_date"] == date(2026, 6, 1)
    # summer time: an hour before the clock on the wall
    assert row["date_recorded"] == datetime(2026, 6, 1, 9, 15)
    assert (row["appointment_id"], row["is_confidential"]) == (None, False)


def test_words_that_are_no_numbers_stay_and_a_nature_nobody_told_is_left_out() -> None:
    row = encounters({**CONTACT, "contact_method": "Home call", "clinical_event": None})["11"]
    assert (row["consultation_type"], row["subtype"]) == ("Home call", None)


def test_who_did_it_is_the_person_at_the_place_else_who_entered_it() -> None:
    rows = encounters(
        {**CONTACT, "id_organisation_done_at": "rx901", "id_organisation": "X99902"},
        {**CONTACT, "row_identifier": 12, "id_done_by": -1},
        {**CONTACT, "row_identifier": 13, "id_done_by": None, "id_profile_entered_by": 99},
    )
    shared_in = rows["11"]
    assert shared_in["practitioner_id"] == IDS.of("practitioner", 7, publisher="RX901")
    assert shared_in["provider_organisation_id"] == IDS.organisation("RX901")
    assert shared_in["author_organisation_id"] == IDS.organisation("X99902")
    assert rows["12"]["practitioner_id"] == IDS.of("practitioner", 8)
    assert rows["13"]["practitioner_id"] is None


def test_an_event_is_linked_to_its_appointment_or_its_visit() -> None:
    rows = encounters(
        CONTACT,
        {**CONTACT, "row_identifier": 12},
        {**CONTACT, "row_identifier": 13},
        links=(
            {"row_identifier": 1, "id_event": 11, "id_appointment": 501, "id_visit": 0},
            {"row_identifier": 2, "id_event": 12, "id_appointment": -1, "id_visit": 501},
            {"row_identifier": 3, "id_event": 13, "id_appointment": 7, "removed_data": True},
        ),
    )
    assert rows["11"]["appointment_id"] == IDS.of("appointment", "SRAppointment", 501)
    assert rows["12"]["appointment_id"] == IDS.of("appointment", "SRVisit", 501)
    assert rows["13"]["appointment_id"] is None


def test_a_removed_event_keeps_its_patient_and_nothing_else() -> None:
    row = encounters(CONTACT, {"row_identifier": 11, "removed_data": True, **LATER})["11"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in (
        "practitioner_id", "consultation_type", "clinical_effective_date", "date_recorded",
        "clinical_effective_date_precision_source_concept_id", "is_confidential",
    ):  # fmt: skip
        assert row[name] is None


ENTRY = {
    "row_identifier": 21,
    "id_patient": 4711,
    "id_event": 11,
    "id_done_by": 7,
    "date_event": datetime(2025, 11, 3),
    "date_event_recorded": datetime(2025, 11, 3, 10, 15),
    "ctv3_code": "?001Y",
    "snomed_code": 99000000119,
    "is_numeric": True,
    "numeric_value": 48.0,
    "numeric_unit": " mmol/mol",
    "episode_type": "55861",
}
TREE = [
    {"ctv3_code_parent": "Xa1pQ", "ctv3_code_child": "?aLrg"},
    {"ctv3_code_parent": "X0003", "ctv3_code_child": "?001Y"},
]


def observations(*rows: Row, problems: tuple[Row, ...] = ()) -> dict[str, Row]:
    raw = {
        "SRCode": rows,
        "SRProblem": problems,
        "SRCtv3Hierarchy": TREE,
        "SRMapping": MAPPING,
    }
    return {row["lds_source_key"]: row for row in run("tpp", raw, "observation.sql")}


def test_a_coded_entry_with_a_number_is_an_observation() -> None:
    row = observations(ENTRY)["21"]
    assert row["id"] == IDS.of("observation", "SRCode", 21)
    assert row["encounter_id"] == IDS.of("encounter", 11)
    assert row["observation_source_concept_id"] == IDS.concept(SNOMED, 99000000119)
    assert (row["result_value"], row["result_text"]) == (48.0, None)
    assert row["result_value_units_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:unit", "mmol/mol"
    )
    assert row["episodicity_source_concept_id"] == IDS.concept("urn:lds:tpp:episode-type", "New")
    assert row["clinical_effective_date"] == row["result_date"] == date(2025, 11, 3)
    assert row["date_recorded"] == datetime(2025, 11, 3, 10, 15)
    assert (row["is_problem"], row["is_problem_deleted"], row["lds_is_deleted"]) == (
        False, False, False,
    )  # fmt: skip


def test_without_a_snomed_code_the_ctv3_code_counts_and_a_leading_y_is_tpps_own() -> None:
    rows = observations(
        {**ENTRY, "snomed_code": -1},
        {**ENTRY, "row_identifier": 22, "snomed_code": 0, "ctv3_code": "Y0001"},
        {**ENTRY, "row_identifier": 23, "snomed_code": None, "ctv3_code": "?001y"},
    )
    assert [rows[key]["observation_source_concept_id"] for key in ("21", "22", "23")] == [
        IDS.concept(CTV3, "?001Y"),
        IDS.concept("urn:lds:tpp:code", "Y0001"),
        # another code: only its case differs
        IDS.concept(CTV3, "?001y"),
    ]


def test_a_filler_is_no_number_and_a_comparator_stands_in_the_text() -> None:
    rows = observations(
        {**ENTRY, "is_numeric": False, "numeric_value": -1.0, "numeric_comparator": "<"},
        {**ENTRY, "row_identifier": 22, "numeric_comparator": "90", "numeric_value": 0.5},
        {**ENTRY, "row_identifier": 23, "numeric_comparator": ">=", "numeric_unit": None},
    )
    assert (rows["21"]["result_value"], rows["21"]["result_text"]) == (None, None)
    assert rows["21"]["result_value_units_source_concept_id"] is None
    assert rows["21"]["result_date"] is None
    assert (rows["22"]["result_value"], rows["22"]["result_text"]) == (0.5, "< 0.5 mmol/mol")
    assert rows["23"]["result_text"] == ">= 48"


def test_the_precision_of_a_date_is_told_by_its_time() -> None:
    rows = observations(
        ENTRY,
        {**ENTRY, "row_identifier": 22, "date_event": None},
        {**ENTRY, "row_identifier": 23, "date_event": datetime(2025, 11, 3, 9, 30)},
    )
    column = "clinical_effective_date_precision_source_concept_id"
    assert [rows[key][column] for key in ("21", "22", "23")] == [
        IDS.concept("urn:lds:tpp:date-precision", word) for word in ("day", "unknown", "minute")
    ]


def test_an_allergy_is_no_observation_and_codes_are_compared_with_their_case() -> None:
    rows = observations(
        {**ENTRY, "row_identifier": 1, "ctv3_code": "?aLrg"},
        {**ENTRY, "row_identifier": 2, "ctv3_code": "Xa1pQ"},
        {**ENTRY, "row_identifier": 3, "ctv3_code": "?alrg"},
        {**ENTRY, "row_identifier": 4, "ctv3_code": None},
    )
    assert set(rows) == {"3", "4"}


def test_a_problem_marks_its_entry_and_is_open_while_one_of_two_is() -> None:
    def problem(key: int, code: int, end: datetime | None = None, **more: object) -> Row:
        return {"row_identifier": key, "id_code": code, "date_end": end, **more}

    gone = {"row_identifier": 5, "removed_data": True, **LATER}
    rows = observations(
        *({**ENTRY, "row_identifier": key} for key in (21, 22, 23, 24)),
        problems=(
            problem(1, 21, datetime(2026, 1, 2)),
            problem(2, 21, datetime(2026, 1, 5)),
            problem(3, 22, datetime(2026, 1, 2)),
            problem(4, 22),
            problem(5, 23),
            gone,
        ),
    )
    found = {
        key: (row["is_problem"], row["problem_end_date"], row["is_problem_deleted"])
        for key, row in rows.items()
    }
    assert found == {
        "21": (True, date(2026, 1, 5), False),
        "22": (True, None, False),
        "23": (False, None, True),
        "24": (False, None, False),
    }


def test_a_removed_entry_keeps_its_patient_and_nothing_else_even_with_a_live_problem() -> None:
    gone = {"row_identifier": 21, "removed_data": True, **LATER}
    row = observations(ENTRY, gone, problems=({"row_identifier": 1, "id_code": 21},))["21"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (IDS.of("patient", 4711), True)
    for name in ("is_problem", "result_value", "observation_source_concept_id", "is_review"):
        assert row[name] is None


def test_an_immunisation_is_an_observation_with_its_details_as_text() -> None:
    given = {
        "row_identifier": 21,
        "id_patient": 4711,
        "date_event": datetime(2026, 1, 5),
        "imms_snomed_code": 0,
        "imms_read_code": "?65E.",
        "id_immunisation_content": 9,
        "vacc_part": "1",
        "dose": "0.5 ml",
        "vacc_batch_number": "B0001",
        "date_expiry": datetime(2026, 12, 31),
    }
    coded = {"row_identifier": 22, "imms_snomed_code": 99000000225, "vacc_part": "Booster"}
    gone = {"row_identifier": 23, "removed_data": True}
    raw: dict[str, list[Row]] = {
        "SRImmunisation": [given, coded, gone],
        "SRImmunisationContent": [{"row_identifier": 9, "name": "Invented vaccine"}],
        "SRMapping": MAPPING,
    }
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "observation.immunisation")}
    first = rows["21"]
    # the same number as a coded entry, another record
    assert first["id"] == IDS.of("observation", "SRImmunisation", 21)
    assert first["observation_source_concept_id"] == IDS.concept(CTV3, "?65E.")
    assert first["result_text"] == (
        "Invented vaccine; part Single; dose 0.5 ml; batch B0001; expires 2026-12-31"
    )
    assert rows["22"]["observation_source_concept_id"] == IDS.concept(SNOMED, 99000000225)
    assert rows["22"]["result_text"] == "part Booster"
    assert (rows["23"]["lds_is_deleted"], rows["23"]["is_problem"]) == (True, None)
