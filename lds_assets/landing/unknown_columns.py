"""Columns that came and that no dictionary knows: read past, stored nowhere, and told to people.

A supplier adds columns once a year or without notice. The file as it came stays in landing, so a
column declared later is loaded by a replay.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select

from lds_assets.landing.header import Headers
from lds_assets.landing.tables import delivery_table, file_table
from lds_assets.suppliers.registry import Supplier

#: Days before the supplier's newest extract in which a column is still told.
TOLD_FOR = timedelta(days=30)
OWNER = "TECH_LEAD"
TO_DO = (
    "declare it in the supplier's tables.csv and mapping.csv (docs/onboard/add-a-supplier.md), "
    "then `lds replay`; until then it is read past"
)


@dataclass(frozen=True)
class UnknownColumns:
    """Columns of one table that its dictionary does not know, as newest seen.

    Attributes:
        columns: names of the header in small letters; ``column N`` for what is not like a name.
        deliveries: how many of the last days had any.
        newest: the newest of them.
    """

    supplier: str
    table_name: str
    columns: tuple[str, ...]
    deliveries: int
    newest: str
    owner_role: str = OWNER
    to_do: str = TO_DO


def unknown_columns(engine: Engine, supplier: Supplier) -> list[UnknownColumns]:
    """Return the tables of a supplier with columns that today's dictionary does not know."""
    told: dict[str, UnknownColumns] = {}
    for table, header, delivery in _files(engine, supplier.code):
        if table not in supplier.dictionary:
            continue
        names = Headers(supplier, {table: header}).extra_names(table)
        if names:
            before = told[table].deliveries if table in told else 0
            told[table] = UnknownColumns(supplier.code, table, tuple(names), before + 1, delivery)
    return [told[table] for table in sorted(told)]


def _files(engine: Engine, supplier: str) -> list[tuple[str, Sequence[str], str]]:
    """Return table, header and delivery of recent files with unknown columns, oldest first."""
    delivery, file = delivery_table.c, file_table.c
    of_supplier = delivery.supplier == supplier
    with engine.connect() as connection:
        newest: datetime | None = connection.execute(
            select(func.max(delivery.extracted_at)).where(of_supplier)
        ).scalar()
        if newest is None:
            return []
        rows = connection.execute(
            select(file.table_name, file.header, file.delivery_id)
            .join(delivery_table, delivery.delivery_id == file.delivery_id)
            .where(of_supplier, file.extra_columns > 0, delivery.extracted_at > newest - TOLD_FOR)
            .order_by(delivery.extracted_at, file.delivery_id, file.name)
        ).all()
    return [(row.table_name, row.header, row.delivery_id) for row in rows]
