"""One governance event and its place in the chain of hashes (governance specification S0).

A payload never carries an identifier of a patient: the chain cannot be erased.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time
from typing import Any

from lds_assets.resources import LONDON

GENESIS = "0" * 64

#: Roles an event may be signed with. SYSTEM is the platform following a rule of the register.
ROLES = frozenset(
    {
        "AUDITOR",
        "BOARD_SECRETARY",
        "CALDICOTT",
        "CLINICAL_SAFETY",
        "DELIVERY_LEAD",
        "DPO",
        "ICB_SPONSOR",
        "IG_OFFICER",
        "OPS",
        "OUTPUT_CHECKER",
        "PARTNER_APPROVER",
        "PRACTICE_LIAISON",
        "PRODUCT_OWNER",
        "SYSTEM",
        "TECH_LEAD",
    }
)


def day_start(day: date) -> datetime:
    """Return the first instant of a London day, in UTC."""
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def london_day(instant: datetime) -> date:
    """Return the London day an instant falls in."""
    return instant.astimezone(LONDON).date()


@dataclass(frozen=True)
class NewEvent:
    """An event somebody wants recorded; the register adds number, time and hashes."""

    entity_type: str
    entity_id: str
    event_type: str
    effective_at: datetime
    actor: str
    actor_role: str
    from_state: str = ""
    to_state: str = ""
    on_behalf_of: str = ""
    reason_code: str = ""
    reason_text: str = ""
    evidence_ref: str = ""
    evidence_sha256: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    #: Day a reviewed file tells for the act; None: whoever signs does it as it is recorded.
    acted_on: date | None = None

    @property
    def corrects(self) -> str:
        """Event id this event corrects, or empty."""
        return str(self.payload.get("corrects", ""))


@dataclass(frozen=True)
class Event:
    """One row of ``gov_event``; instants are ISO 8601 text in UTC, so that hashes are stable."""

    seq: int
    event_id: str
    entity_type: str
    entity_id: str
    event_type: str
    from_state: str
    to_state: str
    effective_at: str
    recorded_at: str
    actor: str
    actor_role: str
    on_behalf_of: str
    reason_code: str
    reason_text: str
    evidence_ref: str
    evidence_sha256: str
    payload_json: str
    prev_hash: str
    this_hash: str

    @property
    def payload(self) -> dict[str, Any]:
        """Return the payload as a mapping."""
        loaded: dict[str, Any] = json.loads(self.payload_json)
        return loaded

    @property
    def effective_on(self) -> date:
        """Return the London day on which the event takes effect."""
        return london_day(datetime.fromisoformat(self.effective_at))


COLUMNS = tuple(each.name for each in fields(Event))
HASHED = COLUMNS[:-2]


def canonical_json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Write a value as the one JSON text it can have: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_hash(prev_hash: str, row: Mapping[str, Any]) -> str:
    """Return ``sha256(prev_hash + canonical json)`` over every column but the two hashes."""
    text = prev_hash + canonical_json({name: row[name] for name in HASHED})
    return hashlib.sha256(text.encode()).hexdigest()


def chained(new: NewEvent, seq: int, prev_hash: str, recorded_at: datetime) -> Event:
    """Give a new event its number, its time and its hashes.

    ``event_id`` follows from place and content, so the same history has the same ids.
    """
    row: dict[str, Any] = {
        "seq": seq,
        "entity_type": new.entity_type,
        "entity_id": new.entity_id,
        "event_type": new.event_type,
        "from_state": new.from_state,
        "to_state": new.to_state,
        "effective_at": new.effective_at.astimezone(UTC).isoformat(),
        "recorded_at": recorded_at.astimezone(UTC).isoformat(),
        "actor": new.actor,
        "actor_role": new.actor_role,
        "on_behalf_of": new.on_behalf_of,
        "reason_code": new.reason_code,
        "reason_text": new.reason_text,
        "evidence_ref": new.evidence_ref,
        "evidence_sha256": new.evidence_sha256,
        "payload_json": canonical_json(dict(new.payload)),
        "prev_hash": prev_hash,
    }
    named = prev_hash + canonical_json(row)
    row["event_id"] = hashlib.sha256(named.encode()).hexdigest()[:32]
    return Event(**row, this_hash=event_hash(prev_hash, row))
