"""Runs with named scenarios, made once a test session and shared by its processes."""

import pytest

from tests.faults import tpp_run
from tests.faults.run import Run
from tests.faults.runs import Runs
from tests.prepared import Prepared


@pytest.fixture(scope="session")
def runs(prepared: Prepared) -> Runs:
    """The runs of this session."""
    return Runs(prepared)


@pytest.fixture(scope="session")
def clean(runs: Runs) -> Run:
    """The run without any scenario: bulk and two deltas of both suppliers, all released."""
    return runs.clean()


@pytest.fixture(scope="session", autouse=True)
def _tpp(prepared: Prepared) -> None:
    """Let the runs of ``tpp_run`` lie where the others do."""
    tpp_run.share(prepared)
