"""How much of London a release shows, by integrated care board, and why the rest is missing (S20).

Pure over the answers of a day.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from lds_assets.why.answers import Answer
from lds_assets.why.verdict import Verdict

#: Board code of practices that no London board covers on the day.
NO_BOARD = ""


@dataclass(frozen=True)
class Missing:
    """Practices of a board that a release does not show, for one first reason.

    Attributes:
        list_size: their registered patients as published; unknown sizes count as none.
    """

    verdict: Verdict
    reason: str
    owner_role: str
    practices: int
    list_size: int


@dataclass(frozen=True)
class Coverage:
    """One board on a day.

    Attributes:
        practices: practices of the board that count on the day; ``covered`` of them are shown.
        list_size: patients on their lists, each list once; ``covered_list_size`` of the shown.
        carried_list_size: how many of these are on a predecessor's list and no newer one yet.
        ended: further practices that were met and do not count any more: closed or succeeded.
        missing: what is not shown or not wholly, by verdict and first reason, largest first.
    """

    board_code: str
    board_name: str
    practices: int
    covered: int
    list_size: int
    covered_list_size: int
    carried_list_size: int = 0
    ended: int = 0
    missing: tuple[Missing, ...] = field(default=())

    @property
    def practice_percent(self) -> float | None:
        """Return covered practices in percent, one decimal; None without practices."""
        return _percent(self.covered, self.practices)

    @property
    def list_percent(self) -> float | None:
        """Return the covered share of the lists in percent, one decimal."""
        return _percent(self.covered_list_size, self.list_size)


def coverage(answers: Iterable[Answer], names: dict[str, str]) -> list[Coverage]:
    """Return the coverage of each board, by code; practices without a board come last.

    Args:
        answers: one a practice, all of one day; those of practices that ended are told by number.
        names: board code -> name.
    """
    boards: dict[str, list[Answer]] = defaultdict(list)
    for each in answers:
        boards[each.board_code].append(each)
    order = sorted(boards, key=lambda code: (code == NO_BOARD, code))
    return [_board(code, names.get(code, ""), boards[code]) for code in order]


def whole(boards: Sequence[Coverage], name: str = "London") -> Coverage:
    """Return all boards as one."""
    reasons: dict[tuple[Verdict, str, str], list[Missing]] = defaultdict(list)
    for board in boards:
        for each in board.missing:
            reasons[each.verdict, each.reason, each.owner_role].append(each)
    missing = [
        Missing(*key, sum(e.practices for e in found), sum(e.list_size for e in found))
        for key, found in reasons.items()
    ]
    return Coverage(
        "",
        name,
        sum(each.practices for each in boards),
        sum(each.covered for each in boards),
        sum(each.list_size for each in boards),
        sum(each.covered_list_size for each in boards),
        sum(each.carried_list_size for each in boards),
        sum(each.ended for each in boards),
        _ordered(missing),
    )


def _board(code: str, name: str, told: Sequence[Answer]) -> Coverage:
    answers = [each for each in told if each.is_counted]
    shown = [each for each in answers if each.is_shown]
    reasons: dict[tuple[Verdict, str, str], list[Answer]] = defaultdict(list)
    for each in answers:
        if each.verdict is not Verdict.PRESENT:
            reasons[each.verdict, each.reason, each.owner_role].append(each)
    missing = [Missing(*key, len(found), _lists(found)) for key, found in reasons.items()]
    return Coverage(
        code,
        name,
        len(answers),
        len(shown),
        _lists(answers),
        _lists(shown),
        sum(each.list_carried for each in answers),
        len(told) - len(answers),
        _ordered(missing),
    )


def _ordered(missing: Iterable[Missing]) -> tuple[Missing, ...]:
    return tuple(sorted(missing, key=lambda e: (-e.list_size, -e.practices, e.verdict, e.reason)))


def _lists(answers: Iterable[Answer]) -> int:
    return sum(each.list_size or 0 for each in answers)


def _percent(part: int, of: int) -> float | None:
    return round(100 * part / of, 1) if of else None
