"""What starts runs: arrivals, the night, and the end of a load."""

from collections.abc import Sequence
from hashlib import sha256

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition,
)

from lds_assets.errors import RoadError
from lds_assets.guards.population import NOT_RECONCILED, uncounted, withheld
from lds_assets.guards.reconcile import is_due
from lds_assets.landing.states import Delivery, State
from lds_assets.marts.shown import are_marts_current
from lds_assets.operations.ingest_assets import STAGES, practices_of
from lds_assets.operations.instance import DRIVER_TAG, ON_DEMAND, practices_name, range_tags
from lds_assets.operations.onboarding import ONBOARD_JOB
from lds_assets.platform import Platform
from lds_assets.release.reach import reach
from lds_assets.release.record import current
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import SupplierDefinition
from lds_assets.terminology.library import has_loads_since

TIME_ZONE = "Europe/London"
#: After the suppliers' extract window.
NIGHTLY = "30 5 * * *"
_LOOK_SECONDS = 60
_SETTLE_SECONDS = 30


LANDING_JOB = "landing_job"
PUBLISH_JOB = "publish_job"
MARTS_JOB = "marts_job"


def ingest_job_name(code: str) -> str:
    """Return the name of the job that loads a supplier."""
    return f"{code}_ingest_job"


def supplier_automation(definition: SupplierDefinition) -> dg.Definitions:
    """Make job, schedule and arrival sensor of one supplier."""
    code = definition.code
    job = dg.define_asset_job(
        ingest_job_name(code),
        selection=dg.AssetSelection.assets(
            [code, "deliveries"], *([code, stage] for stage in STAGES)
        ),
        description=f"Load what {definition.name} delivered, every practice of the range.",
        tags={"lds/supplier": code},
    )
    return dg.Definitions(
        jobs=[job],
        schedules=[_nightly(definition)],
        sensors=[_arrivals(definition)],
    )


def _nightly(definition: SupplierDefinition) -> dg.ScheduleDefinition:
    code = definition.code

    @dg.schedule(
        name=f"{code}_nightly",
        job_name=ingest_job_name(code),
        cron_schedule=NIGHTLY,
        execution_timezone=TIME_ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=f"All practices of {definition.name} in one run, whatever has arrived.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        keys = list(context.instance.get_dynamic_partitions(practices_name(code)))
        if not keys:
            return dg.SkipReason("no practice may land today: see governance/gate_report")
        return dg.RunRequest(tags=range_tags(keys))

    return nightly


def _arrivals(definition: SupplierDefinition) -> dg.SensorDefinition:
    code = definition.code
    practices = practices_of(code)

    @dg.sensor(
        name=f"{code}_arrivals",
        job_name=ingest_job_name(code),
        minimum_interval_seconds=_LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            f"Looks at landing/{code}; adds a partition for a practice that may land from today, "
            "removes one that may not, and starts one run for what is new."
        ),
    )
    def arrivals(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            platform = Platform.open(Settings())
            platform.prepare()
            platform.notice(code)
            wanted = platform.admitted(code)
        except RoadError as fault:
            return dg.SkipReason(str(fault))
        known = list(context.instance.get_dynamic_partitions(practices_name(code)))
        added = [key for key in wanted if key not in set(known)]
        removed = [key for key in known if key not in set(wanted)]
        keys = [key for key in known if key not in set(removed)] + added
        changes: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
        if added:
            changes.append(practices.build_add_request(added))
        if removed:
            changes.append(practices.build_delete_request(removed))
        runs = _runs(platform.ledger.pending(code), keys)
        if not runs and not changes:
            return dg.SkipReason("nothing new")
        return dg.SensorResult(run_requests=runs, dynamic_partitions_requests=changes)

    return arrivals


def _runs(pending: Sequence[Delivery], keys: Sequence[str]) -> list[dg.RunRequest]:
    """Return one run for everything that waits, known by what it is to load.

    What arrived before a practice was let in is loaded by the job of its consent.
    """
    if not keys or not pending:
        return []
    named = sorted(f"{each.delivery_id}:{each.content_hash}" for each in pending)
    fingerprint = sha256("\n".join(named).encode()).hexdigest()[:16]
    run_key = f"{pending[-1].delivery_id}:{fingerprint}"
    return [dg.RunRequest(run_key=run_key, tags=range_tags(list(keys)))]


def publish_automation(codes: Sequence[str]) -> dg.Definitions:
    """Make the job that releases and builds marts, and what starts it: the end of any load."""
    job = dg.define_asset_job(
        PUBLISH_JOB,
        selection=dg.AssetSelection.groups("canonical", "marts")
        | dg.AssetSelection.assets(
            ["governance", "gate_report"], ["governance", "freshness"], ["governance", "why"]
        ),
        description=(
            "Check every balance, write the release, build marts on it, report the gate, the "
            "feeds and where every practice stands."
        ),
    )
    ((tag, value),) = ON_DEMAND.items()
    on_demand = dg.AssetSelection.tag(tag, value)
    landing = dg.define_asset_job(
        LANDING_JOB,
        selection=(dg.AssetSelection.groups("governance") - on_demand)
        | dg.AssetSelection.assets(*([code, "deliveries"] for code in codes)),
        description=(
            "Take in reviewed governance files, look at what arrived, report the gate. Loads "
            "nothing."
        ),
    )
    marts = dg.define_asset_job(
        MARTS_JOB,
        selection=dg.AssetSelection.groups("marts"),
        description="Build the marts on the release in force, when it is not the one they show.",
    )
    return dg.Definitions(
        jobs=[job, landing, marts],
        schedules=[
            dg.ScheduleDefinition(
                name="landing_nightly",
                job_name=LANDING_JOB,
                cron_schedule="0 5 * * *",
                execution_timezone=TIME_ZONE,
                default_status=dg.DefaultScheduleStatus.RUNNING,
            )
        ],
        sensors=[
            _after_load(codes, job, dg.DagsterRunStatus.SUCCESS),
            _after_load(codes, job, dg.DagsterRunStatus.FAILURE),
            _after_decision(job, marts),
        ],
    )


def _after_load(
    codes: Sequence[str], job: UnresolvedAssetJobDefinition, status: dg.DagsterRunStatus
) -> dg.SensorDefinition:
    name = "publish_after_load" if status is dg.DagsterRunStatus.SUCCESS else "publish_after_hold"

    @dg.run_status_sensor(
        name=name,
        run_status=status,
        request_job=job,
        minimum_interval_seconds=_SETTLE_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Releases what a load brought; a held practice does not stop the others.",
    )
    def after_load(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if not _is_load(run, codes):
            return dg.SkipReason("the run loaded nothing")
        if run.tags.get(DRIVER_TAG):
            return dg.SkipReason("the command line releases what it loads")
        if not needs_release(Platform.open(Settings())):
            return dg.SkipReason("the release in force already shows everything")
        return dg.RunRequest(run_key=f"after:{run.run_id}")

    return after_load


def _after_decision(
    publish: UnresolvedAssetJobDefinition, marts: UnresolvedAssetJobDefinition
) -> dg.SensorDefinition:
    @dg.sensor(
        name="publish_after_decision",
        jobs=[publish, marts],
        minimum_interval_seconds=_LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Takes a practice out of the release, or puts it in, when the gate's answer changed: a "
            "consent withdrawn, an agreement ended, a day on which one begins."
        ),
    )
    def after_decision(_context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        try:
            platform = Platform.open(Settings())
            platform.prepare()
            return run_after_decision(platform)
        except RoadError as fault:
            return dg.SkipReason(str(fault))

    return after_decision


def run_after_decision(platform: Platform) -> dg.RunRequest | dg.SkipReason:
    """Return what brings release and marts in line with the gate's answers of today."""
    release = current(platform.settings)
    if release is None:
        return dg.SkipReason("no release yet: the first load makes one")
    wanted = reach(platform)
    # what was just loaded is counted by the release that follows a load
    has_loads = bool(platform.ledger.deliveries(states=[State.LOADED]))
    unknown = [] if has_loads else uncounted(platform)
    if unknown or (release.publishers, release.left_out) != (wanted.publishers, wanted.left_out):
        told = f"{wanted.publishers} {sorted(wanted.left_out)} {unknown}"
        named = sha256(told.encode()).hexdigest()[:16]
        return dg.RunRequest(run_key=f"{release.release_id}:{named}", job_name=PUBLISH_JOB)
    if not are_marts_current(platform.settings, release.release_id):
        return dg.RunRequest(run_key=f"marts:{release.release_id}", job_name=MARTS_JOB)
    return dg.SkipReason("the release shows who may be shown, and the marts show the release")


def _is_load(run: dg.DagsterRun, codes: Sequence[str]) -> bool:
    """Say whether a run took a supplier's practices through the gate, by job or by backfill."""
    if run.job_name in {ONBOARD_JOB, *(ingest_job_name(code) for code in codes)}:
        return True
    loads = {dg.AssetKey([code, "canonical"]) for code in codes}
    return bool(loads & set(run.asset_selection or ()))


def needs_release(platform: Platform) -> bool:
    """Say whether a new release would differ from the one in force."""
    release = current(platform.settings)
    if release is None or release.as_of != platform.settings.business_date():
        return True
    found = reach(platform)
    if (release.publishers, release.left_out) != (found.publishers, found.left_out):
        return True
    if uncounted(platform):
        return True
    left_out = withheld(platform)
    if is_due(platform, [p for p, each in left_out.items() if each.reason == NOT_RECONCILED]):
        return True
    if has_loads_since(platform.settings, release.created_at):
        return True
    return bool(platform.ledger.deliveries(states=[State.LOADED]))
