"""Documentation pages of suppliers: data dictionary with mapping, and coverage of the model."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from lds_assets.canonical.tables import (
    CANONICAL_TABLES,
    CORE_COLUMNS,
    DERIVED_TABLES,
    LATE_COLUMNS,
    PERSON_TABLES,
    PROVENANCE,
    PROVISIONAL_TABLES,
    UNFED_TABLES,
    UNFILLED_COLUMNS,
)
from lds_assets.persons.stub import NOT_TRACED, columns_made
from lds_assets.plugin.mapped import filled
from lds_assets.plugin.mapping import EMPTY, MAPPING, UNMAPPED, WHOLE, Mapped, read_mapping
from lds_assets.plugin.rule import Bench
from lds_assets.schema.dictionary import SourceTable, olids
from lds_assets.suppliers.contract import TableRules
from lds_assets.suppliers.registry import Supplier

_NOTICE = "<!-- generated, do not edit, rebuild with `{}` -->"
NOTICE = _NOTICE.format("make schema")
_LISTED = 3


class How(StrEnum):
    """How a column of the model comes by its values, for one supplier."""

    FILLED = "filled"  #: by the named selects
    EMPTY = "empty"  #: declared so by the supplier, with the reason
    PLATFORM = "platform"  #: made by the platform, whoever supplies
    SILENT = "silent"  #: nobody says; the conformance suite refuses it


@dataclass(frozen=True)
class Cell:
    """One OLIDS column of one supplier: how it is filled, and by what or why not."""

    how: How
    told: str


def coverage(suppliers: Mapping[str, Supplier]) -> dict[tuple[str, str], dict[str, Cell]]:
    """Return OLIDS table and column -> supplier -> how the column is filled."""
    benches = {code: Bench(supplier, Path()) for code, supplier in suppliers.items()}
    filling = {code: filled(opened) for code, opened in benches.items()}
    return {
        (table, column): {
            code: _platform(table, column) or _supplied(opened, filling[code], table, column)
            for code, opened in benches.items()
        }
        for table in (*CANONICAL_TABLES, *PROVISIONAL_TABLES)
        for column in olids()[table].column_names
    }


def _platform(table: str, column: str) -> Cell | None:
    """Return how the platform itself fills a column, None when it is the supplier's business."""
    if table in UNFED_TABLES:
        return Cell(How.PLATFORM, f"empty so far: {UNFED_TABLES[table]}")
    if table in DERIVED_TABLES:
        return Cell(How.PLATFORM, "worked out when a release is read")
    if (table, column) in UNFILLED_COLUMNS:
        return Cell(How.PLATFORM, f"empty so far: {UNFILLED_COLUMNS[table, column]}")
    if table in PERSON_TABLES and column not in columns_made(table):
        return Cell(How.PLATFORM, f"empty so far: {NOT_TRACED}")
    if table in PERSON_TABLES:
        return Cell(How.PLATFORM, "made of the patients of all suppliers")
    if column in LATE_COLUMNS:
        return Cell(How.PLATFORM, "joined when a release is read")
    if column in CORE_COLUMNS | set(PROVENANCE):
        return Cell(How.PLATFORM, "from the delivery and line of the source row")
    return None


def _supplied(
    opened: Bench, filling: Mapping[tuple[str, str], list[str]], table: str, column: str
) -> Cell:
    files = filling.get((table, column), [])
    if files:
        more = f" and {len(files) - _LISTED} more" if len(files) > _LISTED else ""
        return Cell(How.FILLED, ", ".join(f"`{name}`" for name in files[:_LISTED]) + more)
    place = (table, column) if opened.feeds(table) else (table, WHOLE)
    is_said = (opened.supplier.folder / EMPTY).is_file()
    for row in opened.empty if is_said else ():
        if (row.olids_table, row.olids_column) == place and row.reason:
            return Cell(How.EMPTY, f"empty: {row.reason}")
    return Cell(How.SILENT, "nobody says")


def coverage_page(suppliers: Mapping[str, Supplier]) -> str:
    """Return the page that says of each OLIDS column which supplier fills it, and how."""
    cells = coverage(suppliers)
    lines = [
        NOTICE,
        "# Coverage: who fills what",
        "",
        "Of each OLIDS column and supplier: the selects that fill it (under the supplier's "
        "`canonical/`), or that it is empty and why. What the platform makes itself is the same "
        "whoever supplies. No column is null without a word here.",
        "",
        *_summary(cells, suppliers),
    ]
    for table in (*CANONICAL_TABLES, *PROVISIONAL_TABLES):
        lines += ["", f"## {table}", ""]
        if table in PROVISIONAL_TABLES:
            lines += ["Provisional: released only where a deployment asks for it.", ""]
        lines += [row("column", *suppliers), row("---", *("---" for _ in suppliers))]
        lines += [
            row(column, *(cells[table, column][code].told for code in suppliers))
            for column in olids()[table].column_names
        ]
    return "\n".join(lines) + "\n"


def _summary(
    cells: Mapping[tuple[str, str], Mapping[str, Cell]], suppliers: Mapping[str, Supplier]
) -> Iterator[str]:
    yield row("columns", *suppliers)
    yield row("---", *("---" for _ in suppliers))
    for how in How:
        counts = {code: sum(each[code].how is how for each in cells.values()) for code in suppliers}
        if any(counts.values()) or how is not How.SILENT:
            yield row(how.value, *(str(counts[code]) for code in suppliers))


def supplier_page(supplier: Supplier, made_by: str = "make schema") -> str:
    """Return the page of one supplier: its files, their columns, and what becomes of each.

    Args:
        made_by: the command that makes the page again.
    """
    path = supplier.folder / MAPPING
    mapped: dict[tuple[str, str], list[Mapped]] = {}
    for each in read_mapping(supplier.folder) if path.is_file() else ():
        mapped.setdefault((each.source_table, each.source_column), []).append(each)
    declared = {rules.name: rules for rules in supplier.definition.tables}
    lines = [
        _NOTICE.format(made_by),
        f"# {supplier.definition.name}: files and columns",
        "",
        "Raw tables and columns carry the supplier's names in snake case. What becomes of a "
        "column: the OLIDS columns made with it, `filter` where it only chooses rows, or why it "
        "is not mapped.",
    ]
    for table in supplier.dictionary.values():
        lines += _table(table, declared.get(table.name), mapped)
    return "\n".join(lines) + "\n"


def _table(
    table: SourceTable,
    rules: TableRules | None,
    mapped: Mapping[tuple[str, str], list[Mapped]],
) -> Iterator[str]:
    yield from ("", f"## {table.name}", "", _told(table, rules), "")
    yield "| column | raw column | type | key | since | becomes |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for column in table.columns:
        yield row(
            column.name,
            column.lake_name,
            column.documented_type,
            "key" if column.is_key else "",
            column.added_in_version,
            _becomes(mapped.get((table.name, column.name), [])),
        )


def _told(table: SourceTable, rules: TableRules | None) -> str:
    if rules is None:
        return "Not loaded."
    publisher = rules.publisher
    owner = "nobody's rows"
    if publisher.column is not None:
        owner = f"published by `{publisher.column}`"
    if publisher.through is not None:
        owner = f"published by the owners of linked rows of {publisher.through.table}"
    reason = f": {rules.lands_reason}" if rules.lands_reason else ""
    return f"Raw table `{table.lake_name}`, {owner}; {rules.lands.replace('_', ' ')}{reason}."


def _becomes(rows: list[Mapped]) -> str:
    told = []
    for each in rows:
        if each.rule == UNMAPPED:
            told.append(f"not mapped: {each.notes}")
        elif each.olids_table:
            told.append(f"{each.olids_table}.{each.olids_column} ({each.rule})")
        else:
            told.append(each.rule)
    return "; ".join(told)


def row(*cells: str) -> str:
    """Return a row of a table in Markdown."""
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"
