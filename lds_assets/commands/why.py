"""``lds why PRACTICE`` and ``lds coverage``: why data are here, or not."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.hold import show_waiting, waiting
from lds_assets.errors import Refused
from lds_assets.gate.why import Link
from lds_assets.landing.states import ChainLink
from lds_assets.platform import Platform
from lds_assets.resources import LONDON, Settings
from lds_assets.why.answers import Answer, Why
from lds_assets.why.coverage import Coverage, coverage, whole

_SHOWN = 15
_BARE = "the register holds no practice at all as asked; `lds run` reads the practice list into it"
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def _why(on: datetime | None, known_at: str) -> Why:
    """Open the platform and read what answers for a day, as known at an instant, rest on."""
    platform = Platform.open(Settings())
    times = asked(on, known_at, platform.settings.business_date())
    return Why(platform, times.on, times.known_at)


def why(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    on: On = None,
    known_at: KnownAt = "",
    supplier: Annotated[str, typer.Option(help="Supplier code; default: its system.")] = "",
    as_json: _Json = False,
) -> None:
    """Tell in one word where a practice stands, the chain behind it, and who acts next.

    PRESENT, PARTIAL, HELD, ABSENT or NEVER; exit code 0, whatever the answer.
    """
    with faults_told(as_json=as_json):
        found = _why(on, known_at)
        told = found.answer(practice, supplier)
        chain = found.platform.ledger.chain(told.practice_code)
        waits = waiting(found.platform, told.practice_code)
        is_bare = not found.platform.register.state(found.known_at).practices
    if as_json:
        answer({**_document(told, chain), **waits})
        return
    typer.echo(told.headline)
    if told.known_at:
        typer.echo(f"as known at {told.known_at.astimezone(LONDON):%Y-%m-%d %H:%M} (London)")
    if is_bare:
        typer.echo(_BARE)
    if told.owner_role:
        typer.echo(f"next: {told.next_action} ({told.owner_role})")
    if told.list_size is not None:
        typer.echo(f"list: {told.list_size:,} registered, {told.list_told}")
    _show_chain(told.links)
    for warning in told.decision.warnings:
        typer.echo(f"  warning: {warning}")
    show_waiting(waits)
    _show_deliveries(chain)


def show_coverage(
    icb: Annotated[str, typer.Option(help="One integrated care board, by code.")] = "",
    on: On = None,
    known_at: KnownAt = "",
    as_json: _Json = False,
) -> None:
    """Tell how much of London a release shows, by board, and why the rest is missing."""
    with faults_told(as_json=as_json):
        found = _why(on, known_at)
        state = found.platform.register.state(found.known_at)
        boards = coverage(found.everyone(), state.board_names())
        board = icb.strip().upper()
        wanted = [each for each in boards if board in ("", each.board_code)]
        if board and not wanted:
            raise _no_board(board, [each.board_code for each in boards])
    total = whole(wanted, board or "London")
    if as_json:
        answer({"on": found.on, "total": _covered(total), "boards": [_covered(e) for e in wanted]})
        return
    show(
        f"Coverage on {found.on}",
        ["board", "name", "practices", "shown", "%", "registered", "of them shown", "%"],
        [_row(each) for each in [*wanted, *([total] if not icb else [])]],
    )
    _show_rest(total)


def _show_rest(total: Coverage) -> None:
    """Show what the figures do not say of themselves, and what is missing."""
    if total.carried_list_size:
        typer.echo(
            f"{total.carried_list_size:,} of the registered patients are on the last list of a "
            "practice that was succeeded, and on no newer list of its successor yet"
        )
    if total.ended:
        typer.echo(f"met before and ended, counted nowhere: {total.ended} of the practices")
    show(
        "Not shown, or not wholly",
        ["verdict", "first reason", "practices", "registered", "owner"],
        [
            (each.verdict, each.reason, each.practices, each.list_size, each.owner_role)
            for each in total.missing
        ],
    )


def _no_board(code: str, known: Sequence[str]) -> Refused:
    return Refused(
        f"no practice is of a board {code} on the day",
        where="register",
        done="nothing answered",
        to_do=f"one of {', '.join(filter(None, known))}; --on asks of a day before boards merged",
        code="BOARD_UNKNOWN",
    )


def _row(each: Coverage) -> tuple[object, ...]:
    return (
        each.board_code,
        each.board_name or "no London board",
        each.practices,
        each.covered,
        "" if each.practice_percent is None else f"{each.practice_percent:.1f}",
        each.list_size,
        each.covered_list_size,
        "" if each.list_percent is None else f"{each.list_percent:.1f}",
    )


def _covered(each: Coverage) -> dict[str, Any]:
    return {
        "board_code": each.board_code,
        "board_name": each.board_name,
        "practices": each.practices,
        "covered_practices": each.covered,
        "practice_percent": each.practice_percent,
        "list_size": each.list_size,
        "covered_list_size": each.covered_list_size,
        "carried_list_size": each.carried_list_size,
        "ended_practices": each.ended,
        "list_percent": each.list_percent,
        "missing": [vars(reason) for reason in each.missing],
    }


def _document(told: Answer, chain: list[ChainLink]) -> dict[str, Any]:
    return {
        "practice_code": told.practice_code,
        "practice_name": told.name,
        "on": told.on.isoformat(),
        "known_at": told.known_at.isoformat() if told.known_at else None,
        "verdict": str(told.verdict),
        "reason": told.reason,
        "next_action": told.next_action,
        "owner_role": told.owner_role,
        "supplier_code": told.supplier_code,
        "board_code": told.board_code,
        "list_size": told.list_size,
        "list_size_carried": told.list_carried,
        "list_told": told.list_told,
        "is_counted": told.is_counted,
        "outcome": told.decision.outcome,
        "primary_reason": told.decision.primary_reason,
        "reasons": list(told.decision.reasons),
        "warnings": list(told.decision.warnings),
        "register_version": told.decision.register_version,
        "chain": [
            {
                "question": link.question,
                "answer": link.answer,
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
        "deliveries": [_delivered(link) for link in chain],
        "release_id": told.release_id,
        "is_released": told.is_shown,
        "shown_since": told.shown_since.isoformat() if told.shown_since else None,
    }


def _delivered(link: ChainLink) -> dict[str, Any]:
    return {
        "delivery_id": link.delivery.delivery_id,
        "state": str(link.delivery.state),
        "outcome": link.record.outcome,
        "primary_reason": link.record.primary_reason,
        "rows": {stage: dict(counts) for stage, counts in link.rows.items()},
    }


def _show_chain(links: tuple[Link, ...]) -> None:
    """Tell the chain link by link: a table of seven columns breaks its words on a terminal."""
    typer.secho("The chain", bold=True)
    for link in links:
        typer.echo(f"  {link.answer:<3}  {link.question}  {link.state}")
        since = f"since {link.since}" if link.since else ""
        proof = ", ".join(part for part in (since, link.evidence) if part)
        if proof:
            typer.echo(f"         {proof}")
        if link.reasons:
            typer.echo(
                f"         {', '.join(link.reasons)}: {link.next_action} ({link.owner_role})"
            )


def _show_deliveries(chain: list[ChainLink]) -> None:
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
