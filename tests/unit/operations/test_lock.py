"""One writer at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from lds_assets.errors import Retry
from lds_assets.operations.lock import sole_writer
from lds_assets.resources import Settings

_HOLDER = (
    "import sys, time; from pathlib import Path;"
    "from lds_assets.operations.lock import sole_writer;"
    "from lds_assets.resources import Settings;"
    "lock = sole_writer(Settings(home=Path(sys.argv[1]))); lock.__enter__();"
    "print('held', flush=True); time.sleep(60)"
)


def _holder(home: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(home)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_writer_gives_up_in_four_parts(tmp_path: Path) -> None:
    holder = _holder(tmp_path)
    try:
        with (
            pytest.raises(Retry) as caught,
            sole_writer(Settings(home=tmp_path), patience_seconds=0.1),
        ):
            pass
    finally:
        holder.kill()
        holder.wait()
    assert caught.value.what == "another run is writing the lake"
    assert caught.value.to_do == "wait for the other run to end, then run again"


def test_the_lock_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    holder = _holder(tmp_path)
    holder.kill()
    holder.wait()
    with sole_writer(Settings(home=tmp_path), patience_seconds=5):
        pass


def test_a_writer_may_follow_itself(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with sole_writer(settings, patience_seconds=0.1):
        pass
    with sole_writer(settings, patience_seconds=0.1):
        pass
