"""A practice out of landing: deleted where it is alone, cut out where it is not."""

import hashlib
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lds_assets.landing.decrypt import plain_bytes
from lds_assets.landing.states import PracticeRecord, State
from lds_assets.purge.feed import Fate, Feed
from lds_assets.purge.landing import holdings, of_strangers
from lds_assets.purge.landing_erase import ASIDE, erase_landing
from lds_assets.purge.names import Names
from lds_assets.raw.ownership import Branches
from tests.unit.landing.world import ACME, GROUP, World, acme, as_csv

GONE, STAYS = "A99001", "A99002"
OTHER = "0b5a1b20-0000-4000-8000-00000000000b"
NAMES = Names(GONE, {"acme": frozenset({GONE.lower()})})
THEIRS = {
    "Patient": ["P2", STAYS, "Caf\u00e9 \u201cquoted\u201d", "x"],
    "Entry": ["E2", STAYS, "a\r\nb"],
}


def _feed(world: World, tmp_path: Path) -> Feed:
    branches = Branches({}, frozenset({GONE, STAYS}))
    return Feed(world.settings, world.ledger, acme(tmp_path / "code/acme"), NAMES, branches)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "home")


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()


def _add_theirs(world: World, day: int, kind: str = "delta", group: str = GROUP) -> None:
    for table, row in THEIRS.items():
        path = world.acme_file(day, table, kind, group)
        path.write_bytes(path.read_bytes() + as_csv([row]))


def _lies(world: World) -> dict[str, bytes]:
    root = world.home / "landing"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _header(table: str) -> bytes:
    return as_csv([[name for name, _ in ACME[table]]])


def test_a_file_of_several_practices_keeps_every_byte_of_the_others(
    world: World, tmp_path: Path
) -> None:
    world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    feed = _feed(world, tmp_path)
    assert [(each.fate, each.rows) for each in holdings(feed)] == [(Fate.REWRITE, 1)] * 3
    counts = erase_landing(feed, "PURGE-1")
    assert counts == {"rows": 3, "files_rewritten": 3}
    for table, row in THEIRS.items():
        assert world.acme_file(1, table, "bulk").read_bytes() == _header(table) + as_csv([row])
    assert world.acme_file(1, "History", "bulk").read_bytes() == _header("History")
    assert not (world.home / "landing" / ASIDE).exists()
    assert holdings(feed) == []


def test_the_ledger_knows_the_rewritten_file_and_the_one_that_was_sent(
    world: World, tmp_path: Path
) -> None:
    bulk = world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    feed, sent = _feed(world, tmp_path), _lies(world)
    world.look(feed.supplier)
    before = world.row(bulk)
    erase_landing(feed, "PURGE-1")
    report = world.look(feed.supplier)
    assert (report.files_read, world.row(bulk).fate) == (0, before.fate)
    entered = {each.name: each.plain_sha256 for each in world.ledger.files(bulk)}
    path = world.acme_file(1, "Entry", "bulk")
    assert entered[path.name] == hashlib.sha256(path.read_bytes()).hexdigest()
    for name, data in sent.items():
        (world.home / "landing" / name).write_bytes(data)
    world.look(feed.supplier)
    assert list(world.fates().values()) == ["VALIDATED"], "no alarm: this is what was sent"


def test_another_content_under_the_name_is_still_an_alarm(world: World, tmp_path: Path) -> None:
    bulk = world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    erase_landing(feed, "PURGE-1")
    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(path.read_bytes() + as_csv([["E3", STAYS, "more"]]))
    world.look(feed.supplier)
    assert world.row(bulk).reason == "HASH_CHANGED"


def test_a_group_of_the_practice_alone_goes_whole(world: World, tmp_path: Path) -> None:
    alone = world.send_acme(1, "bulk")
    loaded = world.send_acme(2)
    shared = world.send_acme(1, "bulk", OTHER)
    _add_theirs(world, 1, "bulk", OTHER)
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    world.ledger.set_state(loaded, State.LOADED)
    counts = erase_landing(feed, "PURGE-1")
    assert counts == {"rows": 9, "files_deleted": 6, "files_rewritten": 3}
    assert all(OTHER in name for name in _lies(world))
    assert not (world.home / "landing/acme" / GROUP).exists()
    assert world.fate(alone)[:2] == ("ABANDONED", "PURGED")
    assert world.fate(loaded)[:2] == ("LOADED", "PURGED"), "what it brought others counts on"
    assert world.row(shared).state is State.VALIDATED
    world.look(feed.supplier)
    assert world.fate(alone)[:2] == ("ABANDONED", "PURGED")


def test_a_day_with_the_practice_alone_stays_in_a_shared_chain(
    world: World, tmp_path: Path
) -> None:
    world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    delta = world.send_acme(2)
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    counts = erase_landing(feed, "PURGE-1")
    assert (counts["files_deleted"], counts["files_rewritten"]) == (0, 6)
    assert world.acme_file(2, "Entry").read_bytes() == _header("Entry")
    assert world.row(delta).state is State.VALIDATED


def test_a_practice_the_ledger_met_in_the_group_keeps_its_chain(
    world: World, tmp_path: Path
) -> None:
    delta = world.send_acme(1, "bulk")
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    world.ledger.record_practice(PracticeRecord(delta, STAYS, "LOADED"))
    assert {each.fate for each in holdings(feed)} == {Fate.REWRITE}


def test_what_cannot_be_sorted_goes_whole_when_it_names_the_practice(
    world: World, tmp_path: Path
) -> None:
    bulk = world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)
    world.ledger.record_practice(PracticeRecord(bulk, GONE, "DENIED"))
    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(path.read_bytes().replace(b"Practice", b"Surgery"))
    odd = world.home / "landing/acme/notes.txt"
    odd.write_bytes(b"about a99001 and others")
    found = {each.name: each.fate for each in holdings(feed)}
    assert found[path.name] == found["notes.txt"] == Fate.REMOVE
    erase_landing(feed, "PURGE-1")
    assert not path.exists() and not odd.exists()
    world.look(feed.supplier)
    assert path.name not in {each.name for each in world.ledger.files(bulk)}


def test_a_supplier_without_a_feed_is_searched_by_name(world: World, tmp_path: Path) -> None:
    root = world.home / "landing/vision"
    (root / GONE).mkdir(parents=True)
    for name, data in {"A99001/a.csv": b"x", "b.csv": b"y,A99001", "c.csv": b"A99002"}.items():
        (root / name).write_bytes(data)
    found = of_strangers(world.settings, ["acme"], NAMES)
    assert {each.path for each in found} == {"vision/A99001/a.csv", "vision/b.csv"}


@pytest.mark.parametrize("step", ["note_rewritten", "note_removed", "settle_delivery"])
def test_a_kill_at_any_step_is_resumed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    world.send_acme(1, "bulk", OTHER)
    feed = _feed(world, tmp_path)
    world.look(feed.supplier)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(f"lds_assets.purge.landing_erase.{step}", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_landing(feed, "PURGE-1")
    erase_landing(feed, "PURGE-1")
    assert holdings(feed) == []
    world.look(feed.supplier)
    assert not [fate for fate in world.fates().values() if "HASH_CHANGED" in fate]
    left = _lies(world)
    assert all(GROUP in name for name in left) and len(left) == 3
    for table, row in THEIRS.items():
        assert world.acme_file(1, table, "bulk").read_bytes() == _header(table) + as_csv([row])


@pytest.fixture(scope="module")
def key_ring() -> Iterator[Path]:
    """A key ring with one key; short path, for the agent's socket."""
    with TemporaryDirectory(prefix="ring") as name:
        command = ["gpg", "--homedir", name, "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*command, "--quick-gen-key", "lds@invented.example"], check=True)
        yield Path(name)
        subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], check=True)


def test_an_encrypted_file_stays_encrypted(world: World, tmp_path: Path, key_ring: Path) -> None:
    bulk = world.send_acme(1, "bulk")
    _add_theirs(world, 1, "bulk")
    for table in ACME:
        path = world.acme_file(1, table, "bulk")
        command = ["gpg", "--homedir", str(key_ring), "--batch", "--quiet", "--trust-model"]
        command += ["always", "--recipient", "lds@invented.example", "--output", f"{path}.gpg"]
        subprocess.run([*command, "--encrypt", str(path)], check=True)
        path.unlink()
    feed = _feed(replace(world, gnupg_home=key_ring), tmp_path)
    world.gnupg_home = key_ring
    world.look(feed.supplier)
    assert erase_landing(feed, "PURGE-1") == {"rows": 3, "files_rewritten": 3}
    path = Path(f"{world.acme_file(1, 'Entry', 'bulk')}.gpg")
    assert STAYS.encode() not in path.read_bytes()
    with plain_bytes(path, key_ring) as chunks:
        assert b"".join(chunks) == _header("Entry") + as_csv([THEIRS["Entry"]])
    world.look(feed.supplier)
    assert world.row(bulk).state is State.VALIDATED
