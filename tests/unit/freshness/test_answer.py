"""How fresh each practice is: expected by the register, seen by the ledger's facts."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.freshness import expected
from lds_assets.freshness.answer import (
    Freshness,
    region,
    verdicts,
    words,
)
from lds_assets.freshness.facts import note
from lds_assets.freshness.verdict import Verdict
from lds_assets.landing.states import Delivery, PracticeRecord, State
from lds_assets.platform import Platform
from tests.unit.gate.world import DAY, World
from tests.unit.why.world import PRACTICE, on_day, platform_of

GROUP = "group-1"
TABLE = {
    "registration": "Admin_Patient",
    "record": "CareRecord_Observation",
    "prescribing": "Prescribing_IssueRecord",
    "appointments": "Appointment_Slot",
}
#: The world's day is 16 June 2025: noon there is 11:00 UTC.
NEWEST = datetime(2025, 6, 16, 0, 5)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return platform_of(tmp_path, World())


def deliver(
    platform: Platform,
    at: datetime,
    rows: Mapping[str, int] | None = None,
    *,
    state: State = State.PUBLISHED,
    outcome: str = "LOADED",
    reason: str = "",
    group: str = GROUP,
    practice: str = PRACTICE,
    part: str = "",
) -> str:
    """Enter a delivery with so many rows of each table group; without any it names nobody."""
    identity = f"emis/{group}/{at:%Y%m%dT%H%M%S}/delta{part and f'+{part}'}"
    ledger = platform.ledger
    ledger.record(Delivery(identity, "emis", group, "f", "delta", at, state, reason=reason))
    if state in (State.LOADED, State.PUBLISHED):
        ledger.assign_load_sequence(identity)
    if rows:
        ledger.record_practice(PracticeRecord(identity, practice, outcome, reason))
    for name, count in (rows or {}).items():
        ledger.record_account(identity, TABLE[name], practice, "raw", {"LANDED": count})
    note(platform, "emis")
    return identity


ALL = dict.fromkeys(TABLE, 10)


def of(platform: Platform, as_of: date | None = None) -> dict[str, Freshness]:
    rows = [row for row in verdicts(platform, as_of) if row.practice_code == PRACTICE]
    return {row.table_group: row for row in rows}


def told(platform: Platform, as_of: date | None = None) -> dict[str, str]:
    return {group: str(row.verdict) for group, row in of(platform, as_of).items()}


# -- what is expected ----------------------------------------------------------------------------


def test_a_consent_in_force_is_what_makes_a_practice_expected(platform: Platform) -> None:
    # the world's other practice gave none
    other = [row for row in verdicts(platform) if row.practice_code == "G83001"]
    assert [(row.verdict, row.table_group) for row in other] == [(Verdict.NOT_EXPECTED, "")]
    assert told(platform) == dict.fromkeys(TABLE, "NEVER_SENT")


def test_before_and_after_the_consent_nothing_is_expected(platform: Platform) -> None:
    # [2025-02-01, 2026-02-01)
    assert told(platform, date(2025, 1, 31)) == {"": "NOT_EXPECTED"}
    assert told(platform, date(2025, 2, 1)) == dict.fromkeys(TABLE, "NOT_EXPECTED")
    assert told(platform, date(2025, 2, 4)) == dict.fromkeys(TABLE, "NEVER_SENT")
    assert told(platform, date(2026, 2, 1)) == {"": "NOT_EXPECTED"}


def test_a_practice_that_sends_is_on_time_with_its_dates_apart(platform: Platform) -> None:
    deliver(platform, NEWEST, ALL)
    rows = of(platform)
    assert {str(row.verdict) for row in rows.values()} == {"ON_TIME"}
    row = rows["record"]
    assert (row.extracted_at, row.rows_at, row.published_at) == (NEWEST, NEWEST, NEWEST)
    assert row.received_at is not None and row.received_at > NEWEST
    assert row.due_at == datetime(2025, 6, 18, 0, 5)


def test_a_loaded_extract_that_no_release_shows_is_not_published(platform: Platform) -> None:
    deliver(platform, NEWEST, ALL, state=State.LOADED)
    assert of(platform)["record"].published_at is None


def test_one_silent_table_group_does_not_make_the_others_late(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 1, 0, 5), ALL)
    deliver(platform, NEWEST, ALL | {"prescribing": 0})
    assert told(platform) == dict.fromkeys(TABLE, "ON_TIME") | {"prescribing": "EMPTY_BUT_ON_TIME"}


def test_empty_files_in_time_are_told(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 10, 0, 5), ALL)
    deliver(platform, NEWEST)
    told_of = told(platform)
    # 6 days without a row: more than the 5 of record and prescribing, less than those of the others
    empty = dict.fromkeys(("record", "prescribing"), "EMPTY_BUT_ON_TIME")
    assert told_of == dict.fromkeys(TABLE, "ON_TIME") | empty
    assert of(platform)["record"].extracted_at == NEWEST


def test_a_feed_switched_off_is_never_green(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 15, 0, 5), ALL)
    platform.register.observe_supplier_sides({PRACTICE: "DISABLED"}, "EMIS", DAY, "emis/d")
    deliver(platform, NEWEST)
    assert told(platform) == dict.fromkeys(TABLE, "EMPTY_BUT_ON_TIME")
    assert told(platform, date(2025, 6, 15)) == dict.fromkeys(TABLE, "ON_TIME")


def test_an_older_delivery_that_comes_late_takes_nothing_away(platform: Platform) -> None:
    deliver(platform, NEWEST, ALL)
    deliver(platform, datetime(2025, 6, 2, 0, 5), ALL | {"record": 3})
    assert told(platform) == dict.fromkeys(TABLE, "ON_TIME")
    assert of(platform)["record"].rows_at == NEWEST


# -- what waits ----------------------------------------------------------------------------------


def test_a_delivery_that_waits_is_named_where_its_group_is_late(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 12, 0, 5), ALL)
    waits = deliver(platform, datetime(2025, 6, 13, 0, 5), state=State.HELD, reason="DATE_GAP")
    row = of(platform)["record"]
    assert (row.verdict, row.waiting, row.waiting_reason) == (Verdict.MISSING, waits, "DATE_GAP")
    assert f"{waits} waits: DATE_GAP" in row.text
    assert row.extracted_at == datetime(2025, 6, 12, 0, 5)


def test_a_table_that_waits_makes_its_table_group_late_alone(platform: Platform) -> None:
    reached = datetime(2025, 6, 12, 0, 5)
    deliver(platform, reached, ALL)
    waits, after = datetime(2025, 6, 13, 0, 5), datetime(2025, 6, 14, 0, 5)
    table = TABLE["record"]
    deliver(platform, waits, ALL)
    part = deliver(platform, waits, state=State.INCOMPLETE, reason="FILES_MISSING", part=table)
    deliver(platform, after, state=State.HELD, reason="DATE_GAP", part=table)
    deliver(platform, NEWEST, ALL)
    # a part of another extract group keeps nothing of this practice back
    deliver(platform, waits, state=State.HELD, reason="X", part=TABLE["prescribing"], group="g2")
    assert told(platform) == dict.fromkeys(TABLE, "ON_TIME") | {"record": "MISSING"}
    row = of(platform)["record"]
    assert (row.extracted_at, row.published_at) == (reached, reached)
    assert (row.waiting, row.waiting_reason) == (part, "FILES_MISSING")
    assert f"{part} waits: FILES_MISSING" in row.text
    assert of(platform)["prescribing"].waiting == ""


def test_another_group_goes_on(platform: Platform) -> None:
    deliver(platform, NEWEST, ALL)
    deliver(platform, NEWEST, state=State.HELD, reason="DATE_GAP", group="group-2")
    row = of(platform)["record"]
    assert (row.verdict, row.waiting) == (Verdict.ON_TIME, "")


def test_a_held_practice_is_late_though_its_group_is_not(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 12, 0, 5), ALL)
    held = deliver(platform, NEWEST, ALL, outcome="HELD", reason="DELETE_STORM")
    row = of(platform)["record"]
    assert (row.verdict, row.waiting) == (Verdict.MISSING, held)
    assert row.waiting_reason == "DELETE_STORM"
    assert row.extracted_at == datetime(2025, 6, 12, 0, 5)


def test_a_delivery_of_tomorrow_is_not_of_today(platform: Platform) -> None:
    deliver(platform, datetime(2025, 6, 12, 0, 5), ALL)
    deliver(platform, datetime(2025, 6, 17, 0, 5), state=State.VALIDATED)
    assert told(platform) == dict.fromkeys(TABLE, "MISSING")
    assert of(platform)["record"].extracted_at == datetime(2025, 6, 12, 0, 5)


# -- pauses --------------------------------------------------------------------------------------


def test_a_pause_holds_until_its_day_and_is_an_event(platform: Platform) -> None:
    until = date(2025, 6, 20)
    expected.pause(platform.register, PRACTICE, until, DAY, "Ann", "OPS", "moves house")
    assert told(platform) == dict.fromkeys(TABLE, "PAUSED")
    assert told(platform, date(2025, 6, 15)) == dict.fromkeys(TABLE, "NEVER_SENT")
    assert told(on_day(platform, date(2025, 6, 19))) == dict.fromkeys(TABLE, "PAUSED")
    assert told(on_day(platform, until)) == dict.fromkeys(TABLE, "NEVER_SENT")
    event = platform.register.events()[-1]
    assert (event.entity_type, event.actor, event.reason_text) == (
        "feed_pause",
        "Ann",
        "moves house",
    )


def test_a_pause_ends_early(platform: Platform) -> None:
    register = platform.register
    expected.pause(register, PRACTICE, date(2025, 6, 20), DAY, "Ann", "OPS", "moves house")
    expected.resume(register, PRACTICE, DAY, "Ann", "OPS", "moved")
    assert told(platform) == dict.fromkeys(TABLE, "NEVER_SENT")
    with pytest.raises(Refused, match="not paused"):
        expected.resume(register, PRACTICE, DAY, "Ann", "OPS", "moved")


@pytest.mark.parametrize(
    ("practice", "until"),
    [
        ("E99999", date(2025, 6, 20)),
        (PRACTICE, DAY),
        # 92 days at most
        (PRACTICE, date(2025, 9, 17)),
    ],
)
def test_a_pause_without_end_or_practice_is_refused(
    platform: Platform, practice: str, until: date
) -> None:
    before = len(platform.register.events())
    with pytest.raises(Refused):
        expected.pause(platform.register, practice, until, DAY, "Ann", "OPS", "moves house")
    assert len(platform.register.events()) == before


def test_a_pause_of_92_days_is_the_longest(platform: Platform) -> None:
    until = date(2025, 9, 16)
    assert expected.pause(platform.register, PRACTICE, until, DAY, "Ann", "OPS", "r").until == until


def test_a_pause_without_a_reason_is_refused(platform: Platform) -> None:
    with pytest.raises(Refused, match="S0-3"):
        expected.pause(platform.register, PRACTICE, date(2025, 6, 20), DAY, "Ann", "OPS", "")


# -- the region ----------------------------------------------------------------------------------


def rows(**counts: int) -> list[Freshness]:
    told = [verdict for verdict, count in counts.items() for _ in range(count)]
    return [
        Freshness(f"P{place}", "emis", "record", Verdict(verdict))
        for place, verdict in enumerate(told)
    ]


@pytest.mark.parametrize(
    ("counts", "is_alarm"),
    [
        ({"ON_TIME": 100}, False),
        ({"ON_TIME": 91, "LATE": 9}, False),
        ({"ON_TIME": 90, "LATE": 10}, False),
        ({"ON_TIME": 89, "LATE": 11}, True),
        ({"ON_TIME": 9, "NEVER_SENT": 1}, False),
        ({"ON_TIME": 8, "EMPTY_BUT_ON_TIME": 1}, True),
        # nobody waits for these
        ({"ON_TIME": 9, "LATE": 1, "PAUSED": 90, "NOT_EXPECTED": 900}, False),
        ({"ON_TIME": 8, "LATE": 1, "PAUSED": 90, "NOT_EXPECTED": 900}, True),
        ({"NOT_EXPECTED": 5}, False),
    ],
)
def test_more_than_a_tenth_not_on_time_is_an_alarm(counts: dict[str, int], is_alarm: bool) -> None:
    assert region(rows(**counts)).is_alarm is is_alarm


def test_a_practice_stands_as_its_worst_table_group() -> None:
    own = [
        Freshness("P1", "emis", "record", Verdict.ON_TIME),
        Freshness("P1", "emis", "prescribing", Verdict.LATE),
    ]
    assert region(own).counts == {"LATE": 1}


def test_every_verdict_says_what_it_means_and_who_acts() -> None:
    assert words().keys() == set(Verdict)
    quiet = {Verdict.ON_TIME, Verdict.PAUSED, Verdict.NOT_EXPECTED}
    for verdict, word in words().items():
        assert word["meaning"]
        acts = bool(word["owner_role"] and word["next_action"])
        assert acts is (verdict not in quiet)
