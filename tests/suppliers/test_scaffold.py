"""A new supplier folder keeps every rule before a line of it is changed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.errors import Refused
from lds_assets.plugin.scaffold import ENDINGS, write_folder
from lds_assets.plugin.suite import RULES
from lds_assets.suppliers.registry import load_supplier


@pytest.mark.parametrize("form", ENDINGS)
def test_a_new_folder_is_an_empty_supplier(tmp_path: Path, form: str) -> None:
    made = CliRunner().invoke(
        app, ["supplier", "new", "alder", "--form", form, "--into", str(tmp_path)]
    )
    assert (made.exit_code, made.output.splitlines()[0]) == (0, f"wrote {tmp_path / 'alder'}")
    checked = CliRunner().invoke(app, ["supplier", "check", str(tmp_path / "alder"), "--json"])
    found = json.loads(checked.output)
    assert [rule for rule in found["rules"] if not rule["passed"]] == []
    assert len(found["rules"]) == len(RULES) + 1
    assert (checked.exit_code, found["passed"]) == (0, True)
    assert load_supplier(tmp_path / "alder").definition.format.form == form


@pytest.mark.parametrize("code", ["", "a", "Alder", "al-der", "../alder", "1alder", "a" * 41])
def test_a_code_that_is_no_folder_name_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(Refused, match="the code is two to forty of a-z"):
        write_folder(tmp_path, code, "Alder", "csv")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    write_folder(tmp_path, "alder", "Alder", "csv")
    (tmp_path / "alder/README.md").write_text("mine")
    with pytest.raises(Refused, match="there is a supplier folder alder already"):
        write_folder(tmp_path, "alder", "Alder", "csv")
    assert (tmp_path / "alder/README.md").read_text() == "mine"


def test_no_new_folder_takes_the_code_of_a_supplier_of_the_platform(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is a supplier folder emis already"):
        write_folder(tmp_path, "emis", "Other", "csv")


def test_checking_what_is_not_there_is_refused(tmp_path: Path) -> None:
    found = CliRunner().invoke(app, ["supplier", "check", str(tmp_path / "nobody")])
    assert found.exit_code == 4
    assert "no supplier folder" in found.output
