"""Gate, raw and canonical for a supplier's deliveries: one pass, practice by practice accounted.

Every admitted delivery a practice lacks is loaded in order of extraction. The gate is asked here,
at execution, for every practice met in a file. One delivery's fault holds that delivery and the
later ones of its group; the others go on.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import duckdb

from lds_assets.canonical.account import Account, account
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch, RawRelations
from lds_assets.canonical.standardise import Standardiser
from lds_assets.canonical.superseded import note_superseded
from lds_assets.errors import Quarantined, RoadError
from lds_assets.freshness.facts import note
from lds_assets.guards.apart import set_apart
from lds_assets.guards.due import due_of
from lds_assets.guards.form import refuse_unfit, weigh_form
from lds_assets.guards.holds import TO_DO, Holds
from lds_assets.guards.loss import Incoming, losses
from lds_assets.guards.supplier_side import Feed, branches_of, directory_of, shown_in
from lds_assets.guards.unexplained import GUID_MISMATCH, Unexplained
from lds_assets.guards.verdicts import LOADED_BEFORE, Bench, Case, Ruling
from lds_assets.lake.session import session, threads_for
from lds_assets.landing.parts import named_by, whole_of
from lds_assets.landing.prepare import PreparedFile, opened
from lds_assets.landing.reopen import (
    REOPENED,
    abandon_sequence,
    take_sequence,
    unfinished_sequences,
)
from lds_assets.landing.states import Delivery, Fate, Reason, State
from lds_assets.platform import Platform
from lds_assets.raw.directory import Directory
from lds_assets.raw.load import LoadContext, TableLoad, load_all, tally
from lds_assets.raw.newer_lists import newer_lists
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED
from lds_assets.suppliers.contract import Lands
from lds_assets.suppliers.registry import Supplier

Progress = Callable[[str, float], None]

#: Faults of a delivery that stay as long as its files do.
_SET_ASIDE = frozenset({Reason.S_GUID_MISMATCH, Reason.MALFORMED})


@dataclass
class PracticeOutcome:
    """What a run did for one practice.

    Attributes:
        outcome: ``loaded``, ``nothing_new``, ``denied`` or ``held``.
        rows_by_table: rows kept raw in this run, by the supplier's table.
        size_bytes: bytes written raw in this run.
        newest_event_date: newest event that the loads of this run brought, none of the future.
        latest_extract_at: extract time of the newest delivery loaded in this run, UTC.
    """

    code: str
    outcome: str = "nothing_new"
    primary_reason: str = ""
    reasons: tuple[str, ...] = ()
    rows_by_table: Counter[str] = field(default_factory=Counter)
    size_bytes: int = 0
    newest_event_date: date | None = None
    latest_extract_at: datetime | None = None
    deliveries: list[str] = field(default_factory=list)
    message: str = ""

    @property
    def rows_kept(self) -> int:
        """Rows kept raw in this run."""
        return sum(self.rows_by_table.values())


@dataclass
class IngestReport:
    """What a run did for a supplier.

    Attributes:
        loaded: deliveries loaded; ``held``: delivery -> the fault that holds it.
        reasons: rows not kept, by reason, over all practices and deliveries of the run.
        canonical_rows: versions written per OLIDS table.
        rules: gate rule -> whether it withheld rows in this run.
    """

    supplier: str
    practices: dict[str, PracticeOutcome]
    loaded: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    canonical_rows: Counter[str] = field(default_factory=Counter)
    rules: Mapping[str, bool] = field(default_factory=dict)


def ingest(
    platform: Platform,
    code: str,
    practices: Sequence[str],
    *,
    run_id: str,
    progress: Progress | None = None,
) -> IngestReport:
    """Load every delivery that the given practices lack.

    Args:
        code: the supplier's folder.
        practices: ODS codes to load; others met in the files are counted and left.
        run_id: recorded with every decision.
        progress: told what is being done and how far the run is (0 to 1).

    Raises nothing for a fault of a delivery: it is held, in the ledger and in the report.
    """
    report = IngestReport(code, {practice: PracticeOutcome(practice) for practice in practices})
    report.rules = platform.settings.gate_rules
    platform.register.refresh()
    admitted = _ask_for(platform, code, report)
    unexplained = Unexplained.of(platform, code)
    waiting = due_of(platform, code, admitted, unexplained)
    blocked: set[str] = set()
    for place, delivery in enumerate(waiting):
        if progress:
            progress(delivery.delivery_id, place / len(waiting))
        if delivery.group_id in blocked:
            continue
        same = unexplained.foreign(delivery)
        if same is not None:
            blocked.add(delivery.group_id)
            report.held[delivery.delivery_id] = str(same)
            continue
        run = _Run(platform, platform.suppliers[code], delivery, admitted, run_id, report)
        if not run.load(unexplained):
            blocked.add(delivery.group_id)
    _tell_waiting(platform, code, report, unexplained)
    for practice, newest in note(platform, code).items():
        if practice in report.practices:
            report.practices[practice].newest_event_date = newest
    if progress:
        progress("done", 1.0)
    return report


def _ask_for(platform: Platform, code: str, report: IngestReport) -> set[str]:
    """Ask the gate for the practices of the run; return those it lets in."""
    admitted = set()
    for practice, outcome in report.practices.items():
        decision = platform.decide(code, practice)
        if decision.is_allowed:
            admitted.add(practice)
            continue
        outcome.outcome, outcome.reasons = "denied", decision.reasons
        outcome.primary_reason = decision.primary_reason
    return admitted


def _hold(
    platform: Platform, delivery: Delivery, fault: RoadError, run_id: str, report: IngestReport
) -> None:
    report.held[delivery.delivery_id] = str(fault)
    abandon_sequence(platform.engine, delivery.delivery_id)
    if isinstance(fault, Quarantined) and fault.code in _SET_ASIDE:
        fate = Fate(State.QUARANTINED, fault.code, fault.what, fault.to_do)
    else:
        fate = Fate(State.HELD, Reason.LOAD_FAULT, f"{fault.code}: {fault.what}", fault.to_do)
    platform.ledger.set_state(delivery.delivery_id, fate, run_id=run_id)


def _tell_waiting(
    platform: Platform, code: str, report: IngestReport, unexplained: Unexplained
) -> None:
    """Tell of the run's practices that still wait, opened again or not."""
    known = {each.delivery_id for each in platform.ledger.deliveries(code)}
    holds = Holds(platform.register, {})
    for practice, outcome in report.practices.items():
        unopened = unexplained.waiting(practice)
        if unopened and outcome.outcome == "nothing_new":
            outcome.outcome, outcome.primary_reason = "held", GUID_MISMATCH
            outcome.message = unopened
        waiting = [each for each in holds.standing(practice) if each.delivery_id in known]
        if waiting and outcome.outcome != "denied":
            outcome.outcome, outcome.primary_reason = "held", waiting[0].reason
            outcome.message = f"{waiting[0].delivery_id}: {waiting[0].text}; {TO_DO}"


def _size(prepared: Sequence[PreparedFile]) -> int:
    return sum(file.path.stat().st_size for file in prepared)


class _Run:
    """One delivery, from its files to the ledger."""

    def __init__(
        self,
        platform: Platform,
        supplier: Supplier,
        delivery: Delivery,
        admitted: set[str],
        run_id: str,
        report: IngestReport,
    ) -> None:
        if delivery.extracted_at is None:
            raise ValueError(f"{delivery.delivery_id} has no extract time")
        self._platform = platform
        self._supplier = supplier
        self._delivery = delivery
        self._extracted_at = delivery.extracted_at
        self._admitted = admitted
        self._run_id = run_id
        self._report = report

    def load(self, unexplained: Unexplained) -> bool:
        """Load the delivery, or the rest of it without broken tables; say whether it is whole."""
        platform, delivery = self._platform, self._delivery
        try:
            unexplained.note(delivery, self._execute().records.values())
            return True
        except RoadError as fault:
            rest = set_apart(platform, self._supplier, delivery, fault, self._run_id)
            if rest is None:
                _hold(platform, delivery, fault, self._run_id, self._report)
                if fault.code == GUID_MISMATCH:
                    unexplained.note(delivery)
                return False
            self._report.held[delivery.delivery_id] = str(fault)
        again = (self._admitted, self._run_id, self._report)
        _Run(platform, self._supplier, rest, *again).load(unexplained)
        return False

    def _execute(self) -> Ruling:
        """Load the delivery for the run's practices and enter every row's fate."""
        platform, identity = self._platform, self._delivery.delivery_id
        sequence = take_sequence(platform.engine, platform.ledger, self._delivery, self._run_id)
        unfinished = unfinished_sequences(platform.engine) - {sequence}
        settings = platform.settings
        with (
            opened(self._delivery, self._supplier, settings, platform.ledger) as prepared,
            session(settings, threads=threads_for(settings, _size(prepared))) as connection,
        ):
            incoming, directory = self._look(connection, prepared, sequence, unfinished)
            known = platform.register.state().practices
            refuse_unfit(
                identity, self._supplier, weigh_form(self._supplier, incoming.tallies, known)
            )
            ruling = self._rule(incoming, directory)
            platform.register.record_decisions(ruling.decisions, self._run_id, identity)
            self._load(incoming, ruling, sequence, unfinished)
        platform.ledger.record_practices(identity, list(ruling.records.values()))
        is_first = self._delivery.state is State.VALIDATED
        note = self._delivery.reason if is_first and self._delivery.reason != REOPENED else ""
        fate = Fate(State.LOADED, note, self._delivery.detail if note else "")
        platform.ledger.set_state(identity, fate, run_id=self._run_id)
        self._report.loaded.append(identity)
        return ruling

    def _look(
        self,
        connection: duckdb.DuckDBPyConnection,
        prepared: Sequence[PreparedFile],
        sequence: int,
        unfinished: frozenset[int],
    ) -> tuple[Incoming, Directory]:
        """Find whose the rows are and count them; nothing is kept yet."""
        platform, supplier = self._platform, self._supplier
        files = {
            file.table: SourceFile(file.path, file.table, file.header, file.is_full, supplier)
            for file in prepared
        }
        register(connection, supplier.definition.dataset)
        feed = Feed(
            platform.settings, platform.engine, platform.register, platform.ledger, supplier
        )
        directory = directory_of(feed, connection, files, self._delivery.delivery_id)
        branches = branches_of(platform.register)
        ownership = Ownership(
            platform.settings, connection, files, directory.codes, unfinished, branches
        )
        tallies = {name: tally(connection, ownership, file) for name, file in files.items()}
        incoming = Incoming(
            platform.settings,
            connection,
            supplier,
            ownership,
            files,
            tallies,
            self._extracted_at,
            unfinished | {sequence},
        )
        return incoming, directory

    def _load(
        self, incoming: Incoming, ruling: Ruling, sequence: int, unfinished: frozenset[int]
    ) -> None:
        """Write the rows of the practices let in, raw and canonical, and account for all."""
        settings, connection = incoming.settings, incoming.connection
        context = LoadContext(
            settings,
            connection,
            self._delivery.delivery_id,
            sequence,
            self._extracted_at,
            ruling.verdicts,
            unfinished,
            ruling.changes_only,
            newer_lists(self._platform.engine, self._delivery),
            named_by(self._delivery.delivery_id),
        )
        loads = load_all(context, incoming.ownership, incoming.files, incoming.tallies)
        taken = sorted(owner for owner, reason in ruling.verdicts.items() if reason is None)
        batch = Batch(settings, connection, self._supplier, sequence, taken, unfinished)
        relations = self._standardise(batch)
        self._record_raw(loads, ruling.verdicts)
        self._record_canonical(batch, account(batch, relations), loads)

    def _rule(self, incoming: Incoming, directory: Directory) -> Ruling:
        """Decide on every practice met, and tell those of the run that wait."""
        case = Case(
            self._platform,
            self._supplier,
            self._delivery,
            self._admitted,
            self._run_id,
            directory,
            # a part holds no sharing table: its delivery's speaks for it
            shown_in(self._platform.engine, whole_of(self._delivery.delivery_id)),
        )
        ruling = Bench(case).rule(incoming.tallies, lambda owners: losses(incoming, owners))
        for owner, text in ruling.held.items():
            if owner in self._report.practices:
                held = self._report.practices[owner]
                held.outcome, held.message = "held", text
                held.primary_reason = ruling.records[owner].primary_reason
        return ruling

    def _standardise(self, batch: Batch) -> RawRelations:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        standardiser = Standardiser(batch, self._extracted_at, now)
        written = standardiser.run()
        note_superseded(self._platform.engine, written.superseded)
        for table, rows in written.rows.items():
            self._report.canonical_rows[table] += sum(rows.values())
        return standardiser.relations

    def _record_raw(
        self, loads: Mapping[str, TableLoad], verdicts: Mapping[str, str | None]
    ) -> None:
        for table, result in loads.items():
            counts = {
                practice: reasons
                for practice, reasons in result.counts.items()
                if verdicts.get(practice) != LOADED_BEFORE
            }
            self._platform.ledger.record_accounts(self._delivery.delivery_id, table, "raw", counts)
            for practice, reasons in counts.items():
                self._report_rows(table, practice, reasons, result)

    def _report_rows(
        self, table: str, practice: str, reasons: Counter[str], result: TableLoad
    ) -> None:
        self._report.reasons.update(
            {why: rows for why, rows in reasons.items() if why not in ("LANDED", "KEPT")}
        )
        outcome = self._report.practices.get(practice)
        if outcome is None or practice not in self._admitted:
            return
        if reasons["KEPT"]:
            outcome.outcome = "loaded"
            outcome.rows_by_table[table] += reasons["KEPT"]
        outcome.size_bytes += result.size_bytes[practice]
        outcome.latest_extract_at = self._extracted_at
        if self._delivery.delivery_id not in outcome.deliveries:
            outcome.deliveries.append(self._delivery.delivery_id)

    def _record_canonical(
        self, batch: Batch, fates: Account, loads: Mapping[str, TableLoad]
    ) -> None:
        for rules in self._supplier.definition.tables:
            result = loads.get(rules.name)
            if result is None:
                continue
            counts: dict[str, Mapping[str, int]] = {}
            for practice in batch.publishers:
                kept = result.counts.get(practice, Counter())["KEPT"]
                if rules.lands is Lands.CANONICAL and practice != SHARED:
                    fate = fates.get((rules.name, practice), Counter())
                    counts[practice] = {w: n for w, n in fate.items() if w != "LANDED"}
                else:
                    reason = "REFERENCE" if practice == SHARED else rules.lands.value.upper()
                    counts[practice] = {reason: kept}
            self._platform.ledger.record_accounts(
                self._delivery.delivery_id, rules.name, "canonical", counts
            )
