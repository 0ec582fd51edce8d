"""Runs with named scenarios, made once a test session and shared by its processes."""

import fcntl
import os
import shutil
from collections.abc import Iterator

import pytest

from tests.faults.run import Run
from tests.faults.runs import Runs


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """The runs of this session; the last process to finish removes them."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "faults"
    root.mkdir(exist_ok=True)
    with (root / "in-use.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield Runs(root)
        fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def clean(runs: Runs) -> Run:
    """The run without any scenario: bulk and two deltas of both suppliers, all released."""
    return runs.clean()
