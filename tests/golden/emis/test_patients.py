"""EMIS patients, their addresses and contacts, worked out by hand."""

from datetime import date, datetime, timedelta

from tests.golden.harness import Row, ids, run

IDS = ids("emis")
ADA = {
    "patient_guid": "patient-1",
    "organisation_guid": "org-practice",
    "usual_gp_user_in_role_guid": "user-1",
    "sex": "F",
    # a Monday, first day of ISO week 1 of 1980, in the calendar year before
    "date_of_birth": date(1979, 12, 31),
    "title": "Ms",
    "given_name": "Ada",
    "middle_names": "Eve",
    "surname": "Invented",
    "date_of_registration": date(2020, 3, 1),
    "nhs_number": "999 000 0018",
    "patient_number": 4711,
    "patient_type_description": " Regular",
    "house_name_flat_number": "Flat 2,",
    "number_and_street": "1 Nowhere Street",
    "village": "Nowhere",
    "town": "London",
    "county": "Greater London",
    "postcode": "zz99 3vz",
    "spine_sensitive": True,
    "email_address": "ada@example.org",
    "home_phone": " 020 7946 0000 ",
    "mobile_phone": "07700 900000",
}
#: Registered elsewhere: shown with the temporary address.
BOB = {
    "patient_guid": "patient-2",
    "sex": "m",
    "date_of_birth": date(1950, 6, 15),
    "date_of_death": date(2026, 1, 4),
    "nhs_number": "9999999999",
    "patient_type_description": "Temporary",
    "external_usual_gp_organisation": "org-elsewhere",
    "number_and_street": "3 Passing Lane",
    "is_confidential": True,
}
GONE = {"patient_guid": "patient-3", "organisation_guid": "org-practice", "deleted": True}
DUMMY = {"patient_guid": "patient-4", "patient_type_description": "Dummy"}
ELSEWHERE = {"organisation_guid": "org-elsewhere", "ods_code": "X99902"}


def patients(*rows: Row) -> dict[str, Row]:
    raw = {"Admin_Patient": rows, "Admin_Organisation": [ELSEWHERE]}
    return {row["id"]: row for row in run("emis", raw, "patient")}


def test_a_regular_patient_is_registered_here() -> None:
    row = patients(ADA)[IDS.of("patient", "patient-1")]
    assert row["registered_practice_organisation_id"] == IDS.organisation()
    for role in ("publisher", "provider", "author"):
        assert row[f"{role}_organisation_id"] == IDS.organisation()
    assert row["local_patient_id"] == "4711"
    assert row["nhs_number"] == "9990000018"
    names = (row["title"], row["first_name"], row["middle_name"], row["last_name"])
    assert names == ("Ms", "Ada", "Eve", "Invented")
    assert row["gender_source_concept_id"] == IDS.concept("urn:lds:emis:sex", "F")
    assert row["birth_date"] == date(1979, 12, 31)
    born = [row[f"birth_{part}"] for part in ("year", "month", "week_iso", "day")]
    assert born == [1979, 12, 1, 31]
    assert row["death_date"] is None
    assert row["death_year"] is None
    assert row["is_spine_sensitive"] is True
    assert row["is_confidential"] is False
    assert row["is_test_patient"] is False
    assert row["lds_is_deleted"] is False


def test_another_kind_of_patient_is_registered_at_the_usual_gp_elsewhere() -> None:
    row = patients(BOB)[IDS.of("patient", "patient-2")]
    assert row["registered_practice_organisation_id"] == IDS.organisation("X99902")
    # nines pass the check digit and are no number all the same
    assert row["nhs_number"] is None
    assert row["gender_source_concept_id"] == IDS.concept("urn:lds:emis:sex", "M")
    assert row["death_date"] == date(2026, 1, 4)
    # a Sunday: ISO week 1
    assert [row[f"death_{part}"] for part in ("year", "month", "week_iso")] == [2026, 1, 1]
    assert row["is_confidential"] is True
    assert row["is_spine_sensitive"] is False


def test_a_number_with_a_wrong_check_digit_is_no_nhs_number() -> None:
    row = patients({**ADA, "nhs_number": "9990000019"})[IDS.of("patient", "patient-1")]
    assert row["nhs_number"] is None


def test_a_dummy_is_a_test_patient_by_type_or_by_mark() -> None:
    found = patients(DUMMY, {**ADA, "dummy_type": True})
    assert found[IDS.of("patient", "patient-4")]["is_test_patient"] is True
    assert found[IDS.of("patient", "patient-1")]["is_test_patient"] is True


def test_a_deleted_patient_is_a_key_and_a_mark() -> None:
    row = patients(GONE)[IDS.of("patient", "patient-3")]
    assert row["lds_is_deleted"] is True
    assert row["publisher_organisation_code"] == "X99901"
    told = {
        name
        for name, value in row.items()
        if value is not None and not name.startswith("lds_") and "organisation" not in name
    }
    assert told == {"id"}
    assert row["registered_practice_organisation_id"] is None


def test_the_same_guid_at_two_practices_is_two_patients() -> None:
    found = patients(ADA, {**ADA, "publisher_organisation_code": "X99902"})
    assert set(found) == {
        IDS.of("patient", "patient-1"),
        IDS.of("patient", "patient-1", publisher="X99902"),
    }


def at(day: int) -> datetime:
    """Return the instant of five past midnight in London: in June, the evening before in UTC."""
    return datetime(2026, 6, day, 23, 5) - timedelta(days=1)


def addresses(*rows: Row) -> list[Row]:
    found = run("emis", {"Admin_Patient": rows}, "patient_address")
    return sorted(found, key=lambda row: str(row["start_date"]))


def test_the_first_address_starts_with_the_registration() -> None:
    (row,) = addresses(ADA)
    assert row["patient_id"] == IDS.of("patient", "patient-1")
    assert row["address_line_1"] == "Flat 2, 1 Nowhere Street"
    assert row["address_line_2"] == "Nowhere"
    assert row["address_line_3"] is None
    assert row["address_line_4"] == "Greater London"
    assert row["city"] == "London"
    assert row["postcode"] == "ZZ993VZ"
    assert row["is_home_address"] is True
    assert row["address_type_source_concept_id"] == IDS.concept("urn:lds:emis:address-type", "Home")
    assert (row["start_date"], row["end_date"]) == (date(2020, 3, 1), None)
    assert row["lds_is_deleted"] is False


def test_a_temporary_patient_shows_a_temporary_address() -> None:
    (row,) = addresses(BOB)
    assert row["is_home_address"] is False
    assert row["address_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:address-type", "Temporary"
    )


def test_a_move_ends_one_address_and_starts_the_next_on_the_day_of_the_extract() -> None:
    first, second = addresses(
        {**ADA, "lds_extracted_at": at(1)},
        # another phone: no move
        {**ADA, "home_phone": "020 7946 0001", "lds_extracted_at": at(2)},
        {**ADA, "number_and_street": "9 New Road", "lds_extracted_at": at(3)},
    )
    assert first["address_line_1"] == "Flat 2, 1 Nowhere Street"
    assert (first["start_date"], first["end_date"]) == (date(2020, 3, 1), date(2026, 6, 3))
    assert second["address_line_1"] == "Flat 2, 9 New Road"
    assert (second["start_date"], second["end_date"]) == (date(2026, 6, 3), None)
    assert first["id"] != second["id"]
    # both are read from the newest row: a patient who comes back keeps them
    assert {first["lds_extracted_at"], second["lds_extracted_at"]} == {at(3)}


def test_moving_back_is_a_third_address_not_the_first_again() -> None:
    found = addresses(
        {**ADA, "lds_extracted_at": at(1)},
        {**ADA, "town": "Elsewhere", "lds_extracted_at": at(2)},
        {**ADA, "lds_extracted_at": at(3)},
    )
    assert [row["city"] for row in found] == ["London", "Elsewhere", "London"]
    assert len({row["id"] for row in found}) == 3


def test_an_address_taken_off_ends_and_nothing_follows() -> None:
    parts = ("house_name_flat_number", "number_and_street", "village", "town", "county", "postcode")
    bare = {**ADA, **dict.fromkeys(parts), "lds_extracted_at": at(2)}
    (row,) = addresses({**ADA, "lds_extracted_at": at(1)}, bare)
    assert row["end_date"] == date(2026, 6, 2)


def test_a_deleted_patient_yields_no_address_and_one_who_came_back_the_same() -> None:
    before = {**ADA, "lds_extracted_at": at(1)}
    deleted = {"patient_guid": "patient-1", "deleted": True, "lds_extracted_at": at(2)}
    assert addresses(before, deleted) == []
    (row,) = addresses(before, deleted, {**ADA, "lds_extracted_at": at(3)})
    assert (row["start_date"], row["end_date"]) == (date(2020, 3, 1), None)


def test_within_one_extract_the_last_row_gives_the_address() -> None:
    (row,) = addresses({**ADA, "town": "Typing error"}, ADA)
    assert row["city"] == "London"


def contacts(*rows: Row) -> list[Row]:
    return run("emis", {"Admin_Patient": rows}, "patient_contact")


def test_each_filled_contact_column_is_a_row() -> None:
    kinds = {
        IDS.concept("urn:lds:emis:contact-type", kind): kind
        for kind in ("Home phone", "Mobile phone", "Email")
    }
    found = {kinds[row["contact_type_source_concept_id"]]: row for row in contacts(ADA, BOB)}
    assert {kind: row["value"] for kind, row in found.items()} == {
        "Home phone": "020 7946 0000",
        "Mobile phone": "07700 900000",
        "Email": "ada@example.org",
    }
    assert {row["start_date"] for row in found.values()} == {date(2026, 1, 10)}
    assert {row["end_date"] for row in found.values()} == {None}
    assert {row["patient_id"] for row in found.values()} == {IDS.of("patient", "patient-1")}


def test_a_new_number_ends_the_old_one_and_leaves_the_others() -> None:
    found = contacts(
        {**ADA, "lds_extracted_at": at(1)},
        {**ADA, "mobile_phone": "07700 900001", "lds_extracted_at": at(2)},
        {**ADA, "mobile_phone": None, "lds_extracted_at": at(3)},
    )
    spells = {row["value"]: (row["start_date"], row["end_date"]) for row in found}
    assert spells == {
        "020 7946 0000": (date(2026, 6, 1), None),
        "ada@example.org": (date(2026, 6, 1), None),
        "07700 900000": (date(2026, 6, 1), date(2026, 6, 2)),
        "07700 900001": (date(2026, 6, 2), date(2026, 6, 3)),
    }
    assert len({row["id"] for row in found}) == 4


def test_a_deleted_patient_yields_no_contact() -> None:
    gone = {**GONE, "patient_guid": "patient-1", "lds_extracted_at": at(2)}
    assert contacts({**ADA, "lds_extracted_at": at(1)}, gone) == []
