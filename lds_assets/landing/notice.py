"""Noticing: what lies in landing is proven and entered in the ledger, each with its state.

Nothing here raises for a fault of a delivery: the fault is its state, and the others go on. A
second look at an unchanged folder reads no file.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from lds_assets.landing.advice import fate
from lds_assets.landing.find import (
    CHANGE_MARK,
    Found,
    FoundDelivery,
    FoundFile,
    Stranger,
    copy_id,
    find,
    short_id,
)
from lds_assets.landing.judging import Judging
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.parts import only, part_of, table_of, without
from lds_assets.landing.prove import listed
from lds_assets.landing.report import (
    NoticeReport,
    Refusal,
    as_it_lies,
    refused_fate,
    unjudged_file,
    unopened_row,
)
from lds_assets.landing.rows import (
    UNDECIDED,
    changed_file,
    delivery_row,
    ignored_file,
    is_open,
    may_come_back,
)
from lds_assets.landing.states import (
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


class _Look(Judging):
    """One look at a supplier's landing folder."""

    def take(self, found: Found, progress: Progress | None) -> None:
        """Prove what is new, then judge each group's chain."""
        met: set[str] = set()
        for place, delivery in enumerate(found.deliveries):
            if progress:
                progress(delivery.base_id, place / len(found.deliveries))
            met |= self._look_at_all(delivery)
        for identity, row in self._rows.items():
            if identity not in met:
                self._look_for(row)
        self._judge_chains()

    def _identity(self, found: FoundDelivery) -> str:
        """Return the delivery's id: the base id, with its folder when another folder has that."""
        row = self._rows.get(found.base_id)
        if row is None:
            return found.base_id
        if row.folder == found.folder:
            return self._in_force(row).delivery_id
        return copy_id(found.base_id, found.folder)

    # -- one delivery -------------------------------------------------------------------------

    def _look_at_all(self, found: FoundDelivery) -> set[str]:
        """Look at a delivery and at each part of it; return the ids looked at."""
        identity = self._identity(found)
        parts = self._parts_of(identity)
        self._look_at(identity, without(found, parts), found)
        for table, part in parts.items():
            self._look_at(part, only(found, table), found)
        return {identity, *self._parts_of(identity).values()}

    def _look_at(self, identity: str, found: FoundDelivery, whole: FoundDelivery) -> None:
        """Look at one row's files.

        Args:
            found: with the files that are the row's.
            whole: with all files of the delivery and its parts.
        """
        row = self._rows.get(identity)
        if row is not None and row.state is State.ABANDONED:
            self._compare(row, found)
        elif row is None or not row.content_hash:
            if row is not None and self._is_same(identity, found) and not is_open(row):
                self._unchanged += 1
                return
            self._prove(identity, found, whole)
        elif self._is_same(identity, found) and not may_come_back(row):
            self._unchanged += 1
        else:
            self._compare(row, found)

    def _is_same(self, identity: str, found: FoundDelivery) -> bool:
        known = {(f.name, f.size_bytes, f.mtime_ns) for f in self._files.get(identity, ())}
        return known == {(f.name, f.size_bytes, f.mtime_ns) for f in found.files}

    def _prove(self, identity: str, found: FoundDelivery, whole: FoundDelivery) -> None:
        table = table_of(identity)
        if table:
            proof = self._prover.prove_part(whole, table)
            if proof is None:
                return  # nothing is known of it while the manifest is away
        else:
            proof = self._prover.prove(whole, self._parts_of(identity))
        rest = without(found, proof.parts)
        pieces = [(delivery_row(self._supplier.code, identity, rest, proof), proof.files)]
        for name, part in proof.parts.items():
            own = only(found, name)
            row = delivery_row(self._supplier.code, part_of(identity, name), own, part)
            pieces.append((row, part.files))
        named = [
            (row, [replace(file, delivery_id=row.delivery_id) for file in files])
            for row, files in pieces
        ]
        if proof.parts:
            self._record_pieces(named)
        else:
            self._record(*named[0])
        if proof.is_proven and proof.unread:
            detail = f"listed and not there, of tables that are not loaded: {listed(proof.unread)}"
            self._ledger.note_event(identity, "manifest", "PASSED_OVER", detail, self._run_id)

    def _compare(self, row: Delivery, found: FoundDelivery) -> None:
        """Look whether a proven delivery still has the content that was proven."""
        known = {file.name: file for file in self._files.get(row.delivery_id, ())}
        contents = self._prover.contents(found.files)
        other = sorted(
            file.name
            for file in found.files
            if not self._originals.knows(known.get(file.name), contents[file.name].plain_sha256)
            and not self._is_late_and_unread(file, known)
        )
        if other:
            self._set_change_aside(row, found, other)
            return
        late = [file for file in found.files if self._is_late_and_unread(file, known)]
        files = [
            as_it_lies(known[file.name], file, contents[file.name])
            for file in found.files
            if file not in late
        ]
        files += [ignored_file(row.delivery_id, file, contents[file.name]) for file in late]
        gone = sorted(known.keys() - {file.name for file in files})
        if gone:
            self._look_for(row, f"{len(gone)} missing: {', '.join(gone[:12])}")
            return
        fresh = row.moved(fate(State.SEEN)) if may_come_back(row) else row
        self._record(fresh, files)

    def _is_late_and_unread(self, file: FoundFile, known: Mapping[str, DeliveryFile]) -> bool:
        """Say whether a file came after the proof that did not wait for it: nothing reads it."""
        is_new = file.name not in known and not file.is_manifest
        return is_new and self._prover.is_unloaded(file.plain_name)

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
            changed_file(identity, file, contents[file.name], file.name in names)
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
        if row.state in (*UNDECIDED, State.HELD):
            self._move(row, fate(State.HELD, Reason.HASH_CHANGED, detail))

    def _look_for(self, row: Delivery, detail: str = "its folder is empty or gone") -> None:
        """Hold a delivery whose files went away before they were loaded."""
        waiting = (State.VALIDATED, State.SEEN, State.DECRYPTED, State.INCOMPLETE, State.HELD)
        if row.state in waiting and self._files.get(row.delivery_id):
            self._move(row, fate(State.HELD, Reason.FILES_GONE, detail))

    # -- what is not taken --------------------------------------------------------------------

    def refuse(self, found: Found, code: str, message: str) -> None:
        """Enter deliveries of a supplier that may not land; nothing is opened."""
        told = refused_fate(code, message)
        for delivery in found.deliveries:
            identity = self._identity(delivery)
            row = self._rows.get(identity)
            if row is not None:
                if row.state in UNDECIDED:
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


__all__ = ["NoticeReport", "Refusal", "notice", "refuse_strangers"]
