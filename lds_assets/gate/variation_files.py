"""Histories of variations that ship as reviewed files, one a variation (S5).

A file is a history: it may only grow. What the register has of it must be its beginning; the rest
is recorded, event by event, under the same guards as everything else.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from lds_assets.errors import Refused
from lds_assets.gate.events import Event, NewEvent, day_start
from lds_assets.gate.register import Register
from lds_assets.gate.variation import VARIATION
from lds_assets.gate.variation_desk import content_sha256

FOLDER = "variation"

_PLAIN = ("from_state", "to_state", "on_behalf_of", "reason_code", "reason_text", "evidence_ref")


def import_variations(register: Register, folder: Path) -> int:
    """Record what a folder's histories hold beyond the register; return how many events.

    Raises:
        Refused: a file no longer begins with what was recorded of it, or an event breaks a rule.
    """
    recorded = 0
    for path in sorted(folder.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        variation_id = str(document["variation_id"])
        told = [_event(variation_id, each) for each in document["events"]]
        known = _history(register, variation_id)
        if any(_differs(new, old) for new, old in zip(told, known, strict=False)):
            raise Refused(
                f"the history of {variation_id} was changed; a history may only grow",
                where=f"{FOLDER}/{path.name}",
                done="nothing of it recorded",
                to_do="put the recorded events back and add what happened since at the end",
                code="S5-29",
            )
        fresh = told[len(known) :]
        if fresh:
            register.record(fresh)
        recorded += len(fresh)
    return recorded


def _history(register: Register, variation_id: str) -> Sequence[Event]:
    key = (VARIATION, variation_id)
    return [each for each in register.events() if (each.entity_type, each.entity_id) == key]


def _event(variation_id: str, told: Mapping[str, Any]) -> NewEvent:
    payload = dict(told.get("payload", {}))
    if "content" in payload:
        payload["content_sha256"] = content_sha256(payload["content"])
    return NewEvent(
        VARIATION,
        variation_id,
        str(told["event_type"]),
        day_start(date.fromisoformat(str(told["day"]))),
        str(told["actor"]),
        str(told["actor_role"]),
        payload=payload,
        acted_on=date.fromisoformat(str(told["day"])),
        **{name: str(told.get(name, "")) for name in _PLAIN},
    )


def _differs(new: NewEvent, old: Event) -> bool:
    return (
        new.event_type,
        new.to_state,
        new.actor,
        new.effective_at.isoformat(),
        dict(new.payload),
    ) != (old.event_type, old.to_state, old.actor, old.effective_at, old.payload)
