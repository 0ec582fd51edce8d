"""What arrived of each practice, read from the ledger for all practices at once.

A year of deliveries must not be read to answer for a day: each question is one aggregate.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, case, func, or_, select

from lds_assets.database_order import by_code_point
from lds_assets.gate.events import day_start
from lds_assets.landing.accounts import KEPT, LANDED, RAW
from lds_assets.landing.states import State
from lds_assets.landing.tables import account_table, delivery_table, event_table, practice_table

#: A delivery in one of these states has not given its rows to anybody.
WAITING = (State.HELD, State.QUARANTINED, State.INCOMPLETE, State.VALIDATED)

#: Outcomes of a practice in a delivery under which rows of it are in the lake.
_IN_LAKE = ("LOADED",)


@dataclass(frozen=True)
class Arrival:
    """One delivery as far as it concerns one practice.

    Attributes:
        received_at, extracted_at: UTC.
        outcome, refusal: what became of the practice in it, and the first reason; empty when its
            rows were not looked at.
        supplier: folder of who sent it.
        landed, kept: rows of the practice in it; ``faulty`` of them were set aside. All 0 for an
            earlier instant.
    """

    delivery_id: str
    received_at: datetime
    extracted_at: datetime
    state: str
    reason: str = ""
    to_do: str = ""
    outcome: str = ""
    refusal: str = ""
    landed: int = 0
    kept: int = 0
    faulty: int = 0
    supplier: str = ""


@dataclass(frozen=True)
class Arrivals:
    """All that arrived by a day, by practice.

    Attributes:
        newest: supplier -> the newest delivery of it that names the practice.
        loaded: supplier -> the newest one that was loaded for it.
        held: those opened whose rows of the practice wait, oldest first.
        waiting: deliveries of the practice's groups that nobody has got anything of, oldest first.
    """

    newest: Mapping[str, Mapping[str, Arrival]]
    loaded: Mapping[str, Mapping[str, Arrival]]
    held: Mapping[str, tuple[Arrival, ...]]
    waiting: Mapping[str, tuple[Arrival, ...]]


def arrivals(engine: Engine, on: date, known_at: datetime | None = None) -> Arrivals:
    """Read what arrived of every practice.

    Args:
        engine: the platform database.
        on: London day; deliveries extracted after its end are not of the answer.
        known_at: what the ledger knew then; None is everything known now.
    """
    by = _Horizon(on, known_at)
    with engine.connect() as connection:
        newest = _newest(connection, by, None)
        loaded = _newest(connection, by, _IN_LAKE)
        held = _held(connection, by)
        waiting = _waiting(connection, by)
    return Arrivals(newest, loaded, held, waiting)


#: What the ledger's events call a practice's outcome, before its code.
_SUBJECT = "practice "


class _Horizon:
    """Which deliveries and states belong to an answer."""

    def __init__(self, on: date, known_at: datetime | None) -> None:
        ends = day_start(on + timedelta(days=1)).replace(tzinfo=None)
        known = known_at.astimezone(UTC).replace(tzinfo=None) if known_at else None
        self.known = known
        told = delivery_table.c.extracted_at < ends
        self.deliveries = (
            told if known is None else and_(told, delivery_table.c.first_seen_at <= known)
        )

    def outcomes(self) -> Any:  # noqa: ANN401 - an SQL relation
        """Return what became of practices in deliveries: now, or as it stood at the instant.

        A later run may have found another outcome; the ledger's events tell the earlier one.
        """
        if self.known is None:
            return practice_table
        last = (
            select(func.max(event_table.c.event_id))
            .where(event_table.c.subject.like(f"{_SUBJECT}%"))
            .where(event_table.c.happened_at <= self.known)
            .group_by(event_table.c.delivery_id, event_table.c.subject)
        )
        told = event_table.c
        return (
            select(
                told.delivery_id,
                func.substr(told.subject, len(_SUBJECT) + 1).label("practice_code"),
                told.to_state.label("outcome"),
                told.reason.label("primary_reason"),
            )
            .where(told.event_id.in_(last))
            .subquery()
        )


def _newest(
    connection: Connection, by: _Horizon, outcomes: tuple[str, ...] | None
) -> dict[str, dict[str, Arrival]]:
    """Return the newest delivery of each practice and supplier, its rows of it counted."""
    told = by.outcomes()
    wanted = [by.deliveries]
    if outcomes is not None:
        wanted.append(told.c.outcome.in_(outcomes))
    place = func.row_number().over(
        partition_by=(told.c.practice_code, delivery_table.c.supplier),
        order_by=(
            delivery_table.c.extracted_at.desc(),
            by_code_point(delivery_table.c.delivery_id).desc(),
        ),
    )
    ranked = (
        select(
            told.c.practice_code,
            told.c.outcome,
            told.c.primary_reason,
            delivery_table.c.delivery_id,
            delivery_table.c.supplier,
            delivery_table.c.first_seen_at,
            delivery_table.c.extracted_at,
            delivery_table.c.state,
            delivery_table.c.reason,
            delivery_table.c.to_do,
            place.label("place"),
        )
        .join(delivery_table, delivery_table.c.delivery_id == told.c.delivery_id)
        .where(*wanted)
        .subquery()
    )
    rows = connection.execute(select(ranked).where(ranked.c.place == 1)).all()
    # the counts of an earlier instant are not kept: a load done anew counts anew
    counted = {} if by.known else _counts(connection, {row.delivery_id for row in rows})
    found: dict[str, dict[str, Arrival]] = defaultdict(dict)
    for row in rows:
        rows_of = counted.get((row.delivery_id, row.practice_code), _NONE)
        found[row.practice_code][row.supplier] = _arrival(row, rows_of)
    return dict(found)


def _held(connection: Connection, by: _Horizon) -> dict[str, tuple[Arrival, ...]]:
    """Return the deliveries of which a practice's rows are held, whoever else has theirs."""
    told, delivery = by.outcomes(), delivery_table.c
    query = (
        select(told.c.practice_code, told.c.outcome, told.c.primary_reason, delivery_table)
        .join(delivery_table, delivery.delivery_id == told.c.delivery_id)
        .where(by.deliveries, told.c.outcome == "HELD")
        .order_by(delivery.extracted_at, by_code_point(delivery.delivery_id))
    )
    found: dict[str, list[Arrival]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.practice_code].append(_arrival(row))
    return {practice: tuple(each) for practice, each in found.items()}


_NONE = (0, 0, 0)


def _arrival(row: Any, counted: tuple[int, int, int] = _NONE) -> Arrival:  # noqa: ANN401
    """Return a row of a practice's outcome in a delivery as an arrival."""
    return Arrival(
        row.delivery_id,
        row.first_seen_at,
        row.extracted_at,
        row.state,
        row.reason,
        row.to_do,
        row.outcome,
        row.primary_reason,
        *counted,
        supplier=row.supplier,
    )


def _counts(
    connection: Connection, deliveries: set[str]
) -> dict[tuple[str, str], tuple[int, int, int]]:
    """Return rows landed, kept and faulty by delivery and practice."""
    reason, rows = account_table.c.reason, account_table.c.rows
    found: dict[tuple[str, str], tuple[int, int, int]] = {}
    for delivery in sorted(deliveries):
        query = (
            select(
                account_table.c.practice_code,
                func.sum(case((reason == LANDED, rows), else_=0)).label("landed"),
                func.sum(case((reason == KEPT, rows), else_=0)).label("kept"),
                func.sum(case((reason.in_((LANDED, KEPT)), 0), else_=rows)).label("faulty"),
            )
            .where(account_table.c.delivery_id == delivery, account_table.c.stage == RAW)
            .group_by(account_table.c.practice_code)
        )
        for row in connection.execute(query):
            found[delivery, row.practice_code] = (int(row.landed), int(row.kept), int(row.faulty))
    return found


def _waiting(connection: Connection, by: _Horizon) -> dict[str, tuple[Arrival, ...]]:
    """Return the deliveries that wait, for each practice met before in their group."""
    states = [str(state) for state in WAITING]
    query = select(delivery_table).where(by.deliveries)
    moved = _moved_since(connection, by)
    query = query.where(
        or_(delivery_table.c.state.in_(states), delivery_table.c.delivery_id.in_(sorted(moved)))
    ).order_by(delivery_table.c.extracted_at, by_code_point(delivery_table.c.delivery_id))
    found: dict[str, list[Arrival]] = defaultdict(list)
    groups: dict[tuple[str, str], list[str]] = {}
    for row in connection.execute(query):
        state, reason = moved.get(row.delivery_id, (row.state, row.reason))
        if state not in states:
            continue
        group = (row.supplier, row.group_id)
        if group not in groups:
            groups[group] = _practices_of(connection, *group)
        arrival = Arrival(
            row.delivery_id,
            row.first_seen_at,
            row.extracted_at,
            state,
            reason,
            row.to_do,
            supplier=row.supplier,
        )
        for practice in groups[group]:
            found[practice].append(arrival)
    return {practice: tuple(each) for practice, each in found.items()}


def _moved_since(connection: Connection, by: _Horizon) -> dict[str, tuple[str, str]]:
    """Return the state each delivery had at the instant known, where it moved since."""
    if by.known is None:
        return {}
    later = select(event_table.c.delivery_id).where(event_table.c.happened_at > by.known)
    query = (
        select(event_table)
        .where(
            event_table.c.delivery_id.in_(later),
            event_table.c.subject == "delivery",
            event_table.c.happened_at <= by.known,
        )
        .order_by(event_table.c.event_id)
    )
    return {row.delivery_id: (row.to_state, row.reason) for row in connection.execute(query)}


def _practices_of(connection: Connection, supplier: str, group: str) -> list[str]:
    """Return the practices met in any delivery of a group."""
    query = (
        select(practice_table.c.practice_code)
        .join(delivery_table, delivery_table.c.delivery_id == practice_table.c.delivery_id)
        .where(delivery_table.c.supplier == supplier, delivery_table.c.group_id == group)
        .distinct()
    )
    return sorted(connection.scalars(query))
