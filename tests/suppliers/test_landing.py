"""What the suppliers really send is proven by the folders' own declarations."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from lds_assets.database import connect
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.notice import notice
from lds_assets.landing.prepare import opened
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import suppliers
from lds_assets.synthetic.faults.registry import spoil_files
from lds_assets.synthetic.form import Delivery
from lds_assets.synthetic.generate import generate

SUPPLIERS = suppliers()
NEWEST = date(2026, 11, 20)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a bulk and two daily deltas of each supplier."""
    home = tmp_path_factory.mktemp("home")
    generate("tiny", 1, 2, home / "landing", (), NEWEST)
    return home


def look(home: Path, code: str) -> Ledger:
    settings = Settings(home=home)
    ledger = Ledger(connect(settings.database_url))
    notice(SUPPLIERS[code], settings, ledger)
    return ledger


@pytest.mark.parametrize("code", SUPPLIERS)
def test_generated_deliveries_are_proven_whole_and_read_once(delivered: Path, code: str) -> None:
    settings = Settings(home=delivered)
    ledger = look(delivered, code)
    known = ledger.deliveries(code)
    assert [(each.state, each.reason, each.detail) for each in known] == [("VALIDATED", "", "")] * 3
    assert [each.kind for each in known] == ["full", "delta", "delta"]
    assert {each.version for each in known} == {SUPPLIERS[code].definition.versions[0].version}
    files = [file for each in known for file in ledger.files(each.delivery_id)]
    assert {file.extra_columns for file in files} == {0}
    assert notice(SUPPLIERS[code], settings, ledger).files_read == 0


@pytest.mark.parametrize("code", SUPPLIERS)
def test_each_declared_table_of_a_generated_delivery_opens(delivered: Path, code: str) -> None:
    settings = Settings(home=delivered)
    ledger = look(delivered, code)
    supplier = SUPPLIERS[code]
    full, *_ = ledger.deliveries(code)
    declared = {table.name for table in supplier.definition.tables}
    delivered_tables = {file.table_name for file in ledger.files(full.delivery_id)}
    with opened(full, supplier, settings, ledger) as files:
        assert {file.table for file in files} == declared & delivered_tables
        for file in files:
            file.path.read_bytes().decode("utf-8")


OBSERVATION = "CareRecord_Observation"
FAULTS = {
    "missing_file": ("INCOMPLETE", "FILES_MISSING", f"1 missing: {OBSERVATION}"),
    "truncated_file": ("HELD", "TRUNCATED", "the last line does not end in a line end"),
    "header_only": ("VALIDATED", "", ""),
    "column_added": ("VALIDATED", "", ""),
    "column_missing": ("HELD", "HEADER_DRIFT", "missing IsConfidential"),
    "stray_file": ("VALIDATED", "", ""),
}


def emis_deliveries(home: Path) -> list[tuple[Delivery, Path]]:
    """Return the deliveries of the first EMIS group as the fault writer takes them."""
    group = min((home / "landing/emis").iterdir())
    found = []
    for day, folder in enumerate(sorted(group.iterdir())):
        number = int(next(folder.iterdir()).name.split("_")[1])
        stamp = datetime.strptime(folder.name, "%Y%m%d").replace(tzinfo=UTC)
        found.append((Delivery("emis", group.name, day, number, stamp, ()), folder))
    return found


@pytest.fixture
def copied(delivered: Path, tmp_path: Path) -> Path:
    shutil.copytree(delivered / "landing/emis", tmp_path / "landing/emis")
    return tmp_path


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_newest_emis_delivery_holds_it_alone(copied: Path, fault: str) -> None:
    spoil_files((fault,), emis_deliveries(copied))
    known = [each for each in look(copied, "emis").deliveries("emis") if each.extracted_at]
    newest, state = known[-1], FAULTS[fault]
    assert (newest.state, newest.reason) == state[:2]
    assert newest.detail.endswith(state[2])
    assert [each.state for each in known[:-1]] == ["VALIDATED"] * 2


def test_a_repeated_emis_delivery_is_superseded(copied: Path) -> None:
    spoil_files(("repeated_delivery",), emis_deliveries(copied))
    known = look(copied, "emis").deliveries("emis")
    assert sorted(f"{each.state} {each.reason}".strip() for each in known) == [
        "SUPERSEDED REPEATED",
        "VALIDATED",
        "VALIDATED",
        "VALIDATED",
    ]


def test_a_late_emis_delivery_keeps_its_place_by_extract_time(copied: Path) -> None:
    spoil_files(("late_delivery",), emis_deliveries(copied))
    known = look(copied, "emis").deliveries("emis")
    assert [each.folder[-8:] for each in known] == ["20261118", "20261121", "20261120"]
    assert {each.state for each in known} == {"VALIDATED"}
