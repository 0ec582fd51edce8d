"""What makes an older delivery needless for a practice."""

from datetime import datetime

import pytest

from lds_assets.guards.history import History
from lds_assets.landing.states import Delivery, PracticeRecord, State

PRACTICE = "E84001"
TABLES = {"bulk": "AB", "older": "AB", "of_b": "B", "again": "AB", "of_a": "A"}


def delivery(name: str, day: int, kind: str) -> Delivery:
    """Return a loaded delivery of the one group."""
    at = datetime(2026, 11, day)
    return Delivery(name, "tpp", "g1", "", kind, at, State.LOADED)


BULK, OLDER = delivery("bulk", 1, "full"), delivery("older", 2, "delta")
OF_B, OF_A = delivery("of_b", 3, "full"), delivery("of_a", 2, "delta")
AGAIN = delivery("again", 4, "full")


def history(*loaded: Delivery, outcome: str = "LOADED") -> History:
    """Return the past of a practice that was met in some deliveries, all with one outcome."""
    known = {each.delivery_id: each for each in (BULK, OLDER, OF_B, OF_A, AGAIN)}
    met = {
        (each.delivery_id, PRACTICE): PracticeRecord(each.delivery_id, PRACTICE, outcome)
        for each in loaded
    }
    return History(known, met, lambda name: frozenset(TABLES[name]))


@pytest.mark.parametrize("outcome", ["LOADED", "PENDING"])
def test_a_later_full_extract_tells_all_that_an_older_delivery_could(outcome: str) -> None:
    past = history(AGAIN, outcome=outcome)
    assert past.is_before_bulk(PRACTICE, OLDER)
    assert past.is_before_bulk(PRACTICE, BULK)
    assert not past.is_before_bulk(PRACTICE, AGAIN)


@pytest.mark.parametrize("outcome", ["LOADED", "PENDING"])
def test_one_table_sent_whole_tells_nothing_of_the_others(outcome: str) -> None:
    past = history(OF_B, outcome=outcome)
    # a practice that joins later still needs its bulk, one that lacks a table its delta
    assert not past.is_before_bulk(PRACTICE, BULK)
    assert not past.is_before_bulk(PRACTICE, OLDER)
    assert not past.is_before_bulk(PRACTICE, OF_A)
