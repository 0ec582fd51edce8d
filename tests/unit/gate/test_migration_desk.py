"""The desk of migrations: what the register knows goes into each step, and rules follow."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.gate.migration import State
from lds_assets.gate.moves import changes, move_on, unreconciled_move
from lds_assets.gate.policy import Question, decide
from lds_assets.gate.system_moves import system_moves
from tests.unit.gate.moving import (
    DAY,
    LATER,
    LEAD,
    LIAISON,
    OFFICER,
    PLANNED_ON,
    TPP_CONSENT,
    desk_on,
    moving,
    register_of,
)
from tests.unit.gate.world import BOOK, World, live_variation, reconciled

SHA = "b" * 64


def _reasons(world_state: object, stage: str, supplier: str, day: date) -> tuple[str, ...]:
    question = Question(
        stage,
        "E83003",
        supplier,
        f"IM1-BULK-{supplier}",
        "LDS-PRIMARY-CARE",
        day,
        registered_count=100,
    )
    return decide(question, world_state, BOOK).reasons  # type: ignore[arg-type]  # a state


def test_a_move_between_live_suppliers_runs_to_its_close(tmp_path: Path, database: str) -> None:
    register = register_of(moving(TPP_CONSENT), tmp_path, database)
    desk = desk_on(register, DAY)
    name = desk.plan("E83003", "TPP", PLANNED_ON, LIAISON)
    # consent to the new supplier is signed already
    assert desk.migration(name).state is State.DUAL

    desk = desk_on(register, LATER)
    desk.cut_over(name, PLANNED_ON, LIAISON, supplier_org_id="E83003")
    state = register.state()
    assert desk.migration(name).state is State.CUT_OVER
    old = state.consents["E83003"]["C-1"]
    assert old.state_on(date(2025, 6, 19)) == "EFFECTIVE"
    assert old.state_on(PLANNED_ON) == "VOID_SUPPLIER_CHANGE"
    before, after = (state.system_on("E83003", day) for day in (DAY, PLANNED_ON))
    assert before is not None
    assert after is not None
    assert (before.supplier_code, after.supplier_code) == ("EMIS", "TPP")
    assert after.supplier_org_id == "E83003"

    desk.reconcile(name, SHA, [], LEAD)
    assert desk.migration(name).state is State.RECONCILED
    desk.close(name, OFFICER)
    assert desk.migration(name).state is State.CLOSED


def test_the_new_records_land_and_are_not_published_before_they_are_compared(
    tmp_path: Path,
    database: str,
) -> None:
    world = moving(TPP_CONSENT).add(
        "list_size.csv",
        practice_code="E83003",
        as_at="2025-01-01",
        registered_count="100",
        source="published",
    )
    register = register_of(world, tmp_path, database)
    desk = desk_on(register, LATER)
    name = desk.plan("E83003", "TPP", PLANNED_ON, LIAISON)
    desk.cut_over(name, PLANNED_ON, LIAISON)
    # the old feed is denied by system and by consent, on the same day
    assert _reasons(register.state(), "LAND", "EMIS", LATER) == ("V_SYSTEM_MISMATCH", "C_VOID")
    assert _reasons(register.state(), "LAND", "TPP", LATER) == ()
    both = ("D_NOT_RECONCILED", "D_MIGRATING")
    assert _reasons(register.state(), "PUBLISH", "TPP", LATER) == both
    register.record([reconciled(LATER, supplier="TPP")])
    assert _reasons(register.state(), "PUBLISH", "TPP", LATER) == ("D_MIGRATING",)
    # the migration says so itself, whatever became of the old consent
    without = register.state()
    del without.consents["E83003"]["C-1"]
    assert unreconciled_move(without, "E83003", "TPP", LATER) == name
    register.refresh()
    desk.reconcile(name, SHA, [], LEAD)
    assert _reasons(register.state(), "PUBLISH", "TPP", LATER) == ()
    desk.close(name, OFFICER)
    assert _reasons(register.state(), "PUBLISH", "TPP", LATER) == ()


def test_a_move_nobody_planned_is_not_published_either() -> None:
    world = (
        moving(TPP_CONSENT)
        .change(
            "practice_consent.csv",
            state="VOID_SUPPLIER_CHANGE",
            state_from="2025-06-20",
            void_reason="moved",
        )
        .change("practice_system.csv", ended_on="2025-06-20")
        .add(
            "practice_system.csv",
            practice_code="E83003",
            supplier_code="TPP",
            go_live_on="2025-06-20",
        )
    )
    assert "D_MIGRATING" in _reasons(world.state(), "PUBLISH", "TPP", LATER)
    assert "D_MIGRATING" not in _reasons(World().state(), "PUBLISH", "EMIS", DAY)


def test_a_system_that_is_not_live_blocks_and_ends_the_coverage(
    tmp_path: Path, database: str
) -> None:
    register = register_of(moving(), tmp_path, database)
    desk = desk_on(register, DAY)
    name = desk.plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    assert desk.migration(name).state is State.BLOCKED_NOT_LIVE
    assert desk.migration(name).coverage_ends_on == PLANNED_ON

    desk = desk_on(register, LATER)
    moved_on = date(2025, 6, 23)
    desk.cut_over(name, moved_on, LIAISON)
    told = desk.migration(name)
    assert (told.state, told.coverage_ends_on) == (State.BLOCKED_NOT_LIVE, moved_on)
    assert _reasons(register.state(), "LAND", "EMIS", LATER) == ("V_SYSTEM_MISMATCH", "C_VOID")
    assert [e.migration_id for e in desk.migrations("MEDICUS")] == [name]
    assert desk.migrations("TPP") == []
    change = changes(register.state(), LATER)[0]
    assert (change.kind, change.to_supplier, change.coverage_ends_on, change.ends_practice) == (
        "MIGRATION",
        "MEDICUS",
        moved_on,
        False,
    )
    with pytest.raises(Refused, match="S15-13"):
        desk.cut_over(name, LATER, LIAISON)
    with pytest.raises(Refused, match="S15-18"):
        desk.close(name, OFFICER)


def test_a_move_is_told_as_it_stood_on_the_day_asked_about(tmp_path: Path, database: str) -> None:
    register = register_of(moving(), tmp_path, database)
    name = desk_on(register, DAY).plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    desk_on(register, LATER).close(name, OFFICER)
    state = register.state()
    told = {day: move_on(state, "E83003", day) for day in (date(2025, 6, 15), DAY, LATER)}
    assert [each.told if each else "" for each in told.values()] == [
        "",
        "move to MEDICUS BLOCKED_NOT_LIVE, coverage ends 2025-06-20",
        "",
    ]
    assert move_on(state, "G83001", DAY) is None


def test_when_the_system_becomes_live_the_move_goes_on_by_rule(
    tmp_path: Path, database: str
) -> None:
    register = register_of(moving(), tmp_path, database)
    desk = desk_on(register, LATER)
    name = desk.plan("E83003", "MEDICUS", PLANNED_ON, LIAISON)
    desk.cut_over(name, PLANNED_ON, LIAISON)
    state = register.state()
    state.variations["V"] = live_variation("V", "MEDICUS", LATER)
    step = desk._next(desk.migration(name))
    assert step is not None
    assert step[0] is State.NEW_CONSENT_PENDING
    pending = replace(desk.migration(name), state=State.NEW_CONSENT_PENDING)
    again = desk._next(pending)
    # it has moved already, so it stands at the cut-over, its consent still to be asked for
    assert again == (State.CUT_OVER, {"actual_on": PLANNED_ON.isoformat()})


def test_a_plan_that_came_to_nothing_is_called_off(tmp_path: Path, database: str) -> None:
    register = register_of(moving(), tmp_path, database)
    desk = desk_on(register, DAY)
    name = desk.plan("E83003", "TPP", PLANNED_ON, LIAISON)
    desk.close(name, OFFICER)
    assert changes(register.state(), DAY) == []
    assert _reasons(register.state(), "LAND", "EMIS", DAY) == ()
    again = desk.plan("E83003", "TPP", date(2025, 9, 1), LIAISON)
    assert desk.migration(again).state is State.NEW_CONSENT_PENDING


@pytest.mark.parametrize(
    ("practice", "target", "code"),
    [("E83999", "TPP", "P_UNKNOWN"), ("E83003", "PEAR", "V_SUPPLIER_UNKNOWN")],
)
def test_what_the_register_does_not_know_is_not_planned(
    tmp_path: Path, database: str, practice: str, target: str, code: str
) -> None:
    desk = desk_on(register_of(moving(), tmp_path, database), DAY)
    with pytest.raises(Refused) as fault:
        desk.plan(practice, target, PLANNED_ON, LIAISON)
    assert fault.value.code == code


def test_a_consent_covers_what_its_practice_left_and_nothing_else(
    tmp_path: Path, database: str
) -> None:
    world = moving(TPP_CONSENT).add(
        "practice_succession.csv",
        predecessor="G83001",
        successor="E83003",
        kind="MERGER",
        effective_on="2025-06-20",
        source="LOCAL_EVIDENCE",
        evidence_ref="letter",
    )
    register = register_of(world, tmp_path, database)
    desk = desk_on(register, LATER)
    desk.cover("C-2", "EARLIER_SUPPLIER", "EMIS", OFFICER)
    desk.cover("C-2", "PREDECESSOR", "G83001", OFFICER)
    held = register.state().covers["C-2"].values()
    assert sorted((each.code, each.holds_on(LATER), each.holds_on(DAY)) for each in held) == [
        ("EMIS", True, False),
        ("G83001", True, False),
    ]
    for kind, code, rule in (
        ("EARLIER_SUPPLIER", "MEDICUS", "C-16"),
        ("EARLIER_SUPPLIER", "TPP", "C-16"),
        ("PREDECESSOR", "E83003", "C-17"),
    ):
        with pytest.raises(Refused, match=rule):
            desk.cover("C-2", kind, code, OFFICER)
    with pytest.raises(Refused, match="C-15"):
        desk.cover("C-9", "EARLIER_SUPPLIER", "EMIS", OFFICER)
    with pytest.raises(Refused, match="S15-11"):
        desk.cover("C-2", "EARLIER_SUPPLIER", "EMIS", replace(OFFICER, evidence_ref=""))


@pytest.mark.parametrize(
    ("kind", "day", "is_closed"),
    [
        ("MERGER", date(2025, 6, 19), False),
        ("MERGER", date(2025, 6, 20), True),
        ("SPLIT", date(2025, 6, 20), False),
    ],
)
def test_a_merger_told_by_local_evidence_ends_the_consent(
    kind: str, day: date, is_closed: bool
) -> None:
    world = World().add(
        "practice_succession.csv",
        predecessor="E83003",
        successor="G83001",
        kind=kind,
        effective_on="2025-06-20",
        source="LOCAL_EVIDENCE",
        evidence_ref="letter",
    )
    assert ("P_CLOSED" in world.decide(day).reasons) is is_closed
    change = changes(world.state(), day)[0]
    assert (change.practice_code, change.successor_code, change.is_local_evidence) == (
        "E83003",
        "G83001",
        True,
    )
    assert change.ends_practice is (kind == "MERGER")


def test_a_consent_given_for_a_planned_move_waits_for_it(tmp_path: Path, database: str) -> None:
    register = register_of(moving(TPP_CONSENT), tmp_path, database)
    # in force, and the practice still runs the other system
    unplanned = [each.entity_id for each in system_moves(register.state(), LATER)]
    assert unplanned == ["C-2"]
    desk_on(register, DAY).plan("E83003", "TPP", PLANNED_ON, LIAISON)
    assert list(system_moves(register.state(), LATER)) == []
