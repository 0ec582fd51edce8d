"""Who may sign an event: officers with their roles and days, and the platform itself (S0).

An event is signed by somebody who holds the role as it is recorded; where a reviewed file tells an
act of an earlier day, on that day. Whoever was an officer then stays the signatory for ever.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from lds_assets.gate.events import ROLES, Event, NewEvent
from lds_assets.gate.facts import Row, covers, day_of
from lds_assets.gate.faults import Fault, Line, overlap, where
from lds_assets.gate.names import is_plain, person_key, same_person, spelling_key

if TYPE_CHECKING:
    from lds_assets.gate.state import RegisterState

OFFICER = "officer"
OFFICER_FILE = "officer.csv"
SYSTEM = "SYSTEM"
#: Roles a person may hold.
PERSONS_ROLES = ROLES - {SYSTEM}
#: The parts of the platform that sign for themselves, with the role SYSTEM and no other.
PLATFORM_ACTORS = frozenset({"feed", "guard", "import", "platform", "reconciliation"})
#: Roles of the second person who appoints an officer.
_APPOINTING = frozenset({"IG_OFFICER", "DPO", "CALDICOTT"})


@dataclass(frozen=True)
class Officer:
    """One person in one role, over ``[valid_from, valid_to)``."""

    person: str
    role: str
    organisation: str
    valid_from: date | None
    valid_to: date | None
    evidence_ref: str
    evidence_sha256: str = ""

    @classmethod
    def from_row(cls, row: Row) -> "Officer":
        """Read a row of ``officer.csv``."""
        return cls(
            row["person"],
            row["role"],
            row["organisation"],
            day_of(row["valid_from"]),
            day_of(row["valid_to"]),
            row["evidence_ref"],
            row["evidence_sha256"],
        )

    def holds(self, person: str, role: str, day: date) -> bool:
        """Say whether a name is this person's, and the role theirs on a London day."""
        if self.role != role or not covers(self.valid_from, self.valid_to, day):
            return False
        return spelling_key(self.person) == spelling_key(person)


def read_officer(state: "RegisterState", payload: Mapping[str, Any], event: Event) -> None:
    """Take an officer of an event into the state."""
    if "row" in payload:
        state.officers[event.entity_id] = Officer.from_row(payload["row"])


def officers_of(events: Iterable[Event]) -> dict[str, Officer]:
    """Return the officers that events tell, by the register's key; corrected ones do not count."""
    told = [each for each in events if each.entity_type == OFFICER]
    payloads = {each.event_id: each.payload for each in told}
    undone = {payload.get("corrects", "") for payload in payloads.values()}
    return {
        each.entity_id: Officer.from_row(payloads[each.event_id]["row"])
        for each in told
        if each.event_id not in undone and "row" in payloads[each.event_id]
    }


def unauthorised(new: NewEvent, officers: Iterable[Officer], recorded_on: date) -> str:
    """Return the rule that whoever signs an event breaks, or empty text.

    Args:
        officers: all that are known as the event is recorded.
        recorded_on: London day of recording.
    """
    known = list(officers)
    day = min(new.acted_on or recorded_on, recorded_on)
    rule = _may_not(new.actor, new.actor_role, known, day)
    second = str(new.payload.get("second", "") or "")
    if rule or not second.strip():
        return rule
    return _may_not(second, str(new.payload.get("second_role", "")), known, day)


def _may_not(name: str, role: str, known: Sequence[Officer], day: date) -> str:
    if role == SYSTEM or spelling_key(name) in PLATFORM_ACTORS:
        rule = "S0-10 the platform signs for itself: its own names, the role SYSTEM"
        return "" if role == SYSTEM and name in PLATFORM_ACTORS else rule
    if any(each.holds(name, role, day) for each in known):
        return ""
    if not any(covers(each.valid_from, each.valid_to, day) for each in known):
        return f"S0-11 nobody is an officer on {day}: no person may sign"
    return f"S0-11 who signs is no officer with the role {role} on {day}"


def advice(rule: str) -> str:
    """Return what to do about a rule broken at the register; empty where nothing special helps."""
    if rule.startswith("S0-11 nobody"):
        return (
            f"name the officers in {OFFICER_FILE} of the deployment's governance folder "
            "(docs/operate/officers.md); `lds register officer draft` writes one from who signed "
            "so far"
        )
    if rule.startswith("S0-11"):
        return (
            "sign with the name and role as `lds register officer list` shows them, or have the "
            "officer appointed (docs/operate/officers.md)"
        )
    return ""


# -- events of officers


def illegal(new: NewEvent, _history: Sequence[Event]) -> str:
    """Return the rule an event of an officer breaks, or empty text.

    A reviewed file is signed by the platform; at a desk two persons appoint, of whom one is of
    information governance, and neither appoints themselves.
    """
    if new.event_type == "recorded":
        return "" if new.actor_role == SYSTEM else "S0-12 officers are recorded by a reviewed file"
    if new.actor_role != "IG_OFFICER":
        return "S0-12 officers are appointed and dismissed by information governance"
    if new.event_type != "appointed":
        return ""
    person = str(new.payload.get("row", {}).get("person", ""))
    second, role = (str(new.payload.get(each, "")) for each in ("second", "second_role"))
    if same_person(person, new.actor) or same_person(person, second):
        return "S0-13 nobody appoints themselves"
    if role not in _APPOINTING:
        return f"S0-13 the second person is of {', '.join(sorted(_APPOINTING))}"
    return ""


# -- rows of officers


def officer_faults(lines: list[Line], state: "RegisterState") -> Iterator[Fault]:
    """Check rows of officers: real names that nobody else's looks like, one term at a time."""
    yield from where(
        "O-1 the name is the platform's own",
        lines,
        lambda row: person_key(row["person"]) in PLATFORM_ACTORS,
    )
    yield from where(
        "O-2 the name has other letters than Latin ones, a bar, or needless blanks",
        lines,
        lambda row: not _is_proper(row["person"]),
    )
    known = [(0, each.person) for each in state.officers.values()]
    for line in lines:
        person = line.row["person"]
        other = [number for number, name in known if _looks_like(name, person)]
        if other:
            numbers = {line.number, *(number for number in other if number)}
            yield Fault("O-3 the name is another officer's, written otherwise", tuple(numbers))
        known.append((line.number, person))
    for place, line in enumerate(lines):
        for earlier in lines[:place]:
            same = all(line.row[name] == earlier.row[name] for name in ("person", "role"))
            if same and overlap(earlier.row, line.row, "valid"):
                yield Fault("O-4 one person holds a role twice", (earlier.number, line.number))


def _is_proper(name: str) -> bool:
    return is_plain(name) and "|" not in name and name == " ".join(name.split())


def _looks_like(one: str, other: str) -> bool:
    return person_key(one) == person_key(other) and one != other
