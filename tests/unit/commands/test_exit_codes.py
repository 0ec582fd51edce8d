"""What a command's exit code says."""

from datetime import datetime

import pytest

from lds_assets.commands.console import Exit, exit_code
from lds_assets.commands.run import exit_of, report_as_json, told
from lds_assets.errors import Held, Quarantined, Refused, Retry, RoadError
from lds_assets.landing.states import Delivery, State
from lds_assets.operations.drive import RoadReport


def _delivery(state: State) -> Delivery:
    return Delivery("acme/g/1/full", "acme", "g", "1", "full", datetime(2026, 11, 1), state)


@pytest.mark.parametrize(
    ("fault", "code"),
    [(Held("x"), 3), (Refused("x"), 4), (Retry("x"), 1), (Quarantined("x"), 1)],
)
def test_a_fault_has_the_exit_code_of_what_happens_next(fault: RoadError, code: int) -> None:
    assert exit_code(fault) == code


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (RoadReport(), Exit.OK),
        (RoadReport(waiting=[_delivery(State.REFUSED)]), Exit.OK),
        (RoadReport(waiting=[_delivery(State.INCOMPLETE)]), Exit.OK),
        (RoadReport(waiting=[_delivery(State.HELD)]), Exit.HELD),
        (RoadReport(waiting=[_delivery(State.QUARANTINED)]), Exit.HELD),
        (RoadReport(faults={"publish_job": "Held: x"}), Exit.HELD),
        # an officer must act, whatever else waits
        (RoadReport(not_in_force=[Refused("x")]), Exit.REFUSED),
        (RoadReport(not_in_force=[Refused("x")], faults={"publish_job": "x"}), Exit.REFUSED),
        (RoadReport(not_in_force=[Refused("x")], faults={"x": "x"}, unexpected=True), Exit.ERROR),
        (RoadReport(faults={"publish_job": "x"}, unexpected=True), Exit.ERROR),
    ],
)
def test_a_run_ends_with(report: RoadReport, code: Exit) -> None:
    assert exit_of(report) is code


def test_a_run_that_changed_nothing_says_so() -> None:
    report = RoadReport(release_id="r000001-aaaa", marts_release_id="r000001-aaaa")
    assert told(report) == [
        "Nothing changed: no new rows, no new release. Release in force: r000001-aaaa"
    ]
    assert report_as_json(report)["changed"] is False


def test_a_run_that_loaded_says_what() -> None:
    report = RoadReport(
        loaded=["acme/g/1/full"],
        joined=["A00001"],
        release_id="r1",
        is_new=True,
        marts_release_id="r1",
    )
    assert told(report) == [
        "1 deliveries loaded, 1 practices joined",
        "release r1 (new), marts show r1",
    ]
