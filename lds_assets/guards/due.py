"""Which deliveries of a supplier a run opens, and in which order."""

from lds_assets.guards.holds import Holds
from lds_assets.guards.unexplained import Unexplained
from lds_assets.landing.states import LOADABLE, SETTLED, Delivery, State
from lds_assets.platform import Platform


def due_of(
    platform: Platform, code: str, admitted: set[str], unexplained: Unexplained
) -> list[Delivery]:
    """Return the deliveries to open, in order.

    Those not loaded yet, those whose load failed, and those met before a practice was let in. What
    two persons have to decide on is not opened again before they have, nor what waits for the
    register before it says something else.
    """
    outcomes = platform.ledger.supplier_outcomes(code)
    known = platform.ledger.deliveries(code, {*LOADABLE, State.HELD, State.QUARANTINED})
    by_id = {delivery.delivery_id: delivery for delivery in known}
    holds = Holds(platform.register, by_id)
    unexplained.judge(outcomes, by_id)
    owed: set[str] = {
        delivery
        for (delivery, practice), record in outcomes.items()
        if practice in admitted
        and record.outcome not in SETTLED
        and delivery in by_id
        and not holds.waits(practice, by_id[delivery])
        and (delivery, practice) not in unexplained.still
    }
    return [
        delivery
        for delivery in known
        if delivery.state is State.VALIDATED
        or delivery.failed_to_load
        or (delivery.is_loadable and delivery.delivery_id in owed)
    ]
