"""Deliveries with a manifest: what it lists is there, agrees with itself, and leaves no gap."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from lds_assets.landing.states import Fate, State
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import World, as_csv, bolt


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return bolt(tmp_path / "code/bolt")


def load(world: World, *deliveries: str) -> None:
    for each in deliveries:
        world.ledger.set_state(each, Fate(State.LOADED))


def manifest(world: World, day: int, *rows: list[str]) -> None:
    head = ["FileName", "IsDelta", "IsReference", "From", "To"]
    world.bolt_file(day, "SRManifest").write_bytes(as_csv([head, *rows]))


def test_full_and_deltas_in_an_unbroken_chain_are_proven(world: World, feed: Supplier) -> None:
    full, one, two = world.send_bolt(1, None), world.send_bolt(2, 1), world.send_bolt(3, 2)
    world.look(feed)
    assert set(world.fates().values()) == {"VALIDATED"}
    assert [world.row(each).kind for each in (full, one, two)] == ["full", "delta", "delta"]
    row = world.row(two)
    assert (row.window_from, row.window_to) == (
        datetime(2026, 11, 2, 12),
        datetime(2026, 11, 3, 12),
    )
    kinds = {each.name: each.kind for each in world.ledger.files(two)}
    assert kinds == {
        "SRCode.csv": "delta",
        "SRManifest.csv": "manifest",
        "SRMapping.csv": "full",
        "SRPatient.csv": "delta",
    }


def test_times_are_of_the_feeds_zone_and_the_extract_time_is_the_windows_end(
    world: World, feed: Supplier
) -> None:
    full = world.send_bolt(1, None, folder="20261102_0300")
    place = world.home / "landing/bolt/g1/20261102_0300/SRManifest.csv"
    head = ["FileName", "IsDelta", "IsReference", "From", "To"]
    rows = [[name, "N", "N", "", "20260701_0130"] for name in ("SRPatient", "SRCode")]
    place.write_bytes(as_csv([head, *rows]))
    world.look(feed)
    assert full == "bolt/g1/20261102T030000"
    assert world.row(full).extracted_at == datetime(2026, 7, 1, 0, 30)  # summer time


def test_a_delivery_waits_for_its_manifest_and_for_every_file_it_lists(
    world: World, feed: Supplier
) -> None:
    full, whole = world.send_bolt(1, None), world.send_bolt(5, None)
    listing = world.bolt_file(1, "SRManifest").read_bytes()
    world.bolt_file(1, "SRManifest").unlink()
    world.look(feed)
    assert world.fate(full)[:3] == (
        "INCOMPLETE",
        "FILES_MISSING",
        "SRManifest.csv is not there; it comes last",
    )
    world.bolt_file(1, "SRManifest").write_bytes(listing)
    kept = {name: world.bolt_file(1, name).read_bytes() for name in ("SRCode", "SRMapping")}
    for name in kept:
        world.bolt_file(1, name).unlink()
    world.look(feed)
    state, reason, detail, to_do = world.fate(full)
    assert (state, reason, detail) == (
        "INCOMPLETE",
        "FILES_MISSING",
        "2 missing: SRCode, SRMapping",
    )
    assert to_do.startswith("wait for the copy to end")
    assert world.row(whole).state == "VALIDATED"
    for name, data in kept.items():
        world.bolt_file(1, name).write_bytes(data)
    world.look(feed)
    assert world.row(full).state == "VALIDATED"


BAD = {
    "other ends": (
        [["SRPatient", "N", "N", "", "20261105_1200"], ["SRCode", "N", "N", "", "20261104_1200"]],
        "To has 2 different values, not one",
    ),
    "no end": (
        [["SRPatient", "N", "N", "", ""], ["SRCode", "N", "N", "", ""]],
        "To has 0 different values, not one",
    ),
    "other starts": (
        [
            ["SRPatient", "Y", "N", "20261103_1200", "20261105_1200"],
            ["SRCode", "Y", "N", "20261104_1200", "20261105_1200"],
        ],
        "From has 2 different values among deltas, not one",
    ),
    "delta without a start": (
        [["SRPatient", "Y", "N", "", "20261105_1200"], ["SRCode", "N", "N", "", "20261105_1200"]],
        "line 2 is a delta without From",
    ),
    "neither full nor delta": (
        [["SRPatient", "", "N", "", "20261105_1200"], ["SRCode", "N", "N", "", "20261105_1200"]],
        "line 2: IsDelta is neither Y nor N",
    ),
    "no date": (
        [["SRPatient", "N", "N", "", "5 Nov"], ["SRCode", "N", "N", "", "20261105_1200"]],
        "line 2 has a date not of the form",
    ),
    "listed twice": (
        [
            ["SRPatient", "N", "N", "", "20261105_1200"],
            ["srpatient", "N", "N", "", "20261105_1200"],
        ],
        "line 3 lists a file for the second time",
    ),
    "not listed": (
        [["SRPatient", "N", "N", "", "20261105_1200"]],
        "not in the manifest: SRCode.csv",
    ),
    "short row": ([["SRPatient", "N", "N", "", "20261105_1200"], ["SRCode", "N"]], ""),
}


@pytest.mark.parametrize("how", BAD)
def test_a_manifest_that_contradicts_itself_holds_its_delivery_alone(
    world: World, feed: Supplier, how: str
) -> None:
    whole, faulty = world.send_bolt(1, None), world.send_bolt(5, None)
    rows, told = BAD[how]
    manifest(world, 5, *rows)
    world.look(feed)
    state, reason, detail, to_do = world.fate(faulty)
    if how == "short row":  # the last record is short: taken as cut off
        assert (state, reason) == ("HELD", "TRUNCATED")
    else:
        assert (state, reason, detail) == ("HELD", "MANIFEST", told)
        assert to_do == "ask the sender of the delivery for a manifest that agrees with its files"
    assert world.row(whole).state == "VALIDATED"


def test_a_manifest_without_a_column_is_held(world: World, feed: Supplier) -> None:
    full = world.send_bolt(1, None)
    rows = [["FileName", "IsDelta", "To"], ["SRPatient", "N", "20261101_1200"]]
    world.bolt_file(1, "SRManifest").write_bytes(as_csv(rows))
    world.look(feed)
    assert world.fate(full)[:3] == ("HELD", "MANIFEST", "the manifest lacks From")


def test_files_exempt_from_dates_and_files_not_loaded_do_not_hold(
    world: World, feed: Supplier
) -> None:
    full = world.send_bolt(1, None)
    world.bolt_file(1, "SRUnused").write_bytes(b"anything")
    world.bolt_file(1, "SRNewKind").write_bytes(b"anything")
    rows = [[name, "N", "N", "", "20261101_1200"] for name in ("SRPatient", "SRCode", "SRNewKind")]
    manifest(world, 1, *rows, ["SRUnused", "Y", "N", "", ""])
    world.look(feed)
    assert world.fate(full) == ("VALIDATED", "", "", "")
    states = {each.name: (each.state, each.reason) for each in world.ledger.files(full)}
    assert states["SRUnused.csv"] == ("IGNORED", "NOT_LOADED")
    assert states["SRNewKind.csv"] == ("IGNORED", "UNKNOWN_TABLE")


def _unused_listed(world: World, day: int, start: int | None) -> str:
    """Send a delivery that lists a table which is not loaded, and does not hold its file."""
    identity = world.send_bolt(day, start)
    told = ["N", "N", "", f"202611{day:02}_1200"]
    if start is not None:
        told = ["Y", "N", f"202611{start:02}_1200", f"202611{day:02}_1200"]
    manifest(world, day, *([name, *told] for name in ("SRPatient", "SRCode", "SRUnused")))
    return identity


def _told(world: World, identity: str) -> list[tuple[str, str]]:
    events = world.ledger.events(identity)
    return [(each.to_state, each.detail) for each in events if each.subject == "manifest"]


def test_nothing_waits_for_a_listed_file_of_a_table_that_is_not_loaded(
    world: World, feed: Supplier
) -> None:
    full, delta = _unused_listed(world, 1, None), _unused_listed(world, 2, 1)
    world.look(feed)
    assert world.fates() == {full: "VALIDATED", delta: "VALIDATED"}
    told = ("PASSED_OVER", "listed and not there, of tables that are not loaded: SRUnused")
    assert _told(world, full) == _told(world, delta) == [told]
    assert world.look(feed).changed == ()
    assert _told(world, full) == [told]


def test_such_a_file_that_comes_late_changes_nothing_but_is_known(
    world: World, feed: Supplier
) -> None:
    full, delta = _unused_listed(world, 1, None), _unused_listed(world, 2, 1)
    world.look(feed)
    before = {identity: world.row(identity) for identity in (full, delta)}
    for day in (1, 2):
        world.bolt_file(day, "SRUnused").write_bytes(b"anything")
    assert world.look(feed).changed == ()
    assert world.fates() == {full: "VALIDATED", delta: "VALIDATED"}
    for identity, row in before.items():
        assert world.row(identity).content_hash == row.content_hash
        states = {each.name: (each.state, each.reason) for each in world.ledger.files(identity)}
        assert states["SRUnused.csv"] == ("IGNORED", "NOT_LOADED")
    again = world.look(feed)
    assert (again.files_read, again.changed) == (0, ())
    # what came and was looked at is not to change any more
    world.bolt_file(2, "SRUnused").write_bytes(b"another")
    world.look(feed)
    assert world.fates()[delta] == "HELD HASH_CHANGED"


def test_the_chain_of_a_table_that_is_not_loaded_holds_nothing(
    world: World, feed: Supplier
) -> None:
    """Its file came with the first and the third delivery, and not with the second, a full one."""
    first, second, third = (
        _unused_listed(world, 1, None),
        _unused_listed(world, 2, None),
        _unused_listed(world, 3, 2),
    )
    for day in (1, 3):
        world.bolt_file(day, "SRUnused").write_bytes(b"anything")
    world.look(feed)
    assert world.fates() == {first: "VALIDATED", second: "VALIDATED", third: "VALIDATED"}


def test_a_listed_file_of_a_table_nobody_knows_is_waited_for(world: World, feed: Supplier) -> None:
    """It may be one that is loaded, under another name."""
    full = world.send_bolt(1, None)
    told = ["N", "N", "", "20261101_1200"]
    manifest(world, 1, *([name, *told] for name in ("SRPatient", "SRCode", "SRCodes")))
    world.look(feed)
    assert world.fate(full)[:3] == ("INCOMPLETE", "FILES_MISSING", "1 missing: SRCodes")


def test_a_delta_exempt_from_dates_has_no_part_in_the_common_window(
    world: World, feed: Supplier
) -> None:
    world.send_bolt(1, None)
    delta = world.send_bolt(2, 1)
    world.bolt_file(2, "SRUnused").write_bytes(b"anything")
    rows = [[name, "Y", "N", "20261101_1200", "20261102_1200"] for name in ("SRPatient", "SRCode")]
    manifest(world, 2, *rows, ["SRUnused", "Y", "N", "", ""])
    world.look(feed)
    assert world.fate(delta) == ("VALIDATED", "", "", "")


def test_a_delta_that_cannot_tell_deletions_is_refused_and_a_full_one_is_not(
    world: World, feed: Supplier
) -> None:
    full, delta = world.send_bolt(1, None), world.send_bolt(2, 1)
    for day in (1, 2):
        rows = [["RowId", "Practice", "Text"], ["1", "A99001", "text"]]
        world.bolt_file(day, "SRCode").write_bytes(as_csv(rows))
    world.look(feed)
    assert world.row(full).state == "VALIDATED"
    state, reason, detail, to_do = world.fate(delta)
    assert (state, reason) == ("REFUSED", "DELETES_MISSING")
    assert detail.startswith("SRCode.csv: ") and "Removed" in detail
    assert "removed data switched on" in to_do


def test_windows_1252_text_is_accepted_and_its_undefined_bytes_are_not(
    world: World, feed: Supplier
) -> None:
    good, bad = world.send_bolt(1, None, text="caf\u00e9 \u20ac"), world.send_bolt(2, None)
    path = world.bolt_file(2, "SRCode")
    path.write_bytes(path.read_bytes() + b'"2","A99001","\x81","0"\r\n')
    world.look(feed)
    assert world.row(good).state == "VALIDATED"
    assert world.fate(bad)[:3] == (
        "QUARANTINED",
        "ENCODING",
        "SRCode.csv: line 3 is not windows-1252",
    )


# -- the chain -----------------------------------------------------------------------------------


def test_a_gap_holds_the_group_until_the_missing_window_comes(world: World, feed: Supplier) -> None:
    full = world.send_bolt(1, None)
    after, later = world.send_bolt(3, 2), world.send_bolt(4, 3)
    world.look(feed)
    state, reason, detail, to_do = world.fate(after)
    assert (state, reason) == ("HELD", "DATE_GAP")
    assert detail == (
        "nothing from 2026-11-01 12:00 to 2026-11-02 12:00 UTC for 2 files, first srcode"
    )
    assert to_do == "ask the sender for the missing window or for a full extract"
    assert world.row(later).reason == "DATE_GAP"
    load(world, full)
    missing = world.send_bolt(2, 1)
    world.look(feed)
    assert [each.delivery_id for each in world.ledger.pending("bolt")] == [missing, after, later]


def test_a_gap_holds_its_group_only(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)
    held = world.send_bolt(3, 2)
    root = world.home / "landing/bolt"
    shutil.copytree(root / "g1/20261101_1200", root / "g2/20261101_1200")
    world.look(feed)
    assert world.row(held).state == "HELD"
    assert world.row("bolt/g2/20261101T120000").state == "VALIDATED"


def test_a_full_extract_ends_a_gap(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)
    held, again, after = world.send_bolt(3, 2), world.send_bolt(4, None), world.send_bolt(5, 4)
    world.look(feed)
    assert world.row(held).reason == "DATE_GAP"
    assert world.row(again).state == "VALIDATED"
    assert world.row(after).state == "VALIDATED"


def test_a_full_file_restarts_the_chain_of_that_file_only(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)  # SRPatient and SRCode reach day 1
    code = world.send_bolt(3, None, {"SRCode": "N"})  # SRCode alone reaches day 3
    of_code = world.send_bolt(4, 3, {"SRCode": "Y"})
    of_both = world.send_bolt(5, 4)
    world.look(feed)
    assert world.row(code).state == "VALIDATED"
    assert world.row(of_code).state == "VALIDATED"
    assert world.row(of_both).state == "VALIDATED"
    state, reason, detail, _ = world.fate(f"{of_both}+SRPatient")
    assert (state, reason) == ("HELD", "DATE_GAP")
    assert detail == "SRPatient: nothing from 2026-11-01 12:00 to 2026-11-04 12:00 UTC"


def test_a_file_not_met_before_starts_where_its_group_was_whole(
    world: World, feed: Supplier
) -> None:
    world.send_bolt(1, None)
    world.send_bolt(3, None, {"SRCode": "N"})
    visit = world.send_bolt(4, 3, {"SRVisit": "Y"})
    world.look(feed)
    assert world.row(visit).reason == "DATE_GAP"
    world.send_bolt(3, None, folder="20261103_1300")
    world.look(feed)
    assert world.row(visit).state == "VALIDATED"


def test_a_mixed_delivery_follows_the_chain_of_its_deltas(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)
    mixed = world.send_bolt(2, 1, {"SRPatient": "Y", "SRCode": "N"})
    after = world.send_bolt(3, 2)
    world.look(feed)
    assert (world.row(mixed).state, world.row(mixed).kind) == ("VALIDATED", "mixed")
    assert world.row(after).state == "VALIDATED"


def test_a_file_absent_from_a_delta_had_no_change(world: World, feed: Supplier) -> None:
    world.send_bolt(1, None)
    world.send_bolt(2, 1, {"SRPatient": "Y"})
    both = world.send_bolt(3, 2, {"SRPatient": "Y", "SRCode": "Y", "SRVisit": "Y"})
    world.look(feed)
    assert world.row(both).state == "VALIDATED"


def test_an_overlap_is_accepted_with_a_note(world: World, feed: Supplier) -> None:
    world.send_bolt(2, None)
    over = world.send_bolt(3, 1)
    world.look(feed)
    assert world.fate(over) == (
        "VALIDATED",
        "OVERLAP",
        "window starts at 2026-11-01 12:00 UTC, inside the one before",
        "nothing; newer versions of a record win",
    )


def test_the_same_window_again_is_repeated_or_quarantined_by_its_content(
    world: World, feed: Supplier
) -> None:
    world.send_bolt(1, None)
    delta = world.send_bolt(2, 1)
    world.look(feed)
    load(world, delta)
    same = world.send_bolt(2, 1, folder="20261108_0900")
    other = world.send_bolt(2, 1, folder="20261109_0900", text="other")
    world.look(feed)
    assert world.fate(same)[:3] == ("SUPERSEDED", "REPEATED", f"same content as {delta}")
    assert world.fate(other)[:3] == (
        "QUARANTINED",
        "HASH_CHANGED",
        f"another content than {delta}, which has the same window",
    )
    assert world.row(delta).state == "LOADED"


def test_a_group_that_starts_with_a_delta_is_held(world: World, feed: Supplier) -> None:
    delta = world.send_bolt(2, 1)
    world.look(feed)
    assert world.fate(delta)[:3] == (
        "HELD",
        "BULK_MISSING",
        "a delta extract, and no full extract of g1 before",
    )


def test_the_kind_is_that_of_practices_records_not_of_code_lists(
    world: World, feed: Supplier
) -> None:
    world.send_bolt(1, None)
    delta = world.send_bolt(2, 1)
    rows = [[name, "Y", "N", "20261101_1200", "20261102_1200"] for name in ("SRPatient", "SRCode")]
    manifest(world, 2, *rows, ["SRMapping", "N", "Y", "", "20261102_1200"])
    world.look(feed)
    assert (world.row(delta).state, world.row(delta).kind) == ("VALIDATED", "delta")
