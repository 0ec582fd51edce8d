"""The practice register: organisations read from the open practice list (S1).

``london_practices.csv`` carries columns of different ages. ``as_at.csv`` beside it dates them, so
that the register holds a supplier, a list size, a sub-ICB location and a network as facts of a day.
"""

import csv
from pathlib import Path

AS_AT_FILE = "as_at.csv"
_DATED = ("supplier", "list_size", "sub_icb_code", "pcn_code")
#: Dated columns of which the register tells the source too.
_SOURCED = ("sub_icb_code", "pcn_code")


def column_dates(folder: Path) -> dict[str, str]:
    """Return the day each dated column describes; without the file no column is dated."""
    return _columns(folder, "as_at")


def column_sources(folder: Path) -> dict[str, str]:
    """Return the publication each dated column comes from."""
    return _columns(folder, "source")


def _columns(folder: Path, name: str) -> dict[str, str]:
    path = folder / AS_AT_FILE
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["column_name"]: row[name] for row in csv.DictReader(file)}


def dated(row: dict[str, str], dates: dict[str, str], sources: dict[str, str]) -> dict[str, str]:
    """Add to a row of the practice list the days of its dated columns, and the sources of some.

    A column that tells its own days in the row (``sub_icb_from``) has another source than the code.
    """
    told = {f"{name}_as_at": dates.get(name, "") for name in _DATED}
    for name in _SOURCED:
        own = name.replace("code", "from")
        source = sources.get(own if row.get(own) else name, "")
        told[f"{name}_source"] = source if row[name] else ""
    return {**row, **told}
