"""Sessions of the engine: as many threads as the work is worth."""

from pathlib import Path

import pytest

from lds_assets.lake.session import SMALL_BYTES, session, threads_for
from lds_assets.resources import Settings


@pytest.mark.parametrize(
    ("size_bytes", "threads"), [(0, 1), (SMALL_BYTES - 1, 1), (SMALL_BYTES, 4)]
)
def test_a_daily_delivery_takes_one_thread_a_bulk_those_of_the_deployment(
    tmp_path: Path, size_bytes: int, threads: int
) -> None:
    settings = Settings(home=tmp_path, threads=4)
    assert threads_for(settings, size_bytes) == threads


@pytest.mark.parametrize(("asked", "given"), [(None, 4), (1, 1), (2, 2)])
def test_a_session_takes_the_threads_it_is_given(
    tmp_path: Path, asked: int | None, given: int
) -> None:
    with session(Settings(home=tmp_path, threads=4), threads=asked) as connection:
        row = connection.execute("select current_setting('threads')").fetchone()
    assert row == (given,)
