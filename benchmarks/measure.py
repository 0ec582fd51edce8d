"""CPU seconds, wall seconds and peak memory of a stretch of work in this process."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Cost:
    """What a stretch of work took.

    Attributes:
        cpu: user and system seconds of this process and of its ended children.
        wall: seconds.
        peak_bytes: largest resident memory of this process so far.
    """

    cpu: float = 0.0
    wall: float = 0.0
    peak_bytes: int = 0


def cpu_seconds() -> float:
    """Return user and system seconds of this process and its ended children so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def peak_bytes() -> int:
    """Return the largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


@contextmanager
def measured() -> Iterator[Cost]:
    """Fill a cost with what the body takes."""
    cost = Cost()
    cpu, wall = cpu_seconds(), time.perf_counter()
    try:
        yield cost
    finally:
        cost.cpu = cpu_seconds() - cpu
        cost.wall = time.perf_counter() - wall
        cost.peak_bytes = peak_bytes()
