"""``lds register officer``: who may sign events, and who appointed them."""

import csv
import io
from datetime import date, datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import DAY, KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.gate.facts import covers
from lds_assets.gate.formats import file_forms
from lds_assets.gate.officer_desk import OfficerDesk, draft
from lds_assets.gate.officers import OFFICER_FILE, PERSONS_ROLES, Officer
from lds_assets.gate.variation_desk import Signature
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="officer",
    no_args_is_help=True,
    help="Officers: who may sign events, in which role, on which days. "
    "Exit code 4: a rule refuses it; the refusal is on record.",
)

_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Person = Annotated[str, typer.Argument(help="The name the person signs with.")]
_Role = Annotated[str, typer.Argument(help=f"One of {', '.join(sorted(PERSONS_ROLES))}.")]
_Actor = Annotated[str, typer.Option(help="An information-governance officer.")]


@app.command("list")
def list_officers(
    everybody: Annotated[bool, typer.Option("--all", help="Also former and coming ones.")] = False,
    on: On = None,
    known_at: KnownAt = "",
    as_json: _Json = False,
) -> None:
    """List the officers of a day, as known at a time."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        known = platform.register.state(when.known_at).officers.values()
    chosen = [each for each in known if everybody or _in_office(each, when.on)]
    chosen.sort(key=lambda each: (each.role, each.person, str(each.valid_from)))
    if as_json:
        answer({"on": when.on, "officers": [_plain(each) for each in chosen]})
        return
    show(
        f"Officers{' of all times' if everybody else f' on {when.on}'}",
        ["role", "person", "of", "from", "until", "appointed by"],
        [
            (
                each.role,
                each.person,
                each.organisation,
                each.valid_from or "-",
                each.valid_to or "-",
                each.evidence_ref,
            )
            for each in chosen
        ],
    )


@app.command()
def appoint(
    person: _Person,
    role: _Role,
    organisation: Annotated[str, typer.Option(help="Whom the person acts for.")],
    evidence: Annotated[str, typer.Option(help="Letter of appointment, e.g. `DMS:2041`.")],
    actor: _Actor,
    second: Annotated[str, typer.Option(help="The second person who appoints.")],
    second_role: Annotated[str, typer.Option(help="CALDICOTT, DPO or IG_OFFICER.")] = "CALDICOTT",
    starts: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First day; default today.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=DAY, help="First day no longer; default: open.")
    ] = None,
    evidence_sha256: Annotated[str, typer.Option(help="Hash of the letter.")] = "",
    as_json: _Json = False,
) -> None:
    """Record an officer, as two others sign; nobody appoints themselves."""
    with faults_told(as_json=as_json):
        desk = _desk()
        told = {
            "person": person,
            "role": role.upper(),
            "organisation": organisation,
            "valid_from": f"{starts or desk.today:%Y-%m-%d}",
            "valid_to": f"{until:%Y-%m-%d}" if until else "",
            "evidence_ref": evidence,
            "evidence_sha256": evidence_sha256,
        }
        by = Signature(actor, "IG_OFFICER", second=second, second_role=second_role.upper())
        _tell([desk.appoint(told, by)], as_json=as_json)


@app.command()
def dismiss(
    person: _Person,
    role: _Role,
    actor: _Actor,
    reason: Annotated[str, typer.Option(help="Why.")],
    starts: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, help="First day no longer; default today."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Record that a person holds a role no longer; what was signed before stays as it is."""
    with faults_told(as_json=as_json):
        desk = _desk()
        day = starts.date() if starts else desk.today
        ended = desk.dismiss(person, role.upper(), day, Signature(actor, "IG_OFFICER", reason))
        _tell(ended, as_json=as_json)


@app.command("draft")
def draft_file() -> None:
    """Write `officer.csv` from who signed so far, for somebody to review and complete.

    Organisation and letter are left empty: the file is refused until they are named.
    """
    with faults_told(as_json=False):
        register = Platform.open(Settings()).register
        register.verify()
        rows = draft(register.events())
    text = io.StringIO()
    writer = csv.DictWriter(text, file_forms()[OFFICER_FILE].names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    typer.echo(text.getvalue(), nl=False)


def _desk() -> OfficerDesk:
    platform = Platform.open(Settings())
    platform.prepare()
    return OfficerDesk(platform.register, platform.settings.business_date())


def _in_office(officer: Officer, day: date) -> bool:
    return covers(officer.valid_from, officer.valid_to, day)


def _tell(officers: list[Officer], *, as_json: bool) -> None:
    if as_json:
        answer({"officers": [_plain(each) for each in officers]})
        return
    for each in officers:
        until = f" until {each.valid_to}" if each.valid_to else ""
        typer.echo(f"{each.person}: {each.role} from {each.valid_from}{until}")


def _plain(officer: Officer) -> dict[str, Any]:
    return {
        "person": officer.person,
        "role": officer.role,
        "organisation": officer.organisation,
        "valid_from": officer.valid_from,
        "valid_to": officer.valid_to,
        "evidence_ref": officer.evidence_ref,
    }
