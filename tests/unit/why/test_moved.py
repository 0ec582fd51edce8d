"""What is told of the feed of a practice that moved to another supplier's system."""

from datetime import date, datetime
from pathlib import Path

from lds_assets.freshness.expected import pause
from lds_assets.gate.why import Link
from lds_assets.landing.states import Delivery, PracticeRecord, State
from lds_assets.platform import Platform
from lds_assets.why.answers import Answer, Why
from tests.unit.gate.moving import TPP_CONSENT, moving
from tests.unit.gate.world import DAY, SYSTEM, World
from tests.unit.why.world import PRACTICE, deliver, on_day, platform_of

MOVED_ON = date(2025, 6, 16)
NIGHT, LAST = datetime(2025, 6, 16, 0, 5), datetime(2025, 6, 15, 0, 5)
LATER = date(2025, 6, 25)


def _moved(to_supplier: str, consent: dict[str, str] | None = None) -> World:
    """E83003 is on another system from DAY on, and its consent to EMIS is void."""
    day = MOVED_ON.isoformat()
    world = moving(consent).change("practice_system.csv", ended_on=day)
    world = world.change(
        "practice_consent.csv", state="VOID_SUPPLIER_CHANGE", state_from=day, void_reason="moved"
    )
    system = {**SYSTEM, "supplier_code": to_supplier, "go_live_on": day}
    return world.add("practice_system.csv", **system)


def _in_force() -> dict[str, str]:
    return {**TPP_CONSENT, "effective_from": MOVED_ON.isoformat()}


def _link(answer: Answer, question: str) -> Link:
    (found,) = [each for each in answer.links if each.question == question]
    return found


def _fresh(answer: Answer) -> Link:
    return _link(answer, "Is its data fresh?")


def _tpp(platform: Platform, at: datetime) -> None:
    identity = f"tpp/lds01/{at:%Y%m%dT%H%M%S}/full"
    platform.ledger.record(Delivery(identity, "tpp", "lds01", "f", "full", at, State.LOADED))
    platform.ledger.record_practices(identity, [PracticeRecord(identity, PRACTICE, "LOADED", "")])


def test_a_move_to_a_system_that_is_not_live_ends_its_coverage(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, _moved("MEDICUS"))
    deliver(platform, LAST, outcomes={PRACTICE: "LOADED"}, rows={"LANDED": 3, "KEPT": 3})
    answer = Why(platform).answer(PRACTICE)
    assert answer.reason == "V_NOT_LIVE"
    said = "NOT_EXPECTED: coverage ended 2025-06-16: on MEDICUS since then, which is not live"
    assert (_fresh(answer).state, _fresh(answer).is_moot) == (said, True)
    # what came before is still told
    assert _link(answer, "Has its data arrived?").state.startswith("extract of 2025-06-15")


def test_a_move_without_consent_to_the_new_system_says_that(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, _moved("TPP"))
    deliver(platform, LAST, outcomes={PRACTICE: "LOADED"})
    said = _fresh(Why(platform).answer(PRACTICE)).state
    assert said == "NOT_EXPECTED: on TPP since 2025-06-16; no consent to it is in force"


def test_the_new_supplier_s_feed_is_what_is_asked_of(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, _moved("TPP", _in_force()))
    deliver(platform, LAST, outcomes={PRACTICE: "LOADED"})
    answer = Why(platform).answer(PRACTICE)
    # the old supplier's extract is none of the new one's
    assert answer.reason == "NOT_DUE_YET"
    assert answer.newest is None
    arrived = _link(answer, "Has its data arrived?").state
    assert arrived == (
        "the first extract is not due yet; the last extract from emis is of 2025-06-15"
    )
    assert _fresh(answer).state == "NOT_EXPECTED: the first extract is not due yet"
    later = Why(on_day(platform, LATER)).answer(PRACTICE)
    assert later.reason == "NEVER_SENT"
    assert _fresh(later).state.startswith("NEVER_SENT: expected since 2025-06-16")


def test_what_waits_of_the_old_supplier_is_nothing_of_the_new_one(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, _moved("TPP", _in_force()))
    deliver(platform, LAST, outcomes={PRACTICE: "LOADED"})
    deliver(platform, NIGHT, State.QUARANTINED, reason="DATE_GAP")
    _tpp(platform, NIGHT)
    answer = Why(platform).answer(PRACTICE)
    assert answer.newest is not None
    assert answer.newest.supplier == "tpp"
    waits = _link(answer, "Is nothing of it waiting?")
    assert (waits.state, waits.reasons) == ("nothing", ())
    # asked about the old feed, its deliveries are told
    old = Why(platform).answer(PRACTICE, "EMIS")
    assert old.newest is not None
    assert old.newest.supplier == "emis"


def test_a_shut_gate_does_not_hide_how_the_feed_stands(tmp_path: Path) -> None:
    world = World().change("practice_consent.csv", supplier_side_state="DISABLED")
    platform = platform_of(tmp_path, world, date(2025, 6, 20))
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"})
    answer = Why(platform).answer(PRACTICE)
    assert answer.reason == "S_DISABLED"
    # three nights are overdue; the shut gate is the cause and is named once
    assert _fresh(answer).state.startswith("MISSING: newest extract 4 days ago")
    assert _fresh(answer).is_moot


def test_an_instant_of_the_past_is_not_asked_of_what_is_known_now(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, World())
    known = datetime(2025, 1, 21).astimezone()
    told = _fresh(Why(platform, DAY, known).answer(PRACTICE))
    assert (told.state, told.is_moot) == ("told of what is known now alone", True)


def test_a_pause_is_told_as_such_and_not_as_in_time(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, World())
    deliver(platform, NIGHT, outcomes={PRACTICE: "LOADED"})
    until = date(2025, 6, 30)
    pause(platform.register, PRACTICE, until, DAY, "operator", "OPS", "its server moves")
    told = _fresh(Why(platform).answer(PRACTICE))
    assert (told.state, told.answer) == ("PAUSED: paused until 2025-06-30", "-")
