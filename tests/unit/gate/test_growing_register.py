"""Whatever is recorded later, a day asked about as known at a time keeps its answer for ever."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.gate.events import Event, NewEvent, chained, day_start
from lds_assets.gate.policy import Question, decide
from lds_assets.gate.state import fold
from tests.unit.gate.world import BOOK, CONSENT, NOW, SEEDS, World

STAGES = ("LAND", "PUBLISH")
BASE = World().events()


def _row(**cells: str) -> dict[str, str]:
    from lds_assets.gate.formats import file_forms  # noqa: PLC0415

    names = file_forms()["practice_consent.csv"].names
    return {**dict.fromkeys(names, ""), **CONSENT, **cells}


def _event(entity: str, name: str, kind: str, to: str, on: date, **payload: object) -> NewEvent:
    return NewEvent(entity, name, kind, day_start(on), "somebody", "SYSTEM", to_state=to,
                    reason_code="X", reason_text="x", payload=payload)  # fmt: skip


DAYS = st.dates(date(2025, 1, 1), date(2025, 12, 31))


@st.composite
def later(draw: st.DrawFn) -> NewEvent:
    """Anything that may be recorded of the practice the question is about, on any day."""
    on = draw(DAYS)
    if draw(st.booleans()):
        to = draw(st.sampled_from(["SUSPENDED", "WITHDRAWN", "GRANTED", "VOID_SUPPLIER_CHANGE"]))
        row = _row(effective_to=on.isoformat() if to == "WITHDRAWN" else "")
        return _event("practice_consent", "C-1", "moved", to, on, row=row)
    shown = draw(st.sampled_from(["ACTIVE", "DISABLED", "DELETED"]))
    seen = {"practice_code": "E83003", "supplier_code": "EMIS", "supplier_side_state": shown}
    kinds = [
        _event("supplier_side", "E83003|EMIS", "observed", shown, on, row=seen),
        _event("practice", "E83003", draw(st.sampled_from(["hold_placed", "hold_released"])), "",
               on),
        _event("practice_consent", "C-1", "evidence_failed", "", on),
        _event("agreement", "DSA|1", "recorded", "SUSPENDED", on,
               row={**World().rows["agreement.csv"][0], "s251_ref": "", "valid_to": "",
                    "subscribers": "", "notes": "", "state": "SUSPENDED"}),
    ]  # fmt: skip
    return draw(st.sampled_from(kinds))


def _grown(events: tuple[Event, ...], more: list[NewEvent]) -> tuple[Event, ...]:
    grown = list(events)
    for number, new in enumerate(more, start=1):
        at = NOW + timedelta(minutes=number)
        grown.append(chained(new, len(grown) + 1, grown[-1].this_hash, at))
    return tuple(grown)


@settings(max_examples=60)
@given(st.lists(later(), min_size=1, max_size=6), st.integers(0, 5), DAYS)
def test_an_answer_as_known_at_a_time_is_the_same_however_the_register_grows(
    more: list[NewEvent], place: int, day: date
) -> None:
    known_at = NOW + timedelta(minutes=min(place, len(more)))
    whole = _grown(BASE, more)
    then = tuple(each for each in whole if datetime.fromisoformat(each.recorded_at) <= known_at)
    for stage in STAGES:
        asked = Question(stage, "E83003", "EMIS", "IM1-BULK-EMIS", "LDS-PRIMARY-CARE", day)
        asked = replace(asked, known_at=known_at)
        assert decide(asked, fold(whole, known_at), BOOK) == decide(asked, fold(then), BOOK)


def test_a_clock_that_goes_back_changes_no_answer_of_the_past() -> None:
    times = iter([NOW, NOW - timedelta(days=3), NOW - timedelta(days=1), NOW])
    register = Register(connect("sqlite://"), SEEDS, lambda: next(times))
    for name in ("a", "b", "c", "d"):
        register.record([NewEvent("variation", name, "noted", NOW, "platform", "SYSTEM")])
    recorded = [datetime.fromisoformat(each.recorded_at) for each in register.events()]
    assert recorded == sorted(set(recorded))
    assert recorded[0] == NOW.astimezone(UTC)
    assert len(register.state(recorded[1]).version) == 64
    assert register.state(recorded[1]).version == register.events()[1].this_hash
