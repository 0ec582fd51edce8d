"""One replay: staged in a shadow, shown as a difference of rows, taken over when it is confirmed.

The gate is asked with today's consent, as by any load. Rule source: governance specification S12.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from lds_assets.errors import Held, Refused
from lds_assets.gate.events import NewEvent
from lds_assets.gate.lifecycle import REPLAY
from lds_assets.guards.holds import place
from lds_assets.ingest import IngestReport, ingest
from lds_assets.landing.tables import abandoned_table, delivery_table
from lds_assets.operations.lock import sole_writer
from lds_assets.platform import Platform
from lds_assets.replay.difference import Difference, compare
from lds_assets.replay.plan import Plan, plan_replay
from lds_assets.replay.shadow import first_new, make_shadow, shadow_home, sweep, swept
from lds_assets.replay.take_over import REPLAYED, finish_open, is_there, take_over

#: The replay gives what is loaded already.
UNCHANGED = "UNCHANGED"

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Staged:
    """A replay that is made and not taken over.

    Attributes:
        stands_on: what the lake and the register were when it was made.
    """

    replay_id: str
    target: str
    plan: Plan
    difference: Difference
    home: Path
    stands_on: tuple[object, ...]

    @property
    def changes_something(self) -> bool:
        """Say whether taking it over would change what is loaded."""
        return bool(self.plan.former) or not self.difference.is_empty

    @property
    def detail(self) -> str:
        """What changes for readers, in counts."""
        shown = self.difference.shown
        added, changed, deleted = (
            sum(getattr(each, name) for each in shown) for name in ("added", "changed", "deleted")
        )
        return f"rows added {added:,}, changed {changed:,}, deleted {deleted:,}"


def stage(
    platform: Platform,
    target: str,
    first: date | None = None,
    *,
    is_dry: bool = False,
    progress: Progress | None = None,
) -> Staged:
    """Load practices anew into a shadow of the lake and say what would change.

    Args:
        target: a practice's ODS code, or a delivery's id.
        first: London day of the first extract to load anew.
        is_dry: nothing is recorded, not even a guard's hold.
        progress: told what is loaded and how far it is (0 to 1).

    Raises:
        Refused: nothing of the target is loaded, or the gate is shut for it today.
        Held: a delivery cannot be loaded any more, or a guard asks for two persons.
    """
    platform.register.refresh()
    finish_open(platform, replacing=True)
    sweep(platform.settings)
    plan = plan_replay(platform, target, first)
    replay_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    with swept(shadow_home(platform.settings, replay_id)) as home:
        shadow = make_shadow(platform, plan, home)
        new = first_new(shadow.engine)
        report = ingest(
            shadow, plan.code, list(plan.practices), run_id=replay_id, progress=progress
        )
        _refuse_held(platform, shadow, report, is_dry=is_dry)
        difference = compare(platform, shadow, plan, new)
        shadow.engine.dispose()
    return Staged(replay_id, target, plan, difference, home, _ground(platform))


def discard(staged: Staged) -> None:
    """Throw a staged replay away; the lake is as it was."""
    shutil.rmtree(staged.home, ignore_errors=True)


def commit(platform: Platform, staged: Staged, sign: Callable[[], object] | None = None) -> str:
    """Take a staged replay over: ``REPLAYED``, or ``UNCHANGED`` when it gives what is loaded.

    Args:
        sign: records who asked for it, just before anything changes.

    Raises:
        Refused: the lake or the register went on since it was staged.
    """
    platform.register.refresh()
    if not staged.changes_something:
        discard(staged)
        return UNCHANGED
    if _ground(platform) != staged.stands_on or not is_there(platform, staged.replay_id):
        discard(staged)
        raise Refused(
            "the lake or the register went on since the difference was made",
            where=staged.target,
            done="nothing was taken over",
            to_do="`lds replay` again: it shows what would change now",
            code="REPLAY_STALE",
        )
    if sign is not None:
        sign()
    take_over(platform, staged.plan, staged.replay_id, staged.detail)
    return REPLAYED


def request(platform: Platform, target: str, actor: str, role: str, reason: str) -> str:
    """Record that somebody asks for a replay; return the event's id, which a job runs by."""
    events = platform.register.record(
        [
            NewEvent(
                entity_type=REPLAY,
                entity_id=target,
                event_type="replay_requested",
                effective_at=datetime.now(UTC),
                actor=actor,
                actor_role=role,
                reason_code="REPLAY",
                reason_text=reason,
            )
        ]
    )
    return events[-1].event_id


def replay_by_event(
    platform: Platform,
    target: str,
    event_id: str,
    first: date | None = None,
    progress: Progress | None = None,
) -> tuple[str, Staged]:
    """Replay as somebody asked by a governance event, without a further question.

    Raises:
        Refused: no such event asks for a replay of the target.
    """
    asked = {
        event.entity_id
        for event in platform.register.events()
        if event.event_id == event_id and event.event_type in ("replay_requested", "superseded")
    }
    if asked != {target}:
        raise Refused(
            "no governance event of this id asks for a replay of the target",
            where=target,
            done="nothing was loaded, nothing was taken away",
            to_do="`lds replay TARGET --request` records one and tells its id",
            code="EVENT_UNKNOWN",
        )
    with sole_writer(platform.settings):
        staged = stage(platform, target, first, progress=progress)
        return commit(platform, staged), staged


def _refuse_held(
    platform: Platform, shadow: Platform, report: IngestReport, *, is_dry: bool
) -> None:
    """Stop when the replay is not whole: a delivery failed, or a guard holds rows."""
    waiting = {
        code: each for code, each in report.practices.items() if each.outcome in ("held", "denied")
    }
    if not report.held and not waiting:
        return
    if not is_dry:
        known = platform.register.state().delivery_holds
        for key, hold in shadow.register.state().delivery_holds.items():
            if hold.stands and key not in known:
                place(platform.register, *key, hold.reason, hold.text)
    told = [f"{delivery}: {fault.splitlines()[0]}" for delivery, fault in report.held.items()]
    told += [f"{code}: {each.primary_reason} {each.message}" for code, each in waiting.items()]
    raise Held(
        "; ".join(told),
        where="lds replay",
        done="nothing was taken over: what was loaded stays as it was",
        to_do="mend what is named (docs/operate/replay.md), then replay again",
        code="REPLAY_HELD",
    )


def _ground(platform: Platform) -> tuple[object, ...]:
    """Return what a replay stands on: the register, the day, and how far loads have come."""
    with platform.engine.connect() as connection:
        loads = connection.execute(
            select(
                func.max(delivery_table.c.load_sequence), func.count(delivery_table.c.load_sequence)
            )
        ).one()
        given_up = connection.execute(
            select(func.count(abandoned_table.c.load_sequence))
        ).scalar_one()
    day = platform.settings.business_date()
    return (platform.register.version(), day, tuple(loads), given_up)
