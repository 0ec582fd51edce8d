"""The practice register: organisations read from the open practice list (S1).

``london_practices.csv`` carries columns of different ages. ``as_at.csv`` beside it dates them, so
that the register holds a supplier and a list size as facts of a day.
"""

import csv
from pathlib import Path

AS_AT_FILE = "as_at.csv"
_DATED = ("supplier", "list_size")


def column_dates(folder: Path) -> dict[str, str]:
    """Return the day each dated column describes; without the file no column is dated."""
    path = folder / AS_AT_FILE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["column_name"]: row["as_at"] for row in csv.DictReader(file)}


def dated(row: dict[str, str], dates: dict[str, str]) -> dict[str, str]:
    """Add to a row of the practice list the days of its dated columns."""
    return {**row, **{f"{name}_as_at": dates.get(name, "") for name in _DATED}}
