"""Holds of one practice's rows of one delivery, and the decisions that let them on.

A hold is a governance event, placed by the platform; two persons release it. What was loaded of
the practice before stays as it is. Rule source: governance specification S12, fixture 19; ADR 9.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.facts import DeliveryHold
from lds_assets.gate.lifecycle import DELIVERY_HOLD, POPULATION
from lds_assets.landing.states import Delivery

DELETE_STORM = "DELETE_STORM"
FALSE_FULL = "FALSE_FULL"
BULK_UNANNOUNCED = "BULK_UNANNOUNCED"
BULK_DOUBTED = "BULK_DOUBTED"
#: An earlier delivery of the practice's group is held: later ones wait for it.
HELD_BEFORE = "HELD_BEFORE"

#: Days an announcement of a full extract covers, when no end is named.
ANNOUNCED_DAYS = 14

MEANING = {
    DELETE_STORM: "More of the practice's records would be deleted than a day explains",
    FALSE_FULL: "The file is marked full and lacks much of what the practice has",
    BULK_UNANNOUNCED: "A further full extract of the practice that nobody announced",
    BULK_DOUBTED: "Told full by its number alone, it marks deletions as a delta does",
    HELD_BEFORE: "An earlier delivery of the group is held for the practice",
}
#: Who looks first; the second person is of another role.
OWNER = "OPS"
TO_DO = (
    "ask the practice and the supplier what happened; two persons then decide with "
    "`lds hold release` (docs/operate/practice-held.md)"
)


class Choice(StrEnum):
    """What two persons decide about held rows."""

    ACCEPTED = "accepted"  #: load them as they are
    CHANGES = "changes"  #: load them; what a full file lacks is not deleted
    NEVER = "never"  #: count them and load the deliveries after them


@dataclass(frozen=True)
class Persons:
    """Who decides: two persons with their roles."""

    actor: str
    second: str
    actor_role: str = "OPS"
    second_role: str = "IG_OFFICER"
    #: Day of their decision where it is carried out later; None: as it is recorded.
    acted_on: date | None = None


def place(register: Register, practice: str, delivery_id: str, reason: str, text: str) -> None:
    """Record that a practice's rows of a delivery wait; once, however often they are met."""
    known = register.state().delivery_holds.get((practice, delivery_id))
    if known is not None:
        return
    register.record(
        [
            NewEvent(
                entity_type=DELIVERY_HOLD,
                entity_id=f"{practice}|{delivery_id}",
                event_type="hold_placed",
                to_state="HELD",
                effective_at=datetime.now(UTC),
                actor="guard",
                actor_role="SYSTEM",
                reason_code=reason,
                reason_text=text,
                evidence_ref=delivery_id,
            )
        ]
    )


def release(
    register: Register,
    practice: str,
    delivery_id: str,
    choice: Choice,
    persons: Persons,
    reason: str,
) -> None:
    """Let held rows on, as two persons decide; the next run loads them in order.

    Raises:
        Refused: nothing is held so, or the same person signs twice (which is recorded).
    """
    hold = register.state().delivery_holds.get((practice, delivery_id))
    if hold is None or not hold.stands:
        raise Refused(
            f"nothing of {practice} is held in this delivery",
            where=delivery_id,
            done="nothing recorded",
            to_do="`lds hold list` names what is held",
            code="HOLD_UNKNOWN",
        )
    register.record(
        [
            NewEvent(
                entity_type=DELIVERY_HOLD,
                entity_id=f"{practice}|{delivery_id}",
                event_type="hold_released",
                from_state="HELD",
                to_state=choice.upper(),
                effective_at=datetime.now(UTC),
                actor=persons.actor,
                actor_role=persons.actor_role,
                reason_code=hold.reason,
                reason_text=reason,
                evidence_ref=delivery_id,
                payload=_signed(persons) | {"decision": str(choice)},
                acted_on=persons.acted_on,
            )
        ]
    )


def announce(
    register: Register,
    practices: Sequence[str],
    first: date,
    last: date | None,
    actor: str,
    role: str,
    reason: str,
) -> None:
    """Record that a further full extract of practices is expected.

    Args:
        first: first extract day it may have; ``last`` the last one, 14 days later when None.

    Raises:
        Refused: a practice is not in the register, or the days run backwards.
    """
    last = last or first + timedelta(days=ANNOUNCED_DAYS)
    unknown = sorted(set(practices) - register.state().practices.keys())
    if unknown or last < first or not practices:
        what = f"{', '.join(unknown)} not in the register" if unknown else "the days run backwards"
        raise Refused(what, "lds hold announce", "nothing recorded", "correct it and try again")
    register.record(
        NewEvent(
            entity_type="full_announcement",
            entity_id=practice,
            event_type="announced",
            effective_at=day_start(first),
            actor=actor,
            actor_role=role,
            reason_code="FULL_ANNOUNCED",
            reason_text=reason,
            payload={"first": first.isoformat(), "last": last.isoformat()},
        )
        for practice in practices
    )


def accept_population(
    register: Register, practice: str, count: int, on: date, persons: Persons, reason: str
) -> None:
    """Record that two persons take a registered count as right, whatever the list size says.

    Raises:
        Refused: the same person signs twice (which is recorded).
    """
    register.record(
        [
            NewEvent(
                entity_type=POPULATION,
                entity_id=practice,
                event_type="overridden",
                effective_at=day_start(on),
                actor=persons.actor,
                actor_role=persons.actor_role,
                reason_code="D_POPULATION",
                reason_text=reason,
                payload=_signed(persons) | {"registered_count": count},
            )
        ]
    )


def _signed(persons: Persons) -> dict[str, str | int]:
    return {"second": persons.second, "second_role": persons.second_role}


class Holds:
    """The register's holds, looked up by practice and place in the order of extraction.

    Args:
        register: asked anew for each question, for a run may place holds.
        deliveries: the supplier's deliveries by id.
    """

    def __init__(self, register: Register, deliveries: Mapping[str, Delivery]) -> None:
        self._register = register
        self._deliveries = deliveries

    def of(self, practice: str, delivery_id: str) -> DeliveryHold | None:
        """Return the hold on a practice's rows of a delivery, also one that was released."""
        return self._register.state().delivery_holds.get((practice, delivery_id))

    def before(self, practice: str, delivery: Delivery) -> DeliveryHold | None:
        """Return the first standing hold of the practice in an earlier delivery of the group."""
        found = []
        for hold in self.standing(practice):
            other = self._deliveries.get(hold.delivery_id)
            if other is None or other.group_id != delivery.group_id:
                continue
            if order(other) < order(delivery):
                found.append((order(other), hold))
        return min(found, key=lambda each: each[0])[1] if found else None

    def standing(self, practice: str) -> list[DeliveryHold]:
        """Return what waits of a practice."""
        holds = self._register.state().delivery_holds.values()
        return [hold for hold in holds if hold.practice_code == practice and hold.stands]

    def waits(self, practice: str, delivery: Delivery) -> bool:
        """Say whether two persons have to decide before the practice loads the delivery."""
        own = self.of(practice, delivery.delivery_id)
        return (own is not None and own.stands) or self.before(practice, delivery) is not None


def order(delivery: Delivery) -> tuple[datetime, str]:
    """Return what deliveries of a group are ordered by."""
    return delivery.extracted_at or datetime.min, delivery.delivery_id
