"""Proof that a delivery is complete: every file there, whole, readable, with a known header."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from lds_assets.errors import RoadError
from lds_assets.landing.advice import fate
from lds_assets.landing.content import Content, decoded, open_plain
from lds_assets.landing.find import FoundDelivery
from lds_assets.landing.header import Headers
from lds_assets.landing.manifest import Manifest, ManifestFault, read_manifest, stem
from lds_assets.landing.parts import content_hash, faults_apart, part_kind, told_of
from lds_assets.landing.prove_files import FileProver
from lds_assets.landing.states import DeliveryFile, Fate, Reason, State
from lds_assets.suppliers.apart import may_wait

_LISTED = 12

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


@dataclass(frozen=True)
class Proof:
    """What a look at a delivery's files found.

    Attributes:
        fate: ``SEEN`` or ``DECRYPTED`` when every file is proven.
        content_hash: over names and plain contents; '' unless proven.
        parts: table -> what was found of it alone, where its fault keeps no other table back; its
            files are not among those of the delivery.
        unread: names listed and not there that nothing waits for: their tables are not loaded.
    """

    files: tuple[DeliveryFile, ...]
    fate: Fate
    kind: str
    version: str
    extracted_at: datetime
    window_from: datetime | None = None
    window_to: datetime | None = None
    content_hash: str = ""
    parts: Mapping[str, "Proof"] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    @property
    def is_proven(self) -> bool:
        """Say whether every file is there, whole and readable."""
        return self.fate.state in (State.SEEN, State.DECRYPTED)


@dataclass(frozen=True)
class _Seen:
    """A delivery as it lies there, before anything is decided about it."""

    delivery: FoundDelivery
    contents: Mapping[str, Content]
    headers: Headers
    manifest: Manifest | None
    fault: Fate | None
    files: tuple[DeliveryFile, ...]


class Prover(FileProver):
    """Looks at a supplier's deliveries; see ``FileProver`` for what it is made of."""

    def prove(self, delivery: FoundDelivery, parted: Collection[str] = ()) -> Proof:
        """Say whether a delivery is complete, and what each of its files is.

        Args:
            delivery: with all its files, those of parts too.
            parted: tables of it that are parts already; nothing is said of them.
        """
        seen = self._see(delivery)
        apart = self._apart(seen, parted)
        proof = self._without(seen, {*parted, *apart})
        if apart and not proof.is_proven:
            return self._without(seen, parted)
        parts = {table: self._part(seen, table, told) for table, told in apart.items()}
        return replace(proof, parts=parts)

    def prove_part(self, delivery: FoundDelivery, table: str) -> Proof | None:
        """Say whether the part of a delivery is there; None while its manifest tells nothing.

        Args:
            delivery: with all its files.
        """
        seen = self._see(delivery)
        if seen.manifest is None or table.lower() not in seen.manifest.listings:
            return None
        return self._part(seen, table, self._fate_of_part(seen, table))

    def _see(self, delivery: FoundDelivery) -> _Seen:
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
        return _Seen(delivery, contents, headers, manifest, fault, files)

    def _without(self, seen: _Seen, gone: Collection[str]) -> Proof:
        """Return what is found of a delivery without some of its tables."""
        manifest, delivery = seen.manifest, seen.delivery
        files = tuple(file for file in seen.files if file.table_name not in gone)
        told = seen.fault or self._fate(seen, files, gone)
        proof = Proof(
            files=files,
            fate=told,
            kind=part_kind(files, self._of_practices) if gone else self._kind(files),
            version=seen.headers.version() or "",
            extracted_at=manifest.window_to if manifest else delivery.extracted_at,
            window_from=manifest.window_from if manifest else None,
            window_to=manifest.window_to if manifest else None,
        )
        if not proof.is_proven:
            return proof
        whole = self._content_hash(delivery, seen.contents)
        return replace(
            proof,
            content_hash=content_hash(files) if gone else whole,
            unread=self._unread(delivery, manifest),
        )

    # -- parts --------------------------------------------------------------------------------

    @cached_property
    def may_wait(self) -> frozenset[str]:
        """Tables that may wait while others go on."""
        return may_wait(self._supplier)

    def _apart(self, seen: _Seen, parted: Collection[str]) -> dict[str, Fate]:
        """Return the tables whose faults keep no other table back, with what is the matter."""
        if seen.manifest is None:
            return {}
        missing = self._missing(seen.delivery, seen.headers, seen.manifest, parted)
        files = [file for file in seen.files if file.table_name not in parted]
        is_well = not missing and _gravest(files) is None
        if is_well or not self.may_wait:
            return {}
        return faults_apart(seen.manifest, files, missing, self.may_wait, self._of_practices)

    def _part(self, seen: _Seen, table: str, told: Fate) -> Proof:
        if seen.manifest is None:
            raise ValueError(f"{seen.delivery.base_id}: a part without a manifest")
        listing = seen.manifest.listings[table.lower()]
        files = tuple(file for file in seen.files if file.table_name == table)
        proof = Proof(
            files=files,
            fate=told,
            kind="delta" if listing.is_delta else "mixed",
            version=seen.headers.version() or "",
            extracted_at=seen.manifest.window_to,
            window_from=listing.window_from,
            window_to=listing.window_to or seen.manifest.window_to,
        )
        return replace(proof, content_hash=content_hash(files)) if proof.is_proven else proof

    def _fate_of_part(self, seen: _Seen, table: str) -> Fate:
        own = [file for file in seen.files if file.table_name == table]
        if not own:
            detail = f"{table} is listed and not there"
            return fate(State.INCOMPLETE, Reason.FILES_MISSING, detail)
        if len(own) > 1:
            return fate(State.HELD, Reason.MIXED_BATCH, f"more than one file of {table}")
        return _gravest(own) or self._as_proven(seen.delivery)

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

    def _fate(self, seen: _Seen, files: Sequence[DeliveryFile], gone: Collection[str] = ()) -> Fate:
        delivery, headers, manifest = seen.delivery, seen.headers, seen.manifest
        missing = self._missing(delivery, headers, manifest, gone)
        if missing:
            detail = f"{len(missing)} missing: {listed(missing)}"
            return fate(State.INCOMPLETE, Reason.FILES_MISSING, detail)
        counted = Counter(file.table_name for file in files if file.table_name)
        twice = sorted(table for table, times in counted.items() if times > 1)
        if twice:
            return fate(State.HELD, Reason.MIXED_BATCH, f"more than one file of {listed(twice)}")
        faulty = _gravest(files)
        if faulty is not None:
            return faulty
        unlisted = self._unlisted(delivery, manifest)
        if unlisted:
            return fate(State.HELD, Reason.MANIFEST, f"not in the manifest: {listed(unlisted)}")
        if headers.version() is None:
            detail = "the headers are of no version that the supplier folder knows"
            return fate(State.HELD, Reason.SPEC_UNKNOWN, detail)
        return self._as_proven(delivery)

    def _as_proven(self, delivery: FoundDelivery) -> Fate:
        encrypted = any(file.is_encrypted for file in delivery.files)
        return fate(State.DECRYPTED if encrypted else State.SEEN)

    def _missing(
        self,
        delivery: FoundDelivery,
        headers: Headers,
        manifest: Manifest | None,
        gone: Collection[str] = (),
    ) -> list[str]:
        """Return what the delivery should hold and does not, in order; not of tables gone."""
        missing = []
        if self._rules.needs_every_table:
            tables = {file.table for file in delivery.files}
            missing += [name for name in headers.expected_tables() if name not in tables]
        if manifest is not None and self._rules.manifest is not None:
            present = {stem(file.plain_name) for file in delivery.files}
            wanted = [listing.file for listing in manifest.listings.values()]
            wanted += list(self._rules.manifest.unlisted)
            missing += [name for name in wanted if stem(name) not in present]
        apart = {table.lower() for table in gone}
        return sorted(
            name for name in missing if stem(name) not in apart and not self.is_unloaded(name)
        )

    def _unread(self, delivery: FoundDelivery, manifest: Manifest | None) -> tuple[str, ...]:
        """Return what is listed and not there of tables that are not loaded: nobody misses it."""
        present = {stem(file.plain_name) for file in delivery.files}
        names = [each.file for each in manifest.listings.values()] if manifest else []
        return tuple(sorted(n for n in names if stem(n) not in present and self.is_unloaded(n)))

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
        kinds = {file.kind for file in files if file.table_name in self._of_practices}
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
            told = "; ".join(told_of(file) for file in worst[:_LISTED])
            more = f"; and {len(worst) - _LISTED} more files" if len(worst) > _LISTED else ""
            return fate(worst[0].state, reason, told + more)
    return None


def listed(names: Sequence[str]) -> str:
    """Return names in a sentence; of many, the first and how many more."""
    more = len(names) - 2 * _LISTED
    return ", ".join(names[: 2 * _LISTED]) + (f" and {more} more" if more > 0 else "")
