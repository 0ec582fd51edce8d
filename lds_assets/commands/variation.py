"""``lds variation``: how a supplier, data set or purpose becomes part of the service."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.told_file import read_told
from lds_assets.errors import Refused
from lds_assets.gate.events import Event
from lds_assets.gate.variation import Choice, Round, State, Variation
from lds_assets.gate.variation_desk import Signature, VariationDesk
from lds_assets.gate.variation_pack import html, markdown
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="variation",
    no_args_is_help=True,
    help="Variations: requested by a board, approved by all, built, assured, live. "
    "Exit code 4: a rule refuses the step; the refusal is on record.",
)

_Id = Annotated[str, typer.Argument(help="The variation.")]
_Actor = Annotated[str, typer.Option(help="Who does it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words.")]
_Evidence = Annotated[str, typer.Option(help="Where the minute, pack or report is kept.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_File = Annotated[Path, typer.Argument(help="YAML file with what is told.", dir_okay=False)]


class Author(StrEnum):
    """Who may change the content."""

    PRODUCT_OWNER = "PRODUCT_OWNER"
    ICB_SPONSOR = "ICB_SPONSOR"


class Assurer(StrEnum):
    """Who may close a condition."""

    IG_OFFICER = "IG_OFFICER"
    CLINICAL_SAFETY = "CLINICAL_SAFETY"


def _desk() -> VariationDesk:
    platform = Platform.open(Settings())
    for refused in platform.prepare():
        typer.echo(str(refused), err=True)
    return VariationDesk(platform.register, platform.settings.business_date())


@contextmanager
def _step(variation_id: str, *, as_json: bool) -> Iterator[VariationDesk]:
    """Take one step at the desk and tell where the variation stands."""
    with faults_told(as_json=as_json):
        desk = _desk()
        yield desk
        variation = desk.variation(variation_id)
    if as_json:
        answer(_plain(variation))
        return
    typer.echo(f"{variation_id}: {variation.state or 'no request'}, revision {variation.revision}")


@app.command()
def draft(variation_id: _Id, file: _File, actor: _Actor, as_json: _Json = False) -> None:
    """Open a variation, or take up again one that was returned or deferred."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.draft(variation_id, read_told(file), Signature(actor, "ICB_SPONSOR"))


@app.command()
def revise(
    variation_id: _Id,
    file: _File,
    actor: _Actor,
    role: Annotated[Author, typer.Option(help="In which role.")] = Author.PRODUCT_OWNER,
    as_json: _Json = False,
) -> None:
    """Change the content: the revision goes up, decisions on it lapse."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.revise(variation_id, read_told(file), Signature(actor, role))


@app.command()
def submit(variation_id: _Id, actor: _Actor, as_json: _Json = False) -> None:
    """Put a draft before the board and every partner."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.submit(variation_id, Signature(actor, "ICB_SPONSOR"))


@app.command("return")
def return_(
    variation_id: _Id,
    defect: Annotated[list[str], typer.Option(help="What is to be mended; may be repeated.")],
    actor: _Actor,
    as_json: _Json = False,
) -> None:
    """Return a submitted request to its sponsor, with what is wrong with it."""
    by = Signature(actor, "PRODUCT_OWNER", reason="; ".join(defect))
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.RETURNED, by, {"defects": defect})


@app.command()
def approve(
    variation_id: _Id,
    party: Annotated[str, typer.Option(help="BOARD, or the code of a partner.")],
    round_: Annotated[Round, typer.Option("--round", help="Which of the two approvals.")],
    actor: _Actor,
    choice: Annotated[Choice, typer.Option(help="What was decided.")] = Choice.APPROVE,
    evidence: _Evidence = "",
    reason: Annotated[str, typer.Option(help="Why, in words; needed to reject.")] = "",
    condition: Annotated[list[str] | None, typer.Option(help="May be repeated.")] = None,
    deputy: Annotated[str, typer.Option(help="Who decides for one who recuses.")] = "",
    on_behalf_of: Annotated[str, typer.Option(help="Partner this one succeeded.")] = "",
    as_json: _Json = False,
) -> None:
    """Record a party's decision; the steps that follow by rule are taken.

    In the first round any one party's REJECT ends the request.
    """
    role = "BOARD_SECRETARY" if party == "BOARD" else "PARTNER_APPROVER"
    by = Signature(actor, role, reason, evidence, on_behalf_of)
    with _step(variation_id, as_json=as_json) as desk:
        desk.decide(
            variation_id, round_, party, choice, by, conditions=condition or (), deputy=deputy
        )


@app.command()
def scope(variation_id: _Id, file: _File, actor: _Actor, as_json: _Json = False) -> None:
    """Begin scoping (team, resource_ref), or hand in what it found."""
    with _step(variation_id, as_json=as_json) as desk:
        told = read_told(file)
        begins = desk.variation(variation_id).state in (State.REQUEST_APPROVED, State.BLOCKED)
        state = State.SCOPING if begins else State.SCOPED
        desk.move(variation_id, state, Signature(actor, "TECH_LEAD"), told)


@app.command()
def block(
    variation_id: _Id,
    reason: _Reason,
    recheck_on: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Day on which to look again.")
    ],
    actor: _Actor,
    as_json: _Json = False,
) -> None:
    """Stop scoping, e.g. no bulk mechanism; `scope` goes on, after twelve months it lapses."""
    by = Signature(actor, "TECH_LEAD", reason=reason)
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.BLOCKED, by, {"recheck_on": recheck_on.date().isoformat()})


@app.command("business-case")
def business_case(variation_id: _Id, file: _File, actor: _Actor, as_json: _Json = False) -> None:
    """Submit business case, delivery plan and funding source for the second approval."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.business_case(variation_id, read_told(file), Signature(actor, "PRODUCT_OWNER"))


@app.command()
def build(variation_id: _Id, file: _File, actor: _Actor, as_json: _Json = False) -> None:
    """Begin to build: plan and budget_code."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.BUILD, Signature(actor, "DELIVERY_LEAD"), read_told(file))


@app.command("assure")
def assure(variation_id: _Id, file: _File, actor: _Actor, as_json: _Json = False) -> None:
    """Hand over to assurance, with the proof it asks for."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.ASSURANCE, Signature(actor, "DELIVERY_LEAD"), read_told(file))


@app.command()
def condition(
    variation_id: _Id,
    met: Annotated[str, typer.Option(help="The condition, word for word.")],
    actor: _Actor,
    evidence: _Evidence,
    role: Annotated[Assurer, typer.Option(help="In which role.")] = Assurer.IG_OFFICER,
    as_json: _Json = False,
) -> None:
    """Close a condition, with the evidence that it is met."""
    with _step(variation_id, as_json=as_json) as desk:
        by = Signature(actor, role, evidence_ref=evidence)
        desk.close_condition(variation_id, met, by)


@app.command()
def live(
    variation_id: _Id,
    actor: Annotated[str, typer.Option(help="Information-governance officer.")],
    second: Annotated[str, typer.Option(help="Clinical safety officer.")],
    reason: _Reason = "assured",
    as_json: _Json = False,
) -> None:
    """Put it live: information governance and clinical safety together."""
    by = Signature(actor, "IG_OFFICER", reason=reason, second=second, second_role="CLINICAL_SAFETY")
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.LIVE, by)


@app.command()
def suspend(variation_id: _Id, actor: _Actor, reason: _Reason, as_json: _Json = False) -> None:
    """Suspend it: the gate closes at once. `live` lifts it again."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.SUSPENDED, Signature(actor, "IG_OFFICER", reason=reason))


@app.command()
def retire(
    variation_id: _Id, actor: _Actor, reason: _Reason, evidence: _Evidence, as_json: _Json = False
) -> None:
    """Retire a live or suspended one for good, by a minute of the board."""
    by = Signature(actor, "BOARD_SECRETARY", reason, evidence)
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.RETIRED, by)


@app.command()
def withdraw(variation_id: _Id, actor: _Actor, reason: _Reason, as_json: _Json = False) -> None:
    """Withdraw a variation that is not live."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.move(variation_id, State.WITHDRAWN, Signature(actor, "ICB_SPONSOR", reason=reason))


@app.command()
def note(
    variation_id: _Id, text: Annotated[str, typer.Option()], actor: _Actor, as_json: _Json = False
) -> None:
    """Keep an engagement on record. It satisfies nothing."""
    with _step(variation_id, as_json=as_json) as desk:
        desk.note(variation_id, text, Signature(actor, "PRODUCT_OWNER"))


@app.command()
def pack(
    variation_id: _Id,
    out: Annotated[Path, typer.Option(help="Markdown file, or HTML by its ending.")],
    as_json: _Json = False,
) -> None:
    """Write the pack a board can attach to its papers."""
    with faults_told(as_json=as_json):
        desk = _desk()
        variation = _known(desk, variation_id)
        today = Settings().business_date()
        write = html if out.suffix == ".html" else markdown
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(write(desk, variation_id, today), encoding="utf-8")
    if as_json:
        written = {"file": str(out), "sha256": hashlib.sha256(out.read_bytes()).hexdigest()}
        answer({**_plain(variation), "on": today, **written})
        return
    typer.echo(str(out))


@app.command("list")
@app.command()
def status(
    variation_id: Annotated[str, typer.Argument(help="One variation; all without it.")] = "",
    as_json: _Json = False,
) -> None:
    """Show where variations stand, and whose assent is missing."""
    with faults_told(as_json=as_json):
        desk = _desk()
        found = [_known(desk, variation_id)] if variation_id else desk.variations()
    if as_json:
        answer({"variations": [_plain(each) for each in found]})
        return
    show(
        "Variations",
        ["variation", "supplier", "state", "revision", "assent missing", "open conditions"],
        [
            (
                each.variation_id,
                each.supplier_code or "-",
                each.state or "engagement only",
                each.revision,
                ", ".join(_missing(each)),
                "; ".join(each.open_conditions),
            )
            for each in found
        ],
    )


@app.command("show")
def show_variation(variation_id: _Id, as_json: _Json = False) -> None:
    """Show one variation: what is asked, who decided what, everything recorded of it."""
    with faults_told(as_json=as_json):
        desk = _desk()
        variation = _known(desk, variation_id)
        content, told = desk.content(variation_id), desk.history(variation_id)
    if as_json:
        decisions = [asdict(each) for each in variation.decisions.values()]
        history = [_recorded(each) for each in told]
        answer(
            {**_plain(variation), "content": content, "decisions": decisions, "history": history}
        )
        return
    typer.echo(f"{variation_id}: {variation.state or 'no request'}, revision {variation.revision}")
    plain = [(name, each) for name, each in content.items() if isinstance(each, str)]
    show("What is asked", ["", ""], plain)
    show(
        "Recorded",
        ["seq", "from", "what", "by", "role", "why", "evidence"],
        [
            (
                str(each.seq),
                each.effective_on,
                f"{each.event_type} {each.to_state}".strip(),
                each.actor,
                each.actor_role,
                each.reason_text,
                each.evidence_ref,
            )
            for each in told
        ],
    )


def _recorded(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "recorded_at": event.recorded_at,
        "effective_on": event.effective_on,
        "event_type": event.event_type,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "actor": event.actor,
        "actor_role": event.actor_role,
        "reason": event.reason_text,
        "evidence_ref": event.evidence_ref,
    }


def _known(desk: VariationDesk, variation_id: str) -> Variation:
    if not desk.history(variation_id):
        raise Refused(
            f"there is no variation {variation_id}",
            where="register",
            done="nothing written",
            to_do="lds variation status lists all",
            code="VARIATION_UNKNOWN",
        )
    return desk.variation(variation_id)


def _missing(variation: Variation) -> tuple[str, ...]:
    if variation.state is State.SUBMITTED:
        return variation.missing(Round.REQUEST, {})
    if variation.state in (State.CASE_SUBMITTED, State.BOARD_APPROVED):
        return variation.missing(Round.BUSINESS_CASE, {})
    return ()


def _plain(variation: Variation) -> dict[str, Any]:
    return {
        "variation_id": variation.variation_id,
        "title": variation.title,
        "kind": variation.kind,
        "supplier_code": variation.supplier_code,
        "state": variation.state,
        "revision": variation.revision,
        "partners": sorted(variation.partners),
        "assent_missing": list(_missing(variation)),
        "open_conditions": list(variation.open_conditions),
        "engagements": list(variation.notes),
    }
