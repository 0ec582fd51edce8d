"""What the register expects to come, and the pauses people declared.

Expected is every practice whose consent is in force, whatever arrived. A pause is a governance
event with an end. Rule source: governance specification S13.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lds_assets.errors import Refused
from lds_assets.freshness.verdict import Expectation
from lds_assets.gate import Register
from lds_assets.gate.events import NewEvent
from lds_assets.gate.lifecycle import FEED_PAUSE, in_force
from lds_assets.gate.moves import is_ended
from lds_assets.suppliers.contract import SupplierDefinition
from lds_assets.suppliers.registry import Supplier

#: A longer silence is decided anew.
LONGEST_PAUSE_DAYS = 92


@dataclass(frozen=True)
class Pause:
    """Days on which nobody waits for a practice's feed: ``[begins, until)``."""

    practice_code: str
    begins: date
    until: date
    reason: str
    actor: str

    def covers(self, day: date) -> bool:
        """Say whether the feed is paused on a London day."""
        return self.begins <= day < self.until


def pauses(register: Register, day: date) -> dict[str, Pause]:
    """Return the pauses in force on a London day, by practice; the one declared last counts."""
    last: dict[str, Pause] = {}
    for event in in_force(register.events()):
        if event.entity_type != FEED_PAUSE:
            continue
        if event.event_type == "resumed":
            last.pop(event.entity_id, None)
            continue
        until = date.fromisoformat(event.payload["until"])
        begins = event.effective_on
        last[event.entity_id] = Pause(
            event.entity_id, begins, until, event.reason_text, event.actor
        )
    return {practice: pause for practice, pause in last.items() if pause.covers(day)}


def pause(
    register: Register, practice: str, until: date, today: date, actor: str, role: str, reason: str
) -> Pause:
    """Record that nobody waits for a practice's feed until a day.

    Args:
        until: first day it is waited for again.
        today: London day from which the pause holds.

    Raises:
        Refused: the practice is unknown, or the pause ends at once or too late.
    """
    longest = today + timedelta(days=LONGEST_PAUSE_DAYS)
    what = ""
    if practice not in register.state().practices:
        what = f"{practice} is not in the register"
    elif not today < until <= longest:
        what = f"a pause ends after today and by {longest}"
    if what:
        raise Refused(what, "lds freshness pause", "nothing recorded", "correct it and try again")
    payload = {"until": until.isoformat()}
    _record(register, practice, "paused", payload, today, (actor, role, reason))
    return Pause(practice, today, until, reason, actor)


def resume(
    register: Register, practice: str, today: date, actor: str, role: str, reason: str
) -> None:
    """Record that a practice's feed is waited for again.

    Raises:
        Refused: it is not paused.
    """
    if practice not in pauses(register, today):
        raise Refused(
            f"the feed of {practice} is not paused",
            "lds freshness resume",
            "nothing recorded",
            "`lds freshness` tells which are",
        )
    _record(register, practice, "resumed", {}, today, (actor, role, reason))


def _record(
    register: Register,
    practice: str,
    event_type: str,
    payload: Mapping[str, str],
    today: date,
    signed: tuple[str, str, str],
) -> None:
    actor, role, reason = signed
    register.record(
        [
            NewEvent(
                entity_type=FEED_PAUSE,
                entity_id=practice,
                event_type=event_type,
                effective_at=datetime(today.year, today.month, today.day, 12, tzinfo=UTC),
                actor=actor,
                actor_role=role,
                reason_code=FEED_PAUSE.upper(),
                reason_text=reason,
                payload=payload,
            )
        ]
    )


def expectations(
    register: Register, suppliers: Mapping[str, Supplier], day: date
) -> dict[str, list[Expectation]]:
    """Return what is expected of each practice on a London day, group by group."""
    state, paused = register.state(), pauses(register, day)
    by_code = {each.definition.supplier_code: each.definition for each in suppliers.values()}
    found: dict[str, list[Expectation]] = {}
    for code, practice in state.practices.items():
        if practice.is_closed_on(day) or is_ended(state, code, day):
            continue
        until = paused[code].until if code in paused else None
        begins: dict[str, date] = {}
        for consent in state.consents.get(code, {}).values():
            if consent.supplier_code not in by_code or consent.state_on(day) != "EFFECTIVE":
                continue
            start = consent.effective_from or day
            begins[consent.supplier_code] = min(start, begins.get(consent.supplier_code, start))
        for supplier, start in begins.items():
            found.setdefault(code, []).extend(_of(by_code[supplier], code, start, until))
    return found


def _of(
    definition: SupplierDefinition, practice: str, start: date, until: date | None
) -> Iterator[Expectation]:
    for group in definition.watched:
        yield Expectation(
            practice,
            definition.code,
            group.name,
            start,
            definition.cadence_days,
            definition.grace_hours,
            group.max_quiet_days,
            until,
        )
