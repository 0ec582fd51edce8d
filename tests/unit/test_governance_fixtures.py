"""Every bad input of governance has tests, and the tests named for it are there."""

import ast
import csv
from collections import defaultdict
from dataclasses import dataclass

import pytest

from lds_assets.resources import REPOSITORY

#: Bad inputs by their number in the governance specification.
NUMBERS = (*range(1, 20), *range(32, 36))
#: What the tests of one assert together: a refusal, or an answer where nothing is refused.
REFUSAL = {"code", "message", "rest"}
ANSWER = {"answer", "rest"}


@dataclass(frozen=True)
class Row:
    """One test of one bad input."""

    number: int
    what: str
    asserts: frozenset[str]
    test: str


def _rows() -> list[Row]:
    path = REPOSITORY / "tests" / "governance_fixtures.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                int(each["fixture"]),
                each["input"],
                frozenset(each["asserts"].split()),
                each["test"],
            )
            for each in csv.DictReader(file)
        ]


ROWS = _rows()


def _functions(file: str) -> set[str]:
    path = REPOSITORY / file
    if not path.is_file():
        return set()
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name for each in parsed.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("number", NUMBERS)
def test_a_bad_input_has_tests_for_all_that_must_be_asserted(number: int) -> None:
    asserted = {each for row in ROWS if row.number == number for each in row.asserts}
    assert asserted in (REFUSAL, ANSWER)


def test_no_row_is_of_another_number_or_twice() -> None:
    assert {row.number for row in ROWS} == set(NUMBERS)
    assert [row.number for row in ROWS] == sorted(row.number for row in ROWS)
    assert len({(row.number, row.test) for row in ROWS}) == len(ROWS)
    assert all(row.what for row in ROWS)


def test_every_named_test_is_there() -> None:
    named = defaultdict(set)
    for row in ROWS:
        file, _, function = row.test.partition("::")
        named[file].add(function)
    absent = [
        f"{file}::{function}"
        for file, functions in named.items()
        for function in sorted(functions - _functions(file))
    ]
    assert absent == []
    assert all(each.startswith("test_") for functions in named.values() for each in functions)
