"""Deliveries that come again, change, go, or come out of order; suppliers that are refused."""

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
from tests.unit.landing.world import ACME, GROUP, World, acme


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return acme(tmp_path / "code/acme")


def header(table: str) -> list[str]:
    return [name for name, _ in ACME[table]]


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
    assert aside.to_do.startswith("ask the supplier which content is right; take the new one")


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


def test_a_delivery_held_by_its_load_is_left_to_the_next_load(world: World, feed: Supplier) -> None:
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


def test_what_waited_when_its_supplier_was_refused_comes_back_with_it(
    world: World, feed: Supplier
) -> None:
    bulk = world.send_acme(1, "bulk")
    given_up, waiting = world.send_acme(2), world.send_acme(3)
    world.look(feed)
    world.ledger.set_state(given_up, Fate(State.ABANDONED, "", "two persons gave it up"))
    world.ledger.set_state(waiting, Fate(State.HELD, "LOAD_FAULT", "a load was given up"))
    before = world.fates()
    report = world.look(feed, lambda _: ("V_NOT_LIVE", "suspended"))
    assert report.files_read == 0
    assert world.fate(bulk)[:2] == ("REFUSED", "V_NOT_LIVE")
    # what was decided before stays decided
    assert world.fate(given_up)[0] == "ABANDONED"
    assert world.fate(waiting)[:2] == ("HELD", "LOAD_FAULT")
    world.look(feed, lambda _: ("", ""))
    assert world.fates() == before


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
