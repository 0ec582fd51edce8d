"""What a purge took out of landing and somebody put back is told, until it is gone again."""

from pathlib import Path

from lds_assets.landing.came_again import CameAgain, came_again
from lds_assets.landing.purged import Rewritten, note_removed, note_rewritten
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import World, acme, sha256


def _told(world: World, feed: Supplier) -> list[CameAgain]:
    world.look(feed)
    return came_again(world.ledger.engine, world.settings.landing)


def _rewrite(world: World, delivery: str, path: Path) -> bytes:
    """Take something out of a file as a purge does; return what it was."""
    before, was = path.read_bytes(), sha256(path)
    path.write_bytes(before.replace(b"E1", b"E2"))
    hashed, stat = sha256(path), path.stat()
    done = Rewritten(path.name, was, hashed, hashed, stat.st_size, stat.st_mtime_ns)
    note_rewritten(world.ledger.engine, [delivery], done, "PURGE-1")
    return before


def test_a_rewritten_file_is_told_when_its_former_text_lies_there_again(tmp_path: Path) -> None:
    world, feed = World(tmp_path), acme(tmp_path / "code/acme")
    bulk = world.send_acme(1, "bulk")
    assert _told(world, feed) == []
    path = world.acme_file(1, "Entry", "bulk")
    before = _rewrite(world, bulk, path)
    assert _told(world, feed) == []
    path.write_bytes(before)
    assert _told(world, feed) == [CameAgain(bulk, "PURGE-1", 1)]
    path.unlink()
    assert came_again(world.ledger.engine, world.settings.landing) == []


def test_a_deleted_file_is_told_when_it_lies_there_again_and_not_before(tmp_path: Path) -> None:
    world, feed = World(tmp_path), acme(tmp_path / "code/acme")
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    path = world.acme_file(1, "Entry", "bulk")
    before = path.read_bytes()
    note_removed(world.ledger.engine, bulk, [path.name], "PURGE-1", forget=False)
    path.unlink()
    assert came_again(world.ledger.engine, world.settings.landing) == []
    path.write_bytes(before)
    assert came_again(world.ledger.engine, world.settings.landing) == [
        CameAgain(bulk, "PURGE-1", 1)
    ]
