"""A line of a governance file, and a rule it breaks, told without its cells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One row of a file and the line it stands on (the header is line 1)."""

    number: int
    row: dict[str, str]
    is_changed: bool = True


@dataclass(frozen=True)
class Fault:
    """One broken rule and the lines that break it; never a cell."""

    rule: str
    lines: tuple[int, ...]

    def __str__(self) -> str:
        """Return the fault as it is told."""
        return f"{self.rule} (line {', '.join(str(each) for each in self.lines)})"


def where(
    rule: str, lines: Iterable[Line], breaks: Callable[[dict[str, str]], bool]
) -> list[Fault]:
    """Return one fault naming every line that breaks a rule."""
    numbers = tuple(line.number for line in lines if breaks(line.row))
    return [Fault(rule, numbers)] if numbers else []


def overlap(one: dict[str, str], other: dict[str, str], stem: str) -> bool:
    """Say whether two rows hold on a common day; a missing start holds on none but is open."""
    begins, ends = one[f"{stem}_from"], one[f"{stem}_to"] or "9999"
    other_begins, other_ends = other[f"{stem}_from"], other[f"{stem}_to"] or "9999"
    return begins < other_ends and other_begins < ends
