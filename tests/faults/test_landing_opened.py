"""An open delivery is plain UTF-8 text, and nothing of it stays behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lds_assets.errors import Held, Quarantined
from lds_assets.landing.prepare import opened
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import ACME, World, acme, bolt


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture(scope="session")
def key_ring() -> Iterator[Path]:
    """A key ring with one key without passphrase; short path, for the agent's socket."""
    with TemporaryDirectory(prefix="ring") as name:
        home = Path(name)
        command = ["gpg", "--homedir", name, "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*command, "--quick-gen-key", "lds@invented.example"], check=True)
        yield home
        subprocess.run(["gpgconf", "--homedir", name, "--kill", "all"], check=True)


def encrypt(path: Path, key_ring: Path) -> Path:
    target = path.with_name(f"{path.name}.gpg")
    command = ["gpg", "--homedir", str(key_ring), "--batch", "--quiet", "--trust-model", "always"]
    recipient = ["--recipient", "lds@invented.example", "--output", str(target)]
    subprocess.run([*command, *recipient, "--encrypt", str(path)], check=True)
    path.unlink()
    return target


def prepared(world: World) -> list[Path]:
    root = world.home / "landing/.prepared"
    return sorted(root.iterdir()) if root.exists() else []


def test_plain_utf_8_is_read_where_it_lies_in_declared_order(world: World, tmp_path: Path) -> None:
    feed = acme(tmp_path / "code/acme")
    bulk = world.send_acme(1, "bulk", text="caf\u00e9")
    world.look(feed)
    with opened(world.row(bulk), feed, world.settings, world.ledger) as files:
        assert [each.table for each in files] == ["Patient", "Entry", "History"]
        assert files[1].path == world.acme_file(1, "Entry", "bulk")
        assert files[1].header == ("EntryId", "Practice", "Text")
        assert all(each.is_full for each in files)


def test_other_encodings_are_recoded_and_removed(world: World, tmp_path: Path) -> None:
    feed = bolt(tmp_path / "code/bolt")
    full = world.send_bolt(1, None, text="caf\u00e9 \u20ac")
    world.look(feed)
    with opened(world.row(full), feed, world.settings, world.ledger) as files:
        by_table = {each.table: each for each in files}
        text = by_table["SRCode"].path.read_bytes().decode("utf-8")
        assert text.splitlines()[1] == '"1","A99001","caf\u00e9 \u20ac","0"'
        # ASCII is UTF-8 already
        assert by_table["SRMapping"].path == world.bolt_file(1, "SRMapping")
        assert len(prepared(world)) == 2
    assert prepared(world) == []


def test_nothing_prepared_stays_after_an_error(world: World, tmp_path: Path) -> None:
    feed = bolt(tmp_path / "code/bolt")
    full = world.send_bolt(1, None, text="caf\u00e9")
    world.look(feed)
    with (
        pytest.raises(ZeroDivisionError),
        opened(world.row(full), feed, world.settings, world.ledger),
    ):
        raise ZeroDivisionError
    assert prepared(world) == []


_KILLED = """
import sys, time
from pathlib import Path
from tests.unit.landing.world import World, bolt
from lds_assets.landing.prepare import opened
world = World(Path(sys.argv[1]))
feed = bolt(Path(sys.argv[1]) / "code/bolt")
with opened(world.row(sys.argv[2]), feed, world.settings, world.ledger):
    print("open", flush=True)
    time.sleep(60)
"""


def test_what_a_killed_run_left_is_removed_by_the_next_and_a_living_one_is_left_alone(
    world: World, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    first, second = world.send_bolt(1, None, text="caf\u00e9"), world.send_bolt(2, None)
    world.look(feed)
    command = [sys.executable, "-c", _KILLED, str(world.home), first]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "open\n"
        assert len(prepared(world)) == 2
        with opened(world.row(second), feed, world.settings, world.ledger):
            assert len(prepared(world)) == 4
        os.kill(run.pid, signal.SIGKILL)
    assert len(prepared(world)) == 2
    with opened(world.row(second), feed, world.settings, world.ledger):
        assert len(prepared(world)) == 2
    assert prepared(world) == []


def test_a_file_changed_or_gone_since_it_was_proven_is_not_opened(
    world: World, tmp_path: Path
) -> None:
    feed = acme(tmp_path / "code/acme")
    bulk = world.send_acme(1, "bulk")
    world.look(feed)
    path = world.acme_file(1, "Entry", "bulk")
    os.utime(path, ns=(7, 7))
    with opened(world.row(bulk), feed, world.settings, world.ledger) as files:
        assert len(files) == len(ACME)
    path.write_bytes(path.read_bytes().replace(b"text", b"CANARY"))
    with pytest.raises(Held) as held, opened(world.row(bulk), feed, world.settings, world.ledger):
        pass
    assert held.value.code == "HASH_CHANGED"
    assert "Entry: the file changed after it was proven" in str(held.value)
    assert "CANARY" not in str(held.value)
    path.unlink()
    with pytest.raises(Held) as held, opened(world.row(bulk), feed, world.settings, world.ledger):
        pass
    assert held.value.code == "FILES_GONE"


def test_text_not_of_its_encoding_is_told_by_line_without_content(
    world: World, tmp_path: Path
) -> None:
    feed = bolt(tmp_path / "code/bolt")
    full = world.send_bolt(1, None)
    world.look(feed)
    path = world.bolt_file(1, "SRCode")
    path.write_bytes(path.read_bytes() + b'"2","A99001","CANARY\x81","0"\r\n')
    status = path.stat()
    files = world.ledger.files(full)
    world.ledger.record(
        world.row(full),
        [
            each
            if each.table_name != "SRCode"
            else replace(each, size_bytes=status.st_size, mtime_ns=status.st_mtime_ns)
            for each in files
        ],
    )
    with (
        pytest.raises(Quarantined) as caught,
        opened(world.row(full), feed, world.settings, world.ledger),
    ):
        pass
    assert caught.value.code == "ENCODING"
    assert "SRCode line 3 is not windows-1252" in str(caught.value)
    assert "CANARY" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert prepared(world) == []


# -- encrypted -----------------------------------------------------------------------------------


@pytest.fixture
def feed(tmp_path: Path) -> Supplier:
    return acme(tmp_path / "code/acme")


def send_encrypted(world: World, key_ring: Path, day: int = 1, text: str = "text") -> str:
    bulk = world.send_acme(day, "bulk", text=text)
    for table in ACME:
        encrypt(world.acme_file(day, table, "bulk"), key_ring)
    return bulk


def test_encrypted_files_are_proven_through_a_pipe_and_opened_plain(
    world: World, feed: Supplier, key_ring: Path
) -> None:
    bulk = send_encrypted(world, key_ring, text="caf\u00e9")
    world.gnupg_home = key_ring
    world.look(feed)
    assert world.fate(bulk) == ("VALIDATED", "", "", "")
    assert prepared(world) == []
    states = [event.to_state for event in world.ledger.events(bulk)]
    assert states == ["DECRYPTED", "VALIDATED"]
    (entry,) = [each for each in world.ledger.files(bulk) if each.table_name == "Entry"]
    assert entry.sha256 != entry.plain_sha256
    with opened(world.row(bulk), feed, world.settings, world.ledger) as files:
        text = files[1].path.read_text(encoding="utf-8")
        assert text.splitlines() == [
            '"EntryId","Practice","Text"',
            '"E1","A99001","caf\u00e9"',
        ]
    assert prepared(world) == []


def test_the_same_text_encrypted_again_is_the_same_delivery(
    world: World, feed: Supplier, key_ring: Path
) -> None:
    bulk = send_encrypted(world, key_ring)
    world.gnupg_home = key_ring
    world.look(feed)
    for table in ACME:
        encrypted = world.acme_file(1, table, "bulk")
        encrypted.with_name(f"{encrypted.name}.gpg").unlink()
    send_encrypted(world, key_ring)
    assert world.look(feed).by_state == {"VALIDATED": 1}
    with opened(world.row(bulk), feed, world.settings, world.ledger) as files:
        assert len(files) == len(ACME)


def test_without_the_key_the_delivery_is_held_and_goes_on_once_the_ring_is_set(
    world: World, feed: Supplier, key_ring: Path
) -> None:
    bulk, plain = send_encrypted(world, key_ring), world.send_acme(2, "bulk")
    world.look(feed)
    state, reason, detail, to_do = world.fate(bulk)
    assert (state, reason) == ("HELD", "DECRYPT_FAIL")
    assert detail.startswith(f"{world.acme_file(1, 'Entry', 'bulk').name}.gpg: no key ring is set")
    assert to_do.startswith("see that the key ring (LDS_GNUPG_HOME) holds the platform's key")
    assert world.row(plain).state == "VALIDATED"
    world.gnupg_home = key_ring
    world.look(feed)
    assert world.row(bulk).state == "VALIDATED"


def test_a_truncated_or_foreign_cipher_text_is_held_by_name(
    world: World, feed: Supplier, key_ring: Path
) -> None:
    bulk = send_encrypted(world, key_ring)
    path = world.acme_file(1, "Entry", "bulk")
    path = path.with_name(f"{path.name}.gpg")
    path.write_bytes(path.read_bytes()[:-20])
    world.gnupg_home = key_ring
    world.look(feed)
    state, reason, detail, _ = world.fate(bulk)
    assert (state, reason) == ("HELD", "DECRYPT_FAIL")
    assert detail == f"{path.name}: the file cannot be decrypted"


def test_truncated_text_inside_a_whole_cipher_text_is_seen(
    world: World, feed: Supplier, key_ring: Path
) -> None:
    bulk = world.send_acme(1, "bulk")
    path = world.acme_file(1, "Entry", "bulk")
    path.write_bytes(path.read_bytes()[:-5])
    for table in ACME:
        encrypt(world.acme_file(1, table, "bulk"), key_ring)
    world.gnupg_home = key_ring
    world.look(feed)
    assert world.fate(bulk)[:2] == ("HELD", "TRUNCATED")
