"""`replay_job`: a replay that a governance event asks for, run by the orchestrator."""

from datetime import date

import dagster as dg

from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.replay.replay import replay_by_event
from lds_assets.resources import Settings


class ReplayConfig(dg.Config):
    """What to load anew, and the event by which somebody asked for it.

    Attributes:
        target: ODS code of a practice, or a delivery's id.
        event_id: governance event that asks for it; without one nothing runs.
        from_day: London day of the first extract, ``YYYY-MM-DD``; empty for all.
    """

    target: str
    event_id: str
    from_day: str = ""


@dg.op(pool="lake")
def replay_practices(context: dg.OpExecutionContext, config: ReplayConfig) -> None:
    """Load practices anew and take the result over; the rows that changed are in the log."""
    with told(context):
        platform = Platform.open(Settings())
        platform.prepare()
        first = date.fromisoformat(config.from_day) if config.from_day else None
        outcome, staged = replay_by_event(
            platform,
            config.target,
            config.event_id,
            first,
            lambda what, share: context.log.info(f"{share:4.0%} {what}"),
        )
    for each in staged.difference.shown:
        context.log.info(
            f"{each.table} {each.practice_code}: {each.added:,} added, {each.changed:,} changed, "
            f"{each.deleted:,} deleted"
        )
    context.log.info(f"{outcome}: {staged.detail}")


@dg.job(description="Load practices anew, as a governance event asks. Refused without its id.")
def replay_job() -> None:
    """Replay what the configuration names."""
    replay_practices()
