"""``lds hold``: what waits for two persons, and their decisions."""

from datetime import datetime
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import Role, SecondRole
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.errors import Refused
from lds_assets.gate.facts import DeliveryHold
from lds_assets.guards import holds, population
from lds_assets.guards.holds import MEANING, OWNER, TO_DO, Choice, Persons
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="hold",
    no_args_is_help=True,
    help="What waits for two persons: deliveries held for a practice, implausible populations.",
)

_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_Actor = Annotated[str, typer.Option(help="Who decides.")]
_Second = Annotated[str, typer.Option(help="The second person who decides.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no patient is named.")]


@app.command("list")
def list_holds(as_json: _Json = False) -> None:
    """List held deliveries and practices that a release leaves out. Exit code 0."""
    with faults_told(as_json=as_json):
        document = waiting(Platform.open(Settings()))
    if as_json:
        answer(document)
    elif not show_waiting(document):
        typer.echo("nothing waits for two persons")


def waiting(platform: Platform, practice: str = "") -> dict[str, Any]:
    """Return what waits for two persons, of one practice or of all, as plain values."""
    standing = [each for each in platform.register.state().delivery_holds.values() if each.stands]
    book = platform.register.reasons.reasons
    return {
        "held": [_held(each) for each in standing if practice in ("", each.practice_code)],
        "withheld": [
            {
                "practice_code": code,
                "reason": each.reason,
                "detail": each.text,
                "owner_role": book[each.reason].owner_role,
                "to_do": book[each.reason].next_action,
            }
            for code, each in sorted(population.withheld(platform).items())
            if practice in ("", code)
        ],
    }


def show_waiting(document: dict[str, Any]) -> bool:
    """Show what waits for two persons; say whether anything does."""
    for title, name, headings in (
        ("Held for two persons", "held", ["practice", "delivery", "reason", "since"]),
        ("Left out of the release", "withheld", ["practice", "reason"]),
    ):
        if document[name]:
            headings += ["what is found", "owner", "to do"]
            show(title, headings, [tuple(each.values()) for each in document[name]])
    return bool(document["held"] or document["withheld"])


def _held(hold: DeliveryHold) -> dict[str, str]:
    return {
        "practice_code": hold.practice_code,
        "delivery_id": hold.delivery_id,
        "reason": hold.reason,
        "since": hold.placed_on.isoformat(),
        "detail": hold.text or MEANING.get(hold.reason, ""),
        "owner_role": OWNER,
        "to_do": TO_DO,
    }


@app.command()
def release(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    delivery: Annotated[str, typer.Argument(help="The delivery, as `lds hold list` names it.")],
    actor: _Actor,
    second: _Second,
    reason: _Reason,
    load: Annotated[
        Choice,
        typer.Option(
            help="accepted: as it is; changes: what a full file lacks is kept; never: count only."
        ),
    ] = Choice.ACCEPTED,
    role: Role = "OPS",
    second_role: SecondRole = "IG_OFFICER",
    as_json: _Json = False,
) -> None:
    """Let a practice's rows of a held delivery on; the next run loads them in order.

    Exit code 0: recorded; 4: refused, for nothing is held so or one person signs twice.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        persons = Persons(actor, second, role, second_role)
        holds.release(platform.register, practice.upper(), delivery, load, persons, reason)
    document = {"practice_code": practice.upper(), "delivery_id": delivery, "load": str(load)}
    _tell(document, "recorded; the next `lds run` follows it", as_json=as_json)


@app.command()
def announce(
    practices: Annotated[list[str], typer.Argument(help="ODS codes of the practices.")],
    first: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First extract day it may have."),
    ],
    actor: _Actor,
    reason: _Reason,
    last: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Last one; default: 14 days later."),
    ] = None,
    role: Role = "DELIVERY_LEAD",
    as_json: _Json = False,
) -> None:
    """Announce a further full extract of practices, so that it is not held.

    Exit code 0: recorded; 4: refused, for a practice is unknown or the days run backwards.
    """
    codes = [code.upper() for code in practices]
    with faults_told(as_json=as_json):
        register = Platform.open(Settings()).register
        until = last.date() if last else None
        holds.announce(register, codes, first.date(), until, actor, role, reason)
    _tell({"practices": codes, "from": f"{first:%Y-%m-%d}"}, "recorded", as_json=as_json)


@app.command("population")
def accept(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    actor: _Actor,
    second: _Second,
    reason: _Reason,
    role: Role = "DELIVERY_LEAD",
    second_role: SecondRole = "IG_OFFICER",
    as_json: _Json = False,
) -> None:
    """Take the registered count of a practice as right, whatever its list size says.

    It is released while its count stays within a tenth of this one. Exit code 0: recorded; 4:
    refused, for the practice was not counted or one person signs twice.
    """
    code = practice.upper()
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        counted = population.known(platform.engine).get(code)
        if counted is None:
            raise Refused(
                f"{code} was not counted", "lds hold population", "nothing recorded", "`lds run`"
            )
        day, number = platform.settings.business_date(), counted.registered_count
        persons = Persons(actor, second, role, second_role)
        holds.accept_population(platform.register, code, number, day, persons, reason)
    document = {"practice_code": code, "registered_count": number}
    _tell(document, f"{number:,} registered, accepted", as_json=as_json)


def _tell(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    if as_json:
        answer(document)
    else:
        typer.echo(text)
