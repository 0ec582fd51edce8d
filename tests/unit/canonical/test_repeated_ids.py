"""A select that yields an id twice stores nothing."""

from pathlib import Path

import pytest

from lds_assets.canonical.tables import canonical_table
from lds_assets.errors import Held
from lds_assets.resources import Settings
from tests.invented import Extract, invented_supplier
from tests.unit.canonical.test_histories import START, apply


def test_a_join_that_multiplies_rows_holds_the_load_and_leaves_no_file(tmp_path: Path) -> None:
    supplier = invented_supplier(tmp_path / "invented")
    select = supplier.folder / "canonical/observation.sql"
    select.write_text(f"{select.read_text()}cross join (values (1), (2)) as twice (n)\n")
    settings = Settings(home=tmp_path / "var", threads=1)
    entry = ("a", "p1", "E84001", "1", "2025-06-01", "false")
    with pytest.raises(Held) as raised:
        apply(settings, supplier, 1, Extract(START, True, {"Person": [], "Entry": [entry]}))
    assert raised.value.code == "REPEATED_ID"
    assert "observation: 1 ids" in raised.value.what
    table = canonical_table(settings, "observation")
    assert table.files() == []
    assert not list(table.path.rglob("*.parquet"))
