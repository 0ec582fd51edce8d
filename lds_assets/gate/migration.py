"""The migration machine (S15): how a practice moves from one supplier's system to another's.

A migration is a fold over its events. Consent to the old supplier is void on the day of the move;
nothing of the new one is released before both were compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from lds_assets.gate.events import Event

MIGRATION = "migration"


class State(StrEnum):
    """Where a migration stands."""

    PLANNED = "PLANNED"
    NEW_CONSENT_PENDING = "NEW_CONSENT_PENDING"
    DUAL = "DUAL"
    CUT_OVER = "CUT_OVER"
    RECONCILED = "RECONCILED"
    BLOCKED_NOT_LIVE = "BLOCKED_NOT_LIVE"
    CLOSED = "CLOSED"


#: What each state means and who acts next, in words.
MEANING = {
    State.PLANNED: "announced",
    State.NEW_CONSENT_PENDING: "the practice has not consented to the new supplier yet",
    State.DUAL: "consent to the new supplier is signed; the old feed goes on until the cut-over",
    State.CUT_OVER: "on the new system; both suppliers are still to be compared",
    State.RECONCILED: "compared and accepted; the new supplier's records are released",
    State.BLOCKED_NOT_LIVE: "the new supplier is not in scope: the old feed ends, its data are "
    "frozen and in no release",
    State.CLOSED: "closed",
}


@dataclass(frozen=True)
class Migration:
    """One practice's move as its events tell it.

    Attributes:
        planned_on: first day on the new system, as announced.
        actual_on: first day on the new system, None before the cut-over.
        report_sha256: hash of the comparison that was accepted.
        exceptions: figures outside their tolerance that two persons accepted.
        history: day and state of every move, oldest first.
    """

    migration_id: str
    practice_code: str = ""
    from_supplier: str = ""
    to_supplier: str = ""
    planned_on: date | None = None
    actual_on: date | None = None
    state: State | None = None
    report_sha256: str = ""
    exceptions: tuple[str, ...] = ()
    history: tuple[tuple[date, State], ...] = ()

    @property
    def is_open(self) -> bool:
        """Say whether it began and is not closed."""
        return self.state not in (None, State.CLOSED)

    @property
    def coverage_ends_on(self) -> date | None:
        """Return the first day without a feed, None where another feed follows.

        The old system's last day is the last of which data exist, until the new supplier is live
        and its records are accepted.
        """
        if self.state is not State.BLOCKED_NOT_LIVE:
            return None
        return self.actual_on or self.planned_on

    def was_reconciled_by(self, day: date) -> bool:
        """Say whether both suppliers were compared and accepted by a London day."""
        return any(state is State.RECONCILED and since <= day for since, state in self.history)


def fold(migration_id: str, history: Sequence[Event]) -> Migration:
    """Return a migration as its events, oldest first, tell it."""
    migration = Migration(migration_id)
    for event in history:
        migration = applied(migration, event)
    return migration


def applied(migration: Migration, event: Event) -> Migration:
    """Return a migration after one more of its events."""
    if event.event_type != "moved":
        return migration
    payload, state = event.payload, State(event.to_state)

    def day(name: str, before: date | None) -> date | None:
        return date.fromisoformat(payload[name]) if payload.get(name) else before

    return replace(
        migration,
        practice_code=str(payload.get("practice_code", migration.practice_code)),
        from_supplier=str(payload.get("from_supplier", migration.from_supplier)),
        to_supplier=str(payload.get("to_supplier", migration.to_supplier)),
        planned_on=day("planned_on", migration.planned_on),
        actual_on=day("actual_on", migration.actual_on),
        report_sha256=str(payload.get("report_sha256", migration.report_sha256)),
        exceptions=tuple(payload.get("exceptions", migration.exceptions)),
        state=state,
        history=(*migration.history, (event.effective_on, state)),
    )
