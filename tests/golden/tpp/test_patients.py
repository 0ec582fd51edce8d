"""TPP patients, their addresses, contacts and registrations, worked out by hand."""

from datetime import date, datetime, timedelta

from tests.golden.harness import EXTRACTED_AT, PRACTICE, Row, ids, run

IDS = ids("tpp")
MAPPING = [
    {"row_identifier": 55831, "mapping": "Home"},
    {"row_identifier": 55832, "mapping": "Temporary"},
    {"row_identifier": 55843, "mapping": "Mobile"},
]
ADA = {
    "row_identifier": 4711,
    "title": "Ms",
    "first_name": "Ada ",
    "middle_names": "Eve",
    "surname": "Invented",
    "nhs_number": "999 000 0018",
    # a Monday, first day of ISO week 1 of 1980, in the calendar year before
    "date_birth": datetime(1979, 12, 31, 4, 30),
    "gender": "f",
    "email_address": " ada@example.org ",
    "test_patient": False,
}
BOB = {
    "row_identifier": 4712,
    "nhs_number": "9999999999",
    "date_birth": datetime(1950, 6, 15),
    "date_death": datetime(2026, 1, 4, 11, 0),
    "gender": "2",
}
GONE = {"row_identifier": 4713, "removed_data": True}


def gms(**changed: object) -> Row:
    return {
        "row_identifier": 47111,
        "id_patient": 4711,
        "date_registration": datetime(2020, 3, 1, 9, 0),
        "registration_status": "GMS",
        **changed,
    }


def patients(*rows: Row, registrations: tuple[Row, ...] = ()) -> dict[str, Row]:
    raw = {"SRPatient": rows, "SRPatientRegistration": registrations}
    return {row["lds_source_key"]: row for row in run("tpp", raw, "patient")}


def test_a_patient_has_names_number_and_the_parts_of_the_birth_date() -> None:
    row = patients(ADA)["4711"]
    assert row["id"] == IDS.of("patient", 4711)
    assert (row["first_name"], row["last_name"]) == ("Ada", "Invented")
    assert row["nhs_number"] == "9990000018"
    assert row["local_patient_id"] == "4711"
    assert row["birth_date"] == date(1979, 12, 31)
    parts = ("birth_year", "birth_month", "birth_week_iso", "birth_day")
    assert [row[part] for part in parts] == [1979, 12, 1, 31]
    assert row["gender_source_concept_id"] == IDS.concept("urn:lds:tpp:gender", "F")
    assert (row["is_test_patient"], row["is_confidential"], row["lds_is_deleted"]) == (
        False, False, False,
    )  # fmt: skip


def test_a_placeholder_is_no_number_and_a_stray_gender_is_kept_as_it_came() -> None:
    row = patients(BOB)["4712"]
    assert row["nhs_number"] is None
    assert row["gender_source_concept_id"] == IDS.concept("urn:lds:tpp:gender", "2")
    assert (row["death_date"], row["death_week_iso"]) == (date(2026, 1, 4), 1)


def test_a_removed_patient_keeps_its_key_alone() -> None:
    row = patients(GONE, registrations=(gms(id_patient=4713),))["4713"]
    assert (row["id"], row["lds_is_deleted"]) == (IDS.of("patient", 4713), True)
    for name in ("registered_practice_organisation_id", "local_patient_id", "is_test_patient"):
        assert row[name] is None


def test_a_patient_is_registered_where_the_newest_open_gms_registration_is() -> None:
    registrations = (
        gms(row_identifier=1, id_organisation="X99902"),
        gms(row_identifier=2, date_registration=datetime(2022, 1, 1), id_organisation=None,
            registration_status="Contraception, gms"),
        gms(row_identifier=3, date_registration=datetime(2024, 1, 1), id_organisation="X99903",
            registration_status="Private"),
        gms(row_identifier=4, date_registration=datetime(2025, 1, 1), id_organisation="X99904",
            date_de_registration=datetime(2025, 2, 1)),
    )  # fmt: skip
    row = patients(ADA, registrations=registrations)["4711"]
    assert row["registered_practice_organisation_id"] == IDS.organisation()


def addresses(*rows: Row) -> dict[str, Row]:
    raw = {"SRPatientAddressHistory": rows, "SRMapping": MAPPING}
    return {row["lds_source_key"]: row for row in run("tpp", raw, "patient_address")}


HOME = {
    "row_identifier": 1,
    "id_patient": 4711,
    "date_event": datetime(2020, 3, 1),
    "name_of_building": "Flat 2",
    "number_of_building": "7",
    "name_of_road": "Nowhere Street",
    "name_of_town": "London",
    "full_post_code": "zz99 3vz",
    "address_type": "55831",
    "id_organisation": "X99902",
    "id_organisation_done_at": "X99903",
}


def test_a_current_home_address_is_home_whether_its_kind_is_number_word_or_blank() -> None:
    rows = addresses(
        HOME,
        {**HOME, "row_identifier": 2, "address_type": "Home"},
        {**HOME, "row_identifier": 3, "address_type": None},
        {**HOME, "row_identifier": 4, "address_type": "55832"},
        {**HOME, "row_identifier": 5, "date_to": datetime(2021, 1, 1)},
    )
    assert {key: row["is_home_address"] for key, row in rows.items()} == {
        "1": True, "2": True, "3": True, "4": False, "5": False,
    }  # fmt: skip
    row = rows["1"]
    assert row["id"] == IDS.of("patient_address", 1)
    assert row["patient_id"] == IDS.of("patient", 4711)
    assert (row["address_line_1"], row["address_line_2"]) == ("Flat 2", "7 Nowhere Street")
    assert (row["city"], row["postcode"]) == ("London", "ZZ993VZ")
    kind = IDS.concept("urn:lds:tpp:address-type", "Home")
    assert [rows[key]["address_type_source_concept_id"] for key in "123"] == [kind, kind, None]
    assert row["provider_organisation_id"] == IDS.organisation("X99903")
    assert row["author_organisation_id"] == IDS.organisation("X99902")
    assert (rows["5"]["start_date"], rows["5"]["end_date"]) == (date(2020, 3, 1), date(2021, 1, 1))


def test_a_removed_row_takes_its_patient_from_its_last_live_version() -> None:
    later = {"lds_extracted_at": EXTRACTED_AT + timedelta(days=1), "lds_load_sequence": 2}
    gone = {"row_identifier": 1, "removed_data": True, **later}
    row = addresses(HOME, gone)["1"]
    assert (row["id"], row["lds_is_deleted"]) == (IDS.of("patient_address", 1), True)
    assert row["patient_id"] == IDS.of("patient", 4711)
    assert (row["address_line_1"], row["postcode"], row["is_home_address"]) == (None, None, None)


def test_a_removed_row_never_seen_before_names_no_patient() -> None:
    row = addresses({"row_identifier": 9, "removed_data": True})["9"]
    assert (row["patient_id"], row["lds_is_deleted"]) == (None, True)


def number(row_identifier: int, day: int, value: str | None, kind: str = "55843") -> Row:
    return {
        "row_identifier": row_identifier,
        "id_patient": 4711,
        "date_event": datetime(2026, 1, day),
        "contact_type": kind,
        "contact_number": value,
    }


def test_a_number_ends_where_the_next_of_its_kind_begins_and_a_blank_one_only_ends() -> None:
    raw = {
        "SRPatient": [ADA, BOB],
        "SRMapping": MAPPING,
        "SRPatientContactDetails": [
            number(1, 1, " 07700 900001 "),
            number(2, 5, "07700 900002", kind="Mobile"),
            number(3, 8, None),
            number(4, 3, "020 7946 0001", kind="55831"),
        ],
    }
    rows = {row["value"]: row for row in run("tpp", raw, "patient_contact")}
    assert set(rows) == {"07700 900001", "07700 900002", "020 7946 0001", "ada@example.org"}
    first = rows["07700 900001"]
    assert first["id"] == IDS.of("patient_contact", "SRPatientContactDetails", 1)
    assert (first["start_date"], first["end_date"]) == (date(2026, 1, 1), date(2026, 1, 5))
    assert rows["07700 900002"]["end_date"] == date(2026, 1, 8)
    assert rows["020 7946 0001"]["end_date"] is None
    email = rows["ada@example.org"]
    assert email["id"] == IDS.of("patient_contact", "SRPatient", 4711)
    assert email["contact_type_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:contact-type", "E-mail"
    )
    # the feed is keyed by patient
    assert {row["lds_source_key"] for row in rows.values()} == {"4711"}


def episodes(*rows: Row, states: tuple[Row, ...] = (), spells: tuple[Row, ...] = ()) -> list[Row]:
    raw = {
        "SRPatientRegistration": rows,
        "SRRecordStatus": states,
        "SRGPPracticeHistory": spells,
    }
    return sorted(run("tpp", raw, "episode_of_care"), key=lambda row: row["lds_row_number"])


def test_a_gms_registration_has_the_newest_record_state_and_the_doctor_inside_it() -> None:
    registration = gms(date_de_registration=datetime(2021, 6, 30))
    (row,) = episodes(
        registration,
        states=(
            {"row_identifier": 1, "id_patient": 4711, "date_event": datetime(2020, 3, 1),
             "medical_record_status": "1"},
            {"row_identifier": 2, "id_patient": 4711, "date_event": datetime(2021, 6, 30, 11, 0),
             "medical_record_status": "4"},
            {"row_identifier": 3, "id_patient": 4711, "date_event": datetime(2021, 7, 1),
             "medical_record_status": "0"},
        ),
        spells=(
            {"row_identifier": 1, "id_patient": 4711, "id_practice": PRACTICE,
             "id_profile_registered_gp": 71, "date_from": date(2019, 1, 1),
             "date_to": date(2020, 12, 31)},
            {"row_identifier": 2, "id_patient": 4711, "id_practice": PRACTICE,
             "id_profile_registered_gp": 72, "date_from": date(2021, 1, 1)},
            {"row_identifier": 3, "id_patient": 4711, "id_practice": "X99902",
             "id_profile_registered_gp": 73, "date_from": date(2021, 2, 1)},
        ),
    )  # fmt: skip
    assert row["id"] == IDS.of("episode_of_care", 47111)
    assert row["patient_id"] == IDS.of("patient", 4711)
    assert row["managing_organisation_code"] == PRACTICE
    assert (row["type"], row["status"]) == ("Regular", "4")
    assert row["episode_type_source_concept_id"] == IDS.concept(
        "urn:lds:tpp:registration-type", "GMS"
    )
    assert row["episode_status_source_concept_id"] == IDS.concept("urn:lds:tpp:record-status", 4)
    assert row["usual_gp_practitioner_in_role_id"] == IDS.of(
        "practitioner_in_role", 72, publisher="shared"
    )
    assert row["episode_of_care_start_date"] == date(2020, 3, 1)
    assert row["episode_of_care_end_date"] == date(2021, 6, 30)
    assert row["lds_source_key"] == "4711"


def test_the_leading_kind_of_registration_counts_and_an_unknown_one_stays() -> None:
    told = {
        "Contraception,GMS": ("Regular", "GMS"),
        "Standard": ("Regular", "Standard"),
        "Maternity, Temporary Resident < 16 days": ("Temporary", "Temporary Resident < 16 days"),
        "Temporary,Private": ("Private", "Private"),
        "Private,Applied": ("Pre Registration", "Applied"),
        "Applied,Emergency": ("Emergency", "Emergency"),
        "Immediately Necessary Treatment": (
            "Immediately Necessary", "Immediately Necessary Treatment",
        ),
        "Walk-in Patient,Other": ("Walk-in Patient", "Walk-in Patient"),
        "Rotating Resident": ("Rotating Resident", "Rotating Resident"),
    }  # fmt: skip
    rows = episodes(
        *(
            gms(row_identifier=place, registration_status=status)
            for place, status in enumerate(told, start=1)
        )
    )
    found = [(row["type"], row["episode_type_source_concept_id"]) for row in rows]
    assert found == [
        (word, IDS.concept("urn:lds:tpp:registration-type", code)) for word, code in told.values()
    ]


def test_a_registration_elsewhere_has_its_own_manager_and_no_record_state() -> None:
    state = {
        "row_identifier": 1, "id_patient": 4711, "date_event": datetime(2020, 3, 2),
        "medical_record_status": "2",
    }  # fmt: skip
    elsewhere, removed, blank = (
        gms(row_identifier=1, id_organisation="X99902"),
        gms(row_identifier=2, removed_data=True, id_patient=None),
        gms(row_identifier=3, id_organisation=None),
    )
    rows = episodes(elsewhere, removed, blank, states=(state,))
    assert [row["managing_organisation_code"] for row in rows] == ["X99902", PRACTICE]
    assert [row["status"] for row in rows] == [None, "2"]
    assert rows[0]["publisher_organisation_id"] == IDS.organisation()
