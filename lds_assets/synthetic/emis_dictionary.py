"""Columns and keys of the EMIS files, from the supplier's own dictionary."""

import csv
from functools import cache
from pathlib import Path

DICTIONARY = Path(__file__).parent.parent / "suppliers" / "emis" / "tables.csv"


@cache
def read_columns(dictionary: Path = DICTIONARY) -> dict[str, tuple[str, ...]]:
    """Return the columns of each file in file order."""
    return _named(dictionary, only_keys=False)


@cache
def read_keys(dictionary: Path = DICTIONARY) -> dict[str, tuple[str, ...]]:
    """Return the key columns of each file that has any."""
    return _named(dictionary, only_keys=True)


def _named(dictionary: Path, *, only_keys: bool) -> dict[str, tuple[str, ...]]:
    columns: dict[str, list[str]] = {}
    with dictionary.open(encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: (row["file"], int(row["ordinal"]))):
            if row["is_key"] == "yes" or not only_keys:
                columns.setdefault(row["file"], []).append(row["column"])
    return {table: tuple(names) for table, names in columns.items()}
