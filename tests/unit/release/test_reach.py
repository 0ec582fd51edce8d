"""Whose records a release may show: by their own gate, or by a consent that covers them."""

from datetime import date

import pytest

from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.moves import Covered, covered
from lds_assets.release.reach import Pair, Reach, _reach
from tests.unit.gate.moving import LATER, TPP_CONSENT, moving
from tests.unit.gate.world import CONSENT, World

ONE, TWO = "E83003", "G83001"
NAMES = {"emis": "EMIS", "tpp": "TPP"}
MOVED = date(2025, 6, 20)
FORMER = Covered(ONE, "EMIS", "EARLIER_SUPPLIER", MOVED)


def test_own_records_are_shown_and_nothing_else_of_the_practice() -> None:
    found = _reach({("emis", ONE), ("tpp", ONE)}, {("tpp", ONE)}, {}, NAMES)
    assert found == Reach((ONE,), frozenset({(ONE, "EMIS")}))


def test_without_an_open_gate_nothing_is_read() -> None:
    assert _reach({("emis", ONE)}, set(), {}, NAMES) == Reach(())


def test_covered_records_stand_in_until_the_new_ones_are_compared() -> None:
    covers = {("tpp", ONE): [("emis", FORMER)]}
    loaded = {("emis", ONE), ("tpp", ONE)}
    before = _reach(loaded, set(), covers, NAMES)
    assert before == Reach((ONE,), frozenset({(ONE, "TPP")}), frozenset({(ONE, "EMIS")}))
    after = _reach(loaded, {("tpp", ONE)}, covers, NAMES)
    pair = Pair((ONE, "EMIS"), (ONE, "TPP"), MOVED)
    assert after == Reach((ONE,), frozenset(), frozenset({(ONE, "EMIS")}), (pair,))


def test_a_predecessor_is_read_under_its_own_code() -> None:
    former = Covered(TWO, "EMIS", "PREDECESSOR", MOVED)
    loaded = {("emis", ONE), ("emis", TWO)}
    found = _reach(loaded, {("emis", ONE)}, {("emis", ONE): [("emis", former)]}, NAMES)
    assert found.publishers == (ONE, TWO)
    assert found.pairs == (Pair((TWO, "EMIS"), (ONE, "EMIS"), MOVED),)
    assert found.pairs[0].is_merger


def test_what_is_covered_and_was_never_loaded_opens_nothing() -> None:
    found = _reach({("tpp", ONE)}, {("tpp", ONE)}, {("tpp", ONE): [("emis", FORMER)]}, NAMES)
    assert found == Reach((ONE,))


def _moved() -> World:
    return (
        moving(TPP_CONSENT)
        .change(
            "practice_consent.csv",
            state="VOID_SUPPLIER_CHANGE",
            state_from="2025-06-20",
            void_reason="moved",
        )
        .change("practice_system.csv", ended_on="2025-06-20")
        .add("practice_system.csv", practice_code=ONE, supplier_code="TPP", go_live_on="2025-06-20")
    )


def _cover(world: World, kind: str, code: str, since: str = "2025-06-22") -> World:
    return world.add("consent_cover.csv", consent_id="C-2", kind=kind, code=code, valid_from=since)


def test_a_former_supplier_is_covered_from_the_day_the_consent_says_so() -> None:
    state = _cover(_moved(), "EARLIER_SUPPLIER", "EMIS").state()
    assert covered(state, ONE, "TPP", date(2025, 6, 21)) == []
    assert covered(state, ONE, "TPP", date(2025, 6, 22)) == [FORMER]
    # another consent of the practice says nothing of the kind
    assert covered(state, ONE, "EMIS", date(2025, 6, 22)) == []


def test_it_is_covered_no_longer_than_the_consent_is_in_force() -> None:
    state = _cover(_moved(), "EARLIER_SUPPLIER", "EMIS").state()
    assert covered(state, ONE, "TPP", date(2026, 6, 19)) == [FORMER]
    assert covered(state, ONE, "TPP", date(2026, 6, 20)) == []


def _merged(**consent: str) -> World:
    given = {**CONSENT, "consent_id": "C-3", "practice_code": TWO, **consent}
    return (
        moving(TPP_CONSENT)
        .add("practice_consent.csv", **given)
        .add(
            "practice_succession.csv",
            predecessor=TWO,
            successor=ONE,
            kind="MERGER",
            effective_on="2025-06-20",
            source="ODS",
            evidence_ref="x",
        )
    )


WITHDRAWN = {
    "state": "WITHDRAWN",
    "effective_to": "2025-06-01",
    "notice_ref": "n",
    "retention_instruction": "STOP_ONLY",
}


@pytest.mark.parametrize(
    ("consent", "is_covered"), [({}, True), (WITHDRAWN, False), ({"state": "REQUESTED"}, False)]
)
def test_a_successor_cannot_bring_back_what_the_practice_withdrew(
    consent: dict[str, str], is_covered: bool
) -> None:
    state = _cover(_merged(**consent), "PREDECESSOR", TWO).state()
    assert bool(covered(state, ONE, "TPP", LATER)) is is_covered


@pytest.mark.parametrize(
    ("events", "is_covered"),
    [
        (("purge_opened",), False),
        (("hold_placed",), False),
        (("hold_placed", "hold_released"), True),
    ],
)
def test_what_is_held_or_purged_stays_out(events: tuple[str, ...], is_covered: bool) -> None:
    world = _cover(_merged(), "PREDECESSOR", TWO)
    for name in events:
        world = world.then(
            NewEvent("practice", TWO, name, day_start(MOVED), "officer", "IG_OFFICER")
        )
    assert bool(covered(world.state(), ONE, "TPP", LATER)) is is_covered


def test_a_predecessor_needs_the_succession_on_record() -> None:
    world = _cover(_merged().drop("practice_succession.csv"), "PREDECESSOR", TWO)
    assert covered(world.state(), ONE, "TPP", LATER) == []
    # and before its day there is none
    state = _cover(_merged(), "PREDECESSOR", TWO, "2025-06-01").state()
    assert covered(state, ONE, "TPP", date(2025, 6, 19)) == []
