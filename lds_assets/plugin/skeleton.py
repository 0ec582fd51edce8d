"""Writing the first select of an OLIDS table: every column there, typed, and all but the keys null.

What is null is declared in ``empty.csv`` as not mapped yet, so that the check then names only what
the engineer has to say: the feed in ``defs.yaml``, the mapping, rows of the sample.
"""

import csv
from pathlib import Path

from lds_assets.canonical.account import NOT_LANDED
from lds_assets.canonical.tables import FED_TABLES, key_columns, own_columns
from lds_assets.errors import Refused
from lds_assets.plugin.mapping import EMPTY, EMPTY_COLUMNS, WHOLE, read_empty
from lds_assets.raw.tables import stored_deletion
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import TableRules
from lds_assets.suppliers.registry import Supplier

NOT_YET = "not mapped yet"
_PROVENANCE = (
    "publisher_organisation_code",
    "lds_source_record_id",
    "lds_source_key",
    "lds_load_sequence",
    "lds_extracted_at",
    "lds_row_number",
)
_NONE_YET = """\
-- Grain: one row per delivered raw row that becomes no row of OLIDS, with the reason.
select
    cast(null as varchar) as source_table,
    cast(null as varchar) as publisher_organisation_code,
    cast(null as bigint) as lds_row_number,
    cast(null as varchar) as reason
where false
"""


def write_select(supplier: Supplier, table: str, source: str) -> list[Path]:
    """Write the first select of an OLIDS table and declare what it leaves null.

    Args:
        source: the supplier's table whose rows become rows of it.

    Returns:
        The files written.

    Raises:
        Refused: no such table, its rows are of concepts, or the select is there already.
    """
    rules = _checked(supplier, table, source)
    folder = supplier.folder / "canonical"
    columns = _columns(table, rules)
    written = [folder / f"{table}.sql", supplier.folder / EMPTY]
    folder.mkdir(exist_ok=True)
    written[0].write_text(_select(rules, columns), encoding="utf-8")
    none_yet = folder / NOT_LANDED
    if not none_yet.exists():
        none_yet.write_text(_NONE_YET, encoding="utf-8")
        written.insert(1, none_yet)
    filled = {name for name, value in columns.items() if not value.startswith("cast(null")}
    _declare(supplier.folder, table, [each for each in own_columns(table) if each not in filled])
    return written


def _checked(supplier: Supplier, table: str, source: str) -> TableRules:
    where = f"lds supplier select {supplier.code} {table} {source}"
    tables = [rules.name for rules in supplier.definition.tables]
    fault = to_do = ""
    if table not in FED_TABLES:
        fault, to_do = f"suppliers feed no table {table}", f"one of {', '.join(FED_TABLES)}"
    elif key_columns(table) != ("id",):
        fault = f"rows of {table} are of words, not of records"
        to_do = f"copy a select of {table} from the folder of EMIS or TPP"
    elif source not in tables:
        fault = f"defs.yaml has no table {source}"
        to_do = f"declare it below tables; it has {', '.join(tables)}"
    elif (supplier.folder / "canonical" / f"{table}.sql").exists():
        fault, to_do = f"canonical/{table}.sql is there already", "change it, or remove it first"
    if fault:
        raise Refused(fault, where=where, done="nothing written", to_do=to_do)
    return supplier.definition.table(source)


def _columns(table: str, rules: TableRules) -> dict[str, str]:
    """Return name -> expression of every column of a first select, in the order of OLIDS."""
    keys = ", ".join(snake_case(name) for name in rules.key)
    known = {
        "id": f"lds_id('{table}', publisher_organisation_code, {keys})",
        "publisher_organisation_id": "lds_organisation_id(publisher_organisation_code)",
    }
    columns = {
        name: known.get(name, f"cast(null as {kind.lower()})")
        for name, kind in own_columns(table).items()
        if name != "lds_is_deleted"
    }
    return {**columns, "lds_is_deleted": stored_deletion(rules) if rules.deleted else "false"}


def _select(rules: TableRules, columns: dict[str, str]) -> str:
    source = snake_case(rules.name)
    listed = "".join(f"        {value} as {name},\n" for name, value in columns.items())
    passed_on = ",\n".join(f"        {name}" for name in _PROVENANCE)
    return (
        f"-- Grain: one row per {source}: say here which of its rows these are.\n"
        "with source as (\n"
        f"    select * from raw.{source}\n"
        "),\n\n"
        "renamed as (\n"
        "    select\n"
        f"{listed}"
        "        -- provenance\n"
        f"{passed_on}\n"
        "    from source\n"
        ")\n\n"
        "select * from renamed\n"
    )


def _declare(folder: Path, table: str, columns: list[str]) -> None:
    """Put a row per null column of a table into ``empty.csv``, in place of the whole table."""
    kept = [
        (row.olids_table, row.olids_column, row.reason)
        for row in read_empty(folder)
        if (row.olids_table, row.olids_column) != (table, WHOLE)
    ]
    with (folder / EMPTY).open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(EMPTY_COLUMNS)
        writer.writerows([*kept, *((table, column, NOT_YET) for column in columns)])
