"""`<supplier>/gate`, `/raw`, `/canonical`: one pass, told practice by practice.

The pass takes every practice of the run through gate, raw and canonical in one process. A practice
is materialised only when it truly succeeded: the specs are skippable and nothing is yielded, so
that Dagster does not paint the whole range green.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import dagster as dg
from dagster._core.definitions.data_version import DATA_VERSION_TAG

from lds_assets.ingest import IngestReport, PracticeOutcome, Progress, ingest
from lds_assets.operations.instance import practices_name
from lds_assets.operations.lock import sole_writer
from lds_assets.operations.markdown import table
from lds_assets.operations.progress import tell
from lds_assets.operations.redaction import failure, told
from lds_assets.platform import Platform
from lds_assets.replay.take_over import finish_open
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import SupplierDefinition

#: Dagster's own tag of a run that a backfill started.
_BACKFILL_TAG = "dagster/backfill"

_Facts = dict[str, dg.MetadataValue]

Context = dg.AssetExecutionContext | dg.OpExecutionContext

_UP_TO_DATE: _Facts = {"checked": dg.MetadataValue.text("up to date, nothing new arrived")}

STAGES = ("gate", "raw", "canonical")

_TOLD = {
    "gate": (
        "May the practice's data land today? The gate is asked at execution, for every practice "
        "met in a file; deny by default, every reason kept.\n\nGrain: one partition per practice "
        "whose gate is open."
    ),
    "raw": (
        "Admitted rows, typed by the supplier's dictionary and line-numbered, appended in one "
        "commit per table and delivery. Faulty rows go to quarantine with line number and "
        "reason; rows of refused practices are counted and never written."
    ),
    "canonical": (
        "Raw rows turned into OLIDS row versions by the supplier's own SQL, with ids made by one "
        "recipe; appended, never merged. Readers see them once a release pins them."
    ),
}
_KINDS = {"gate": {"sqlalchemy"}, "raw": {"deltalake"}, "canonical": {"deltalake", "duckdb"}}


def practices_of(code: str) -> dg.DynamicPartitionsDefinition:
    """Return the practices of a supplier as partitions; a key is an ODS code."""
    return dg.DynamicPartitionsDefinition(name=practices_name(code))


def ingest_asset(definition: SupplierDefinition) -> dg.AssetsDefinition:
    """Make the three practice-partitioned assets of a supplier."""
    code = definition.code
    practices = practices_of(code)

    @dg.multi_asset(
        name=f"{code}_ingest",
        specs=[_spec(definition, stage, practices) for stage in STAGES],
        # one pass does all three: none of them can be made alone
        can_subset=False,
        backfill_policy=dg.BackfillPolicy.single_run(),
        pool="lake",
    )
    def ingest_practices(context: dg.AssetExecutionContext) -> Iterator[dg.Output[None]]:
        keys = list(context.partition_keys)
        settings = Settings()
        with told(context), sole_writer(settings):
            platform = Platform.open(settings)
            platform.prepare()
            finish_open(platform)
            report = ingest(platform, code, keys, run_id=context.run_id, progress=teller(context))
        log_events(context, platform, report)
        end(context, report)
        return
        yield

    return ingest_practices


def _spec(
    definition: SupplierDefinition, stage: str, practices: dg.DynamicPartitionsDefinition
) -> dg.AssetSpec:
    code = definition.code
    before = {"gate": "deliveries", "raw": "gate", "canonical": "raw"}[stage]
    deps = [dg.AssetKey([code, before])]
    if stage == "gate":
        deps.append(dg.AssetKey(["governance", "register"]))
    return dg.AssetSpec(
        [code, stage],
        deps=deps,
        partitions_def=practices,
        skippable=True,
        group_name=code,
        owners=list(definition.owners),
        kinds=_KINDS[stage],
        tags={"lds/stage": stage, "lds/supplier": code},
        description=f"{definition.name}. {_TOLD[stage]}",
    )


def teller(context: Context) -> Progress:
    """Return a function that writes progress into the run's log and tells who listens."""

    def both(what: str, share: float) -> None:
        context.log.info(f"{share:4.0%} {what}")
        tell(what, share)

    return both


def log_events(context: Context, platform: Platform, report: IngestReport) -> None:
    """Log one event per stage and practice that is loaded up to the newest delivery.

    A practice without anything new is observed, not materialised: what stands on it is not stale.
    A backfill asks for a materialisation, and so does a load whose run died before it told.
    """
    loaded = _loaded(platform, report.supplier)
    known = _known(context, report.supplier)
    practices = platform.register.state().practices
    in_backfill = _BACKFILL_TAG in context.run.tags
    for code, outcome in report.practices.items():
        if code not in loaded or outcome.outcome not in ("loaded", "nothing_new"):
            continue
        is_news = outcome.outcome == "loaded" or code not in known or in_backfill
        event = dg.AssetMaterialization if is_news else dg.AssetObservation
        name = practices[code].name if code in practices else ""
        # what an observation does not say, the UI keeps from the materialisation before it
        facts = _facts(outcome, name) if is_news else dict.fromkeys(STAGES, _UP_TO_DATE)
        for stage in STAGES:
            context.log_event(
                event(
                    [report.supplier, stage],
                    partition=code,
                    description=_said(outcome),
                    metadata=facts[stage],
                    tags={DATA_VERSION_TAG: _version(loaded[code])},
                )
            )


def _loaded(platform: Platform, supplier: str) -> dict[str, list[str]]:
    """Return the deliveries that each practice was loaded from."""
    loaded: dict[str, list[str]] = {}
    for (delivery, practice), record in sorted(platform.ledger.supplier_outcomes(supplier).items()):
        if record.outcome == "LOADED":
            loaded.setdefault(practice, []).append(delivery)
    return loaded


def _known(context: Context, supplier: str) -> set[str]:
    """Return the practices that Dagster knows as materialised."""
    key = dg.AssetKey([supplier, STAGES[-1]])
    return set(context.instance.get_materialized_partitions(key))


def _version(deliveries: Sequence[str]) -> str:
    """Return a fingerprint of what a practice holds: equal deliveries, equal rows."""
    return sha256("\n".join(deliveries).encode()).hexdigest()[:16]


def _facts(outcome: PracticeOutcome, name: str) -> dict[str, _Facts]:
    """Return small facts per stage; they are stored once per practice, so no table, no plot."""
    text, number = dg.MetadataValue.text, dg.MetadataValue.int
    practice: _Facts = {"practice": text(name or outcome.code), "outcome": text(outcome.outcome)}
    gate: _Facts = {**practice, "decision": text("allow: every precondition holds today")}
    raw: _Facts = {
        **practice,
        "rows_kept": number(outcome.rows_kept),
        "bytes": number(outcome.size_bytes),
        "deliveries": text(", ".join(outcome.deliveries) or "none new"),
    }
    canonical: _Facts = {**practice, "rows_standardised": number(outcome.rows_kept)}
    if outcome.latest_extract_at is not None:
        raw["latest_extract_at"] = text(f"{outcome.latest_extract_at:%Y-%m-%d %H:%M} UTC")
    if outcome.newest_event_date is not None:
        canonical["newest_event_date"] = text(outcome.newest_event_date.isoformat())
    return {"gate": gate, "raw": raw, "canonical": canonical}


def _said(outcome: PracticeOutcome) -> str:
    if outcome.outcome == "nothing_new":
        return "Up to date: no delivery that the practice lacks."
    return f"{outcome.rows_kept:,} rows from {len(outcome.deliveries)} deliveries."


def end(context: Context, report: IngestReport) -> None:
    """Log what was done; fail when a delivery or practice is held. A refusal is no fault."""
    for line in summary(report):
        context.log.info(line)
    held = held_rows(report)
    if held:
        text = table(["held", "why"], held)
        context.log.error(f"{len(held)} held, the others were loaded\n{text}")
        raise failure(f"{len(held)} held, the others were loaded:\n{text}")


def held_rows(report: IngestReport) -> Sequence[tuple[str, str]]:
    """Return what waits for a person: deliveries and practices, each with its reason."""
    practices = [
        (each.code, f"{each.primary_reason} {each.message}".strip())
        for each in report.practices.values()
        if each.outcome == "held"
    ]
    return [*report.held.items(), *practices]


def summary(report: IngestReport) -> Iterator[str]:
    """Yield what a run did, one line a fact."""
    counted: dict[str, int] = {}
    for outcome in report.practices.values():
        counted[outcome.outcome] = counted.get(outcome.outcome, 0) + 1
    told_outcomes = ", ".join(f"{count} {name}" for name, count in sorted(counted.items()))
    yield f"practices: {told_outcomes or 'none'}"
    yield f"deliveries loaded: {', '.join(report.loaded) or 'none'}"
    for name, is_on in sorted(report.rules.items()):
        yield f"gate rule {name}: {'on' if is_on else 'off'}"
    for reason, rows in sorted(report.reasons.items()):
        yield f"rows not kept: {reason} {rows:,}"
    for name, rows in sorted(report.canonical_rows.items()):
        yield f"versions written: {name} {rows:,}"
