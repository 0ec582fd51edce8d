"""A table that waits while the other tables of its delivery go on, as the ledger sees it."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from lds_assets.landing.parts import cut
from lds_assets.landing.states import Fate, PracticeRecord, State
from lds_assets.suppliers.contract import CanonicalFeed, LookUp
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import World, as_csv, bolt

BOTH = {"SRPatient": "Y", "SRCode": "Y", "SRVisit": "Y"}
PARTS = ("SRPatient", "SRCode", "SRVisit")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    """A feed whose codes are found by patients: without patients nothing goes on."""
    made = bolt(tmp_path / "code/bolt")
    (made.folder / "canonical").mkdir()
    (made.folder / "canonical/observation.sql").write_text("select * from raw.sr_code")
    looks_up = {"SRPatient": LookUp(local=("RowId",), foreign=("RowId",))}
    observation = CanonicalFeed(table="observation", source="SRCode", looks_up=looks_up)
    definition = made.definition.model_copy(update={"canonical": (observation,)})
    return replace(made, definition=definition)


def three_days(world: World) -> tuple[str, str, str]:
    """Send a full extract and two deltas of every table; return the ids of the deltas, and more."""
    full = world.send_bolt(1, None, dict.fromkeys(BOTH, "N"))
    return full, world.send_bolt(2, 1, BOTH), world.send_bolt(3, 2, BOTH)


def load(world: World, *identities: str) -> None:
    """Say that deliveries were loaded."""
    for identity in identities:
        world.ledger.assign_load_sequence(identity)
        world.ledger.set_state(identity, State.LOADED)


def names(world: World, identity: str) -> list[str]:
    return [file.name for file in world.ledger.files(identity)]


def test_a_missing_file_stops_its_table_and_no_other(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    assert world.fates() == {
        full: "VALIDATED",
        second: "VALIDATED",
        f"{second}+SRCode": "INCOMPLETE FILES_MISSING",
        third: "VALIDATED",
        f"{third}+SRCode": "HELD DATE_GAP",
    }
    assert world.fate(f"{second}+SRCode")[2] == "SRCode is listed and not there"
    assert world.fate(f"{third}+SRCode")[2] == (
        "SRCode: nothing from 2026-11-01 12:00 to 2026-11-02 12:00 UTC"
    )
    assert names(world, third) == [
        "SRManifest.csv",
        "SRMapping.csv",
        "SRPatient.csv",
        "SRVisit.csv",
    ]
    assert names(world, f"{third}+SRCode") == ["SRCode.csv"]
    assert names(world, f"{second}+SRCode") == []
    part, whole = world.row(f"{third}+SRCode"), world.row(third)
    assert (part.group_id, part.folder, part.extracted_at) == (
        whole.group_id,
        whole.folder,
        whole.extracted_at,
    )
    assert (part.window_from, part.window_to) == (whole.window_from, whole.window_to)
    assert (part.kind, whole.kind) == ("delta", "delta")


def test_a_second_look_reads_and_changes_nothing(world: World, feed: Supplier) -> None:
    three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    before = world.fates()
    entered = len(world.ledger.events())
    again = world.look(feed)
    assert (again.files_read, again.changed, world.fates()) == (0, (), before)
    assert len(world.ledger.events()) == entered


def test_the_file_that_comes_lets_its_table_go_on(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    path = world.bolt_file(2, "SRCode")
    kept = path.read_bytes()
    path.unlink()
    world.look(feed)
    load(world, full, second, third)
    path.write_bytes(kept)
    assert world.look(feed).files_read == 1
    late = "VALIDATED OUT_OF_ORDER"
    assert world.fates() == {
        full: "LOADED",
        second: "LOADED",
        f"{second}+SRCode": late,
        third: "LOADED",
        f"{third}+SRCode": "VALIDATED",
    }
    # the order of loading is that of extraction
    assert [each.delivery_id for each in world.ledger.pending("bolt")] == [
        f"{second}+SRCode",
        f"{third}+SRCode",
    ]


def test_a_file_that_cannot_be_read_waits_alone_until_it_can(world: World, feed: Supplier) -> None:
    _, second, _ = three_days(world)
    path = world.bolt_file(2, "SRVisit")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])  # inside a quoted field
    world.look(feed)
    assert world.row(second).state == "VALIDATED"
    told = world.fate(f"{second}+SRVisit")
    assert told[:3] == (
        "HELD",
        "TRUNCATED",
        "SRVisit.csv: the last line does not end in a line end",
    )
    world.look(feed)
    assert world.fate(f"{second}+SRVisit") == told
    assert len(world.ledger.events(f"{second}+SRVisit")) == 1
    assert names(world, f"{second}+SRVisit") == ["SRVisit.csv"]
    path.write_bytes(whole)
    world.look(feed)
    assert world.row(f"{second}+SRVisit").state == "VALIDATED"


def test_a_file_that_others_look_things_up_in_keeps_all_back(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    world.bolt_file(2, "SRPatient").unlink()
    world.look(feed)
    assert world.fates() == {
        full: "VALIDATED",
        second: "INCOMPLETE FILES_MISSING",
        third: "HELD DATE_GAP",
    }


@pytest.mark.parametrize("table", ["SRMapping", "SRManifest"])
def test_a_file_of_nobody_and_the_manifest_keep_all_back(
    world: World, feed: Supplier, table: str
) -> None:
    _, second, third = three_days(world)
    world.bolt_file(2, table).unlink()
    world.look(feed)
    assert world.fates()[second] == "INCOMPLETE FILES_MISSING"
    assert world.fates()[third] == "HELD DATE_GAP"
    assert len(world.fates()) == 3


def test_a_second_fault_of_a_needed_file_keeps_all_back(world: World, feed: Supplier) -> None:
    _, second, _ = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.bolt_file(2, "SRPatient").unlink()
    world.look(feed)
    assert world.fate(second)[:3] == ("INCOMPLETE", "FILES_MISSING", "2 missing: SRCode, SRPatient")
    assert f"{second}+SRCode" not in world.fates()


def test_a_full_extract_is_taken_whole(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    again = world.send_bolt(4, None, dict.fromkeys(BOTH, "N"))
    for day in (1, 4):
        world.bolt_file(day, "SRCode").unlink()
    world.look(feed)
    assert world.fates() == {
        full: "INCOMPLETE FILES_MISSING",
        second: "HELD BULK_MISSING",
        third: "HELD BULK_MISSING",
        again: "INCOMPLETE FILES_MISSING",
    }


def test_a_window_that_never_came_stops_every_table(world: World, feed: Supplier) -> None:
    full, _second, third = three_days(world)
    shutil.rmtree(world.bolt_file(2, "SRCode").parent)
    world.look(feed)
    assert world.fates() == {full: "VALIDATED", third: "HELD DATE_GAP"}


def test_a_table_left_out_of_a_window_is_no_gap(world: World, feed: Supplier) -> None:
    full = world.send_bolt(1, None, dict.fromkeys(BOTH, "N"))
    second = world.send_bolt(2, 1, {"SRPatient": "Y", "SRVisit": "Y"})
    world.send_bolt(3, 2, BOTH)
    world.look(feed)
    assert set(world.fates().values()) == {"VALIDATED"}
    assert (full, second) == tuple(sorted(world.fates()))[:2]


def test_a_table_met_first_in_a_part_has_a_chain_from_there(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)  # SRPatient and SRCode
    second, third = world.send_bolt(2, 1, BOTH), world.send_bolt(3, 2, BOTH)
    world.bolt_file(2, "SRVisit").unlink()
    world.look(feed)
    assert world.fates()[f"{second}+SRVisit"] == "INCOMPLETE FILES_MISSING"
    assert world.fate(f"{third}+SRVisit")[1:3] == (
        "DATE_GAP",
        "SRVisit: nothing from 2026-11-01 12:00 to 2026-11-02 12:00 UTC",
    )


def test_a_part_given_up_lets_the_later_ones_go_on(world: World, feed: Supplier) -> None:
    _, second, third = three_days(world)
    fourth = world.send_bolt(4, 3, BOTH)
    for day in (2, 3):
        world.bolt_file(day, "SRCode").unlink()
    world.look(feed)
    give_up(world, f"{third}+SRCode")
    world.look(feed)
    # an earlier one waits still
    assert world.fates()[f"{fourth}+SRCode"] == "HELD DATE_GAP"
    give_up(world, f"{second}+SRCode")
    world.look(feed)
    assert world.fates()[f"{fourth}+SRCode"] == "VALIDATED"


def give_up(world: World, identity: str) -> None:
    """Let two persons give a delivery up."""
    row = world.row(identity)
    world.ledger.set_state(identity, Fate(State.ABANDONED, row.reason, "given up"))


def test_a_part_given_up_that_comes_again_waits_for_a_decision(
    world: World, feed: Supplier
) -> None:
    _, second, _ = three_days(world)
    path = world.bolt_file(2, "SRCode")
    kept = path.read_bytes()
    path.unlink()
    world.look(feed)
    give_up(world, f"{second}+SRCode")
    path.write_bytes(kept)
    world.look(feed)
    found = [e for e in world.ledger.deliveries() if e.reason == "REARRIVED"]
    assert [(e.state, e.delivery_id.rpartition("#")[0]) for e in found] == [
        ("QUARANTINED", f"{second}+SRCode")
    ]
    assert world.row(second).state == "VALIDATED"


def test_the_window_sent_again_whole_gives_its_missing_table(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    aside = world.home / "again"
    shutil.copytree(world.bolt_file(2, "SRCode").parent, aside)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    load(world, full, second, third)
    shutil.copytree(aside, world.home / "landing/bolt/g1/20261108_0900")
    world.look(feed)
    again = "bolt/g1/20261108T090000"
    assert world.fates() == {
        full: "LOADED",
        second: "LOADED",
        f"{second}+SRCode": "SUPERSEDED COVERED",
        third: "LOADED",
        f"{third}+SRCode": "VALIDATED",
        again: "SUPERSEDED REPEATED",
        f"{again}+SRCode": "VALIDATED OUT_OF_ORDER",
    }
    before = world.fates()
    assert world.look(feed).files_read == 0
    assert world.fates() == before


def test_a_window_given_up_for_a_table_and_sent_again_waits_for_a_decision(
    world: World, feed: Supplier
) -> None:
    _, second, _ = three_days(world)
    aside = world.home / "again"
    shutil.copytree(world.bolt_file(2, "SRCode").parent, aside)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    give_up(world, f"{second}+SRCode")
    shutil.copytree(aside, world.home / "landing/bolt/g1/20261108_0900")
    world.look(feed)
    again = "bolt/g1/20261108T090000"
    assert world.fates()[again] == "SUPERSEDED REPEATED"
    assert world.fates()[f"{again}+SRCode"] == "QUARANTINED REARRIVED"


def test_a_full_file_that_a_practice_waits_for_covers_nothing_yet(
    world: World, feed: Supplier
) -> None:
    full, second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    mixed = world.send_bolt(4, 3, BOTH | {"SRCode": "N"})
    world.look(feed)
    load(world, full, second, third, mixed)
    world.ledger.record_practice(PracticeRecord(mixed, "A99001", "HELD", "FALSE_FULL"))
    world.look(feed)
    assert world.fates()[f"{second}+SRCode"] == "INCOMPLETE FILES_MISSING"
    assert world.fates()[f"{third}+SRCode"] == "HELD DATE_GAP"
    world.ledger.record_practice(PracticeRecord(mixed, "A99001", "LOADED"))
    world.look(feed)
    assert world.fates()[f"{second}+SRCode"] == "SUPERSEDED COVERED"


def test_a_delivery_that_another_run_moved_is_not_cut(world: World, feed: Supplier) -> None:
    _, _second, third = three_days(world)
    world.look(feed)
    row, files = world.row(third), world.ledger.files(third)
    pieces = cut(row, files, {"SRCode"}, BOTH)
    load(world, third)
    assert world.ledger.record_pieces(pieces, expected=row.state) == []
    assert world.ledger.record_pieces(pieces) == []  # as if it were not known
    assert world.ledger.files(third) == files
    assert f"{third}+SRCode" not in world.fates()


def test_the_same_window_again_is_nothing_new(world: World, feed: Supplier) -> None:
    _, _second, _third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    aside = world.home / "landing/bolt/g1/20261109_0900"
    shutil.copytree(world.bolt_file(3, "SRCode").parent, aside)
    world.look(feed)
    again = "bolt/g1/20261109T090000"
    assert world.fates()[again] == "SUPERSEDED REPEATED"
    # its twin waits, and so does it; none is told to be another content
    assert world.fates()[f"{again}+SRCode"] == "HELD DATE_GAP"
    assert "HASH_CHANGED" not in " ".join(world.fates().values())


def test_the_same_files_touched_or_copied_again_change_nothing(
    world: World, feed: Supplier
) -> None:
    _, _second, _third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    before = world.fates()
    for table in ("SRCode", "SRPatient", "SRManifest"):
        os.utime(world.bolt_file(3, table), ns=(1, 1))
    world.look(feed)
    assert world.fates() == before


def test_another_content_of_a_part_is_set_aside_as_its_version(
    world: World, feed: Supplier
) -> None:
    _, _second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    load(world, third)
    rows = [["RowId", "Practice", "Text", "Removed"], ["1", "A99001", "other", "0"]]
    world.bolt_file(3, "SRCode").write_bytes(as_csv(rows, "windows-1252"))
    world.look(feed)
    assert world.row(third).state == "LOADED"
    assert world.row(f"{third}+SRCode").reason == "HASH_CHANGED"
    found = [e for e in world.ledger.deliveries() if "#" in e.delivery_id]
    assert [(e.state, e.delivery_id.rpartition("#")[0]) for e in found] == [
        ("QUARANTINED", f"{third}+SRCode")
    ]


def test_files_that_go_away_hold_the_part_and_not_what_is_loaded(
    world: World, feed: Supplier
) -> None:
    _, _second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    load(world, third)
    path = world.bolt_file(3, "SRCode")
    kept = path.read_bytes()
    path.unlink()
    world.look(feed)
    assert world.fates()[f"{third}+SRCode"] == "HELD FILES_GONE"
    assert world.fates()[third] == "LOADED"
    path.write_bytes(kept)
    world.look(feed)
    assert world.fates()[f"{third}+SRCode"] == "HELD DATE_GAP"


def test_a_full_file_covers_the_part_once_everybody_has_it(world: World, feed: Supplier) -> None:
    full, second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    mixed = world.send_bolt(4, 3, BOTH | {"SRCode": "N"})
    fifth = world.send_bolt(5, 4, BOTH)
    world.look(feed)
    # the full file begins the table's chain anew; what lies before it waits until it is loaded
    assert world.fates()[mixed] == "VALIDATED"
    assert world.fates()[fifth] == "VALIDATED"
    assert world.fates()[f"{third}+SRCode"] == "HELD DATE_GAP"
    load(world, full, second, third, mixed, fifth)
    world.look(feed)
    assert world.fates()[f"{second}+SRCode"] == "SUPERSEDED COVERED"
    assert world.fates()[f"{third}+SRCode"] == "VALIDATED OUT_OF_ORDER"


def test_a_part_waits_for_its_delivery(world: World, feed: Supplier) -> None:
    _, second, _third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    others = [["RowId", "Practice", "Surname", "Removed"], ["1", "A99001", "other", "0"]]
    world.bolt_file(2, "SRPatient").write_bytes(as_csv(others, "windows-1252"))
    rows = [["RowId", "Practice", "Text", "Removed"], ["1", "A99001", "text", "0"]]
    world.bolt_file(2, "SRCode").write_bytes(as_csv(rows, "windows-1252"))
    world.look(feed)
    assert world.fates()[second] == "HELD HASH_CHANGED"
    assert world.fate(f"{second}+SRCode")[:3] == (
        "HELD",
        "DATE_GAP",
        f"waits for {second}, which does not go on",
    )


def test_a_look_that_is_killed_leaves_a_delivery_whole_or_cut(
    world: World, feed: Supplier, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, third = three_days(world)
    world.bolt_file(2, "SRCode").unlink()
    real = world.ledger.__class__.record_pieces
    tried = []

    def dies(*arguments: object) -> list[object]:
        tried.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(world.ledger.__class__, "record_pieces", dies)
    with pytest.raises(KeyboardInterrupt):
        world.look(feed)
    assert tried
    monkeypatch.setattr(world.ledger.__class__, "record_pieces", real)
    world.look(feed)
    assert world.fates()[f"{second}+SRCode"] == "INCOMPLETE FILES_MISSING"
    assert world.fates()[third] == "VALIDATED"
