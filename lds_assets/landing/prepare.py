"""Opening a proven delivery: its tables as plain UTF-8 files, decrypted and recoded when need be.

Plain UTF-8 files are read where they lie. Others are written below ``landing/.prepared`` for as
long as the delivery is open; what a killed run left there is removed by the next.
"""

import codecs
import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lds_assets.errors import Held, Quarantined
from lds_assets.landing.advice import TO_DO
from lds_assets.landing.content import open_plain
from lds_assets.landing.decrypt import CHUNK
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.prove_files import READERS
from lds_assets.landing.states import Delivery, DeliveryFile, Reason, State
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

PREPARED = ".prepared"
_LOCK = ".lock"
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


@dataclass(frozen=True)
class PreparedFile:
    """One table of an open delivery.

    Attributes:
        path: a plain UTF-8 file, there as long as the delivery is open.
        header: column names as the file has them.
        kind: ``full`` or ``delta``.
    """

    path: Path
    table: str
    header: tuple[str, ...]
    kind: str

    @property
    def is_full(self) -> bool:
        """Say whether the file holds everything, not only changes."""
        return self.kind == "full"


@contextmanager
def opened(
    delivery: Delivery,
    supplier: Supplier,
    settings: Settings,
    ledger: Ledger,
    only: frozenset[str] | None = None,
) -> Iterator[list[PreparedFile]]:
    """Open a proven delivery's tables, in the order of the supplier's declaration.

    Args:
        delivery: the delivery.
        supplier: whose it is.
        settings: where landing and key ring are.
        ledger: what was proven.
        only: tables to open; None for all.

    Raises:
        Held: a file is gone, is not the one that was proven, or cannot be decrypted.
        Quarantined: a file is not of the declared encoding.
    """
    order = {table.name: place for place, table in enumerate(supplier.definition.tables)}
    files = [
        file
        for file in ledger.files(delivery.delivery_id)
        if file.state is State.VALIDATED
        and file.table_name in order
        and (only is None or file.table_name in only)
    ]
    files.sort(key=lambda file: order[file.table_name])
    folder = settings.landing / supplier.code / delivery.folder
    with _workspace(settings.landing / PREPARED, delivery.delivery_id) as work:
        preparer = _Preparer(folder, work, supplier.definition.format.encoding, settings)
        with ThreadPoolExecutor(READERS) as pool:
            yield list(pool.map(preparer.prepare, files))


class _Preparer:
    """Makes the files of one delivery readable."""

    def __init__(self, folder: Path, work: Path, encoding: str, settings: Settings) -> None:
        self._folder = folder
        self._work = work
        self._encoding = encoding
        self._gnupg_home = settings.gnupg_home

    def prepare(self, file: DeliveryFile) -> PreparedFile:
        """Return a file as it can be read."""
        path = self._folder / file.name
        self._check_unchanged(path, file)
        is_encrypted = file.sha256 != file.plain_sha256
        if is_encrypted or not self._is_utf8(path):
            path = self._write_plain(path, file, is_encrypted)
        return PreparedFile(path, file.table_name, file.header, file.kind)

    def _check_unchanged(self, path: Path, file: DeliveryFile) -> None:
        """Refuse a file that is not the one the ledger proved."""
        try:
            status = path.stat()
            if (status.st_size, status.st_mtime_ns) == (file.size_bytes, file.mtime_ns):
                return
            with path.open("rb") as handle:
                is_same = hashlib.file_digest(handle, "sha256").hexdigest() == file.sha256
        except OSError:
            raise _held(file, Reason.FILES_GONE, "the file cannot be read any more") from None
        if not is_same:
            raise _held(file, Reason.HASH_CHANGED, "the file changed after it was proven")

    def _is_utf8(self, path: Path) -> bool:
        """Say whether the file's bytes are UTF-8 as they are."""
        if codecs.lookup(self._encoding).name in _UTF8:
            return True
        with path.open("rb") as handle:
            return all(chunk.isascii() for chunk in iter(lambda: handle.read(CHUNK), b""))

    def _write_plain(self, path: Path, file: DeliveryFile, is_encrypted: bool) -> Path:
        target = self._work / f"{file.table_name}.csv"
        digest = hashlib.sha256()
        with (
            open_plain(path, is_encrypted, self._gnupg_home) as chunks,
            target.open("wb") as handle,
        ):
            for chunk in _recoded(_hashed(chunks, digest.update), self._encoding, file):
                handle.write(chunk)
        if digest.hexdigest() != file.plain_sha256:
            raise _held(file, Reason.HASH_CHANGED, "the text changed after it was proven")
        return target


def _hashed(chunks: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def _recoded(chunks: Iterable[bytes], encoding: str, file: DeliveryFile) -> Iterator[bytes]:
    """Yield bytes of an encoding as UTF-8.

    Raises:
        Quarantined: bytes are not of the encoding; told by line, never by content.
    """
    if codecs.lookup(encoding).name in _UTF8:
        yield from chunks
        return
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    lines = 0
    try:
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8")
            lines += chunk.count(b"\n")
        yield decoder.decode(b"", final=True).encode("utf-8")
    except UnicodeDecodeError as error:
        line = lines + error.object.count(b"\n", 0, error.start) + 1
        raise Quarantined(
            f"{file.table_name} line {line} is not {encoding}",
            where=f"{file.name}, line {line}",
            done="delivery set aside, others go on",
            to_do=TO_DO[Reason.ENCODING],
            code=Reason.ENCODING,
        ) from None


def _held(file: DeliveryFile, reason: Reason, what: str) -> Held:
    return Held(
        f"{file.table_name}: {what}",
        where=file.name,
        done="delivery held, others go on",
        to_do=TO_DO[reason],
        code=reason,
    )


@contextmanager
def _workspace(root: Path, delivery_id: str) -> Iterator[Path]:
    """Make a private folder for an open delivery; remove it and what dead runs left."""
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(root)
    name = hashlib.sha256(delivery_id.encode()).hexdigest()[:24]
    folder, lock_file = root / name, root / f"{name}{_LOCK}"
    with _locked(lock_file):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock_file.unlink(missing_ok=True)


@contextmanager
def _locked(lock_file: Path) -> Iterator[None]:
    """Hold a lock file; the system frees it when the run dies."""
    while True:
        with lock_file.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # another run may have removed the file between opening and locking
            if lock_file.exists() and lock_file.stat().st_ino == os.fstat(lock.fileno()).st_ino:
                yield
                return


def sweep(root: Path) -> None:
    """Remove the folders of runs that died: nobody holds their lock."""
    for lock_file in root.glob(f"*{_LOCK}"):
        with suppress(OSError), lock_file.open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(root / lock_file.name.removesuffix(_LOCK), ignore_errors=True)
            lock_file.unlink(missing_ok=True)
