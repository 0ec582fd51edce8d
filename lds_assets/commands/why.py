"""``lds why PRACTICE``: why a practice's data is here, or not."""

from datetime import datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.hold import show_waiting, waiting
from lds_assets.gate import Explanation, explain
from lds_assets.landing.states import ChainLink
from lds_assets.platform import Platform
from lds_assets.release.record import current
from lds_assets.resources import Settings

_SHOWN = 15


def why(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    on: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="London day asked about; default: today."),
    ] = None,
    supplier: Annotated[str, typer.Option(help="Supplier code; default: its system.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Tell what the gate says of a practice, what arrived of it, and what became of its rows.

    Exit code 0, whatever the answer.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        day = on.date() if on else platform.settings.business_date()
        told = explain(platform.register, practice, day, supplier=supplier)
        chain = platform.ledger.chain(told.practice_code)
        waits = waiting(platform, told.practice_code)
        release = current(platform.settings)
    is_released = release is not None and told.practice_code in release.publishers
    if as_json:
        document = _document(told, chain, release.release_id if release else "", is_released)
        answer({**document, **waits})
        return
    typer.echo(f"{told.headline}{f' ({told.name})' if told.name else ''}")
    _show_gate(told)
    show_waiting(waits)
    _show_chain(chain)
    place = "in" if is_released else "not in"
    typer.echo(f"{place} the release in force ({release.release_id if release else 'none yet'})")


def _document(
    told: Explanation, chain: list[ChainLink], release_id: str, is_released: bool
) -> dict[str, Any]:
    return {
        "practice_code": told.practice_code,
        "practice_name": told.name,
        "on": told.on.isoformat(),
        "outcome": told.decision.outcome,
        "primary_reason": told.decision.primary_reason,
        "reasons": list(told.decision.reasons),
        "register_version": told.decision.register_version,
        "gate": [
            {
                "question": link.question,
                "holds": link.holds,
                "state": link.state,
                "since": link.since.isoformat() if link.since else None,
                "evidence": link.evidence,
                "reasons": list(link.reasons),
                "next_action": link.next_action,
                "owner_role": link.owner_role,
            }
            for link in told.links
        ],
        "deliveries": [
            {
                "delivery_id": link.delivery.delivery_id,
                "state": str(link.delivery.state),
                "outcome": link.record.outcome,
                "primary_reason": link.record.primary_reason,
                "rows": {stage: dict(counts) for stage, counts in link.rows.items()},
            }
            for link in chain
        ],
        "release_id": release_id,
        "is_released": is_released,
    }


def _show_gate(told: Explanation) -> None:
    show(
        "The gate",
        ["question", "", "answer", "since", "reasons", "next action", "owner"],
        [
            (
                link.question,
                link.answer,
                link.state,
                link.since or "",
                ", ".join(link.reasons),
                link.next_action,
                link.owner_role,
            )
            for link in told.links
        ],
    )


def _show_chain(chain: list[ChainLink]) -> None:
    show(
        "Deliveries, newest first",
        ["delivery", "state", "outcome", "landed", "kept", "not kept, by reason"],
        [
            (
                link.delivery.delivery_id,
                link.delivery.state,
                f"{link.record.outcome} {link.record.primary_reason}".strip(),
                link.rows.get("raw", {}).get("LANDED", 0),
                link.rows.get("raw", {}).get("KEPT", 0),
                ", ".join(
                    f"{reason} {rows:,}"
                    for reason, rows in sorted(link.rows.get("raw", {}).items())
                    if reason not in ("LANDED", "KEPT")
                ),
            )
            for link in chain[:_SHOWN]
        ],
    )
