"""Job `onboard_practice` and its sensor: what arrived before the consent is loaded on its word.

The job takes practices with the events that granted their consents and loads what they lack,
oldest first; a run that died goes on where it was. No release shows them before they are
reconciled: the release that follows the load measures them.
"""

from collections.abc import Mapping
from hashlib import sha256

import dagster as dg

from lds_assets.errors import RoadError
from lds_assets.guards.joining import joining, vouched
from lds_assets.ingest import ingest
from lds_assets.operations.ingest_assets import end, log_events, practices_of, teller
from lds_assets.operations.instance import practices_name
from lds_assets.operations.lock import sole_writer
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.replay.take_over import finish_open
from lds_assets.resources import Settings

ONBOARD_JOB = "onboard_practice"
_OP = "load_on_consent"
_LOOK_SECONDS = 60


class OnboardConfig(dg.Config):
    """Whom to load, and on whose word.

    Attributes:
        supplier: the supplier's folder.
        consents: ODS code of each practice -> id of the event that granted its consent.
    """

    supplier: str
    consents: dict[str, str]


@dg.op(
    name=_OP,
    pool="lake",
    description=(
        "Load every delivery that the named practices lack, from their last full extract on, "
        "oldest first. Refuses a practice without the event that granted its consent."
    ),
)
def load_on_consent(context: dg.OpExecutionContext, config: OnboardConfig) -> None:
    """Load practices that a consent lets in."""
    settings = Settings()
    with told(context), sole_writer(settings):
        platform = Platform.open(settings)
        platform.prepare()
        finish_open(platform)
        practices = vouched(platform, config.supplier, config.consents)
        report = ingest(
            platform, config.supplier, practices, run_id=context.run_id, progress=teller(context)
        )
    log_events(context, platform, report)
    end(context, report)


@dg.job(
    name=ONBOARD_JOB,
    description=(
        "Onboard practices whose consent is in force: backfill from their last full extract. "
        "Takes the event of each consent and runs for nobody without one. The release that "
        "follows reconciles them and shows whom no measure holds."
    ),
    tags={"lds/stage": "onboarding"},
)
def onboard_practice() -> None:
    """Load practices that a consent lets in."""
    load_on_consent()


def onboarding_automation(codes: list[str]) -> dg.Definitions:
    """Make the job and the sensor that starts it."""

    @dg.sensor(
        name="consents_effective",
        job=onboard_practice,
        minimum_interval_seconds=_LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Looks for practices that may land from today and whose deliveries were denied before; "
            "adds their partitions in one go and starts one run a supplier that loads them."
        ),
    )
    def consents_effective(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        try:
            platform = Platform.open(Settings())
            platform.prepare()
            wanted = {code: joining(platform, code) for code in codes}
        except RoadError as fault:
            return dg.SkipReason(str(fault))
        runs = [_run(code, consents) for code, consents in wanted.items() if consents]
        if not runs:
            return dg.SkipReason("no practice joined")
        added: list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest] = []
        for code, consents in wanted.items():
            known = set(context.instance.get_dynamic_partitions(practices_name(code)))
            new = [practice for practice in consents if practice not in known]
            if new:
                added.append(practices_of(code).build_add_request(new))
        return dg.SensorResult(run_requests=runs, dynamic_partitions_requests=added)

    return dg.Definitions(jobs=[onboard_practice], sensors=[consents_effective])


def _run(code: str, consents: Mapping[str, str]) -> dg.RunRequest:
    """Return the run that loads practices of a supplier, once for the same consents."""
    named = "\n".join(f"{practice}:{event}" for practice, event in sorted(consents.items()))
    config = {"supplier": code, "consents": dict(consents)}
    return dg.RunRequest(
        run_key=f"{code}:{sha256(named.encode()).hexdigest()[:16]}",
        run_config={"ops": {_OP: {"config": config}}},
        tags={"lds/supplier": code},
    )
