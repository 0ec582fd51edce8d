"""What the register knows of one practice on a day (S1): each fact with its days or its date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.facts import Practice, covers
from lds_assets.gate.list_sizes import CountedLists
from lds_assets.gate.policy import normalise
from lds_assets.gate.register import Register
from lds_assets.gate.relationships import ties_on
from lds_assets.gate.state import PRACTICE_LIST, RegisterState

#: Line to be shown wherever organisations of the open lists are.
ATTRIBUTION = (
    "Contains public sector information licensed under the Open Government Licence v3.0 "
    "(NHS England)."
)


@dataclass(frozen=True)
class PracticeView:
    """One practice on one day, as known at an instant; every entry is plain and dated."""

    practice: Practice
    status: str
    board: str
    board_name: str
    relationships: tuple[Mapping[str, Any], ...]
    branches: tuple[Mapping[str, Any], ...]
    successions: tuple[Mapping[str, Any], ...]
    systems: tuple[Mapping[str, Any], ...]
    list_sizes: tuple[Mapping[str, Any], ...]
    #: the list that counts on the day, in denominators: patients, and where the figure comes from
    counted_list: Mapping[str, Any]


def practice_view(
    register: Register, code: str, day: date, known_at: datetime | None = None
) -> PracticeView:
    """Return what is known of a practice.

    Raises:
        Refused: the register holds no such practice, or only a branch of one.
    """
    state, named = register.state(known_at), normalise(code)
    practice = state.practices.get(named)
    if practice is None:
        parent = state.parent_of(named)
        raise Refused(
            f"{named} is a branch of {parent}" if parent else "no such practice was known",
            "register",
            "nothing answered",
            "codes are those of the Organisation Data Service",
            "P_BRANCH" if parent else "P_UNKNOWN",
        )
    board = state.board_on(named, day)
    return PracticeView(
        practice,
        _status(practice, day),
        board,
        state.boards[board].name if board else "",
        tuple(_relationships(named, state, day)),
        tuple(
            {"branch_code": each.code, "from": each.valid_from, "to": each.valid_to}
            for each in state.branches.values()
            if each.practice_code == named and covers(each.valid_from, each.valid_to, day)
        ),
        tuple(_successions(named, state)),
        tuple(_systems(named, state, day)),
        tuple(_list_sizes(named, state, day)),
        _counted_list(named, state, day),
    )


def _status(practice: Practice, day: date) -> str:
    if practice.is_closed_on(day):
        return "CLOSED"
    if not covers(practice.opened_on, None, day):
        return "NOT OPEN"
    return practice.status


def _relationships(code: str, state: RegisterState, day: date) -> list[Mapping[str, Any]]:
    return [
        {"kind": each.kind, "target_code": each.target_code, "from": each.valid_from,
         "to": each.valid_to, "source": each.source}
        for each in ties_on(state, code, day)
    ]  # fmt: skip


def _successions(code: str, state: RegisterState) -> list[Mapping[str, Any]]:
    return [
        {"predecessor": each.predecessor, "successor": each.successor, "kind": each.kind,
         "on": each.effective_on, "source": each.source, "evidence": each.evidence_ref}
        for each in state.successions.values()
        if code in (each.predecessor, each.successor)
    ]  # fmt: skip


def _systems(code: str, state: RegisterState, day: date) -> list[Mapping[str, Any]]:
    """Return every system on record, the one of the day marked."""
    now = state.system_on(code, day)
    return [
        {"supplier": each.supplier_code, "from": each.go_live_on, "to": each.ended_on,
         "source": PRACTICE_LIST if key == PRACTICE_LIST else "register", "is_current": each is now}
        for key, each in state.systems.get(code, {}).items()
    ]  # fmt: skip


def _list_sizes(code: str, state: RegisterState, day: date) -> list[Mapping[str, Any]]:
    """Return the list sizes published by the day, newest first."""
    sizes = [each for each in state.list_sizes.get(code, {}).values() if each.as_at <= day]
    return [
        {"as_at": each.as_at, "registered": each.registered_count, "source": each.source}
        for each in sorted(sizes, key=lambda each: each.as_at, reverse=True)
    ]


def _counted_list(code: str, state: RegisterState, day: date) -> Mapping[str, Any]:
    lists = CountedLists(state, day)
    size = lists.of(code)
    told = (size.registered_count, size.carried_count, size.told) if size else (None, 0, "")
    return {"is_counted": lists.is_counted(code)} | dict(
        zip(("registered", "carried", "told"), told, strict=True)
    )
