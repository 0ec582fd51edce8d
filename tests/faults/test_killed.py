"""SIGKILL at ten random moments, then run again: the release is as if nothing had happened."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.road import released_rows, synthesise, walk

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
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    synthesise(undisturbed, 1)
    synthesise(killed, 1)
    began = time.monotonic()
    walk(undisturbed)
    whole = time.monotonic() - began
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
    assert released_rows(killed) == released_rows(undisturbed)
