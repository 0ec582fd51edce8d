"""Who may sign an event: officers in their role and on their days, and the platform itself."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.chain import gov_event
from lds_assets.gate.cover import CONSENT_COVER
from lds_assets.gate.entities import known_entities
from lds_assets.gate.events import NewEvent
from lds_assets.gate.formats import file_forms
from lds_assets.gate.lifecycle import (
    CONSENT,
    DELIVERY,
    DELIVERY_HOLD,
    FEED_PAUSE,
    POPULATION,
    REPLAY,
)
from lds_assets.gate.migration import MIGRATION
from lds_assets.gate.names import is_plain, person_key, spelling_key
from lds_assets.gate.officer_desk import OfficerDesk, draft
from lds_assets.gate.officers import OFFICER, OFFICER_FILE, PERSONS_ROLES
from lds_assets.gate.onboarding import ONBOARDING
from lds_assets.gate.purge import PURGE
from lds_assets.gate.variation import VARIATION
from lds_assets.gate.variation_desk import Signature
from tests.officers import officer
from tests.unit.gate.world import DAY, NOW, SEEDS, World

MONDAY = date(2025, 6, 16)
WISH = "practice_consent.csv"
#: Ines holds one role, for five days.
TERM = officer("Ines", "IG_OFFICER", valid_from="2025-06-16", valid_to="2025-06-21")
BY_TWO = Signature("officer", "IG_OFFICER", second="guardian", second_role="CALDICOTT")
NEW = {
    "person": "Nora New",
    "role": "OPS",
    "organisation": "PLATFORM",
    "valid_from": "2025-06-16",
    "evidence_ref": "DMS:5",
}


class Clock:
    """Gives the instant it was set to."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def on(self, day: date, hour: int = 12) -> None:
        self.now = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def register(database: str, tmp_path: Path, clock: Clock) -> Register:
    """The world, with Ines; on either database."""
    opened = Register(connect(database), SEEDS, clock)
    opened.import_folder(World().add(OFFICER_FILE, **TERM).write(tmp_path / "governance"))
    return opened


@pytest.fixture
def plain(tmp_path: Path, clock: Clock) -> Register:
    opened = Register(connect("sqlite://"), SEEDS, clock)
    opened.import_folder(World().add(OFFICER_FILE, **TERM).write(tmp_path / "governance"))
    return opened


def announced(actor: str, role: str = "IG_OFFICER", **payload: object) -> NewEvent:
    """Return an event that any officer may sign."""
    return NewEvent(
        "full_announcement", "E83003", "announced", NOW, actor, role,
        reason_code="FULL", reason_text="agreed",
        payload={"first": "2025-06-16", "last": "2025-06-20", **payload},
    )  # fmt: skip


def refused(register: Register, event: NewEvent) -> str:
    """Submit an event that a rule refuses; return the rule that is on record for it."""
    before = len(register.events())
    with pytest.raises(Refused) as fault:
        register.record([event])
    (recorded,) = register.events()[before:]
    assert (recorded.entity_type, recorded.event_type) == ("register", "refused")
    assert recorded.actor == event.actor
    assert recorded.reason_code == fault.value.code
    return recorded.reason_code


# -- the days and the role of an officer


@pytest.mark.parametrize(
    ("day", "may"),
    [
        (MONDAY - timedelta(days=1), False),
        (MONDAY, True),
        (MONDAY + timedelta(days=4), True),
        (MONDAY + timedelta(days=5), False),
    ],
)
def test_an_officer_signs_from_the_first_day_until_before_the_last(
    register: Register, clock: Clock, day: date, may: bool
) -> None:
    clock.on(day)
    if may:
        register.record([announced("Ines")])
    else:
        assert refused(register, announced("Ines")) == "S0-11"


def test_the_day_of_recording_is_londons(plain: Register, clock: Clock) -> None:
    # 23:30 UTC on the 15th is 00:30 on the 16th in London
    clock.now = datetime(2025, 6, 15, 23, 30, tzinfo=UTC)
    plain.record([announced("Ines")])


@pytest.mark.parametrize(
    ("actor", "role", "rule"),
    [
        ("nobody", "IG_OFFICER", "S0-11"),
        ("Ines", "DPO", "S0-11"),
        ("\u0406nes", "IG_OFFICER", "S0-11"),  # a Cyrillic letter
        ("Ines\u200b", "IG_OFFICER", "S0-11"),
        ("somebody", "SYSTEM", "S0-10"),
        ("Platform", "SYSTEM", "S0-10"),
        ("platform", "IG_OFFICER", "S0-10"),
    ],
)
def test_no_other_name_and_no_other_role_signs(
    plain: Register, clock: Clock, actor: str, role: str, rule: str
) -> None:
    clock.on(MONDAY)
    assert refused(plain, announced(actor, role)) == rule


def test_case_and_blanks_are_no_other_name(plain: Register, clock: Clock) -> None:
    clock.on(MONDAY)
    plain.record([announced("  INES ")])


def test_the_second_person_is_an_officer_too(plain: Register, clock: Clock) -> None:
    clock.on(MONDAY)
    released = NewEvent(
        "delivery_hold", "E83003|emis/g/1", "hold_released", NOW, "otto", "OPS",
        reason_code="X", reason_text="asked",
        payload={"second": "nobody", "second_role": "IG_OFFICER", "decision": "never"},
    )  # fmt: skip
    assert refused(plain, released) == "S0-11"
    told = {**released.payload, "second": "Ines"}
    plain.record([replace(released, payload=told)])


def test_what_was_signed_in_office_stays_signed(plain: Register, clock: Clock) -> None:
    clock.on(MONDAY)
    plain.record([announced("Ines")])
    clock.on(MONDAY + timedelta(days=30))
    plain.verify()
    assert plain.state().announcements["E83003"]
    assert refused(plain, announced("Ines")) == "S0-11"


# -- closed lists


@pytest.mark.parametrize(
    ("entity_type", "event_type"), [("note", "noted"), ("feed_pause", "announced")]
)
def test_an_entity_or_event_of_no_known_kind_is_refused_and_logged(
    register: Register, entity_type: str, event_type: str
) -> None:
    event = replace(announced("officer"), entity_type=entity_type, event_type=event_type)
    assert refused(register, event) == "S0-9"


def test_every_kind_that_the_code_names_is_known() -> None:
    kinds = known_entities()
    named = {CONSENT, DELIVERY, DELIVERY_HOLD, FEED_PAUSE, POPULATION, REPLAY, MIGRATION, PURGE}
    named |= {ONBOARDING, VARIATION, OFFICER, CONSENT_COVER}
    assert named <= set(kinds)
    assert {form.entity_type for form in file_forms().values()} <= set(kinds)


def test_the_file_knows_every_role_a_person_may_hold() -> None:
    (column,) = (each for each in file_forms()[OFFICER_FILE].columns if each.name == "role")
    assert set(column.type.split("|")) == PERSONS_ROLES


# -- reviewed files


def _import(world: World, folder: Path) -> Register:
    register = Register(connect("sqlite://"), SEEDS, lambda: NOW)
    register.import_folder(world.write(folder))
    return register


def test_a_file_tells_acts_of_the_day_its_officers_were_in_office(tmp_path: Path) -> None:
    # liaison asked on 2 January and left on the 5th; the file is read on the 20th
    rows = [
        officer("liaison", "PRACTICE_LIAISON", valid_to="2025-01-05"),
        officer("officer", "IG_OFFICER"),
    ]
    world = World({**World().rows, OFFICER_FILE: rows})
    assert _import(world, tmp_path / "one").land("E83003", "EMIS", DAY).is_allowed
    with pytest.raises(Refused) as fault:
        _import(world.change(OFFICER_FILE, valid_to="2025-01-02"), tmp_path / "two")
    assert fault.value.code == "S0-11"
    assert "S0-11 who signs is no officer with the role PRACTICE_LIAISON" in fault.value.where
    assert "(line 2)" in fault.value.where
    assert "liaison" not in fault.value.where.replace("practice_consent", "").lower().replace(
        "practice_liaison", ""
    )


def test_a_file_does_not_sign_for_a_day_to_come(tmp_path: Path) -> None:
    """A withdrawal told today for next year is signed today."""
    rows = [officer("liaison", "PRACTICE_LIAISON"), officer("officer", "IG_OFFICER")]
    world = World({**World().rows, OFFICER_FILE: rows}).change(
        WISH,
        state="WITHDRAWN",
        effective_to="2026-01-01",
        notice_ref="N-1",
        retention_instruction="STOP_ONLY",
    )
    _import(world.change(OFFICER_FILE, 1, valid_to="2025-01-21"), tmp_path / "one")
    with pytest.raises(Refused, match="S0-11"):
        _import(world.change(OFFICER_FILE, 1, valid_to="2025-01-20"), tmp_path / "two")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (officer("Platform", "OPS"), "O-1"),
        (officer("\u041eskar", "OPS"), "O-2"),
        (officer("Os|kar", "OPS"), "O-2"),
        (officer(" Oskar", "OPS"), "O-2"),
        (officer("OFFICER", "OPS"), "O-3"),
        (officer("\u00f3fficer", "DPO"), "O-3"),
        (officer("officer", "IG_OFFICER", valid_from="2025-01-01"), "O-4"),
        (officer("Oskar", "SYSTEM"), "G-3"),
        (officer("Oskar", "OPS", evidence_ref=""), "G-2"),
        (officer("Oskar", "OPS", organisation=""), "G-2"),
    ],
)
def test_a_row_of_officers_that_breaks_a_rule_refuses_the_file(
    plain: Register, tmp_path: Path, row: dict[str, str], rule: str
) -> None:
    before = plain.state().officers
    world = World({OFFICER_FILE: [*World().rows[OFFICER_FILE], row]})
    line = len(world.rows[OFFICER_FILE]) + 1
    with pytest.raises(Refused) as fault:
        plain.import_folder(world.write(tmp_path / "more"), "more")
    assert fault.value.code == rule
    assert f"{line})" in fault.value.where
    assert plain.state().officers == before


@pytest.mark.parametrize("name", ["Zoë O'Brien-Smith", "Søren Łuczak", "Officer 2", "Ngô Thị"])
def test_names_of_londoners_are_taken(name: str) -> None:
    assert is_plain(name)


def test_look_alikes_are_one_person_and_another_spelling() -> None:
    for other in ("ANN  example", " Ann Example", "\u0410nn Ex\u00e1mple", "Ann\u200b Example"):
        assert person_key(other) == person_key("Ann Example")
    assert spelling_key("ANN  example ") == spelling_key("Ann Example")
    assert spelling_key("\u0410nn Example") != spelling_key("Ann Example")
    assert person_key("Ann Example") != person_key("Anna Example")


# -- the desk


def test_two_persons_appoint_and_one_dismisses(register: Register, clock: Clock) -> None:
    clock.on(MONDAY)
    desk = OfficerDesk(register, MONDAY)
    assert refused(register, announced("Nora New", "OPS")) == "S0-2"
    pause = replace(
        announced("Nora New", "OPS"), entity_type="feed_pause", event_type="paused", payload={}
    )
    assert refused(register, pause) == "S0-11"
    known_at = datetime.fromisoformat(register.events()[-1].recorded_at)
    desk.appoint(NEW, BY_TWO)
    register.record([pause])
    clock.on(MONDAY, 15)
    (ended,) = desk.dismiss("nora new", "OPS", MONDAY, replace(BY_TWO, second="", reason="left"))
    assert ended.valid_to == MONDAY
    assert refused(register, pause) == "S0-11"
    # what was known before stays the answer
    assert "Nora New|OPS|2025-06-16" not in register.state(known_at).officers


@pytest.mark.parametrize(
    ("cells", "by", "rule"),
    [
        ({}, replace(BY_TWO, second=""), "S0-7"),
        ({}, replace(BY_TWO, second=" OFFICER "), "S0-7"),
        ({}, replace(BY_TWO, actor="guardian", role="CALDICOTT"), "S0-7"),
        ({}, replace(BY_TWO, actor="otto", role="OPS"), "S0-2"),
        ({}, replace(BY_TWO, actor="lead", role="TECH_LEAD"), "S0-12"),
        ({}, replace(BY_TWO, second="lead", second_role="TECH_LEAD"), "S0-13"),
        ({}, replace(BY_TWO, second="nobody"), "S0-11"),
        ({"person": "officer", "role": "DPO"}, BY_TWO, "S0-13"),
        ({"person": "guardian", "role": "DPO"}, BY_TWO, "S0-13"),
        ({"person": "\u041eskar"}, BY_TWO, "O-2"),
        ({"person": "Officer"}, BY_TWO, "O-3"),
        ({"person": "otto"}, BY_TWO, "O-4"),
        ({"role": "KING"}, BY_TWO, "G-3"),
        ({"evidence_ref": ""}, BY_TWO, "G-2"),
    ],
)
def test_an_appointment_that_breaks_a_rule_is_refused_and_logged(
    plain: Register, cells: dict[str, str], by: Signature, rule: str
) -> None:
    before = len(plain.events())
    with pytest.raises(Refused) as fault:
        OfficerDesk(plain, MONDAY).appoint({**NEW, **cells}, by)
    assert fault.value.code == rule
    assert [each.reason_code for each in plain.events()[before:]] == [rule]


def test_a_dismissal_needs_a_reason_and_somebody_to_dismiss(plain: Register) -> None:
    desk = OfficerDesk(plain, MONDAY)
    alone = Signature("officer", "IG_OFFICER", reason="left")
    with pytest.raises(Refused, match="S0-14"):
        desk.dismiss("nobody", "OPS", MONDAY, alone)
    with pytest.raises(Refused, match="S0-3"):
        desk.dismiss("otto", "OPS", MONDAY, replace(alone, reason=""))
    assert [each.reason_code for each in plain.events()[-2:]] == ["S0-14", "S0-3"]


# -- a deployment from before there were officers


@pytest.fixture
def old(tmp_path: Path) -> Register:
    """A register whose events were recorded when any name could sign."""
    world = World({**World().rows, OFFICER_FILE: []})
    engine = connect(f"sqlite:///{tmp_path / 'old.db'}")
    with engine.begin() as connection:
        connection.execute(insert(gov_event), [asdict(each) for each in world.events()])
    return Register(engine, SEEDS, lambda: NOW + timedelta(days=10))


def test_an_old_register_verifies_and_answers_and_takes_no_signature(old: Register) -> None:
    old.verify()
    assert old.land("E83003", "EMIS", DAY).is_allowed
    old.observe_supplier_sides({"E83003": "ACTIVE"}, "EMIS", DAY, "delivery 1")
    with pytest.raises(Refused) as fault:
        old.record([announced("officer")])
    assert "nobody is an officer on 2025-01-30" in fault.value.what
    assert "officer.csv" in fault.value.to_do
    assert "lds register officer draft" in fault.value.to_do


def test_its_officers_are_drafted_from_its_chain_and_named_by_who_reviews(
    old: Register, tmp_path: Path
) -> None:
    rows = draft(old.events())
    told = [(each["person"], each["role"], each["valid_from"]) for each in rows]
    # asked on 2 January, granted on the 10th
    assert told == [
        ("liaison", "PRACTICE_LIAISON", "2025-01-02"),
        ("officer", "IG_OFFICER", "2025-01-10"),
    ]
    with pytest.raises(Refused, match=r"officer\.csv breaks"):
        old.import_folder(World({OFFICER_FILE: rows}).write(tmp_path / "draft"))
    named = [{**each, "organisation": "PLATFORM", "evidence_ref": "DMS:1"} for each in rows]
    old.import_folder(World({OFFICER_FILE: named}).write(tmp_path / "reviewed"))
    old.record([announced("officer")])
