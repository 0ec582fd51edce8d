"""The ledger's rows as a look at landing finds and leaves them, and the judgement of their chains.

What is entered here is entered at once; a row that another run moved meanwhile stays as it is.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from lds_assets.landing.advice import fate
from lds_assets.landing.chain import Rules, is_undecided, settle, waits_as_part
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.manifest import stem
from lds_assets.landing.parts import cut, part_of, table_of, whole_of
from lds_assets.landing.prove import Prover
from lds_assets.landing.prove_files import Known
from lds_assets.landing.purged import Originals
from lds_assets.landing.report import NoticeReport
from lds_assets.landing.rows import is_known
from lds_assets.landing.states import IN_LAKE, Delivery, DeliveryFile, Fate, Reason, State
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier


class Judging:
    """A supplier's rows of the ledger, for as long as one look takes."""

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
        self._parted: dict[str, set[str]] = {}
        for identity in self._rows:
            self._index(identity)

    def _known_files(self) -> Known:
        return {
            (self._rows[identity].folder, file.name, file.size_bytes, file.mtime_ns): file
            for identity, files in self._files.items()
            for file in files
        }

    def _in_force(self, row: Delivery) -> Delivery:
        """Return the version that was taken in place of a delivery, in the same folder."""
        other = self._rows.get(self._replaced.get(row.delivery_id, ""))
        return row if other is None or other.folder != row.folder else self._in_force(other)

    def _parts_of(self, identity: str) -> dict[str, str]:
        """Return table -> id, in force, of the parts of a delivery."""
        whole = whole_of(identity)
        return {
            table: self._in_force(self._rows[part_of(whole, table)]).delivery_id
            for table in self._parted.get(whole, ())
        }

    # -- the chain ----------------------------------------------------------------------------

    def _judge_chains(self) -> None:
        open_groups = {
            row.group_id for row in self._rows.values() if is_undecided(row) or waits_as_part(row)
        }
        for group in sorted(open_groups):
            while self._judge(group):  # what was taken apart is judged piece by piece
                continue

    def _of_group(self, group: str) -> set[str]:
        return {
            row.delivery_id
            for row in self._rows.values()
            if row.group_id == group and row.delivery_id not in self._replaced
        }

    def _judge(self, group: str) -> bool:
        """Judge a group; say whether something was taken apart, so that it is judged anew."""
        rows = [self._rows[identity] for identity in self._of_group(group)]
        settled = settle(rows, self._files, self._rules(rows))
        if any([self._cut(identity, tables) for identity, tables in settled.cuts.items()]):
            return True
        for identity, told in settled.fates.items():
            self._move(self._rows[identity], self._in_place(identity, told))
        return False

    def _rules(self, rows: Sequence[Delivery]) -> Rules:
        definition = self._supplier.definition
        if definition.delivery.manifest is None:
            return Rules(has_manifest=False)
        fulls = self._fulls(rows)
        return Rules(True, self._prover.may_wait, definition.of_practices, fulls)

    def _fulls(self, rows: Sequence[Delivery]) -> dict[str, datetime]:
        """Return file -> time of its newest full extract that every practice of it has loaded.

        Of the files alone that parts of the group wait for.
        """
        waiting = {
            table_of(row.delivery_id).lower()
            for row in rows
            if waits_as_part(row) or is_undecided(row)
        }
        found: dict[str, datetime] = {}
        for row in rows:
            names = {stem(f.name) for f in self._files.get(row.delivery_id, ()) if f.is_full}
            names &= waiting
            if not names or row.state not in IN_LAKE or row.extracted_at is None:
                continue
            outcomes = self._ledger.outcomes(row.delivery_id).values()
            if not any(each.outcome == "HELD" for each in outcomes):
                found |= {n: max(row.extracted_at, found.get(n, row.extracted_at)) for n in names}
        return found

    def _cut(self, identity: str, tables: Collection[str]) -> bool:
        """Take tables out of a delivery as parts; say whether that was done."""
        row, files = self._rows[identity], self._files.get(identity, [])
        pieces = cut(row, files, tables, self._supplier.definition.of_practices)
        return self._record_pieces(pieces)

    def _in_place(self, identity: str, told: Fate) -> Fate:
        """Return the fate of a version whose place in the lake another one still has."""
        former = [old for old, new in self._replaced.items() if new == identity]
        if told.state is not State.VALIDATED or not any(map(self._ledger.is_loaded, former)):
            return told
        return fate(State.HELD, Reason.REPLAY_DUE, f"{former[0]} is loaded in its place")

    # -- the ledger ---------------------------------------------------------------------------

    def _record(self, row: Delivery, files: Sequence[DeliveryFile] | None) -> None:
        before = self._rows.get(row.delivery_id)
        same_files = files is None or list(files) == self._files.get(row.delivery_id)
        if same_files and before is not None and is_known(before, row):
            return
        expected = before.state if before else None
        stored = self._ledger.record(row, files, self._run_id, expected)
        self._rows[row.delivery_id] = stored
        if files is not None and stored.state == row.state:
            self._files[row.delivery_id] = list(files)
        self._note_change(before, stored)

    def _record_pieces(self, pieces: Sequence[tuple[Delivery, Sequence[DeliveryFile]]]) -> bool:
        """Enter a delivery that was taken apart; say whether no other run moved it since."""
        before = self._rows.get(pieces[0][0].delivery_id)
        expected = before.state if before else None
        stored = self._ledger.record_pieces(pieces, self._run_id, expected)
        for row, (_, files) in zip(stored, pieces, strict=False):
            known = self._rows.get(row.delivery_id)
            self._rows[row.delivery_id] = row
            self._files[row.delivery_id] = list(files)
            self._index(row.delivery_id)
            self._note_change(known, row)
        return bool(stored)

    def _index(self, identity: str) -> None:
        """Note that a delivery has a part."""
        table = table_of(identity)
        if table and identity == part_of(identity, table):
            self._parted.setdefault(whole_of(identity), set()).add(table)

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
