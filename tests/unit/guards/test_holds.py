"""Holds of a practice's rows: placed once, released by two persons, in the order of extraction."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.guards import holds
from lds_assets.guards.holds import Choice, Holds, Persons
from lds_assets.landing.states import Delivery, State
from tests.unit.gate.world import World, reconciled

TWO = Persons("Ann", "Bert")


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = connect(database)
    yield opened
    opened.dispose()


@pytest.fixture
def register(engine: Engine, tmp_path: Path) -> Register:
    filled = Register(engine)
    filled.import_folder(World().write(tmp_path / "governance"))
    return filled


def _delivery(day: int, group: str = "g") -> Delivery:
    at = datetime(2025, 6, day, 0, 5)
    return Delivery(f"emis/{group}/{day}", "emis", group, "f", "delta", at, State.VALIDATED)


def _place(register: Register, delivery: str = "emis/g/2") -> None:
    holds.place(register, "E83003", delivery, holds.DELETE_STORM, "60 of 100 rows of Admin_Patient")


def test_a_hold_is_placed_once_and_is_an_event_of_the_platform(register: Register) -> None:
    before = len(register.events())

    _place(register)
    _place(register)

    assert len(register.events()) == before + 1
    last = register.events()[-1]
    assert (last.actor_role, last.reason_code, last.evidence_ref) == (
        "SYSTEM",
        "DELETE_STORM",
        "emis/g/2",
    )
    assert register.state().delivery_holds["E83003", "emis/g/2"].stands


def test_two_persons_release_a_hold_and_both_stand_on_the_event(register: Register) -> None:
    _place(register)

    holds.release(register, "E83003", "emis/g/2", Choice.CHANGES, TWO, "a limited full")

    hold = register.state().delivery_holds["E83003", "emis/g/2"]
    assert (hold.stands, hold.decision, hold.released_by) == (False, "changes", "Ann and Bert")
    assert register.events()[-1].payload["second"] == "Bert"


@pytest.mark.parametrize(
    ("persons", "rule"),
    [
        (Persons("Ann", "Ann"), "S0-7"),
        (Persons("Ann", " ann "), "S0-7"),
        (Persons("Ann", ""), "S0-7"),
        (Persons("Ann", "Bert", second_role="OPS"), "S0-8"),
        (Persons("Ann", "Bert", second_role="SYSTEM"), "S0-2"),
        (Persons("Ann", "Bert", second_role="KING"), "S0-2"),
    ],
)
def test_one_person_alone_releases_nothing_and_the_try_is_recorded(
    register: Register, persons: Persons, rule: str
) -> None:
    _place(register)

    with pytest.raises(Refused) as refused:
        holds.release(register, "E83003", "emis/g/2", Choice.ACCEPTED, persons, "all well")

    assert refused.value.code == rule
    assert register.state().delivery_holds["E83003", "emis/g/2"].stands
    last = register.events()[-1]
    assert (last.entity_type, last.event_type, last.reason_code) == ("register", "refused", rule)


def test_a_release_needs_a_reason_and_something_held(register: Register) -> None:
    with pytest.raises(Refused, match="nothing of E83003 is held"):
        holds.release(register, "E83003", "emis/g/2", Choice.ACCEPTED, TWO, "all well")
    _place(register)
    with pytest.raises(Refused, match="S0-3"):
        holds.release(register, "E83003", "emis/g/2", Choice.ACCEPTED, TWO, "")
    holds.release(register, "E83003", "emis/g/2", Choice.ACCEPTED, TWO, "all well")
    with pytest.raises(Refused, match="nothing of E83003 is held"):
        holds.release(register, "E83003", "emis/g/2", Choice.NEVER, TWO, "again")


def test_later_deliveries_of_the_group_wait_and_earlier_ones_do_not(register: Register) -> None:
    known = {each.delivery_id: each for each in (_delivery(1), _delivery(2), _delivery(3))}
    known |= {"emis/other/3": _delivery(3, "other")}
    held = Holds(register, known)
    _place(register)

    assert [held.waits("E83003", each) for each in known.values()] == [False, True, True, False]
    assert not held.waits("G83001", known["emis/g/3"])
    first = held.before("E83003", known["emis/g/3"])
    assert first is not None and first.delivery_id == "emis/g/2"

    holds.release(register, "E83003", "emis/g/2", Choice.NEVER, TWO, "an artefact")

    assert not any(held.waits("E83003", each) for each in known.values())


def test_of_two_deliveries_at_one_instant_one_is_the_earlier(register: Register) -> None:
    first, second = _delivery(2), replace(_delivery(2), delivery_id="emis/g/2b")
    held = Holds(register, {each.delivery_id: each for each in (first, second)})
    _place(register)

    assert held.before("E83003", first) is None
    assert held.before("E83003", second) is not None


def test_an_announcement_covers_its_days_alone(register: Register) -> None:
    holds.announce(
        register, ["E83003"], date(2025, 6, 10), None, "Ann", "DELIVERY_LEAD", "agreed re-bulk"
    )

    (announced,) = register.state().announcements["E83003"]
    days = [date(2025, 6, 9), date(2025, 6, 10), date(2025, 6, 24), date(2025, 6, 25)]
    assert [announced.covers(day) for day in days] == [False, True, True, False]


def test_an_announcement_names_known_practices_and_days_in_order(register: Register) -> None:
    day = date(2025, 6, 10)
    with pytest.raises(Refused, match="not in the register"):
        holds.announce(register, ["E99999"], day, None, "Ann", "DELIVERY_LEAD", "re-bulk")
    with pytest.raises(Refused, match="backwards"):
        holds.announce(
            register, ["E83003"], day, date(2025, 6, 9), "Ann", "DELIVERY_LEAD", "re-bulk"
        )
    with pytest.raises(Refused, match="S0-2"):
        holds.announce(register, ["E83003"], day, None, "Ann", "OPS", "re-bulk")


def test_an_accepted_population_opens_the_release_near_it(register: Register) -> None:
    day = date(2025, 6, 1)

    def ask(count: int) -> tuple[str, ...]:
        return register.decide(
            "E83003",
            "EMIS",
            "IM1-BULK-EMIS",
            "LDS-PRIMARY-CARE",
            day,
            stage="PUBLISH",
            registered_count=count,
        ).reasons

    register.record([reconciled(day)])
    assert ask(500) == ("D_BASELINE_MISSING",)
    persons = Persons("Ann", "Bert", actor_role="DELIVERY_LEAD")
    holds.accept_population(register, "E83003", 500, day, persons, "a young practice")

    assert (ask(450), ask(550)) == ((), ())
    assert (ask(449), ask(551)) == (("D_POPULATION",), ("D_POPULATION",))
    with pytest.raises(Refused, match="S0-7"):
        alone = Persons("Ann", "Ann", actor_role="DELIVERY_LEAD")
        holds.accept_population(register, "E83003", 900, day, alone, "again")
