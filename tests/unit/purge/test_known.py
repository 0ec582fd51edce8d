"""Deliveries that the ledger knows without the practice are not read; in doubt they are."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from lds_assets.landing.accounts import RAW
from lds_assets.landing.find import FoundDelivery
from lds_assets.landing.states import PracticeRecord, State
from lds_assets.purge import landing
from lds_assets.purge.feed import Feed
from lds_assets.purge.inspection import Inspection, Keys
from lds_assets.purge.known import Known
from lds_assets.purge.landing import inspected
from lds_assets.purge.names import Names
from lds_assets.raw.ownership import Branches
from tests.unit.landing.world import World, acme

GONE, STAYS = "A99002", "A99001"


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "home").mkdir()
    return World(tmp_path / "home")


def _loaded(world: World, tmp_path: Path) -> tuple[Feed, str]:
    """Return a feed whose one delivery was loaded and holds the other practice alone."""
    delivery = world.send_acme(1, "bulk")
    names = Names(GONE, {"acme": frozenset({GONE.lower()})})
    branches = Branches({}, frozenset({GONE, STAYS}))
    supplier = acme(tmp_path / "code/acme")
    feed = Feed(world.settings, world.ledger, supplier, names, branches, is_thorough=False)
    world.look(supplier)
    world.ledger.record_practice(PracticeRecord(delivery, STAYS, "LOADED"))
    world.ledger.record_account(delivery, "Patient", STAYS, RAW, Counter({"LANDED": 1, "KEPT": 1}))
    world.ledger.set_state(delivery, State.LOADED)
    return feed, delivery


def _read(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return how many deliveries are read."""
    read: list[str] = []

    def inspection(feed: Feed, delivery: FoundDelivery, stored: Keys, known: Known) -> Inspection:
        read.append(delivery.base_id)
        return Inspection(feed, delivery, stored, known)

    monkeypatch.setattr(landing, "Inspection", inspection)
    (found,) = inspected(feed)
    assert not found.is_alone
    return len(read)


def test_a_loaded_delivery_without_the_practice_is_not_read(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed, _ = _loaded(world, tmp_path)
    assert _read(feed, monkeypatch) == 0
    assert _read(replace(feed, is_thorough=True), monkeypatch) == 1


def _unowned(world: World, delivery: str) -> None:
    world.ledger.record_account(delivery, "Entry", "", RAW, Counter({"LANDED": 1, "NO_OWNER": 1}))


def _denied(world: World, delivery: str) -> None:
    world.ledger.record_practice(PracticeRecord(delivery, GONE, "DENIED"))


def _written_to(world: World, _delivery: str) -> None:
    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(path.read_bytes() + b'"E2","A99002","x"\r\n')


def _another_file(world: World, _delivery: str) -> None:
    path = world.acme_file(1, "Entry", "bulk")
    path.with_name(path.name.replace("Entry", "Unknown")).write_bytes(b"x")


def _not_loaded(world: World, delivery: str) -> None:
    world.ledger.set_state(delivery, State.HELD)


@pytest.mark.parametrize("doubt", [_unowned, _denied, _written_to, _another_file, _not_loaded])
def test_in_doubt_a_delivery_is_read(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    doubt: Callable[[World, str], None],
) -> None:
    feed, delivery = _loaded(world, tmp_path)
    doubt(world, delivery)
    assert _read(feed, monkeypatch) == 1


def test_a_delivery_nobody_was_met_in_is_read(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = world.send_acme(1, "bulk")
    names = Names(GONE, {})
    supplier = acme(tmp_path / "code/acme")
    feed = Feed(world.settings, world.ledger, supplier, names, Branches(), is_thorough=False)
    world.look(supplier)
    world.ledger.set_state(delivery, State.LOADED)
    assert _read(feed, monkeypatch) == 1
