"""``lds replay``: load practices anew, after showing which rows would change."""

import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import Role
from lds_assets.commands.console import answer, faults_told, progress_bar, show
from lds_assets.errors import Refused
from lds_assets.operations.lock import sole_writer
from lds_assets.platform import Platform
from lds_assets.replay import replay as road
from lds_assets.replay.replay import Staged
from lds_assets.resources import Settings

_KEPT = "nothing was taken over"
_Day = typer.Option("--from", formats=["%Y-%m-%d"], help="London day of the first extract.")


def replay(
    target: Annotated[str, typer.Argument(help="ODS code of a practice, or a delivery.")],
    first: Annotated[datetime | None, _Day] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the rows; change and record nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take it over without asking.")] = False,
    ask_only: Annotated[
        bool, typer.Option("--request", help="Only record the request; a job runs by its id.")
    ] = False,
    actor: Annotated[str, typer.Option("--actor", "--by", help="Who asks for it.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in words; no patient is named.")] = "",
    role: Role = "OPS",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Load a practice, or all practices of a delivery, anew from what lies in landing.

    The gate is asked with today's consent. The rows that readers would see otherwise are shown
    first; nothing changes before that is confirmed. Exit code 0: taken over, nothing to change, or
    left; 3: held, for a delivery cannot be loaded or a guard asks for two persons; 4: refused.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        wanted = target if platform.ledger.delivery(target) else target.strip().upper()
        _refuse_unsigned(wanted, actor, reason, may_be=dry_run)
        _refuse_unasked(wanted, may_ask=not as_json or yes or dry_run or ask_only)
        if ask_only:
            event = road.request(platform, wanted, actor, role, reason)
            _tell({"target": wanted, "event_id": event}, f"event {event}", as_json=as_json)
            return
        staged = _stage(platform, wanted, first, dry_run=dry_run, quiet=as_json)
        outcome = _decide(
            platform, staged, (actor, role, reason), dry_run=dry_run, yes=yes, as_json=as_json
        )
    if as_json:
        answer(document(staged) | {"outcome": outcome})


def _stage(
    platform: Platform, target: str, first: datetime | None, *, dry_run: bool, quiet: bool
) -> Staged:
    """Load the target anew into a shadow, no other run writing meanwhile."""
    platform.prepare()
    with (
        sole_writer(platform.settings),
        progress_bar(f"replay of {target}", quiet=quiet or not sys.stderr.isatty()) as listener,
    ):
        day = first.date() if first else None
        return road.stage(platform, target, day, is_dry=dry_run, progress=listener)


def _decide(
    platform: Platform,
    staged: Staged,
    signed: tuple[str, str, str],
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> str:
    """Show the difference, ask, and take it over or leave it; return what was done."""
    if not as_json:
        _show(staged)
    if not staged.changes_something:
        road.discard(staged)
        _say("nothing differs: nothing to take over", quiet=as_json)
        return road.UNCHANGED
    if dry_run or not (yes or typer.confirm("take it over?")):
        road.discard(staged)
        _say(_KEPT, quiet=as_json)
        return "DRY_RUN" if dry_run else "LEFT"
    with sole_writer(platform.settings):
        outcome = road.commit(
            platform, staged, lambda: road.request(platform, staged.target, *signed)
        )
    _say("taken over; the next `lds run` releases it", quiet=as_json)
    return outcome


def document(staged: Staged) -> dict[str, Any]:
    """Return a staged replay as plain values: names and counts."""
    difference = staged.difference
    return {
        "target": staged.target,
        "supplier": staged.plan.code,
        "practices": list(staged.plan.practices),
        "deliveries": sorted(staged.plan.all_deliveries),
        "replaces": dict(staged.plan.former),
        "differs_from_release": [vars(each) for each in difference.shown],
        "differs_from_loaded": [vars(each) for each in difference.stored],
        "raw_tables_that_differ": list(difference.raw_tables),
        "shared_rows_added": difference.shared_rows,
    }


def _show(staged: Staged) -> None:
    plan, difference = staged.plan, staged.difference
    typer.echo(
        f"{plan.code}: {len(plan.practices)} practices, {len(plan.all_deliveries)} deliveries anew"
    )
    for old, new in plan.former.items():
        typer.echo(f"{new} in place of {old}")
    show(
        "Rows that readers would see otherwise",
        ["table", "practice", "added", "changed", "deleted"],
        [
            (each.table, each.practice_code, each.added, each.changed, each.deleted)
            for each in difference.shown
        ],
    )
    if difference.raw_tables:
        typer.echo(f"raw tables that differ: {', '.join(difference.raw_tables)}")
    if difference.shared_rows:
        typer.echo(f"rows of nobody that would be added: {difference.shared_rows:,}")


def _refuse_unsigned(target: str, actor: str, reason: str, *, may_be: bool) -> None:
    if may_be or (actor.strip() and reason.strip()):
        return
    raise Refused(
        "a replay is signed: --actor and --reason",
        where=target,
        done="nothing was loaded",
        to_do="name who asks for it and why, or look first with --dry-run",
        code="UNSIGNED",
    )


def _refuse_unasked(target: str, *, may_ask: bool) -> None:
    if may_ask:
        return
    raise Refused(
        "a program cannot be asked: --json needs --yes or --dry-run",
        where=target,
        done="nothing was loaded",
        to_do="look with --dry-run, then confirm with --yes",
        code="UNCONFIRMED",
    )


def _say(text: str, *, quiet: bool) -> None:
    if not quiet:
        typer.echo(text)


def _tell(told: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        answer(told)
    else:
        typer.echo(text)
