"""The variation machine: every way through it is walked, and each guard shuts its door."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lds_assets.gate.events import Event, NewEvent, chained
from lds_assets.gate.variation import (
    BOARD,
    VARIATION,
    Choice,
    Round,
    State,
    Variation,
    applied,
    fold,
)
from lds_assets.gate.variation_rules import (
    ASSURANCE_FIELDS,
    CASE_FIELDS,
    MOVES,
    REQUEST_FIELDS,
    SCOPING_FIELDS,
    illegal,
    refusal,
)

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
PARTNERS = ("QKK", "QMF")
ONE, TWO = "1" * 64, "2" * 64

DRAFTED = {
    "kind": "NEW_SUPPLIER",
    "supplier_code": "ORCHARD",
    "mechanism_id": "IM1-BULK-ORCHARD",
    "title": "Take Orchard into scope",
    "cycle_id": "2026-27",
    "requesting_icbs": ["QKK"],
    "content_sha256": ONE,
}
GATHERED: dict[State, dict[str, Any]] = {
    State.DRAFT: DRAFTED,
    State.SUBMITTED: {
        **dict.fromkeys(REQUEST_FIELDS, "told"),
        "practices_affected": ["E84001"],
        "partners": list(PARTNERS),
        "cycle_open": True,
    },
    State.DEFERRED: {"deadline_passed": True},
    State.SCOPING: {"team": "data platform", "resource_ref": "R-1"},
    State.SCOPED: dict.fromkeys(SCOPING_FIELDS, "found"),
    State.BLOCKED: {"recheck_on": "2026-07-01"},
    State.CASE_SUBMITTED: {
        **dict.fromkeys(CASE_FIELDS, "written"),
        "partners": list(PARTNERS),
        "content_sha256": TWO,
    },
    State.BUILD: {"plan": "P-1", "budget_code": "B-1"},
    State.ASSURANCE: dict.fromkeys(ASSURANCE_FIELDS, "shown"),
    State.LIVE: {"second": "safety", "second_role": "CLINICAL_SAFETY", "capability": "CAP-1"},
}
#: who makes the move in the examples
ROLE = {
    State.DRAFT: "ICB_SPONSOR",
    State.SUBMITTED: "ICB_SPONSOR",
    State.DEFERRED: "SYSTEM",
    State.RETURNED: "PRODUCT_OWNER",
    State.REQUEST_APPROVED: "BOARD_SECRETARY",
    State.REJECTED: "BOARD_SECRETARY",
    State.SCOPING: "TECH_LEAD",
    State.SCOPED: "TECH_LEAD",
    State.BLOCKED: "TECH_LEAD",
    State.LAPSED: "SYSTEM",
    State.CASE_SUBMITTED: "PRODUCT_OWNER",
    State.BOARD_APPROVED: "BOARD_SECRETARY",
    State.APPROVED_TO_BUILD: "SYSTEM",
    State.BUILD: "DELIVERY_LEAD",
    State.ASSURANCE: "DELIVERY_LEAD",
    State.LIVE: "IG_OFFICER",
    State.SUSPENDED: "IG_OFFICER",
    State.RETIRED: "BOARD_SECRETARY",
    State.WITHDRAWN: "ICB_SPONSOR",
}


def event(event_type: str, at: datetime, **changes: Any) -> NewEvent:  # noqa: ANN401
    """Return an event of the variation under test."""
    plain = NewEvent(VARIATION, "V-1", event_type, at, "somebody", "AUDITOR")
    return replace(plain, **changes)


def move(
    before: str,
    after: State,
    at: datetime = START,
    **changes: Any,  # noqa: ANN401
) -> NewEvent:
    """Return a move with everything its guards ask for."""
    role = ROLE[after]
    return event(
        "moved",
        at,
        from_state=before,
        to_state=after,
        actor=role.lower(),
        actor_role=role,
        reason_code="TOLD",
        reason_text="as told",
        evidence_ref="minute 1",
        payload=dict(GATHERED.get(after, {})),
        **changes,
    )


def decide(
    round_: Round,
    party: str,
    content: str,
    choice: Choice = Choice.APPROVE,
    at: datetime = START,
    **changes: Any,  # noqa: ANN401
) -> NewEvent:
    """Return a party's decision."""
    payload = {
        "round": round_,
        "party": party,
        "choice": choice,
        "content_sha256": content,
        **changes.pop("payload", {}),
    }
    return event(
        "decided",
        at,
        actor=f"approver of {party}",
        actor_role="BOARD_SECRETARY" if party == BOARD else "PARTNER_APPROVER",
        evidence_ref="minute 1",
        payload=payload,
        **changes,
    )


class History:
    """A variation being moved along."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def add(self, new: NewEvent) -> str:
        """Record an event, or return the rule it breaks."""
        rule = illegal(new, self.events)
        if not rule:
            self.events.append(chained(new, len(self.events) + 1, "0" * 64, START))
        return rule

    def take(self, *wanted: NewEvent) -> "History":
        """Record events that must be legal."""
        for new in wanted:
            assert self.add(new) == ""
        return self

    @property
    def now(self) -> Variation:
        return fold("V-1", self.events)


def everybody(round_: Round, content: str) -> list[NewEvent]:
    return [decide(round_, party, content) for party in (BOARD, *PARTNERS)]


def submitted() -> History:
    return History().take(move("", State.DRAFT), move(State.DRAFT, State.SUBMITTED))


def case_submitted() -> History:
    return (
        submitted()
        .take(*everybody(Round.REQUEST, ONE))
        .take(
            move(State.SUBMITTED, State.REQUEST_APPROVED),
            move(State.REQUEST_APPROVED, State.SCOPING),
            move(State.SCOPING, State.SCOPED),
            move(State.SCOPED, State.CASE_SUBMITTED),
        )
    )


def in_assurance() -> History:
    return (
        case_submitted()
        .take(*everybody(Round.BUSINESS_CASE, TWO))
        .take(
            move(State.CASE_SUBMITTED, State.BOARD_APPROVED),
            move(State.BOARD_APPROVED, State.APPROVED_TO_BUILD),
            move(State.APPROVED_TO_BUILD, State.BUILD),
            move(State.BUILD, State.ASSURANCE),
        )
    )


def test_the_whole_way_leads_to_live() -> None:
    history = in_assurance().take(move(State.ASSURANCE, State.LIVE, START + timedelta(days=3)))
    assert history.now.state is State.LIVE
    assert history.now.state_on((START + timedelta(days=2)).date()) is State.ASSURANCE
    assert history.now.state_on((START + timedelta(days=3)).date()) is State.LIVE


# -- exploration


@dataclass(frozen=True)
class Node:
    """A state of the machine and what really was assented to on the way, kept apart from it."""

    key: tuple[object, ...]
    assents: frozenset[tuple[Round, str, str]]


def offers(variation: Variation) -> Iterator[NewEvent]:
    """Return every kind of event anybody may try, fitting the guards of form."""
    for after in State:
        yield move(variation.state or "", after)
    for round_ in Round:
        for party in (BOARD, *PARTNERS):
            for content in (ONE, TWO):
                for choice in (Choice.APPROVE, Choice.REJECT):
                    yield decide(round_, party, content, choice)
    for content in (ONE, TWO):
        if content != variation.content_sha256:
            yield event(
                "revised", START, actor_role="PRODUCT_OWNER", payload={"content_sha256": content}
            )
    yield event("noted", START, reason_text="engagement")


def key_of(variation: Variation) -> tuple[object, ...]:
    """Return what the machine's future depends on (the count of revisions and notes does not)."""
    decided = frozenset(
        (key, each.choice, each.content_sha256) for key, each in variation.decisions.items()
    )
    return (
        variation.state,
        variation.content_sha256,
        variation.partners,
        decided,
        variation.builders,
    )


def after(assents: frozenset[tuple[Round, str, str]], new: NewEvent) -> frozenset[Any]:
    """Keep the assents by hand: the newest decision of a party in a round counts."""
    if new.event_type != "decided":
        return assents
    round_, party = new.payload["round"], new.payload["party"]
    others = frozenset(each for each in assents if each[:2] != (round_, party))
    if new.payload["choice"] == Choice.APPROVE:
        return others | {(round_, party, new.payload["content_sha256"])}
    return others


def all_on_one_hash(assents: frozenset[tuple[Round, str, str]], round_: Round) -> bool:
    hashes = [
        {content for each, by, content in assents if (each, by) == (round_, party)}
        for party in (BOARD, *PARTNERS)
    ]
    return bool(set.intersection(*hashes))


def explore() -> Iterator[tuple[Node, NewEvent, Variation]]:
    """Walk every reachable state; yield each legal step with the state it leads to."""
    first = Variation("V-1")
    waiting = deque([(first, Node(key_of(first), frozenset()))])
    seen = {waiting[0][1]}
    while waiting:
        variation, node = waiting.popleft()
        for new in offers(variation):
            if refusal(variation, new):
                continue
            reached = applied(variation, chained(new, 1, "0" * 64, START))
            reached = replace(reached, history=reached.history[-1:], notes=())
            yield node, new, reached
            following = Node(key_of(reached), after(node.assents, new))
            if following not in seen:
                seen.add(following)
                waiting.append((reached, following))


def test_no_way_leads_to_live_without_the_board_and_every_partner_on_one_content() -> None:
    reached: set[State | None] = set()
    for node, new, variation in explore():
        reached.add(variation.state)
        if new.event_type != "moved":
            continue
        if new.to_state == State.REQUEST_APPROVED:
            assert all_on_one_hash(node.assents, Round.REQUEST)
        if new.to_state in (State.APPROVED_TO_BUILD, State.LIVE):
            assert all_on_one_hash(node.assents, Round.BUSINESS_CASE)
    # every state but those that only time leads to
    assert reached - {None} == set(State) - {State.LAPSED}


# -- guards, one by one


@pytest.mark.parametrize("round_", list(Round))
@pytest.mark.parametrize("silent", [BOARD, *PARTNERS])
def test_silence_is_not_approval(round_: Round, silent: str) -> None:
    history, content = (submitted(), ONE) if round_ is Round.REQUEST else (case_submitted(), TWO)
    for new in everybody(round_, content):
        if new.payload["party"] != silent:
            history.take(new)
    if round_ is Round.REQUEST:
        rule = history.add(move(State.SUBMITTED, State.REQUEST_APPROVED))
    elif silent == BOARD:
        rule = history.add(move(State.CASE_SUBMITTED, State.BOARD_APPROVED))
    else:
        history.take(move(State.CASE_SUBMITTED, State.BOARD_APPROVED))
        rule = history.add(move(State.BOARD_APPROVED, State.APPROVED_TO_BUILD))
    assert rule == f"S5-21 no assent to this revision of: {silent}"


@pytest.mark.parametrize("choice", [Choice.REJECT, Choice.DEFER, Choice.RECUSE])
def test_only_approval_is_approval(choice: Choice) -> None:
    history = submitted().take(*everybody(Round.REQUEST, ONE)[:-1])
    history.take(decide(Round.REQUEST, "QMF", ONE, choice, payload={"deputy": "a deputy"}))
    rule = history.add(move(State.SUBMITTED, State.REQUEST_APPROVED))
    assert rule == "S5-21 no assent to this revision of: QMF"


def test_approval_of_an_older_revision_does_not_count() -> None:
    """Fixture 9: a partner approved the first revision, the content is now the second."""
    history = case_submitted().take(*everybody(Round.BUSINESS_CASE, TWO))
    history.take(move(State.CASE_SUBMITTED, State.BOARD_APPROVED))
    three = "3" * 64
    history.take(
        event("revised", START, actor_role="PRODUCT_OWNER", payload={"content_sha256": three})
    )
    history.take(decide(Round.BUSINESS_CASE, BOARD, three))
    history.take(decide(Round.BUSINESS_CASE, "QKK", three))
    rule = history.add(move(State.BOARD_APPROVED, State.APPROVED_TO_BUILD))
    assert rule == "S5-21 no assent to this revision of: QMF"
    assert history.now.state is State.BOARD_APPROVED
    late = decide(Round.BUSINESS_CASE, "QMF", TWO)
    assert history.add(late).startswith("S5-7")


def test_a_successor_affirms_and_inherits_nothing() -> None:
    """Fixture 10: a partner merges away in the middle of the round."""
    history = submitted().take(*everybody(Round.REQUEST, ONE))
    approve = move(State.SUBMITTED, State.REQUEST_APPROVED)
    gone = replace(approve, payload={**approve.payload, "succeeded": {"QMF": "QXX"}})
    assert history.add(gone) == "S5-21 no assent to this revision of: QMF"
    history.take(decide(Round.REQUEST, "QXX", ONE, on_behalf_of="QMF"))
    assert history.add(gone) == ""


def test_content_changed_in_build_must_be_approved_again_before_live() -> None:
    history = in_assurance()
    three = "3" * 64
    history.take(
        event("revised", START, actor_role="ICB_SPONSOR", payload={"content_sha256": three})
    )
    assert history.add(move(State.ASSURANCE, State.LIVE)).startswith("S5-21")
    history.take(*everybody(Round.BUSINESS_CASE, three))
    assert history.add(move(State.ASSURANCE, State.LIVE)) == ""


def test_conditions_are_closed_with_evidence_before_live() -> None:
    history = case_submitted().take(*everybody(Round.BUSINESS_CASE, TWO)[:-1])
    with_condition = decide(
        Round.BUSINESS_CASE, "QMF", TWO, Choice.CONDITIONAL, payload={"conditions": ["penetration"]}
    )
    history.take(
        with_condition,
        move(State.CASE_SUBMITTED, State.BOARD_APPROVED),
        move(State.BOARD_APPROVED, State.APPROVED_TO_BUILD),
        move(State.APPROVED_TO_BUILD, State.BUILD),
        move(State.BUILD, State.ASSURANCE),
    )
    assert history.add(move(State.ASSURANCE, State.LIVE)) == "S5-25 1 conditions are open"
    closing = event(
        "condition_closed",
        START,
        actor="officer",
        actor_role="IG_OFFICER",
        payload={"condition": "penetration"},
    )
    assert history.add(closing).startswith("S5-13")
    history.take(replace(closing, evidence_ref="report 7"))
    assert history.add(move(State.ASSURANCE, State.LIVE)) == ""


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"second": ""}, "S5-23"),
        ({"second": "IG_Officer"}, "S5-23"),
        ({"second_role": "IG_OFFICER"}, "S5-23"),
        ({"second": "delivery_lead"}, "S5-24"),
        ({"capability": ""}, "S5-19"),
    ],
)
def test_live_takes_two_persons_who_did_not_build_it_and_a_proven_capability(
    changes: dict[str, str], rule: str
) -> None:
    """Fixture 11: the same person twice, or whoever built it, does not put it live."""
    live = move(State.ASSURANCE, State.LIVE)
    refused = replace(live, payload={**live.payload, **changes})
    assert in_assurance().add(refused).startswith(rule)


def test_engagement_satisfies_nothing() -> None:
    history = History()
    for _ in range(5):
        history.take(event("noted", START, reason_text="met the supplier"))
    assert history.now.notes == ("met the supplier",) * 5
    assert history.now.state is None
    assert history.add(move("", State.SUBMITTED)).startswith("S5-16")


def test_a_block_lapses_after_twelve_months_and_not_before() -> None:
    history = submitted().take(*everybody(Round.REQUEST, ONE))
    history.take(
        move(State.SUBMITTED, State.REQUEST_APPROVED),
        move(State.REQUEST_APPROVED, State.SCOPING),
        move(State.SCOPING, State.BLOCKED),
    )
    lapse = move(State.BLOCKED, State.LAPSED, datetime(2027, 1, 4, 12, tzinfo=UTC))
    assert history.add(lapse).startswith("S5-22")
    assert history.add(replace(lapse, effective_at=datetime(2027, 1, 5, 12, tzinfo=UTC))) == ""


@pytest.mark.parametrize(("before", "after_"), [key for key in MOVES if key[0]])
def test_a_move_is_made_by_its_role(before: str, after_: State) -> None:
    standing = replace(
        Variation("V-1"),
        state=State(before),
        content_sha256=TWO,
        partners=frozenset(PARTNERS),
        history=((START.date().replace(year=2020), State(before)),),
    )
    stranger = replace(move(before, after_), actor_role="AUDITOR", payload=GATHERED.get(after_, {}))
    assert refusal(standing, stranger)[:5] in {"S5-17", "S5-23"}


@pytest.mark.parametrize("missing", [*REQUEST_FIELDS, "practices_affected", "cycle_open"])
def test_a_request_tells_everything(missing: str) -> None:
    history = History().take(move("", State.DRAFT))
    submit = move(State.DRAFT, State.SUBMITTED)
    silent = {name: value for name, value in submit.payload.items() if name != missing}
    assert history.add(replace(submit, payload=silent)) == f"S5-19 not given: {missing}"


@pytest.mark.parametrize("state", [State.RETIRED, State.REJECTED, State.LAPSED, State.WITHDRAWN])
def test_an_end_is_an_end(state: State) -> None:
    ended = replace(Variation("V-1"), state=state, content_sha256=ONE)
    assert all(refusal(ended, move(state, each)) for each in State)
    change = event("revised", START, actor_role="ICB_SPONSOR", payload={"content_sha256": TWO})
    assert refusal(ended, change).startswith("S5-2")
