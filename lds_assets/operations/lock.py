"""One writer of the lake at a time, whoever started it.

Dagster's pools bind what Dagster launches; a command line run works in its own process. The lock
binds both, and the operating system lets it go when its holder dies.
"""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager

from lds_assets.errors import Retry
from lds_assets.resources import Settings

#: Longer than any load: a waiter gives up rather than hang for ever.
PATIENCE_SECONDS = 6 * 3600
_LOOK_AGAIN_SECONDS = 0.5


@contextmanager
def sole_writer(settings: Settings, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lake for writing; wait while another process holds it.

    Raises:
        Retry: the other process did not let go in time.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience_seconds
    with (settings.home / "writer.lock").open("w", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise Retry(
                        "another run is writing the lake",
                        where="writer.lock",
                        done="nothing was started",
                        to_do="wait for the other run to end, then run again",
                    ) from None
                time.sleep(_LOOK_AGAIN_SECONDS)
        yield
