"""``lds agreement``: what data are shared under, who signed, who signed off."""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import DAY, KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.told_file import read_told
from lds_assets.errors import Refused
from lds_assets.gate.agreement_desk import AgreementDesk
from lds_assets.gate.agreement_view import AgreementView, agreements, view
from lds_assets.gate.variation_desk import Signature
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="agreement",
    no_args_is_help=True,
    help="Agreements, assessments, sign-offs. Exit code 4: a rule refuses the step, on record.",
)


class Party(StrEnum):
    """What an organisation is to an agreement."""

    CONTROLLER = "CONTROLLER"
    PROCESSOR = "PROCESSOR"
    SUBSCRIBER = "SUBSCRIBER"


_Id = Annotated[str, typer.Argument(help="The agreement.")]
_Version = Annotated[str, typer.Argument(help="Its version.")]
_Actor = Annotated[str, typer.Option(help="Information-governance officer who records it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_File = Annotated[Path, typer.Argument(help="YAML file: `name: value`, a list by `|`.")]
_Document = Annotated[Path, typer.Option(help="The document, as it lies there.")]
_Kind = Annotated[str, typer.Argument(help="DPO, CALDICOTT, SIRO, ICB_IG, ...")]
_Decision = Annotated[str, typer.Argument(help="APPROVED, ADVICE_GIVEN (DPO), REJECTED, ...")]
_Decided = Annotated[str, typer.Option(help="Who decided.")]
_Conditions = Annotated[list[str] | None, typer.Option("--condition", help="May be repeated.")]
_SignedOn = Annotated[datetime, typer.Option("--on", formats=DAY, help="Day of signature.")]


def _desk() -> AgreementDesk:
    platform = Platform.open(Settings())
    platform.prepare()
    return AgreementDesk(platform.register, platform.settings.business_date())


def _by(actor: str, reason: str = "") -> Signature:
    return Signature(actor, "IG_OFFICER", reason)


def _cells(file: Path) -> dict[str, str]:
    return {str(name): "" if cell is None else str(cell) for name, cell in read_told(file).items()}


def _step(
    agreement_id: str, version: str, do: Callable[[AgreementDesk], object], *, as_json: bool
) -> None:
    """Take one step and tell where the agreement stands."""
    with faults_told(as_json=as_json):
        desk = _desk()
        do(desk)
        known = desk.agreement(agreement_id, version)
        shown = view(known, desk.register.state(), desk.today)
    if as_json:
        answer(_plain(shown))
        return
    typer.echo(f"{agreement_id} version {version}: {shown.state}")
    for each in shown.lacking:
        typer.echo(f"  lacking: {each}")


@app.command()
def record(file: _File, document: _Document, actor: _Actor, as_json: _Json = False) -> None:
    """Record a draft, or another text of one: sign-offs of the earlier text lapse."""
    with faults_told(as_json=as_json):
        cells = _cells(file)
    key = (cells.get("agreement_id", ""), cells.get("version", ""))
    _step(*key, lambda desk: desk.record(cells, document, _by(actor)), as_json=as_json)


@app.command()
def assess(
    file: _File,
    actor: _Actor,
    document: Annotated[
        Path | None, typer.Option(help="The assessment; without it, the text that is on record.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Record a version of an impact assessment: sign-offs of another text lapse."""
    with faults_told(as_json=as_json):
        cells = _cells(file)
        _desk().assess(cells, document, _by(actor))
    if as_json:
        answer(cells)
    else:
        typer.echo(f"{cells['dpia_id']} version {cells['version']}: {cells['state']}")


@app.command("sign-off-assessment")
def sign_off_assessment(
    dpia_id: Annotated[str, typer.Argument(help="The assessment.")],
    version: _Version,
    kind: _Kind,
    decision: _Decision,
    document: _Document,
    signed_by: _Decided,
    on: _SignedOn,
    actor: _Actor,
    condition: _Conditions = None,
    as_json: _Json = False,
) -> None:
    """Record a decision on an assessment: the DPO advises, SIRO, ICB_IG or CALDICOTT decides."""
    cells = _decided(kind, decision, signed_by, on, condition)
    with faults_told(as_json=as_json):
        _desk().sign_off_assessment((dpia_id, version), cells, document, _by(actor))
    if as_json:
        answer(cells)
    else:
        typer.echo(f"{dpia_id} version {version}: {kind} {decision}")


@app.command()
def accede(
    agreement_id: _Id,
    version: _Version,
    organisation: Annotated[str, typer.Argument(help="Code of the organisation that joins.")],
    signed_by: Annotated[str, typer.Option(help="Who signed for it.")],
    on: _SignedOn,
    actor: _Actor,
    role: Annotated[Party, typer.Option(help="What it is to the agreement.")] = Party.CONTROLLER,
    accession: Annotated[str, typer.Option(help="Where the signed document is kept.")] = "",
    as_json: _Json = False,
) -> None:
    """Record that an organisation, also a practice, signed."""
    cells = {
        "org_code": organisation,
        "role": str(role),
        "signed_by": signed_by,
        "signed_on": f"{on:%Y-%m-%d}",
        "accession_ref": accession,
    }

    def do(desk: AgreementDesk) -> None:
        desk.accede(desk.agreement(agreement_id, version), cells, _by(actor))

    _step(agreement_id, version, do, as_json=as_json)


@app.command("sign-off")
def sign_off(
    agreement_id: _Id,
    version: _Version,
    kind: _Kind,
    decision: _Decision,
    document: _Document,
    signed_by: _Decided,
    on: _SignedOn,
    actor: _Actor,
    condition: _Conditions = None,
    as_json: _Json = False,
) -> None:
    """Record a decision on the document; it lapses when the document changes."""
    cells = _decided(kind, decision, signed_by, on, condition)

    def do(desk: AgreementDesk) -> None:
        desk.sign_off(desk.agreement(agreement_id, version), cells, document, _by(actor))

    _step(agreement_id, version, do, as_json=as_json)


def _decided(
    kind: str, decision: str, signed_by: str, on: datetime, condition: list[str] | None
) -> dict[str, str]:
    return {
        "kind": kind,
        "decision": decision,
        "conditions": "|".join(condition or []),
        "signed_by": signed_by,
        "signed_on": f"{on:%Y-%m-%d}",
    }


def _moving(
    to_state: str, agreement_id: str, version: str, by: Signature, *, as_json: bool
) -> None:
    def do(desk: AgreementDesk) -> None:
        desk.move(desk.agreement(agreement_id, version), to_state, by)

    _step(agreement_id, version, do, as_json=as_json)


@app.command()
def sign(agreement_id: _Id, version: _Version, actor: _Actor, as_json: _Json = False) -> None:
    """Close the draft: from now on its text is what all sign."""
    _moving("SIGNED", agreement_id, version, _by(actor), as_json=as_json)


@app.command("in-force")
def in_force(agreement_id: _Id, version: _Version, actor: _Actor, as_json: _Json = False) -> None:
    """Put it in force: all named parties signed, assessed, signed off."""
    _moving("IN_FORCE", agreement_id, version, _by(actor), as_json=as_json)


@app.command()
def suspend(
    agreement_id: _Id, version: _Version, actor: _Actor, reason: _Reason, as_json: _Json = False
) -> None:
    """Suspend it: the gate of every consent under it closes from today."""
    _moving("SUSPENDED", agreement_id, version, _by(actor, reason), as_json=as_json)


@app.command()
def end(
    agreement_id: _Id, version: _Version, actor: _Actor, reason: _Reason, as_json: _Json = False
) -> None:
    """End it for good; another version takes over."""
    _moving("ENDED", agreement_id, version, _by(actor, reason), as_json=as_json)


@app.command("list")
def list_agreements(on: On = None, known_at: KnownAt = "", as_json: _Json = False) -> None:
    """List agreements on a day, with what they lack and what is to be looked at."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        found = agreements(platform.register, when.on, when.known_at)
    if as_json:
        answer({"on": when.on, "agreements": [_plain(each) for each in found]})
        return
    show(
        f"Agreements on {when.on}",
        ["agreement", "version", "kind", "state", "joined", "lacking", "look at"],
        [
            (
                each.agreement.agreement_id,
                each.agreement.version,
                each.agreement.kind,
                each.state,
                len(each.joined),
                "; ".join(each.lacking),
                "; ".join(each.warnings),
            )
            for each in found
        ],
    )


@app.command("show")
def show_agreement(
    agreement_id: _Id,
    version: _Version,
    on: On = None,
    known_at: KnownAt = "",
    as_json: _Json = False,
) -> None:
    """Show one version on a day: its terms, who joined, what it lacks."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        state = platform.register.state(when.known_at)
        known = state.agreements.get((agreement_id, version))
        if known is None:
            raise Refused(
                f"version {version} of {agreement_id} was not known",
                "register",
                "nothing answered",
                "`lds agreement list` names them",
                "AGREEMENT_UNKNOWN",
            )
        shown = view(known, state, when.on)
    if as_json:
        answer(_plain(shown))
        return
    plain = _plain(shown)
    show(
        f"{agreement_id} version {version} on {when.on}: {shown.state}",
        ["field", ""],
        [
            (name, "; ".join(cell) if isinstance(cell, list) else cell)
            for name, cell in plain.items()
            if name != "joined"
        ],
    )
    show("Joined", ["organisation", "signed on"], shown.joined)


def _plain(shown: AgreementView) -> dict[str, Any]:
    agreement = shown.agreement
    return {
        "agreement_id": agreement.agreement_id,
        "version": agreement.version,
        "kind": agreement.kind,
        "title": agreement.title,
        "state": shown.state,
        "valid_from": agreement.valid_from,
        "valid_to": agreement.valid_to,
        "review_on": agreement.review_on,
        "purposes": sorted(agreement.purposes),
        "parties": sorted(agreement.parties),
        "signoffs_needed": sorted(agreement.signoffs_needed),
        "dpia_id": agreement.dpia_id,
        "document_sha256": agreement.document_sha256,
        "lacking": list(shown.lacking),
        "warnings": list(shown.warnings),
        "joined": {party: on for party, on in shown.joined},
    }
