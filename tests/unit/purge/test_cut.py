"""From a day on: which deliveries go, which rows of those before, and that the rest stays."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from lds_assets.purge.cut import Cut, dated_columns
from lds_assets.purge.feed import Fate, Feed
from lds_assets.purge.landing import holdings
from lds_assets.purge.landing_erase import erase_landing
from lds_assets.purge.names import Names
from lds_assets.raw.ownership import Branches
from lds_assets.suppliers.registry import Supplier, suppliers
from tests.unit.landing.world import ACME, World, acme, as_csv

GONE, STAYS = "A99001", "A99002"
CUT = Cut(date(2026, 11, 20))
HEADER = as_csv([[name for name, _ in ACME["Patient"]]])


def _feed(world: World, tmp_path: Path) -> Feed:
    known = acme(tmp_path / "code/acme")
    dated = {"dated_by": ("Added",), "type_corrections": {"Patient.Added": "date"}}
    supplier = Supplier(known.definition.model_copy(update=dated), known.folder)
    names = Names(GONE, {"acme": frozenset({GONE.lower()})})
    branches = Branches({}, frozenset({GONE, STAYS}))
    return Feed(world.settings, world.ledger, supplier, names, branches, CUT)


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "home").mkdir()
    return World(tmp_path / "home")


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 11, 20), datetime(2026, 11, 20)),
        (date(2026, 7, 1), datetime(2026, 6, 30, 23)),
        # the clocks go forward at one in the morning, and back
        (date(2026, 3, 29), datetime(2026, 3, 29)),
        (date(2026, 3, 30), datetime(2026, 3, 29, 23)),
        (date(2026, 10, 26), datetime(2026, 10, 26)),
    ],
)
def test_what_was_extracted_at_the_first_london_second_of_the_day_goes(
    day: date, first: datetime
) -> None:
    assert Cut(day).takes(first)
    assert not Cut(day).takes(first - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("", False),
        ("  ", False),
        ("2026-11-19", False),
        ("2026-11-19 23:59:59", False),
        ("2026-11-20", True),
        ("2026-11-20 00:00:00", True),
        ("2031-01-01", True),
        ("20/11/2026", True),
        ("soon", True),
    ],
)
def test_a_row_of_before_goes_for_its_own_day_and_one_nobody_can_read(
    tmp_path: Path, text: str, goes: bool
) -> None:
    assert CUT.takes_text(acme(tmp_path / "acme").definition, text) is goes


@pytest.mark.parametrize("code", ["emis", "tpp"])
def test_every_dated_column_a_supplier_names_is_one(code: str) -> None:
    supplier = suppliers()[code]
    tables = [each.name for each in supplier.definition.tables]
    found = {name for table in tables for name in dated_columns(supplier, table)}
    assert found == set(supplier.definition.dated_by) and len(found) > 5


ROWS = {
    "kept": ["P1", GONE, "Invented", "2026-11-19"],
    "undated": ["P2", GONE, "Invented", ""],
    "ahead": ["P3", GONE, "Invented", "2026-11-20"],
    "unread": ["P4", GONE, "Invented", "soon"],
    "theirs": ["P5", STAYS, "Invented", "2027-01-01"],
}


def test_of_a_delivery_before_the_day_only_rows_of_later_days_go(
    world: World, tmp_path: Path
) -> None:
    world.send_acme(19, "bulk")
    path = world.acme_file(19, "Patient", "bulk")
    path.write_bytes(HEADER + as_csv(list(ROWS.values())))
    feed = _feed(world, tmp_path)
    found = {each.table: each for each in holdings(feed)}
    assert (found["Patient"].fate, found["Patient"].rows, found["Patient"].kept_rows) == (
        Fate.REWRITE, 2, 2,
    )  # fmt: skip
    assert (found["Entry"].fate, found["Entry"].kept_rows) == (Fate.KEEP, 1)
    entry = world.acme_file(19, "Entry", "bulk").read_bytes()
    assert erase_landing(feed, "PURGE-1") == {"rows": 2, "files_rewritten": 1}
    kept = [ROWS["kept"], ROWS["undated"], ROWS["theirs"]]
    assert path.read_bytes() == HEADER + as_csv(kept)
    assert world.acme_file(19, "Entry", "bulk").read_bytes() == entry


def test_of_a_group_of_its_own_the_deliveries_from_the_day_on_go_whole(
    world: World, tmp_path: Path
) -> None:
    world.send_acme(19, "bulk")
    world.acme_file(19, "Patient", "bulk").write_bytes(HEADER + as_csv([ROWS["kept"]]))
    world.send_acme(20)
    world.send_acme(21)
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    counts = erase_landing(feed, "PURGE-1")
    assert counts == {"rows": 6, "files_deleted": 6}
    left = sorted(each.name for each in (world.home / "landing/acme").rglob("*.csv"))
    assert left == sorted(world.acme_file(19, name, "bulk").name for name in ACME)


def test_without_a_day_every_row_goes(world: World, tmp_path: Path) -> None:
    world.send_acme(19, "bulk")
    path = world.acme_file(19, "Patient", "bulk")
    path.write_bytes(HEADER + as_csv(list(ROWS.values())))
    feed = replace(_feed(world, tmp_path), cut=None)
    assert erase_landing(feed, "PURGE-1")["rows"] == 4 + 2
    assert path.read_bytes() == HEADER + as_csv([ROWS["theirs"]])
