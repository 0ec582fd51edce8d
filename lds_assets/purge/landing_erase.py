"""Erasing a practice's records from landing, so that a kill at any point can be resumed.

A rewritten file is made aside and whole, the ledger is told, then one rename puts it in place. No
look at landing goes on meanwhile. Rule source: governance specification S17; ADR 16.
"""

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from lds_assets.landing.decrypt import encrypt
from lds_assets.landing.find import FoundFile
from lds_assets.landing.notice import one_at_a_time
from lds_assets.landing.purged import Rewritten, note_removed, note_rewritten, settle_delivery
from lds_assets.landing.states import Delivery
from lds_assets.purge.feed import Fate, Feed, Inspected
from lds_assets.purge.inspection import plain
from lds_assets.purge.known import Known
from lds_assets.purge.landing import inspected, odd
from lds_assets.purge.records import Sorter, Whose, without

#: Where rewritten files are made, below landing; on the same file system as their place.
ASIDE = ".purge"

Counts = Counter[str]


def erase_landing(feed: Feed, purge_id: str) -> Counts:
    """Erase the practice's records from a supplier's landing folder; return what was done.

    Returns:
        ``rows`` erased, ``files_deleted``, ``files_rewritten``, ``files_removed``.
    """
    counts: Counts = Counter()
    with one_at_a_time(feed.settings.home, feed.supplier.code):
        known = Known(feed.ledger, feed.supplier.code, feed.names.code)
        # killed half-way, what is left still tells that a group is the practice's alone
        for delivery in sorted(inspected(feed, known), key=_rows):
            _Erasing(feed, delivery, known.rows(delivery.found), purge_id, counts).go()
        for file in odd(feed):
            _unlink(feed.root, file)
            counts["files_removed"] += 1
    shutil.rmtree(feed.settings.landing / ASIDE, ignore_errors=True)
    return counts


def remove_strangers(landing: Path, paths: Iterable[str]) -> Counts:
    """Delete files of suppliers without a feed that name the practice.

    Args:
        paths: relative to the landing folder.
    """
    counts: Counts = Counter()
    for path in paths:
        (landing / path).unlink(missing_ok=True)
        _prune(landing / path, landing)
        counts["files_removed"] += 1
    return counts


def _rows(delivery: Inspected) -> int:
    return delivery.count(Whose.MINE)


class _Erasing:
    """Erases the practice from one delivery."""

    def __init__(
        self,
        feed: Feed,
        delivery: Inspected,
        entered: Sequence[Delivery],
        purge_id: str,
        counts: Counts,
    ) -> None:
        self._feed = feed
        self._delivery = delivery
        self._entered = entered
        self._purge_id = purge_id
        self._counts = counts

    def go(self) -> None:
        """Do what each file's fate says."""
        if self._delivery.is_alone:
            self._delete_all()
            return
        for file in self._delivery.found.files:
            fate = self._delivery.fate(file)
            self._counts["rows"] += self._delivery.rows(file)
            if fate is Fate.REWRITE:
                self._rewrite(file, self._delivery.sorters[file.name])
            elif fate is Fate.REMOVE:
                self._tell_removed([file], forget=True)
                _unlink(self._feed.root, file)
                self._counts["files_removed"] += 1

    def _delete_all(self) -> None:
        files = self._delivery.found.files
        self._tell_removed(files, forget=False)
        for file in sorted(files, key=self._delivery.rows):
            self._counts["rows"] += self._delivery.rows(file)
            _unlink(self._feed.root, file)
            self._counts["files_deleted"] += 1
        for row in self._entered:
            settle_delivery(self._feed.ledger, row, self._purge_id)

    def _tell_removed(self, files: Sequence[FoundFile], *, forget: bool) -> None:
        names = [file.name for file in files]
        for row in self._entered:
            engine = self._feed.ledger.engine
            note_removed(engine, row.delivery_id, names, self._purge_id, forget=forget)

    def _rewrite(self, file: FoundFile, sorter: Sorter) -> None:
        place = self._feed.root / file.path
        aside = self._feed.settings.landing / ASIDE / hashlib.sha256(file.path.encode()).hexdigest()
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        was, now = hashlib.sha256(), hashlib.sha256()
        with plain(self._feed, file) as chunks:
            kept = _hashed(without(sorter.sort(_hashed(chunks, was.update))), now.update)
            if file.is_encrypted:
                encrypt(kept, place, aside, self._feed.settings.gnupg_home)
            else:
                _write(kept, aside)
        shutil.copymode(place, aside)
        self._tell_rewritten(file, aside, was.hexdigest(), now.hexdigest())
        aside.replace(place)
        self._counts["files_rewritten"] += 1

    def _tell_rewritten(self, file: FoundFile, made: Path, was: str, now: str) -> None:
        status = made.stat()
        with made.open("rb") as handle:
            sha256 = hashlib.file_digest(handle, "sha256").hexdigest()
        told = Rewritten(file.name, was, sha256, now, status.st_size, status.st_mtime_ns)
        holding = [row.delivery_id for row in self._entered if self._has(row, file, was)]
        note_rewritten(self._feed.ledger.engine, holding, told, self._purge_id)

    def _has(self, row: Delivery, file: FoundFile, was: str) -> bool:
        files = self._feed.ledger.files(row.delivery_id)
        return any((each.name, each.plain_sha256) == (file.name, was) for each in files)


def _write(chunks: Iterable[bytes], target: Path) -> None:
    with target.open("wb") as handle:
        for chunk in chunks:
            handle.write(chunk)
        handle.flush()
        os.fsync(handle.fileno())


def _hashed(chunks: Iterable[bytes], update: Callable[[bytes], None]) -> Iterator[bytes]:
    for chunk in chunks:
        update(chunk)
        yield chunk


def _unlink(root: Path, file: FoundFile) -> None:
    (root / file.path).unlink(missing_ok=True)
    _prune(root / file.path, root)


def _prune(path: Path, root: Path) -> None:
    """Remove the folders that a file leaves empty, up to the root."""
    folder = path.parent
    while folder != root and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
