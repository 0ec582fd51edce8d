"""Everything that is made from the column dictionaries: path -> text."""

from pathlib import Path

from lds_assets.plugin.pages import NOTICE, coverage_page, row, supplier_page
from lds_assets.resources import REPOSITORY
from lds_assets.schema.dictionary import CanonicalTable, olids
from lds_assets.schema.emit_concept_use import concept_use_sql
from lds_assets.schema.emit_dbt import staging_sql, staging_yaml
from lds_assets.suppliers.registry import suppliers

DATA_PAGES = REPOSITORY / "docs" / "data"


def emitted() -> dict[Path, str]:
    """Return every generated file of the repository and what it must hold."""
    project = REPOSITORY / "dbt_project"
    tables = olids()
    files = {
        project / path: text
        for path, text in {
            **staging_sql(tables),
            **staging_yaml(tables),
            **concept_use_sql(tables),
        }.items()
    }
    files[DATA_PAGES / "olids.md"] = olids_page(list(tables.values()))
    shipped = suppliers()
    for code, supplier in shipped.items():
        files[DATA_PAGES / f"{code}.md"] = supplier_page(supplier)
    files[DATA_PAGES / "coverage.md"] = coverage_page(shipped)
    return files


def olids_page(tables: list[CanonicalTable]) -> str:
    """Return the page of the canonical model."""
    lines = [
        NOTICE,
        "# OLIDS: the canonical model",
        "",
        "One current row per id in a release. Types as documented; the lake keeps UUID and TIME as "
        "text.",
    ]
    for described in tables:
        lines += ["", f"## {described.name}", "", "| column | type | key | refers to | what |"]
        lines.append("| --- | --- | --- | --- | --- |")
        lines += [
            row(
                column.name,
                column.documented_type,
                "key" if column.is_key else "",
                column.references,
                column.description,
            )
            for column in described.columns
        ]
    return "\n".join(lines) + "\n"
