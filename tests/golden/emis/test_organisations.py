"""EMIS organisations, sites and staff, worked out by hand."""

from datetime import date, datetime

from tests.golden.harness import PRACTICE, Row, ids, run

IDS = ids("emis")
COMMISSIONER = {
    "organisation_guid": "org-commissioner",
    "ods_code": "X99",
    "organisation_name": "Invented Commissioner",
    "organisation_type": "Clinical Commissioning Group (CCG)",
    # some organisations are their own commissioner
    "ccg_organisation_guid": "org-commissioner",
    "open_date": date(2013, 4, 1),
}
SURGERY = {
    "organisation_guid": "org-practice",
    "ods_code": "x99901",
    "organisation_name": " Invented Surgery ",
    "organisation_type": "GP Practices in England and Wales",
    "ccg_organisation_guid": "org-commissioner",
    "parent_organisation_guid": "org-parent",
    "open_date": date(1990, 1, 1),
    "close_date": date(2026, 1, 10),
}
NAMELESS = {"organisation_guid": "org-nameless", "organisation_name": "Elsewhere"}


def organisations(*rows: Row) -> dict[str, Row]:
    found = run("emis", {"Admin_Organisation": rows}, "organisation")
    return {row["id"]: row for row in found}


def test_an_organisation_is_known_by_its_ods_code() -> None:
    row = organisations(SURGERY, COMMISSIONER)[IDS.organisation("X99901")]
    assert row["organisation_code"] == "X99901"
    assert row["assigning_authority_code"] == "ODS"
    assert row["name"] == "Invented Surgery"
    assert row["type_description"] == "GP Practices in England and Wales"
    assert row["primary_location_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:organisation-type", "GP Practices in England and Wales"
    )
    assert row["open_date"] == date(1990, 1, 1)
    assert row["publisher_organisation_code"] == "shared"
    assert row["lds_is_deleted"] is False


def test_an_organisation_without_ods_code_is_known_by_its_guid() -> None:
    row = organisations(NAMELESS)[IDS.of("organisation", "org-nameless", publisher="shared")]
    assert row["organisation_code"] is None
    assert row["assigning_authority_code"] is None


def test_the_commissioner_is_the_parent_and_never_its_own() -> None:
    found = organisations(SURGERY, COMMISSIONER)
    assert found[IDS.organisation("X99901")]["parent_organisation_id"] == IDS.organisation("X99")
    assert found[IDS.organisation("X99")]["parent_organisation_id"] is None


def test_the_parent_stands_in_when_there_is_no_commissioner() -> None:
    child = {**SURGERY, "ccg_organisation_guid": None, "parent_organisation_guid": "org-nameless"}
    row = organisations(child, NAMELESS)[IDS.organisation("X99901")]
    expected = IDS.of("organisation", "org-nameless", publisher="shared")
    assert row["parent_organisation_id"] == expected


def test_an_organisation_is_obsolete_from_the_day_it_closes() -> None:
    closing = organisations(SURGERY)[IDS.organisation("X99901")]
    open_still = organisations({**SURGERY, "close_date": date(2026, 1, 11)})
    assert closing["is_obsolete"] is True
    assert open_still[IDS.organisation("X99901")]["is_obsolete"] is False


def test_two_guids_of_one_ods_code_are_one_organisation() -> None:
    found = organisations(SURGERY, {**SURGERY, "organisation_guid": "org-twin"})
    assert list(found) == [IDS.organisation("X99901")]
    assert found[IDS.organisation("X99901")]["lds_source_key"] == "org-practice"


def test_a_parent_read_for_its_code_alone_is_not_yielded_again() -> None:
    found = organisations(
        {**SURGERY, "lds_load_sequence": 2}, {**COMMISSIONER, "lds_load_sequence": 1}
    )
    assert list(found) == [IDS.organisation("X99901")]
    row = found[IDS.organisation("X99901")]
    assert row["parent_organisation_id"] == IDS.organisation("X99")


SITE = {
    "location_guid": "site-1",
    "location_name": "Main Surgery",
    "location_type_description": "Main surgery",
    "open_date": date(1990, 1, 1),
    "house_name_flat_number": "Invented House,",
    "number_and_street": "1 Nowhere Street",
    "village": "Nowhere",
    "town": "London",
    "county": "Greater London",
    "postcode": "zz99 3vz",
}
LINK = {"organisation_guid": "org-practice", "location_guid": "site-1", "is_main_location": True}


def location(link: Row | None, **changed: object) -> Row:
    links = [] if link is None else [link]
    raw = {"Admin_Location": [{**SITE, **changed}], "Admin_OrganisationLocation": links}
    (row,) = run("emis", raw, "location")
    return row


def test_a_site_belongs_to_the_practice_that_is_linked_to_it() -> None:
    row = location(LINK)
    assert row["id"] == IDS.of("location", "site-1")
    assert row["managing_organisation_id"] == IDS.organisation()
    assert row["is_primary_location"] is True
    assert row["name"] == "Main Surgery"
    assert row["location_type_source_concept_id"] == IDS.concept(
        "urn:lds:emis:location-type", "Main surgery"
    )
    lines = [row[f"address_line_{n}"] for n in (1, 2, 3, 4)]
    assert lines == [
        "Invented House, 1 Nowhere Street",
        "Nowhere",
        "London",
        "Greater London",
    ]
    assert row["postcode"] == "ZZ993VZ"


def test_a_deleted_link_leaves_a_site_without_organisation() -> None:
    row = location({**LINK, "deleted": True})
    assert row["managing_organisation_id"] is None
    assert row["is_primary_location"] is False


def test_a_deleted_site_stays_as_deleted() -> None:
    (row,) = run(
        "emis", {"Admin_Location": [{"location_guid": "site-1", "deleted": True}]}, "location"
    )
    assert row["lds_is_deleted"] is True
    assert row["name"] is None
    assert row["is_primary_location"] is None


MEMBER = {
    "user_in_role_guid": "user-1",
    "organisation_guid": "org-practice",
    "title": "Dr",
    "given_name": "Ada",
    "surname": "Invented",
    "job_category_code": "R0260",
    "job_category_name": "General Medical Practitioner",
    "contract_start_date": date(1899, 12, 31),
    "contract_end_date": date(2026, 1, 9),
    "registration_number": "1234567",
}


def test_a_user_in_role_is_a_practitioner() -> None:
    (row,) = run("emis", {"Admin_UserInRole": [MEMBER]}, "practitioner")
    assert row["id"] == IDS.of("practitioner", "user-1")
    assert row["publisher_organisation_id"] == IDS.organisation()
    assert (row["title"], row["first_name"], row["surname"]) == ("Dr", "Ada", "Invented")
    assert row["name"] == "Ada Invented"
    assert row["gmc_code"] == "1234567"
    assert row["is_obsolete"] is True
    assert row["lds_is_deleted"] is False


def test_a_number_of_another_register_is_no_gmc_number() -> None:
    member = {**MEMBER, "registration_number": "18A0123E", "contract_end_date": date(2026, 1, 10)}
    (row,) = run("emis", {"Admin_UserInRole": [member]}, "practitioner")
    assert row["gmc_code"] is None
    assert row["is_obsolete"] is False


def test_a_role_links_its_practitioner_and_employer() -> None:
    (row,) = run("emis", {"Admin_UserInRole": [MEMBER]}, "practitioner_in_role")
    assert row["id"] == IDS.of("practitioner_in_role", "user-1")
    assert row["practitioner_id"] == IDS.of("practitioner", "user-1")
    assert row["employer_organisation_id"] == IDS.organisation()
    assert (row["role_code"], row["role"]) == ("R0260", "General Medical Practitioner")
    # 1899-12-31 is how an empty date comes
    assert row["date_employment_start"] is None
    assert row["date_employment_end"] == date(2026, 1, 9)


def test_provenance_is_that_of_the_source_row() -> None:
    member = {
        **MEMBER,
        "lds_load_sequence": 7,
        "lds_row_number": 42,
        "lds_extracted_at": datetime(2026, 2, 1, 0, 5),
        "lds_source_record_id": "record-1",
    }
    for feed in ("practitioner", "practitioner_in_role"):
        (row,) = run("emis", {"Admin_UserInRole": [member]}, feed)
        assert row["publisher_organisation_code"] == PRACTICE
        assert row["lds_load_sequence"] == 7
        assert row["lds_row_number"] == 42
        assert row["lds_extracted_at"] == datetime(2026, 2, 1, 0, 5)
        assert row["lds_source_record_id"] == "record-1"
        assert row["lds_source_key"] == "user-1"


def contacts(**changed: object) -> dict[str, str]:
    raw = {"Admin_Location": [{**SITE, **changed}]}
    found = run("emis", raw, "location_contact")
    for row in found:
        kind = row["contact_type"]
        assert row["id"] == IDS.of("location_contact", "site-1", kind)
        assert row["location_id"] == IDS.of("location", "site-1")
        assert row["contact_type_source_concept_id"] == IDS.concept(
            "urn:lds:emis:contact-type", kind
        )
    return {row["contact_type"]: row["value"] for row in found}


def test_a_site_has_a_contact_for_each_way_to_reach_it() -> None:
    assert contacts(
        phone_number=" 020 7946 0000 ", fax_number="020 7946 0001", email_address="a@example.org"
    ) == {"Phone": "020 7946 0000", "Fax": "020 7946 0001", "Email": "a@example.org"}


def test_a_blank_contact_and_a_deleted_site_have_none() -> None:
    assert contacts(phone_number="020 7946 0000", fax_number=" ") == {"Phone": "020 7946 0000"}
    assert contacts(phone_number="020 7946 0000", deleted=True) == {}
