"""The EMIS files have the form of the feed, and deltas change what they say."""

import csv
import re
from collections import Counter

import pytest

from lds_assets.synthetic.emis_dictionary import read_columns
from tests.unit.synthetic.deliveries import BULK, FIRST_DELTA, SECOND_DELTA, Landing, key

OBSERVATION = "CareRecord_Observation"
DELTAS = (FIRST_DELTA, SECOND_DELTA)
ALL_DAYS = (BULK, *DELTAS)
QUOTED_FILE = re.compile(rb'(?:"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*\r\n)+')
FILE_NAME = re.compile(
    r"(bulk|delta)_(\d+)_([A-Za-z]+_[A-Za-z]+)_(\d{14})_"
    r"([0-9A-F]{8}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{4}-[0-9A-F]{12})\.csv"
)


def test_every_delivery_holds_the_21_files_of_the_feed_under_its_grammar(tiny: Landing) -> None:
    folders = [path for path in tiny.folder.glob("emis/*/*") if path.is_dir()]
    assert sorted(folder.name for folder in folders) == list(ALL_DAYS)
    for folder in folders:
        matches = [FILE_NAME.fullmatch(path.name) for path in folder.iterdir()]
        assert all(matches)
        parts = [match.groups() for match in matches if match]
        assert sorted(table for _, _, table, _, _ in parts) == sorted(read_columns())
        assert len(parts) == 21
        assert {kind for kind, *_ in parts} == {"bulk" if folder.name == BULK else "delta"}
        assert {stamp for _, _, _, stamp, _ in parts} == {f"{folder.name}000512"}
        assert {group for *_, group in parts} == {folder.parent.name}
        assert len({number for _, number, *_ in parts}) == 1


def test_every_field_is_quoted_every_line_ends_in_crlf_and_headers_follow_the_dictionary(
    tiny: Landing,
) -> None:
    for table, columns in read_columns().items():
        for day in ALL_DAYS:
            for path in tiny.files(table, day):
                data = path.read_bytes()
                assert QUOTED_FILE.fullmatch(data), path.name
                header = ",".join(f'"{column}"' for column in columns)
                assert data.startswith(header.encode() + b"\r\n")
                data.decode("utf-8")


def test_text_that_breaks_careless_readers_is_there(tiny: Landing) -> None:
    texts = [row["Dosage"] for row in tiny.rows("Prescribing_IssueRecord", BULK)]
    texts += [row["Description"] for row in tiny.rows("Appointment_Session", BULK)]
    for awkward in ("\r\n", '"', ",", "ï", "🙂"):
        assert any(awkward in text for text in texts)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("Admin_Patient", "PatientGuid"),
        ("CareRecord_Observation", "ObservationGuid"),
        ("CareRecord_Consultation", "ConsultationGuid"),
        ("Prescribing_DrugRecord", "DrugRecordGuid"),
        ("Prescribing_IssueRecord", "IssueRecordGuid"),
        ("Appointment_Slot", "SlotGuid"),
        ("Appointment_Session", "AppointmentSessionGuid"),
        ("CareRecord_Diary", "DiaryGuid"),
    ],
)
def test_a_key_stands_once_in_a_bulk(tiny: Landing, table: str, column: str) -> None:
    keys = Counter(key(row, column) for row in tiny.rows(table, BULK))
    assert keys and max(keys.values()) == 1


def test_a_deleted_row_carries_keys_only(tiny: Landing) -> None:
    deleted = [
        row
        for day in DELTAS
        for row in tiny.rows("CareRecord_Observation", day)
        if row["Deleted"] == "true"
    ]
    kept = {"ObservationGuid", "PatientGuid", "OrganisationGuid", "Deleted", "ProcessingId"}
    assert deleted
    for row in deleted:
        assert {column for column, value in row.items() if value} == kept


def test_a_delta_brings_new_records_changes_known_ones_and_deletes(tiny: Landing) -> None:
    known = {key(row, "ObservationGuid"): row for row in tiny.rows("CareRecord_Observation", BULK)}
    fates = Counter[str]()
    for day in DELTAS:
        for row in tiny.rows("CareRecord_Observation", day):
            old = known.get(key(row, "ObservationGuid"))
            if row["Deleted"] == "true":
                fates["deleted, known" if old else "deleted, never seen"] += 1
            else:
                fates["changed" if old else "new"] += 1
    assert all(fates[fate] > 0 for fate in ("new", "deleted, known", "deleted, never seen"))


def test_a_changed_patient_keeps_the_key_and_differs_in_what_changed(tiny: Landing) -> None:
    known = {key(row, "PatientGuid"): row for row in tiny.rows("Admin_Patient", BULK)}
    changed = [
        (known[key(row, "PatientGuid")], row)
        for day in DELTAS
        for row in tiny.rows("Admin_Patient", day)
        if key(row, "PatientGuid") in known and row["Deleted"] == "false"
    ]
    differences = [
        {column for column in new if new[column] != old[column]} - {"ProcessingId"}
        for old, new in changed
    ]
    moved = {"NumberAndStreet", "Postcode", "DateOfDeactivation"}
    assert any(differences)
    assert all(difference <= moved for difference in differences)


def test_code_files_come_whole_every_day_and_one_code_comes_late(tiny: Landing) -> None:
    codes = [{row["CodeId"] for row in tiny.rows("Coding_ClinicalCode", day)} for day in ALL_DAYS]
    drugs = [{row["CodeId"] for row in tiny.rows("Coding_DrugCode", day)} for day in ALL_DAYS]
    assert drugs[0] == drugs[1] == drugs[2]
    assert len(codes[0]) > 200
    assert codes[1] == codes[2] and len(codes[1] - codes[0]) == 1 and codes[0] < codes[1]


def test_every_delivery_has_an_agreement_row_for_each_practice_of_its_group(tiny: Landing) -> None:
    delivered = tiny.org_ids("consented", "no_consent", "withdrawn", "starts_tomorrow")
    for day in ALL_DAYS:
        rows = tiny.rows("Agreements_SharingOrganisation", day)
        assert sorted(row["OrganisationGuid"] for row in rows) == sorted(delivered)


def test_organisations_carry_real_codes_beside_commissioners_and_hospitals(tiny: Landing) -> None:
    by_guid = {row["OrganisationGuid"]: row for row in tiny.rows("Admin_Organisation", BULK)}
    for practice in tiny.report.practices:
        if practice.supplier_code == "emis":
            assert by_guid[practice.supplier_org_id]["ODSCode"] == practice.code
            assert by_guid[practice.supplier_org_id]["OrganisationName"]
    kinds = Counter(row["OrganisationType"] for row in by_guid.values())
    assert kinds["NHS Trust"] >= 3 and kinds["CCG"] >= 1
    targets = {
        row["ReferralTargetOrganisationGuid"]
        for row in tiny.rows("CareRecord_ObservationReferral", BULK)
    }
    assert targets - {""} <= set(by_guid)


def test_records_hang_on_patients_of_the_same_organisation(tiny: Landing) -> None:
    patients = {key(row, "PatientGuid") for row in tiny.rows("Admin_Patient", BULK)}
    for table in ("CareRecord_Observation", "CareRecord_Consultation", "Prescribing_IssueRecord"):
        assert {key(row, "PatientGuid") for row in tiny.rows(table, BULK)} <= patients
    slots = tiny.rows("Appointment_Slot", BULK)
    assert any(not row["PatientGuid"] for row in slots)


def test_a_problem_extends_an_observation_and_a_value_hangs_on_its_panel(tiny: Landing) -> None:
    observations = tiny.rows("CareRecord_Observation", BULK)
    keys = {key(row, "ObservationGuid") for row in observations}
    problems = tiny.rows("CareRecord_Problem", BULK)
    assert problems and {key(row, "ObservationGuid") for row in problems} <= keys
    children = [row for row in observations if row["ParentObservationGuid"]]
    parented = sum(
        (row["ParentObservationGuid"], row["OrganisationGuid"]) in keys for row in children
    )
    assert len(children) / len(observations) > 0.2
    assert parented / len(children) > 0.98


def test_every_category_with_a_table_of_its_own_has_entries(tiny: Landing) -> None:
    codes = tiny.rows("Coding_ClinicalCode", BULK)
    category = {row["CodeId"]: row["EmisCodeCategoryDescription"] for row in codes}
    entries = {row["ObservationGuid"]: row["CodeId"] for row in tiny.rows(OBSERVATION, BULK)}
    met = Counter(category.get(code, "not listed") for code in entries.values())
    wanted = {"Referral", "Allergy and adverse reactions", "Investigation requests", "not listed"}
    assert wanted <= met.keys()
    told = {row["ObservationGuid"] for row in tiny.rows("CareRecord_ObservationReferral", BULK)}
    referrals = {guid for guid, code in entries.items() if category.get(code) == "Referral"}
    # some referrals have no row of their own, no such row is without its entry
    assert told < referrals
    assert {row["IsComplete"] for row in tiny.rows("CareRecord_Diary", BULK)} == {"true", "false"}


def test_a_code_comes_once_per_parent_with_one_category(tiny: Landing) -> None:
    first = tiny.files("Coding_ClinicalCode", BULK)[0]
    with first.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = {(row["CodeId"], row["ParentCodeId"]) for row in rows}
    codes = {(row["CodeId"], row["EmisCodeCategoryDescription"]) for row in rows}
    assert len(keys) == len(rows) > len(codes) == len({code for code, _ in codes})


def test_sessions_have_no_user_one_or_two(tiny: Landing) -> None:
    users = Counter(row["SessionGuid"] for row in tiny.rows("Appointment_SessionUser", BULK))
    sessions = {row["AppointmentSessionGuid"] for row in tiny.rows("Appointment_Session", BULK)}
    assert users.keys() < sessions
    assert set(users.values()) == {1, 2}
