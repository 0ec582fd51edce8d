"""``lds register``: is the chain whole, what is in it, and how a wrong event is corrected."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any

import typer

from lds_assets.commands.asked import KnownAt, instant
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.commands.officer import app as officer
from lds_assets.errors import Refused
from lds_assets.gate.events import Event, NewEvent, day_start
from lds_assets.gate.names import same_person
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="register",
    no_args_is_help=True,
    help="The governance register: an append-only chain of events. Exit code 4: not trustworthy.",
)
app.add_typer(officer)

_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def verify(as_json: _Json = False) -> None:
    """Check every link of the chain. Exit code 4 names the first event that does not hold."""
    with faults_told(as_json=as_json):
        register = Platform.open(Settings()).register
        register.verify()
        events = register.events()
    document = {
        "events": len(events),
        "register_version": register.version(),
        "newest_recorded_at": events[-1].recorded_at if events else None,
    }
    if as_json:
        answer(document)
    else:
        typer.echo(f"{len(events):,} events, every link holds; version {register.version()[:16]}")


@app.command("events")
def list_events(
    entity: Annotated[
        str, typer.Option(help="Kind of entity, or kind/id: `practice_consent/E83003-EMIS-1`.")
    ] = "",
    actor: Annotated[str, typer.Option(help="Only what somebody did.")] = "",
    refused: Annotated[bool, typer.Option(help="Only attempts a rule refused.")] = False,
    known_at: KnownAt = "",
    last: Annotated[int, typer.Option(help="How many of the newest.", min=1)] = 50,
    as_json: _Json = False,
) -> None:
    """List events for an audit, oldest first; also of a register that is not trustworthy."""
    with faults_told(as_json=as_json):
        register = Platform.open(Settings()).register
        horizon = instant(known_at)
        limit = horizon.isoformat() if horizon else "9999"
        chosen = [
            each
            for each in register.events()
            if each.recorded_at <= limit
            and (not actor or same_person(each.actor, actor))
            and (not refused or each.event_type == "refused")
            and _is_of(each, entity)
        ][-last:]
    if as_json:
        fault = register.broken()
        answer({"not_trustworthy": fault or None, "events": [_plain(each) for each in chosen]})
        return
    if register.broken():
        typer.echo(f"the register is not trustworthy: {register.broken()}", err=True)
    _show(chosen)


@app.command()
def correct(
    event_id: Annotated[str, typer.Argument(help="The wrong event, as `events` names it.")],
    actor: Annotated[str, typer.Option(help="A second information-governance officer.")],
    reason: Annotated[str, typer.Option(help="What was wrong, in words; no patient is named.")],
    as_json: _Json = False,
) -> None:
    """Undo a wrong event by a further one that names it; nothing is ever removed.

    Exit code 4: there is no such event, or whoever recorded it corrects it.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        (stored,) = platform.register.record([_correction(platform, event_id, actor, reason)])
    if as_json:
        answer(_plain(stored))
    else:
        typer.echo(f"seq {stored.seq} corrects {event_id}")


def _correction(platform: Platform, event_id: str, actor: str, reason: str) -> NewEvent:
    """Return the event that corrects another, from today on.

    Raises:
        Refused: there is no such event.
    """
    wrong = [each for each in platform.register.events() if each.event_id == event_id]
    if not wrong:
        raise Refused(
            "there is no such event",
            "register",
            "nothing recorded",
            "`lds register events --json` names them",
            "EVENT_UNKNOWN",
        )
    return NewEvent(
        entity_type=wrong[0].entity_type,
        entity_id=wrong[0].entity_id,
        event_type="corrected",
        effective_at=day_start(platform.settings.business_date()),
        actor=actor,
        actor_role="IG_OFFICER",
        reason_code="CORRECTION",
        reason_text=reason,
        payload={"corrects": event_id},
    )


def _is_of(event: Event, entity: str) -> bool:
    """Say whether an event is of an entity, refused attempts on it included."""
    if not entity:
        return True
    kind, _, name = entity.partition("/")
    about = event.entity_id if event.entity_type == "register" else ""
    if not name:
        return event.entity_type == kind or about.startswith(f"{kind}/")
    return (event.entity_type, event.entity_id) == (kind, name) or about == entity


def _plain(event: Event) -> dict[str, Any]:
    row = asdict(event)
    return {**row, "payload_json": event.payload}


def _show(events: Iterable[Event]) -> None:
    show(
        "Events, oldest first",
        ["seq", "recorded", "entity", "event", "from", "by", "role", "why"],
        [
            (
                str(each.seq),
                each.recorded_at[:16],
                f"{each.entity_type}/{each.entity_id}",
                f"{each.event_type} {each.from_state}>{each.to_state}".removesuffix(" >"),
                each.effective_on,
                each.actor,
                each.actor_role,
                each.reason_text,
            )
            for each in events
        ],
    )
