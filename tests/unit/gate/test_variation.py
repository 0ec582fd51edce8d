"""The variation machine: each guard shuts its door."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from lds_assets.gate.variation import BOARD, Choice, Round, State, Variation
from lds_assets.gate.variation_rules import MOVES, REQUEST_FIELDS, refusal
from tests.unit.gate.variation_moves import (
    GATHERED,
    ONE,
    PARTNERS,
    START,
    TWO,
    History,
    case_submitted,
    decide,
    event,
    everybody,
    in_assurance,
    move,
    submitted,
)


def test_the_whole_way_leads_to_live() -> None:
    history = in_assurance().take(move(State.ASSURANCE, State.LIVE, START + timedelta(days=3)))
    assert history.now.state is State.LIVE
    assert history.now.state_on((START + timedelta(days=2)).date()) is State.ASSURANCE
    assert history.now.state_on((START + timedelta(days=3)).date()) is State.LIVE


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
    before = history.now
    rule = history.add(move(State.BOARD_APPROVED, State.APPROVED_TO_BUILD))
    assert rule == "S5-21 no assent to this revision of: QMF"
    late = decide(Round.BUSINESS_CASE, "QMF", TWO)
    assert history.add(late).startswith("S5-7")
    assert (history.now, before.state) == (before, State.BOARD_APPROVED)


def test_a_successor_affirms_and_inherits_nothing() -> None:
    """Fixture 10: a partner merges away in the middle of the round."""
    history = submitted().take(*everybody(Round.REQUEST, ONE))
    approve = move(State.SUBMITTED, State.REQUEST_APPROVED)
    gone = replace(approve, payload={**approve.payload, "succeeded": {"QMF": "QXX"}})
    assert history.add(gone) == "S5-21 no assent to this revision of: QMF"
    history.take(decide(Round.REQUEST, "QXX", ONE, on_behalf_of="QMF"))
    assert history.add(gone) == ""


def test_four_of_five_partners_are_not_enough_when_the_fifth_merges_away() -> None:
    five = ("QKK", "QMF", "QMJ", "QRV", "QWE")
    submit = move(State.DRAFT, State.SUBMITTED)
    submit = replace(submit, payload={**submit.payload, "partners": list(five)})
    history = History().take(move("", State.DRAFT), submit)
    history.take(*(decide(Round.REQUEST, party, ONE) for party in (BOARD, *five[:4])))
    approve = move(State.SUBMITTED, State.REQUEST_APPROVED)
    merged = replace(approve, payload={**approve.payload, "succeeded": {"QWE": "QXX"}})
    before = history.now
    assert history.add(merged) == "S5-21 no assent to this revision of: QWE"
    assert (history.now, before.state) == (before, State.SUBMITTED)
    history.take(decide(Round.REQUEST, "QXX", ONE, on_behalf_of="QWE"))
    assert history.add(merged) == ""


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
        ({"second": " ig_officer "}, "S5-23"),
        ({"second": "  "}, "S5-23"),
        ({"second_role": "IG_OFFICER"}, "S5-23"),
        ({"second": "delivery_lead"}, "S5-24"),
        ({"second": " Delivery_Lead"}, "S5-24"),
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
