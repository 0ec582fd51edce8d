"""The sample of every supplier folder goes down the whole road, and once is enough."""

import shutil
from pathlib import Path

import pytest

from lds_assets.raw.load import QUARANTINE_REASONS
from tests.prepared import Prepared
from tests.suppliers.sample import PRACTICES, Walked, walk_sample, walked_sample


@pytest.fixture(scope="module", params=sorted(PRACTICES))
def code(request: pytest.FixtureRequest) -> str:
    found: str = request.param
    return found


@pytest.fixture(scope="module")
def walked(prepared: Prepared, code: str) -> Walked:
    return walked_sample(prepared, code)


def test_every_delivery_of_the_sample_is_loaded_and_released(walked: Walked, code: str) -> None:
    assert walked.report.held == {}
    assert len(walked.report.loaded) >= 2
    assert walked.release.is_new
    assert all(check.passed for check in walked.release.checks)
    assert set(walked.release.publishers) == set(PRACTICES[code])


def test_no_row_of_the_sample_is_set_aside(walked: Walked) -> None:
    assert not set(walked.report.reasons) & QUARANTINE_REASONS


def test_the_sample_taken_again_changes_nothing(walked: Walked, code: str, tmp_path: Path) -> None:
    shutil.copytree(walked.home, tmp_path, dirs_exist_ok=True)
    report, release = walk_sample(code, tmp_path)
    assert report.loaded == []
    assert release.is_new is False
    assert release.release_id == walked.release.release_id
