"""A practice out of a table that waits: its file is rewritten and the part goes on waiting."""

from collections import Counter
from pathlib import Path

from lds_assets.landing.accounts import RAW
from lds_assets.landing.states import PracticeRecord, State
from lds_assets.purge.canaries import Canaries, hashed
from lds_assets.purge.feed import Fate, Feed
from lds_assets.purge.landing import holdings
from lds_assets.purge.landing_erase import erase_landing
from lds_assets.purge.names import Names
from lds_assets.purge.scan import scan
from lds_assets.raw.ownership import Branches
from tests.unit.landing.world import World, as_csv, bolt

GONE, STAYS = "A99001", "A99002"
HEADER = ["RowId", "Practice", "Text", "Removed"]
THEIRS = ["2", STAYS, "text", "0"]


def test_rows_in_a_part_that_was_never_opened_go_too(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    world, supplier = World(tmp_path / "home"), bolt(tmp_path / "code/bolt")
    branches = Branches({}, frozenset({GONE, STAYS}))
    feed = Feed(world.settings, world.ledger, supplier, Names(GONE, {}), branches)
    full, second, third = world.send_bolt(1, None), world.send_bolt(2, 1), world.send_bolt(3, 2)
    for day in (1, 2, 3):
        path = world.bolt_file(day, "SRCode")
        path.write_bytes(path.read_bytes() + as_csv([THEIRS], "windows-1252"))
    world.bolt_file(2, "SRCode").unlink()
    world.look(supplier)
    world.ledger.record_practice(PracticeRecord(full, STAYS, "LOADED"))
    before = world.fates()
    assert before[f"{third}+SRCode"] == "HELD DATE_GAP"
    sent = world.bolt_file(3, "SRCode").read_bytes()

    held = {(each.name, each.folder): each.fate for each in holdings(feed)}
    assert held["SRCode.csv", "g1/20261103_1200"] is Fate.REWRITE
    erase_landing(feed, "PURGE-1")
    left = world.bolt_file(3, "SRCode").read_bytes()
    assert left == as_csv([HEADER, THEIRS], "windows-1252")
    assert holdings(feed) == []
    # the ledger knows the rewritten file: nobody is told that it changed
    world.look(supplier)
    assert world.fates() == before
    # nor when the file comes again as it was sent
    world.bolt_file(3, "SRCode").write_bytes(sent)
    world.look(supplier)
    assert world.fates() == before
    assert second in before


def test_a_practice_met_in_a_waiting_part_alone_is_erased_and_nothing_found_after(
    tmp_path: Path,
) -> None:
    """The rest is loaded without it: that says nothing of the part."""
    (tmp_path / "home").mkdir()
    world, supplier = World(tmp_path / "home"), bolt(tmp_path / "code/bolt")
    branches, names = Branches({}, frozenset({GONE, STAYS})), Names(STAYS, {})
    feed = Feed(world.settings, world.ledger, supplier, names, branches, is_thorough=False)
    sent = [world.send_bolt(1, None), world.send_bolt(2, 1), world.send_bolt(3, 2)]
    path, number = world.bolt_file(3, "SRCode"), "9990000018"
    kept = path.read_bytes()
    path.write_bytes(kept + as_csv([["2", STAYS, number, "0"]], "windows-1252"))
    world.bolt_file(2, "SRCode").unlink()
    world.look(supplier)
    for delivery in sent:
        world.ledger.record_practice(PracticeRecord(delivery, GONE, "LOADED"))
        counts = Counter({"LANDED": 1, "KEPT": 1})
        world.ledger.record_account(delivery, "SRPatient", GONE, RAW, counts)
        world.ledger.set_state(delivery, State.LOADED)
    assert world.fates()[f"{sent[2]}+SRCode"] == "HELD DATE_GAP"

    world.settings.work.mkdir()
    canaries = Canaries("salt", frozenset({hashed("salt", number)}))

    def told() -> set[tuple[str, str]]:
        found = scan(world.settings, names, canaries, [supplier], [world.settings.landing])
        return {(Path(each.path).name, each.what) for each in found.findings}

    assert {("SRCode.csv", "publisher"), ("SRCode.csv", "canary")} <= told()
    assert [(each.fate, each.rows) for each in holdings(feed)] == [(Fate.REWRITE, 1)]
    erase_landing(feed, "PURGE-1")
    assert path.read_bytes() == kept
    assert told() == set()
    assert world.fates()[f"{sent[2]}+SRCode"] == "HELD DATE_GAP"
