"""A column no dictionary knows is told with its name, until it is known or long past."""

from datetime import timedelta
from pathlib import Path

import pytest

from lds_assets.landing import unknown_columns as landing
from lds_assets.landing.unknown_columns import UnknownColumns, unknown_columns
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import ACME, World, acme, as_csv


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return acme(tmp_path / "code/acme")


def _send(world: World, day: int, *more: str) -> str:
    """Send the deliveries of a day, the entries with further columns."""
    sent = world.send_acme(day, "bulk" if day == 1 else "delta")
    if more:
        names = [name for name, _ in ACME["Entry"]]
        rows = [[*names, *more], ["E1", "A99001", "text", *("x" for _ in more)]]
        path = world.acme_file(day, "Entry", "bulk" if day == 1 else "delta")
        path.write_bytes(as_csv(rows))
    return sent


def _told(world: World, feed: Supplier) -> list[UnknownColumns]:
    world.look(feed)
    return unknown_columns(world.ledger._engine, feed)


def test_nothing_is_told_of_a_feed_that_sends_what_it_declares(
    world: World, feed: Supplier
) -> None:
    assert _told(world, feed) == []
    _send(world, 1)
    assert _told(world, feed) == []


def test_new_columns_are_told_by_table_with_the_newest_names(world: World, feed: Supplier) -> None:
    _send(world, 1)
    _send(world, 2, "Severity")
    newest = _send(world, 3, "Severity", "9990000018")
    (told,) = _told(world, feed)
    assert (told.supplier, told.table_name, told.deliveries) == ("acme", "Entry", 2)
    # what is not like a name may be a value, and is told by its place
    assert (told.columns, told.newest) == (("severity", "column 5"), newest)


def test_a_column_that_is_declared_by_now_is_told_no_more(
    world: World, feed: Supplier, tmp_path: Path
) -> None:
    _send(world, 1, "Severity")
    assert [each.columns for each in _told(world, feed)] == [("severity",)]
    path = feed.folder / "tables.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "Entry,4,Severity,text,no,invented,1\n", encoding="utf-8")
    known = Supplier(feed.definition, feed.folder)
    assert unknown_columns(world.ledger._engine, known) == []


@pytest.mark.parametrize(("days", "is_told"), [(30, True), (29, False)])
def test_what_came_once_and_long_ago_is_told_no_more(
    world: World, feed: Supplier, monkeypatch: pytest.MonkeyPatch, days: int, is_told: bool
) -> None:
    monkeypatch.setattr(landing, "TOLD_FOR", timedelta(days=days))
    _send(world, 1, "Severity")
    _send(world, 30)  # 29 days later
    assert bool(_told(world, feed)) is is_told
