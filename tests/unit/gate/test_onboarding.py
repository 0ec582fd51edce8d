"""The onboarding machine: steps by facts, events by people, and a release only when reconciled.

Days are worked out by hand: the practice is on the supplier's system since 2025-01-01, invited on
the 6th, consents on the 10th, the feed is asked for on the 13th and active on the 20th, the bulk
is of the 22nd, reconciled on the 23rd, released on the 24th. The day asked about is the 30th.
"""

from dataclasses import replace
from datetime import date

import pytest

from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.lifecycle import illegal
from lds_assets.gate.onboarding import (
    PATH,
    Facts,
    Onboarding,
    Stall,
    Standing,
    Step,
    Told,
    fold,
    standing,
)
from lds_assets.gate.onboarding_rules import MOVES
from tests.unit.gate.world import DAY, World, reconciled

PRACTICE, SUPPLIER = "E83003", "EMIS"
KEY = f"{PRACTICE}|{SUPPLIER}"


def _january(day: int) -> date:
    return date(2025, 1, day)


def _told(day: int, evidence: str = "") -> Told:
    return Told(_january(day), "somebody", evidence)


#: The facts of a practice at each step of the road, the newest last.
FULL = Facts(
    PRACTICE,
    SUPPLIER,
    Onboarding(
        PRACTICE, SUPPLIER, _told(6), feed_requested=_told(13), reconciled=(_told(23, "bulk"),)
    ),
    prospect_since=_january(1),
    consented=_told(10, "C-1"),
    activated=_told(20),
    bulk=_told(22, "bulk"),
    released=_told(24, "r000001"),
    is_released=True,
)


def _at(step: Step) -> Facts:
    """Return the facts of a practice whose newest step is the given one."""
    told, place = FULL.told, PATH.index(step)

    def reached(other: Step) -> bool:
        return PATH.index(other) <= place

    return replace(
        FULL,
        told=replace(
            told,
            invited=told.invited if reached(Step.INVITED) else None,
            feed_requested=told.feed_requested if reached(Step.FEED_REQUESTED) else None,
            reconciled=told.reconciled if reached(Step.RECONCILED) else (),
        ),
        consented=FULL.consented if reached(Step.CONSENT_GRANTED) else None,
        activated=FULL.activated if reached(Step.FEED_ACTIVATED) else None,
        bulk=FULL.bulk if reached(Step.BULK_RECEIVED) else None,
        owed=3 if step is Step.BACKFILLING else 0,
        released=FULL.released if step is Step.LIVE else None,
    )


def _stand(facts: Facts) -> Standing:
    return standing(facts, _january(30))


@pytest.mark.parametrize("step", PATH)
def test_a_practice_stands_where_the_facts_show(step: Step) -> None:
    found = _stand(_at(step))
    assert (found.state, found.step) == (step, step)


def test_each_step_tells_its_day_and_how_long_it_was_the_newest() -> None:
    found = _stand(FULL)
    assert [(each.step, each.on, each.days) for each in found.reached] == [
        (Step.PROSPECT, _january(1), 5),
        (Step.INVITED, _january(6), 4),
        (Step.CONSENT_GRANTED, _january(10), 3),
        (Step.FEED_REQUESTED, _january(13), 7),
        (Step.FEED_ACTIVATED, _january(20), 2),
        (Step.BULK_RECEIVED, _january(22), 1),
        (Step.RECONCILED, _january(23), 1),
        (Step.LIVE, _january(24), 6),
    ]
    assert (found.since, found.days) == (_january(24), 6)


def test_a_consent_asked_for_is_an_invitation_nobody_has_to_type() -> None:
    asked = replace(_at(Step.PROSPECT), requested=_told(7, "C-1"))
    assert _stand(asked).state is Step.INVITED
    granted = replace(_at(Step.PROSPECT), consented=_told(10))
    assert [each.step for each in _stand(granted).reached] == [
        Step.PROSPECT,
        Step.INVITED,
        Step.CONSENT_GRANTED,
    ]


def test_a_feed_that_is_active_was_asked_for_by_somebody() -> None:
    facts = replace(FULL, told=replace(FULL.told, feed_requested=None))
    steps = [each.step for each in _stand(facts).reached]
    assert Step.FEED_REQUESTED not in steps and steps[-1] is Step.LIVE


def test_a_step_begins_no_earlier_than_the_one_before_it() -> None:
    # the practice joins a feed whose bulk is older than its consent
    old_bulk = replace(_at(Step.BULK_RECEIVED), bulk=_told(2, "bulk"))
    (*_, bulk) = _stand(old_bulk).reached
    assert (bulk.step, bulk.on, bulk.days) == (Step.BULK_RECEIVED, _january(20), 10)


def test_what_is_owed_after_the_reconciliation_is_a_backfill_until_the_release() -> None:
    assert _stand(replace(_at(Step.RECONCILED), owed=1)).state is Step.BACKFILLING
    assert _stand(replace(FULL, owed=1)).state is Step.LIVE


@pytest.mark.parametrize(
    ("ended", "state"),
    [(_january(22), Step.BULK_RECEIVED), (_january(23), Step.BULK_RECEIVED), (None, Step.LIVE)],
)
def test_nothing_told_up_to_the_end_of_a_course_counts(ended: date | None, state: Step) -> None:
    found = replace(FULL, ended=ended)
    before = ended is not None and ended < _january(23)
    assert _stand(found).state is (Step.LIVE if before else state)


def test_a_practice_that_left_is_a_prospect_again() -> None:
    left = replace(FULL, ended=_january(28), consented=None)
    found = _stand(left)
    assert (found.state, [each.step for each in found.reached]) == (Step.PROSPECT, [Step.PROSPECT])


def test_a_no_counts_until_the_practice_says_yes() -> None:
    no = replace(_at(Step.INVITED).told, declined=_told(9))
    found = _stand(replace(_at(Step.INVITED), told=no))
    assert (found.state, found.step, found.since) == (Step.DECLINED, Step.INVITED, _january(9))
    # the days as invited end with the no
    assert found.reached[-1].days == 3
    assert _stand(replace(FULL, told=replace(FULL.told, declined=_told(9)))).state is Step.LIVE


def test_a_stall_is_of_its_step_and_ends_when_the_practice_moves_on() -> None:
    stall = Stall("the supplier does not answer", "TECH_LEAD", _january(15), Step.FEED_REQUESTED)
    stuck = replace(_at(Step.FEED_REQUESTED), told=replace(FULL.told, reconciled=(), stall=stall))
    found = _stand(stuck)
    assert (found.state, found.step, found.since) == (
        Step.STALLED,
        Step.FEED_REQUESTED,
        _january(15),
    )
    assert found.stall == stall
    moved = replace(_at(Step.FEED_ACTIVATED), told=stuck.told)
    assert (_stand(moved).state, _stand(moved).stall) == (Step.FEED_ACTIVATED, None)


# -- what people may tell


def _event(kind: str, at: str, **terms: object) -> NewEvent:
    """Return an event as the desk records it, all its terms in order."""
    _, leads_to, roles, _ = MOVES[kind]
    usual: dict[str, object] = {
        "actor": "Ann",
        "actor_role": sorted(roles)[-1],
        "to_state": str(leads_to or at),
        "reason_code": "TOLD",
        "reason_text": "as agreed",
        "evidence_ref": "DMS:1",
        "payload": {
            "owner_role": "TECH_LEAD",
            "verdict": "GREEN",
            "measure": "orphan_share",
            "second": "Bert",
            "second_role": "IG_OFFICER",
        },
    }
    return NewEvent(
        entity_type="onboarding",
        entity_id=KEY,
        event_type=kind,
        effective_at=day_start(DAY),
        from_state=at,
        **(usual | terms),  # type: ignore[arg-type]  # terms by name
    )


def _refused(event: NewEvent, *before: NewEvent) -> str:
    chained = World(rows={}).then(*before).events()
    return illegal(event, chained).split(" ")[0]


#: event -> every step at which it may be told.
LEGAL = {
    "invited": {"PROSPECT", "DECLINED"},
    "declined": {"PROSPECT", "INVITED"},
    "feed_requested": {"CONSENT_GRANTED"},
    "stalled": {str(step) for step in PATH if step is not Step.LIVE},
    "reconciled": {"BULK_RECEIVED"},
    "measure_accepted": {"BULK_RECEIVED"},
}


@pytest.mark.parametrize("kind", LEGAL)
def test_an_event_is_told_at_its_steps_and_at_no_other(kind: str) -> None:
    for step in Step:
        found = _refused(_event(kind, str(step)))
        assert found == ("" if str(step) in LEGAL[kind] else "S14-2"), step


ROLES_OF = {
    "invited": {"PRACTICE_LIAISON", "IG_OFFICER"},
    "declined": {"PRACTICE_LIAISON", "IG_OFFICER"},
    "feed_requested": {"PRACTICE_LIAISON", "DELIVERY_LEAD", "TECH_LEAD"},
    "stalled": {"PRACTICE_LIAISON", "IG_OFFICER", "DELIVERY_LEAD", "TECH_LEAD", "OPS"},
    "reconciled": {"SYSTEM"},
    "measure_accepted": {"PRACTICE_LIAISON", "IG_OFFICER", "DELIVERY_LEAD", "TECH_LEAD"},
}


@pytest.mark.parametrize("kind", ROLES_OF)
def test_an_event_is_told_by_its_roles_and_by_no_other(kind: str) -> None:
    step = sorted(LEGAL[kind])[-1]
    for role in ("PRACTICE_LIAISON", "IG_OFFICER", "DELIVERY_LEAD", "TECH_LEAD", "OPS", "SYSTEM"):
        found = _refused(_event(kind, step, actor_role=role))
        assert (found == "") is (role in ROLES_OF[kind]), role


@pytest.mark.parametrize("kind", ["declined", "stalled", "reconciled", "measure_accepted"])
def test_what_stops_or_lets_pass_says_why(kind: str) -> None:
    assert _refused(_event(kind, sorted(LEGAL[kind])[-1], reason_text="")) == "S14-5"


def test_a_stall_names_who_clears_it_and_is_told_once() -> None:
    stalled = _event("stalled", "INVITED")
    assert _refused(replace(stalled, payload={})) == "S14-6"
    assert _refused(replace(stalled, payload={"owner_role": "SYSTEM"})) == "S14-6"
    assert _refused(stalled, stalled) == "S14-7"
    assert _refused(_event("stalled", "CONSENT_GRANTED"), stalled) == ""
    resumed = _event("resumed", "INVITED")
    assert _refused(resumed) == "S14-8"
    assert _refused(resumed, stalled) == ""
    assert _refused(resumed, stalled, resumed) == "S14-8"


def test_a_practice_the_gate_bars_is_not_invited() -> None:
    barred = replace(_event("invited", "PROSPECT"), payload={"barred": ["V_NOT_LIVE"]})
    assert _refused(barred) == "S14-10"


def test_a_request_to_the_supplier_names_its_paper() -> None:
    assert _refused(_event("feed_requested", "CONSENT_GRANTED", evidence_ref="")) == "S14-9"


def test_a_reconciliation_that_holds_is_refused_under_its_reason() -> None:
    held = _event("reconciled", "BULK_RECEIVED", reason_code="D_POPULATION")
    assert _refused(replace(held, payload={"verdict": "HOLD"})) == "D_POPULATION"
    assert _refused(replace(held, payload={})) == "D_POPULATION"
    assert _refused(replace(held, payload={"verdict": "AMBER"})) == ""
    assert _refused(replace(held, payload={"verdict": "GREEN"}, evidence_ref="")) == "S14-11"


def test_one_person_alone_accepts_no_measure() -> None:
    accepted = _event("measure_accepted", "BULK_RECEIVED")
    alone = {"measure": "orphan_share", "second": "ann", "second_role": "IG_OFFICER"}
    assert _refused(replace(accepted, payload=alone)) == "S0-7"


def test_an_unknown_event_is_refused() -> None:
    event = replace(_event("invited", "PROSPECT"), event_type="released")
    assert _refused(event) == "S14-1"


def test_a_new_invitation_ends_a_no_and_a_stall() -> None:
    declined = _event("declined", "INVITED")
    invited = _event("invited", "DECLINED")
    events = World(rows={}).then(_event("stalled", "INVITED"), declined, invited).events()
    told = fold(KEY, events)
    assert (told.declined, told.stall) == (None, None)
    assert fold(KEY, events[:2]).declined is not None


# -- the gate

SIZED = World().add(
    "list_size.csv",
    practice_code=PRACTICE,
    as_at="2025-01-01",
    registered_count="1000",
    source="x",
)


def _publish(world: World, day: date = DAY) -> tuple[str, ...]:
    return world.decide(day, stage="PUBLISH", registered_count=1000).reasons


def test_nothing_is_published_before_the_first_extract_is_reconciled() -> None:
    assert _publish(SIZED) == ("D_NOT_RECONCILED",)
    assert SIZED.decide().is_allowed, "the practice may land"
    done = SIZED.then(reconciled(DAY))
    assert _publish(done) == ()
    assert _publish(done, date(2025, 6, 15)) == ("D_NOT_RECONCILED",)


def test_another_practices_or_suppliers_reconciliation_opens_nothing() -> None:
    others = SIZED.then(reconciled(DAY, practice="G83001"), reconciled(DAY, supplier="TPP"))
    assert _publish(others) == ("D_NOT_RECONCILED",)


@pytest.mark.parametrize(
    ("event_type", "entity", "to_state"),
    [
        ("purge_opened", "practice", ""),
        ("moved", "practice_consent", "WITHDRAWN"),
        ("moved", "practice_consent", "VOID_SUPPLIER_CHANGE"),
    ],
)
def test_a_purge_or_an_ended_consent_ends_the_reconciliation_before_it(
    event_type: str, entity: str, to_state: str
) -> None:
    end = NewEvent(
        entity,
        PRACTICE if entity == "practice" else "C-1",
        event_type,
        day_start(DAY),
        "officer",
        "IG_OFFICER",
        to_state=to_state,
        reason_code="R",
        reason_text="r",
    )
    over = SIZED.then(reconciled(DAY), end)
    over = over.add(
        "practice_consent.csv",
        **over.rows["practice_consent.csv"][0]
        | {"consent_id": "C-2", "effective_from": "2025-06-17", "effective_to": ""},
    )
    after = date(2025, 6, 18)
    assert "D_NOT_RECONCILED" in _publish(over, after)
    again = over.then(reconciled(date(2025, 6, 17)))
    assert "D_NOT_RECONCILED" not in _publish(again, after)
