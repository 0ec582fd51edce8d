"""Tables that may wait while the other tables of their delivery go on.

Told by what a folder declares and by what its selects read, never by names. Rule source: governance
specification S12, ADR 26.
"""

from lds_assets.canonical.mentions import mentioned
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import SupplierDefinition
from lds_assets.suppliers.registry import Supplier


def may_wait(supplier: Supplier) -> frozenset[str]:
    """Return the tables without which the others of a delivery can be understood.

    None without a manifest: nothing then tells a missing file from one under way, nor a gap. Rows
    of nobody and rows that other rows are owned through, point at, are withheld by or are read with
    are needed by others; rows whose owners other tables tell would find other owners later.
    """
    definition = supplier.definition
    if definition.delivery.manifest is None or definition.delivery.needs_every_table:
        return frozenset()
    plain = {
        table.name
        for table in definition.tables
        if table.publisher.column is not None and not table.dictionary
    }
    return frozenset(plain - _declared_needed(definition) - _read_by_others(supplier))


def _declared_needed(definition: SupplierDefinition) -> set[str]:
    needed = {each.publisher.through.table for each in definition.tables if each.publisher.through}
    needed |= {table for feed in definition.canonical for table in feed.looks_up}
    needed |= {table for rule in definition.withheld for table in rule.decided_by}
    needed |= {definition.supplier_side.table} if definition.supplier_side else set()
    needed |= {(definition.publisher_directory or {}).get("table", "")}
    return needed


def _read_by_others(supplier: Supplier) -> set[str]:
    """Return the tables that selects of other tables read and that do not touch their rows.

    Rows made without them would not be made again when they come.
    """
    definition = supplier.definition
    read = mentioned(supplier.macros)
    for rule in definition.withheld:
        read |= mentioned(supplier.withheld(rule.sql))
    for feed in definition.canonical:
        touching = {snake_case(table) for table in (feed.source, *feed.touched_by)}
        read |= mentioned(supplier.select(feed.file)) - touching
    return {table.name for table in definition.tables if snake_case(table.name) in read}
