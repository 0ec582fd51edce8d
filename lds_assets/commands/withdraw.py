"""``lds withdraw``: from a practice's notice to the certificate that nothing of it is left."""

import shutil
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import Role, SecondRole
from lds_assets.commands.console import answer, faults_told, progress_bar, show
from lds_assets.errors import Refused
from lds_assets.gate.purge import Mode, Purge, State, Trigger
from lds_assets.gate.variation_desk import Signature
from lds_assets.platform import Platform
from lds_assets.purge.certificate import key_of, new_key, sha256_of, verify
from lds_assets.purge.execute import Execution
from lds_assets.purge.inventory import Place, totals
from lds_assets.purge.proof import Proof
from lds_assets.resources import Settings

app = typer.Typer(
    name="withdraw",
    no_args_is_help=True,
    help="Purges: opened on a notice, counted, approved by two persons, executed, proven, "
    "certified. Exit code 3: something is left, or a layer is held; 4: a rule says no.",
)
certificate = typer.Typer(name="certificate", no_args_is_help=True, help="Certificates and keys.")
app.add_typer(certificate)

_Practice = Annotated[str, typer.Argument(help="ODS code of the practice.")]
_Actor = Annotated[str, typer.Option(help="Who does it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no patient is named.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Day = typer.Option(formats=["%Y-%m-%d"], help="Day by which it should be certified.")

#: State -> what comes next, and who does it.
NEXT = {
    State.OPEN: ("lds withdraw inventory", "OPS"),
    State.INVENTORIED: ("lds withdraw approve", "two persons"),
    State.APPROVED: ("lds withdraw execute", "OPS"),
    State.EXECUTING: ("lds withdraw execute, then prove", "OPS"),
    State.LOCAL_DONE: ("lds withdraw certify", "IG_OFFICER"),
    State.SUBSCRIBERS_NOTIFIED: ("lds withdraw certify", "IG_OFFICER"),
    State.CONFIRMED: ("lds withdraw certify", "IG_OFFICER"),
    State.EXCEPTIONS: ("lds withdraw certify", "IG_OFFICER"),
    State.CERTIFIED: ("nothing", ""),
}


def _execution() -> Execution:
    platform = Platform.open(Settings())
    platform.prepare()
    return Execution(platform)


def _tell(purge: Purge, *, as_json: bool, **further: Any) -> None:  # noqa: ANN401
    if as_json:
        answer({**_plain(purge), **further})
        return
    step, who = NEXT[State(purge.state or State.OPEN)]
    owner = f" ({who})" if who else ""
    typer.echo(f"{purge.purge_id}: {purge.state}; next: {step}{owner}")


def _plain(purge: Purge) -> dict[str, Any]:
    step, who = NEXT[State(purge.state or State.OPEN)]
    return {
        "purge_id": purge.purge_id,
        "practice_code": purge.practice_code,
        "trigger": purge.trigger,
        "mode": purge.mode,
        "cut_off": purge.cut_off,
        "state": purge.state,
        "due_on": purge.due_on,
        "layers_done": {layer: dict(counts) for layer, counts in purge.done.items()},
        "layers_left": list(purge.left),
        "approval_event": purge.approval_event,
        "certificate_sha256": purge.certificate_sha256,
        "next": step,
        "owner": who,
    }


@app.command("open")
def open_purge(
    practice: _Practice,
    notice: Annotated[str, typer.Option(help="Where the notice is kept.")],
    actor: _Actor,
    reason: _Reason,
    mode: Annotated[Mode, typer.Option(help="The retention instruction of the notice.")],
    trigger: Annotated[Trigger, typer.Option(help="Why.")] = Trigger.CONSENT_WITHDRAWN,
    due: Annotated[datetime | None, _Day] = None,
    erase_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="First day of what is erased (ERASE_FROM_DATE); the notice's without it.",
        ),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Open a purge on a notice: the gate answers O_PURGING from now on."""
    by = Signature(actor, "IG_OFFICER", reason=reason, evidence_ref=notice)
    with faults_told(as_json=as_json):
        day, since = (each.date() if each else None for each in (due, erase_from))
        purge = _execution().desk.open(practice, trigger, mode, by, due_on=day, cut_off=since)
        _tell(purge, as_json=as_json)


@app.command()
def widen(
    practice: _Practice,
    mode: Annotated[Mode, typer.Option(help="What the practice wants now; wider than before.")],
    notice: Annotated[str, typer.Option(help="Where its further notice is kept.")],
    actor: _Actor,
    second: Annotated[str, typer.Option(help="The second person who signs.")],
    reason: _Reason,
    second_role: SecondRole = "CALDICOTT",
    erase_from: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day of what is erased (ERASE_FROM_DATE)."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Record that a practice wants more erased than its notice said; then open a purge on it."""
    by = Signature(
        actor, "IG_OFFICER", reason, evidence_ref=notice, second=second, second_role=second_role
    )
    with faults_told(as_json=as_json):
        desk = _execution().desk
        desk.widen(practice, mode, by, erase_from.date() if erase_from else None)
    told = {"practice_code": practice.upper(), "mode": mode, "next": "lds withdraw open"}
    if as_json:
        answer(told)
        return
    typer.echo(f"{practice.upper()}: {mode} stands; next: lds withdraw open (IG_OFFICER)")


@app.command()
def inventory(
    practice: _Practice,
    actor: _Actor,
    role: Role = "OPS",
    as_json: _Json = False,
) -> None:
    """Count everything that is held of the practice, place by place."""
    with faults_told(as_json=as_json):
        execution = _execution()
        purge = execution.desk.under_way(practice)
        purge, places = execution.take_inventory(purge, Signature(actor, role))
        if not as_json:
            _show_places(purge, places)
        _tell(purge, as_json=as_json, rows=totals(places), inventory_sha256=purge.inventory_sha256)


def _show_places(purge: Purge, places: Sequence[Place]) -> None:
    show(
        f"{purge.purge_id}: {purge.mode}",
        ["layer", "place", "rows", "files", "bytes", "fate"],
        [(p.layer, p.place, p.rows, p.files, p.size_bytes, p.fate) for p in places],
    )


@app.command()
def approve(
    practice: _Practice,
    actor: _Actor,
    second: Annotated[str, typer.Option(help="The second person who approves.")],
    reason: _Reason,
    role: Role = "IG_OFFICER",
    second_role: SecondRole = "CALDICOTT",
    as_json: _Json = False,
) -> None:
    """Approve the inventory as it stands: two persons, one of them not of operations."""
    by = Signature(actor, role, reason=reason, second=second, second_role=second_role)
    with faults_told(as_json=as_json):
        desk = _execution().desk
        purge = desk.approve(desk.under_way(practice), by)
        _tell(purge, as_json=as_json)


@app.command()
def execute(
    practice: _Practice,
    again: Annotated[
        bool, typer.Option("--again", help="Empty every layer anew, also those done.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Erase, layer by layer; after a kill or a hold the same command goes on."""
    with faults_told(as_json=as_json):
        with progress_bar("erasing", quiet=as_json) as listener:
            execution = Execution(_execution().platform, listener=listener)
            purge = execution.desk.under_way(practice)
            purge = execution.execute(purge, again=again)
        _tell(purge, as_json=as_json)


@app.command()
def prove(practice: _Practice, as_json: _Json = False) -> None:
    """Read every file again; go on only when nothing is found."""
    with faults_told(as_json=as_json):
        execution = _execution()
        purge, proof = execution.prove(execution.desk.under_way(practice))
        if not as_json:
            _show_proof(proof)
        _tell(purge, as_json=as_json, files_read=len(proof.scan.kinds), found=0)


def _show_proof(proof: Proof) -> None:
    show(
        f"{len(proof.scan.kinds)} files read, nothing found; kept for a reason:",
        ["reason", "findings"],
        [(reason, len(found)) for reason, found in sorted(proof.excepted.items())],
    )


@app.command()
def certify(
    practice: _Practice,
    actor: _Actor,
    reason: _Reason,
    backup: Annotated[
        list[str] | None, typer.Option(help="NAME:YYYY-MM-DD, the day it expires; may be repeated.")
    ] = None,
    no_backups: Annotated[bool, typer.Option("--no-backups", help="There are none.")] = False,
    out: Annotated[Path | None, typer.Option(help="A copy for the practice.")] = None,
    as_json: _Json = False,
) -> None:
    """Issue the signed certificate; the gate then answers by the consent alone."""
    by = Signature(actor, "IG_OFFICER", reason=reason)
    with faults_told(as_json=as_json):
        backups = [_backup(each) for each in backup or ()]
        if not backups and not no_backups:
            raise _refused("no backup is named", "name each with --backup, or say --no-backups")
        execution = _execution()
        purge, path = execution.certify(execution.desk.under_way(practice), backups, by)
        if out is not None:
            shutil.copyfile(path, out)
        if not as_json:
            typer.echo(str(out or path))
        _tell(purge, as_json=as_json, certificate=str(path))


def _backup(text: str) -> dict[str, str]:
    name, colon, day = text.rpartition(":")
    try:
        expires = date.fromisoformat(day)
    except ValueError:
        expires = None
    if not colon or not name or expires is None:
        raise _refused("a backup is not told as NAME:YYYY-MM-DD", "correct it and try again")
    return {"name": name, "expires_on": expires.isoformat()}


@app.command()
def status(
    practice: Annotated[str, typer.Argument(help="One practice; all without it.")] = "",
    as_json: _Json = False,
) -> None:
    """Show where purges stand, what comes next and whose it is."""
    with faults_told(as_json=as_json):
        found = [
            each
            for each in _execution().desk.purges()
            if practice.upper() in ("", each.practice_code)
        ]
    if as_json:
        answer({"purges": [_plain(each) for each in found]})
        return
    show(
        "Purges",
        ["purge", "trigger", "mode", "state", "due", "layers left", "next", "owner", "approval"],
        [
            (
                each.purge_id,
                each.trigger,
                each.mode,
                str(each.state),
                each.due_on,
                "" if each.is_over else ", ".join(each.left),
                *NEXT[State(each.state or State.OPEN)],
                each.approval_event,
            )
            for each in found
        ],
    )


@certificate.command("verify")
def verify_certificate(
    file: Annotated[Path, typer.Argument(help="The certificate.", dir_okay=False)],
    as_json: _Json = False,
) -> None:
    """Say whether a certificate is as it was signed, and the one the register names."""
    with faults_told(as_json=as_json):
        execution = _execution()
        told = verify(file, key_of(execution.platform.settings))
        known = [each.certificate_sha256 for each in execution.desk.purges()]
        if sha256_of(told) not in known:
            raise _refused("the register names no such certificate", "ask who issued it")
        if as_json:
            answer(told)
            return
    name, practice = told["purge_id"], told["practice_code"]
    typer.echo(f"{name}: signed and unchanged; {practice}, {told['mode']}, {told['issued_at']}")


@certificate.command("new-key")
def make_key(
    file: Annotated[Path, typer.Argument(help="File to write; only its owner reads it.")],
) -> None:
    """Make a key that signs certificates; LDS_CERTIFICATE_KEY names its file."""
    with faults_told(as_json=False):
        new_key(file)
    typer.echo(
        f"{file}: keep it apart from the data, and for as long as certificates are asked for"
    )


def _refused(what: str, to_do: str) -> Refused:
    return Refused(what, where="lds withdraw", done="nothing recorded", to_do=to_do, code="USAGE")
