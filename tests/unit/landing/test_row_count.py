"""A manifest that says how many records a file holds: another number sets the delivery aside."""

from pathlib import Path

import pytest

from lds_assets.landing.row_count import count_records
from lds_assets.suppliers.contract import FormatRules
from lds_assets.suppliers.registry import Supplier
from tests.unit.landing.world import World, as_csv, bolt

HEADER = ["FileName", "IsDelta", "IsReference", "From", "To"]
ROWS = [["1", "A99001", "Invented", "0"], ["2", "A99001", 'two\r\n"lines"', "0"]]


@pytest.mark.parametrize(
    ("data", "rules", "count"),
    [
        (b"", {}, 0),
        (b"a,b\r\n", {}, 0),
        (b"a,b\r\n1,2\r\n3,4", {}, 2),
        (b'a,b\r\n1,"x\r\ny"\r\n3,"say ""z"""\r\n', {}, 2),
        (b"a,b\r\n1,2\r\n\r\n", {}, 1),
        (b'a|b\n1|"x\\"\n|y"\n', {"delimiter": "|", "escape": "\\", "new_line": "\n"}, 1),
        (b'{"a": 1}\n\n{"a": 2}\n', {"form": "json_lines"}, 2),
    ],
)
def test_records_are_counted_whatever_their_text_holds(
    data: bytes, rules: dict[str, str], count: int
) -> None:
    form = FormatRules.model_validate(rules)
    assert count_records([data], form) == count
    assert count_records([data[n : n + 1] for n in range(len(data))], form) == count


@pytest.fixture
def world(tmp_path: Path) -> World:
    (tmp_path / "home").mkdir()
    return World(tmp_path / "home")


def _counting(tmp_path: Path) -> Supplier:
    known = bolt(tmp_path / "code/bolt")
    definition = known.definition
    manifest = definition.delivery.manifest
    assert manifest is not None
    manifest = manifest.model_copy(update={"count_column": "Rows"})
    delivery = definition.delivery.model_copy(update={"manifest": manifest})
    return Supplier(definition.model_copy(update={"delivery": delivery}), known.folder)


def _send(world: World, count: str | None) -> str:
    """Send a full delivery of two patients and one code, the manifest counting so."""
    delivery = world.send_bolt(10, None)
    rows = [["RowId", "Practice", "Surname", "Removed"], *ROWS]
    world.bolt_file(10, "SRPatient").write_bytes(as_csv(rows, "windows-1252"))
    counted = {"SRPatient": count, "SRCode": "1"}
    lines = [[*HEADER, *(["Rows"] if count is not None else [])]]
    for table, said in counted.items():
        line = [table, "N", "N", "", "20261110_1200"]
        lines.append([*line, said or ""] if count is not None else line)
    world.bolt_file(10, "SRManifest").write_bytes(as_csv(lines))
    return delivery


@pytest.mark.parametrize(
    ("count", "fate"),
    [
        ("2", ("VALIDATED", "")),
        ("1", ("QUARANTINED", "ROWCOUNT_MANIFEST")),
        ("3", ("QUARANTINED", "ROWCOUNT_MANIFEST")),
        ("0", ("QUARANTINED", "ROWCOUNT_MANIFEST")),
        ("", ("HELD", "MANIFEST")),
        ("two", ("HELD", "MANIFEST")),
        ("-2", ("HELD", "MANIFEST")),
        (None, ("HELD", "MANIFEST")),
    ],
)
def test_a_file_of_another_number_is_set_aside_with_its_delivery(
    world: World, tmp_path: Path, count: str | None, fate: tuple[str, str]
) -> None:
    delivery = _send(world, count)
    world.look(_counting(tmp_path))
    assert world.fate(delivery)[:2] == fate
    row = world.row(delivery)
    if fate[1] == "ROWCOUNT_MANIFEST":
        assert row.detail == f"SRPatient.csv: 2 records, the manifest says {count}"
        assert "again" in row.to_do
    assert "Invented" not in row.detail


def test_a_delivery_with_its_file_mended_goes_on(world: World, tmp_path: Path) -> None:
    delivery = _send(world, "3")
    supplier = _counting(tmp_path)
    world.look(supplier)
    _send(world, "2")
    world.look(supplier)
    assert world.fate(delivery)[0] == "VALIDATED"


def test_without_a_declared_column_nothing_is_counted(world: World, tmp_path: Path) -> None:
    delivery = _send(world, "7")
    world.look(bolt(tmp_path / "code/bolt"))
    assert world.fate(delivery)[0] == "VALIDATED"
