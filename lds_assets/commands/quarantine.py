"""``lds quarantine``: what was set aside, who looks after it, and what that person does."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.hold import waiting
from lds_assets.errors import Refused
from lds_assets.landing.accounts import rows_by_reason
from lds_assets.landing.advice import ADVICE
from lds_assets.landing.states import Delivery, State
from lds_assets.platform import Platform
from lds_assets.raw.quarantined import faulty_rows
from lds_assets.raw.tally import QUARANTINE_REASONS
from lds_assets.resources import Settings

app = typer.Typer(
    name="quarantine",
    no_args_is_help=True,
    help="What was set aside or waits: deliveries, practices, rows. No value is ever shown.",
)

_STATES = (State.QUARANTINED, State.HELD, State.INCOMPLETE, State.REFUSED)
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Practice = Annotated[str, typer.Option(help="ODS code: what concerns one practice alone.")]
_Rows = list[dict[str, Any]]


@app.command("list")
def list_waiting(
    practice: _Practice = "",
    supplier: Annotated[str, typer.Option(help="Supplier folder: its deliveries alone.")] = "",
    as_json: _Json = False,
) -> None:
    """List deliveries that do not go on, practices held, and rows set aside by reason.

    Exit code 0, whatever waits.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        document = gather(platform, practice.strip().upper(), supplier.lower())
    if as_json:
        answer(document)
        return
    for title, name in (
        ("Deliveries", "deliveries"),
        ("Practices held", "practices"),
        ("Rows set aside", "rows"),
    ):
        _table(title, document[name])


def gather(platform: Platform, practice: str = "", supplier: str = "") -> dict[str, _Rows]:
    """Return what waits, as plain values; of one practice or supplier, or of all."""
    met = {each.delivery.delivery_id for each in platform.ledger.chain(practice)}
    deliveries = [
        _delivery(platform, each)
        for each in platform.ledger.deliveries(supplier or None, _STATES)
        if not practice or each.delivery_id in met
    ]
    held = waiting(platform, practice)["held"]
    counted = rows_by_reason(platform.engine, QUARANTINE_REASONS, practice, supplier)
    rows = [
        {
            "practice_code": each.practice_code or "nobody's",
            "reason": each.reason,
            "rows": each.rows,
            "deliveries": each.deliveries,
            "newest_delivery": each.newest_delivery,
            **_acts(platform, each.reason),
        }
        for each in counted
    ]
    return {"deliveries": deliveries, "practices": held, "rows": rows}


def _delivery(platform: Platform, delivery: Delivery) -> dict[str, Any]:
    acts = _acts(platform, delivery.reason)
    return {
        "delivery_id": delivery.delivery_id,
        "state": str(delivery.state),
        "reason": delivery.reason,
        "since": f"{delivery.updated_at:%Y-%m-%d %H:%M}" if delivery.updated_at else "",
        "files": delivery.file_count,
        "what": delivery.detail or acts["meaning"],
        "owner_role": acts["owner_role"],
        "to_do": delivery.to_do or acts["to_do"],
    }


def _acts(platform: Platform, reason: str) -> dict[str, str]:
    """Return what a reason means, who looks after it and what that person does."""
    known = ADVICE.get(reason)
    if known is not None:
        return {
            "meaning": known.meaning,
            "owner_role": known.owner_role,
            "to_do": known.next_action,
        }
    gate = platform.register.reasons.reasons.get(reason)
    if gate is not None:
        return {
            "meaning": gate.meaning,
            "owner_role": gate.owner_role,
            "to_do": gate.next_action,
        }
    return {"meaning": "", "owner_role": "OPS", "to_do": ""}


@app.command("show")
def show_delivery(
    delivery: Annotated[str, typer.Argument(help="The delivery, as the list names it.")],
    practice: _Practice = "",
    as_json: _Json = False,
) -> None:
    """Show one delivery: its files with their faults, its rows set aside by line, its history.

    Exit code 0; 4: refused, for the ledger has no such delivery.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        document = details(platform, delivery, practice.strip().upper())
    if as_json:
        answer(document)
        return
    head = document["delivery"]
    typer.echo(f"{head['delivery_id']}: {head['state']} {head['reason']}\n{head['what']}")
    typer.echo(f"to do ({head['owner_role'] or 'nobody'}): {head['to_do'] or 'nothing'}")
    for title, name in (
        ("Files not as they should be", "files"),
        ("Practices", "practices"),
        ("Rows set aside", "rows"),
        ("What happened", "events"),
    ):
        _table(title, document[name])


def details(platform: Platform, delivery_id: str, practice: str = "") -> dict[str, Any]:
    """Return what is known of one delivery, as plain values: names, counts, line numbers."""
    delivery = platform.ledger.delivery(delivery_id)
    if delivery is None:
        raise Refused(
            "the ledger has no such delivery",
            where=delivery_id,
            done="nothing",
            to_do="`lds quarantine list` names what waits, `lds status` all",
            code="DELIVERY_UNKNOWN",
        )
    return {
        "delivery": _delivery(platform, delivery),
        "files": _files(platform, delivery_id),
        "practices": _practices(platform, delivery_id, practice),
        "rows": _faulty(platform, delivery_id, practice),
        "events": _events(platform, delivery_id, practice),
    }


def _files(platform: Platform, delivery_id: str) -> _Rows:
    return [
        {
            "file": file.name,
            "table": file.table_name,
            "state": str(file.state),
            "reason": file.reason,
            "what": file.detail or _acts(platform, file.reason)["meaning"],
        }
        for file in platform.ledger.files(delivery_id)
        if file.reason
    ]


def _practices(platform: Platform, delivery_id: str, practice: str) -> _Rows:
    return [
        {
            "practice_code": code,
            "outcome": record.outcome,
            "reason": record.primary_reason,
            **_acts(platform, record.primary_reason),
        }
        for code, record in sorted(platform.ledger.outcomes(delivery_id).items())
        if practice in ("", code) and record.primary_reason
    ]


def _faulty(platform: Platform, delivery_id: str, practice: str) -> _Rows:
    return [
        {
            "table": each.table,
            "practice_code": each.practice_code or "nobody's",
            "reason": each.reason,
            "column": each.column,
            "rows": each.rows,
            "records": ", ".join(str(line) for line in each.lines),
            **_acts(platform, each.reason),
        }
        for each in faulty_rows(platform, delivery_id, practice)
    ]


def _events(platform: Platform, delivery_id: str, practice: str) -> _Rows:
    return [
        {
            "at": f"{event.happened_at:%Y-%m-%d %H:%M}",
            "subject": event.subject,
            "from": event.from_state,
            "to": event.to_state,
            "reason": event.reason,
            "detail": event.detail,
        }
        for event in platform.ledger.events(delivery_id)
        if not practice or event.subject in ("delivery", f"practice {practice}")
    ]


def _table(title: str, rows: list[Mapping[str, Any]] | _Rows) -> None:
    if not rows:
        typer.echo(f"{title}: none")
        return
    headings = [name.replace("_", " ") for name in rows[0]]
    show(title, headings, [tuple(each.values()) for each in rows])
