"""The daily sweep: where every practice of London stands, kept day by day (S20).

Keeping each day's verdicts tells who moved since the day before, and since when a practice is
where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Column, Date, Engine, Integer, String, Table, Text, delete, insert, select
from sqlalchemy import func as sql

from lds_assets.database import metadata
from lds_assets.platform import Platform
from lds_assets.why.answers import Answer, Why

why_verdict = Table(
    "why_verdict",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("verdict", String(10), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("owner_role", String(40), nullable=False),
    Column("next_action", Text, nullable=False),
    Column("supplier_code", String(40), nullable=False),
    Column("board_code", String(20), nullable=False),
    Column("list_size", Integer),
    Column("release_id", String(40), nullable=False),
    Column("register_version", String(64), nullable=False),
    Column("evaluated_at", String(40), nullable=False),
)


@dataclass(frozen=True)
class Move:
    """A practice whose verdict or first reason is another one than in the sweep before."""

    practice_code: str
    before: str
    after: str


@dataclass(frozen=True)
class Sweep:
    """One sweep.

    Attributes:
        before: day of the sweep it is compared with; None for the first.
        moves: practices that stand elsewhere since.
    """

    answers: tuple[Answer, ...]
    before: date | None
    moves: tuple[Move, ...]


def sweep(platform: Platform) -> Sweep:
    """Ask for every practice today and keep the verdicts; a second sweep of a day replaces it."""
    answers = tuple(Why(platform).everyone())
    day = platform.settings.business_date()
    with platform.engine.connect() as connection:
        before = connection.scalar(
            select(sql.max(why_verdict.c.as_of)).where(why_verdict.c.as_of < day)
        )
    former = _kept(platform.engine, before)
    _keep(platform.engine, day, answers)
    return Sweep(answers, before, _moves(former, answers) if before else ())


def _kept(engine: Engine, day: date | None) -> dict[str, str]:
    """Return the verdict and reason of each practice in the sweep of a day."""
    if day is None:
        return {}
    table = why_verdict.c
    query = select(table.practice_code, table.verdict, table.reason).where(table.as_of == day)
    with engine.connect() as connection:
        return {row.practice_code: _told(*row[1:]) for row in connection.execute(query)}


def _moves(former: dict[str, str], answers: Sequence[Answer]) -> tuple[Move, ...]:
    found = []
    for each in answers:
        before, after = former.get(each.practice_code, ""), _told(each.verdict, each.reason)
        if before != after:
            found.append(Move(each.practice_code, before, after))
    return tuple(found)


def _told(verdict: str, reason: str) -> str:
    return f"{verdict} {reason}".strip()


def _keep(engine: Engine, day: date, answers: Sequence[Answer]) -> None:
    now = datetime.now(UTC).isoformat()
    rows = [
        {
            "as_of": day,
            "practice_code": each.practice_code,
            "verdict": str(each.verdict),
            "reason": each.reason,
            "owner_role": each.owner_role,
            "next_action": each.next_action,
            "supplier_code": each.supplier_code,
            "board_code": each.board_code,
            "list_size": each.list_size,
            "release_id": each.release_id,
            "register_version": each.decision.register_version,
            "evaluated_at": now,
        }
        for each in answers
    ]
    with engine.begin() as connection:
        connection.execute(delete(why_verdict).where(why_verdict.c.as_of == day))
        if rows:
            connection.execute(insert(why_verdict), rows)
