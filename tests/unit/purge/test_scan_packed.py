"""Packed and encrypted files are opened; what cannot be is told, never passed over."""

import bz2
import gzip
import io
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest

from lds_assets.purge import scan as scan_module
from lds_assets.purge import scan_packed
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.names import Names
from lds_assets.purge.scan import scan
from lds_assets.purge.scan_packed import kind_of
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier, suppliers

NUMBER = "9990000018"
NAMES = Names("F86045", {})
CANARIES = Canaries.of("salt", [NUMBER])
TEXT = f"a line\nthe number {NUMBER}\nof F86045\n".encode()
#: What chance leaves: no packer makes it smaller.
NOISE = random.Random(1).randbytes(4096)


def _zip(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return made.getvalue()


def _tar(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as bundle:
        told = tarfile.TarInfo(name)
        told.size = len(data)
        bundle.addfile(told, io.BytesIO(data))
    return made.getvalue()


def _zstd(data: bytes) -> bytes:
    made = pa.BufferOutputStream()
    with pa.CompressedOutputStream(made, "zstd") as stream:
        stream.write(data)
    return bytes(made.getvalue())


def _found(
    home: Path, files: dict[str, bytes], feeds: tuple[Supplier, ...] = ()
) -> set[tuple[str, str, int]]:
    for name, data in files.items():
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(data)
    settings = Settings(home=home)
    settings.work.mkdir(exist_ok=True)
    seen = scan(settings, NAMES, CANARIES, feeds, [home])
    assert not list(settings.work.iterdir())
    return {(each.path, each.what, each.count) for each in seen.findings}


@pytest.mark.parametrize(
    ("name", "data", "inside"),
    [
        ("a.gz", gzip.compress(TEXT), ""),
        ("a.bz2", bz2.compress(TEXT), ""),
        ("a.xz", lzma.compress(TEXT), ""),
        ("a.zst", _zstd(TEXT), ""),
        ("a.zip", _zip("x.txt", TEXT), "!x.txt"),
        ("a.tgz", _tar("x.txt", TEXT), "!x.txt"),
        (
            "named-otherwise.dat",
            _zip("in.zip", _zip("x.txt", gzip.compress(TEXT))),
            "!in.zip!x.txt",
        ),
    ],
)
def test_what_is_packed_is_opened(tmp_path: Path, name: str, data: bytes, inside: str) -> None:
    assert _found(tmp_path, {f"work-of/{name}": data}) >= {
        (f"work-of/{name}{inside}", "canary", 1),
        (f"work-of/{name}{inside}", "organisation", 1),
    }


def _locked() -> bytes:
    """Return a ZIP file whose one member says that it is encrypted."""
    data = bytearray(_zip("x.txt", TEXT))
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + place] |= 1
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (NOISE, "unopened"),
        (TEXT + b" " * 70_000 + random.Random(2).randbytes(200_000), "unopened"),
        (b"%PDF-1.7\n" + TEXT[:5], "unopened"),
        (_locked(), "unreadable"),
        (gzip.compress(TEXT)[:-6], "unreadable"),
        (b"PAR1 and no more", "unreadable"),
        (b"SQLite format 3\0 and no more", "unreadable"),
        (b"PK\x03\x04 not to be opened", "unreadable"),
    ],
)
def test_what_cannot_be_opened_is_told(tmp_path: Path, data: bytes, what: str) -> None:
    told = {(path.partition("!")[0], kind) for path, kind, _ in _found(tmp_path, {"x.bin": data})}
    assert ("x.bin", what) in told


def test_files_packed_too_deep_are_told(tmp_path: Path) -> None:
    data = TEXT
    for _ in range(6):
        data = gzip.compress(data)
    assert _found(tmp_path, {"x.gz": data}) == {("x.gz", "unreadable", 1)}


@pytest.mark.parametrize("data", [b"", b"\0" * 9000, TEXT[:6] * 2000, b"caf\xe9\r\n" * 300])
def test_plain_files_are_plain(data: bytes) -> None:
    assert kind_of("x", data) in ("text", "binary")


def test_the_records_of_a_packed_file_of_a_feed_are_counted(tmp_path: Path) -> None:
    rows = b'"IDOrganisationVisibleTo","NHSNumber"\r\n"F86045","1"\r\n"G84624","2"\r\n'
    rows += b'"F86045002","3"\r\n"G84624","of F86045"\r\n'
    files = {
        "landing/tpp/g/SRPatient.csv.gz": gzip.compress(rows),
        "landing/tpp/g/again.zip": _zip("SRPatient.csv", rows),
    }
    feeds = (suppliers()["tpp"],)
    assert _found(tmp_path, files, feeds) == {
        ("landing/tpp/g/SRPatient.csv.gz", "publisher", 2),
        ("landing/tpp/g/SRPatient.csv.gz", "organisation", 1),
        ("landing/tpp/g/again.zip!SRPatient.csv", "publisher", 2),
        ("landing/tpp/g/again.zip!SRPatient.csv", "organisation", 1),
    }


def test_an_encrypted_file_is_read_in_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it holds: text as it comes, or something packed again."""

    @contextmanager
    def opened(path: Path, _ring: Path | None) -> Iterator[Iterator[bytes]]:
        data = path.read_bytes().removeprefix(b"locked ")
        yield iter([data[:5], data[5:]])

    monkeypatch.setattr(scan_packed, "plain_bytes", opened)
    rows = b"IDOrganisationVisibleTo,NHSNumber\r\nF86045," + NUMBER.encode() + b"\r\n"
    files = {
        "landing/tpp/g/SRPatient.csv.gpg": b"locked " + rows,
        "landing/tpp/g/SRPatient.csv.gz.gpg": b"locked " + gzip.compress(rows),
    }
    found = _found(tmp_path, files, (suppliers()["tpp"],))
    assert found >= {(path, "publisher", 1) for path in files}
    assert found >= {(path, "canary", 1) for path in files}


def test_many_files_are_read_side_by_side_with_the_same_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"work-of/{place}.txt": TEXT for place in range(3)} | {"x.bin": NOISE}
    alone = _found(tmp_path, files)
    assert len(alone) == 7
    monkeypatch.setattr(scan_module, "POOLED_BYTES", 0)
    monkeypatch.setattr(scan_module, "_LARGE_BYTES", 100)
    assert _found(tmp_path, files) == alone
