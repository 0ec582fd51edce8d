"""TPP organisations, sites and staff, worked out by hand."""

from datetime import date, datetime

from tests.golden.harness import PRACTICE, Row, ids, run

IDS = ids("tpp")

SURGERY = {
    "row_identifier": 41,
    "id": "x99901",
    "name": " Invented Surgery ",
    "house_name": "Invented House",
    "house_number": "7",
    "name_of_road": "Nowhere Street",
    "name_of_locality": "Nowhere",
    "name_of_town": "London",
    "full_post_code": "ZZ99 3VZ",
    "id_ccg": 5,
    "id_trust": 6,
}
COMMUNITY_UNIT = {"row_identifier": 42, "id": "RX901", "name": "Community", "id_ccg": -1}
CODELESS = {"row_identifier": 43, "name": "Closed long ago", "made_obsolete": True}
COMMISSIONER = {"row_identifier": 5, "ods_code": "99Q", "name": "Invented Commissioner"}
TRUST = {"row_identifier": 6, "name": "Invented Trust"}


def organisations(*rows: Row, trusts: tuple[Row, ...] = ()) -> dict[str, Row]:
    raw = {"SROrganisation": rows, "SRCcg": [COMMISSIONER], "SRTrust": trusts}
    return {row["id"]: row for row in run("tpp", raw, "organisation.sql")}


def test_an_organisation_is_known_by_its_ods_code_and_has_its_commissioner_above() -> None:
    row = organisations(SURGERY)[IDS.organisation("X99901")]
    assert row["organisation_code"] == "X99901"
    assert row["assigning_authority_code"] == "ODS"
    assert row["name"] == "Invented Surgery"
    assert row["postcode"] == "ZZ99 3VZ"
    assert row["parent_organisation_id"] == IDS.organisation("99Q")
    assert (row["is_obsolete"], row["lds_is_deleted"]) == (False, False)


def test_without_a_commissioner_the_trust_is_above_even_without_a_code() -> None:
    unit = {**COMMUNITY_UNIT, "id_trust": 6}
    row = organisations(unit, trusts=(TRUST,))[IDS.organisation("RX901")]
    assert row["parent_organisation_id"] == IDS.of("organisation", "SRTrust", 6, publisher="shared")


def test_a_unit_without_a_code_is_skipped_and_a_code_used_twice_keeps_the_row_in_use() -> None:
    closed = {**SURGERY, "row_identifier": 1, "name": "Old name", "made_obsolete": True}
    found = organisations(closed, SURGERY, CODELESS)
    assert [row["name"] for row in found.values()] == ["Invented Surgery"]


def test_commissioners_and_trusts_are_organisations_too() -> None:
    (ccg,) = run("tpp", {"SRCcg": [COMMISSIONER]}, "organisation.ccg")
    (trust,) = run("tpp", {"SRTrust": [TRUST]}, "organisation.trust")
    assert (ccg["id"], ccg["type_description"]) == (IDS.organisation("99Q"), "Commissioner")
    assert trust["id"] == IDS.of("organisation", "SRTrust", 6, publisher="shared")
    assert (trust["organisation_code"], trust["assigning_authority_code"]) == (None, None)


def test_an_organisation_with_a_code_has_a_main_site() -> None:
    (row,) = run("tpp", {"SROrganisation": [SURGERY, CODELESS]}, "location.sql")
    assert row["id"] == IDS.of("location", "SROrganisation", "X99901", publisher="shared")
    assert row["managing_organisation_id"] == IDS.organisation("X99901")
    assert row["is_primary_location"] is True
    assert row["address_line_1"] == "Invented House"
    assert row["address_line_2"] == "7 Nowhere Street"
    assert (row["address_line_3"], row["address_line_4"]) == ("Nowhere", "London")


def test_branches_of_two_practices_with_one_number_are_two_sites() -> None:
    branch = {"row_identifier": 5001, "branch_name": "Branch", "id_organisation": PRACTICE}
    other = {**branch, "publisher_organisation_code": "X99902", "id_organisation": None}
    rows = {
        row["publisher_organisation_code"]: row
        for row in run("tpp", {"SROrganisationBranch": [branch, other]}, "location.branch")
    }
    here, there = rows[PRACTICE], rows["X99902"]
    assert here["id"] == IDS.of("location", "SROrganisationBranch", 5001)
    assert there["id"] == IDS.of("location", "SROrganisationBranch", 5001, publisher="X99902")
    assert there["managing_organisation_id"] == IDS.organisation("X99902")
    assert here["is_primary_location"] is False


def test_a_name_stays_one_string_and_only_a_gmc_number_is_a_gmc_code() -> None:
    staff = [
        {"row_identifier": 7, "staff_name": "Dr Ada Invented", "national_id_type": "GMC",
         "id_national": " 9000001 ", "obsolete": True},
        {"row_identifier": 8, "staff_name": "Nurse", "national_id_type": "NMC",
         "id_national": "99A0001Z"},
    ]  # fmt: skip
    rows = {
        row["lds_source_key"]: row for row in run("tpp", {"SRStaffMember": staff}, "practitioner")
    }
    doctor, nurse = rows["7"], rows["8"]
    assert doctor["id"] == IDS.of("practitioner", 7)
    assert (doctor["name"], doctor["surname"], doctor["first_name"]) == (
        "Dr Ada Invented",
        None,
        None,
    )
    assert (doctor["gmc_code"], doctor["is_obsolete"]) == ("9000001", True)
    assert (nurse["gmc_code"], nurse["is_obsolete"]) == (None, False)
    assert doctor["author_organisation_id"] == IDS.organisation()


def test_a_profile_without_a_label_takes_the_words_of_its_role() -> None:
    profile = {
        "row_identifier": 71,
        "id_staff_member": 7,
        "id_organisation": PRACTICE,
        "id_staff_member_profile_role": 3,
        "staff_role": None,
        "date_employment_start": datetime(2020, 4, 1, 9, 0),
    }
    labelled = {**profile, "row_identifier": 72, "staff_role": "Partner"}
    raw = {
        "SRStaffMemberProfile": [profile, labelled],
        "SRStaffMemberProfileRole": [{"row_identifier": 3, "role_description": "Salaried GP"}],
    }
    rows = {row["lds_source_key"]: row for row in run("tpp", raw, "practitioner_in_role")}
    assert rows["71"]["id"] == IDS.of("practitioner_in_role", 71, publisher="shared")
    assert rows["71"]["practitioner_id"] == IDS.of("practitioner", 7)
    assert rows["71"]["employer_organisation_id"] == IDS.organisation()
    assert rows["71"]["date_employment_start"] == date(2020, 4, 1)
    assert [rows[key]["role"] for key in ("71", "72")] == ["Salaried GP", "Partner"]
    assert rows["71"]["role_code"] == "3"
