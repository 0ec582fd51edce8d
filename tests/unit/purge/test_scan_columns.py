"""Whatever the type and coding of a column, what it holds of the practice is found."""

from pathlib import Path

import duckdb
import pytest

from lds_assets.purge.canaries import Canaries
from lds_assets.purge.names import Names
from lds_assets.purge.scan import scan
from lds_assets.resources import Settings

NUMBER, GUID = "9990000018", "0b5a1b20-52cd-4000-8000-0000000000ab"
NAMES = Names("F86045", {"acme": frozenset({"7"})})
CANARIES = Canaries.of("salt", [NUMBER, GUID])
BIG = "from range(3000) as t (n)"


def _found(home: Path, select: str, place: str) -> set[tuple[str, str, int]]:
    path = home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        duckdb.execute(f"copy ({select}) to '{path}' (format parquet)")
    else:
        with duckdb.connect(str(path)) as connection:
            connection.execute(f"create table t as {select}")
    settings = Settings(home=home)
    settings.work.mkdir(exist_ok=True)
    seen = scan(settings, NAMES, CANARIES, (), [home])
    assert seen.kinds[place] == path.suffix[1:]
    return {(each.what, each.place.removeprefix("t."), each.count) for each in seen.findings}


@pytest.mark.parametrize("place", ["marts/x.parquet", "marts/x.duckdb"])
@pytest.mark.parametrize(
    "value",
    [
        f"'{NUMBER}'",
        "'see 999 000 0018 and n' || n",
        f"{NUMBER}::bigint",
        f"{NUMBER}::double",
        f"{NUMBER}::decimal(12, 1)",
        f"{NUMBER}::ubigint",
        f"'{GUID.upper()}'",
        f"'{GUID}'::uuid",
        f"['a', '{GUID}']",
        f"{{'a': '{NUMBER}'}}",
        f"map {{'{GUID}': n}}",
        f"'{NUMBER}'::blob",
        f'\'{{"a": "{GUID}"}}\'::json',
        # side by side with other numbers, coded as they are and as a dictionary
        f"case n when 5 then '{NUMBER}' else cast(8990000000 + n as varchar) end",
        f"case when n % 2 = 0 then '{NUMBER}' else '9990000026' end",
    ],
)
def test_a_canary_of_any_type_is_found(tmp_path: Path, value: str, place: str) -> None:
    found = _found(tmp_path, f"select n, {value} as x {BIG}", place)
    assert ("canary", "columns", 1) in found


@pytest.mark.parametrize("place", ["marts/x.parquet", "marts/x.duckdb"])
@pytest.mark.parametrize(
    "value",
    [
        "cast(99900000170 + n as varchar)",
        "'999000001' || (n % 8)",
        f"'{GUID[:-1]}' || (n % 10)",
        "'00f86045-52cd-4000-8000-0000000000ab'",
        "date '2026-01-01'",
        "n * 1e9 + 0.5",
    ],
)
def test_what_only_looks_like_it_is_not(tmp_path: Path, value: str, place: str) -> None:
    assert _found(tmp_path, f"select {value} as practice_code {BIG}", place) == set()


@pytest.mark.parametrize("place", ["marts/x.parquet", "marts/x.duckdb"])
@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("practice_code", "'F86045'", "publisher"),
        ("practice_code", "' f86045 '", "publisher"),
        ("practice_code", "'F86045002'", "publisher"),
        ("publisher_id", "7::bigint", "publisher"),
        ("publisher_id", "'7'", "publisher"),
        ("publishers", "['F86045', 'G84624']", "publisher"),
        ("text", "'F86045'", "organisation"),
        ("text", "'list of F86045, as told'", "organisation"),
    ],
)
def test_rows_that_name_the_practice_are_counted(
    tmp_path: Path, column: str, value: str, what: str, place: str
) -> None:
    select = f"select case when n < 40 then {value} end as {column}, n, 7 as count {BIG}"
    assert _found(tmp_path, select, place) == {(what, column, 40)}
