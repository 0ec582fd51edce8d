"""The Delta tables behind the OLIDS tables."""

import pytest

from lds_assets.canonical.tables import FED_TABLES, stored_columns

#: Delta keeps statistics of so many leading columns.
INDEXED = 32


@pytest.mark.parametrize("table", FED_TABLES)
def test_files_can_be_found_by_load_sequence(table: str) -> None:
    assert list(stored_columns(table)).index("lds_load_sequence") < INDEXED
