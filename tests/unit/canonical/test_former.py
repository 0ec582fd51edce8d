"""Of the keys a delivery touches: what they no longer yield, and what of first loads they end."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from lds_assets.canonical.former import FormerRows
from lds_assets.canonical.relations import Batch
from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.delta import StagedFile
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from tests.invented import invented_supplier

ONE, TWO = "E84001", "E84002"
FEED, DATASET = "invented/observation", "INVENTED"
DAY = date(2026, 1, 1)


class World:
    """Observations of two practices: a first full load, a change, and what a feed yields now."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.lake = canonical_table(batch.settings, "observation")
        self.former = FormerRows(batch, self.lake, "observation", f"'{FEED}'")

    def stage(
        self,
        sequence: int,
        practice: str,
        *keys: str,
        base: bool = False,
        gone: bool = False,
        feed: str = FEED,
        dataset: str = DATASET,
    ) -> list[StagedFile]:
        given = {
            "publisher_organisation_code": f"'{practice}'",
            "lds_load_sequence": str(sequence),
            "lds_is_base": str(base).lower(),
            "lds_is_deleted": str(gone).lower(),
            "lds_feed": f"'{feed}'",
            "lds_source_dataset": f"'{dataset}'",
            "clinical_effective_date": f"date '{DAY}'",
            "lds_source_key": "key",
            "id": "'id of ' || key",
        }
        columns = ", ".join(f"{given.get(name, 'null')} as {name}" for name in self.lake.columns)
        listed = ", ".join(f"('{key}')" for key in keys)
        return self.lake.stage(
            self.batch.connection,
            f"select {columns} from (values {listed}) as named (key)",
            sequence,
        )

    def find(self, touched: dict[str, str], *written: StagedFile) -> set[tuple[str, str]]:
        """Return the unyielded keys, and keep what was found for ``noted``."""
        pairs = ", ".join(f"('{code}', '{key}')" for code, keys in touched.items() for key in keys)
        self.batch.connection.execute(
            "create or replace temp table touched as select * from (values "
            f"{pairs}) as named (publisher_organisation_code, lds_source_key)"
        )
        self.written = [self.lake.active(file) for file in written]
        self.stored = self.lake.files()
        some = self.former.find("touched", self.stored, self.lake.select(self.written))
        rows = self.batch.connection.execute("select * from unyielded").fetchall()
        assert some == bool(rows)
        return {(str(code), str(key)) for code, key in rows}

    def noted(self) -> dict[str, tuple[int, int, date | None]]:
        found = self.former.superseded(self.stored, self.written)
        return {each.practice: (each.current, each.deleted, each.newest) for each in found}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = Settings(home=tmp_path, threads=1, today=date(2026, 2, 1))
    with session(settings) as connection:
        supplier = invented_supplier(tmp_path / "invented")
        yield World(Batch(settings, connection, supplier, 9, [ONE, TWO]))


def test_keys_with_rows_before_and_none_now(world: World) -> None:
    world.lake.commit(world.stage(1, ONE, "a", "b", "c", base=True), {})
    world.lake.commit(world.stage(2, ONE, "d", "e"), {})
    world.lake.commit(world.stage(3, TWO, "a", base=True), {})
    world.lake.commit(world.stage(4, ONE, "f", base=True, feed="invented/other"), {})
    # b and d yield nothing now, a and e do; c is not touched, f is of another feed, g is new
    yielded = world.stage(9, ONE, "a", "e", "g")
    assert world.find({ONE: "abdefgh"}, *yielded) == {(ONE, "b"), (ONE, "d")}
    assert world.noted() == {ONE: (2, 0, DAY)}
    assert world.find({ONE: "aeg"}, *yielded) == set()


def test_what_was_deleted_and_stays_so_is_not_superseded(world: World) -> None:
    world.lake.commit(world.stage(1, ONE, "a", "b", base=True, gone=True), {})
    world.lake.commit(world.stage(1, ONE, "c", base=True), {})
    # a comes back, b stays deleted, c goes
    assert world.find({ONE: "abc"}, *world.stage(9, ONE, "a")) == {(ONE, "b"), (ONE, "c")}
    assert world.noted() == {ONE: (1, 1, DAY)}


def test_rows_of_another_name_leave_the_practice_without_a_note(world: World) -> None:
    world.lake.commit(world.stage(1, ONE, "a", base=True, dataset="FORMER NAME"), {})
    world.lake.commit(world.stage(1, TWO, "a", base=True), {})
    world.find({ONE: "a", TWO: "a"}, *world.stage(9, ONE, "a"), *world.stage(9, TWO, "a"))
    assert world.noted() == {TWO: (1, 0, DAY)}
