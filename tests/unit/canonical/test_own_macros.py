"""A supplier's own macros, and the switch of the gate's rules over rows."""

import duckdb
import pytest

from lds_assets.canonical.macros import register
from lds_assets.errors import Refused

OWN = """
-- a comment; with a semicolon
create or replace macro own_twice(number) as 2 * number;
"""


def test_a_supplier_may_share_expressions_between_its_selects() -> None:
    with duckdb.connect() as connection:
        register(connection, "INVENTED", OWN)
        assert connection.execute("select own_twice(21)").fetchall() == [(42,)]


@pytest.mark.parametrize(
    "text",
    [
        "create or replace table own_rows as select 1",
        "drop macro lds_hash",
        "create or replace macro lds_hash(text) as text",
        OWN + "copy (select 1) to '/tmp/own.csv'",
    ],
)
def test_anything_but_a_macro_of_its_own_is_refused(text: str) -> None:
    with duckdb.connect() as connection, pytest.raises(Refused):
        register(connection, "INVENTED", text)


def test_a_rule_of_the_gate_is_on_unless_it_is_switched_off() -> None:
    with duckdb.connect() as connection:
        register(connection, "INVENTED", rules={"one": False, "other": True})
        asked = "select lds_gate_rule('one'), lds_gate_rule('other'), lds_gate_rule('third')"
        assert connection.execute(asked).fetchall() == [(False, True, True)]
        register(connection, "INVENTED")
        assert connection.execute("select lds_gate_rule('one')").fetchall() == [(True,)]
