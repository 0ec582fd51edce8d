"""Which lists are newer than a delivery and left rows unstored, by the ledger's account."""

from datetime import datetime
from pathlib import Path

from lds_assets.database import connect
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import Delivery, State
from lds_assets.raw.newer_lists import NewerList, newer_lists
from lds_assets.raw.tables import SHARED


def _delivery(day: int, state: State = State.LOADED, supplier: str = "acme") -> Delivery:
    name = f"{supplier}/g/{day}"
    return Delivery(name, supplier, "g", f"g/{day}", "delta", datetime(2026, 11, day), state)


def test_only_loaded_lists_of_the_supplier_that_are_newer_and_repeated_something(
    tmp_path: Path,
) -> None:
    ledger = Ledger(connect(f"sqlite:///{tmp_path}/platform.db"))
    late = _delivery(10, State.VALIDATED)
    for delivery, counts in (
        (late, {"LANDED": 9, "UNCHANGED": 9}),
        (_delivery(9), {"LANDED": 8, "KEPT": 1, "UNCHANGED": 7}),
        (_delivery(12, State.PUBLISHED), {"LANDED": 8, "KEPT": 1, "UNCHANGED": 6, "BAD_VALUE": 1}),
        (_delivery(11), {"LANDED": 5, "UNCHANGED": 5}),
        (_delivery(13), {"LANDED": 2, "KEPT": 2}),
        (_delivery(14, State.HELD), {"LANDED": 5, "UNCHANGED": 5}),
        (_delivery(15, supplier="other"), {"LANDED": 5, "UNCHANGED": 5}),
    ):
        ledger.record(delivery)
        ledger.record_account(delivery.delivery_id, "Words", SHARED, "raw", counts)
        ledger.record_account(delivery.delivery_id, "Words", "E84001", "raw", {"UNCHANGED": 3})
    assert newer_lists(ledger.engine, late) == {
        "Words": [
            NewerList("acme/g/11", datetime(2026, 11, 11), 5),
            NewerList("acme/g/12", datetime(2026, 11, 12), 7),
        ]
    }
    assert newer_lists(ledger.engine, _delivery(16)) == {}
    ledger.engine.dispose()
