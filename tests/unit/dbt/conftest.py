"""One build of the scenario for all tests that read its marts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from lds_assets.marts.build import MartsReport, build
from lds_assets.resources import REPOSITORY
from tests.unit.dbt.scenario import release

PROJECT = REPOSITORY / "dbt_project"


@dataclass(frozen=True)
class Built:
    """A working database after a build, with dbt's report and scratch folder."""

    database: Path
    target: Path
    report: MartsReport

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Return the rows of a query over the built models."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Build everything once, with the unit tests of the models."""
    folder = tmp_path_factory.mktemp("marts")
    database = folder / "marts_build.duckdb"
    release().write(database)
    report = build(database, PROJECT, folder / "target", arguments=())
    yield Built(database, folder / "target", report)
