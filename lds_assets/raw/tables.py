"""The raw tables of the lake: what a supplier sent, typed, line-numbered, per publisher."""

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.sql import identifier
from lds_assets.raw.values import LAKE_TYPE, marks_deletion, value_type
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import SourceTable
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import TableRules
from lds_assets.suppliers.registry import Supplier

#: Partition of rows that belong to nobody: code lists and public organisation rows.
SHARED = "shared"

#: Columns the platform adds to every raw row.
SYSTEM_COLUMNS = {
    PARTITION: "VARCHAR",
    "lds_delivery_id": "VARCHAR",
    "lds_load_sequence": "BIGINT",
    "lds_extracted_at": "TIMESTAMP",
    "lds_is_full": "BOOLEAN",
    "lds_row_number": "BIGINT",
    "lds_source_key": "VARCHAR",
    "lds_source_record_id": "VARCHAR",
}


def value_columns(supplier: Supplier, table: str) -> dict[str, str]:
    """Return lake name -> lake type of a supplier table's own columns."""
    source: SourceTable = supplier.dictionary[table]
    return {
        column.lake_name: LAKE_TYPE[value_type(supplier.definition, table, column)]
        for column in source.columns
    }


def raw_table(settings: Settings, supplier: Supplier, table: str) -> LakeTable:
    """Return the raw Delta table of a supplier's file kind (supplier's spelling)."""
    path = settings.lake / f"raw_{supplier.code}" / snake_case(table)
    return LakeTable(path, {**SYSTEM_COLUMNS, **value_columns(supplier, table)})


def application(supplier: str, publisher: str) -> str:
    """Return the Delta application that a practice's loads commit under."""
    return f"{supplier}/{publisher}"


QUARANTINE_COLUMNS = {
    PARTITION: "VARCHAR",
    "lds_delivery_id": "VARCHAR",
    "lds_load_sequence": "BIGINT",
    "table_name": "VARCHAR",
    "lds_row_number": "BIGINT",
    "reason": "VARCHAR",
    "column_name": "VARCHAR",
}


def quarantine_table(settings: Settings) -> LakeTable:
    """Return the quarantine: line number, reason and column of each faulty row, no value."""
    return LakeTable(settings.lake / "quarantine", QUARANTINE_COLUMNS)


def stored_deletion(rules: TableRules) -> str:
    """Return the condition that a stored row marks a deletion."""
    return marks_deletion(rules, identifier(snake_case(rules.deleted or "")))
