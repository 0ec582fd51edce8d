"""Runs with named scenarios, made once a test session and shared by its processes."""

import pytest

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
