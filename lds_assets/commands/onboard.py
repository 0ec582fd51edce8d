"""``lds onboard``: a practice's way into a release, step by step."""

from collections import Counter
from datetime import datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import Role, SecondRole
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.gate.onboarding import PATH, Reached, Step
from lds_assets.guards.measured import Measure
from lds_assets.guards.onboarding import Course, Onboardings, meanings
from lds_assets.guards.onboarding_desk import OnboardingDesk, Word
from lds_assets.guards.thresholds import thresholds
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="onboard",
    no_args_is_help=True,
    help="Onboarding: what people tell of a practice; consent, feed, extract and release follow "
    "from facts. Exit code 4: a rule refuses the step; the refusal is on record.",
)

_Practices = Annotated[list[str], typer.Argument(help="ODS codes, all recorded or none.")]
_Actor = Annotated[str, typer.Option(help="Who did it.")]
_Reason = Annotated[str, typer.Option(help="Why, in words.")]
_Evidence = Annotated[str, typer.Option(help="Where the letter or paper is kept.")]
_Supplier = Annotated[str, typer.Option(help="Supplier code; default: the practice's system.")]
_On = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%d"], help="London day it took place; default: today."),
]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Shown = Annotated[str, typer.Argument(help="ODS code; without it all practices asked.")]


def _open() -> Platform:
    platform = Platform.open(Settings())
    platform.prepare()
    return platform


def _tell(kind: str, practices: list[str], word: Word, supplier: str, *, as_json: bool) -> None:
    """Record an event of practices and show where they stand now."""
    with faults_told(as_json=as_json):
        told = OnboardingDesk(_open()).tell(kind, practices, word, supplier)
    if as_json:
        answer({"practices": [_plain(each) for each in told]})
        return
    for each in told:
        typer.echo(_line(each))


def _word(
    actor: str, role: str, reason: str, evidence: str, on: datetime | None, **payload: str
) -> Word:
    return Word(actor, role, reason, evidence, on.date() if on else None, payload)


@app.command()
def invite(
    practices: _Practices,
    actor: _Actor,
    role: Role = "PRACTICE_LIAISON",
    reason: _Reason = "",
    evidence: _Evidence = "",
    on: _On = None,
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Record that practices were asked to take part; also takes up one that declined."""
    _tell("invited", practices, _word(actor, role, reason, evidence, on), supplier, as_json=as_json)


@app.command("request-feed")
def request_feed(
    practices: _Practices,
    actor: _Actor,
    evidence: Annotated[str, typer.Option(help="The request: ticket or letter.")],
    role: Role = "PRACTICE_LIAISON",
    reason: _Reason = "",
    on: _On = None,
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Record that the supplier was asked to send the feed of practices that consented."""
    word = _word(actor, role, reason, evidence, on)
    _tell("feed_requested", practices, word, supplier, as_json=as_json)


@app.command()
def decline(
    practices: _Practices,
    actor: _Actor,
    reason: _Reason,
    role: Role = "PRACTICE_LIAISON",
    evidence: _Evidence = "",
    on: _On = None,
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Record that practices said no. A consent that was given is withdrawn instead."""
    word = _word(actor, role, reason, evidence, on)
    _tell("declined", practices, word, supplier, as_json=as_json)


@app.command()
def stall(
    practices: _Practices,
    actor: _Actor,
    reason: _Reason,
    owner: Annotated[str, typer.Option(help="Role that has to clear it.")],
    role: Role = "PRACTICE_LIAISON",
    on: _On = None,
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Record that practices do not move on, why, and who has to clear it."""
    word = _word(actor, role, reason, "", on, owner_role=owner.upper())
    _tell("stalled", practices, word, supplier, as_json=as_json)


@app.command()
def resume(
    practices: _Practices,
    actor: _Actor,
    reason: _Reason,
    role: Role = "PRACTICE_LIAISON",
    on: _On = None,
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Record that what held practices up is cleared."""
    _tell("resumed", practices, _word(actor, role, reason, "", on), supplier, as_json=as_json)


@app.command()
def accept(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    measure: Annotated[str, typer.Option(help="Measure that holds it, as `status` names it.")],
    actor: Annotated[str, typer.Option(help="First person.")],
    second: Annotated[str, typer.Option(help="Second person, another one.")],
    reason: _Reason,
    role: Role = "DELIVERY_LEAD",
    second_role: SecondRole = "IG_OFFICER",
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Let two persons take a measure of the first extract as right; the next run goes on."""
    payload = {"measure": measure, "second": second, "second_role": second_role}
    word = _word(actor, role, reason, "", None, **payload)
    with faults_told(as_json=as_json):
        found = OnboardingDesk(_open()).accept(practice, measure, word, supplier)
    if as_json:
        answer(_plain(found))
    else:
        typer.echo(f"{found.practice_code}: {measure} accepted; the next `lds run` goes on")


@app.command()
def status(
    practice: _Shown = "",
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Show where practices stand, since when, and who does what next."""
    with faults_told(as_json=as_json):
        found = Onboardings(_open())
        courses = [found.course(practice, supplier)] if practice else found.asked()
    if as_json:
        answer({"practices": [_plain(each) for each in courses]})
        return
    if practice:
        _show_one(courses[0])
        return
    show(
        "Practices asked",
        ["practice", "supplier", "state", "since", "days", "next", "owner"],
        [
            (
                each.practice_code,
                each.supplier_code,
                each.standing.state,
                each.standing.since or "",
                "" if each.standing.days is None else each.standing.days,
                each.next_action,
                each.owner_role,
            )
            for each in courses
            if each.is_under_way
        ],
    )
    counted = Counter(each.standing.state for each in courses)
    typer.echo(", ".join(f"{counted[step]} {step}" for step in Step if counted[step]) or "none")


@app.command()
def checklist(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    supplier: _Supplier = "",
    as_json: _Json = False,
) -> None:
    """Show every step of a practice's way, done or ahead, with its owner."""
    with faults_told(as_json=as_json):
        platform = _open()
        found = Onboardings(platform).course(practice, supplier)
        rows = [*_checklist(platform, found), _list_size(platform, found)]
    if as_json:
        answer({"practice_code": found.practice_code, "steps": rows})
        return
    show(
        f"{found.practice_code} {found.name}, {found.supplier_code}",
        ["step", "", "since", "what it means", "owner", "to do"],
        [tuple(row.values()) for row in rows],
    )


def _list_size(platform: Platform, found: Course) -> dict[str, str]:
    """Return whether the register has what the population is compared with."""
    missing = platform.register.reasons.reasons["D_BASELINE_MISSING"]
    day = platform.settings.business_date()
    size = platform.register.state().list_size_on(found.practice_code, day)
    return {
        "step": "list size",
        "mark": "done" if size else "missing",
        "since": str(size.as_at) if size else "",
        "meaning": f"{size.registered_count:,} ({size.source})" if size else missing.meaning,
        "owner_role": "" if size else missing.owner_role,
        "to_do": "" if size else missing.next_action,
    }


def _checklist(platform: Platform, found: Course) -> list[dict[str, str]]:
    reached = {each.step: each for each in found.standing.reached}
    place = PATH.index(found.standing.step)
    rows = []
    for step in PATH:
        meaning, done = meanings(platform.settings.seeds)[step], reached.get(step)
        ahead = PATH.index(step) > place
        is_now = step is found.standing.step
        mark = "now" if is_now else "done" if done else "ahead" if ahead else "not needed"
        rows.append(
            {
                "step": str(step),
                "mark": mark,
                "since": str(done.on or "") if done else "",
                "meaning": meaning.meaning,
                "owner_role": found.owner_role if is_now else meaning.owner_role if ahead else "",
                "to_do": found.next_action if is_now else meaning.next_action if ahead else "",
            }
        )
    return rows


def _line(found: Course) -> str:
    told = f"{found.practice_code}: {found.standing.state}"
    if not found.owner_role:
        return told
    return f"{told}; next: {found.next_action} ({found.owner_role})"


def _show_one(found: Course) -> None:
    standing = found.standing
    days = "" if standing.days is None else f", {standing.days} days"
    typer.echo(
        f"{found.practice_code} ({found.name}), {found.supplier_code}: {standing.state} since "
        f"{standing.since or 'no record'}{days}"
    )
    if found.owner_role:
        typer.echo(f"next: {found.next_action} ({found.owner_role})")
    show(
        "Steps",
        ["state", "since", "days", "evidence"],
        [
            (each.step, each.on or "", "" if each.days is None else each.days, each.evidence)
            for each in standing.reached
        ],
    )
    if found.measured is not None:
        show(
            f"Reconciliation of {found.measured.measured_on}: {found.measured.verdict}",
            ["measure", "value", "bounds", "verdict", "what was found"],
            [_measure_row(each) for each in found.measured.measures],
        )


def _measure_row(measure: Measure) -> tuple[object, ...]:
    bound = thresholds(Settings().seeds)[measure.measure]
    return (
        measure.measure,
        bound.shown(measure.value),
        measure.threshold,
        measure.verdict,
        measure.detail,
    )


def _plain(found: Course) -> dict[str, Any]:
    standing = found.standing
    return {
        "practice_code": found.practice_code,
        "practice_name": found.name,
        "supplier_code": found.supplier_code,
        "board_code": found.board_code,
        "state": str(standing.state),
        "step": str(standing.step),
        "since": str(standing.since) if standing.since else None,
        "days": standing.days,
        "stall": vars(standing.stall) if standing.stall else None,
        "deliveries_owed": standing.owed,
        "is_released": standing.is_released,
        "reasons": list(found.reasons),
        "reason": found.reason,
        "next_action": found.next_action,
        "owner_role": found.owner_role,
        "steps": [_plain_step(each) for each in standing.reached],
        "reconciliation": {
            "measured_on": str(found.measured.measured_on),
            "delivery_id": found.measured.delivery_id,
            "verdict": str(found.measured.verdict),
            "measures": [
                {**vars(each), "verdict": str(each.verdict)} for each in found.measured.measures
            ],
        }
        if found.measured
        else None,
    }


def _plain_step(reached: Reached) -> dict[str, Any]:
    return {
        "state": str(reached.step),
        "since": str(reached.on) if reached.on else None,
        "days": reached.days,
        "evidence": reached.evidence,
    }
