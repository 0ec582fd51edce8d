"""A release asks its checks of new rows alone, unless what was proven before may not hold."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.raw.tables import SHARED
from lds_assets.release.checks import check_content
from lds_assets.release.fresh import Fresh, fresh_rows
from lds_assets.release.record import Release
from lds_assets.resources import Settings

TABLES = ("concept", "observation")
CODE = "observation_source_concept_id"


class Lake:
    """Two canonical tables, written load by load."""

    def __init__(self, settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
        self.settings = settings
        self.connection = connection

    def concept(self, sequence: int, *known: str, deleted: bool = False) -> None:
        rows = [{"concept_id": each, "lds_is_deleted": deleted} for each in known]
        self._write("concept", SHARED, sequence, rows)

    def observation(self, sequence: int, *rows: tuple[str, str], base: bool = False) -> None:
        """Write (id, concept) pairs of practice E84001."""
        values = [{"id": i, CODE: code, "lds_is_base": base} for i, code in rows]
        self._write("observation", "E84001", sequence, values)

    def _write(
        self, table: str, publisher: str, sequence: int, rows: list[dict[str, object]]
    ) -> None:
        lake = canonical_table(self.settings, table)
        fixed: dict[str, object] = {
            "publisher_organisation_code": publisher,
            "lds_load_sequence": sequence,
        }
        selects = [
            "select "
            + ", ".join(
                f"{_sql((fixed | row).get(name))} as {name}"  # null unless given
                for name in lake.columns
            )
            for row in rows
        ]
        staged = lake.stage(self.connection, " union all ".join(selects), sequence)
        lake.commit(staged, {})

    def release(self) -> Release:
        versions = {name: canonical_table(self.settings, name).version() for name in TABLES}
        moment = datetime(2026, 7, 1)
        return Release("r", 1, moment, "", date(2026, 7, 1), "", ("E84001",), versions)

    def fresh(self, former: Release | None) -> dict[str, Fresh]:
        return fresh_rows(self.settings, self.connection, self.release(), former, TABLES)

    def checks(self, fresh: dict[str, Fresh]) -> dict[str, bool]:
        """Ask the checks over all rows as the candidate's, current or not."""
        schema = self.connection
        schema.execute("create schema if not exists candidate")
        for name in TABLES:
            lake = canonical_table(self.settings, name)
            lake.view(schema, f"candidate.{name}", lake.files())
        schema.execute("create or replace view candidate.patient as select 'p' as person_id")
        schema.execute("create or replace view candidate.person as select 'p' as id")
        found = check_content(schema, "candidate", ["observation"], fresh)
        return {check.name: check.passed for check in found}


def _sql(value: object) -> str:
    if value is None:
        return "null"
    return f"'{value}'" if isinstance(value, str) else str(value).lower()


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    settings = Settings(home=tmp_path / "var", threads=1)
    with session(settings) as connection:
        made = Lake(settings, connection)
        made.concept(1, "c1", "c2")
        made.observation(1, ("a", "c1"), ("b", "c2"), base=True)
        yield made


def test_only_new_rows_are_looked_at(lake: Lake) -> None:
    former = lake.release()
    lake.observation(2, ("b", "c1"))
    fresh = lake.fresh(former)
    assert fresh.keys() == {"observation"}
    rows = lake.connection.execute(f"select id from ({fresh['observation'].added})").fetchall()
    assert rows == [("b",)]
    assert lake.checks(fresh)["concepts_known"]


def test_an_id_twice_in_a_new_load_is_found(lake: Lake) -> None:
    former = lake.release()
    lake.observation(2, ("b", "c1"))
    assert lake.checks(lake.fresh(former))["unique_ids"]
    # another feed of the same load yields the id again, in a file of its own
    former = lake.release()
    lake.observation(2, ("b", "c2"))
    assert not lake.checks(lake.fresh(former))["unique_ids"]


def test_a_new_row_of_an_unknown_concept_is_found(lake: Lake) -> None:
    former = lake.release()
    lake.observation(2, ("b", "c9"))
    assert not lake.checks(lake.fresh(former))["concepts_known"]


@pytest.mark.parametrize("case", ["first", "base", "forgotten", "gone"])
def test_all_is_looked_at_where_the_former_release_proves_too_little(lake: Lake, case: str) -> None:
    former: Release | None = lake.release()
    lake.observation(2, ("b", "c1"), base=case == "base")
    if case == "first":
        former = None
    if case == "forgotten":
        lake.concept(2, "c2", deleted=True)
    table = canonical_table(lake.settings, "observation")
    if case == "gone":
        table.replace([], table.files(sequence=1))
    assert lake.fresh(former) == {}
