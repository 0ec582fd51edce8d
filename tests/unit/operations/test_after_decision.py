"""Release and marts follow the gate, without a delivery."""

from datetime import date
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.operations import automation
from lds_assets.operations.automation import MARTS_JOB, PUBLISH_JOB, run_after_decision
from tests.unit.gate.test_policy import ALLOWED, WISH
from tests.unit.gate.world import DAY
from tests.unit.why.world import PRACTICE, platform_of, release


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


@pytest.mark.parametrize(("are_current", "job"), [(False, MARTS_JOB), (True, None)])
def test_marts_of_another_release_are_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, are_current: bool, job: str | None
) -> None:
    monkeypatch.setattr(automation, "are_marts_current", lambda _settings, _release: are_current)
    platform = platform_of(tmp_path, ALLOWED)
    release(platform, 1, DAY, [PRACTICE])
    assert _job(run_after_decision(platform)) == job
