"""Proof of one file: what it holds, whether it is whole, readable and with a known header."""

import csv
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from lds_assets.errors import RoadError
from lds_assets.landing.content import Content, open_plain, read_content
from lds_assets.landing.find import FoundDelivery, FoundFile
from lds_assets.landing.header import Headers
from lds_assets.landing.manifest import Manifest, stem
from lds_assets.landing.row_count import count_records
from lds_assets.landing.states import DeliveryFile, Reason, State
from lds_assets.suppliers.registry import Supplier

#: Files read at the same time.
READERS = 2
#: Faults of a file's bytes: they stay as long as the bytes do.
_OF_BYTES = frozenset({Reason.TRUNCATED, Reason.ENCODING})

#: (folder, name, size, mtime) -> what the ledger knows of exactly this file
Known = Mapping[tuple[str, str, int, int], DeliveryFile]


class FileProver:
    """Looks at files one by one.

    Args:
        supplier: its rules and dictionary.
        root: ``landing/<supplier>``.
        gnupg_home: key ring for encrypted files.
        known: files the ledger knows; those unchanged are not read again.
    """

    def __init__(
        self, supplier: Supplier, root: Path, gnupg_home: Path | None, known: Known
    ) -> None:
        self._supplier = supplier
        self._rules = supplier.definition.delivery
        self._format = supplier.definition.format
        self._root = root
        self._gnupg_home = gnupg_home
        self._known = known
        self._loaded = {table.name for table in supplier.definition.tables}
        self._unloaded = {name.lower() for name in {*supplier.dictionary} - self._loaded}
        self._of_practices = supplier.definition.of_practices
        self.files_read = 0
        self.bytes_read = 0

    def is_unloaded(self, name: str) -> bool:
        """Say whether a file is, by its name, of a table that is known and never loaded."""
        return stem(name) in self._unloaded

    def contents(self, files: Sequence[FoundFile]) -> dict[str, Content]:
        """Return what each file holds, by name; unchanged files from the ledger."""
        found: dict[str, Content] = {}
        unread = []
        for file in files:
            known = self._recall(file)
            if known is None:
                unread.append(file)
            else:
                found[file.name] = known
        with ThreadPoolExecutor(READERS) as pool:
            for file, content in zip(unread, pool.map(self._read, unread), strict=True):
                found[file.name] = content
        self.files_read += len(unread)
        self.bytes_read += sum(file.size_bytes for file in unread)
        return found

    def _recall(self, file: FoundFile) -> Content | None:
        """Return what the ledger knows of an unchanged file that could be read."""
        known = self._known.get((file.folder, file.name, file.size_bytes, file.mtime_ns))
        if known is None or not known.sha256 or known.reason == Reason.HEADER_MISSING:
            return None
        of_bytes = known.reason in _OF_BYTES
        return Content(
            known.sha256,
            known.plain_sha256,
            known.header,
            known.reason if of_bytes else "",
            known.detail if of_bytes else "",
        )

    def _read(self, file: FoundFile) -> Content:
        try:
            return read_content(
                self._root / file.path, file.is_encrypted, self._format, self._gnupg_home
            )
        except RoadError as error:
            return Content("", "", (), error.code, error.what)
        except OSError as error:
            return Content("", "", (), Reason.UNREADABLE, f"{file.name}: {error.strerror}")

    def _file(
        self,
        delivery: FoundDelivery,
        file: FoundFile,
        content: Content,
        headers: Headers,
        manifest: Manifest | None,
    ) -> DeliveryFile:
        listing = manifest.listings.get(stem(file.plain_name)) if manifest else None
        kind = listing.kind if listing else self._default_kind(delivery, file)
        is_guess = not file.is_manifest and self._has_no_word(delivery)
        row = DeliveryFile(
            delivery_id="",
            name=file.name,
            table_name=file.table,
            kind=kind,
            size_bytes=file.size_bytes,
            mtime_ns=file.mtime_ns,
            version=headers.version() or "",
            sha256=content.sha256,
            plain_sha256=content.plain_sha256,
            header=content.header if file.table in self._loaded else (),
            window_from=listing.window_from if listing else None,
            window_to=listing.window_to if listing else None,
            reason=Reason.KIND_INFERRED if is_guess else "",
            detail=f"{kind} by its number, for its name has no word for it" if is_guess else "",
        )
        judged = self._judged(row, file, content, headers)
        if judged.state is State.VALIDATED and listing and listing.record_count is not None:
            return self._counted(judged, file, listing.record_count)
        return judged

    def _counted(self, row: DeliveryFile, file: FoundFile, wanted: int) -> DeliveryFile:
        """Set a file aside that holds another number of records than the manifest says."""
        try:
            with open_plain(self._root / file.path, file.is_encrypted, self._gnupg_home) as chunks:
                found = count_records(chunks, self._format)
        except (OSError, RoadError, csv.Error):
            return replace(row, state=State.HELD, reason=Reason.UNREADABLE, detail="not counted")
        if found == wanted:
            return row
        detail = f"{found} records, the manifest says {wanted}"
        reason = Reason.ROWCOUNT_MANIFEST
        return replace(row, state=State.QUARANTINED, reason=reason, detail=detail)

    def _judged(
        self, row: DeliveryFile, file: FoundFile, content: Content, headers: Headers
    ) -> DeliveryFile:
        """Add state and reason to a file's row."""
        unreadable = content.reason in (Reason.UNREADABLE, Reason.DECRYPT_FAIL)
        if not unreadable and not file.is_manifest and file.table not in self._loaded:
            known = bool(file.table)
            reason = Reason.NOT_LOADED if known else Reason.UNKNOWN_TABLE
            return replace(row, state=State.IGNORED, reason=reason)
        if content.reason:
            held = State.QUARANTINED if content.reason == Reason.ENCODING else State.HELD
            return replace(row, state=held, reason=content.reason, detail=content.detail, header=())
        if file.is_manifest:
            return replace(row, state=State.VALIDATED)
        fault = headers.fault(file.table, row.is_full)
        if fault is None:
            extra = len(headers.extra_names(file.table))
            return replace(row, state=State.VALIDATED, extra_columns=extra)
        # a first line that is no header may hold a patient's values
        header = () if fault.reason == Reason.HEADER_MISSING else row.header
        state = State.REFUSED if fault.reason == Reason.DELETES_MISSING else State.HELD
        return replace(row, state=state, reason=fault.reason, detail=fault.detail, header=header)

    def _default_kind(self, delivery: FoundDelivery, file: FoundFile) -> str:
        if file.is_manifest:
            return "manifest"
        if self._has_no_word(delivery):
            is_full = re.fullmatch(self._rules.full_numbers, delivery.number) is not None
            return "full" if is_full else "delta"
        full_words = {word.lower() for word in self._rules.full_kinds}
        by_name = not self._rules.manifest and delivery.kind_word and full_words
        return "full" if not by_name or delivery.kind_word.lower() in full_words else "delta"

    def _has_no_word(self, delivery: FoundDelivery) -> bool:
        """Say whether the kind is to be told by the number, for want of a word in the name."""
        return bool(self._rules.full_numbers) and not delivery.kind_word
