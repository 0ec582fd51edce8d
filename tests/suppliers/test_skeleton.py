"""A first select of any OLIDS table keeps every rule on selects before a column is filled."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from lds_assets.canonical.tables import FED_TABLES, key_columns
from lds_assets.cli import app
from lds_assets.errors import Refused
from lds_assets.plugin import mapped, selected
from lds_assets.plugin.rule import Bench
from lds_assets.plugin.scaffold import write_folder
from lds_assets.plugin.skeleton import write_select
from lds_assets.suppliers.registry import Supplier, load_supplier

OF_RECORDS = [table for table in FED_TABLES if key_columns(table) == ("id",)]
RULES = {rule.name: rule for rule in (*selected.RULES, *mapped.RULES)}


@pytest.fixture
def alder(tmp_path: Path) -> Supplier:
    return load_supplier(write_folder(tmp_path, "alder", "Alder", "csv"))


def fed(supplier: Supplier, *tables: str) -> Bench:
    """Return the folder with a feed of its one table for each OLIDS table."""
    path = supplier.folder / "defs.yaml"
    document = yaml.safe_load(path.read_text())
    rules = document["attributes"]["tables"][0]
    rules["lands"] = "canonical"
    document["attributes"]["canonical"] = [
        {"table": table, "source": rules["name"]} for table in tables
    ]
    path.write_text(yaml.safe_dump(document))
    return Bench(load_supplier(supplier.folder), supplier.folder)


def test_first_selects_of_all_tables_yield_their_columns_and_declare_what_is_null(
    alder: Supplier,
) -> None:
    for table in OF_RECORDS:
        write_select(alder, table, "record")
    bench = fed(alder, *OF_RECORDS)
    for name in ("yields_contract", "grain_and_size", "own_tables", "reasons", "empty_true"):
        assert list(RULES[name].check(bench)) == []
    # the marks of a deletion are read already
    assert bench.facts("patient.sql").columns["lds_is_deleted"] is False


def test_the_command_says_what_to_do_next(alder: Supplier) -> None:
    words = ["supplier", "select", str(alder.folder), "patient", "record"]
    made = CliRunner().invoke(app, words)
    assert made.exit_code == 0
    assert "next: add `- {table: patient, source: record}` below canonical" in made.output
    again = CliRunner().invoke(app, words)
    assert (again.exit_code, "is there already" in again.output) == (4, True)


@pytest.mark.parametrize(
    ("table", "source", "fault"),
    [
        ("person", "record", "suppliers feed no table person"),
        ("concept", "record", "are of words, not of records"),
        ("patient", "people", "defs.yaml has no table people"),
    ],
)
def test_what_cannot_be_written_is_refused(
    alder: Supplier, table: str, source: str, fault: str
) -> None:
    with pytest.raises(Refused, match=fault):
        write_select(alder, table, source)
    assert not (alder.folder / "canonical").exists()


def test_a_column_that_is_not_yielded_is_told_once(alder: Supplier) -> None:
    write_select(alder, "patient", "record")
    path = alder.folder / "canonical/patient.sql"
    path.write_text(path.read_text().replace("        cast(null as varchar) as title,\n", ""))
    bench = fed(alder, "patient")
    (found,) = RULES["yields_contract"].check(bench)
    assert found.what == "lacks title"
    assert list(RULES["empty_true"].check(bench)) == []


def test_breaches_with_one_remedy_are_told_together(alder: Supplier) -> None:
    (alder.folder / "mapping.csv").write_text(
        (alder.folder / "mapping.csv").read_text().splitlines()[0] + "\n"
    )
    told = CliRunner().invoke(app, ["supplier", "check", str(alder.folder)]).output
    assert told.count("is silent") == 5
    assert told.count("to do: map it, filter on it, or say `unmapped` and why") == 1


def test_a_code_in_capitals_is_told_in_small_letters(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["supplier", "new", "ALDER", "--into", str(tmp_path)])
    assert (made.exit_code, ": alder, perhaps" in made.output) == (4, True)
    # the register's code finds the folder
    found = CliRunner().invoke(app, ["supplier", "docs", "EMIS"])
    assert found.exit_code == 0
