"""`purge_job`: an approved purge executed and proven as a run, by the id of its approval."""

import dagster as dg

from lds_assets.errors import RoadError
from lds_assets.operations.progress import tell
from lds_assets.operations.redaction import failure
from lds_assets.platform import Platform
from lds_assets.purge.execute import Execution
from lds_assets.resources import Settings

PURGE_JOB = "purge_job"


class ApprovedPurge(dg.Config):
    """What a run is started with.

    Attributes:
        event_id: id of the event that approved the purge; there is no default.
    """

    event_id: str


@dg.op(
    pool="lake",
    description="Empties every layer of the practice that is not done, then reads every file again "
    "and fails when anything is found. Refuses without the event that two persons signed.",
)
def execute_purge(context: dg.OpExecutionContext, config: ApprovedPurge) -> None:
    """Execute and prove one approved purge."""
    try:
        platform = Platform.open(Settings())
        platform.prepare()
        execution = Execution(platform, listener=tell)
        purge = execution.desk.approved_by(config.event_id)
        if purge.left:
            purge = execution.execute(purge)
        purge, proof = execution.prove(purge)
    except RoadError as fault:
        context.log.error(str(fault))
        raise failure(str(fault), fault) from None
    context.add_output_metadata(
        {
            "purge": purge.purge_id,
            "state": str(purge.state),
            "files read": len(proof.scan.kinds),
            "found": len(proof.found),
        }
    )


@dg.job(
    name=PURGE_JOB,
    description="Erase a practice: execute and prove an approved purge, named by its approval's "
    "event id (`lds withdraw status`). docs/operate/withdraw.md",
)
def purge_job() -> None:
    """Run one approved purge."""
    execute_purge()
