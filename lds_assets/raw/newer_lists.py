"""Lists of a supplier that were extracted after a delivery and are loaded already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, case, func, select

from lds_assets.database_order import by_code_point
from lds_assets.landing.states import IN_LAKE, Delivery
from lds_assets.landing.tables import account_table, delivery_table
from lds_assets.raw.tables import SHARED

KEPT, UNCHANGED = "KEPT", "UNCHANGED"


@dataclass(frozen=True)
class NewerList:
    """A loaded file of a dictionary table, extracted after the one being loaded.

    Only those are meant that left rows unstored, as they said nothing new.

    Attributes:
        extracted_at: UTC.
        rows: well-formed rows it had, stored or not.
    """

    delivery_id: str
    extracted_at: datetime
    rows: int


#: Table (supplier's spelling) -> its newer lists.
NewerLists = Mapping[str, Sequence[NewerList]]


def newer_lists(engine: Engine, delivery: Delivery) -> NewerLists:
    """Return the newer lists of a delivery, oldest first.

    Empty for a delivery that comes in its order, as nearly all do.
    """
    account, loaded = account_table.c, delivery_table.c
    unchanged = func.sum(case((account.reason == UNCHANGED, account.rows), else_=0))
    query = (
        select(account.table_name, account.delivery_id, loaded.extracted_at, func.sum(account.rows))
        .join(delivery_table, loaded.delivery_id == account.delivery_id)
        .where(
            loaded.supplier == delivery.supplier,
            loaded.extracted_at > delivery.extracted_at,
            loaded.state.in_([str(state) for state in IN_LAKE]),
            account.stage == "raw",
            account.practice_code == SHARED,
            account.reason.in_([KEPT, UNCHANGED]),
        )
        .group_by(account.table_name, account.delivery_id, loaded.extracted_at)
        .having(unchanged > 0)
        .order_by(loaded.extracted_at, by_code_point(account.delivery_id))
    )
    found: dict[str, list[NewerList]] = {}
    with engine.connect() as connection:
        for table, identity, at, rows in connection.execute(query):
            found.setdefault(table, []).append(NewerList(identity, at, int(rows)))
    return found
