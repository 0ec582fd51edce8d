"""Board, sub-ICB location and network of a practice on each day. Days are worked out by hand."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.gate.events import NewEvent
from lds_assets.gate.practices import column_dates, column_sources, dated
from lds_assets.gate.relationships import Tie, ties, ties_on
from lds_assets.gate.state import RegisterState
from tests.unit.gate.world import NOW, PRACTICE, SEEDS, World

CODE = "E83003"
#: The list is of this day; nothing is told of the days before.
LISTED = date(2024, 3, 31)
BLANK = {
    **dict.fromkeys(("name", "icb_code", "icb_name", "sub_icb_code", "pcn_code", "pcn_name"), ""),
    **dict.fromkeys(("supplier", "list_size", "postcode", "open_date", "close_date"), ""),
}


def _list(as_at: str = "2024-03-31", source: str = "QOF", **cells: str) -> dict[str, str]:
    """Return a row of a practice list as it is recorded."""
    row = {**BLANK, **PRACTICE, "sub_icb_code": "", **cells}
    columns = ("sub_icb_code", "pcn_code")
    return dated(row, dict.fromkeys(columns, as_at), dict.fromkeys(columns, source))


def _told(*lists: Mapping[str, str], world: World | None = None) -> RegisterState:
    """Return the register after lists were recorded one after the other, beside a world."""
    planned = [
        NewEvent(
            entity_type="practice",
            entity_id=CODE,
            event_type="recorded",
            effective_at=NOW,
            actor="import",
            actor_role="SYSTEM",
            payload={"source": "list", "row": dict(row)},
        )
        for row in lists
    ]
    return (world or World()).then(*planned).state()


def _spans(state: RegisterState, kind: str) -> list[tuple[str, str, str]]:
    """Return target, first day and first day no longer."""
    return [
        (each.target_code, str(each.valid_from), str(each.valid_to or ""))
        for each in ties(state, CODE)
        if each.kind == kind
    ]


def _reviewed(*rows: tuple[str, str, str, str]) -> World:
    world = World()
    for kind, target, begins, ends in rows:
        world = world.add(
            "practice_relationship.csv",
            practice_code=CODE,
            target_code=target,
            kind=kind,
            valid_from=begins,
            valid_to=ends,
            source="ODS",
        )
    return world


def test_what_a_list_tells_without_a_day_holds_from_the_day_of_the_list() -> None:
    state = _told(_list(pcn_code="U1"))
    assert _spans(state, "PCN") == [("U1", "2024-03-31", "")]
    assert [e.kind for e in ties_on(state, CODE, LISTED - timedelta(days=1))] == ["ICB"]
    (own,) = [each for each in ties_on(state, CODE, LISTED) if each.kind == "PCN"]
    assert own == Tie(CODE, "PCN", "U1", LISTED, None, "QOF")


def test_a_day_that_the_list_tells_counts_and_its_last_day_is_the_last() -> None:
    row = _list(sub_icb_code="93C", sub_icb_from="2020-04-01", sub_icb_to="2022-12-31")
    assert _spans(_told(row), "SUB_ICB") == [("93C", "2020-04-01", "2023-01-01")]


def test_a_later_list_says_until_when_the_former_one_was_right() -> None:
    lists = [_list(pcn_code="U1"), _list("2025-03-31", pcn_code="U2")]
    spans = [("U1", "2024-03-31", "2025-03-31"), ("U2", "2025-03-31", "")]
    assert _spans(_told(*lists), "PCN") == spans
    # whichever was recorded first
    assert _spans(_told(*reversed(lists)), "PCN") == spans
    # the same again is one tie, and in no network is none
    again = _told(*lists, _list("2026-03-31", pcn_code="U2"))
    assert _spans(again, "PCN") == spans
    left = _told(*lists, _list("2026-03-31"))
    assert _spans(left, "PCN") == [spans[0], ("U2", "2025-03-31", "2026-03-31")]


def test_of_one_day_the_correction_counts() -> None:
    state = _told(_list(pcn_code="U1"), _list(pcn_code="U2"))
    assert _spans(state, "PCN") == [("U2", "2024-03-31", "")]


def test_a_later_list_that_tells_the_day_takes_the_place_of_the_former() -> None:
    lists = [_list(pcn_code="U1"), _list("2025-03-31", pcn_code="U2", pcn_from="2023-07-01")]
    for told in (lists, lists[::-1]):
        assert _spans(_told(*told), "PCN") == [("U2", "2023-07-01", "")]


def test_a_list_without_a_day_holds_from_the_day_it_was_recorded() -> None:
    assert _spans(_told(_list("", pcn_code="U1")), "PCN") == [("U1", "2025-01-20", "")]
    # a row of an earlier version of the register, and then the same with its day
    old = {**BLANK, **PRACTICE, "pcn_code": "U1"}
    assert _spans(_told(old), "PCN") == [("U1", "2025-01-20", "")]
    assert _spans(_told(old, _list(pcn_code="U1")), "PCN") == [("U1", "2024-03-31", "")]


@pytest.mark.parametrize("kind", ["PCN", "SUB_ICB"])
def test_a_reviewed_tie_follows_the_list_without_gap_or_double(kind: str) -> None:
    """As boards in fixture 34: the day before, the old one; on the day, the new one."""
    world = _reviewed((kind, "X2", "2026-04-01", ""))
    state = _told(_list(pcn_code="X1", sub_icb_code="X1"), world=world)
    assert _spans(state, kind) == [("X1", "2024-03-31", "2026-04-01"), ("X2", "2026-04-01", "")]
    found = {
        day: [each.target_code for each in ties_on(state, CODE, day) if each.kind == kind]
        for day in (date(2026, 3, 31), date(2026, 4, 1))
    }
    assert list(found.values()) == [["X1"], ["X2"]]


def test_a_list_is_silent_once_a_reviewed_row_has_spoken() -> None:
    ended = _reviewed(("PCN", "U9", "2024-01-01", "2025-01-01"))
    assert _spans(_told(_list(pcn_code="U1"), world=ended), "PCN") == [
        ("U9", "2024-01-01", "2025-01-01")
    ]


def test_a_reviewed_board_follows_that_of_the_list() -> None:
    south = {"icb_code": "QKK", "icb_name": "South East", "valid_from": "2022-07-01"}
    world = _reviewed(("ICB", "QKK", "2026-04-01", "")).add("icb.csv", **south)
    state = _told(_list(), world=world)
    assert _spans(state, "ICB") == [("QMJ", "2022-07-01", "2026-04-01"), ("QKK", "2026-04-01", "")]
    assert state.board_on(CODE, date(2026, 3, 31)) == "QMJ"


STEPS = st.tuples(
    st.sampled_from(["", "U1", "U2", "U3"]),
    st.sampled_from(["", "2024-03-31", "2024-09-30", "2025-03-31"]),
    st.sampled_from(["", "2023-07-01", "2024-06-01"]),
)


@given(st.lists(STEPS, max_size=5), st.sampled_from(["", "2023-01-01", "2024-05-01"]))
def test_no_two_ties_of_a_kind_share_a_day(told: list[tuple[str, str, str]], own: str) -> None:
    lists = [_list(as_at, pcn_code=code, pcn_from=begins) for code, as_at, begins in told]
    state = _told(*lists, world=_reviewed(("PCN", "U9", own, "")) if own else None)
    found = [each for each in ties(state, CODE) if each.kind == "PCN"]
    assert all(each.valid_to is None or each.valid_from < each.valid_to for each in found)
    for one, other in pairwise(found):
        assert one.valid_to is not None
        assert one.valid_to <= other.valid_from


def test_london_s_practices_have_ties_from_the_day_that_is_known() -> None:
    folder = SEEDS / "organisation"
    days, sources = column_dates(folder), column_sources(folder)
    with (folder / "london_practices.csv").open(encoding="utf-8", newline="") as handle:
        rows = [dated(row, days, sources) for row in csv.DictReader(handle)]
    (row,) = [each for each in rows if each["practice_code"] == CODE]
    state = _told(row)
    ods, qof = "Organisation Data Service epraccur", "QOF 2023-24 organisation reference"
    assert [replace(e, practice_code="") for e in ties(state, CODE) if e.kind != "ICB"] == [
        Tie("", "PCN", "U33392", LISTED, None, qof),
        Tie("", "SUB_ICB", "93C", date(2020, 4, 1), None, ods),
    ]
    # of two that opened after the file of the directory only the day of the other list is known
    new = [row for row in rows if row["sub_icb_code"] and not row["sub_icb_from"]]
    assert [row["practice_code"] for row in new] == ["Y08371", "Y08411"]
    assert {row["sub_icb_code_source"] for row in new} == {qof}
