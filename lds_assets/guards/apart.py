"""A table whose rows turn out to be broken when they are read: it waits, the others are loaded.

Asked before any row of the delivery is stored. Rule source: ADR 26.
"""

from lds_assets.errors import RoadError
from lds_assets.guards.form import UnfitTables
from lds_assets.landing.advice import fate
from lds_assets.landing.parts import cut, is_by_its_table, table_of
from lds_assets.landing.states import Delivery, Reason, State
from lds_assets.platform import Platform
from lds_assets.suppliers.apart import may_wait
from lds_assets.suppliers.registry import Supplier


def set_apart(
    platform: Platform, supplier: Supplier, delivery: Delivery, fault: RoadError, run_id: str
) -> Delivery | None:
    """Take the broken tables out of a delivery as parts that are set aside.

    Returns:
        What is left of the delivery, to be loaded; None when the fault concerns all of it.
    """
    if not isinstance(fault, UnfitTables) or not _may_be_cut(platform, supplier, delivery, fault):
        return None
    ledger = platform.ledger
    row, files = ledger.delivery(delivery.delivery_id), ledger.files(delivery.delivery_id)
    if row is None:
        return None
    pieces = cut(row, files, fault.tables.keys(), supplier.definition.of_practices)
    entered = [(pieces[0][0].moved(row.fate), pieces[0][1])]
    for part, own in pieces[1:]:
        told = fault.tables[table_of(part.delivery_id)]
        entered.append((part.moved(fate(State.QUARANTINED, Reason.MALFORMED, told)), own))
    stored = ledger.record_pieces(entered, run_id, row.state)
    return stored[0] if stored else None


def _may_be_cut(
    platform: Platform, supplier: Supplier, delivery: Delivery, fault: UnfitTables
) -> bool:
    """Say whether the other tables can be understood, and nothing of the delivery is loaded."""
    files = platform.ledger.files(delivery.delivery_id)
    by_name = {f.table_name for f in files if is_by_its_table(f.name, f.table_name)}
    broken = fault.tables.keys()
    rest = (by_name - broken) & supplier.definition.of_practices
    return (
        delivery.kind != "full"
        and not table_of(delivery.delivery_id)
        and broken <= may_wait(supplier) & by_name
        and bool(rest)
        and not platform.ledger.is_loaded(delivery.delivery_id)
    )
