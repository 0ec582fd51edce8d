"""``lds consent``: what practices said about their data, step by step."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import DAY, KnownAt, On, Role, asked
from lds_assets.commands.console import Exit, answer, faults_told, show
from lds_assets.errors import Refused
from lds_assets.gate.consent_desk import ConsentDesk
from lds_assets.gate.consent_view import ConsentView, consents, history, view
from lds_assets.gate.evidence import EvidenceStore, Found, confirm_evidence, verify_evidence
from lds_assets.gate.policy import normalise
from lds_assets.gate.variation_desk import Signature
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="consent",
    no_args_is_help=True,
    help="Consents of practices: asked for, granted, suspended, withdrawn. "
    "Exit code 4: a rule refuses the step; the refusal is on record.",
)


class Retention(StrEnum):
    """What a practice that withdraws asks to be done with its data."""

    STOP_ONLY = "STOP_ONLY"
    ERASE = "ERASE"
    ERASE_FROM_DATE = "ERASE_FROM_DATE"


class SuspendedData(StrEnum):
    """What becomes of deliveries dated within a suspension."""

    INCLUDE = "INCLUDE"
    DISCARD = "DISCARD"


_Id = Annotated[str, typer.Argument(help="The consent, as `lds consent list` names it.")]
_Actor = Annotated[str, typer.Option(help="Who does it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no patient is named.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Day = datetime | None


def _opened() -> tuple[Platform, ConsentDesk]:
    platform = Platform.open(Settings())
    platform.prepare()
    return platform, ConsentDesk(platform.register, platform.settings.business_date())


def _done(consent_id: str, do: Callable[[Platform, ConsentDesk], None], *, as_json: bool) -> None:
    """Take one step and tell where the consent stands."""
    with faults_told(as_json=as_json):
        platform, desk = _opened()
        do(platform, desk)
        _tell(platform, desk, consent_id, as_json=as_json)


def _tell(platform: Platform, desk: ConsentDesk, consent_id: str, *, as_json: bool) -> None:
    today = platform.settings.business_date()
    shown = view(desk.consent(consent_id), today, platform.register.state())
    if as_json:
        answer(_plain(shown))
        return
    typer.echo(f"{consent_id}: {shown.said}")
    for finding in shown.findings:
        typer.echo(f"  look at: {finding}")


def _day(given: _Day) -> str:
    return f"{given:%Y-%m-%d}" if given else ""


@app.command()
def request(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    actor: _Actor,
    supplier: Annotated[str, typer.Option(help="Supplier; default: the practice's system.")] = "",
    purpose: Annotated[
        list[str] | None, typer.Option(help="May be repeated; default: SECONDARY_USE.")
    ] = None,
    table: Annotated[
        list[str] | None, typer.Option(help="Supplier table; may be repeated; default: all.")
    ] = None,
    on: Annotated[_Day, typer.Option(formats=DAY, help="Day it was asked; default today.")] = None,
    starts: Annotated[
        _Day, typer.Option("--from", formats=DAY, help="First day it is meant to hold.")
    ] = None,
    dsa: Annotated[str, typer.Option(help="Sharing agreement, when it is a new version.")] = "",
    dsa_version: Annotated[str, typer.Option(help="Its version.")] = "",
    consent_id: Annotated[str, typer.Option("--id", help="Default: the next number.")] = "",
    role: Role = "PRACTICE_LIAISON",
    as_json: _Json = False,
) -> None:
    """Record that a practice was asked for its consent."""
    with faults_told(as_json=as_json):
        platform, desk = _opened()
        code = normalise(practice)
        system = platform.register.state().system_on(code, platform.settings.business_date())
        cells = {
            "consent_id": consent_id,
            "practice_code": code,
            "supplier_code": supplier.upper() or (system.supplier_code if system else ""),
            "purposes": "|".join(purpose or ["SECONDARY_USE"]),
            "scope_tables": "|".join(table or ["*"]),
            "requested_on": _day(on),
            "effective_from": _day(starts),
            "dsa_id": dsa,
            "dsa_version": dsa_version,
        }
        named = desk.request(cells, Signature(actor, role))
        _tell(platform, desk, named, as_json=as_json)


@app.command()
def grant(
    consent_id: _Id,
    actor: _Actor,
    evidence: Annotated[str, typer.Option(help="Signed form: a file, or a reference `DMS:2041`.")],
    signed_on: Annotated[datetime, typer.Option(formats=DAY, help="Day of signature.")],
    starts: Annotated[datetime, typer.Option("--from", formats=DAY, help="First day in force.")],
    signed_by: Annotated[str, typer.Option(help="Who signed for the practice.")],
    signed_role: Annotated[
        str, typer.Option(help="PARTNER, CALDICOTT or PRACTICE_MANAGER_DELEGATED.")
    ],
    dsa: Annotated[str, typer.Option(help="Data sharing agreement.")],
    dsa_version: Annotated[str, typer.Option(help="Its version.")],
    dpa: Annotated[str, typer.Option(help="Data processing agreement.")],
    until: Annotated[
        _Day, typer.Option(formats=DAY, help="First day no longer in force; default: open.")
    ] = None,
    evidence_sha256: Annotated[str, typer.Option(help="Hash of a form kept elsewhere.")] = "",
    delegation: Annotated[str, typer.Option(help="Paper by which a delegate may sign.")] = "",
    backdating_approved_by: Annotated[
        str, typer.Option(help="Who allows a start over 30 days before the signature.")
    ] = "",
    supplier_shows: Annotated[
        str, typer.Option(help="What the supplier shows, until its feed tells: ACTIVE, ...")
    ] = "",
    role: Role = "IG_OFFICER",
    as_json: _Json = False,
) -> None:
    """Record the signed answer; the actor is not who asked for it."""
    cells = {
        "granted_on": _day(signed_on),
        "effective_from": _day(starts),
        "effective_to": _day(until),
        "granted_by_name": signed_by,
        "granted_by_role": signed_role,
        "delegation_ref": delegation,
        "backdating_approved_by": backdating_approved_by,
        "dsa_id": dsa,
        "dsa_version": dsa_version,
        "dpa_id": dpa,
        "supplier_side_state": supplier_shows,
    }

    def do(platform: Platform, desk: ConsentDesk) -> None:
        desk.consent(consent_id)
        kept = EvidenceStore.of(platform.settings).keep(evidence, consent_id, evidence_sha256)
        desk.grant(consent_id, cells, kept, Signature(actor, role))

    _done(consent_id, do, as_json=as_json)


@app.command()
def refuse(consent_id: _Id, actor: _Actor, reason: _Reason, as_json: _Json = False) -> None:
    """Record that the practice said no to a request."""
    by = Signature(actor, "IG_OFFICER", reason)
    _done(consent_id, lambda _, desk: desk.end_request(consent_id, "REFUSED", by), as_json=as_json)


@app.command()
def lapse(consent_id: _Id, actor: _Actor, reason: _Reason, as_json: _Json = False) -> None:
    """Close a request that came to nothing; after 90 days the platform does it by itself."""
    by = Signature(actor, "IG_OFFICER", reason)
    _done(consent_id, lambda _, desk: desk.end_request(consent_id, "LAPSED", by), as_json=as_json)


@app.command()
def suspend(
    consent_id: _Id,
    actor: _Actor,
    reason: _Reason,
    on: Annotated[
        _Day, typer.Option("--from", formats=DAY, help="First day; default today.")
    ] = None,
    role: Role = "IG_OFFICER",
    as_json: _Json = False,
) -> None:
    """Close the gate for a while; another person lifts it."""

    def do(platform: Platform, desk: ConsentDesk) -> None:
        day = on.date() if on else platform.settings.business_date()
        desk.suspend(consent_id, day, Signature(actor, role, reason))

    _done(consent_id, do, as_json=as_json)


@app.command()
def resume(
    consent_id: _Id,
    actor: _Actor,
    reason: _Reason,
    evidence: Annotated[str, typer.Option(help="What shows that the cause is cleared.")],
    data: Annotated[
        SuspendedData,
        typer.Option(help="Deliveries dated within the suspension: take them, or never."),
    ],
    as_json: _Json = False,
) -> None:
    """Lift a suspension from today; the actor is not who suspended."""
    by = Signature(actor, "IG_OFFICER", reason, evidence_ref=evidence)
    _done(consent_id, lambda _, desk: desk.resume(consent_id, data, by), as_json=as_json)


@app.command()
def withdraw(
    consent_id: _Id,
    actor: _Actor,
    reason: _Reason,
    notice: Annotated[str, typer.Option(help="Where the practice's notice is kept.")],
    retention: Annotated[Retention, typer.Option(help="What becomes of the data.")],
    starts: Annotated[
        _Day,
        typer.Option("--from", formats=DAY, help="First day without consent; default today."),
    ] = None,
    erase_from: Annotated[
        _Day, typer.Option(formats=DAY, help="Day from which data are erased (ERASE_FROM_DATE).")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Record that the practice withdraws, today or from a day to come."""
    told = {
        "notice_ref": notice,
        "retention_instruction": str(retention),
        "erase_from": _day(erase_from),
    }

    def do(platform: Platform, desk: ConsentDesk) -> None:
        day = starts.date() if starts else platform.settings.business_date()
        desk.withdraw(consent_id, day, told, Signature(actor, "IG_OFFICER", reason))

    _done(consent_id, do, as_json=as_json)


@app.command()
def supersede(
    consent_id: _Id,
    successor: Annotated[str, typer.Option("--by", help="Consent that takes over.")],
    actor: _Actor,
    reason: _Reason,
    as_json: _Json = False,
) -> None:
    """Let a granted consent of the same key take over; a later DSA version does so by itself."""
    by = Signature(actor, "IG_OFFICER", reason)
    _done(consent_id, lambda _, desk: desk.supersede(consent_id, successor, by), as_json=as_json)


@app.command("confirm-evidence")
def confirm(
    consent_id: _Id,
    actor: _Actor,
    reason: _Reason,
    evidence: Annotated[str, typer.Option(help="The signed form: a file, or a reference.")],
    evidence_sha256: Annotated[str, typer.Option(help="Hash of a form kept elsewhere.")] = "",
    as_json: _Json = False,
) -> None:
    """Say that the very form signed off is there again; the gate opens from today."""

    def do(platform: Platform, desk: ConsentDesk) -> None:
        consent, today = desk.consent(consent_id), platform.settings.business_date()
        kept = EvidenceStore.of(platform.settings).keep(evidence, consent_id, evidence_sha256)
        confirm_evidence(platform.register, consent, kept, actor, reason, today)

    _done(consent_id, do, as_json=as_json)


@app.command("verify-evidence")
def verify(as_json: _Json = False) -> None:
    """Hash every signed form again; a form that changed or is gone closes its gate.

    Exit code 0: all as signed off; 3: some are not, and wait for an officer.
    """
    with faults_told(as_json=as_json):
        platform, _ = _opened()
        today = platform.settings.business_date()
        found = verify_evidence(platform.register, EvidenceStore.of(platform.settings), today)
    if as_json:
        answer({str(what): count for what, count in found.items()})
    else:
        show("Signed forms of open consents", ["found", "consents"], list(found.items()))
    if found[Found.CHANGED] or found[Found.MISSING]:
        raise typer.Exit(Exit.HELD)


@app.command("list")
def list_consents(
    practice: Annotated[str, typer.Option(help="Only of one practice.")] = "",
    state: Annotated[str, typer.Option(help="Only those in a state on the day.")] = "",
    on: On = None,
    known_at: KnownAt = "",
    as_json: _Json = False,
) -> None:
    """List consents with their state on a day, as known at a time."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        found = consents(platform.register, when.on, when.known_at, normalise(practice))
    chosen = [each for each in found if state.upper() in ("", each.state)]
    if as_json:
        answer({"on": when.on, "consents": [_plain(each) for each in chosen]})
        return
    show(
        f"Consents on {when.on}",
        ["consent", "practice", "supplier", "state", "from", "look at"],
        [
            (
                each.consent.consent_id,
                each.consent.practice_code,
                each.consent.supplier_code,
                each.said,
                each.consent.effective_from or "-",
                "; ".join(each.findings),
            )
            for each in chosen
        ],
    )


@app.command("show")
def show_consent(
    consent_id: _Id, on: On = None, known_at: KnownAt = "", as_json: _Json = False
) -> None:
    """Show one consent on a day, as known at a time, with everything recorded of it."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        state = platform.register.state(when.known_at)
        known = state.consent(consent_id)
        if known is None:
            raise Refused(
                f"no consent {consent_id} was known",
                "register",
                "nothing answered",
                "`lds consent list` names them",
                "CONSENT_UNKNOWN",
            )
        shown = view(known, when.on, state)
        told = history(platform.register, consent_id, when.known_at)
    if as_json:
        answer({**_plain(shown), "history": [asdict(each) for each in told]})
        return
    typer.echo(f"{consent_id} on {when.on}: {shown.said}")
    for finding in shown.findings:
        typer.echo(f"  look at: {finding}")
    show("Terms", ["field", ""], [each for each in known.row.items() if each[1]])
    show(
        "Recorded",
        ["seq", "recorded", "from", "what", "by", "role", "why", "evidence"],
        [
            (
                str(each.seq),
                each.recorded_at[:16],
                each.effective_on,
                each.what,
                each.actor,
                each.actor_role,
                each.reason,
                each.evidence,
            )
            for each in told
        ],
    )


def _plain(shown: ConsentView) -> dict[str, Any]:
    return {
        "consent_id": shown.consent.consent_id,
        "state": shown.state,
        "ends_on": shown.ends_on,
        "findings": list(shown.findings),
        "terms": {name: cell for name, cell in shown.consent.row.items() if cell},
    }
