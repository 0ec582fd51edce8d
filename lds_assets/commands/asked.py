"""The two times of a question: the day it is about, and the instant of what was known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

import typer

from lds_assets.errors import Refused
from lds_assets.gate.events import day_start
from lds_assets.gate.officers import SYSTEM
from lds_assets.resources import LONDON

DAY = ["%Y-%m-%d"]

On = Annotated[
    datetime | None, typer.Option("--on", formats=DAY, help="London day asked about; default today")
]
KnownAt = Annotated[
    str,
    typer.Option(
        "--known-at",
        help="What was known then: a London day (its end) or an ISO time; default: now.",
    ),
]


def persons_role(role: str) -> str:
    """Refuse the platform's own role on the command line: persons sign there.

    Raises:
        typer.BadParameter: the role is SYSTEM.
    """
    if role.strip().upper() == SYSTEM:
        raise typer.BadParameter("the platform signs for itself; name the role of a person")
    return role


Role = Annotated[str, typer.Option(callback=persons_role, help="Role in which the actor signs.")]
SecondRole = Annotated[
    str, typer.Option(callback=persons_role, help="Role in which the second person signs.")
]


@dataclass(frozen=True)
class Asked:
    """The day asked about, and until when events count; None is all of them."""

    on: date
    known_at: datetime | None


def asked(on: datetime | None, known_at: str, today: date) -> Asked:
    """Read both times of a question.

    Raises:
        Refused: the instant is no time, or lies ahead: what will be known is not known.
    """
    return Asked(on.date() if on else today, instant(known_at))


def instant(text: str) -> datetime | None:
    """Read an instant of knowledge: a London day is its end, empty text is everything known.

    Raises:
        Refused: it is no time, or one to come.
    """
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            instant = day_start(date.fromisoformat(text) + timedelta(days=1))
            return min(instant - timedelta(microseconds=1), datetime.now(UTC))
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise _refused("no day and no time") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=LONDON)
    if instant > datetime.now(UTC):
        raise _refused("a time to come")
    return instant


def _refused(what: str) -> Refused:
    return Refused(
        f"--known-at is {what}",
        "the question",
        "nothing answered",
        "give a day or time",
        "KNOWN_AT",
    )
