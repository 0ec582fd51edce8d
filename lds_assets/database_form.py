"""The form of the platform database: which steps brought it to what this program expects.

Tables a database lacks are made as they are now. What was made by an older program is brought
forward here, step by step, when the database is opened; each step is taken once, all of them in one
transaction, and two programs that open it together take turns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from lds_assets.errors import Refused, Retry

#: Any fixed number: programs that bring a PostgreSQL database forward wait for each other on it.
_LOCK = 0x6C6474

#: How long a step waits for others on PostgreSQL; on SQLite the engine's own timeout counts.
_PATIENCE = "60s"

#: One row a step; a database without it was made before steps were counted.
FORM_TABLE = "platform_form"


@dataclass(frozen=True)
class Step:
    """One step forward; ``take`` finds out itself whether a database needs it."""

    number: int
    what: str
    take: Callable[[Connection], None]


def form_table(metadata: MetaData) -> Table:
    """Describe the table of the steps that a database has taken."""
    return Table(
        FORM_TABLE,
        metadata,
        Column("number", Integer, primary_key=True, autoincrement=False),
        Column("what", String(200), nullable=False),
        Column("taken_at", DateTime, nullable=False),
    )


def bring_forward(engine: Engine, metadata: MetaData) -> None:
    """Make the tables a database lacks and take the steps it has not taken.

    Args:
        metadata: every table of this program, that of ``form_table`` among them.

    Raises:
        Refused: a newer program brought the database further than this one knows.
        Retry: others keep the database busy.
    """
    with engine.connect() as connection:
        if _is_current(connection, metadata):
            return
    try:
        with _alone(engine) as connection:
            metadata.create_all(connection)
            table = metadata.tables[FORM_TABLE]
            taken = _number(connection, table)
            for step in STEPS:
                if step.number > taken:
                    step.take(connection)
                    now = datetime.now(UTC).replace(tzinfo=None)
                    row = {"number": step.number, "what": step.what, "taken_at": now}
                    connection.execute(insert(table).values(row))
    except OperationalError as fault:
        if not _is_busy(fault):
            raise
        raise Retry(
            "the platform database is busy and could not be brought forward",
            where="platform database",
            done="it is as it was",
            to_do="wait until nothing runs, then do the same again",
            code="DATABASE_BUSY",
        ) from None


def _is_current(connection: Connection, metadata: MetaData) -> bool:
    if not set(metadata.tables) <= set(inspect(connection).get_table_names()):
        return False
    number = _number(connection, metadata.tables[FORM_TABLE])
    newest = STEPS[-1].number
    if number > newest:
        raise Refused(
            f"the platform database is of form {number}, this program knows forms up to {newest}",
            where="platform database",
            done="nothing was read or written",
            to_do="use the program that brought it there, or a newer one; to go back, restore the "
            "backup made before",
            code="DATABASE_NEWER",
        )
    return number == newest


def _number(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.max(table.c.number))).scalar() or 0)


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Open a transaction in which nobody else brings the database forward."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"set local lock_timeout = '{_PATIENCE}'"))
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        else:
            # the driver opens a transaction for rows only, and tables would change outside of it
            connection.execute(text("begin immediate"))
        yield connection


def _is_busy(fault: OperationalError) -> bool:
    said = str(fault.orig)
    return "locked" in said or "lock timeout" in said


# -- what a step may do; a table that is not there is made anew and needs no step ------------------


def widen(connection: Connection, table: str, column: str, length: int) -> None:
    """Let a text column hold more; SQLite keeps to no length."""
    if connection.dialect.name == "sqlite" or not inspect(connection).has_table(table):
        return
    connection.execute(text(f"alter table {table} alter column {column} type varchar({length})"))


def add_index(connection: Connection, table: str, name: str, *columns: str) -> None:
    """Add an index unless it is there."""
    if inspect(connection).has_table(table):
        listed = ", ".join(columns)
        connection.execute(text(f"create index if not exists {name} on {table} ({listed})"))


def drop_column(connection: Connection, table: str, column: str) -> None:
    """Drop a column that nothing writes any more, if it is there."""
    inspector = inspect(connection)
    if not inspector.has_table(table):
        return
    if column in {each["name"] for each in inspector.get_columns(table)}:
        connection.execute(text(f"alter table {table} drop column {column}"))


def _widen_names(connection: Connection) -> None:
    widen(connection, "gov_event", "entity_id", 600)
    widen(connection, "gate_decision", "delivery_id", 400)


def _index_ledger(connection: Connection) -> None:
    feed = ("supplier", "group_id", "state", "extracted_at", "first_seen_at")
    add_index(connection, "ledger_delivery", "ledger_delivery_feed", *feed)
    add_index(connection, "ledger_practice", "ledger_practice_outcome", "outcome")


def _drop_conflicts(connection: Connection) -> None:
    drop_column(connection, "publisher_identity", "conflicting_code")


def _widen_groups(connection: Connection) -> None:
    widen(connection, "supplier_side_shown", "group_id", 400)
    widen(connection, "supplier_side_date", "group_id", 400)


#: In order; a step that was released is never changed, what comes later is a step of its own.
STEPS: tuple[Step, ...] = (
    Step(1, "events and decisions take names as long as they come", _widen_names),
    Step(2, "the ledger finds feeds and outcomes by index", _index_ledger),
    Step(3, "a practice's id keeps no conflicting code: a hold tells it", _drop_conflicts),
    Step(4, "what suppliers show is kept under groups as long as deliveries' ids", _widen_groups),
)
