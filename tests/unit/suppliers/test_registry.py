"""The registry: folders are suppliers, and none can pass for another."""

from pathlib import Path

import pytest
import yaml

from lds_assets.errors import Refused
from lds_assets.suppliers.registry import load_supplier, suppliers
from tests.invented import invented_supplier


def change(folder: Path, **attributes: object) -> None:
    path = folder / "defs.yaml"
    document = yaml.safe_load(path.read_text())
    document["attributes"] |= attributes
    path.write_text(yaml.safe_dump(document))


def test_a_folder_of_further_suppliers_is_read_beside_the_platforms_own(tmp_path: Path) -> None:
    invented_supplier(tmp_path / "invented")
    assert list(suppliers(tmp_path)) == sorted([*suppliers(), "invented"])


def test_a_missing_folder_of_further_suppliers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not there"):
        suppliers(tmp_path / "away")


@pytest.mark.parametrize(
    ("field", "value"),
    [("supplier_code", "emis"), ("dataset", "Primary Care - EMIS")],
)
def test_a_supplier_that_takes_anothers_name_is_refused(
    tmp_path: Path, field: str, value: str
) -> None:
    invented_supplier(tmp_path / "invented")
    change(tmp_path / "invented", **{field: value})
    with pytest.raises(Refused, match=f"has the {field} of supplier emis"):
        suppliers(tmp_path)


def test_a_folder_cannot_carry_the_code_of_another(tmp_path: Path) -> None:
    invented_supplier(tmp_path / "invented")
    change(tmp_path / "invented", code="emis")
    with pytest.raises(Refused, match="declares the code emis, not its folder's name"):
        load_supplier(tmp_path / "invented")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("attributes: [", "is no YAML, line"),
        ("type: x", "has no attributes"),
        ("- a", "has no attributes"),
        ("attributes: {code: invented}", "is not of the contract: name: Field required"),
    ],
)
def test_a_faulty_defs_yaml_is_told_by_its_fault(tmp_path: Path, text: str, told: str) -> None:
    invented_supplier(tmp_path / "invented")
    (tmp_path / "invented/defs.yaml").write_text(text)
    with pytest.raises(Refused, match=told):
        load_supplier(tmp_path / "invented")


def test_a_select_is_named_inside_its_folder(tmp_path: Path) -> None:
    invented_supplier(tmp_path / "invented")
    feed = {"table": "patient", "source": "Person", "sql": "../../emis/canonical/patient.sql"}
    change(tmp_path / "invented", canonical=[feed])
    with pytest.raises(Refused, match=r"canonical\.0\.sql"):
        load_supplier(tmp_path / "invented")
