"""``lds delivery``: people decide about a whole delivery that waits."""

from dataclasses import asdict
from typing import Annotated

import typer

from lds_assets.commands.asked import Role, SecondRole
from lds_assets.commands.console import answer, faults_told
from lds_assets.guards import deliveries
from lds_assets.guards.deliveries import Decided
from lds_assets.guards.holds import Persons
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="delivery",
    no_args_is_help=True,
    help="Decide about a delivery that waits: give it up, take its new content, keep the first.",
)

_Delivery = Annotated[str, typer.Argument(help="The delivery, as `lds quarantine list` names it.")]
_Actor = Annotated[str, typer.Option("--actor", "--by", help="Who decides.")]
_Reason = Annotated[str, typer.Option(help="Why, in words; no patient is named.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def abandon(
    delivery: _Delivery,
    actor: _Actor,
    second: Annotated[str, typer.Option(help="The second person who decides.")],
    reason: _Reason,
    role: Role = "OPS",
    second_role: SecondRole = "IG_OFFICER",
    as_json: _Json = False,
) -> None:
    """Give a delivery up: the later ones of its group go on without it.

    What its window changed is missing until the supplier sends it again or a full extract comes.
    Exit code 0: recorded; 4: refused, for it does not wait or one person signs twice.
    """
    with faults_told(as_json=as_json):
        persons = Persons(actor, second, role, second_role)
        decided = deliveries.abandon(Platform.open(Settings()), delivery, persons, reason)
    _tell(decided, as_json=as_json)


@app.command()
def supersede(
    delivery: _Delivery,
    actor: _Actor,
    reason: _Reason,
    role: Role = "OPS",
    as_json: _Json = False,
) -> None:
    """Take the new content of a delivery in place of the version known before.

    A version that is loaded stays until `lds replay` has shown what would change. Exit code 0:
    recorded; 4: refused, for it is no version that waits for a decision.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        decided = deliveries.supersede(platform, delivery, actor, role, reason)
    _tell(decided, as_json=as_json)


@app.command()
def keep(
    delivery: _Delivery,
    actor: _Actor,
    reason: _Reason,
    role: Role = "OPS",
    as_json: _Json = False,
) -> None:
    """Keep the version known before; the new content is never loaded.

    Exit code 0: recorded; 4: refused, for it is no version that waits for a decision.
    """
    with faults_told(as_json=as_json):
        decided = deliveries.keep(Platform.open(Settings()), delivery, actor, role, reason)
    _tell(decided, as_json=as_json)


def _tell(decided: Decided, *, as_json: bool) -> None:
    if as_json:
        answer(asdict(decided))
    else:
        other = f", in place of {decided.other_id}" if decided.state == "SEEN" else ""
        typer.echo(f"{decided.state}{other}; next: {decided.next_step}")
