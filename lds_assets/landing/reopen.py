"""Opening a loaded delivery again for practices that joined after it was loaded."""

from sqlalchemy import Engine, update

from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import Delivery, State
from lds_assets.landing.tables import delivery_table

REOPENED = "REOPENED"


def reopen(engine: Engine, ledger: Ledger, delivery: Delivery, run_id: str) -> None:
    """Make a loaded delivery wait for loading, under a load sequence of its own.

    A later sequence keeps the order of each practice's loads: the practice may have loaded other
    deliveries meanwhile. A killed run finds the delivery waiting and goes on under the same one.
    """
    # the sequence goes first: killed here, the delivery is still due and is opened again
    with engine.begin() as connection:
        connection.execute(
            update(delivery_table)
            .where(delivery_table.c.delivery_id == delivery.delivery_id)
            .values(load_sequence=None)
        )
    ledger.set_state(delivery.delivery_id, State.VALIDATED, reason=REOPENED, run_id=run_id)
