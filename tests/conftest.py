"""Settings every test shares."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster._core.storage.defs_state.base import _current_storage
from hypothesis import settings

from tests.prepared import Prepared, shared

#: Fixtures of the platform database, on SQLite and on PostgreSQL.
pytest_plugins = ["tests.databases"]

# shared machines stall: a slow example is no fault
settings.register_profile("road", deadline=None, max_examples=60)
settings.load_profile("road")

os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")


@pytest.fixture(autouse=True)
def _forget_instances() -> Iterator[None]:
    """Let no test find another one's instance.

    Dagster enters an instance again with the context of a sensor; left twice, it stays the current
    one, and the next load of the definitions asks an instance that is gone.
    """
    yield
    _current_storage.set(None)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """What is dear to make and only read: made once a session, shared by its processes."""
    with shared(tmp_path_factory) as found:
        yield found


#: Folders from the longest tests to the shortest, so that the workers end together; the faults'
#: last file asks something of every run that the others made.
_TURNS = ("e2e", "faults", "suppliers", "docs", "golden", "unit")
_ASKS_EVERY_RUN = "test_every_scenario.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first, in the order of their files otherwise."""
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> tuple[int, bool]:
    """Return the place of a test file; a folder that is not listed comes last."""
    here = Path(__file__).parent
    folder = path.relative_to(here).parts[0] if here in path.parents else ""
    turn = _TURNS.index(folder) if folder in _TURNS else len(_TURNS)
    return turn, path.name == _ASKS_EVERY_RUN
