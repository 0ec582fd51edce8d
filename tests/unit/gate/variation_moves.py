"""A variation and everything each of its moves asks for, for tests to leave something out of."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lds_assets.gate.events import Event, NewEvent, chained
from lds_assets.gate.variation import BOARD, VARIATION, Choice, Round, State, Variation, fold
from lds_assets.gate.variation_rules import (
    ASSURANCE_FIELDS,
    CASE_FIELDS,
    REQUEST_FIELDS,
    SCOPING_FIELDS,
    illegal,
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
        reason_text="cost" if choice is Choice.REJECT else "",
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
