"""Release and marts follow the gate, without a delivery."""

from datetime import date, datetime
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.guards import population
from lds_assets.landing.states import State
from lds_assets.operations import automation
from lds_assets.operations.automation import (
    MARTS_JOB,
    PUBLISH_JOB,
    needs_release,
    run_after_decision,
)
from tests.unit.gate.test_policy import ALLOWED, WISH
from tests.unit.gate.world import DAY
from tests.unit.why.test_answers import LISTED
from tests.unit.why.world import PRACTICE, count, deliver, platform_of, release


def _job(request: dg.RunRequest | dg.SkipReason) -> str | None:
    return request.job_name if isinstance(request, dg.RunRequest) else None


def test_nothing_is_released_before_the_first_load(tmp_path: Path) -> None:
    assert _job(run_after_decision(platform_of(tmp_path, ALLOWED))) is None


def test_a_practice_whose_gate_shut_starts_a_release(tmp_path: Path) -> None:
    gone = ALLOWED.change(WISH, state="WITHDRAWN", effective_to=DAY.isoformat(), notice_ref="N")
    platform = platform_of(tmp_path, gone)
    release(platform, 1, date(2025, 6, 15), [PRACTICE])
    first = run_after_decision(platform)
    assert isinstance(first, dg.RunRequest)
    assert first.job_name == PUBLISH_JOB
    # asked again before the run has ended, it is the same run
    assert run_after_decision(platform) == first


def test_a_practice_whose_gate_opened_starts_a_release(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, ALLOWED)
    release(platform, 1, DAY, [])
    assert _job(run_after_decision(platform)) == PUBLISH_JOB


@pytest.mark.parametrize(("registered", "is_due"), [(None, True), (1000, True), (10, False)])
def test_a_loaded_practice_that_came_back_uncounted_is_counted_and_not_taken_for_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registered: int | None, is_due: bool
) -> None:
    """A suspension forgets the count; lifted without a new delivery, the next release counts."""
    monkeypatch.setattr(automation, "are_marts_current", lambda *_: True)
    monkeypatch.setattr(automation, "has_loads_since", lambda *_: False)
    platform = platform_of(tmp_path, LISTED)
    night = datetime(2025, 6, 15, 0, 5)
    deliver(platform, night, State.PUBLISHED, outcomes={PRACTICE: "LOADED"}, rows={"LANDED": 1})
    release(platform, 1, DAY, [])
    if registered is not None:
        count(platform, registered)
    assert _job(run_after_decision(platform)) == (PUBLISH_JOB if is_due else None)
    assert needs_release(platform) is is_due
    told = population.withheld(platform)
    if registered is None:
        assert told[PRACTICE].text == "not counted yet; the next `lds run` does"


def test_what_was_just_loaded_is_left_to_the_release_after_the_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(automation, "are_marts_current", lambda *_: True)
    platform = platform_of(tmp_path, LISTED)
    deliver(platform, datetime(2025, 6, 15, 0, 5), outcomes={PRACTICE: "LOADED"})
    release(platform, 1, DAY, [])
    assert _job(run_after_decision(platform)) is None


@pytest.mark.parametrize(("are_current", "job"), [(False, MARTS_JOB), (True, None)])
def test_marts_of_another_release_are_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_current: bool, job: str | None
) -> None:
    monkeypatch.setattr(automation, "are_marts_current", lambda _settings, _release: are_current)
    platform = platform_of(tmp_path, ALLOWED)
    release(platform, 1, DAY, [PRACTICE])
    assert _job(run_after_decision(platform)) == job
