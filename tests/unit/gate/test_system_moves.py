"""What ends consents by rule alone: dated by its fact, recorded once, by SYSTEM with a reason."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from lds_assets.gate.consent_view import consents
from lds_assets.gate.facts import System
from lds_assets.gate.state import PRACTICE_LIST, RegisterState
from lds_assets.gate.system_moves import apply_system_moves, system_moves
from tests.unit.gate.desk import ASKED, LIAISON, MONDAY, Office, office_of, template_of
from tests.unit.gate.world import CONSENT, World

WISH, RUNS = "practice_consent.csv", "practice_system.csv"
TODAY = date(2025, 6, 16)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template_of(tmp_path_factory.mktemp("template"), World().drop(WISH))


@pytest.fixture
def office(template: Path, tmp_path: Path, database: str) -> Office:
    return office_of(template, tmp_path, database)


def _moved(state: RegisterState, day: date = TODAY) -> list[tuple[str, str, date]]:
    """Return entity, state and first day of what a rule moves."""
    from lds_assets.gate.events import london_day  # noqa: PLC0415

    return [
        (each.entity_id, each.to_state, london_day(each.effective_at))
        for each in system_moves(state, day)
    ]


def test_a_request_lapses_on_the_day_after_ninety_and_is_recorded_once(office: Office) -> None:
    name = office.on(MONDAY).request(ASKED, LIAISON)
    # 3 March + 90 days is 1 June: still waiting on that day
    assert apply_system_moves(office.register, date(2025, 6, 1)) == 0
    assert apply_system_moves(office.register, date(2025, 7, 9)) == 1
    assert apply_system_moves(office.register, date(2025, 7, 9)) == 0
    event = office.register.events()[-1]
    assert (event.entity_id, event.to_state, event.actor_role) == (name, "LAPSED", "SYSTEM")
    assert event.reason_text == "not answered within 90 days"
    assert event.effective_on == date(2025, 6, 2)
    assert office.reasons(date(2025, 6, 1)) == ("C_REQUESTED",)
    assert office.reasons(date(2025, 6, 2)) == ("C_NONE",)


CHANGED = World().add(RUNS, practice_code="E83003", supplier_code="TPP", go_live_on="2025-06-02")


@pytest.mark.parametrize(
    ("world", "day", "moved"),
    [
        (World(), TODAY, []),
        # the day of the change: void from then, not a day earlier
        (CHANGED, date(2025, 6, 1), []),
        (CHANGED, date(2025, 6, 2), [("C-1", "VOID_SUPPLIER_CHANGE", date(2025, 6, 2))]),
        (CHANGED, TODAY, [("C-1", "VOID_SUPPLIER_CHANGE", date(2025, 6, 2))]),
        # a request or a consent to come ends as well when its system is gone
        (CHANGED.change(WISH, state="REQUESTED", requested_on="2025-06-10"), TODAY,
         [("C-1", "VOID_SUPPLIER_CHANGE", date(2025, 6, 10))]),
        # what has ended stays as it ended
        (CHANGED.change(WISH, state="WITHDRAWN", effective_to="2025-06-10"), TODAY, []),
        (CHANGED.change(WISH, effective_to="2025-06-02"), TODAY, []),
        # asked for ahead of a change of system: neither void nor open
        (World().change(RUNS, supplier_code="TPP").change(WISH, effective_from="2025-07-01"),
         TODAY, []),
        (World().change(RUNS, supplier_code="TPP"), TODAY,
         [("C-1", "VOID_SUPPLIER_CHANGE", date(2025, 1, 10))]),
        (World().change(RUNS, supplier_code="TPP").add(
            RUNS, practice_code="E83003", supplier_code="EMIS", go_live_on="2025-06-23"),
         TODAY, []),
        # the open practice list says what was seen once; it ends no consent
        (World().drop(RUNS).change("practice.csv", supplier="TPP"), TODAY, []),
        (World().drop(RUNS), TODAY, []),
    ],
)  # fmt: skip
def test_a_consent_is_void_once_the_practice_runs_another_system(
    world: World, day: date, moved: list[tuple[str, str, date]]
) -> None:
    assert _moved(world.state(), day) == moved


def test_the_open_practice_list_ends_no_consent() -> None:
    state = World().drop(RUNS).state()
    seen = System("TPP", "", "", date(2025, 6, 1), None)
    state.systems["E83003"] = {PRACTICE_LIST: seen}
    assert _moved(state) == []
    state.systems["E83003"] = {"E83003|TPP|2025-06-01": seen}
    assert _moved(state) == [("C-1", "VOID_SUPPLIER_CHANGE", date(2025, 6, 1))]


def _second(**cells: str) -> World:
    """A consent under another agreement beside the first, which is open-ended."""
    world = World().change(WISH, effective_to="")
    other = {**CONSENT, "consent_id": "C-2", "effective_from": "2025-06-10", "effective_to": ""}
    return world.add(WISH, **{**other, "dsa_version": "2", **cells})


@pytest.mark.parametrize(
    ("cells", "moved"),
    [
        ({}, [("C-1", "SUPERSEDED", date(2025, 6, 10))]),
        ({"effective_from": "2025-06-17"}, []),
        ({"state": "REQUESTED", "requested_on": "2025-06-01"}, []),
        ({"dsa_id": "OTHER"}, []),
        ({"dsa_version": "1"}, []),
        ({"dsa_version": "0"}, [("C-2", "SUPERSEDED", date(2025, 2, 1))]),
        ({"extract_id": "ELSE"}, []),
    ],
)
def test_a_later_version_of_the_agreement_takes_over_on_its_first_day(
    cells: dict[str, str], moved: list[tuple[str, str, date]]
) -> None:
    told = _moved(_second(**cells).state())
    # of two under one key the earlier version gives way, and never before it was itself recorded
    expected = [(name, state, max(on, date(2025, 1, 10))) for name, state, on in moved]
    assert told == expected


def test_a_gap_between_the_two_is_denied(office: Office) -> None:
    name = office.granted(effective_to="2025-05-01")
    assert office.reasons(date(2025, 4, 30)) == ()
    assert office.reasons(date(2025, 5, 1)) == ("C_EXPIRED",)
    assert apply_system_moves(office.register, TODAY) == 0
    assert consents(office.register, TODAY)[0].state == "EXPIRED"
    assert office.on(TODAY).consent(name).moves[-1].state == "GRANTED"


def test_a_register_that_is_not_trusted_is_left_alone(office: Office) -> None:
    office.on(MONDAY).request(ASKED, LIAISON)
    office.register.events()
    office.register._fault = "changed (seq 1)"
    assert apply_system_moves(office.register, TODAY + timedelta(days=90)) == 0
