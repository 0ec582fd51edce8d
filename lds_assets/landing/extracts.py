"""What the ledger knows of each practice's extracts, in one look at all practices."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, and_, case, func, select

from lds_assets.landing.states import LOADABLE, SETTLED
from lds_assets.landing.tables import delivery_table, practice_table


@dataclass(frozen=True)
class Extracts:
    """One practice's extracts from one supplier.

    Attributes:
        bulk_at: extract time (UTC) of the first full extract loaded for it, None before one is;
            ``bulk_id`` its delivery.
        newest_at: extract time of the newest delivery loaded for it.
        owed: proven deliveries that hold rows of it and wait for it; ``denied`` of them met a
            closed gate.
    """

    bulk_at: datetime | None
    bulk_id: str
    newest_at: datetime | None
    owed: int
    denied: int = 0


def extracts(engine: Engine, supplier: str) -> dict[str, Extracts]:
    """Return what is loaded and owed, by practice code.

    Args:
        supplier: the supplier's folder.
    """
    met = practice_table.join(
        delivery_table, delivery_table.c.delivery_id == practice_table.c.delivery_id
    )
    loaded = practice_table.c.outcome == "LOADED"
    full = and_(loaded, delivery_table.c.kind == "full")
    owed = and_(
        practice_table.c.outcome.not_in(sorted(SETTLED)),
        delivery_table.c.state.in_([str(state) for state in LOADABLE]),
    )
    denied = and_(owed, practice_table.c.outcome == "DENIED")
    at = delivery_table.c.extracted_at
    counted = (
        select(
            practice_table.c.practice_code,
            func.min(case((full, at))),
            func.max(case((loaded, at))),
            func.count(case((owed, 1))),
            func.count(case((denied, 1))),
        )
        .select_from(met)
        .where(delivery_table.c.supplier == supplier)
        .group_by(practice_table.c.practice_code)
    )
    bulks = (
        select(practice_table.c.practice_code, at, delivery_table.c.delivery_id)
        .select_from(met)
        .where(delivery_table.c.supplier == supplier, full)
    )
    with engine.connect() as connection:
        named = {(row[0], row[1]): row[2] for row in connection.execute(bulks)}
        return {
            code: Extracts(bulk_at, named.get((code, bulk_at), ""), newest_at, *counts)
            for code, bulk_at, newest_at, *counts in connection.execute(counted)
        }
