"""Gate, raw and canonical for a supplier's deliveries: one pass, practice by practice accounted.

Every admitted delivery a practice lacks is loaded in order of extraction. The gate is asked here,
at execution, for every practice met in a file. One delivery's fault holds that delivery and the
later ones of its group; the others go on.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property

import duckdb

from lds_assets.canonical.account import account
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch
from lds_assets.canonical.standardise import Standardiser
from lds_assets.canonical.tables import canonical_table
from lds_assets.errors import RoadError
from lds_assets.gate import Decision
from lds_assets.lake.session import session
from lds_assets.lake.sql import literal
from lds_assets.landing.prepare import opened
from lds_assets.landing.reopen import (
    REOPENED,
    abandon_sequence,
    take_sequence,
    unfinished_sequences,
)
from lds_assets.landing.states import LOADABLE, Delivery, Fate, PracticeRecord, Reason, State
from lds_assets.platform import Platform
from lds_assets.raw.directory import publisher_directory
from lds_assets.raw.load import LoadContext, TableLoad, Tally, load, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED
from lds_assets.suppliers.contract import Lands
from lds_assets.suppliers.registry import Supplier

Progress = Callable[[str, float], None]

#: Not this run's practice, though its gate is open: its rows wait.
PENDING = "PENDING"
#: A practice's first extract is a delta: nothing to apply it to.
BULK_MISSING = "BULK_MISSING"
#: Loaded by an earlier run; its account stands.
LOADED_BEFORE = "LOADED_BEFORE"


@dataclass
class PracticeOutcome:
    """What a run did for one practice.

    Attributes:
        outcome: ``loaded``, ``nothing_new``, ``denied`` or ``held``.
        rows_by_table: rows kept raw in this run, by the supplier's table.
        size_bytes: bytes written raw in this run.
        newest_event_date: newest observation of the practice in the lake, not in the future.
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
    """

    supplier: str
    practices: dict[str, PracticeOutcome]
    loaded: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    canonical_rows: Counter[str] = field(default_factory=Counter)


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
    platform.register.refresh()
    admitted = _ask_for(platform, code, report)
    due = _due(platform, code, admitted)
    blocked: set[str] = set()
    for place, delivery in enumerate(due):
        if progress:
            progress(delivery.delivery_id, place / len(due))
        if delivery.group_id in blocked:
            continue
        try:
            _Run(platform, platform.suppliers[code], delivery, admitted, run_id, report).execute()
        except RoadError as fault:
            blocked.add(delivery.group_id)
            _hold(platform, delivery, fault, run_id, report)
    _newest_events(platform, report)
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
        outcome.outcome = "denied"
        outcome.primary_reason = decision.primary_reason
        outcome.reasons = decision.reasons
    return admitted


def _due(platform: Platform, code: str, admitted: set[str]) -> list[Delivery]:
    """Return the deliveries to open, in order.

    Those not loaded yet, those whose load failed, and those met before a practice was let in.
    """
    outcomes = platform.ledger.supplier_outcomes(code)
    owed: set[str] = {
        delivery
        for (delivery, practice), record in outcomes.items()
        if practice in admitted and record.outcome != "LOADED"
    }
    known = platform.ledger.deliveries(code, {*LOADABLE, State.HELD})
    return [
        delivery
        for delivery in known
        if delivery.state is State.VALIDATED
        or delivery.failed_to_load
        or (delivery.is_loadable and delivery.delivery_id in owed)
    ]


def _hold(
    platform: Platform, delivery: Delivery, fault: RoadError, run_id: str, report: IngestReport
) -> None:
    report.held[delivery.delivery_id] = str(fault)
    abandon_sequence(platform.engine, delivery.delivery_id)
    platform.ledger.set_state(
        delivery.delivery_id,
        Fate(State.HELD, Reason.LOAD_FAULT, f"{fault.code}: {fault.what}", fault.to_do),
        run_id=run_id,
    )


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
        self._records: dict[str, PracticeRecord] = {}
        self._decisions: list[Decision] = []

    def execute(self) -> None:
        """Load the delivery for the run's practices and enter every row's fate."""
        settings, ledger = self._platform.settings, self._platform.ledger
        identity = self._delivery.delivery_id
        engine = self._platform.engine
        sequence = take_sequence(engine, ledger, self._delivery, self._run_id)
        unfinished = unfinished_sequences(engine) - {sequence}
        with (
            opened(self._delivery, self._supplier, settings, ledger) as prepared,
            session(settings) as connection,
        ):
            files = {
                file.table: SourceFile(
                    file.path, file.table, file.header, file.is_full, self._supplier
                )
                for file in prepared
            }
            register(connection, self._supplier.definition.dataset)
            directory = self._directory(connection, files)
            ownership = Ownership(settings, connection, files, directory, unfinished)
            tallies = {name: tally(connection, ownership, file) for name, file in files.items()}
            verdicts = self._verdicts(tallies)
            self._platform.register.record_decisions(self._decisions, self._run_id, identity)
            context = LoadContext(
                settings, connection, identity, sequence, self._extracted_at, verdicts, unfinished
            )
            loads = {
                name: load(context, ownership, file, tallies[name]) for name, file in files.items()
            }
            taken = [owner for owner, reason in verdicts.items() if reason is None]
            batch = Batch(settings, connection, self._supplier, sequence, sorted(taken), unfinished)
            self._standardise(batch)
            self._record_raw(loads, verdicts)
            self._record_canonical(batch, loads)
        ledger.record_practices(identity, list(self._records.values()))
        is_first = self._delivery.state is State.VALIDATED
        note = self._delivery.reason if is_first and self._delivery.reason != REOPENED else ""
        fate = Fate(State.LOADED, note, self._delivery.detail if note else "")
        ledger.set_state(identity, fate, run_id=self._run_id)
        self._report.loaded.append(identity)

    def _directory(
        self, connection: duckdb.DuckDBPyConnection, files: Mapping[str, SourceFile]
    ) -> dict[str, str]:
        rules = self._supplier.definition.publisher_directory
        return publisher_directory(
            self._platform.engine,
            connection,
            self._supplier,
            files.get(rules["table"]) if rules else None,
            self._delivery.delivery_id,
        )

    def _verdicts(self, tallies: Mapping[str, Tally]) -> dict[str, str | None]:
        """Ask the gate for every practice met; None lets its rows in, else the reason."""
        before = self._platform.ledger.outcomes(self._delivery.delivery_id)
        owners = {owner for counted in tallies.values() for owner in counted.owners()}
        verdicts: dict[str, str | None] = {SHARED: None}
        for owner in sorted(owners):
            if owner in before and before[owner].outcome == "LOADED":
                verdicts[owner] = LOADED_BEFORE
                continue
            verdicts[owner] = self._verdict(owner)
        return verdicts

    def _verdict(self, owner: str) -> str | None:
        decision = self._platform.decide(self._supplier.code, owner)
        self._decisions.append(decision)
        reason = decision.primary_reason
        outcome = "DENIED"
        if decision.is_allowed:
            reason, outcome = self._readiness(owner)
        self._records[owner] = PracticeRecord(
            self._delivery.delivery_id,
            owner,
            outcome,
            reason,
            decision.reasons or ((reason,) if reason else ()),
            decision.register_version,
            self._run_id,
        )
        if outcome == "HELD" and owner in self._report.practices:
            held = self._report.practices[owner]
            held.outcome, held.primary_reason = "held", reason
            held.message = f"first delivery {self._delivery.delivery_id} is a delta"
        return reason or None

    def _readiness(self, owner: str) -> tuple[str, str]:
        """Return reason and outcome of a practice whose gate is open."""
        if owner not in self._admitted:
            return PENDING, "PENDING"
        if self._delivery.kind == "delta" and owner not in self._loaded_before:
            return BULK_MISSING, "HELD"
        return "", "LOADED"

    @cached_property
    def _loaded_before(self) -> frozenset[str]:
        """Practices of which any delivery of this supplier is loaded; read once a delivery."""
        outcomes = self._platform.ledger.supplier_outcomes(self._supplier.code)
        return frozenset(
            practice for (_, practice), record in outcomes.items() if record.outcome == "LOADED"
        )

    def _standardise(self, batch: Batch) -> None:
        now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        result = Standardiser(batch, self._extracted_at, now).run()
        for table, rows in result.rows.items():
            self._report.canonical_rows[table] += sum(rows.values())

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

    def _record_canonical(self, batch: Batch, loads: Mapping[str, TableLoad]) -> None:
        fates = account(batch)
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


def _newest_events(platform: Platform, report: IngestReport) -> None:
    """Fill in the newest observation date of the practices that were loaded."""
    loaded = [code for code, outcome in report.practices.items() if outcome.outcome == "loaded"]
    if not loaded:
        return
    lake = canonical_table(platform.settings, "observation")
    today = platform.settings.business_date()
    with session(platform.settings) as connection:
        rows = connection.execute(
            "select publisher_organisation_code, max(clinical_effective_date) from "
            f"({lake.select(lake.files(publishers=loaded))}) where clinical_effective_date <= "
            f"cast({literal(today.isoformat())} as date) group by all"
        ).fetchall()
    for practice, newest in rows:
        report.practices[str(practice)].newest_event_date = newest
