"""Every fault that the suppliers' semantics name has a scenario, and every scenario its tests."""

import ast
from collections import Counter, defaultdict

from lds_assets.resources import REPOSITORY
from lds_assets.synthetic.faults.registry import SCENARIOS
from lds_assets.synthetic.scenarios import CLEAN
from tests.faults.listed import expectations, faults

LISTED = expectations()


def test_every_scenario_of_synth_is_listed_once() -> None:
    listed = Counter(each.scenario for each in LISTED)
    assert listed == Counter([CLEAN, *(scenario.name for scenario in SCENARIOS)])


def test_every_fault_has_a_scenario_and_no_scenario_another_fault() -> None:
    known = Counter(each.fault for each in faults())
    assert max(known.values()) == 1
    assert set(known) == {fault for each in LISTED for fault in each.faults}
    assert all(each.faults for each in LISTED)


def test_every_test_that_is_named_is_there() -> None:
    named = defaultdict(set)
    for each in LISTED:
        assert each.tests, each.scenario
        for test in each.tests:
            file, _, function = test.partition("::")
            named[file].add(function)
    absent = [
        f"{file}::{function}"
        for file, functions in named.items()
        for function in sorted(functions - _functions(file))
    ]
    assert absent == []


def _functions(file: str) -> set[str]:
    path = REPOSITORY / file
    if not path.is_file():
        return set()
    parsed = ast.parse(path.read_text(encoding="utf-8"))
    return {each.name for each in parsed.body if isinstance(each, ast.FunctionDef)}


def test_cells_speak_the_words_that_are_read() -> None:
    for each in LISTED:
        assert each.rest in ("clean", "clean lines", "before 2", "elsewhere"), each.scenario
        assert each.spoilt in ("", "first", "both"), each.scenario
