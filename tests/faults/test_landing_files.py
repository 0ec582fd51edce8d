"""Whatever a supplier leaves in landing becomes a state with a reason; the others go on."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from lds_assets.landing.notice import notice, refuse_strangers
from lds_assets.landing.states import Fate, State
from lds_assets.suppliers.registry import Supplier
from tests.invented import Extract, invented_supplier
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


# -- again, changed, gone ------------------------------------------------------------------------


def test_the_same_delivery_in_another_folder_is_superseded(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    folder = world.acme_file(1, "Entry", "bulk").parent
    shutil.copytree(folder, folder.with_name("20261109"))
    world.look(feed)
    again = f"{bulk}@{GROUP}/20261109"
    assert world.fate(again) == (
        "SUPERSEDED",
        "REPEATED",
        f"same content as {bulk}",
        "nothing; its content is loaded once",
    )
    assert world.fate(bulk) == ("VALIDATED", "", "", "")


def test_two_quiet_days_with_the_same_rows_are_two_deliveries(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    world.send_acme(2)
    world.send_acme(3)
    world.look(feed)
    assert set(world.fates().values()) == {"VALIDATED"}


def test_two_quiet_days_told_apart_by_their_folders_alone_are_two_deliveries(
    world: World, tmp_path: Path
) -> None:
    feed = invented_supplier(tmp_path / "code/quiet")
    for day in (1, 2):
        at = datetime(2026, 11, day)
        folder = tmp_path / "landing/quiet/g" / f"{at:%Y%m%d%H%M%S}"
        Extract(at, True, {}).write(folder)
    world.look(feed)
    assert set(world.fates().values()) == {"VALIDATED"}


def test_the_same_names_with_other_content_in_another_folder_are_quarantined(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    folder = world.acme_file(1, "Entry", "bulk").parent
    shutil.copytree(folder, folder.with_name("20261109"))
    world.send_acme(1, "bulk", text="other")
    world.look(feed)
    state, reason, detail, to_do = world.fate(f"{bulk}@{GROUP}/20261109")
    assert (state, reason) == ("QUARANTINED", "HASH_CHANGED")
    assert detail == f"another content than {bulk}, which has the same name"
    assert to_do.startswith("ask the supplier which content is right")


def test_changed_content_of_a_loaded_delivery_is_quarantined_and_the_first_stays(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    world.ledger.set_state(bulk, Fate(State.LOADED))
    first = (world.row(bulk), world.ledger.files(bulk))
    world.send_acme(1, "bulk", text="other")
    world.look(feed)
    again = world.look(feed)
    assert (again.changed, again.files_read) == ((), 0)
    assert (world.row(bulk), world.ledger.files(bulk)) == first
    (aside,) = world.ledger.deliveries("acme", [State.QUARANTINED])
    assert aside.delivery_id.startswith(f"{bulk}#")
    assert aside.reason == "HASH_CHANGED"
    name = world.acme_file(1, "Entry", "bulk").name
    assert aside.detail == f"1 changed after they were proven: {name}"
    assert aside.to_do.startswith("ask the supplier which content is right; put the first one back")


def test_changed_content_of_a_waiting_delivery_is_not_loaded_until_the_first_is_back(
    world: World, feed: Supplier
) -> None:
    bulk, other = world.send_acme(1, "bulk"), world.send_acme(2, "bulk")
    world.look(feed)
    files = world.ledger.files(bulk)
    world.send_acme(1, "bulk", text="other")
    world.look(feed)
    assert world.row(bulk).reason == "HASH_CHANGED"
    assert [each.delivery_id for each in world.ledger.pending("acme")] == [other]
    assert world.ledger.files(bulk) == files
    world.send_acme(1, "bulk")
    world.look(feed)
    assert world.fate(bulk) == ("VALIDATED", "", "", "")


def test_files_gone_before_they_were_loaded_hold_until_they_are_back(
    world: World, feed: Supplier
) -> None:
    bulk, loaded = world.send_acme(1, "bulk"), world.send_acme(2, "bulk")
    world.look(feed)
    world.ledger.set_state(loaded, Fate(State.LOADED))
    folder = world.acme_file(1, "Entry", "bulk").parent
    folder.rename(world.home / "away")
    shutil.rmtree(world.acme_file(2, "Entry", "bulk").parent)
    world.look(feed)
    assert world.fate(bulk) == (
        "HELD",
        "FILES_GONE",
        "its folder is empty or gone",
        "put the files back into landing, or ask the supplier to send them again",
    )
    assert world.row(loaded).state == "LOADED"
    (world.home / "away").rename(folder)
    world.look(feed)
    assert world.row(bulk).state == "VALIDATED"
    world.acme_file(1, "Entry", "bulk").unlink()
    world.look(feed)
    assert world.row(bulk).reason == "FILES_GONE"
    assert world.row(bulk).detail == f"1 missing: {world.acme_file(1, 'Entry', 'bulk').name}"


# -- order ---------------------------------------------------------------------------------------


def test_a_delta_without_a_full_extract_before_it_is_held_until_one_comes(
    world: World, feed: Supplier
) -> None:
    delta = world.send_acme(2)
    other = world.send_acme(1, "bulk", group=GROUP[:-1] + "b")
    world.look(feed)
    state, reason, detail, to_do = world.fate(delta)
    assert (state, reason) == ("HELD", "BULK_MISSING")
    assert detail == f"a delta extract, and no full extract of {GROUP} before"
    assert to_do == "ask the supplier for a full extract of the group"
    assert world.row(other).state == "VALIDATED"
    world.send_acme(1, "bulk")
    world.look(feed)
    assert world.fate(delta) == ("VALIDATED", "", "", "")


def test_a_late_delivery_is_loaded_with_a_note(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    newer = world.send_acme(3)
    world.look(feed)
    world.ledger.set_state(newer, Fate(State.LOADED))
    late = world.send_acme(2)
    world.look(feed)
    assert world.fate(late) == (
        "VALIDATED",
        "OUT_OF_ORDER",
        "extracted before 2026-11-03 00:05 UTC, already loaded",
        "nothing; newer versions of a record win",
    )
    assert late in [each.delivery_id for each in world.ledger.pending("acme")]


def test_a_delivery_held_by_its_load_is_left_to_a_person(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    world.ledger.set_state(bulk, Fate(State.HELD, "LOAD_FAULT", "detail", "to do"))
    world.look(feed)
    assert world.fate(bulk) == ("HELD", "LOAD_FAULT", "detail", "to do")


def test_a_delivery_loaded_while_a_look_goes_on_stays_loaded(world: World, feed: Supplier) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    os.utime(world.acme_file(1, "Entry", "bulk"), ns=(5, 5))

    def load(*_: object) -> None:
        world.ledger.set_state(bulk, Fate(State.LOADED))

    notice(feed, world.settings, world.ledger, progress=load)
    assert world.row(bulk).state == "LOADED"
    world.look(feed)
    assert [event.to_state for event in world.ledger.events(bulk)] == [
        "SEEN",
        "VALIDATED",
        "LOADED",
    ]


def test_looks_at_the_same_time_enter_each_delivery_once(world: World, feed: Supplier) -> None:
    world.send_acme(1, "bulk")
    world.send_acme(2)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: world.look(feed), range(4)))
    assert sorted(report.files_read for report in reports) == [0, 0, 0, 6]
    assert [event.to_state for event in world.ledger.events()] == [
        "SEEN",
        "SEEN",
        "VALIDATED",
        "VALIDATED",
    ]


# -- refused -------------------------------------------------------------------------------------


def test_a_refused_supplier_is_entered_and_not_opened_until_it_may(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    report = world.look(feed, lambda _: ("V_NOT_LIVE", "the supplier is not live"))
    assert report.files_read == 0
    state, reason, detail, to_do = world.fate(bulk)
    assert (state, reason, detail) == ("REFUSED", "V_NOT_LIVE", "the supplier is not live")
    assert to_do.startswith("take the files out of landing")
    world.look(feed, lambda _: ("", ""))
    assert world.fate(bulk) == ("VALIDATED", "", "", "")


def test_folders_of_suppliers_without_a_feed_are_refused_unopened(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    landing = world.home / "landing"
    for name in ("vision/FULL_1_A99001.zip", "medicus/A99002/20261101/coded_entry.csv", "loose"):
        path = landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\xff")
        path.chmod(0)
    answers = {"vision": ("V_EXCLUDED", "excluded"), "medicus": ("V_NOT_LIVE", "not live")}

    def refusal(folder: str) -> tuple[str, str]:
        return answers.get(folder, ("V_SUPPLIER_UNKNOWN", "unknown"))

    report = refuse_strangers(landing, {"acme"}, world.ledger, refusal)
    assert report.by_state == {"REFUSED": 3}
    again = refuse_strangers(landing, {"acme"}, world.ledger, refusal)
    assert (again.changed, again.unchanged) == ((), 3)
    world.look(feed)
    assert world.fates() == {
        bulk.replace(f"{GROUP}/", ""): "VALIDATED",
        "vision/FULL_1_A99001.zip": "REFUSED V_EXCLUDED",
        "medicus/A99002/20261101": "REFUSED V_NOT_LIVE",
        "loose": "REFUSED V_SUPPLIER_UNKNOWN",
    }
    assert world.row("vision/FULL_1_A99001.zip").supplier == "vision"
    assert [each.sha256 for each in world.ledger.files("medicus/A99002/20261101")] == [""]
