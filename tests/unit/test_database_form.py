"""Databases made by older programs are brought forward when they are opened, on both engines."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError

from lds_assets import database_form
from lds_assets.database import connect, metadata
from lds_assets.database_form import FORM_TABLE, STEPS, Step, bring_forward, widen
from lds_assets.errors import Refused, Retry
from lds_assets.gate.chain import append, gov_event, read_events, verify_chain
from lds_assets.gate.decisions import gate_decision
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.landing.tables import delivery_table
from lds_assets.raw.directory import publisher_identity
from tests.databases import Databases, every_table
from tests.unit.database_before import before

NOW = datetime(2026, 7, 28, 6, tzinfo=UTC)
_STAMP = NOW.replace(tzinfo=None)


@pytest.fixture(scope="module", autouse=True)
def _every_table() -> None:
    every_table()


@pytest.fixture
def old(database: str) -> Iterator[str]:
    """A database of the first programs: an event, a delivery, a practice's id."""
    engine = create_engine(database)
    before.create_all(engine)
    with engine.begin() as connection:
        # its triggers came with the table
        for trigger in gov_event.dispatch.after_create:
            trigger(gov_event, connection)
        _insert(connection, "ledger_delivery", delivery_id="emis/a", supplier="emis", state="SEEN")
        connection.execute(
            insert(before.tables["publisher_identity"]).values(
                supplier="emis",
                supplier_org_id="org-1",
                practice_code="E83003",
                first_delivery_id="emis/a",
                conflicting_code="",
                recorded_at=_STAMP,
            )
        )
    append(engine, [_event("practice_consent/C-1")], NOW)
    engine.dispose()
    yield database


def _insert(connection: Connection, table: str, **values: object) -> None:
    row: dict[str, object] = {}
    for column in before.tables[table].columns:
        if not column.nullable and column.name not in values:
            kind = column.type.python_type
            row[column.name] = {str: "", int: 0, datetime: _STAMP}[kind]
    connection.execute(insert(before.tables[table]).values(row | values))


def _event(entity_id: str) -> NewEvent:
    return NewEvent(
        "variation", entity_id, "noted", day_start(date(2026, 7, 28)), "platform", "SYSTEM"
    )


def _form(engine: Engine) -> Mapping[str, Any]:
    """Return tables, columns, keys and indexes as the database has them."""
    inspector = inspect(engine)
    is_sqlite = engine.dialect.name == "sqlite"

    def kind(column: Mapping[str, Any]) -> str:
        told = str(column["type"])
        # SQLite keeps the length as a word and to no length
        return told.partition("(")[0] if is_sqlite else told

    return {
        table: {
            "columns": {
                each["name"]: (kind(each), each["nullable"])
                for each in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "indexes": sorted(
                (str(each["name"]), tuple(each["column_names"]), bool(each["unique"]))
                for each in inspector.get_indexes(table)
            ),
            "unique": sorted(
                tuple(each["column_names"]) for each in inspector.get_unique_constraints(table)
            ),
            "references": sorted(
                (tuple(each["constrained_columns"]), each["referred_table"])
                for each in inspector.get_foreign_keys(table)
            ),
        }
        for table in inspector.get_table_names()
    }


def _numbers(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        table = metadata.tables[FORM_TABLE]
        return list(connection.execute(select(table.c.number).order_by(table.c.number)).scalars())


def test_an_old_database_ends_in_the_form_of_a_new_one(old: str, databases: Databases) -> None:
    brought, made = connect(old), connect(databases("made_today"))
    assert _form(brought) == _form(made)
    assert set(_form(made)) == set(metadata.tables)
    assert _numbers(brought) == _numbers(made) == [step.number for step in STEPS]
    for engine in (brought, made):
        engine.dispose()


def test_what_an_old_database_holds_stays_and_takes_what_is_new(old: str) -> None:
    engine = connect(old)
    append(engine, [_event("n" * 600)], NOW)
    with engine.begin() as connection:
        connection.execute(
            insert(publisher_identity).values(
                supplier="emis",
                supplier_org_id="org-2",
                practice_code="E83004",
                first_delivery_id="emis/b",
                recorded_at=_STAMP,
            )
        )
        _insert(connection, "gate_decision", run_id="run", delivery_id="emis/" + "d" * 395)
        assert list(connection.execute(select(delivery_table.c.delivery_id)).scalars()) == [
            "emis/a"
        ]
        assert connection.execute(select(gate_decision.c.delivery_id)).scalar() is not None
        practices = select(publisher_identity.c.practice_code).order_by("practice_code")
        assert list(connection.execute(practices).scalars()) == ["E83003", "E83004"]
    events = read_events(engine)
    assert [each.entity_id for each in events] == ["practice_consent/C-1", "n" * 600]
    assert verify_chain(events) is None
    engine.dispose()


def test_the_register_stays_append_only(old: str) -> None:
    engine = connect(old)
    for statement in ("update gov_event set actor = 'x'", "delete from gov_event"):
        with engine.begin() as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(statement))
    engine.dispose()


def test_opening_again_changes_nothing(old: str) -> None:
    first = connect(old)
    form, taken = _form(first), _times(first)
    again = connect(old)
    assert (_form(again), _times(again)) == (form, taken)
    for engine in (first, again):
        engine.dispose()


def _times(engine: Engine) -> list[datetime]:
    with engine.connect() as connection:
        return list(connection.execute(select(metadata.tables[FORM_TABLE].c.taken_at)).scalars())


def test_two_that_open_it_together_take_turns(old: str) -> None:
    start = Barrier(4)

    def opened(_place: int) -> list[int]:
        start.wait()
        engine = connect(old)
        numbers = _numbers(engine)
        engine.dispose()
        return numbers

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(opened, range(4)))
    assert found == [[step.number for step in STEPS]] * 4


def test_a_step_that_fails_leaves_the_database_as_it_was(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(connection: Connection) -> None:
        connection.execute(text("create table half_done (id integer)"))
        raise RuntimeError("the machine stopped")

    engine = create_engine(old)
    form = _form(engine)
    last = Step(STEPS[-1].number + 1, "fails", fail)
    monkeypatch.setattr(database_form, "STEPS", (*STEPS, last))
    with pytest.raises(RuntimeError, match="the machine stopped"):
        connect(old)
    assert _form(engine) == form
    engine.dispose()


def test_a_step_added_later_is_taken_alone(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(old).dispose()
    taken: list[int] = []

    def counted(number: int) -> Step:
        return Step(number, "counted", lambda _connection: taken.append(number))

    newest = STEPS[-1].number
    steps = tuple(counted(number) for number in range(1, newest + 3))
    monkeypatch.setattr(database_form, "STEPS", steps)
    engine = connect(old)
    assert taken == [newest + 1, newest + 2]
    assert _numbers(engine) == list(range(1, newest + 3))
    engine.dispose()


def test_a_database_of_a_newer_program_is_refused(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(database).dispose()
    monkeypatch.setattr(database_form, "STEPS", STEPS[:-1])
    with pytest.raises(Refused, match=f"of form {STEPS[-1].number}, .* up to") as refused:
        connect(database)
    assert refused.value.code == "DATABASE_NEWER"


def test_a_database_that_others_keep_busy_is_left_and_said(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_form, "_PATIENCE", "10ms")
    is_sqlite = old.startswith("sqlite")
    impatient = create_engine(old, connect_args={"timeout": 0.01} if is_sqlite else {})
    other = create_engine(old)
    busy = "begin immediate" if is_sqlite else "lock table ledger_delivery in row exclusive mode"
    form = _form(other)
    with other.connect() as connection:
        connection.execute(text(busy))
        with pytest.raises(Retry, match="busy") as told:
            bring_forward(impatient, metadata)
    assert told.value.code == "DATABASE_BUSY"
    assert _form(other) == form
    for engine in (impatient, other):
        engine.dispose()


def test_steps_are_numbered_without_gap_and_told() -> None:
    assert [step.number for step in STEPS] == list(range(1, len(STEPS) + 1))
    assert all(step.what and len(step.what) <= 200 for step in STEPS)


def test_a_step_passes_by_a_table_that_is_not_there(database: str) -> None:
    engine = create_engine(database)
    with engine.begin() as connection:
        widen(connection, "gov_event", "entity_id", 600)
        database_form.add_index(connection, "ledger_practice", "ledger_practice_outcome", "outcome")
        database_form.drop_column(connection, "publisher_identity", "conflicting_code")
    assert inspect(engine).get_table_names() == []
    engine.dispose()
