"""What practices want done with their data, by their notices and by what they told later (S17)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lds_assets.gate.events import Event
from lds_assets.gate.lifecycle import CONSENT, in_force
from lds_assets.gate.register import Register
from lds_assets.gate.widening import RETENTION, WIDENED, Widening, widest


@dataclass(frozen=True)
class Instructions:
    """What stands for a practice; nothing while a consent of it is in force.

    Attributes:
        told: instruction -> earliest day from which it has data erased, '' where it names none.
        consents: the withdrawn consents.
        withdrawn_at: when the last of them was recorded as withdrawn, ISO; '' without any.
        notices: every notice it rests on, oldest first, as certificates name them.
    """

    told: Mapping[str, str] = field(default_factory=dict)
    consents: tuple[str, ...] = ()
    withdrawn_at: str = ""
    notices: tuple[Mapping[str, str], ...] = ()

    @property
    def widest(self) -> tuple[str, str]:
        """Return the instruction that erases most, and its day; ('', '') without any."""
        return widest(self.told)


def instructions(register: Register, code: str, today: date) -> Instructions:
    """Return what a practice wants done with its data, as the register knows it.

    A later instruction takes the place of those of the consents it holds for.
    """
    given = register.state().consents.get(code, {})
    states = {name: each.state_on(today) for name, each in given.items()}
    if "EFFECTIVE" in states.values():
        return Instructions()
    withdrawn = {name for name, state in states.items() if state == "WITHDRAWN"}
    events = in_force(register.events())
    rows = _rows(events, withdrawn)
    later = [
        Widening.of(each)
        for each in events
        if (each.entity_type, each.entity_id, each.event_type) == (RETENTION, code, WIDENED)
    ]
    holds = [each for each in later if each.consents & withdrawn]
    told: dict[str, str] = {}
    for name, row in rows.items():
        instruction, day = _standing(name, row, holds)
        if instruction:
            told[instruction] = min(told.get(instruction, day), day)
    return Instructions(
        told, tuple(sorted(withdrawn)), _withdrawn_at(events, withdrawn), _notices(rows, holds)
    )


def _rows(events: Iterable[Event], consents: set[str]) -> dict[str, Mapping[str, Any]]:
    rows: dict[str, Mapping[str, Any]] = {}
    for event in events:
        if event.entity_type == CONSENT and event.entity_id in consents:
            rows[event.entity_id] = event.payload.get("row", {})
    return rows


def _standing(consent: str, row: Mapping[str, Any], later: Iterable[Widening]) -> tuple[str, str]:
    own = str(row.get("retention_instruction") or ""), str(row.get("erase_from") or "")
    told = [(each.instruction, each.day) for each in later if consent in each.consents]
    return told[-1] if told else own


def _withdrawn_at(events: Iterable[Event], consents: set[str]) -> str:
    first: dict[str, str] = {}
    for event in events:
        if (event.entity_type, event.to_state) == (CONSENT, "WITHDRAWN"):
            first.setdefault(event.entity_id, event.recorded_at)
    return max((first[each] for each in consents if each in first), default="")


def _notices(
    rows: Mapping[str, Mapping[str, Any]], later: Iterable[Widening]
) -> tuple[Mapping[str, str], ...]:
    own = [
        {
            "consent": name,
            "instruction": str(row.get("retention_instruction") or ""),
            "erase_from": str(row.get("erase_from") or ""),
            "notice": str(row.get("notice_ref") or ""),
        }
        for name, row in sorted(rows.items())
    ]
    widened = [
        {
            "widened_on": each.told_on.isoformat(),
            "instruction": each.instruction,
            "erase_from": each.day,
            "notice": each.notice,
            "told_by": " and ".join(each.told_by),
        }
        for each in later
    ]
    return (*own, *widened)
