"""SIGKILL at ten random moments, then run again: the release is as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.prepared import Prepared
from tests.road import released_rows
from tests.stages import Stages

KILLS = 10
REPOSITORY = Path(__file__).resolve().parents[2]


def _start(home: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.road", str(home)],
        cwd=REPOSITORY,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def test_a_run_killed_ten_times_releases_what_an_undisturbed_one_does(
    tmp_path: Path, prepared: Prepared, record_property: Callable[[str, object], None]
) -> None:
    stages, killed = Stages(prepared), tmp_path / "killed"
    undisturbed = stages.at(2, 2)
    whole = undisturbed.seconds
    stages.arrive(killed, 2, 2)
    choose = random.Random(20261121)
    moments = []
    for _ in range(KILLS):
        process = _start(killed)
        # after the start-up of the interpreter, anywhere in the run
        delay = 0.8 + choose.random() * whole / 4
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            moments.append(round(delay, 1))
    record_property("killed_after_seconds", moments)
    assert moments, "no run lived long enough to be killed"
    assert _start(killed).wait() == 0
    assert released_rows(killed) == released_rows(undisturbed.home)
