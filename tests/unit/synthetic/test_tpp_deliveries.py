"""Deliveries of TPP configurations, written from a small population with every fault on."""

import csv
import hashlib
import io
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from lds_assets.schema.dictionary import source_tables
from lds_assets.synthetic.tpp_form import DICTIONARY, FILES
from lds_assets.synthetic.tpp_reference import COMMUNITY_UNIT, WHOLE_FILES
from tests.unit.synthetic.tpp_world import (
    ADMITTED,
    CANARY,
    DENIED,
    OTHER,
    Run,
    tpp_plan,
    write_deliveries,
)

Row = dict[str, str]
_TABLES = source_tables(DICTIONARY)
_DATES = re.compile(r"\d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d(:\d\d)?")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_deliveries(tpp_plan(), tmp_path_factory.mktemp("tpp") / "landing")


@pytest.fixture(scope="module")
def clean_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_deliveries(tpp_plan(("clean",)), tmp_path_factory.mktemp("clean") / "landing")


@cache
def _rows(path: Path) -> list[Row]:
    text = path.read_bytes().decode("cp1252")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _all(run: Run, table: str, keep: Callable[[Row], bool] = lambda row: True) -> list[Row]:
    found = [row for _, folder in run[1] for row in _rows(folder / f"{table}.csv") if keep(row)]
    assert found, f"no row of {table} to look at"
    return found


def _live(run: Run, table: str) -> list[Row]:
    return _all(run, table, lambda row: row["RemovedData"] == "0")


def _keys(run: Run, table: str) -> set[tuple[str, str]]:
    return {(r.get("IDOrganisationVisibleTo", ""), r["RowIdentifier"]) for r in _all(run, table)}


def test_a_delivery_is_a_folder_named_by_the_end_of_its_window(run: Run) -> None:
    for delivery, folder in run[1]:
        assert folder.parts[-3:-1] == ("tpp", delivery.group)
        assert folder.name == f"{delivery.extracted_at:%Y%m%d_%H%M}"
        assert {row["DateExtractTo"] for row in _rows(folder / "SRManifest.csv")} == {folder.name}
    newest = max(delivery.extracted_at for delivery, _ in run[1])
    assert newest.date() == date(2026, 11, 20)
    assert len({delivery.extracted_at.time() for delivery, _ in run[1]}) > 1


def test_every_file_is_there_with_the_columns_of_the_dictionary(run: Run) -> None:
    for _, folder in run[1]:
        assert {path.name for path in folder.iterdir()} == {
            f"{name}.csv" for name in (*FILES, "SRManifest")
        }
        for name in FILES:
            header = (folder / f"{name}.csv").read_bytes().split(b"\r\n")[0].decode()
            assert header == ",".join(column.name for column in _TABLES[name].columns)


def test_no_file_is_empty_in_the_bulk(run: Run) -> None:
    for delivery, folder in run[1]:
        empty = [name for name in FILES if delivery.day == 0 and not _rows(folder / f"{name}.csv")]
        assert set(empty) <= {"SRPersonAtRisk", "SRSpecialNotes"}


def test_files_are_windows_1252_with_crlf_and_few_quotes(run: Run) -> None:
    lists = (run[1][0][1] / "SRConfiguredListOption.csv").read_bytes()
    assert b'332,23,"Caf\xe9 room, first floor",' in lists
    for _, folder in run[1]:
        for path in folder.iterdir():
            content = path.read_bytes()
            content.decode("cp1252")
            assert content.endswith(b"\r\n")
            assert not re.search(rb"(?<!\r)\n", content)
            assert not re.search(rb'(^|,)""(,|\r)', content)
    assert b'"' not in (run[1][0][1] / "SRMapping.csv").read_bytes()


def test_typed_text_holds_line_breaks(run: Run) -> None:
    notes = _all(run, "SRSpecialNotes", lambda row: "\r\n" in row["Note"])
    assert all(row["IDPatient"] for row in notes)


def test_each_window_starts_where_the_last_one_ended(run: Run) -> None:
    for group in ("first", "second"):
        folders = [folder for delivery, folder in run[1] if delivery.group == group]
        for before, folder in zip([None, *folders], folders, strict=False):
            for row in _rows(folder / "SRManifest.csv"):
                is_delta = before is not None and row["FileName"] not in WHOLE_FILES
                assert row["IsDelta"] == ("Y" if is_delta else "N")
                assert row["DateExtractFrom"] == (before.name if before and is_delta else "")


def test_the_manifest_lists_all_but_itself_and_the_mapping(run: Run) -> None:
    for _, folder in run[1]:
        listed = [row["FileName"] for row in _rows(folder / "SRManifest.csv")]
        assert sorted([*listed, "SRMapping", "SRMappingGroup"]) == sorted(FILES)


def test_a_removed_row_carries_key_and_publisher_alone(run: Run) -> None:
    allowed = {"RowIdentifier", "IDOrganisationVisibleTo", "RemovedData"}
    removed = [
        row
        for name in set(FILES) - {"SRMapping", "SRMappingGroup"}
        for _, folder in run[1]
        for row in _rows(folder / f"{name}.csv")
        if row["RemovedData"] == "1"
    ]
    assert removed
    for row in removed:
        assert {name for name, value in row.items() if value} == allowed


def test_nothing_is_removed_in_the_bulk(run: Run) -> None:
    for delivery, folder in run[1]:
        if delivery.day == 0:
            for name in set(FILES) - {"SRMapping", "SRMappingGroup"}:
                assert {row["RemovedData"] for row in _rows(folder / f"{name}.csv")} <= {"0"}


def test_a_number_is_used_once_in_a_file_of_a_publisher(clean_run: Run) -> None:
    for _, folder in clean_run[1]:
        for name in FILES:
            keys = Counter(
                (row.get("IDOrganisationVisibleTo", ""), row["RowIdentifier"])
                for row in _rows(folder / f"{name}.csv")
            )
            assert not [key for key, count in keys.items() if count > 1], name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SRCode", "SRDrugSensitivity"),
        ("SRVisit", "SRAppointment"),
        ("SRRepeatTemplate", "SRPrimaryCareMedication"),
    ],
)
def test_numbers_come_again_in_other_files_and_practices(run: Run, one: str, other: str) -> None:
    assert _keys(run, one) & _keys(run, other)
    numbers = {code: {n for c, n in _keys(run, other) if c == code} for code in (ADMITTED, OTHER)}
    assert one == "SRCode" or numbers[ADMITTED] & numbers[OTHER]


def test_dates_are_written_as_the_supplier_writes_them(run: Run) -> None:
    for name in FILES:
        columns = [c.name for c in _TABLES[name].columns if "date" in c.documented_type]
        length = len("01 Jan 2026 00:00") if name == "SRPatient" else len("01 Jan 2026 00:00:00")
        for row in [row for _, folder in run[1] for row in _rows(folder / f"{name}.csv")]:
            for value in (row[column] for column in columns if row[column]):
                assert _DATES.fullmatch(value), name
                assert len(value) == length, name


def test_numbers_stand_where_the_supplier_documents_numbers(run: Run) -> None:
    whole, broken = re.compile(r"-?\d+"), re.compile(r"-?\d+(\.\d+)?")
    for name in FILES:
        for column in _TABLES[name].columns:
            form = {"integer": whole, "real": broken}.get(column.documented_type)
            for folder in (folder for _, folder in run[1]) if form else ():
                values = {row[column.name] for row in _rows(folder / f"{name}.csv")} - {""}
                assert all(form and form.fullmatch(value) for value in values), column.name


def test_truth_is_written_in_words(run: Run) -> None:
    for name in FILES:
        columns = {c.name for c in _TABLES[name].columns if c.documented_type == "boolean"}
        columns -= {"Obsolete"}
        for row in [row for _, folder in run[1] for row in _rows(folder / f"{name}.csv")]:
            assert {row[column] for column in columns} <= {"TRUE", "FALSE", ""}, name
    assert {row["Obsolete"] for row in _all(run, "SRStaffMember")} <= {"0", "1"}


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("SRCode", "IDPatient", "SRPatient"),
        ("SRCode", "IDEvent", "SREvent"),
        ("SREvent", "IDPatient", "SRPatient"),
        ("SRProblem", "IDCode", "SRCode"),
        ("SREventLink", "IDAppointment", "SRAppointment"),
        ("SREventLink", "IDVisit", "SRVisit"),
        ("SRAppointment", "IDRota", "SRRota"),
        ("SRAppointment", "IDPatient", "SRPatient"),
        ("SRAppointmentFlags", "IDAppointment", "SRAppointment"),
        ("SRImmunisation", "IDEvent", "SREvent"),
        ("SRReferralOut", "IDEvent", "SREvent"),
        ("SRPatientRegistration", "IDPatient", "SRPatient"),
        ("SRRepeatTemplate", "IDPatient", "SRPatient"),
    ],
)
def test_links_lead_to_rows_of_the_same_publisher(
    clean_run: Run, table: str, column: str, target: str
) -> None:
    held = _keys(clean_run, target)
    links = {
        (row["IDOrganisationVisibleTo"], row[column])
        for row in _live(clean_run, table)
        if row[column] not in {"", "-1"}
    }
    assert links
    assert links <= held


def test_staff_codes_and_vaccines_are_found_in_their_files(run: Run) -> None:
    profiles = {row["RowIdentifier"] for row in _all(run, "SRStaffMemberProfile")}
    assert {row["IDProfileEnteredBy"] for row in _live(run, "SRCode")} <= profiles
    people = {row["RowIdentifier"] for row in _all(run, "SRStaffMember")}
    assert {row["IDDoneBy"] for row in _live(run, "SREvent")} - {""} <= people
    codes = {row["Ctv3Code"] for row in _all(run, "SRCtv3")}
    assert {row["CTV3Code"] for row in _live(run, "SRCode")} <= codes
    vaccines = {row["RowIdentifier"] for row in _all(run, "SRImmunisationContent")}
    assert {row["IDImmunisationContent"] for row in _live(run, "SRImmunisation")} <= vaccines


def test_list_values_are_numbers_of_the_same_delivery(run: Run) -> None:
    folder = run[1][0][1]
    terms = {row["RowIdentifier"]: row["Mapping"] for row in _rows(folder / "SRMapping.csv")}
    options = {row["RowIdentifier"] for row in _rows(folder / "SRConfiguredListOption.csv")}
    statuses = {row["AppointmentStatus"] for row in _rows(folder / "SRAppointment.csv")}
    assert {terms[status] for status in statuses} >= {"Finished", "Did Not Attend", "Booked"}
    assert {row["ContactMethod"] for row in _rows(folder / "SREvent.csv")} <= options


def test_the_second_configuration_writes_the_labels_of_unit_lists(run: Run) -> None:
    folder = next(folder for delivery, folder in run[1] if delivery.group == "second")
    assert "Telephone" in {row["ContactMethod"] for row in _rows(folder / "SREvent.csv")}
    assert "55922" in {row["AppointmentStatus"] for row in _rows(folder / "SRAppointment.csv")}


def test_marks_stand_in_every_typed_text_of_a_denied_practice_and_nowhere_else(run: Run) -> None:
    marked: set[str] = set()
    for name in FILES:
        # a unit label is no place for a mark
        typed = {c.name for c in _TABLES[name].columns if c.is_free_text} - {"NumericUnit"}
        typed |= {"Surname", "FirstName"} & {c.name for c in _TABLES[name].columns}
        for row in [row for _, folder in run[1] for row in _rows(folder / f"{name}.csv")]:
            if row.get("IDOrganisationVisibleTo") == DENIED:
                bare = {column for column in typed if row[column] and CANARY not in row[column]}
                assert not bare, name
                marked |= {name} if any(CANARY in value for value in row.values()) else set()
            elif row.get("IDOrganisationVisibleTo"):
                assert not any(CANARY in value for value in row.values()), name
    assert marked >= {"SRPatient", "SRPrimaryCareMedication", "SRRota", "SRAppointment"}


def test_the_shared_record_holds_rows_of_another_unit(run: Run) -> None:
    rows = _live(run, "SRCode")
    shared = [row for row in rows if row["IDOrganisation"] == COMMUNITY_UNIT]
    assert 0.01 < len(shared) / len(rows) < 0.06
    assert all(row["IDOrganisationVisibleTo"] != COMMUNITY_UNIT for row in shared)
    assert {row["IDOrganisationRegisteredAt"] for row in rows} > {ADMITTED, DENIED, OTHER} - {
        DENIED
    }
    foreign = [r for r in rows if r["IDOrganisationRegisteredAt"] != r["IDOrganisationVisibleTo"]]
    assert {row["IDOrganisationRegisteredAt"] for row in foreign} <= {ADMITTED, OTHER}
    assert foreign


def test_a_move_ends_one_address_on_the_day_the_next_begins(run: Run) -> None:
    for delivery, folder in run[1]:
        rows = _rows(folder / "SRPatientAddressHistory.csv")
        by_key = {(row["IDOrganisationVisibleTo"], row["RowIdentifier"]): row for row in rows}
        moved = [key for key in by_key if key[1].endswith("2")]
        assert bool(moved) <= (delivery.day > 0)
        for publisher, number in moved:
            before = by_key[publisher, number[:-1] + "1"]
            assert before["DateTo"] == by_key[publisher, number]["DateEvent"]
            assert by_key[publisher, number]["DateTo"] == ""
    assert _all(run, "SRPatientAddressHistory", lambda row: row["RowIdentifier"].endswith("2"))


def test_a_cancelled_appointment_keeps_its_patient_and_says_when(run: Run) -> None:
    cancelled = _all(
        run, "SRAppointment", lambda row: row["AppointmentStatus"] in {"55924", "55925"}
    )
    assert all(row["DateAppointmentCancelled"] for row in cancelled)
    assert all(row["IDPatient"] not in {"", "-1"} for row in cancelled)
    empty = _all(run, "SRAppointment", lambda row: row["IDPatient"] in {"", "-1"})
    assert {row["AppointmentStatus"] for row in empty if row["RemovedData"] == "0"} == {"55927"}


def test_code_rows_get_new_numbers_with_each_copy_and_late_codes_a_day_later(run: Run) -> None:
    folders = [folder for delivery, folder in run[1] if delivery.group == "first"]
    copies = [
        {row["Ctv3Code"]: row["RowIdentifier"] for row in _rows(folder / "SRCtv3.csv")}
        for folder in folders
    ]
    assert set(copies[1]) - set(copies[0]) == {"?T000"}
    assert not set(copies[0].values()) & set(copies[1].values())
    assert copies[1].keys() == copies[2].keys()


def test_a_local_code_has_no_snomed_number_and_some_others_lack_theirs(run: Run) -> None:
    rows = _live(run, "SRCode")
    mapped = {row["Ctv3Code"] for row in _all(run, "SRCtv3ToSnomed")}
    local = {row["SNOMEDCode"] for row in rows if row["CTV3Code"] not in mapped}
    assert local == {"-1", "0", ""}
    others = [row["SNOMEDCode"] for row in rows if row["CTV3Code"] in mapped]
    assert 0.01 < others.count("-1") / len(others) < 0.06
    assert all(code == "-1" or int(code) > 0 for code in others)


def test_drugs_keep_their_codes_and_say_when_they_have_none(run: Run) -> None:
    rows = _live(run, "SRPrimaryCareMedication") + _live(run, "SRRepeatTemplate")
    typed = [row for row in rows if "TEXTUAL DRUG :" in row["NameOfMedication"]]
    assert {row["IDMultiLexDMD"] for row in typed} <= {"-1"}
    assert all(row["IDMultiLexDMD"].isdigit() for row in rows if row not in typed)
    assert all(re.search(r"(^| )\d+(\.\d*[1-9])? \S", row["MedicationQuantity"]) for row in rows)


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    def digest(out: Path) -> str:
        made = hashlib.sha256()
        plan = tpp_plan()
        for _, folder in write_deliveries(replace(plan, practices=plan.practices[:1], days=1), out)[
            1
        ]:
            for path in sorted(folder.iterdir()):
                made.update(path.name.encode() + path.read_bytes())
        return made.hexdigest()

    assert digest(tmp_path / "one") == digest(tmp_path / "two")
