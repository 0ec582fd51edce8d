"""Every golden row is yielded as it was worked out, and no table has fewer than three."""

from collections import Counter

import pytest

from lds_assets.suppliers.registry import suppliers
from tests.golden.harness import Row, run
from tests.golden.rows import Case, cases

CASES = cases()
#: Golden rows of each table and supplier.
AT_LEAST = 3
#: Columns of a row that are worked out: fewer say little.
COLUMNS = 5

FED = sorted(
    {(code, feed.table) for code in suppliers() for feed in suppliers()[code].definition.canonical}
)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_select_yields_exactly_the_rows_worked_out(case: Case) -> None:
    yielded = run(case.supplier, case.given, case.select)
    for place, row in enumerate(case.rows, start=1):
        alike = [each for each in yielded if _is(row, each)]
        assert len(alike) == 1, f"row {place}: {_nearest(row, yielded)}"
    assert len(yielded) == len(case.rows)


@pytest.mark.parametrize(("supplier", "table"), FED)
def test_three_rows_of_every_table_are_worked_out_by_hand(supplier: str, table: str) -> None:
    own = [each for each in CASES if (each.supplier, each.table) == (supplier, table)]
    rows = [row for case in own for row in case.rows if len(row) >= COLUMNS]
    told_apart = Counter(str(sorted(row.items(), key=str)) for row in rows)
    assert len(told_apart) >= AT_LEAST, f"{supplier} {table}: {len(told_apart)} golden rows"


def test_golden_rows_are_of_tables_that_are_fed() -> None:
    assert {(case.supplier, case.table) for case in CASES} <= set(FED)


def _is(wanted: Row, row: Row) -> bool:
    return all(row[name] == value for name, value in wanted.items())


def _nearest(wanted: Row, yielded: list[Row]) -> str:
    """Tell how the row that is most alike differs."""
    differences = [
        {name: (row[name], value) for name, value in wanted.items() if row[name] != value}
        for row in yielded
    ]
    return f"yielded, worked out: {min(differences, key=len, default='nothing')}"
