"""Proof that a delivery is complete: every file there, whole, readable, with a known header."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from lds_assets.errors import RoadError
from lds_assets.landing.advice import fate
from lds_assets.landing.content import Content, decoded, open_plain, read_content
from lds_assets.landing.find import FoundDelivery, FoundFile
from lds_assets.landing.header import Headers
from lds_assets.landing.manifest import Manifest, ManifestFault, read_manifest, stem
from lds_assets.landing.row_count import count_records
from lds_assets.landing.states import DeliveryFile, Fate, Reason, State
from lds_assets.suppliers.registry import Supplier

#: Files read at the same time.
READERS = 2
_LISTED = 12

#: Faults of a file's bytes: they stay as long as the bytes do.
_OF_BYTES = frozenset({Reason.TRUNCATED, Reason.ENCODING})
#: Which fault of its files a delivery is told to have, gravest first.
_GRAVITY = (
    Reason.DELETES_MISSING,
    Reason.UNREADABLE,
    Reason.DECRYPT_FAIL,
    Reason.TRUNCATED,
    Reason.ENCODING,
    Reason.HEADER_MISSING,
    Reason.HEADER_DRIFT,
    Reason.ROWCOUNT_MANIFEST,
)

#: (folder, name, size, mtime) -> what the ledger knows of exactly this file
Known = Mapping[tuple[str, str, int, int], DeliveryFile]


@dataclass(frozen=True)
class Proof:
    """What a look at a delivery's files found.

    Attributes:
        fate: ``SEEN`` or ``DECRYPTED`` when every file is proven.
        content_hash: over names and plain contents; '' unless proven.
    """

    files: tuple[DeliveryFile, ...]
    fate: Fate
    kind: str
    version: str
    extracted_at: datetime
    window_from: datetime | None = None
    window_to: datetime | None = None
    content_hash: str = ""


class Prover:
    """Looks at the files of a supplier's deliveries.

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
        self.files_read = 0
        self.bytes_read = 0

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

    def prove(self, delivery: FoundDelivery) -> Proof:
        """Say whether a delivery is complete, and what each of its files is."""
        contents = self.contents(delivery.files)
        headers = Headers(
            self._supplier,
            {
                file.table: contents[file.name].header
                for file in delivery.files
                if file.table and contents[file.name].header
            },
        )
        manifest, fault = self._manifest(delivery, contents)
        files = tuple(
            self._file(delivery, file, contents[file.name], headers, manifest)
            for file in delivery.files
        )
        told = fault or self._fate(delivery, files, headers, manifest)
        proven = told.state in (State.SEEN, State.DECRYPTED)
        return Proof(
            files=files,
            fate=told,
            kind=self._kind(files),
            version=headers.version() or "",
            extracted_at=manifest.window_to if manifest else delivery.extracted_at,
            window_from=manifest.window_from if manifest else None,
            window_to=manifest.window_to if manifest else None,
            content_hash=self._content_hash(delivery, contents) if proven else "",
        )

    # -- one file -----------------------------------------------------------------------------

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

    # -- the delivery -------------------------------------------------------------------------

    def _manifest(
        self, delivery: FoundDelivery, contents: Mapping[str, Content]
    ) -> tuple[Manifest | None, Fate | None]:
        rules = self._rules.manifest
        if rules is None:
            return None, None
        file = next((each for each in delivery.files if each.is_manifest), None)
        if file is None:
            detail = f"{rules.file} is not there; it comes last"
            return None, fate(State.INCOMPLETE, Reason.FILES_MISSING, detail)
        if contents[file.name].reason:
            return None, None  # told as the fault of that file
        path = self._root / file.path
        try:
            with open_plain(path, file.is_encrypted, self._gnupg_home) as chunks:
                text = decoded(b"".join(chunks), self._format.encoding)
            return read_manifest(text, rules, self._format, self._rules.time_zone), None
        except ManifestFault as fault:
            return None, fate(State.HELD, fault.reason, fault.detail)
        except RoadError as error:
            return None, fate(State.HELD, error.code, error.what)
        except OSError as error:
            return None, fate(State.HELD, Reason.UNREADABLE, f"{file.name}: {error.strerror}")

    def _fate(
        self,
        delivery: FoundDelivery,
        files: Sequence[DeliveryFile],
        headers: Headers,
        manifest: Manifest | None,
    ) -> Fate:
        missing = self._missing(delivery, headers, manifest)
        if missing:
            detail = f"{len(missing)} missing: {_listed(missing)}"
            return fate(State.INCOMPLETE, Reason.FILES_MISSING, detail)
        counted = Counter(file.table for file in delivery.files if file.table)
        twice = sorted(table for table, times in counted.items() if times > 1)
        if twice:
            return fate(State.HELD, Reason.MIXED_BATCH, f"more than one file of {_listed(twice)}")
        faulty = _gravest(files)
        if faulty is not None:
            return faulty
        unlisted = self._unlisted(delivery, manifest)
        if unlisted:
            return fate(State.HELD, Reason.MANIFEST, f"not in the manifest: {_listed(unlisted)}")
        if headers.version() is None:
            detail = "the headers are of no version that the supplier folder knows"
            return fate(State.HELD, Reason.SPEC_UNKNOWN, detail)
        encrypted = any(file.is_encrypted for file in delivery.files)
        return fate(State.DECRYPTED if encrypted else State.SEEN)

    def _missing(
        self, delivery: FoundDelivery, headers: Headers, manifest: Manifest | None
    ) -> list[str]:
        """Return what the delivery should hold and does not, in order."""
        missing = []
        if self._rules.needs_every_table:
            tables = {file.table for file in delivery.files}
            missing += [name for name in headers.expected_tables() if name not in tables]
        if manifest is not None and self._rules.manifest is not None:
            present = {stem(file.plain_name) for file in delivery.files}
            wanted = [listing.file for listing in manifest.listings.values()]
            wanted += list(self._rules.manifest.unlisted)
            missing += [name for name in wanted if stem(name) not in present]
        return sorted(missing)

    def _unlisted(self, delivery: FoundDelivery, manifest: Manifest | None) -> list[str]:
        """Return files to be loaded that the manifest does not speak of."""
        rules = self._rules.manifest
        if manifest is None or rules is None:
            return []
        spoken = {*manifest.listings, *(stem(name) for name in rules.unlisted)}
        return [
            file.name
            for file in delivery.files
            if file.table in self._loaded and stem(file.plain_name) not in spoken
        ]

    def _kind(self, files: Sequence[DeliveryFile]) -> str:
        """Return the kind of the tables that hold practices' records, else of all tables."""
        definition = self._supplier.definition
        of_practices = {
            table.name
            for table in definition.tables
            if not table.dictionary and not table.publisher.shared
        }
        kinds = {file.kind for file in files if file.table_name in of_practices}
        kinds = kinds or {file.kind for file in files if file.table_name}
        return kinds.pop() if len(kinds) == 1 else "mixed" if kinds else ""

    def _content_hash(self, delivery: FoundDelivery, contents: Mapping[str, Content]) -> str:
        digest = hashlib.sha256()
        if self._rules.manifest is None:
            # without a manifest two quiet days may hold the same: the extract time is content
            digest.update(f"{delivery.extracted_at.isoformat()}\n".encode())
        for file in sorted(delivery.files, key=lambda each: each.plain_name):
            digest.update(f"{file.plain_name}\n{contents[file.name].plain_sha256}\n".encode())
        return digest.hexdigest()


def _gravest(files: Sequence[DeliveryFile]) -> Fate | None:
    """Return the fate that the faults of its files give a delivery, None without faults."""
    by_reason: dict[str, list[DeliveryFile]] = {}
    for file in files:
        if file.state in (State.HELD, State.QUARANTINED, State.REFUSED):
            by_reason.setdefault(file.reason, []).append(file)
    for reason in (*_GRAVITY, *by_reason):
        if reason in by_reason:
            worst = by_reason[reason]
            told = "; ".join(
                file.detail if file.detail.startswith(file.name) else f"{file.name}: {file.detail}"
                for file in worst[:_LISTED]
            )
            more = f"; and {len(worst) - _LISTED} more files" if len(worst) > _LISTED else ""
            return fate(worst[0].state, reason, told + more)
    return None


def _listed(names: Sequence[str]) -> str:
    more = len(names) - 2 * _LISTED
    return ", ".join(names[: 2 * _LISTED]) + (f" and {more} more" if more > 0 else "")
