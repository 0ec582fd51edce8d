"""The variation machine (S5): how a supplier, data set or purpose becomes part of the service.

A variation is a fold over its events. An exploratory engagement is a note: no guard reads notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from lds_assets.gate.events import Event, london_day
from lds_assets.gate.names import person_key

VARIATION = "variation"

#: The One London board; every partner decides beside it.
BOARD = "BOARD"


class State(StrEnum):
    """Where a variation stands."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    RETURNED = "RETURNED"
    DEFERRED = "DEFERRED_TO_NEXT_CYCLE"
    REQUEST_APPROVED = "REQUEST_APPROVED"
    SCOPING = "SCOPING"
    BLOCKED = "BLOCKED"
    SCOPED = "SCOPED"
    CASE_SUBMITTED = "BUSINESS_CASE_SUBMITTED"
    BOARD_APPROVED = "BOARD_APPROVED"
    APPROVED_TO_BUILD = "APPROVED_TO_BUILD"
    BUILD = "BUILD"
    ASSURANCE = "ASSURANCE"
    LIVE = "LIVE"
    SUSPENDED = "SUSPENDED"
    RETIRED = "RETIRED"
    REJECTED = "REJECTED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


TERMINAL = frozenset({State.RETIRED, State.REJECTED, State.LAPSED, State.WITHDRAWN})
_WAS_LIVE = frozenset({State.LIVE, State.SUSPENDED})
BEFORE_LIVE = frozenset(State) - TERMINAL - _WAS_LIVE


class Round(StrEnum):
    """The two approval gates."""

    REQUEST = "REQUEST"
    BUSINESS_CASE = "BUSINESS_CASE"


class Choice(StrEnum):
    """What a party may decide; silence is none of these, and nobody abstains."""

    APPROVE = "APPROVE"
    CONDITIONAL = "CONDITIONAL"
    REJECT = "REJECT"
    DEFER = "DEFER"
    RECUSE = "RECUSE"


ASSENT = frozenset({Choice.APPROVE, Choice.CONDITIONAL})


@dataclass(frozen=True)
class Decision:
    """One party's decision in one round, bound to the content it was taken on."""

    party: str
    round: Round
    choice: Choice
    content_sha256: str
    conditions: tuple[str, ...] = ()
    on_behalf_of: str = ""


@dataclass(frozen=True)
class Variation:
    """One variation as its events tell it.

    Attributes:
        requesting_icbs: boards that ask for it; one of their sponsors signs for them.
        content_sha256: hash of what the parties decide on; another hash lapses every decision.
        partners: parties of the round that is open, frozen when it opened.
        decisions: the newest of each party, round and party spoken for.
        open_conditions: conditions of decisions on this content that are not closed.
        builders: persons who moved it through build; they may not put it live.
        history: day and state of every move, oldest first.
        notes: exploratory engagements; no guard reads them.
    """

    variation_id: str
    kind: str = ""
    supplier_code: str = ""
    mechanism_id: str = ""
    title: str = ""
    cycle_id: str = ""
    requesting_icbs: tuple[str, ...] = ()
    revision: int = 0
    state: State | None = None
    content_sha256: str = ""
    partners: frozenset[str] = frozenset()
    decisions: Mapping[tuple[Round, str, str], Decision] = field(default_factory=dict)
    closed_conditions: frozenset[str] = frozenset()
    builders: frozenset[str] = frozenset()
    history: tuple[tuple[date, State], ...] = ()
    notes: tuple[str, ...] = ()

    def state_on(self, day: date) -> State | None:
        """Return the state in force on a London day, None before the first."""
        reached = [state for since, state in self.history if since <= day]
        return reached[-1] if reached else None

    @property
    def open_conditions(self) -> tuple[str, ...]:
        """Return what parties made their assent depend on and nobody closed."""
        named = {
            condition
            for each in self.decisions.values()
            if each.content_sha256 == self.content_sha256
            for condition in each.conditions
        }
        return tuple(sorted(named - self.closed_conditions))

    def assents(self, round_: Round, party: str, successor: str = "") -> bool:
        """Say whether a party assents to this very content.

        Args:
            successor: party that took its place; it must affirm, nothing is inherited.
        """
        key = (round_, successor, party) if successor else (round_, party, "")
        decision = self.decisions.get(key)
        return (
            decision is not None
            and decision.choice in ASSENT
            and decision.content_sha256 == self.content_sha256
        )

    def missing(self, round_: Round, succeeded: Mapping[str, str]) -> tuple[str, ...]:
        """Return the parties of a round whose assent to this content is not there.

        Args:
            succeeded: partner that no longer exists -> its successor.
        """
        parties = [BOARD, *sorted(self.partners)]
        return tuple(
            party for party in parties if not self.assents(round_, party, succeeded.get(party, ""))
        )


def fold(variation_id: str, history: Sequence[Event]) -> Variation:
    """Return a variation as its events, oldest first, tell it."""
    variation = Variation(variation_id)
    for event in history:
        variation = applied(variation, event)
    return variation


def applied(variation: Variation, event: Event) -> Variation:
    """Return a variation after one more of its events."""
    payload = event.payload
    if event.event_type == "noted":
        return replace(variation, notes=(*variation.notes, event.reason_text))
    if event.event_type == "revised":
        return _with_content(variation, payload)
    if event.event_type == "condition_closed":
        closed = variation.closed_conditions | {str(payload["condition"])}
        return replace(variation, closed_conditions=closed)
    if event.event_type == "decided":
        decision = _decision(event.on_behalf_of, payload)
        key = (decision.round, decision.party, decision.on_behalf_of)
        return replace(variation, decisions={**variation.decisions, key: decision})
    return _moved(variation, event) if event.event_type == "moved" else variation


def _moved(variation: Variation, event: Event) -> Variation:
    payload, state = event.payload, State(event.to_state)
    day = london_day(datetime.fromisoformat(event.effective_at))
    moved = replace(variation, state=state, history=(*variation.history, (day, state)))
    if "content_sha256" in payload:
        moved = _with_content(moved, payload)
    if "partners" in payload:
        moved = replace(moved, partners=frozenset(payload["partners"]))
    if state in (State.BUILD, State.ASSURANCE):
        moved = replace(moved, builders=moved.builders | {person_key(event.actor)})
    return moved


def _with_content(variation: Variation, payload: Mapping[str, Any]) -> Variation:
    def told(name: str, before: str) -> str:
        return str(payload.get(name, before))

    return replace(
        variation,
        kind=told("kind", variation.kind),
        supplier_code=told("supplier_code", variation.supplier_code),
        mechanism_id=told("mechanism_id", variation.mechanism_id),
        title=told("title", variation.title),
        cycle_id=told("cycle_id", variation.cycle_id),
        requesting_icbs=asked_by(payload.get("requesting_icbs", variation.requesting_icbs)),
        revision=variation.revision + 1,
        content_sha256=str(payload["content_sha256"]),
    )


def asked_by(told: object) -> tuple[str, ...]:
    """Return the codes of the boards a content names; anything but a list names none."""
    return tuple(str(code) for code in told) if isinstance(told, (list, tuple)) else ()


def _decision(on_behalf_of: str, payload: Mapping[str, Any]) -> Decision:
    return Decision(
        party=str(payload["party"]),
        round=Round(payload["round"]),
        choice=Choice(payload["choice"]),
        content_sha256=str(payload["content_sha256"]),
        conditions=tuple(payload.get("conditions", ())),
        on_behalf_of=on_behalf_of,
    )
