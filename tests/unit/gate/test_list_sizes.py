"""Each published list counts once on each day. Figures are worked out by hand from the rule."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.gate.facts import ListSize, Practice, Succession
from lds_assets.gate.list_sizes import CountedLists
from lds_assets.gate.state import RegisterState

OLD, NEW, OTHER, THIRD = "E83001", "E83002", "E83003", "E83004"
LISTED, ENDED = date(2026, 4, 1), date(2026, 7, 1)
BEFORE = ENDED - timedelta(days=1)
NEXT = date(2026, 10, 1)

Ends = tuple[str, str, str, date]


def _state(
    sizes: Mapping[str, Sequence[tuple[date, int]]],
    *ends: Ends,
    closed: Mapping[str, date] | None = None,
    status: Mapping[str, str] | None = None,
) -> RegisterState:
    state = RegisterState()
    for code in {OLD, NEW, OTHER, THIRD, *sizes}:
        last = (closed or {}).get(code)
        told = (status or {}).get(code, "CLOSED" if last else "ACTIVE")
        state.practices[code] = Practice(code, code, told, date(1974, 4, 1), last, "QMJ", "93C", "")
    for code, lists in sizes.items():
        state.list_sizes[code] = {str(on): ListSize(on, count, "NHSE") for on, count in lists}
    for number, (before, after, kind, on) in enumerate(ends):
        state.successions[str(number)] = Succession(before, after, kind, on, "ODS", "letter")
    return state


def _counts(state: RegisterState, day: date) -> dict[str, int]:
    lists = CountedLists(state, day)
    found = {code: lists.of(code) for code in sorted(state.practices)}
    return {code: each.registered_count for code, each in found.items() if each is not None}


BOTH = {OLD: [(LISTED, 4000)], NEW: [(LISTED, 8000)]}


@pytest.mark.parametrize("kind", ["MERGER", "TAKEOVER", "DISPERSAL"])
def test_a_predecessor_counts_until_the_day_and_its_successor_from_then(kind: str) -> None:
    state = _state(BOTH, (OLD, NEW, kind, ENDED))
    assert _counts(state, BEFORE) == {OLD: 4000, NEW: 8000}
    assert _counts(state, ENDED) == {NEW: 12000}


def test_what_is_carried_is_told_with_its_list_and_where_it_came_from() -> None:
    found = CountedLists(_state(BOTH, (OLD, NEW, "MERGER", ENDED)), ENDED).of(NEW)
    assert found is not None
    assert (found.registered_count, found.carried_count) == (12000, 4000)
    assert found.told == "2026-04-01 (NHSE); 4,000 of 2026-04-01 carried from E83001"


@pytest.mark.parametrize(
    ("published", "count"),
    [
        (ENDED - timedelta(days=1), 8500 + 4000),  # the successor's own patients alone
        (ENDED, 8500),  # the first day of both: who merged is on it
        (ENDED + timedelta(days=1), 8500),
    ],
)
def test_a_list_dated_since_the_merger_counts_alone(published: date, count: int) -> None:
    sizes = {**BOTH, NEW: [(LISTED, 8000), (published, 8500)]}
    assert _counts(_state(sizes, (OLD, NEW, "MERGER", ENDED)), NEXT) == {NEW: count}


def test_a_list_that_is_published_later_does_not_count_on_the_days_before_it() -> None:
    sizes = {**BOTH, NEW: [(LISTED, 8000), (NEXT, 11900)]}
    state = _state(sizes, (OLD, NEW, "MERGER", ENDED))
    assert _counts(state, NEXT - timedelta(days=1)) == {NEW: 12000}
    assert _counts(state, NEXT) == {NEW: 11900}


def test_a_list_of_a_practice_that_ended_is_nobody_s() -> None:
    sizes = {**BOTH, OLD: [(LISTED, 4000), (NEXT, 300)]}
    assert _counts(_state(sizes, (OLD, NEW, "MERGER", ENDED)), NEXT) == {NEW: 12000}


def test_a_new_code_has_the_list_of_the_old_one() -> None:
    state = _state({OLD: [(LISTED, 4000)]}, (OLD, NEW, "RECODE", ENDED))
    assert _counts(state, BEFORE) == {OLD: 4000}
    assert _counts(state, ENDED) == {NEW: 4000}


@pytest.mark.parametrize(("own", "count"), [(LISTED, 4100), (date(2026, 1, 1), 4000)])
def test_a_recoded_practice_has_one_list_the_newer_of_both(own: date, count: int) -> None:
    sizes = {OLD: [(LISTED, 4000)], NEW: [(own, 4100)]}
    assert _counts(_state(sizes, (OLD, NEW, "RECODE", ENDED)), ENDED) == {NEW: count}


def test_a_dispersed_list_is_shared_out_evenly_and_adds_up() -> None:
    sizes = {OLD: [(LISTED, 100)], NEW: [(LISTED, 8000)], OTHER: [(LISTED, 5000)]}
    ends = [(OLD, each, "DISPERSAL", ENDED) for each in (NEW, OTHER, THIRD)]
    # 100 is 34 + 33 + 33, in the order of the codes; the third has no list of its own
    assert _counts(_state(sizes, *ends), ENDED) == {NEW: 8034, OTHER: 5033, THIRD: 33}
    sizes[OTHER] = [(LISTED, 5000), (NEXT, 5040)]
    assert _counts(_state(sizes, *ends), NEXT) == {NEW: 8034, OTHER: 5040, THIRD: 33}


def test_a_dispersal_in_two_steps_leaves_the_rest_where_it_is_in_between() -> None:
    sizes = {OLD: [(LISTED, 100)], NEW: [(LISTED, 8000)], OTHER: [(LISTED, 5000)]}
    ends = [(OLD, NEW, "DISPERSAL", ENDED), (OLD, OTHER, "DISPERSAL", NEXT)]
    state = _state(sizes, *ends)
    assert _counts(state, ENDED) == {OLD: 50, NEW: 8050, OTHER: 5000}
    assert _counts(state, NEXT) == {NEW: 8050, OTHER: 5050}


def test_a_split_leaves_all_lists_as_before_until_each_has_a_newer_one() -> None:
    ends = (OLD, NEW, "SPLIT", ENDED)
    sizes = {OLD: [(LISTED, 4000)], NEW: [(NEXT, 1500)]}
    # the 1,500 are still on the list of 4,000
    assert _counts(_state(sizes, ends), NEXT) == {OLD: 4000}
    told = CountedLists(_state(sizes, ends), NEXT).of(OLD)
    assert told is not None
    assert told.told == "2026-04-01 (NHSE); lists since the split wait for E83001"
    sizes[OLD] = [(LISTED, 4000), (NEXT, 2600)]
    assert _counts(_state(sizes, ends), NEXT) == {OLD: 2600, NEW: 1500}
    sizes[NEW] = []
    # nor does its own newer list count before the part it lost does
    assert _counts(_state(sizes, ends), NEXT) == {OLD: 4000}


def test_a_split_into_a_practice_the_register_does_not_know_waits_for_nothing() -> None:
    sizes = {OLD: [(LISTED, 4000), (NEXT, 2600)]}
    assert _counts(_state(sizes, (OLD, "H81001", "SPLIT", ENDED)), NEXT) == {OLD: 2600}


def test_a_split_that_ends_the_practice_is_a_dispersal() -> None:
    sizes = {OLD: [(LISTED, 101)], NEW: [(LISTED, 8000)]}
    ends = [(OLD, each, "SPLIT", ENDED) for each in (NEW, OTHER)]
    state = _state(sizes, *ends, closed={OLD: ENDED})
    assert _counts(state, BEFORE) == {OLD: 101, NEW: 8000}
    assert _counts(state, ENDED) == {NEW: 8051, OTHER: 50}


def test_a_part_of_a_split_that_merges_hands_its_place_on() -> None:
    sizes = {OLD: [(LISTED, 4000)], NEW: [(LISTED, 500)], OTHER: [(LISTED, 7000)]}
    ends = [(OLD, NEW, "SPLIT", ENDED), (NEW, OTHER, "MERGER", date(2026, 8, 1))]
    sizes[OTHER] = [(LISTED, 7000), (NEXT, 9000)]
    # the 9,000 have patients who are still on the list of 4,000
    assert _counts(_state(sizes, *ends), NEXT) == {OLD: 4000, OTHER: 7500}
    sizes[OLD] = [(LISTED, 4000), (NEXT, 2500)]
    assert _counts(_state(sizes, *ends), NEXT) == {OLD: 2500, OTHER: 9000}


def test_what_was_carried_moves_on_with_the_next_merger() -> None:
    sizes = {OLD: [(LISTED, 4000)], NEW: [(LISTED, 8000)], OTHER: [(LISTED, 1000)]}
    ends = [(OLD, NEW, "MERGER", ENDED), (NEW, OTHER, "MERGER", NEXT)]
    assert _counts(_state(sizes, *ends), NEXT) == {OTHER: 13000}
    # told in the other order: who merged away before passes on what comes to it later
    late = [(NEW, OTHER, "MERGER", ENDED), (OLD, NEW, "MERGER", NEXT)]
    assert _counts(_state(sizes, *late), ENDED) == {OLD: 4000, OTHER: 9000}
    assert _counts(_state(sizes, *late), NEXT) == {OTHER: 13000}


def test_a_closed_practice_without_successor_counts_until_its_day() -> None:
    state = _state(BOTH, closed={OLD: ENDED})
    assert _counts(state, BEFORE) == {OLD: 4000, NEW: 8000}
    assert _counts(state, ENDED) == {NEW: 8000}


@pytest.mark.parametrize("closed", [date(2026, 6, 11), date(2026, 7, 11)])
def test_the_day_of_the_merger_counts_not_that_of_the_closing(closed: date) -> None:
    state = _state(BOTH, (OLD, NEW, "MERGER", ENDED), closed={OLD: closed})
    assert _counts(state, BEFORE) == {OLD: 4000, NEW: 8000}
    assert _counts(state, ENDED) == {NEW: 12000}


def test_a_practice_is_counted_while_open_or_while_its_list_is_there() -> None:
    state = _state(
        {THIRD: [(LISTED, 6347)], "E83005": []},
        (OLD, NEW, "MERGER", ENDED),
        closed={OTHER: ENDED},
        status={THIRD: "DORMANT", "E83005": "DORMANT"},
    )
    before, after = CountedLists(state, BEFORE), CountedLists(state, ENDED)
    told = [(code, before.is_counted(code), after.is_counted(code)) for code in state.practices]
    assert sorted(told) == [
        (OLD, True, False),  # merged
        (NEW, True, True),
        (OTHER, True, False),  # closed
        (THIRD, True, True),  # dormant, and yet a list is published
        ("E83005", False, False),  # dormant
    ]


CODES = [f"E8400{n}" for n in range(6)]
KINDS = st.sampled_from(["MERGER", "TAKEOVER", "DISPERSAL", "SPLIT"])
#: from an earlier code to a later one, so that no succession runs in a circle
WAYS = st.tuples(st.integers(0, 4), st.integers(1, 5)).map(sorted).filter(lambda e: e[0] < e[1])
ENDINGS = st.lists(st.tuples(WAYS, KINDS, st.dates(LISTED + timedelta(days=1), NEXT)), max_size=6)


@given(ENDINGS, st.dates(LISTED, NEXT + timedelta(days=30)))
def test_no_succession_loses_or_doubles_a_list(
    told: list[tuple[list[int], str, date]], day: date
) -> None:
    ways = {tuple(way): (way, kind, on) for way, kind, on in told}
    ends = [(CODES[way[0]], CODES[way[1]], kind, on) for way, kind, on in ways.values()]
    state = _state({code: [(LISTED, 1001 + n)] for n, code in enumerate(CODES)}, *ends)
    assert sum(_counts(state, day).values()) == sum(range(1001, 1007))
