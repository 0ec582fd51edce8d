"""The chain judges by extract time, whatever the order of arrival."""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lds_assets.landing.chain import Rules, is_undecided, settle
from lds_assets.landing.states import Delivery, DeliveryFile, Fate, State

START = datetime(2026, 11, 1)
WINDOWED = Rules(has_manifest=True)


def delivery(start: int | None, end: int, state: State = State.SEEN) -> Delivery:
    """Return a delivery of the window from one day (None: full) to another."""
    return Delivery(
        delivery_id=f"bolt/g1/{end:02}/{start}",
        supplier="bolt",
        group_id="g1",
        folder="",
        kind="full" if start is None else "delta",
        extracted_at=START + timedelta(days=end),
        window_from=None if start is None else START + timedelta(days=start),
        window_to=START + timedelta(days=end),
        state=state,
        content_hash=f"{start} {end}",
    )


def files(group: list[Delivery]) -> dict[str, list[DeliveryFile]]:
    return {
        each.delivery_id: [
            DeliveryFile(
                each.delivery_id,
                "A.csv",
                "A",
                each.kind,
                1,
                1,
                window_from=each.window_from,
                window_to=each.window_to,
            )
        ]
        for each in group
    }


def arrive(group: list[Delivery], arrivals: list[list[int]]) -> dict[str, str]:
    """Let deliveries arrive in parts, each part judged; return the last states."""
    known: dict[str, Delivery] = {}
    for part in arrivals:
        known |= {group[place].delivery_id: group[place] for place in part}
        for identity, told in settle(list(known.values()), files(group), WINDOWED).fates.items():
            known[identity] = known[identity].moved(told)
    return {identity: f"{each.state} {each.reason}" for identity, each in known.items()}


WINDOWS = st.lists(
    st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=7, unique=True
).map(lambda ends: [delivery(None if full else max(0, e - 1), e) for e, full in ends])


@given(WINDOWS, st.data())
def test_the_order_of_arrival_does_not_matter(group: list[Delivery], data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(group))))
    cut = data.draw(st.integers(0, len(group)))
    at_once = arrive(group, [list(range(len(group)))])
    assert arrive(group, [order[:cut], order[cut:]]) == at_once
    assert arrive(group, [[place] for place in order]) == at_once


def test_a_chain_is_accepted_up_to_its_gap_and_from_the_next_full() -> None:
    group = [delivery(None, 1), delivery(1, 2), delivery(3, 4), delivery(None, 5), delivery(5, 6)]
    fates = settle(group, files(group), WINDOWED).fates
    assert [fates[each.delivery_id].reason for each in group] == ["", "", "DATE_GAP", "", ""]


def test_what_is_loaded_is_never_judged_again() -> None:
    loaded = replace(delivery(3, 4), state=State.LOADED)
    assert not is_undecided(loaded)
    assert settle([delivery(None, 1), loaded], files([loaded]), WINDOWED).fates == {
        "bolt/g1/01/None": Fate(
            State.VALIDATED,
            "OUT_OF_ORDER",
            "extracted before 2026-11-05 00:00 UTC, already loaded",
            "nothing; newer versions of a record win",
        )
    }


def test_a_delivery_opened_again_for_a_practice_counts_as_loaded() -> None:
    again = replace(delivery(None, 3), state=State.VALIDATED, reason="REOPENED")
    assert not is_undecided(again)
    group = [again, delivery(3, 4), delivery(None, 1)]
    fates = settle(group, files(group), WINDOWED).fates
    assert fates["bolt/g1/04/3"].state is State.VALIDATED
    assert fates["bolt/g1/01/None"].reason == "OUT_OF_ORDER"
