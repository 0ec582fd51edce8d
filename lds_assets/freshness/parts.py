"""Tables of an extract group that wait while its other tables go on: how far they have come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from lds_assets.landing.parts import PART_MARK, table_of
from lds_assets.landing.states import LOADABLE, State
from lds_assets.landing.tables import delivery_table

_WAITING = (State.HELD, State.QUARANTINED, State.INCOMPLETE)


@dataclass(frozen=True, order=True)
class Behind:
    """The first part of a table that waits.

    Attributes:
        reached_at: extract time (UTC) of the newest delivery before it that is proven; None when
            there is none.
    """

    waits_since: datetime
    delivery_id: str
    reason: str
    reached_at: datetime | None


#: Extract group and table -> the first part of it that waits.
Parts = Mapping[tuple[str, str], Behind]


def parts_behind(engine: Engine, supplier: str, now: datetime) -> Parts:
    """Return the parts that keep tables of a supplier back, the first of each group and table."""
    told = delivery_table.c
    query = select(told.group_id, told.extracted_at, told.delivery_id, told.reason).where(
        told.supplier == supplier,
        told.extracted_at <= now,
        told.state.in_([str(state) for state in _WAITING]),
        told.delivery_id.contains(PART_MARK, autoescape=True),
    )
    first: dict[tuple[str, str], tuple[datetime, str, str]] = {}
    with engine.connect() as connection:
        for group, at, delivery_id, reason in connection.execute(query):
            key = (str(group), table_of(delivery_id))
            if key[1]:
                found = (at, str(delivery_id), str(reason))
                first[key] = min(found, first.get(key, found))
        return {
            (group, table): Behind(
                at,
                delivery_id,
                reason,
                connection.execute(
                    select(func.max(told.extracted_at)).where(
                        told.supplier == supplier,
                        told.group_id == group,
                        told.extracted_at < at,
                        told.state.in_([str(state) for state in LOADABLE]),
                    )
                ).scalar(),
            )
            for (group, table), (at, delivery_id, reason) in first.items()
        }


def behind(parts: Parts, group: str, tables: Iterable[str]) -> Behind | None:
    """Return the part of some tables of a group that waits longest, None when none does."""
    return min((parts[group, each] for each in tables if (group, each) in parts), default=None)
