"""SystmOne's pick lists: what a cell holds when a value comes from a list.

A query writes ``[[list:term]]``; it becomes the number of the list's row when the configuration
normalises the list, and the term itself when it does not. Lists: ``tpp_lists.csv``.
"""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lds_assets.synthetic.literal import literal

LISTS_CSV = Path(__file__).parent / "tpp_lists.csv"
_TERM = re.compile(r"\[\[(\w+):([^\]]+)\]\]")


@dataclass(frozen=True)
class ListRow:
    """One value of a list.

    Attributes:
        kind: ``mapping`` (the system's own list), ``configured`` (a unit's list) or ``role``.
        list_id: number of the list; empty for roles.
        row_id: number that stands in the cells of a normalised configuration.
    """

    list: str
    kind: str
    list_id: str
    list_name: str
    row_id: str
    term: str
    national_code: str


@cache
def list_rows() -> tuple[ListRow, ...]:
    """Return every value of every list, in the order of the file."""
    with LISTS_CSV.open(encoding="utf-8", newline="") as file:
        return tuple(
            ListRow(**{name: value for name, value in row.items() if name != "notes"})
            for row in csv.DictReader(file)
        )


def render_terms(statement: str, *, configured_as_numbers: bool) -> str:
    """Put the cell value in the place of every ``[[list:term]]`` of a statement.

    The system's own lists and roles are always numbers; a unit's lists by choice.

    Raises:
        KeyError: the statement names a list or term that does not exist.
    """
    rows = {(row.list, row.term): row for row in list_rows()}

    def cell(found: re.Match[str]) -> str:
        row = rows[found[1], found[2]]
        as_label = row.kind == "configured" and not configured_as_numbers
        return literal(row.term if as_label else row.row_id)

    return _TERM.sub(cell, statement)
