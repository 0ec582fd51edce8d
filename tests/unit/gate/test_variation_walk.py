"""Every way through the variation machine is walked: none leads round the board or a partner.

Officers of one partner try to decide for another on every way; only the voice of each board counts.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lds_assets.gate import organisations
from lds_assets.gate.events import NewEvent, chained
from lds_assets.gate.facts import Board
from lds_assets.gate.variation import BOARD, Choice, Round, State, Variation, applied
from lds_assets.gate.variation_rules import refusal
from tests.unit.gate.variation_moves import ONE, PARTNERS, START, TWO, decide, event, move

BOARDS = {code: Board(code, code, date(2022, 7, 1), None, "") for code in PARTNERS}
#: Whom everybody of the walk acts for; the sponsor of the examples is of the board that asks.
ORGANISATION = {f"approver of {code}": code for code in PARTNERS} | {"icb_sponsor": "QKK"}


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
                    for other in set(PARTNERS) - {party} if party != BOARD else ():
                        signed = decide(round_, party, content, choice)
                        yield replace(signed, actor=f"approver of {other}")
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
    """Keep the assents by hand: the newest decision of whoever signs it in a round counts."""
    if new.event_type != "decided":
        return assents
    round_, party = new.payload["round"], new.actor.removeprefix("approver of ")
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


def foreign_to(variation: Variation, new: NewEvent) -> str:
    """Return the rule broken by who signs for a board, as the register asks it."""
    if new.actor_role not in organisations.ACTING_FOR_A_BOARD:
        return ""
    return organisations.refusal(variation, new, {ORGANISATION.get(new.actor, "")}, BOARDS)


def explore() -> Iterator[tuple[Node, NewEvent, Variation]]:
    """Walk every reachable state; yield each legal step with the state it leads to."""
    first = Variation("V-1")
    waiting = deque([(first, Node(key_of(first), frozenset()))])
    seen = {waiting[0][1]}
    while waiting:
        variation, node = waiting.popleft()
        for new in offers(variation):
            if refusal(variation, new) or foreign_to(variation, new):
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
