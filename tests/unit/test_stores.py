"""Every table of the platform database takes its widest row, and every store reads what it kept.

On both engines: SQLite keeps to no length and knows no zone, PostgreSQL keeps to both.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Engine,
    Float,
    Integer,
    String,
    Table,
    Text,
    insert,
    select,
)

from lds_assets.copies import kept as comparisons
from lds_assets.copies.comparison import Comparison, Figure
from lds_assets.database import connect, metadata
from lds_assets.freshness import facts
from lds_assets.gate.migration import Migration
from lds_assets.gate.migration import State as MigrationState
from lds_assets.gate.state import RegisterState
from lds_assets.guards import population, supplier_side
from lds_assets.guards.side_dates import newest_kept, standing
from lds_assets.guards.supplier_side import shown_in
from lds_assets.guards.unexplained import Unexplained
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.purged import (
    Originals,
    Rewritten,
    note_removed,
    note_rewritten,
    settle_practice,
)
from lds_assets.landing.states import Delivery, DeliveryFile, PracticeRecord, State
from lds_assets.raw import directory
from lds_assets.raw.ownership import Branches
from lds_assets.release.counted import known_counts, note_counts
from lds_assets.release.counts import Count
from lds_assets.release.exported import exports, forget_export, note_export
from lds_assets.release.record import Release
from lds_assets.resources import Settings
from lds_assets.why import sweep
from tests.databases import every_table

SUMMER = datetime(2026, 7, 28, 0, 30, 0, 999_999)
DAY = date(2026, 7, 28)
DAY_AFTER = datetime(2026, 7, 29, 0, 30)
#: Longer than any language's order could leave to chance.
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789éß-_/+@#"


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = connect(database)
    yield opened
    opened.dispose()


# -- the widest row


def _widest(column: Column[Any], table: Table) -> object:
    kind = column.type
    indexed = {each.name for index in table.indexes for each in index.columns}
    if isinstance(kind, String):
        # what an index holds is a name, never a document
        length = kind.length or (400 if column.name in indexed else 100_000)
        return "".join(random.Random(length).choices(LETTERS, k=length))
    values: dict[type[Any], object] = {
        BigInteger: 2**63 - 1,
        Integer: 2**31 - 1,
        Float: 1.7976931348623157e308,
        DateTime: SUMMER,
        Date: date.max,
        JSON: {"é\0": [1, None, True, "x" * 1000]},
    }
    return next(value for each, value in values.items() if isinstance(kind, each))


def _row(table: Table) -> dict[str, object]:
    found = {}
    for column in table.columns:
        parents = list(column.foreign_keys)
        owner = parents[0].column if parents else column
        found[column.name] = _widest(owner, owner.table)
    return found


def test_every_table_takes_its_widest_row_and_gives_it_back(engine: Engine) -> None:
    every_table()
    for table in metadata.sorted_tables:
        row = _row(table)
        if table.name == "platform_form":
            row["number"] = 999
        key = [each == row[each.name] for each in table.primary_key.columns]
        with engine.begin() as connection:
            connection.execute(insert(table).values(row))
            assert dict(connection.execute(select(table).where(*key)).one()._mapping) == row


def test_a_table_that_names_a_delivery_or_its_group_takes_the_longest_one() -> None:
    every_table()
    for table in metadata.tables.values():
        for name in ("delivery_id", "group_id"):
            if name in table.c and not isinstance(table.c[name].type, Text):
                owner = next((each.column for each in table.c[name].foreign_keys), table.c[name])
                assert isinstance(owner.type, String)
                assert owner.type.length == 400, f"{table.name}.{name}"


# -- the stores: what one wrote, another program reads


LONG_GROUP = "g" * 280
BULK = Delivery(
    f"emis/{LONG_GROUP}/20260727T233000", "emis", LONG_GROUP, "f", "full", SUMMER, State.LOADED
)


def test_deliveries_of_an_instant_stand_in_one_order_on_every_engine(engine: Engine) -> None:
    """A part stands after its delivery, a copy after its parts: as Python orders their ids."""
    ledger = Ledger(engine)
    names = [f"emis/g/1{mark}" for mark in ("", "#0123abcd", "+SRCode", "/bulk", "@B/1", "@a/1")]
    for name in reversed(names):
        file = DeliveryFile(name, f"{name[-1]}.csv", "", "full", 1, 1)
        ledger.record(replace(BULK, delivery_id=name), [file, replace(file, name="B.csv")])
    assert names == sorted(names)
    assert [each.delivery_id for each in ledger.deliveries("emis")] == names
    assert [each.name for each in ledger.files("emis/g/1@a/1")] == ["1.csv", "B.csv"]


def test_a_comparison_takes_the_place_of_an_earlier_one(engine: Engine) -> None:
    def found(day: date, *figures: Figure) -> Comparison:
        return Comparison("E83003", "old", "new", DAY, day, figures, 0, 0, 0)

    comparisons.keep(engine, "M-1", found(DAY, Figure("observation", 2020, 9, 9, 9, 9)))
    newest = found(DAY, Figure("problem", 0, 1, 2, 3, 4), Figure("observation", 2021, 2**31 - 1))
    comparisons.keep(engine, "M-1", newest)
    comparisons.keep(engine, "M-2", found(DAY))
    migration = Migration("M-1", "E83003", "EMIS", "TPP", state=MigrationState.CUT_OVER)
    state = RegisterState(migrations={"M-1": migration})
    rows = list(comparisons.migration_rows(engine, state, ["E83003"], DAY))
    assert [row[6:] for row in rows] == [
        (DAY, False, "problem", 0, 1, 2, 3, 4),
        (DAY, False, "observation", 2021, 2**31 - 1, 0, 0, 0),
    ]
    assert list(comparisons.migration_rows(engine, state, ["E83003"], date(2026, 7, 27))) == []


def test_a_look_in_vain_is_kept_until_something_changed(engine: Engine) -> None:
    waits = Unexplained(engine, "a" * 64, {})
    delivery = replace(BULK, content_hash="c" * 64)
    held = [PracticeRecord(BULK.delivery_id, "E83003", "HELD", "S_GUID_MISMATCH")]
    for records in (held, held, None):
        waits.note(delivery, records)
        with engine.connect() as connection:
            (look,) = connection.execute(select(metadata.tables["unexplained_look"])).all()
        assert (look.delivery_id, look.content_hash) == (BULK.delivery_id, "c" * 64)
    waits.note(delivery, [replace(held[0], outcome="LOADED", primary_reason="")])
    with engine.connect() as connection:
        assert connection.execute(select(metadata.tables["unexplained_look"])).all() == []


def test_what_a_supplier_shows_is_kept_by_group_and_extract(engine: Engine) -> None:
    Ledger(engine).record(BULK)
    later = replace(BULK, delivery_id=BULK.delivery_id + "+later", extracted_at=DAY_AFTER)
    Ledger(engine).record(later)
    supplier_side._keep(engine, BULK, {"E83003": "ACTIVE", "G83001": "DISABLED"})
    supplier_side._keep(engine, later, {"E83003": "ACTIVE"})
    assert shown_in(engine, BULK.delivery_id) == {"E83003": "ACTIVE", "G83001": "DISABLED"}
    assert shown_in(engine, "emis/none") is None
    assert supplier_side._vanished(engine, later, {"E83003": ""}) == {"G83001": "ABSENT"}
    assert supplier_side._looked_at(engine, "emis")[later.delivery_id] == (LONG_GROUP, DAY_AFTER)
    changed = {"E83003": datetime(2026, 7, 1, 0, 30)}
    assert newest_kept(engine, BULK, {"E83003": "DISABLED"}, changed) == {"E83003": "DISABLED"}
    before = {"E83003": datetime(2026, 6, 30, 23, 30)}
    assert newest_kept(engine, later, {"E83003": "ACTIVE"}, before) == {"E83003": "DISABLED"}
    (found,) = standing(engine, "emis")
    assert (found.modified_at, found.newest_at) == (before["E83003"], changed["E83003"])


def test_what_a_feed_sent_last_is_kept_and_its_events_forgotten(engine: Engine) -> None:
    fact = facts.Fact("emis", "E83003", "records", LONG_GROUP, SUMMER, None, 2**40, DAY)
    facts._keep(engine, [fact, replace(fact, practice_code="G83001")])
    facts._keep(engine, [replace(fact, rows=7)])
    facts.forget_events(engine, "emis", ["G83001"])
    found = facts.facts(engine, "emis")
    assert found["E83003", "records"] == replace(fact, rows=7)
    assert found["G83001", "records"].newest_event_date is None
    Ledger(engine).record(BULK)
    sequence = Ledger(engine).assign_load_sequence(BULK.delivery_id)
    assert [each.delivery_id for each in facts._not_noted(engine, "emis")] == [BULK.delivery_id]
    for _ in range(2):
        facts._mark(engine, [replace(BULK, load_sequence=sequence)])
    assert facts._not_noted(engine, "emis") == []


def test_counts_of_a_release_and_of_the_lists_replace_what_stood(engine: Engine) -> None:
    one, two = (Release(f"r{n}", n, SUMMER, "", DAY, "", (), {}) for n in (1, 2))
    same, gone = Count("patient", "E83003", "emis", 2**40, 1, DAY), Count("patient", "X", "", 1, 0)
    note_counts(engine, one, [same, gone])
    note_counts(engine, two, [same, Count("observation", "E83003", "emis", 5, 0, None, DAY)])
    assert known_counts(engine, one) is None
    known = known_counts(engine, two)
    assert known is not None
    assert set(known.counts) == {same, Count("observation", "E83003", "emis", 5, 0, None, DAY)}
    for count in (100, 200):
        population._keep(engine, [population.Population("E83003", count, 1, DAY)])
    assert population.known(engine)["E83003"].registered_count == 200


def test_files_written_for_somebody_are_found_again(database: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database=database)
    engine = connect(database)
    release = Release("r1", 1, SUMMER, "", DAY, "", ("E83003", "G83001"), {})
    for _ in range(2):
        note_export(settings, release, tmp_path / "out/b.duckdb")
    note_export(settings, replace(release, publishers=("E83003",)), tmp_path / "out/B.duckdb")
    found = exports(settings, engine, "E83003")
    # in one order on every engine
    assert [each.noted for each in found] == ["out/B.duckdb", "out/b.duckdb"]
    assert [each.noted for each in exports(settings, engine, "G83001")] == ["out/b.duckdb"]
    forget_export(engine, "out/b.duckdb")
    assert exports(settings, engine, "G83001") == []
    engine.dispose()


def test_what_a_purge_did_to_files_is_remembered(engine: Engine) -> None:
    ledger = Ledger(engine)
    files = [
        DeliveryFile(BULK.delivery_id, name, name, "full", 1, 1, plain_sha256="a" * 64)
        for name in ("Patient.csv", "Entry.csv")
    ]
    ledger.record(BULK, files)
    for code in ("E83003", "G83001"):
        ledger.record_practice(PracticeRecord(BULK.delivery_id, code, "LOADED"))
    now = Rewritten("Patient.csv", "a" * 64, "b" * 64, "c" * 64, 2**40, 2**62)
    for _ in range(2):
        note_rewritten(engine, [BULK.delivery_id], now, "PURGE-1")
    note_removed(engine, BULK.delivery_id, ["Entry.csv"], "PURGE-1", forget=True)
    (left,) = ledger.files(BULK.delivery_id)
    assert (left.plain_sha256, left.size_bytes, left.mtime_ns) == ("c" * 64, 2**40, 2**62)
    known = Originals(engine, "emis")
    assert known.knows(left, "a" * 64)
    assert not known.knows(left, "d" * 64)
    assert settle_practice(ledger, engine, "E83003", "PURGE-1") == 1
    assert settle_practice(ledger, engine, "E83003", "PURGE-1") == 0
    outcomes = ledger.supplier_outcomes("emis")
    assert {key[1]: each.outcome for key, each in outcomes.items()} == {
        "E83003": "PURGED",
        "G83001": "LOADED",
    }


def test_the_sweep_of_a_day_takes_the_place_of_the_one_before(engine: Engine) -> None:
    table = metadata.tables["why_verdict"]
    row = {each.name: _widest(each, table) for each in table.columns}
    told = {"verdict": "PRESENT", "reason": "", "practice_code": "E83003"}
    with engine.begin() as connection:
        connection.execute(insert(table).values({**row, **told, "as_of": DAY}))
    assert sweep._kept(engine, DAY) == {"E83003": "PRESENT"}
    sweep._keep(engine, DAY, ())
    assert sweep._kept(engine, DAY) == {}


# -- what suppliers write themselves


def test_an_id_or_a_code_that_can_be_none_is_never_learnt(engine: Engine) -> None:
    """An organisation row is from outside: what is too long for a code breaks no load."""
    found = {"1": "E83003", "2": "X" * 41, "3": "E8\0", "k" * 101: "G83001", "5": "E83003001"}
    fits = {key: directory._as_code(code) for key, code in found.items()}
    assert fits == {**found, "2": "MALFORMED", "3": "MALFORMED"}
    directory._learn(engine, "emis", {k: Branches().owner(c) for k, c in fits.items()}, "emis/a")
    assert directory._known(engine, "emis") == {"1": "E83003"}
