"""Everything that is made from the column dictionaries: path -> text."""

from pathlib import Path

from lds_assets.resources import REPOSITORY
from lds_assets.schema.dictionary import CanonicalTable, SourceTable, olids
from lds_assets.schema.emit_dbt import staging_sql, staging_yaml
from lds_assets.suppliers.registry import suppliers

DATA_PAGES = REPOSITORY / "docs" / "data"
_NOTICE = "<!-- generated, do not edit, rebuild with `make schema` -->"


def emitted() -> dict[Path, str]:
    """Return every generated file of the repository and what it must hold."""
    project = REPOSITORY / "dbt_project"
    tables = olids()
    files = {
        project / path: text
        for path, text in {**staging_sql(tables), **staging_yaml(tables)}.items()
    }
    files[DATA_PAGES / "olids.md"] = olids_page(list(tables.values()))
    for code, supplier in suppliers().items():
        page = supplier_page(supplier.definition.name, list(supplier.dictionary.values()))
        files[DATA_PAGES / f"{code}.md"] = page
    return files


def olids_page(tables: list[CanonicalTable]) -> str:
    """Return the page of the canonical model."""
    lines = [
        _NOTICE,
        "# OLIDS: the canonical model",
        "",
        "One current row per id in a release. Types as documented; the lake keeps UUID and TIME as "
        "text.",
    ]
    for described in tables:
        lines += ["", f"## {described.name}", "", "| column | type | key | refers to | what |"]
        lines.append("| --- | --- | --- | --- | --- |")
        lines += [
            _row(
                column.name,
                column.documented_type,
                "key" if column.is_key else "",
                column.references,
                column.description,
            )
            for column in described.columns
        ]
    return "\n".join(lines) + "\n"


def supplier_page(name: str, tables: list[SourceTable]) -> str:
    """Return the page of one supplier's files."""
    lines = [
        _NOTICE,
        f"# {name}: files and columns",
        "",
        "Raw tables and columns carry the supplier's names in snake case.",
    ]
    for described in tables:
        lines += ["", f"## {described.name}", "", f"Raw table `{described.lake_name}`.", ""]
        lines += ["| column | raw column | type | key | since |", "| --- | --- | --- | --- | --- |"]
        lines += [
            _row(
                column.name,
                column.lake_name,
                column.documented_type,
                "key" if column.is_key else "",
                column.added_in_version,
            )
            for column in described.columns
        ]
    return "\n".join(lines) + "\n"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"
