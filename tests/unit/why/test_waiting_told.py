"""What waits of a practice is told as whole deliveries, or as tables by name."""

from datetime import date, datetime

import pytest

from lds_assets.gate.reasons import ReasonBook
from lds_assets.why.arrivals import Arrival
from lds_assets.why.chain import Found, links_after_gate
from lds_assets.why.releases import Shown

WHOLE = "tpp/g1/20250613T000500"
RECEIVED = datetime(2025, 6, 20)
GAP, LOST = "HELD", "INCOMPLETE"


def said(*waiting: tuple[str, str]) -> str:
    """Return what is said of waiting deliveries, given by id and state, a day after another."""
    arrivals = tuple(
        Arrival(
            identity, datetime(2025, 6, 20), datetime(2025, 6, 13 + day, 0, 5), state, "X", "do"
        )
        for day, (identity, state) in enumerate(waiting)
    )
    shown = Shown("r1", {"G1": date(2025, 6, 1)}, {})
    found = Found("G1", True, None, None, (), arrivals, (), None, shown)
    links = {link.question: link for link in links_after_gate(found, ReasonBook({}))}
    return links["Is nothing of it waiting?"].state


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        ([(WHOLE, GAP)], "1 delivery of its group HELD"),
        ([(WHOLE, GAP), ("tpp/g1/later", GAP)], "2 deliveries of its group HELD"),
        (
            [(f"{WHOLE}+SRCode", LOST), ("tpp/g1/later+SRCode", GAP)],
            "SRCode since 2025-06-13 INCOMPLETE; the other tables go on",
        ),
        (
            [(f"{WHOLE}+SRCode", LOST), (f"{WHOLE}+SRVisit", LOST)],
            "SRCode, SRVisit since 2025-06-13 INCOMPLETE; the other tables go on",
        ),
        (
            [(WHOLE, GAP), ("tpp/g1/later+SRCode", LOST)],
            "1 delivery of its group and SRCode since 2025-06-14 HELD",
        ),
    ],
)
def test_tables_that_wait_alone_are_named(waiting: list[tuple[str, str]], told: str) -> None:
    assert said(*waiting) == told
