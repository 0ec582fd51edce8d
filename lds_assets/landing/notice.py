"""Noticing: what lies in landing is proven and entered in the ledger, each with its state.

Nothing here raises for a fault of a delivery: the fault is its state, and the others go on. A
second look at an unchanged folder reads no file.
"""

import fcntl
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lds_assets.landing.advice import fate
from lds_assets.landing.chain import is_undecided, settle
from lds_assets.landing.content import Content
from lds_assets.landing.find import (
    CHANGE_MARK,
    FOLDER_MARK,
    Found,
    FoundDelivery,
    FoundFile,
    Stranger,
    find,
)
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.prove import Known, Proof, Prover
from lds_assets.landing.purged import Originals
from lds_assets.landing.report import (
    NoticeReport,
    Refusal,
    as_it_lies,
    refused_fate,
    short_id,
    unjudged_file,
    unopened_row,
)
from lds_assets.landing.states import (
    IN_LAKE,
    Delivery,
    DeliveryFile,
    Fate,
    Reason,
    State,
    utc_now,
)
from lds_assets.landing.strangers import refuse_strangers
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

Progress = Callable[[str, float], None]

#: Part of the id of a file that belongs to no delivery.
STRANGER = "/stranger/"

#: Held for what its files are, not for its place in the chain: looked at again each time.
_LOOK_AGAIN = frozenset(
    {
        Reason.DECRYPT_FAIL,
        Reason.UNREADABLE,
        Reason.TRUNCATED,
        Reason.HEADER_MISSING,
        Reason.HEADER_DRIFT,
        Reason.SPEC_UNKNOWN,
        Reason.MIXED_BATCH,
        Reason.MANIFEST,
    }
)
#: The proven files were away or others lay in their place.
_AWAY = frozenset({Reason.FILES_GONE, Reason.HASH_CHANGED})


def notice(
    supplier: Supplier,
    settings: Settings,
    ledger: Ledger,
    refusal: Refusal | None = None,
    *,
    now: datetime | None = None,
    progress: Progress | None = None,
    run_id: str = "",
) -> NoticeReport:
    """Look at a supplier's landing folder and enter what arrived in the ledger.

    Args:
        supplier: its folder's declarations.
        settings: where landing and key ring are.
        ledger: what is known so far.
        refusal: the gate's answer for the supplier itself; refused deliveries are not opened.
        now: time of the look; None takes the clock.
        progress: told the delivery being looked at and how far the look is (0 to 1).
        run_id: run that looks.
    """
    root = settings.landing / supplier.code
    code, message = refusal(supplier.code) if refusal else ("", "")
    with one_at_a_time(settings.home, supplier.code):
        found = find(supplier, root)
        look = _Look(supplier, root, settings, ledger, run_id)
        if code:
            look.refuse(found, code, message)
        else:
            look.take(found, progress)
        look.set_strangers_aside(found.strangers)
    return look.report(now or utc_now())


@contextmanager
def one_at_a_time(home: Path, code: str) -> Iterator[None]:
    """Let one process look at a supplier's landing at a time; the system frees a dead one's."""
    with (home / f"look-{code}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class _Look:
    """One look at a supplier's landing folder."""

    def __init__(
        self, supplier: Supplier, root: Path, settings: Settings, ledger: Ledger, run_id: str
    ) -> None:
        self._supplier = supplier
        self._ledger = ledger
        self._run_id = run_id
        self._rows = {each.delivery_id: each for each in ledger.deliveries(supplier.code)}
        self._files = ledger.supplier_files(supplier.code)
        self._replaced = ledger.replacements()
        self._originals = Originals(ledger.engine, supplier.code)
        self._prover = Prover(supplier, root, settings.gnupg_home, self._known_files())
        self._changed: dict[str, Delivery] = {}
        self._unchanged = 0

    def take(self, found: Found, progress: Progress | None) -> None:
        """Prove what is new, then judge each group's chain."""
        met: set[str] = set()
        for place, delivery in enumerate(found.deliveries):
            if progress:
                progress(delivery.base_id, place / len(found.deliveries))
            identity = self._identity(delivery)
            met.add(identity)
            self._look_at(identity, delivery)
        for identity, row in self._rows.items():
            if identity not in met:
                self._look_for(row)
        self._judge_chains()

    def _known_files(self) -> Known:
        return {
            (self._rows[identity].folder, file.name, file.size_bytes, file.mtime_ns): file
            for identity, files in self._files.items()
            for file in files
        }

    def _identity(self, found: FoundDelivery) -> str:
        """Return the delivery's id: the base id, with its folder when another folder has that."""
        row = self._rows.get(found.base_id)
        if row is None:
            return found.base_id
        if row.folder == found.folder:
            return self._in_force(row).delivery_id
        return f"{found.base_id}{FOLDER_MARK}{found.folder}"

    def _in_force(self, row: Delivery) -> Delivery:
        """Return the version that was taken in place of a delivery, in the same folder."""
        other = self._rows.get(self._replaced.get(row.delivery_id, ""))
        return row if other is None or other.folder != row.folder else self._in_force(other)

    # -- one delivery -------------------------------------------------------------------------

    def _look_at(self, identity: str, found: FoundDelivery) -> None:
        row = self._rows.get(identity)
        if row is not None and row.state is State.ABANDONED:
            self._compare(row, found)
        elif row is None or not row.content_hash:
            if row is not None and self._is_same(identity, found) and not _is_open(row):
                self._unchanged += 1
                return
            self._prove(identity, found)
        elif self._is_same(identity, found) and row.reason not in _AWAY:
            self._unchanged += 1
        else:
            self._compare(row, found)

    def _is_same(self, identity: str, found: FoundDelivery) -> bool:
        known = {(f.name, f.size_bytes, f.mtime_ns) for f in self._files.get(identity, ())}
        return known == {(f.name, f.size_bytes, f.mtime_ns) for f in found.files}

    def _prove(self, identity: str, found: FoundDelivery) -> None:
        proof = self._prover.prove(found)
        files = [replace(file, delivery_id=identity) for file in proof.files]
        self._record(_delivery(self._supplier.code, identity, found, proof), files)

    def _compare(self, row: Delivery, found: FoundDelivery) -> None:
        """Look whether a proven delivery still has the content that was proven."""
        known = {file.name: file for file in self._files.get(row.delivery_id, ())}
        contents = self._prover.contents(found.files)
        other = sorted(
            file.name
            for file in found.files
            if not self._originals.knows(known.get(file.name), contents[file.name].plain_sha256)
        )
        if other:
            self._set_change_aside(row, found, other)
            return
        files = [as_it_lies(known[file.name], file, contents[file.name]) for file in found.files]
        gone = sorted(known.keys() - {file.name for file in files})
        if gone:
            self._look_for(row, f"{len(gone)} missing: {', '.join(gone[:12])}")
            return
        back = row.reason in _AWAY and row.state is State.HELD
        fresh = row.moved(fate(State.SEEN)) if back else row
        self._record(fresh, files)

    def _set_change_aside(
        self,
        row: Delivery,
        found: FoundDelivery,
        names: Sequence[str],
    ) -> None:
        """Enter changed content as a delivery of its own; the proven one keeps its hashes."""
        contents = self._prover.contents(found.files)
        content = "".join(contents[name].plain_sha256 or name for name in names)
        mark = hashlib.sha256(content.encode()).hexdigest()[:8]
        detail = f"{len(names)} changed after they were proven: {', '.join(names[:12])}"
        identity = f"{row.delivery_id}{CHANGE_MARK}{mark}"
        files = [
            _changed_file(identity, file, contents[file.name], file.name in names)
            for file in found.files
        ]
        aside = replace(
            row,
            delivery_id=identity,
            content_hash="",
            size_bytes=sum(file.size_bytes for file in files),
            file_count=len(files),
            load_sequence=None,
        )
        is_given_up = row.state is State.ABANDONED
        reason = Reason.REARRIVED if is_given_up else Reason.HASH_CHANGED
        decided = self._rows.get(identity)
        if decided is None or decided.state is State.QUARANTINED:
            self._record(aside.moved(fate(State.QUARANTINED, reason, detail)), files)
        if row.state in (State.VALIDATED, State.SEEN, State.DECRYPTED, State.HELD):
            self._move(row, fate(State.HELD, Reason.HASH_CHANGED, detail))

    def _look_for(self, row: Delivery, detail: str = "its folder is empty or gone") -> None:
        """Hold a delivery whose files went away before they were loaded."""
        waiting = (State.VALIDATED, State.SEEN, State.DECRYPTED, State.INCOMPLETE, State.HELD)
        if row.state in waiting and self._files.get(row.delivery_id):
            self._move(row, fate(State.HELD, Reason.FILES_GONE, detail))

    # -- the chain ----------------------------------------------------------------------------

    def _judge_chains(self) -> None:
        groups: dict[str, list[Delivery]] = {}
        for row in self._rows.values():
            if row.delivery_id not in self._replaced:
                groups.setdefault(row.group_id, []).append(row)
        has_manifest = self._supplier.definition.delivery.manifest is not None
        for rows in groups.values():
            if not any(is_undecided(row) for row in rows):
                continue
            for identity, told in settle(rows, self._files, has_manifest).items():
                self._move(self._rows[identity], self._in_place(identity, told))

    def _in_place(self, identity: str, told: Fate) -> Fate:
        """Return the fate of a version whose place in the lake another one still has."""
        former = [old for old, new in self._replaced.items() if new == identity]
        if told.state is not State.VALIDATED or not any(map(self._ledger.is_loaded, former)):
            return told
        return fate(State.HELD, Reason.REPLAY_DUE, f"{former[0]} is loaded in its place")

    # -- what is not taken --------------------------------------------------------------------

    def refuse(self, found: Found, code: str, message: str) -> None:
        """Enter deliveries of a supplier that may not land; nothing is opened."""
        told = refused_fate(code, message)
        for delivery in found.deliveries:
            identity = self._identity(delivery)
            row = self._rows.get(identity)
            if row is not None:
                if row.state not in IN_LAKE:
                    self._move(row, told)
                continue
            files = [unjudged_file(identity, file) for file in delivery.files]
            row = unopened_row(self._supplier.code, identity, delivery.folder, told, files)
            self._record(row, files)

    def set_strangers_aside(self, strangers: Sequence[Stranger]) -> None:
        """Enter files that belong to no delivery, once; those gone again need nothing."""
        met = set()
        for stranger in strangers:
            identity = short_id(f"{self._supplier.code}{STRANGER}{stranger.file.path}")
            met.add(identity)
            told = fate(State.QUARANTINED, stranger.reason, stranger.detail)
            row = self._rows.get(identity)
            if row is not None:
                self._move(row, told)
                continue
            files = [unjudged_file(identity, stranger.file)]
            folder = stranger.file.folder
            self._record(unopened_row(self._supplier.code, identity, folder, told, files), files)
        for identity, row in list(self._rows.items()):
            if STRANGER in identity and identity not in met:
                self._move(row, Fate(State.IGNORED, Reason.FILES_GONE))

    # -- the ledger ---------------------------------------------------------------------------

    def _record(self, row: Delivery, files: Sequence[DeliveryFile] | None) -> None:
        before = self._rows.get(row.delivery_id)
        same_files = files is None or list(files) == self._files.get(row.delivery_id)
        if same_files and before is not None and _is_known(before, row):
            return
        expected = before.state if before else None
        stored = self._ledger.record(row, files, self._run_id, expected)
        self._rows[row.delivery_id] = stored
        if files is not None and stored.state == row.state:
            self._files[row.delivery_id] = list(files)
        self._note_change(before, stored)

    def _move(self, row: Delivery, told: Fate) -> None:
        moved = row.moved(told)
        if moved == row or row.state is State.ABANDONED:  # the word of two persons stands
            return
        if not self._ledger.set_state(
            row.delivery_id, told, run_id=self._run_id, expected=row.state
        ):
            return
        self._rows[row.delivery_id] = moved
        self._note_change(row, moved)

    def _note_change(self, before: Delivery | None, after: Delivery) -> None:
        if before is None or (before.state, before.reason) != (after.state, after.reason):
            self._changed[after.delivery_id] = after

    def report(self, now: datetime) -> NoticeReport:
        """Return what the look found."""
        return NoticeReport(
            self._supplier.code,
            now,
            dict(Counter(str(row.state) for row in self._rows.values())),
            tuple(self._changed[identity] for identity in sorted(self._changed)),
            self._unchanged,
            self._prover.files_read,
            self._prover.bytes_read,
        )


def _is_open(row: Delivery) -> bool:
    """Say whether an unproven delivery may be proven by another look at the same files."""
    if row.state is State.HELD:
        return row.reason in _LOOK_AGAIN or row.reason in _AWAY
    return row.state in (State.SEEN, State.DECRYPTED, State.INCOMPLETE, State.REFUSED)


def _is_known(before: Delivery, row: Delivery) -> bool:
    """Say whether the ledger holds the row already, but for what is the ledger's own."""
    return before == replace(
        row,
        first_seen_at=before.first_seen_at,
        updated_at=before.updated_at,
        load_sequence=before.load_sequence,
    )


def _changed_file(
    identity: str, file: FoundFile, content: Content, is_changed: bool
) -> DeliveryFile:
    return replace(
        unjudged_file(identity, file),
        sha256=content.sha256,
        plain_sha256=content.plain_sha256,
        reason=Reason.HASH_CHANGED if is_changed else "",
    )


def _delivery(code: str, identity: str, found: FoundDelivery, proof: Proof) -> Delivery:
    return Delivery(
        delivery_id=identity,
        supplier=code,
        group_id=found.group_id,
        folder=found.folder,
        kind=proof.kind,
        version=proof.version,
        extracted_at=proof.extracted_at,
        window_from=proof.window_from,
        window_to=proof.window_to,
        state=proof.fate.state,
        reason=proof.fate.reason,
        detail=proof.fate.detail,
        to_do=proof.fate.to_do,
        content_hash=proof.content_hash,
        size_bytes=sum(file.size_bytes for file in found.files),
        file_count=len(found.files),
    )


__all__ = ["NoticeReport", "Refusal", "notice", "refuse_strangers"]
