"""What a file is, by its first bytes, and opening those that are packed, encrypted or both.

A form that cannot be opened is told, never passed over: bytes that are packed or encrypted look
like chance, and of chance nobody can say what it holds.
"""

import bz2
import codecs
import gzip
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from lds_assets.landing.decrypt import plain_bytes

CHUNK = 1 << 20
#: Bytes of a file's start by which its form is told.
HEAD = 1 << 16

#: Opens the plain bytes of a file or of a member of it, as often as asked.
Opener = Callable[[], AbstractContextManager[Iterable[bytes]]]

#: What opening a file of a known form may raise when it is broken, cut or locked.
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    pa.ArrowException,
)

_MAGIC = (
    (0, b"PAR1", "parquet"),
    (8, b"DUCK", "duckdb"),
    (0, b"SQLite format 3", "sqlite"),
    (0, b"\x1f\x8b", "gzip"),
    (0, b"BZh", "bzip2"),
    (0, b"\xfd7zXZ\x00", "xz"),
    (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"\x04\x22\x4d\x18", "lz4"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),
    (257, b"ustar", "tar"),
    (0, b"-----BEGIN PGP MESSAGE", "encrypted"),
    # known to hold packed parts, and no reader of theirs is here
    (0, b"%PDF", "unopened"),
    (0, b"ARROW1", "unopened"),
    (0, b"ORC", "unopened"),
    (0, b"Obj\x01", "unopened"),
    (0, b"7z\xbc\xaf\x27\x1c", "unopened"),
    (0, b"Rar!", "unopened"),
)
_ENCRYPTED = (".gpg", ".pgp", ".asc")
#: Forms that hold others, or need more than one pass in any order.
STREAMED = frozenset({"text", "binary", "unopened"})
#: More of what it was, after packing, is chance; text leaves half at the most.
_CHANCE = 0.95
_LEAST = 256


def kind_of(name: str, head: bytes) -> str:
    """Say what a file is.

    Args:
        head: its first ``HEAD`` bytes.

    Returns:
        A form of the list above, ``encrypted``, ``text``, ``binary``, or ``unopened`` for what
        looks like chance.
    """
    for place, sign, kind in _MAGIC:
        if head[place : place + len(sign)] == sign:
            return kind
    if name.lower().endswith(_ENCRYPTED):
        return "encrypted"
    if _is_text(head):
        return "text"
    return "unopened" if _is_chance(head) else "binary"


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    controls = sum(head.count(bytes([each])) for each in range(32) if each not in b"\t\n\r\f\x1b")
    if controls:
        return False
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        # one byte a character: letters, and few signs above them
        return sum(byte > 127 for byte in head) * 4 < len(head)
    return True


def _is_chance(head: bytes) -> bool:
    if len(head) < _LEAST:
        return False
    return len(zlib.compress(head, 1)) > _CHANCE * len(head)


def is_chance_inside(path: Path, size_bytes: int) -> bool:
    """Say whether a long file that begins as something plain goes on, or ends, like chance."""
    if size_bytes <= HEAD:
        return False
    with path.open("rb") as handle:
        for place in (size_bytes // 2, size_bytes - HEAD):
            handle.seek(place)
            if _is_chance(handle.read(HEAD)):
                return True
    return False


def members(path: Path, kind: str, gnupg_home: Path | None) -> Iterator[tuple[str, Opener]]:
    """Yield what a packed or encrypted file holds: its name, empty for the one thing, and opener.

    Raises:
        BROKEN: it cannot be opened.
    """
    if kind == "encrypted":
        yield "", lambda: plain_bytes(path, gnupg_home)
    elif kind == "zip":
        with zipfile.ZipFile(path) as archive:
            for each in archive.infolist():
                if not each.is_dir():
                    yield each.filename, _opener(archive.open, each)
    elif kind == "tar":
        with tarfile.open(path, "r:") as bundle:
            for part in bundle:
                if part.isfile():
                    yield part.name, _opener(bundle.extractfile, part)
    else:
        yield "", _opener(_unpacked(kind), path)


def opened(path: Path, gnupg_home: Path | None) -> Iterator[tuple[str, Opener]]:
    """Yield what a file of landing holds as plain bytes: itself, or what is packed in it."""
    with path.open("rb") as handle:
        kind = kind_of(path.name, handle.read(HEAD))
    if kind in STREAMED:
        yield "", _opener(lambda each: each.open("rb"), path)
    else:
        yield from members(path, kind, gnupg_home)


def _opener(open_: Callable[[Any], IO[bytes] | None], what: object) -> Opener:
    @contextmanager
    def opened() -> Iterator[Iterable[bytes]]:
        handle = open_(what)
        if handle is None:
            raise OSError("a member that is no file")
        with handle:
            yield iter(lambda: handle.read(CHUNK), b"")

    return opened


def _unpacked(kind: str) -> Callable[[Path], IO[bytes]]:
    def open_(path: Path) -> IO[bytes]:
        if kind in _BY_ARROW:
            return cast(IO[bytes], pa.CompressedInputStream(str(path), kind))
        return cast(IO[bytes], _UNPACKERS[kind](path))

    return open_


_BY_ARROW = frozenset({"zstd", "lz4"})
_UNPACKERS: dict[str, Callable[[Path], object]] = {
    "gzip": gzip.GzipFile,
    "bzip2": bz2.BZ2File,
    "xz": lzma.LZMAFile,
}
