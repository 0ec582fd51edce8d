"""A practice that joins late: on whose word it is loaded, and from which extract on."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.guards.joining import joining, vouched
from lds_assets.guards.verdicts import Bench, Case
from lds_assets.landing.states import Delivery, PracticeRecord, State
from lds_assets.platform import Platform
from lds_assets.raw.directory import Directory
from lds_assets.raw.tally import Tally
from tests.unit.gate.world import CONSENT, World
from tests.unit.why.world import PRACTICE, platform_of

#: Bulk, deltas and another bulk of one group; the practice was met in each and denied.
DAYS = {1: "full", 2: "delta", 3: "delta", 10: "full", 11: "delta"}


def _identity(day: int) -> str:
    return f"emis/g/{day:02d}"


def _delivery(day: int, kind: str, state: State = State.PUBLISHED) -> Delivery:
    at = datetime(2025, 6, day, 0, 5)
    return Delivery(_identity(day), "emis", "g", f"f{day}", kind, at, state)


def _platform(home: Path, outcomes: dict[int, str], world: World | None = None) -> Platform:
    """Return a platform with the deliveries; those without an outcome do not hold the practice."""
    platform = platform_of(home, world or World())
    for day, kind in DAYS.items():
        platform.ledger.record(_delivery(day, kind))
        if day in outcomes:
            record = PracticeRecord(_identity(day), PRACTICE, outcomes[day])
            platform.ledger.record_practices(_identity(day), [record])
    return platform


def _verdict(platform: Platform, day: int) -> tuple[str, str]:
    """Rule on the practice in one delivery; return outcome and reason."""
    delivery = platform.ledger.delivery(_identity(day))
    assert delivery is not None
    case = Case(
        *(platform, platform.suppliers["emis"], delivery, [PRACTICE], "run"),
        directory=Directory(),
        shown=None,
    )
    ruling = Bench(case).rule({"Admin_Patient": Tally({(PRACTICE, ""): 5}, ())}, lambda _: {})
    record = ruling.records[PRACTICE]
    return record.outcome, record.primary_reason


DENIED = dict.fromkeys(DAYS, "DENIED")


@pytest.mark.parametrize("day", [1, 2, 3])
def test_what_came_before_the_last_bulk_is_passed_over(tmp_path: Path, day: int) -> None:
    assert _verdict(_platform(tmp_path, DENIED), day) == ("PASSED_OVER", "BEFORE_BULK")


def test_the_last_bulk_is_where_a_practice_begins(tmp_path: Path) -> None:
    platform = _platform(tmp_path, DENIED)
    assert _verdict(platform, 10) == ("LOADED", "")
    platform.ledger.record_practices(
        _identity(10), [PracticeRecord(_identity(10), PRACTICE, "LOADED")]
    )
    assert _verdict(platform, 11) == ("LOADED", "")


def test_a_bulk_without_the_practice_or_of_another_group_is_none_of_its(tmp_path: Path) -> None:
    absent = {day: told for day, told in DENIED.items() if day != 10}
    assert _verdict(_platform(tmp_path / "a", absent), 1) == ("LOADED", "")
    foreign = _platform(tmp_path / "b", DENIED)
    foreign.ledger.record(replace(_delivery(10, "full"), group_id="other"))
    assert _verdict(foreign, 1) == ("LOADED", "")


def test_a_bulk_that_is_not_proven_does_not_stand_for_what_came_before(tmp_path: Path) -> None:
    platform = _platform(tmp_path, DENIED)
    platform.ledger.record(_delivery(10, "full", State.QUARANTINED))
    assert _verdict(platform, 1) == ("LOADED", "")


def test_a_practice_that_is_loaded_waits_for_no_bulk_that_is_held(tmp_path: Path) -> None:
    loaded = {1: "LOADED", 2: "LOADED", 3: "DENIED", 10: "HELD", 11: "HELD"}
    assert _verdict(_platform(tmp_path / "a", loaded), 3) == ("LOADED", "")
    taken = loaded | {10: "LOADED"}
    assert _verdict(_platform(tmp_path / "b", taken), 3) == ("PASSED_OVER", "BEFORE_BULK")


def test_a_delta_before_any_bulk_waits_for_one(tmp_path: Path) -> None:
    assert _verdict(_platform(tmp_path, {2: "DENIED"}), 2) == ("HELD", "BULK_MISSING")


# -- on whose word


def _granted(platform: Platform) -> str:
    (event,) = [each for each in platform.register.events() if each.to_state == "GRANTED"]
    return event.event_id


def test_who_was_denied_and_may_land_joins_on_its_consent(tmp_path: Path) -> None:
    platform = _platform(tmp_path, DENIED)
    assert joining(platform, "emis") == {PRACTICE: _granted(platform)}
    assert joining(platform, "tpp") == {}


@pytest.mark.parametrize("told", ["LOADED", "PENDING", "HELD", "PASSED_OVER"])
def test_who_was_not_denied_does_not_join(tmp_path: Path, told: str) -> None:
    assert joining(_platform(tmp_path, dict.fromkeys(DAYS, told)), "emis") == {}


def test_who_may_not_land_yet_does_not_join(tmp_path: Path) -> None:
    later = World().change("practice_consent.csv", effective_from="2025-06-17")
    assert joining(_platform(tmp_path, DENIED, later), "emis") == {}


def test_a_run_takes_practices_with_the_events_of_their_consents(tmp_path: Path) -> None:
    platform = _platform(tmp_path, DENIED)
    assert vouched(platform, "emis", {PRACTICE: _granted(platform)}) == [PRACTICE]


def test_a_run_without_an_event_or_with_another_one_is_refused(tmp_path: Path) -> None:
    other = {**CONSENT, "consent_id": "C-2", "practice_code": "G83001"}
    world = World().add("practice_consent.csv", **other)
    platform = _platform(tmp_path, DENIED, world)
    events = platform.register.events()
    of_another = next(e for e in events if (e.entity_id, e.to_state) == ("C-2", "GRANTED"))
    asked = next(e for e in events if (e.entity_id, e.to_state) == ("C-1", "REQUESTED"))
    for consents, code in (
        ({}, "EVENT_MISSING"),
        ({PRACTICE: ""}, "EVENT_UNKNOWN"),
        ({PRACTICE: "0" * 32}, "EVENT_UNKNOWN"),
        ({PRACTICE: asked.event_id}, "EVENT_UNKNOWN"),
        ({PRACTICE: of_another.event_id}, "EVENT_UNKNOWN"),
    ):
        with pytest.raises(Refused) as refused:
            vouched(platform, "emis", consents)
        assert refused.value.code == code
    own = next(e for e in events if (e.entity_id, e.to_state) == ("C-1", "GRANTED"))
    with pytest.raises(Refused, match="of another consent"):
        vouched(platform, "tpp", {PRACTICE: own.event_id})
    with pytest.raises(Refused, match="no such supplier"):
        vouched(platform, "vision", {PRACTICE: own.event_id})


def test_a_consent_that_ended_vouches_for_nobody(tmp_path: Path) -> None:
    platform = _platform(tmp_path, DENIED)
    event = _granted(platform)
    ended = Platform.open(platform.settings.model_copy(update={"today": date(2026, 2, 1)}))
    with pytest.raises(Refused, match="not in force"):
        vouched(ended, "emis", {PRACTICE: event})
