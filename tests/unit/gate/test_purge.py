"""The purge machine: who may move it, on what proof, and that there is no way round."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import cast

import pytest

from lds_assets.gate import Register
from lds_assets.gate.events import GENESIS, Event, NewEvent, chained
from lds_assets.gate.instructions import instructions
from lds_assets.gate.lifecycle import CONSENT, illegal
from lds_assets.gate.purge import LAYERS, PURGE, Layer, Mode, Purge, State, fold
from lds_assets.gate.purge_rules import MOVES, refusal

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
HASH = "a" * 64
ASKED = {
    "subject_kind": "PRACTICE",
    "subject_key": "E83003",
    "trigger": "CONSENT_WITHDRAWN",
    "mode": "ERASE",
    "instructions": ["ERASE"],
    "ended_agreements": [],
    "open_purge": False,
}
FROM_DAY = ASKED | {
    "mode": "ERASE_FROM_DATE",
    "instructions": ["ERASE_FROM_DATE"],
    "cut_off": "2026-11-01",
    "noticed_cut_off": "2026-11-01",
}
AGREED = {"second": "carl", "second_role": "CALDICOTT", "inventory_sha256": HASH}


def _event(from_state: str, to_state: str, role: str, **named: object) -> NewEvent:
    payload = named.pop("payload", {})
    event = NewEvent(
        PURGE, "P-1", "moved", NOW, "iris", role, from_state, to_state,
        reason_code="TOLD", reason_text="notice", evidence_ref="NOTICE:1", evidence_sha256=HASH,
        payload=payload,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(event, **named)  # type: ignore[arg-type]


#: Every step as it should be, in order.
ROAD = [
    _event("", "OPEN", "IG_OFFICER", payload=ASKED),
    _event("OPEN", "INVENTORIED", "OPS"),
    _event("INVENTORIED", "APPROVED", "IG_OFFICER", payload=AGREED),
    _event("APPROVED", "EXECUTING", "OPS", payload={"canary_count": 3}),
    *(
        replace(
            _event("", "", "SYSTEM", payload={"layer": layer, "counts": {"rows": 1}}),
            event_type="layer_done",
        )
        for layer in Layer
    ),
    _event("EXECUTING", "LOCAL_DONE", "SYSTEM", payload={"found": 0}),
    _event("LOCAL_DONE", "SUBSCRIBERS_NOTIFIED", "SYSTEM", payload={"subscribers": ["ICB-1"]}),
    _event("SUBSCRIBERS_NOTIFIED", "CONFIRMED", "SYSTEM", payload={"confirmed": ["ICB-1"]}),
    _event("CONFIRMED", "CERTIFIED", "IG_OFFICER", payload={"backups": []}),
]
PLACE = {each.to_state: place for place, each in enumerate(ROAD) if each.to_state}


def _recorded(events: list[NewEvent]) -> list[Event]:
    stored: list[Event] = []
    for event in events:
        head = stored[-1].this_hash if stored else GENESIS
        stored.append(chained(event, len(stored) + 1, head, NOW))
    return stored


def _before(state: str) -> Purge:
    """Return the purge as it stands when the step to a state is due."""
    return fold("P-1", _recorded(ROAD[: PLACE[state]]))


def test_the_whole_road_is_legal_step_by_step() -> None:
    for place, event in enumerate(ROAD):
        assert illegal(event, _recorded(ROAD[:place])) == "", event.to_state
    assert fold("P-1", _recorded(ROAD)).is_over


@pytest.mark.parametrize(
    ("state", "change", "rule"),
    [
        ("OPEN", {"actor_role": "OPS"}, "S17-7"),
        ("OPEN", {"reason_text": ""}, "S17-8"),
        ("OPEN", {"evidence_ref": ""}, "S17-12"),
        ("OPEN", {"payload": ASKED | {"subject_kind": "PERSON"}}, "S17-10"),
        ("OPEN", {"payload": ASKED | {"trigger": "PATIENT_ERASURE"}}, "S17-11"),
        ("OPEN", {"payload": ASKED | {"open_purge": True}}, "S17-13"),
        ("OPEN", {"payload": FROM_DAY | {"cut_off": ""}}, "S17-14"),
        ("OPEN", {"payload": FROM_DAY | {"cut_off": "soon"}}, "S17-14"),
        ("OPEN", {"payload": ASKED | {"cut_off": "2026-11-01"}}, "S17-14"),
        ("OPEN", {"payload": FROM_DAY | {"cut_off": "2026-11-02"}}, "S17-31"),
        ("OPEN", {"payload": FROM_DAY | {"trigger": "MISROUTED"}}, "S17-16"),
        ("OPEN", {"payload": ASKED | {"mode": "FORGET"}}, "S17-15"),
        ("OPEN", {"payload": ASKED | {"trigger": "MISROUTED", "mode": "STOP_ONLY"}}, "S17-16"),
        ("OPEN", {"payload": ASKED | {"trigger": "AGREEMENT_ENDED"}}, "S17-17"),
        ("OPEN", {"payload": ASKED | {"instructions": []}}, "S17-18"),
        ("OPEN", {"payload": ASKED | {"instructions": ["STOP_ONLY"]}}, "S17-19"),
        ("INVENTORIED", {"evidence_sha256": ""}, "S17-9"),
        ("APPROVED", {"payload": AGREED | {"second": ""}}, "S17-20"),
        ("APPROVED", {"payload": AGREED | {"second": " IRIS "}}, "S17-20"),
        ("APPROVED", {"payload": AGREED | {"second_role": "SYSTEM"}}, "S17-21"),
        ("APPROVED", {"payload": AGREED | {"second_role": "FRIEND"}}, "S17-21"),
        ("APPROVED", {"actor_role": "OPS", "payload": AGREED | {"second_role": "OPS"}}, "S17-22"),
        ("APPROVED", {"payload": AGREED | {"inventory_sha256": "b" * 64}}, "S17-23"),
        ("APPROVED", {"reason_text": ""}, "S17-8"),
        ("EXECUTING", {"payload": {}}, "S17-24"),
        ("LOCAL_DONE", {"actor_role": "IG_OFFICER"}, "S17-7"),
        ("LOCAL_DONE", {"payload": {"found": 1}}, "S17-26"),
        ("LOCAL_DONE", {"payload": {}}, "S17-26"),
        ("SUBSCRIBERS_NOTIFIED", {"payload": {}}, "S17-27"),
        ("CONFIRMED", {"payload": {"confirmed": []}}, "S17-28"),
        ("CERTIFIED", {"actor_role": "OPS"}, "S17-7"),
        ("CERTIFIED", {"evidence_sha256": ""}, "S17-9"),
        ("CERTIFIED", {"payload": {}}, "S17-30"),
        ("CERTIFIED", {"payload": {"backups": [{"name": "nightly"}]}}, "S17-30"),
    ],
)
def test_one_thing_missing_is_refused_by_its_rule(
    state: str, change: dict[str, object], rule: str
) -> None:
    event = replace(ROAD[PLACE[state]], **change)  # type: ignore[arg-type]
    assert refusal(_before(state), event).split(" ")[0] == rule


def test_no_step_can_be_left_out() -> None:
    for state in State:
        standing = fold("P-1", _recorded(ROAD[: PLACE[state] + 1])) if state in PLACE else None
        for other in State:
            if standing is None or (state, other) in MOVES:
                continue
            event = replace(ROAD[PLACE.get(other, 0)], from_state=state, to_state=other)
            assert refusal(standing, event).startswith("S17-4"), (state, other)


@pytest.mark.parametrize("layer", list(Layer))
def test_nothing_is_proven_while_a_layer_is_left(layer: Layer) -> None:
    road = [each for each in ROAD[: PLACE["LOCAL_DONE"]] if each.payload.get("layer") != layer]
    said = refusal(fold("P-1", _recorded(road)), ROAD[PLACE["LOCAL_DONE"]])
    assert said == f"S17-25 layers are not done: {layer}"


def test_a_subscriber_who_does_not_answer_is_an_exception_with_its_reason() -> None:
    purge = _before("CONFIRMED")
    event = replace(ROAD[PLACE["CONFIRMED"]], to_state="EXCEPTIONS", actor_role="IG_OFFICER")
    for exceptions, rule in (
        ([], "S17-29"),
        ([{"subscriber": "ICB-1", "reason": ""}], "S17-29"),
        ([{"subscriber": "ICB-2", "reason": "late"}], "S17-29"),
        ([{"subscriber": "ICB-1", "reason": "chased twice"}], ""),
    ):
        said = refusal(purge, replace(event, payload={"exceptions": exceptions}))
        assert said.split(" ")[0] == rule


def test_a_new_count_lapses_the_approval_of_the_old_one() -> None:
    recount = _event("INVENTORIED", "INVENTORIED", "OPS", evidence_sha256="c" * 64)
    purge = fold("P-1", _recorded([*ROAD[: PLACE["APPROVED"]], recount]))
    assert refusal(purge, ROAD[PLACE["APPROVED"]]).startswith("S17-23")


def test_stop_only_leaves_the_data_where_they_are() -> None:
    kept = {Layer.LANDING, Layer.RAW, Layer.QUARANTINE, Layer.CANONICAL, Layer.REMAINS}
    assert set(Layer) - set(LAYERS[Mode.STOP_ONLY]) == kept
    assert LAYERS[Mode.ERASE] == LAYERS[Mode.ERASE_FROM_DATE] == tuple(Layer)


def test_a_purge_from_the_day_of_the_notice_is_opened() -> None:
    event = replace(ROAD[0], payload=FROM_DAY)
    assert refusal(fold("P-1", []), event) == ""
    assert fold("P-1", _recorded([event])).cut_off == "2026-11-01"


def test_of_several_notices_the_earliest_day_counts() -> None:
    """Two consents withdrawn, one moved its day: what nobody may keep is erased."""
    days = [("C-1", "2026-11-02"), ("C-2", "2026-10-09"), ("C-2", "2026-11-03")]
    told = [
        NewEvent(
            CONSENT, name, "withdrawn", NOW, "iris", "IG_OFFICER",
            payload={"row": {"retention_instruction": "ERASE_FROM_DATE", "erase_from": day}},
        )
        for name, day in days
    ]  # fmt: skip
    ended = SimpleNamespace(state_on=lambda _day: "WITHDRAWN")
    state = SimpleNamespace(consents={"E83003": {"C-1": ended, "C-2": ended}})
    known = SimpleNamespace(state=lambda: state, events=lambda: _recorded(told))
    asked = instructions(cast(Register, known), "E83003", date(2026, 11, 21))
    assert asked.told == {"ERASE_FROM_DATE": "2026-11-02"}


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({}, ""),
        ({"evidence_sha256": ""}, "S17-1"),
        ({"actor_role": "CALDICOTT"}, "S17-1"),
        ({"actor_role": "OPS"}, "S0-2"),
        ({"reason_text": ""}, "S17-8"),
    ],
)
def test_only_a_certificate_lifts_the_closing_of_the_gate(
    change: dict[str, object], rule: str
) -> None:
    event = replace(
        _event("", "", "IG_OFFICER"), entity_type="intervention", event_type="purge_certified"
    )
    assert illegal(replace(event, **change), []).split(" ")[0] == rule  # type: ignore[arg-type]
