"""The load sequence of a delivery that is opened: its place in the order of loading.

What a load wrote under a sequence counts once the load is finished. A sequence given up after a
fault is never seen again, by a later load or by a release.
"""

from sqlalchemy import Connection, Engine, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import Delivery, State
from lds_assets.landing.tables import abandoned_table, delivery_table

REOPENED = "REOPENED"


def take_sequence(engine: Engine, ledger: Ledger, delivery: Delivery, run_id: str) -> int:
    """Return the load sequence to load a delivery under.

    A killed run goes on under the sequence it had, as long as nothing was loaded after it. A
    delivery that is opened again, for practices that joined or after a fault, takes a new one:
    its practices may have loaded other deliveries meanwhile, and their order must hold.
    """
    overtaken = _is_overtaken(engine, delivery)
    if delivery.state is not State.VALIDATED or overtaken:
        # the sequence goes first: killed here, the delivery is still due and is opened again
        _clear(engine, delivery.delivery_id, abandon=overtaken)
        ledger.set_state(delivery.delivery_id, State.VALIDATED, reason=REOPENED, run_id=run_id)
    return ledger.assign_load_sequence(delivery.delivery_id)


def abandon_sequence(engine: Engine, delivery_id: str) -> None:
    """Give up what a failed load of a delivery wrote."""
    _clear(engine, delivery_id, abandon=True)


def let_stand(engine: Engine, delivery_id: str) -> None:
    """Let what a delivery wrote count on, though another version takes its place in the ledger.

    Rows of nobody, such as codes, came with it; rows of practices go when these are replayed.
    """
    _clear(engine, delivery_id, abandon=False)


def move_sequence(engine: Engine, delivery_id: str, sequence: int) -> None:
    """Enter the load sequence that a delivery was loaded anew under; the former one counts on."""
    chosen = delivery_table.c.delivery_id == delivery_id
    with engine.begin() as connection:
        connection.execute(update(delivery_table).where(chosen).values(load_sequence=sequence))


def unfinished_sequences(engine: Engine) -> frozenset[int]:
    """Return the load sequences whose rows do not count: given up, or not finished yet."""
    underway = select(delivery_table.c.load_sequence).where(
        delivery_table.c.load_sequence.is_not(None),
        delivery_table.c.state.not_in([State.LOADED, State.PUBLISHED]),
    )
    with engine.connect() as connection:
        given_up = connection.execute(select(abandoned_table.c.load_sequence)).scalars().all()
        return frozenset({*given_up, *connection.execute(underway).scalars().all()})


def _is_overtaken(engine: Engine, delivery: Delivery) -> bool:
    """Say whether a load that was never finished has others after it."""
    if delivery.load_sequence is None or delivery.state is not State.VALIDATED:
        return False
    with engine.connect() as connection:
        newest = connection.execute(select(func.max(delivery_table.c.load_sequence))).scalar()
    return newest is not None and newest > delivery.load_sequence


def _clear(engine: Engine, delivery_id: str, *, abandon: bool) -> None:
    chosen = delivery_table.c.delivery_id == delivery_id
    with engine.begin() as connection:
        sequence = connection.execute(
            select(delivery_table.c.load_sequence).where(chosen)
        ).scalar_one()
        if abandon and sequence is not None:
            _remember(connection, int(sequence), delivery_id)
        connection.execute(update(delivery_table).where(chosen).values(load_sequence=None))


def _remember(connection: Connection, sequence: int, delivery_id: str) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"load_sequence": sequence, "delivery_id": delivery_id}
    connection.execute(insert(abandoned_table).values(row).on_conflict_do_nothing())
