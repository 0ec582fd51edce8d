"""Progress of long work, told to whoever listens in this process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, float], None]

_listeners: list[Listener] = []


def tell(what: str, share: float) -> None:
    """Say what is being done and how far it is (0 to 1)."""
    for listener in _listeners:
        listener(what, share)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Hear progress for the length of the block."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
