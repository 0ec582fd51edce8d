"""What several tests need and is dear to make: made once a test session, by whoever asks first.

The processes of a session share one folder. What lies there is only read; a test that goes on with
a home copies it first.
"""

import fcntl
import os
import pickle
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

import pytest

T = TypeVar("T")

#: File systems take 255 bytes; the ending and a fingerprint come on top.
_LONGEST_NAME = 200


class Prepared:
    """Folders by name, each with what making it told."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Any] = {}

    def folder(self, name: str) -> Path:
        """Return where a name lies, made or not."""
        return self._root / _short(name)

    def get(self, name: str, make: Callable[[Path], T]) -> T:
        """Return what making a name told, making it when nobody did.

        Args:
            make: fills an absent folder; what it returns must be fit to be pickled.
        """
        if name not in self._known:
            told = self._root / f"{_short(name)}.pickle"
            with _alone(self._root / f"{_short(name)}.lock"):
                if not told.exists():
                    shutil.rmtree(self.folder(name), ignore_errors=True)
                    told.write_bytes(pickle.dumps(make(self.folder(name))))
            self._known[name] = pickle.loads(told.read_bytes())
        found: T = self._known[name]
        return found


def _short(name: str) -> str:
    """Return a name that a file may have: a run of many faults is named by all of them."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[:_LONGEST_NAME]}-{sha256(name.encode()).hexdigest()[:16]}"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def shared(factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Open the folder of this session; the last process to leave removes it."""
    base = factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "prepared"
    root.mkdir(exist_ok=True)
    with (root / "in-use.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield Prepared(root)
        fcntl.flock(lock, fcntl.LOCK_UN)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        shutil.rmtree(root, ignore_errors=True)
