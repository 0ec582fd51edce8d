"""What people decide about a whole delivery, and what the next look makes of it."""

import os
import shutil
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.guards import deliveries
from lds_assets.guards.holds import Persons
from lds_assets.landing.states import Fate, PracticeRecord, Reason, State
from lds_assets.platform import Platform
from lds_assets.suppliers.registry import Supplier
from tests.officers import add_officers
from tests.unit.landing.world import World, acme, as_csv, bolt

TWO = Persons("Ann", "Bert")
WHY = "the supplier cannot send it again"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return acme(tmp_path / "code/acme")


@pytest.fixture
def platform(world: World) -> Platform:
    engine = connect(f"sqlite:///{world.home / 'platform.db'}")
    register = Register(engine)
    add_officers(world.settings.governance)
    register.take_folder(world.settings.governance)
    return Platform(world.settings, engine, register, world.ledger, {})


def states(world: World) -> list[str]:
    return list(world.fates().values())


def change(world: World, day: int, kind: str = "delta") -> None:
    """Another content under the names of a delivery that was proven."""
    path = world.acme_file(day, "Entry", kind)
    path.write_bytes(as_csv([["EntryId", "Practice", "Text"], ["E1", "A99001", "corrected"]]))


def take_up(world: World, feed: Supplier, delivery_id: str, practice: str = "A99001") -> None:
    """Enter a delivery as loaded for a practice."""
    world.ledger.set_state(delivery_id, Fate(State.LOADED))
    world.ledger.record_practice(PracticeRecord(delivery_id, practice, "LOADED"))


# -- abandon -------------------------------------------------------------------------------------


def test_later_deliveries_go_on_without_an_incomplete_one(
    world: World, feed: Supplier, platform: Platform
) -> None:
    world.send_acme(1, "bulk")
    lost = world.send_acme(2)
    world.acme_file(2, "Entry").unlink()
    world.look(feed)

    deliveries.abandon(platform, lost, TWO, WHY)
    world.send_acme(3)
    world.look(feed)

    assert states(world) == ["VALIDATED", "ABANDONED FILES_MISSING", "VALIDATED"]
    event = platform.register.events()[-1]
    assert (event.entity_id, event.event_type, event.actor) == (lost, "abandoned", "Ann")
    assert (event.payload["second"], event.reason_text) == ("Bert", WHY)
    assert world.ledger.events(lost)[-1].to_state == "ABANDONED"


def test_one_person_twice_cannot_give_a_delivery_up(
    world: World, feed: Supplier, platform: Platform
) -> None:
    lost = world.send_acme(1, "bulk")
    world.acme_file(1, "Entry", "bulk").unlink()
    world.look(feed)

    with pytest.raises(Refused, match="S0-7"):
        deliveries.abandon(platform, lost, Persons("Ann", "ann"), WHY)

    assert states(world) == ["INCOMPLETE FILES_MISSING"]
    assert platform.register.events()[-1].event_type == "refused"


def test_two_persons_of_operations_cannot_give_a_delivery_up(
    world: World, feed: Supplier, platform: Platform
) -> None:
    lost = world.send_acme(1, "bulk")
    world.acme_file(1, "Entry", "bulk").unlink()
    world.look(feed)

    with pytest.raises(Refused, match="S0-8"):
        deliveries.abandon(platform, lost, Persons("Ann", "Bert", "OPS", "OPS"), WHY)


def test_a_proven_delivery_cannot_be_given_up(
    world: World, feed: Supplier, platform: Platform
) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)

    with pytest.raises(Refused) as refused:
        deliveries.abandon(platform, bulk, TWO, WHY)

    assert refused.value.code == "DELIVERY_NOT_WAITING"
    assert states(world) == ["VALIDATED"]


def test_a_delivery_nobody_knows_cannot_be_given_up(platform: Platform) -> None:
    with pytest.raises(Refused, match="no such delivery"):
        deliveries.abandon(platform, "acme/none", TWO, WHY)


def test_waiting_practices_are_settled_and_their_rows_counted_as_abandoned(
    world: World, feed: Supplier, platform: Platform
) -> None:
    held = world.send_acme(1, "bulk")
    world.look(feed)
    for practice, outcome in (("A99001", "LOADED"), ("A99002", "PENDING"), ("A99003", "DENIED")):
        world.ledger.record_practice(PracticeRecord(held, practice, outcome))
    account = world.ledger.record_account
    account(held, "Entry", "A99001", "raw", {"LANDED": 5, "KEPT": 5})
    account(held, "Entry", "A99002", "raw", {"LANDED": 7, "PENDING": 6, "BAD_VALUE": 1})
    account(held, "Entry", "A99003", "raw", {"LANDED": 2, "C_NONE": 2})
    world.ledger.set_state(held, Fate(State.HELD, Reason.LOAD_FAULT))

    deliveries.abandon(platform, held, TWO, WHY)

    counted = world.ledger.account("raw", held)
    assert counted[held, "Entry", "A99002"] == {"LANDED": 7, "ABANDONED": 6, "BAD_VALUE": 1}
    assert counted[held, "Entry", "A99001"] == {"LANDED": 5, "KEPT": 5}
    assert counted[held, "Entry", "A99003"] == {"LANDED": 2, "C_NONE": 2}
    assert world.ledger.balance("raw") == []
    outcomes = {code: each.outcome for code, each in world.ledger.outcomes(held).items()}
    assert outcomes == {"A99001": "LOADED", "A99002": "ABANDONED", "A99003": "DENIED"}


def test_the_missing_file_of_an_abandoned_delivery_is_told_when_it_comes(
    world: World, feed: Supplier, platform: Platform
) -> None:
    lost = world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    content = path.read_bytes()
    path.unlink()
    world.look(feed)
    deliveries.abandon(platform, lost, TWO, WHY)

    path.write_bytes(content)
    world.look(feed)
    world.look(feed)

    assert states(world) == ["ABANDONED FILES_MISSING", "QUARANTINED REARRIVED"]
    (_, again) = world.ledger.deliveries()
    assert deliveries.supersede(platform, again.delivery_id, "Ann", "OPS", WHY).other_id == lost
    world.look(feed)
    assert states(world) == ["SUPERSEDED REPLACED", "VALIDATED"]


def test_an_abandoned_delivery_sent_again_elsewhere_is_told(
    world: World, feed: Supplier, platform: Platform
) -> None:
    world.send_acme(1, "bulk")
    gone = world.send_acme(2)
    world.look(feed)
    folder = world.acme_file(2, "Entry").parent
    shutil.move(folder, world.home / "aside")
    world.look(feed)
    deliveries.abandon(platform, gone, TWO, WHY)

    shutil.move(world.home / "aside", folder.with_name("20261109"))
    world.look(feed)

    assert states(world) == ["VALIDATED", "ABANDONED FILES_GONE", "QUARANTINED REARRIVED"]


def test_the_chain_goes_on_across_the_window_of_an_abandoned_delivery(
    world: World, platform: Platform, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    world.send_bolt(1, None)
    lost = world.send_bolt(3, 2)  # the window of day 2 never came
    world.look(feed)
    world.send_bolt(4, 3)
    world.look(feed)
    assert states(world) == ["VALIDATED", "HELD DATE_GAP", "HELD DATE_GAP"]

    deliveries.abandon(platform, lost, TWO, WHY)
    world.look(feed)

    assert states(world) == ["VALIDATED", "ABANDONED DATE_GAP", "VALIDATED"]


def test_an_abandoned_full_delivery_does_not_begin_a_chain(
    world: World, platform: Platform, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    bulk = world.send_bolt(1, None)
    world.look(feed)
    shutil.rmtree(world.bolt_file(1, "SRCode").parent)
    world.look(feed)
    deliveries.abandon(platform, bulk, TWO, WHY)
    world.send_bolt(2, 1)
    world.look(feed)

    assert states(world) == ["ABANDONED FILES_GONE", "HELD BULK_MISSING"]


# -- other content -------------------------------------------------------------------------------


def test_new_content_of_a_delivery_not_loaded_takes_its_place(
    world: World, feed: Supplier, platform: Platform
) -> None:
    first = world.send_acme(1, "bulk")
    world.look(feed)
    change(world, 1, "bulk")
    world.look(feed)
    assert states(world) == ["HELD HASH_CHANGED", "QUARANTINED HASH_CHANGED"]
    (_, aside) = world.ledger.deliveries()

    decided = deliveries.supersede(platform, aside.delivery_id, "Ann", "OPS", "asked for")
    world.look(feed)
    world.look(feed)

    assert decided.other_id == first
    assert states(world) == ["SUPERSEDED REPLACED", "VALIDATED"]
    assert world.row(aside.delivery_id).content_hash
    assert platform.register.events()[-1].payload == {"replaces": first}


def test_new_content_of_a_loaded_delivery_waits_for_the_replay(
    world: World, feed: Supplier, platform: Platform
) -> None:
    first = world.send_acme(1, "bulk")
    world.look(feed)
    take_up(world, feed, first)
    change(world, 1, "bulk")
    world.look(feed)
    (_, aside) = world.ledger.deliveries()

    deliveries.supersede(platform, aside.delivery_id, "Ann", "OPS", "asked for")
    world.send_acme(2)
    world.look(feed)
    world.look(feed)

    # the loaded version stands, and the later delivery follows
    assert states(world) == ["LOADED", "HELD REPLAY_DUE", "VALIDATED"]
    assert world.ledger.pending("acme")[0].delivery_id.endswith("delta-102")


def test_another_change_after_a_decision_is_another_version(
    world: World, feed: Supplier, platform: Platform
) -> None:
    world.send_acme(1, "bulk")
    world.look(feed)
    change(world, 1, "bulk")
    world.look(feed)
    (_, aside) = world.ledger.deliveries()
    deliveries.supersede(platform, aside.delivery_id, "Ann", "OPS", "asked for")
    world.look(feed)

    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(as_csv([["EntryId", "Practice", "Text"], ["E1", "A99001", "a third time"]]))
    world.look(feed)

    assert states(world) == [
        "SUPERSEDED REPLACED",
        "HELD HASH_CHANGED",
        "QUARANTINED HASH_CHANGED",
    ]


def test_the_first_content_is_kept(world: World, feed: Supplier, platform: Platform) -> None:
    first = world.send_acme(1, "bulk")
    world.look(feed)
    take_up(world, feed, first)
    change(world, 1, "bulk")
    world.look(feed)
    (_, aside) = world.ledger.deliveries()

    deliveries.keep(platform, aside.delivery_id, "Ann", "OPS", "sent by mistake")
    world.look(feed)
    os.utime(world.acme_file(1, "Entry", "bulk"))
    world.look(feed)

    assert states(world) == ["LOADED", "SUPERSEDED FIRST_KEPT"]
    assert platform.register.events()[-1].event_type == "kept"


def test_the_same_window_with_other_content_is_taken_in_its_place(
    world: World, platform: Platform, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    first = world.send_bolt(1, None)
    world.look(feed)
    again = world.send_bolt(1, None, text="corrected", folder="20261101_1800")
    world.look(feed)
    # told apart by their folders: the id holds the folder's time, the window is the same
    (other,) = [each for each in world.ledger.deliveries() if each.delivery_id != first]
    assert (other.delivery_id, other.reason) == (again, Reason.HASH_CHANGED)

    assert deliveries.supersede(platform, again, "Ann", "OPS", "asked for").other_id == first
    world.look(feed)

    assert set(states(world)) == {"SUPERSEDED REPLACED", "VALIDATED"}


def test_another_content_of_a_part_takes_the_place_of_the_part_alone(
    world: World, platform: Platform, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    tables = {"SRPatient": "Y", "SRCode": "Y"}
    full, second = world.send_bolt(1, None), world.send_bolt(2, 1, tables)
    kept = world.bolt_file(2, "SRCode").read_bytes()
    world.bolt_file(2, "SRCode").unlink()
    world.look(feed)
    world.bolt_file(2, "SRCode").write_bytes(kept)
    world.look(feed)
    part = f"{second}+SRCode"
    for each in (full, second, part):
        take_up(world, feed, each)
    again = world.bolt_file(2, "SRCode").parent.parent / "20261108_0900"
    shutil.copytree(world.bolt_file(2, "SRCode").parent, again)
    (again / "SRCode.csv").write_bytes(kept.replace(b"text", b"told"))
    world.look(feed)
    other = "bolt/g1/20261108T090000+SRCode"
    assert world.fate(other)[:2] == ("QUARANTINED", "HASH_CHANGED")
    assert deliveries.supersede(platform, other, "Ann", "OPS", WHY).other_id == part
    world.look(feed)
    assert (world.row(other).reason, world.row(second).state) == ("REPLAY_DUE", "LOADED")


def test_a_delivery_without_another_version_cannot_supersede(
    world: World, feed: Supplier, platform: Platform
) -> None:
    bulk = world.send_acme(1, "bulk")
    world.look(feed)

    for decide in (deliveries.supersede, deliveries.keep):
        with pytest.raises(Refused) as refused:
            decide(platform, bulk, "Ann", "OPS", "asked for")
        assert refused.value.code == "NO_OTHER_VERSION"


def test_a_stray_file_that_was_given_up_is_not_set_aside_again(
    world: World, feed: Supplier, platform: Platform
) -> None:
    stray = world.home / "landing/acme/notes.txt"
    stray.parent.mkdir(parents=True)
    stray.write_text("not of the feed")
    world.look(feed)
    (aside,) = world.ledger.deliveries()
    assert aside.state is State.QUARANTINED

    deliveries.abandon(platform, aside.delivery_id, TWO, WHY)
    world.look(feed)

    assert states(world) == ["ABANDONED UNKNOWN_NAME"]


def test_a_refusal_of_the_supplier_does_not_undo_what_two_persons_decided(
    world: World, feed: Supplier, platform: Platform
) -> None:
    lost = world.send_acme(1, "bulk")
    world.acme_file(1, "Entry", "bulk").unlink()
    world.look(feed)
    deliveries.abandon(platform, lost, TWO, WHY)

    world.look(feed, lambda _: ("V_EXCLUDED", "excluded"))

    assert states(world) == ["ABANDONED FILES_MISSING"]
