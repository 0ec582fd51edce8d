"""Moves of variations that follow from the day alone, recorded by SYSTEM (S5).

A draft whose deadline has passed is deferred to the next cycle; what has been blocked for twelve
months lapses. Run as often as one likes: what has moved stands elsewhere and is not moved again.
"""

from collections.abc import Iterator
from datetime import date

from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.state import RegisterState
from lds_assets.gate.variation import VARIATION, State, Variation
from lds_assets.gate.variation_rules import BLOCKED_MONTHS, months_between

_LAPSED = f"blocked for {BLOCKED_MONTHS} months"


def variation_moves(state: RegisterState, today: date) -> Iterator[NewEvent]:
    """Yield the move of every variation that a rule moves on a London day; one a variation."""
    for variation_id in sorted(state.variations):
        variation = state.variations[variation_id]
        if not variation.history or today < variation.history[-1][0]:
            continue
        if variation.state is State.DRAFT and _is_late(variation, state, today):
            yield _move(variation, State.DEFERRED, today, deadline_passed=True)
        elif variation.state is State.BLOCKED and _is_over(variation, today):
            yield _move(variation, State.LAPSED, today, reason=_LAPSED)


def _is_late(variation: Variation, state: RegisterState, today: date) -> bool:
    cycle = state.cycles.get(variation.cycle_id)
    return cycle is not None and today > (cycle.submission_deadline or date.max)


def _is_over(variation: Variation, today: date) -> bool:
    return months_between(variation.history[-1][0], today) >= BLOCKED_MONTHS


def _move(
    variation: Variation, to: State, today: date, *, reason: str = "", **payload: object
) -> NewEvent:
    return NewEvent(
        VARIATION,
        variation.variation_id,
        "moved",
        day_start(today),
        "platform",
        "SYSTEM",
        from_state=str(variation.state),
        to_state=to,
        reason_code="RULE" if reason else "",
        reason_text=reason,
        payload=payload,
    )
