"""Practices that wait for a supplier to become live: a variation's evidence (S5, S15). Pure.

A practice that moves to a system which is not live has no data from that day on. The boards see
whom it is about, since when, and how many patients.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date

from lds_assets.gate.list_sizes import CountedList, CountedLists
from lds_assets.gate.migration import Migration, State
from lds_assets.gate.moves import is_ended
from lds_assets.gate.state import RegisterState

#: How a practice comes to wait, in words.
MOVED = "moved to it"
PLANS = "plans to move to it"
RUNS = "runs it, no move on record"
ELSEWHERE = "named in the request, not on it"
UNKNOWN = "named in the request, not in the register"


@dataclass(frozen=True)
class Waiting:
    """One practice that waits for a supplier on a day.

    Attributes:
        board_code: its board on the day, empty when none is known.
        standing: one of the words above.
        coverage_ends_on: first day without data; the planned one where ``standing`` is a plan, None
            where no day is on record.
        registered: the list that counts there on the day, None when none does.
        is_named: whether the request's ``practices_affected`` names it.
    """

    practice_code: str
    name: str
    board_code: str
    standing: str
    coverage_ends_on: date | None
    registered: CountedList | None
    is_named: bool


def waiting_for(
    state: RegisterState, supplier: str, named: Collection[str], day: date
) -> list[Waiting]:
    """Return the practices that wait for a supplier on a day, by code; nobody once it is live.

    Args:
        named: practices that a request names as affected; they are told whether or not the
            register bears it out.
    """
    if state.is_live(supplier, day):
        return []
    blocked = {
        each.practice_code: each
        for each in state.migrations.values()
        if each.to_supplier == supplier and each.state is State.BLOCKED_NOT_LIVE
    }
    codes = {*named, *blocked, *_running(state, supplier, day)}
    lists = CountedLists(state, day)
    return [
        _waiting(state, supplier, code, blocked.get(code), code in named, lists)
        for code in sorted(codes)
    ]


def _running(state: RegisterState, supplier: str, day: date) -> Iterator[str]:
    for code, practice in state.practices.items():
        system = state.system_on(code, day)
        runs = system is not None and system.supplier_code == supplier
        if runs and not practice.is_closed_on(day) and not is_ended(state, code, day):
            yield code


def _waiting(
    state: RegisterState,
    supplier: str,
    code: str,
    migration: Migration | None,
    is_named: bool,
    lists: CountedLists,
) -> Waiting:
    day = lists.day
    practice, system = state.practices.get(code), state.system_on(code, day)
    if practice is None:
        standing = UNKNOWN
    elif migration is not None:
        standing = MOVED if migration.actual_on else PLANS
    elif system is not None and system.supplier_code == supplier:
        standing = RUNS
    else:
        standing = ELSEWHERE
    return Waiting(
        code,
        practice.name if practice else "",
        state.board_on(code, day),
        standing,
        migration.coverage_ends_on if migration else None,
        lists.of(code),
        is_named,
    )


@dataclass(frozen=True)
class Board:
    """One board and its practices that wait.

    Attributes:
        is_requesting: whether the request is its own; such a board is told though nobody waits.
    """

    code: str
    name: str
    is_requesting: bool
    practices: tuple[Waiting, ...]

    @property
    def registered(self) -> int:
        """Patients on the lists that are on record."""
        return sum(each.registered.registered_count for each in self.practices if each.registered)

    @property
    def without_list(self) -> int:
        """Practices whose list size is not on record."""
        return sum(each.registered is None for each in self.practices)


@dataclass(frozen=True)
class Evidence:
    """Who waits for a supplier: requesting boards first, those without a board last."""

    supplier_code: str
    boards: tuple[Board, ...]


def evidence(
    state: RegisterState,
    supplier: str,
    requesting: Collection[str],
    named: Collection[str],
    day: date,
) -> Evidence:
    """Return who waits for a supplier on a day, board by board; nobody for no supplier.

    A requesting board that was merged away since is told as the one that stands for it.
    """
    if not supplier or state.is_live(supplier, day):
        return Evidence(supplier, ())
    found = waiting_for(state, supplier, named, day)
    asking = {state.board_standing(code, day) or code for code in requesting}
    codes = asking | {each.board_code for each in found}
    names = state.board_names()
    boards = [
        Board(
            code,
            names.get(code, ""),
            code in asking,
            tuple(each for each in found if each.board_code == code),
        )
        for code in codes
    ]
    order = sorted(boards, key=lambda each: (not each.is_requesting, not each.code, each.code))
    return Evidence(supplier, tuple(order))
