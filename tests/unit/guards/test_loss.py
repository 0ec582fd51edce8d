"""How much of a practice goes with a delivery: by marks of deletion, by what a full file lacks.

Shares are worked out by hand: 20 % of 100 stored records is 20, so 21 are too many.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.macros import register
from lds_assets.guards.loss import Incoming, losses
from lds_assets.lake.session import session
from lds_assets.raw.load import LoadContext, load, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import GuardRules
from lds_assets.suppliers.registry import Supplier
from tests.invented import TABLES, Extract, invented_supplier

A, B = "E84001", "E84002"
VERDICTS: dict[str, str | None] = {A: None, B: None, SHARED: None}
Rows = Sequence[tuple[str, str, bool]]


@pytest.fixture
def supplier(tmp_path: Path) -> Supplier:
    loaded = invented_supplier(tmp_path / "invented")
    rules = GuardRules(watched=("Entry",), share=0.2, at_least=5)
    return replace(loaded, definition=loaded.definition.model_copy(update={"guards": rules}))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var", threads=1)


@pytest.fixture
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(settings) as opened:
        register(opened, "INVENTED")
        yield opened


class Practices:
    """Two practices of an invented supplier, loaded day by day."""

    def __init__(
        self,
        supplier: Supplier,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        folder: Path,
    ) -> None:
        self._supplier = supplier
        self._settings = settings
        self._connection = connection
        self._folder = folder

    def weigh(self, day: int, rows: Rows, *, is_full: bool) -> dict[str, list[str]]:
        """Return what the guards do not allow, in words; rows are key, practice, is deleted."""
        incoming = self._incoming(day, rows, is_full=is_full)
        return {k: [str(each) for each in v] for k, v in losses(incoming, [A, B]).items()}

    def load(self, day: int, rows: Rows, *, is_full: bool) -> None:
        incoming = self._incoming(day, rows, is_full=is_full)
        at = incoming.extracted_at
        context = LoadContext(self._settings, self._connection, f"d{day}", day, at, VERDICTS)
        file = incoming.files["Entry"]
        load(context, incoming.ownership, file, incoming.tallies["Entry"])

    def _incoming(self, day: int, rows: Rows, *, is_full: bool) -> Incoming:
        at = datetime(2026, 1, day, 0, 5)
        entries = [
            (key, "p1", practice, "1", "2025-06-01", "true" if gone else "false")
            for key, practice, gone in rows
        ]
        paths = Extract(at, is_full, {"Entry": entries}).write(self._folder / f"{day}-{is_full}")
        file = SourceFile(paths["Entry"], "Entry", TABLES["Entry"], is_full, self._supplier)
        ownership = Ownership(self._settings, self._connection, {"Entry": file}, {})
        counted = {"Entry": tally(self._connection, ownership, file)}
        return Incoming(
            self._settings,
            self._connection,
            self._supplier,
            ownership,
            {"Entry": file},
            counted,
            at,
            frozenset({day}),
        )


@pytest.fixture
def practices(
    supplier: Supplier, settings: Settings, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> Practices:
    """A has 100 records, B has 10."""
    made = Practices(supplier, settings, connection, tmp_path)
    made.load(1, [*_live(A, 100), *_live(B, 10)], is_full=True)
    return made


def _live(practice: str, count: int, first: int = 0) -> Rows:
    return [(f"{practice}-{n}", practice, False) for n in range(first, first + count)]


def _gone(practice: str, count: int, first: int = 0) -> Rows:
    return [(f"{practice}-{n}", practice, True) for n in range(first, first + count)]


def test_a_fifth_may_be_deleted_and_one_more_may_not(practices: Practices) -> None:
    assert practices.weigh(2, _gone(A, 20), is_full=False) == {}
    assert practices.weigh(2, _gone(A, 21), is_full=False) == {A: ["Entry: 21 of 100 deleted"]}


def test_each_practice_is_weighed_alone(practices: Practices) -> None:
    found = practices.weigh(2, [*_gone(A, 10), *_gone(B, 6)], is_full=False)

    assert found == {B: ["Entry: 6 of 10 deleted"]}


def test_a_few_records_are_never_held(practices: Practices) -> None:
    assert practices.weigh(2, _gone(B, 4), is_full=False) == {}


def test_marks_on_records_the_practice_never_had_take_nothing(practices: Practices) -> None:
    assert practices.weigh(2, _gone(A, 50, first=1000), is_full=False) == {}


def test_what_is_deleted_already_is_neither_stored_nor_lost(practices: Practices) -> None:
    practices.load(2, _gone(A, 20), is_full=False)

    # 80 are left: 20 marked again take nothing, 17 more are over a fifth of 80
    again = [*_gone(A, 20), *_gone(A, 16, first=20)]
    assert practices.weigh(3, again, is_full=False) == {}
    assert practices.weigh(3, _gone(A, 37), is_full=False) == {A: ["Entry: 17 of 80 deleted"]}


def test_a_record_deleted_and_back_in_one_file_is_not_lost(practices: Practices) -> None:
    rows = [*_gone(A, 30), *_live(A, 30)]

    assert practices.weigh(2, rows, is_full=False) == {}


def test_a_full_file_loses_what_it_lacks(practices: Practices) -> None:
    assert practices.weigh(2, [*_live(A, 80), *_live(B, 10)], is_full=True) == {}
    found = practices.weigh(2, [*_live(A, 79), *_live(B, 10)], is_full=True)
    assert found == {A: ["Entry: 21 of 100 not in the full file"]}


def test_a_full_file_without_any_row_of_a_practice_loses_all_of_it(practices: Practices) -> None:
    found = practices.weigh(2, _live(A, 100), is_full=True)

    assert found == {B: ["Entry: 10 of 10 not in the full file"]}


def test_a_full_file_of_new_practices_alone_takes_nothing_from_others(practices: Practices) -> None:
    assert practices.weigh(2, _live("E84003", 10), is_full=True) == {}
    found = practices.weigh(3, [*_live("E84003", 10), *_live(A, 100)], is_full=True)
    assert found == {B: ["Entry: 10 of 10 not in the full file"]}
    assert set(practices.weigh(4, [], is_full=True)) == {A, B}


def test_a_full_file_of_other_records_loses_the_old_ones(practices: Practices) -> None:
    found = practices.weigh(2, [*_live(A, 100, first=500), *_live(B, 10)], is_full=True)

    assert found == {A: ["Entry: 100 of 100 not in the full file"]}


def test_only_what_was_extracted_before_is_weighed(practices: Practices) -> None:
    practices.load(9, _live(A, 100, first=100), is_full=False)

    assert practices.weigh(2, _gone(A, 21), is_full=False) == {A: ["Entry: 21 of 100 deleted"]}


def test_a_first_extract_has_nothing_to_lose(
    supplier: Supplier, settings: Settings, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    nobody = Practices(supplier, settings, connection, tmp_path)

    assert nobody.weigh(1, _live(A, 100), is_full=True) == {}
    assert nobody.weigh(1, _gone(A, 100), is_full=False) == {}
