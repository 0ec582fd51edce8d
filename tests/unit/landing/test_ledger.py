"""The ledger keeps states, their history, and an account of every row."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import BigInteger

from lds_assets.database import connect
from lds_assets.landing.accounts import CANONICAL, RAW
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import (
    Delivery,
    DeliveryFile,
    Fate,
    Imbalance,
    PracticeRecord,
    State,
    as_utc,
)
from lds_assets.landing.tables import account_table, delivery_table, file_table

NOON = datetime(2026, 11, 20, 12)


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(database: str, clock: Clock) -> Iterator[Ledger]:
    engine = connect(database)
    yield Ledger(engine, clock)
    engine.dispose()


def delivery(number: int = 1, group: str = "g1", supplier: str = "acme") -> Delivery:
    return Delivery(
        delivery_id=f"{supplier}/{group}/{number}",
        supplier=supplier,
        group_id=group,
        folder=f"{group}/{number}",
        kind="delta",
        extracted_at=datetime(2026, 11, number),
        state=State.VALIDATED,
    )


def test_deliveries_come_in_order_of_extract_time_then_group_then_id(ledger: Ledger) -> None:
    later, early_b, early_a = delivery(2), delivery(1, "b"), delivery(1, "a")
    for each in (later, early_b, early_a, delivery(1, supplier="other")):
        ledger.record(each)
    stranger = replace(delivery(), delivery_id="acme/x", extracted_at=None, state=State.IGNORED)
    ledger.record(stranger)
    assert [each.delivery_id for each in ledger.deliveries("acme")] == [
        "acme/a/1",
        "acme/b/1",
        "acme/g1/2",
        "acme/x",
    ]


def test_only_complete_unloaded_deliveries_are_pending(ledger: Ledger) -> None:
    for number, state in enumerate(State, start=1):
        ledger.record(replace(delivery(number), state=state))
    assert [each.state for each in ledger.pending("acme")] == [State.VALIDATED]
    assert {each.state for each in ledger.loadable("acme")} == {
        State.VALIDATED,
        State.LOADED,
        State.PUBLISHED,
    }


def test_first_seen_stays_and_each_change_of_state_leaves_an_event(
    ledger: Ledger, clock: Clock
) -> None:
    ledger.record(replace(delivery(), state=State.INCOMPLETE, reason="FILES_MISSING"))
    clock.now += timedelta(hours=1)
    ledger.record(delivery(), run_id="run-1")
    ledger.record(delivery(), run_id="run-2")
    ledger.set_state("acme/g1/1", Fate(State.LOADED), run_id="run-3")
    ledger.set_state("acme/g1/1", Fate(State.LOADED), run_id="run-4")
    stored = ledger.delivery("acme/g1/1")
    assert stored is not None
    assert (stored.first_seen_at, stored.updated_at) == (NOON, NOON + timedelta(hours=1))
    assert [(e.from_state, e.to_state, e.reason, e.run_id) for e in ledger.events()] == [
        ("", "INCOMPLETE", "FILES_MISSING", ""),
        ("INCOMPLETE", "VALIDATED", "", "run-1"),
        ("VALIDATED", "LOADED", "", "run-3"),
    ]


def test_a_state_of_an_unknown_delivery_is_an_error(ledger: Ledger) -> None:
    with pytest.raises(KeyError, match="no delivery nowhere"):
        ledger.set_state("nowhere", Fate(State.LOADED))
    with pytest.raises(KeyError, match="no delivery nowhere"):
        ledger.assign_load_sequence("nowhere")


def test_files_are_replaced_as_a_set_and_keep_their_header(ledger: Ledger) -> None:
    first = DeliveryFile("acme/g1/1", "a.csv", "A", "delta", 10, 5, header=("Id", "Näme"))
    second = replace(first, name="b.csv", state=State.HELD, reason="TRUNCATED")
    ledger.record(delivery(), [second, first])
    assert ledger.files("acme/g1/1") == [first, second]
    ledger.record(delivery(), [second])
    assert ledger.files("acme/g1/1") == [second]
    ledger.record(delivery())
    assert ledger.supplier_files("acme") == {"acme/g1/1": [second]}


def test_the_load_sequence_is_given_once_and_survives_a_new_record(ledger: Ledger) -> None:
    for number in (1, 2, 3):
        ledger.record(delivery(number))
    assert ledger.assign_load_sequence("acme/g1/2") == 1
    assert ledger.assign_load_sequence("acme/g1/1") == 2
    assert ledger.assign_load_sequence("acme/g1/2") == 1
    ledger.record(delivery(2))
    assert ledger.assign_load_sequence("acme/g1/2") == 1
    assert ledger.assign_load_sequence("acme/g1/3") == 3


def test_runs_at_the_same_time_never_share_a_load_sequence(ledger: Ledger) -> None:
    names = [ledger.record(delivery(number)).delivery_id for number in range(1, 13)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(ledger.assign_load_sequence, names))
    assert sorted(numbers) == list(range(1, 13))


def test_the_newest_outcome_of_a_practice_stands_and_a_change_leaves_an_event(
    ledger: Ledger,
) -> None:
    ledger.record(delivery())
    denied = PracticeRecord("acme/g1/1", "A99001", "DENIED", "C_NONE", ("C_NONE", "A_NONE"))
    ledger.record_practice(denied)
    ledger.record_practice(replace(denied, run_id="run-2"))
    ledger.record_practice(PracticeRecord("acme/g1/1", "A99001", "LOADED", run_id="run-3"))
    assert ledger.outcomes("acme/g1/1")["A99001"].outcome == "LOADED"
    assert ledger.supplier_outcomes("acme")["acme/g1/1", "A99001"].recorded_at == NOON
    changes = [e for e in ledger.events() if e.subject == "practice A99001"]
    assert [(e.from_state, e.to_state, e.run_id) for e in changes] == [
        ("", "DENIED", ""),
        ("DENIED", "LOADED", "run-3"),
    ]


def test_the_chain_of_a_practice_is_newest_first_with_its_rows(ledger: Ledger) -> None:
    for number in (1, 2):
        ledger.record(delivery(number))
        ledger.record_practice(PracticeRecord(f"acme/g1/{number}", "A99001", "LOADED"))
    ledger.record_account("acme/g1/1", "A", "A99001", RAW, {"LANDED": 3, "KEPT": 3})
    ledger.record_account("acme/g1/1", "B", "A99001", RAW, {"LANDED": 2, "BAD_VALUE": 2})
    ledger.record_account("acme/g1/1", "B", "A99002", RAW, {"LANDED": 9, "KEPT": 9})
    newest, oldest = ledger.chain("A99001")
    assert newest.delivery.delivery_id == "acme/g1/2"
    assert newest.rows == {}
    assert oldest.rows == {"raw": {"LANDED": 5, "KEPT": 3, "BAD_VALUE": 2}}


def test_an_account_replaces_the_earlier_one_of_its_practice_only(ledger: Ledger) -> None:
    ledger.record(delivery())
    ledger.record_account("acme/g1/1", "A", "", RAW, {"LANDED": 1, "NO_OWNER": 1})
    ledger.record_account("acme/g1/1", "A", "A99001", RAW, {"LANDED": 5, "KEPT": 4, "NO_KEY": 1})
    ledger.record_account("acme/g1/1", "A", "A99001", RAW, {"LANDED": 5, "KEPT": 5})
    assert ledger.account(RAW) == {
        ("acme/g1/1", "A", ""): {"LANDED": 1, "NO_OWNER": 1},
        ("acme/g1/1", "A", "A99001"): {"LANDED": 5, "KEPT": 5},
    }


def test_raw_balances_when_every_landed_row_has_one_reason(ledger: Ledger) -> None:
    ledger.record(delivery())
    ledger.record_accounts(
        "acme/g1/1",
        "A",
        RAW,
        {
            "": {"LANDED": 2, "NO_OWNER": 2},
            "A99001": {"LANDED": 5, "KEPT": 4, "BAD_VALUE": 1},
            "A99002": {"LANDED": 7, "C_NONE": 7},
        },
    )
    assert ledger.balance(RAW) == []
    ledger.record_account("acme/g1/1", "A", "A99002", RAW, {"LANDED": 7, "C_NONE": 6})
    assert ledger.balance(RAW) == [Imbalance(RAW, "acme/g1/1", "A", "A99002", 7, 6)]
    assert ledger.balance(RAW)[0].difference == 1


def test_rows_and_bytes_beyond_32_bits_are_counted(ledger: Ledger) -> None:
    ledger.record(delivery())
    many = {"LANDED": 2**31 + 1, "KEPT": 2**31, "NO_KEY": 1}
    ledger.record_account("acme/g1/1", "A", "A99001", RAW, many)
    assert ledger.account(RAW) == {("acme/g1/1", "A", "A99001"): many}
    assert ledger.balance(RAW) == []
    # SQLite would take any number: other databases by the declared type alone
    assert isinstance(account_table.c.rows.type, BigInteger)
    assert isinstance(delivery_table.c.size_bytes.type, BigInteger)
    assert isinstance(file_table.c.size_bytes.type, BigInteger)


def test_canonical_balances_against_what_raw_kept(ledger: Ledger) -> None:
    ledger.record(delivery())
    ledger.record_account("acme/g1/1", "A", "A99001", RAW, {"LANDED": 5, "KEPT": 4, "NO_KEY": 1})
    assert [each.difference for each in ledger.balance(CANONICAL)] == [4]
    ledger.record_account("acme/g1/1", "A", "A99001", CANONICAL, {"KEPT": 3, "NOT_MODELLED": 1})
    assert ledger.balance(CANONICAL) == []
    ledger.record_account("acme/g1/1", "B", "A99001", CANONICAL, {"KEPT": 1})
    assert ledger.balance(CANONICAL) == [Imbalance(CANONICAL, "acme/g1/1", "B", "A99001", 0, 1)]


def test_instants_are_kept_in_utc_without_a_zone() -> None:
    assert as_utc(datetime(2026, 7, 1, 12, tzinfo=UTC)) == datetime(2026, 7, 1, 12)
    summer = datetime.fromisoformat("2026-07-01T12:00:00+01:00")
    assert as_utc(summer) == datetime(2026, 7, 1, 11)
    assert as_utc(NOON) == NOON
