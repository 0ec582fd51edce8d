"""The pages of suppliers: every column of every file, every column of the model, none silent."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.canonical.tables import (
    CANONICAL_TABLES,
    FED_TABLES,
    PROVISIONAL_TABLES,
    own_columns,
)
from lds_assets.cli import app
from lds_assets.plugin.mapping import EMPTY, MAPPING
from lds_assets.plugin.pages import Cell, How, coverage, coverage_page, supplier_page
from lds_assets.plugin.scaffold import write_folder
from lds_assets.schema.dictionary import olids
from lds_assets.suppliers.registry import load_supplier, suppliers


def test_no_column_of_the_model_is_silent_for_any_supplier() -> None:
    cells = coverage(suppliers())
    silent = [
        (code, *place)
        for place, each in cells.items()
        for code, cell in each.items()
        if cell.how is How.SILENT
    ]
    assert silent == []


def test_every_column_of_every_table_is_covered() -> None:
    tables = (*CANONICAL_TABLES, *PROVISIONAL_TABLES)
    assert set(coverage({})) == {(t, name) for t in tables for name in olids()[t].column_names}


def test_an_empty_supplier_leaves_only_what_the_platform_makes(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "alder", "Alder", "csv")
    alone = {"alder": load_supplier(folder)}
    cells = {place: each["alder"] for place, each in coverage(alone).items()}
    assert {place for place, cell in cells.items() if cell.how is How.EMPTY} == {
        (table, column) for table in FED_TABLES for column in own_columns(table)
    }
    assert cells["patient", "person_id"] == Cell(How.PLATFORM, "joined when a release is read")
    assert cells["patient", "sk_patient_id"].told.startswith("empty so far: ")
    assert cells["patient", "nhs_number"] == Cell(How.EMPTY, "empty: no select feeds it yet")
    assert "| nhs_number | empty: no select feeds it yet |" in coverage_page(alone)


def test_a_column_nobody_speaks_of_is_silent(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "alder", "Alder", "csv")
    lines = (folder / EMPTY).read_text().splitlines(keepends=True)
    (folder / EMPTY).write_text("".join(line for line in lines if not line.startswith("patient,")))
    cells = coverage({"alder": load_supplier(folder)})
    silent = {place for place, each in cells.items() if each["alder"].how is How.SILENT}
    assert silent == {("patient", column) for column in own_columns("patient")}


def test_a_suppliers_page_says_what_becomes_of_each_column(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, "alder", "Alder", "csv")
    silent = '{},unmapped,,,"an example, not mapped yet",'
    text = (folder / MAPPING).read_text()
    text = text.replace(silent.format("record,uid"), "record,uid,derive,patient,id,,")
    text = text.replace(silent.format("record,content"), "record,content,filter,,,,")
    (folder / MAPPING).write_text(text)
    page = supplier_page(load_supplier(folder)).splitlines()
    told = "published by `practice_code`; not modelled: an example, not mapped yet."
    assert f"Raw table `record`, {told}" in page
    assert "| uid | uid | text | key |  | patient.id (derive) |" in page
    assert "| content | content | text |  |  | filter |" in page
    unmapped = "not mapped: an example, not mapped yet"
    assert f"| practice_code | practice_code | text |  |  | {unmapped} |" in page


@pytest.mark.parametrize("code", sorted(suppliers()))
def test_the_page_is_written_by_command(tmp_path: Path, code: str) -> None:
    out = tmp_path / "pages/page.md"
    made = CliRunner().invoke(app, ["supplier", "docs", code, "--out", str(out)])
    assert (made.exit_code, made.output) == (0, f"wrote {out}\n")
    assert out.read_text() == supplier_page(suppliers()[code])
    shown = CliRunner().invoke(app, ["supplier", "docs", code])
    assert shown.output == out.read_text()
