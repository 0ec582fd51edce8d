"""What every scenario shows, as ``tests/fault_scenarios.csv`` says; and what holds of all.

Ledger, quarantine, checks and commands are asked the same of each; the practices that the fault
did not befall are byte for byte as in a run without it. What a fault means is asked beside.
"""

import json
from collections import Counter
from typing import Any

import pytest

from lds_assets.synthetic.faults.registry import BY_NAME
from tests.faults import tpp_run
from tests.faults.listed import Expected, expectations, told_aside
from tests.faults.run import Run, assert_balanced, assert_others_unchanged, assert_silent
from tests.faults.runs import Runs
from tests.faults.test_tpp_rows import TOGETHER

HERE = {each.scenario: each for each in expectations() if each.is_here}
TPP = [name for name in HERE if name in BY_NAME and BY_NAME[name].supplier == "tpp"]
OTHERS = [name for name in HERE if name not in TPP]
#: Comes over what is loaded already.
OVER = ("content_changed",)
#: Its list names patients by number alone, so raw it stands with each who has one.
ALSO_ELSEWHERE = ("tpp_filtered_patient",)


def the_run(runs: Runs, scenario: str) -> Run:
    """Return the run of a scenario that is not TPP's."""
    if scenario == "clean":
        return runs.clean()
    return runs.over(scenario) if scenario in OVER else runs.of(scenario)


# -- EMIS and governance -------------------------------------------------------------------------


@pytest.mark.parametrize("scenario", OTHERS)
def test_ledger_quarantine_and_checks_are_as_listed(runs: Runs, clean: Run, scenario: str) -> None:
    run, expected = the_run(runs, scenario), HERE[scenario]
    assert [each for each in run.fates() if each != "PUBLISHED"] == [*expected.ledger]
    outcomes = [
        run.platform.ledger.outcomes(each.delivery_id).get(run.first) for each in run.deliveries()
    ]
    told = [f"{each.outcome} {each.primary_reason}" for each in outcomes if each is not None]
    assert [each for each in told if each != "LOADED "] == [*expected.practice]
    aside = {
        told_aside(*what): rows for what, rows in (run.quarantine() - clean.quarantine()).items()
    }
    assert aside == expected.aside(run.first)
    assert_balanced(run)
    assert run.held == "" and run.release is not None
    assert all(check.passed for check in run.release.checks)


@pytest.mark.parametrize("scenario", OTHERS)
def test_commands_tell_it_and_name_no_patient(runs: Runs, scenario: str) -> None:
    run, expected = the_run(runs, scenario), HERE[scenario]
    status = run.ask("status")
    looks = [f"{each['state']} {each['reason']}" for each in status["to_look_at"]]
    assert looks == [*expected.asks]
    withheld = [each["reason"] for each in status["withheld"] if each["practice_code"] == run.first]
    assert withheld == ([expected.withheld] if expected.withheld else [])
    held = [each["reason"] for each in status["held"] if each["practice_code"] == run.first]
    # later deliveries wait behind the one that two persons decide on
    assert held == _to_decide(expected)
    assert_why(run.ask("why", run.first), expected)
    assert_silent(run)


def assert_why(told: dict[str, Any], expected: Expected) -> None:
    """``lds why`` gives the verdict, and the reason where one is expected."""
    verdict, _, reason = expected.why.partition(" ")
    assert told["verdict"] == verdict
    assert told["is_released"] == (verdict in ("PRESENT", "PARTIAL"))
    if reason or verdict == "PRESENT":
        assert told["reason"] == reason


def _to_decide(expected: Expected) -> list[str]:
    held = [each.removeprefix("HELD ") for each in expected.practice if each.startswith("HELD ")]
    return [each for each in held if each not in ("HELD_BEFORE", "S_GUID_MISMATCH")]


@pytest.mark.parametrize("scenario", OTHERS)
def test_the_other_practices_are_byte_for_byte_as_without_it(
    runs: Runs, clean: Run, scenario: str
) -> None:
    run, expected = the_run(runs, scenario), HERE[scenario]
    usual = clean if expected.rest.startswith("clean") else runs.before(2)
    spoilt = {"": [], "first": [run.first], "both": run.practices()}[expected.spoilt]
    assert_others_unchanged(run, usual, *spoilt, lines_moved=expected.rest.endswith("lines"))


# -- TPP -----------------------------------------------------------------------------------------


def tpp_of(scenario: str) -> tpp_run.Run:
    """Return the run of a TPP scenario; those of a few rows share one."""
    return tpp_run.run(*TOGETHER) if scenario in TOGETHER else tpp_run.run(scenario)


@pytest.mark.parametrize("scenario", TPP)
def test_ledger_and_checks_of_tpp_are_as_listed(scenario: str) -> None:
    run, expected = tpp_of(scenario), HERE[scenario]
    told = [each for each in run.states().values() if each != "PUBLISHED"]
    assert told == [*expected.ledger]
    known = [
        run.platform.ledger.outcomes(each.delivery_id).get(tpp_run.FIRST)
        for each in run.platform.ledger.deliveries("tpp")
    ]
    outcomes = [f"{each.outcome} {each.primary_reason}" for each in known if each is not None]
    assert [each for each in outcomes if each != "LOADED "] == [*expected.practice]
    tpp_run.assert_balanced(run)


@pytest.mark.parametrize("scenario", ["together", *(n for n in TPP if n not in TOGETHER)])
def test_quarantine_of_tpp_is_as_listed(scenario: str) -> None:
    names = TOGETHER if scenario == "together" else (scenario,)
    aside: Counter[str] = Counter()
    for name in names:
        aside += HERE[name].aside(tpp_run.FIRST)
    assert tpp_run.set_aside(tpp_of(names[0])) - tpp_run.set_aside(tpp_run.clean()) == aside


@pytest.mark.parametrize("scenario", ["together", *(n for n in TPP if n not in TOGETHER)])
def test_commands_tell_it_of_tpp_and_name_no_patient(scenario: str) -> None:
    names = TOGETHER if scenario == "together" else (scenario,)
    run, expected = tpp_of(names[0]), HERE[names[0]]
    assert [*run.to_look_at().values()] == [*expected.asks]
    status = json.loads(run.lds("status", "--json"))
    told = {
        kind: [e["reason"] for e in status[kind] if e["practice_code"] == tpp_run.FIRST]
        for kind in ("withheld", "held")
    }
    assert told == {
        "withheld": [expected.withheld] if expected.withheld else [],
        "held": _to_decide(expected),
    }
    why = json.loads(run.lds("why", tpp_run.FIRST, "--json"))
    if expected.why == "PRESENT":
        # these practices are small: what they lack without any fault they lack with one
        usual = json.loads(tpp_run.clean().lds("why", tpp_run.FIRST, "--json"))
        assert (why["verdict"], why["reason"]) == (usual["verdict"], usual["reason"])
    else:
        assert_why(why, expected)
    tpp_run.assert_silent(run)


@pytest.mark.parametrize("scenario", ["together", *(n for n in TPP if n not in TOGETHER)])
def test_the_other_practices_of_tpp_are_byte_for_byte_as_without_it(scenario: str) -> None:
    names = TOGETHER if scenario == "together" else (scenario,)
    run, expected = tpp_of(names[0]), HERE[names[0]]
    spoilt = {"": (), "first": (tpp_run.FIRST,), "both": (tpp_run.FIRST, tpp_run.SECOND)}
    same = {tpp_run.FIRST, tpp_run.SECOND} - {*spoilt[expected.spoilt]}
    if same:
        usual = tpp_run.clean() if expected.rest == "clean" else tpp_run.before()
        tpp_run.assert_same(run, usual, *sorted(same))
    if scenario in ALSO_ELSEWHERE:
        usual = tpp_run.clean()
        assert tpp_run.rows_of(run, [tpp_run.OTHER]) == tpp_run.rows_of(usual, [tpp_run.OTHER])
        return
    tpp_run.assert_same(run, tpp_run.clean(), tpp_run.OTHER)
    assert {run.states()[each] for each in tpp_run.OTHERS} == {"PUBLISHED"}
