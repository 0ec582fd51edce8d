"""The sample of every supplier folder goes down the whole road, and once is enough."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lds_assets.ingest import IngestReport
from lds_assets.raw.load import QUARANTINE_REASONS
from lds_assets.release.publish import ReleaseReport
from tests.suppliers.sample import PRACTICES, place_sample, walk_sample


@dataclass(frozen=True)
class Walked:
    code: str
    home: Path
    report: IngestReport
    release: ReleaseReport


@pytest.fixture(scope="module", params=sorted(PRACTICES))
def walked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walked]:
    home = tmp_path_factory.mktemp("sample")
    place_sample(request.param, home)
    yield Walked(request.param, home, *walk_sample(request.param, home))


def test_every_delivery_of_the_sample_is_loaded_and_released(walked: Walked) -> None:
    assert walked.report.held == {}
    assert len(walked.report.loaded) >= 2
    assert walked.release.is_new
    assert all(check.passed for check in walked.release.checks)
    assert set(walked.release.publishers) == set(PRACTICES[walked.code])


def test_no_row_of_the_sample_is_set_aside(walked: Walked) -> None:
    assert not set(walked.report.reasons) & QUARANTINE_REASONS


def test_the_sample_taken_again_changes_nothing(walked: Walked) -> None:
    report, release = walk_sample(walked.code, walked.home)
    assert report.loaded == []
    assert release.is_new is False
    assert release.release_id == walked.release.release_id
