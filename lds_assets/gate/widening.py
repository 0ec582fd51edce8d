"""A practice that kept its data, or a part of them, and later wants more of them erased (S17).

A withdrawn consent is over and never reopens, so a later instruction is an event of its own, signed
by two persons on a further notice of the practice. It holds for the consents that were withdrawn
when it was told, and only ever widens what is erased.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lds_assets.gate.events import Event, NewEvent
from lds_assets.gate.purge import Mode

#: Entity of the register: a practice's code; its one event.
RETENTION, WIDENED = "retention_instruction", "widened"

_RANKS = {Mode.STOP_ONLY: 1, Mode.ERASE_FROM_DATE: 2, Mode.ERASE: 3}


@dataclass(frozen=True)
class Widening:
    """A later instruction as its event tells it.

    Attributes:
        day: first day of what is erased, ISO; empty where no day limits it.
        consents: withdrawn consents it holds for.
        notice: where the practice's further notice is kept.
        told_by: the two persons who signed it.
    """

    instruction: str
    day: str
    consents: frozenset[str]
    notice: str
    told_by: tuple[str, str]
    told_on: date

    @classmethod
    def of(cls, event: Event) -> "Widening":
        """Read a recorded event."""
        told = event.payload
        return cls(
            str(told["to"]),
            str(told.get("erase_from", "")),
            frozenset(map(str, told["consents"])),
            event.evidence_ref,
            (event.actor, str(told["second"])),
            event.effective_on,
        )


def width(instruction: str, day: str) -> tuple[int, int]:
    """Return how much an instruction erases, to compare it with another; an early day is more.

    >>> width("STOP_ONLY", "") < width("ERASE_FROM_DATE", "2026-02-01")
    True
    >>> width("ERASE_FROM_DATE", "2026-02-01") < width("ERASE_FROM_DATE", "2026-01-01")
    True
    """
    rank = _RANKS.get(Mode(instruction), 0)
    return rank, -date.fromisoformat(day).toordinal() if day else 0


def widest(told: Mapping[str, str]) -> tuple[str, str]:
    """Return the instruction, and its day, that erases most; ('', '') of none."""
    return max(told.items(), key=lambda each: width(*each), default=("", ""))


def illegal(new: NewEvent) -> str:
    """Return the rule a later instruction breaks, or empty text.

    What stands already is put into the payload by the desk. That two persons sign, and why, is
    asked of it as of all such events (S0-3, S0-7, S0-8).
    """
    told = new.payload
    if new.actor_role != "IG_OFFICER":
        return "S17-32 a later instruction is recorded by information governance"
    if not new.evidence_ref:
        return "S17-33 the practice's further notice must be named"
    if not told.get("consents") or told.get("from") not in set(Mode):
        return "S17-34 no consent of the practice is withdrawn, so no instruction is widened"
    if told.get("to") not in set(Mode):
        return "S17-15 no such retention instruction"
    if (told["to"] == Mode.ERASE_FROM_DATE) != is_day(told.get("erase_from")):
        return "S17-14 ERASE_FROM_DATE, and it alone, names the day from which data are erased"
    standing = width(str(told["from"]), str(told.get("from_day", "")))
    if width(str(told["to"]), str(told.get("erase_from", ""))) <= standing:
        return f"S17-35 {_named(told)} stands: a later instruction only widens it"
    return ""


def narrower(mode: str, cut_off: str, former: Sequence[Mapping[str, Any]]) -> str:
    """Return the former purge of the same notice that erased more, or empty text."""
    for each in former:
        if width(str(each["mode"]), str(each["cut_off"])) > width(mode, cut_off):
            return str(each["purge_id"])
    return ""


def is_day(text: object) -> bool:
    """Say whether a text is a day, ISO."""
    try:
        return bool(date.fromisoformat(str(text)))
    except ValueError:
        return False


def _named(told: Mapping[str, Any]) -> str:
    day = f" {told['from_day']}" if told.get("from_day") else ""
    return f"{told['from']}{day}"
