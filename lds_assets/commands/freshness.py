"""``lds freshness``: whose data came in time, and the pauses people declare."""

from datetime import date, datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import Role
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.errors import Refused
from lds_assets.freshness import expected
from lds_assets.freshness.answer import Freshness, Region, region, verdicts
from lds_assets.freshness.verdict import NOT_WAITED_FOR, Verdict
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="freshness",
    invoke_without_command=True,
    help="Whose data came in time; pauses of feeds nobody waits for.",
)

_SHOWN = 40
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Practice = Annotated[str, typer.Argument(help="ODS code of the practice.")]
_Actor = Annotated[str, typer.Option("--actor", "--by", help="Who declares it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no patient is named.")]


@app.callback()
def freshness(
    context: typer.Context,
    practice: Annotated[str, typer.Option(help="ODS code: every table group of one.")] = "",
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="London day asked about; default: today."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Tell whose data came in time, by practice and table group. Exit code 0, whatever the answer.

    Expected are the practices whose consent is in force, not those that sent something.
    """
    if context.invoked_subcommand is not None:
        return
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        rows = verdicts(platform, on.date() if on else None)
        whole = region(rows)
        chosen = _chosen(rows, practice.upper())
    if as_json:
        document = {"region": region_document(whole), "rows": [row_document(e) for e in chosen]}
        answer(document)
        return
    _show(chosen, whole)


def _chosen(rows: list[Freshness], practice: str) -> list[Freshness]:
    """Return the rows to tell: one practice's, or all that are waited for."""
    if not practice:
        return [row for row in rows if row.verdict is not Verdict.NOT_EXPECTED]
    own = [row for row in rows if row.practice_code == practice]
    if not own:
        raise Refused(
            f"{practice} is not in the register", "lds freshness", "nothing", "see the ODS code"
        )
    return own


def region_document(whole: Region) -> dict[str, Any]:
    """Return how the region stands, as plain values."""
    return {
        "practices_waited_for": whole.waited_for,
        "on_time": whole.on_time,
        "share_not_on_time": round(whole.share_not_on_time, 4),
        "alarm": whole.is_alarm,
        "practices_by_verdict": dict(sorted(whole.counts.items())),
    }


def row_document(row: Freshness) -> dict[str, Any]:
    """Return one verdict as plain values; instants are UTC."""
    return {
        "practice_code": row.practice_code,
        "supplier": row.supplier,
        "table_group": row.table_group,
        "verdict": str(row.verdict),
        "text": row.text,
        "due_at": _told(row.due_at),
        "received_at": _told(row.received_at),
        "extracted_at": _told(row.extracted_at),
        "rows_at": _told(row.rows_at),
        "newest_event": _told(row.newest_event),
        "published_at": _told(row.published_at),
        "waiting": row.waiting,
        "waiting_reason": row.waiting_reason,
        "owner_role": row.owner_role,
        "next_action": row.next_action,
    }


def _told(moment: date | None) -> str | None:
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M}"
    return None if moment is None else moment.isoformat()


def _show(rows: list[Freshness], whole: Region) -> None:
    loud = [r for r in rows if r.verdict is not Verdict.ON_TIME and r.verdict not in NOT_WAITED_FOR]
    told = loud or rows
    show(
        "Freshness" if not loud else "Not on time",
        ["practice", "tables", "verdict", "extract (UTC)", "rows", "newest event", "what", "owner"],
        [
            (
                row.practice_code,
                row.table_group,
                row.verdict,
                _told(row.extracted_at) or "",
                _told(row.rows_at) or "",
                _told(row.newest_event) or "",
                f"{row.text}. {row.next_action}".strip(". "),
                row.owner_role,
            )
            for row in told[:_SHOWN]
        ],
    )
    if len(told) > _SHOWN:
        typer.echo(f"and {len(told) - _SHOWN} more: --json has all, --practice one")
    alarm = "; ALARM: a region's problem, not a practice's" if whole.is_alarm else ""
    typer.echo(f"{whole.on_time} of {whole.waited_for} practices waited for are on time{alarm}")


@app.command()
def pause(
    practice: _Practice,
    until: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="First day it is waited for again.")
    ],
    actor: _Actor,
    reason: _Reason,
    role: Role = "OPS",
    as_json: _Json = False,
) -> None:
    """Declare that nobody waits for a practice's feed until a day, at most 92 days on.

    Exit code 0: recorded; 4: refused, for the practice is unknown or the day is none it may be.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        today = platform.settings.business_date()
        told = expected.pause(
            platform.register, practice.upper(), until.date(), today, actor, role, reason
        )
    _tell(told.practice_code, f"paused until {told.until}", as_json=as_json)


@app.command()
def resume(
    practice: _Practice,
    actor: _Actor,
    reason: _Reason,
    role: Role = "OPS",
    as_json: _Json = False,
) -> None:
    """End a pause before its day. Exit code 0: recorded; 4: refused, for none is in force."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        today = platform.settings.business_date()
        expected.resume(platform.register, practice.upper(), today, actor, role, reason)
    _tell(practice.upper(), "waited for again", as_json=as_json)


def _tell(practice: str, text: str, *, as_json: bool) -> None:
    if as_json:
        answer({"practice_code": practice, "state": text})
    else:
        typer.echo(f"{practice} {text}")
