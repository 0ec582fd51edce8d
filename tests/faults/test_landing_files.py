"""Whatever a supplier leaves in landing becomes a state with a reason; the others go on."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from lds_assets.landing import prove_files
from lds_assets.landing.content import Content, read_content
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import ACME, GROUP, World, acme, as_csv, sha256


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return acme(tmp_path / "code/acme")


def header(table: str) -> list[str]:
    return [name for name, _ in ACME[table]]


# -- what is whole -------------------------------------------------------------------------------


def test_a_whole_delivery_is_proven_with_hashes_sizes_headers_and_version(
    world: World, feed: Supplier
) -> None:
    bulk, delta = world.send_acme(1, "bulk"), world.send_acme(2)
    world.look(feed)
    assert world.fate(bulk) == ("VALIDATED", "", "", "")
    assert [each.delivery_id for each in world.ledger.pending("acme")] == [bulk, delta]
    row = world.row(bulk)
    assert (row.kind, row.version, row.group_id, row.file_count) == ("full", "2", GROUP, 3)
    assert (row.folder, row.extracted_at and row.extracted_at.isoformat()) == (
        f"{GROUP}/20261101",
        "2026-11-01T00:05:00",
    )
    path = world.acme_file(1, "Patient", "bulk")
    (patient,) = [each for each in world.ledger.files(bulk) if each.table_name == "Patient"]
    assert (patient.sha256, patient.plain_sha256) == (sha256(path), sha256(path))
    assert (patient.size_bytes, patient.is_full) == (path.stat().st_size, True)
    assert patient.header == ("PatientId", "Practice", "Surname", "Added")
    assert [event.to_state for event in world.ledger.events(bulk)] == ["SEEN", "VALIDATED"]


def test_a_second_look_reads_nothing_and_changes_nothing(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    assert world.look(feed).files_read == 3
    before = world.ledger.events()
    again = world.look(feed)
    assert (again.files_read, again.bytes_read, again.changed, again.unchanged) == (0, 0, (), 1)
    assert world.ledger.events() == before


def test_a_copy_with_a_new_time_and_the_same_bytes_is_the_same_delivery(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    os.utime(world.acme_file(1, "Entry", "bulk"), ns=(5, 5))
    assert world.look(feed).changed == ()
    assert world.look(feed).files_read == 0
    assert world.fate(bulk) == ("VALIDATED", "", "", "")


def test_a_file_that_cannot_be_read_is_held_and_read_again_by_the_next_look(
    world: World, feed: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk, delta = world.send_acme(1, "bulk"), world.send_acme(2)
    locked = world.acme_file(2, "Entry")

    def read(path: Path, *how: Any) -> Content:  # noqa: ANN401
        if path == locked:
            raise PermissionError(13, "Permission denied", str(path))
        return read_content(path, *how)

    with monkeypatch.context() as patch:
        patch.setattr(prove_files, "read_content", read)
        world.look(feed)
    state, reason, detail, to_do = world.fate(delta)
    assert (state, reason, detail) == ("HELD", "UNREADABLE", f"{locked.name}: Permission denied")
    assert to_do
    assert world.fate(bulk)[0] == "VALIDATED"
    world.look(feed)
    assert world.fate(delta) == ("VALIDATED", "", "", "")


def test_unknown_extra_columns_are_counted_and_do_not_hold(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    rows = [[*header("Entry"), "New", "Newer"], ["E1", "A99001", "text", "", ""]]
    world.acme_file(1, "Entry", "bulk").write_bytes(as_csv(rows))
    world.look(feed)
    assert world.row(bulk).state == "VALIDATED"
    counted = {each.table_name: each.extra_columns for each in world.ledger.files(bulk)}
    assert counted == {"Entry": 2, "History": 0, "Patient": 0}


def test_header_names_are_compared_without_case_quotes_mark_and_by_alias(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    rows = [["\ufeffPATIENTID", '"practice"', " Sirname ", "added"], ["P1", "A99001", "x", "y"]]
    world.acme_file(1, "Patient", "bulk").write_bytes(as_csv(rows))
    world.look(feed)
    assert (world.row(bulk).state, world.row(bulk).version) == ("VALIDATED", "2")


def test_an_older_version_has_fewer_columns_and_tables(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    rows = [["PatientId", "Practice", "Surname"], ["P1", "A99001", "x"]]
    world.acme_file(1, "Patient", "bulk").write_bytes(as_csv(rows))
    world.acme_file(1, "History", "bulk").unlink()
    world.look(feed)
    assert (world.row(bulk).state, world.row(bulk).version) == ("VALIDATED", "1")


def test_lost_marker_column_does_not_pass_as_an_older_version(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    rows = [["PatientId", "Practice", "Surname"], ["P1", "A99001", "x"]]
    world.acme_file(1, "Patient", "bulk").write_bytes(as_csv(rows))
    world.look(feed)  # History came in version 2: this is version 2
    state, reason, detail, _ = world.fate(bulk)
    assert (state, reason) == ("HELD", "HEADER_DRIFT")
    assert detail.endswith(".csv: 3 columns, missing Added")


# -- what is not ---------------------------------------------------------------------------------


def spoil(path: Path, how: str) -> None:
    data = path.read_bytes()
    match how:
        case "cut in a field":
            path.write_bytes(data[:-6])
        case "cut at a field":
            path.write_bytes(data[: data.rindex(b',"')] + b"\r\n")
        case "empty":
            path.write_bytes(b"")
        case "no header":
            path.write_bytes(as_csv([["E1", "A99001", "text"]]))
        case "column gone":
            path.write_bytes(as_csv([["EntryId", "Text", "Else"], ["E1", "text", ""]]))
        case "column twice":
            path.write_bytes(as_csv([[*header("Entry"), "text"], ["E1", "A99001", "a", "b"]]))
        case "not utf-8":
            path.write_bytes(data + b'"E2","A99001","\xe9"\r\n')


FAULTS = {
    "cut in a field": (
        "HELD TRUNCATED",
        "the last line does not end in a line end",
        "wait for the copy to end",
    ),
    "cut at a field": (
        "HELD TRUNCATED",
        "the last record has 2 fields, the header 3",
        "wait for the copy to end",
    ),
    "empty": (
        "HELD HEADER_MISSING",
        "the file is empty, without a header",
        "ask the supplier to send the file again with its header",
    ),
    "no header": (
        "HELD HEADER_MISSING",
        "the first line is not a header: most of its fields are no column's name",
        "ask the supplier to send the file again with its header",
    ),
    "column gone": (
        "HELD HEADER_DRIFT",
        "3 columns, missing Practice; unknown: else",
        "if the supplier changed the layout",
    ),
    "column twice": ("HELD HEADER_DRIFT", "columns twice: Text", "if the supplier changed"),
    "not utf-8": (
        "QUARANTINED ENCODING",
        "line 3 is not utf-8",
        "ask the supplier to send the extract again in the agreed encoding",
    ),
}


@pytest.mark.parametrize("how", FAULTS)
def test_a_faulty_file_holds_its_delivery_and_no_other(
    world: World, feed: Supplier, how: str
) -> None:
    faulty, whole = world.send_acme(1, "bulk"), world.send_acme(2, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    spoil(path, how)
    world.look(feed)
    state, reason, detail, to_do = world.fate(faulty)
    expected, told, advice = FAULTS[how]
    assert f"{state} {reason}" == expected
    assert detail == f"{path.name}: {told}"
    assert to_do.startswith(advice)
    assert world.fate(whole) == ("VALIDATED", "", "", "")
    states = {each.table_name: each.state for each in world.ledger.files(faulty)}
    assert states == {"Entry": state, "History": "VALIDATED", "Patient": "VALIDATED"}


@pytest.mark.parametrize("how", FAULTS)
def test_a_faulty_file_sent_again_makes_its_delivery_whole(
    world: World, feed: Supplier, how: str
) -> None:
    bulk = world.send_acme(1, "bulk")
    spoil(world.acme_file(1, "Entry", "bulk"), how)
    world.look(feed)
    world.look(feed)
    assert world.row(bulk).state in ("HELD", "QUARANTINED")
    world.send_acme(1, "bulk")
    world.look(feed)
    assert world.fate(bulk) == ("VALIDATED", "", "", "")


def test_a_first_line_that_is_no_header_is_kept_nowhere(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(as_csv([["CANARY1", "CANARY2", "CANARY3"]]))
    world.look(feed)
    spoilt = world.acme_file(1, "Patient", "bulk")
    spoilt.write_bytes(as_csv([["CANARY4", "A99001"]])[:-3])
    world.look(feed)
    for part in world.home.glob("platform.db*"):
        assert b"CANARY" not in part.read_bytes()


def test_headers_of_no_known_version_are_held(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    rows = [["PatientId", "Practice"], ["P1", "A99001"]]
    world.acme_file(1, "Patient", "bulk").write_bytes(as_csv(rows))
    world.look(feed)
    state, reason, detail, to_do = world.fate(bulk)
    assert (state, reason) == ("HELD", "SPEC_UNKNOWN")
    assert detail == "the headers are of no version that the supplier folder knows"
    assert to_do == "add the feed's new version to the supplier folder"


def test_an_incomplete_delivery_names_what_is_missing_and_waits(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    world.acme_file(1, "Entry", "bulk").unlink()
    whole = world.send_acme(2, "bulk")
    world.look(feed)
    state, reason, detail, to_do = world.fate(bulk)
    assert (state, reason, detail) == ("INCOMPLETE", "FILES_MISSING", "1 missing: Entry")
    assert to_do.startswith("wait for the copy to end; if it stays, ask the supplier")
    assert world.row(whole).state == "VALIDATED"
    world.send_acme(1, "bulk")
    assert world.look(feed).files_read == 3  # written anew, so read anew
    assert world.row(bulk).state == "VALIDATED"


def test_files_of_an_incomplete_delivery_are_read_once(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    late = path.read_bytes()
    path.unlink()
    world.look(feed)
    path.write_bytes(late)
    assert world.look(feed).files_read == 1


def test_two_files_of_one_table_are_a_mixed_batch(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    shutil.copy(path, path.with_name(path.name.replace("_Entry_", "_ENTRY_")))
    world.look(feed)
    state, reason, detail, to_do = world.fate(bulk)
    assert (state, reason, detail) == ("HELD", "MIXED_BATCH", "more than one file of Entry")
    assert to_do == "take the file that does not belong there out of the delivery's folder"


# -- strangers -----------------------------------------------------------------------------------


def test_strangers_are_recorded_once_and_never_opened(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    landing = world.home / "landing/acme"
    (landing / GROUP / "20261101/readme.txt").write_text("hello")
    (landing / "loose.csv").write_text("x")
    (landing / GROUP / "20261101/link.csv").symlink_to(world.acme_file(1, "Entry", "bulk"))
    world.look(feed)
    assert world.look(feed).changed == ()
    assert world.row(bulk).state == "VALIDATED"
    strange = f"acme/stranger/{GROUP}/20261101/readme.txt"
    assert world.fate(strange) == (
        "QUARANTINED",
        "UNKNOWN_NAME",
        "its name is not of the supplier's grammar",
        "move the file out of landing, or ask the supplier what it is",
    )
    assert world.row("acme/stranger/loose.csv").detail.startswith("its folder is not of")
    linked = world.row(f"acme/stranger/{GROUP}/20261101/link.csv")
    assert linked.detail == "a link or device, not a file; links are not followed"
    assert [each.sha256 for each in world.ledger.files(strange)] == [""]
    (landing / "loose.csv").unlink()
    world.look(feed)
    assert world.fates()["acme/stranger/loose.csv"] == "IGNORED FILES_GONE"


def test_a_file_of_another_group_is_set_aside(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    other = path.with_name(path.name.replace(GROUP[-2:] + ".csv", "0b.csv"))
    shutil.copy(path, other)
    world.look(feed)
    assert world.row(bulk).state == "VALIDATED"
    strange = world.row(f"acme/stranger/{GROUP}/20261101/{other.name}")
    assert (strange.state, strange.reason) == ("QUARANTINED", "GUID_MISMATCH")
    assert strange.to_do == "ask the supplier which group the file belongs to; move it there"


def test_a_time_that_is_none_and_a_name_that_is_no_text_are_strangers(
    world: World, feed: Supplier
) -> None:
    world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    shutil.copy(path, path.with_name(path.name.replace("20261101000500", "20261301000500")))
    Path(os.fsdecode(os.fsencode(path.parent) + b"/odd\xff.csv")).write_text("x")
    report = world.look(feed)
    assert report.by_state == {"VALIDATED": 1, "QUARANTINED": 2}
