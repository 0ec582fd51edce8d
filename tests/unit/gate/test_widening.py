"""A later instruction of a practice: only ever wider, signed by two, for what was withdrawn."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from lds_assets.gate import Register
from lds_assets.gate.events import GENESIS, Event, NewEvent, chained
from lds_assets.gate.instructions import Instructions, instructions
from lds_assets.gate.lifecycle import CONSENT, illegal
from lds_assets.gate.purge import PURGE
from lds_assets.gate.purge_rules import refusal
from lds_assets.gate.widening import RETENTION, WIDENED
from tests.unit.gate.test_purge import ASKED, FROM_DAY, ROAD, _before

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = date(2026, 11, 21)
SECOND = {"second": "carl", "second_role": "CALDICOTT"}
TOLD = {"from": "STOP_ONLY", "from_day": "", "to": "ERASE", "erase_from": "", "consents": ["C-1"]}
FROM = {"to": "ERASE_FROM_DATE", "erase_from": "2026-10-01"}


def _widened(**told: object) -> NewEvent:
    return NewEvent(
        RETENTION, "E83003", WIDENED, NOW, "iris", "IG_OFFICER",
        reason_code="TOLD", reason_text="second letter", evidence_ref="NOTICE:2",
        payload=TOLD | SECOND | told,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("event", "rule"),
    [
        (_widened(), ""),
        (_widened(**FROM), ""),
        (_widened(**{"from": "ERASE_FROM_DATE", "from_day": "2026-10-01"}), ""),
        (_widened(**FROM, **{"from": "ERASE_FROM_DATE", "from_day": "2026-10-02"}), ""),
        (_widened(**FROM, **{"from": "ERASE_FROM_DATE", "from_day": "2026-10-01"}), "S17-35"),
        (_widened(**FROM, **{"from": "ERASE_FROM_DATE", "from_day": "2026-09-30"}), "S17-35"),
        (_widened(**FROM, **{"from": "ERASE"}), "S17-35"),
        (_widened(**{"from": "ERASE"}), "S17-35"),
        (_widened(to="STOP_ONLY"), "S17-35"),
        (_widened(to="FORGET"), "S17-15"),
        (_widened(erase_from="2026-10-01"), "S17-14"),
        (_widened(**FROM | {"erase_from": ""}), "S17-14"),
        (_widened(consents=[]), "S17-34"),
        (_widened(**{"from": ""}), "S17-34"),
        (replace(_widened(), evidence_ref=""), "S17-33"),
        (replace(_widened(), actor_role="CALDICOTT"), "S17-32"),
        (replace(_widened(), actor_role="OPS"), "S0-2"),
        (replace(_widened(), reason_text=""), "S0-3"),
        (_widened(second=""), "S0-7"),
        (_widened(second="Iris "), "S0-7"),
        (_widened(second_role="SYSTEM"), "S0-2"),
    ],
)
def test_a_later_instruction_is_wider_and_signed_by_two(event: NewEvent, rule: str) -> None:
    assert illegal(event, []).split(" ")[0] == rule


def _withdrawn(consent: str, instruction: str, day: str = "") -> NewEvent:
    row = {"retention_instruction": instruction, "erase_from": day, "notice_ref": "NOTICE:1"}
    return NewEvent(
        CONSENT, consent, "moved", NOW, "iris", "IG_OFFICER", "GRANTED", "WITHDRAWN",
        payload={"row": row},
    )  # fmt: skip


def _asked(*told: NewEvent, states: dict[str, str]) -> Instructions:
    events: list[Event] = []
    for event in told:
        head = events[-1].this_hash if events else GENESIS
        events.append(chained(event, len(events) + 1, head, NOW))

    def of(word: str) -> SimpleNamespace:
        return SimpleNamespace(state_on=lambda _day: word)

    consents = {"E83003": {name: of(word) for name, word in states.items()}}
    state = SimpleNamespace(consents=consents)
    known = SimpleNamespace(state=lambda: state, events=lambda: events)
    return instructions(cast(Register, known), "E83003", TODAY)


def test_a_later_instruction_takes_the_place_of_the_notices_it_holds_for() -> None:
    gone = {"C-1": "WITHDRAWN", "C-2": "WITHDRAWN"}
    notices = [_withdrawn("C-1", "STOP_ONLY"), _withdrawn("C-2", "ERASE_FROM_DATE", "2026-11-02")]
    assert _asked(*notices, states=gone).told == {
        "STOP_ONLY": "",
        "ERASE_FROM_DATE": "2026-11-02",
    }
    assert _asked(*notices, states=gone).widest == ("ERASE_FROM_DATE", "2026-11-02")
    both = _asked(*notices, _widened(consents=["C-1", "C-2"]), states=gone)
    assert both.told == {"ERASE": ""}
    assert [each["notice"] for each in both.notices] == ["NOTICE:1", "NOTICE:1", "NOTICE:2"]
    assert both.notices[-1]["told_by"] == "iris and carl"


def test_it_says_nothing_of_a_consent_that_was_given_and_withdrawn_after_it() -> None:
    told = [_withdrawn("C-1", "STOP_ONLY"), _widened(), _withdrawn("C-2", "STOP_ONLY")]
    one = _asked(*told, states={"C-1": "SUPERSEDED", "C-2": "WITHDRAWN"})
    assert one.told == {"STOP_ONLY": ""}
    both = _asked(*told, states={"C-1": "WITHDRAWN", "C-2": "WITHDRAWN"})
    assert both.told == {"ERASE": "", "STOP_ONLY": ""}
    assert _asked(*told, states={"C-1": "WITHDRAWN", "C-2": "EFFECTIVE"}) == Instructions()


@pytest.mark.parametrize(
    ("payload", "former", "rule"),
    [
        (ASKED, {"mode": "STOP_ONLY", "cut_off": ""}, ""),
        (ASKED, {"mode": "ERASE", "cut_off": ""}, ""),
        (FROM_DAY, {"mode": "ERASE", "cut_off": ""}, "S17-36"),
        (FROM_DAY, {"mode": "ERASE_FROM_DATE", "cut_off": "2026-10-31"}, "S17-36"),
        (FROM_DAY, {"mode": "ERASE_FROM_DATE", "cut_off": "2026-11-02"}, ""),
    ],
)
def test_no_narrower_purge_follows_a_wider_one_on_the_same_notice(
    payload: dict[str, object], former: dict[str, str], rule: str
) -> None:
    event = replace(ROAD[0], payload=payload | {"former": [{"purge_id": "P-0", **former}]})
    assert refusal(_before("OPEN"), event).split(" ")[0] == rule
    assert event.entity_type == PURGE
