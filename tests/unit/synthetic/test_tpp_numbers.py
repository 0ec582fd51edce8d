"""Numbers and dates of TPP rows, worked by hand."""

import duckdb
import pytest

from lds_assets.synthetic.population import make_chunk, open_population
from lds_assets.synthetic.tpp_form import TppForm
from tests.unit.synthetic.tpp_world import tpp_plan


@pytest.fixture(scope="module")
def second_practice() -> duckdb.DuckDBPyConnection:
    plan = tpp_plan()
    connection = open_population(plan)
    TppForm().prepare(connection, plan)
    make_chunk(connection, plan.practices[1], 1, 11)
    return connection


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # patient 1 of practice 2 is number 1001, as in every practice
        ("sr_patient(2000001)", 1001),
        ("sr_event(2000001005)", 1001005),
        ("sr_code(200000190003)", 100190003),
        ("sr_template(2000001010)", 1001010000),
        ("sr_issue(2000001010000)", 1001010000),
        ("sr_slot(200000303)", 100303),
        ("sr_profile(2001)", 20011),
        ("sr_when(date '2026-02-03')", "03 Feb 2026 00:00:00"),
        ("sr_minute(timestamp '2026-02-03 04:05:06')", "03 Feb 2026 04:05"),
        ("sr_number(28.0)", "28"),
        ("sr_number(2.5)", "2.5"),
        ("sr_flag(null)", None),
    ],
)
def test_numbers_and_dates_are_as_worked_by_hand(
    second_practice: duckdb.DuckDBPyConnection, expression: str, expected: object
) -> None:
    assert second_practice.execute(f"select {expression}").fetchall() == [(expected,)]
