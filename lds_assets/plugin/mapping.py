"""``mapping.csv`` and ``empty.csv`` of a supplier folder: what becomes of each column.

``mapping.csv`` has one row per source column and target; ``empty.csv`` names the OLIDS columns (or
``*`` for a whole table) that the supplier cannot fill, each with the reason.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lds_assets.errors import Refused

MAPPING, EMPTY = "mapping.csv", "empty.csv"
MAPPING_COLUMNS = (
    "source_table",
    "source_column",
    "rule",
    "olids_table",
    "olids_column",
    "notes",
    "evidence",
)
EMPTY_COLUMNS = ("olids_table", "olids_column", "reason")

#: Stands for every column of a table.
WHOLE = "*"
#: The rule of a source column that nothing is made of, and of one that only chooses rows.
UNMAPPED, FILTER = "unmapped", "filter"


@dataclass(frozen=True)
class Mapped:
    """One source column and what it becomes.

    Attributes:
        line: line of the file, the header being 1.
        rule: how, in a word; ``filter`` chooses rows only, ``unmapped`` needs ``notes``.
    """

    line: int
    source_table: str
    source_column: str
    rule: str
    olids_table: str
    olids_column: str
    notes: str
    evidence: str


@dataclass(frozen=True)
class Empty:
    """One OLIDS column, or whole table, that a supplier cannot fill."""

    line: int
    olids_table: str
    olids_column: str
    reason: str


def read_mapping(folder: Path) -> tuple[Mapped, ...]:
    """Read a supplier's ``mapping.csv``.

    Raises:
        Refused: it is missing, or not of its columns.
    """
    return tuple(Mapped(line, *cells) for line, *cells in _rows(folder / MAPPING, MAPPING_COLUMNS))


def read_empty(folder: Path) -> tuple[Empty, ...]:
    """Read a supplier's ``empty.csv``.

    Raises:
        Refused: it is missing, or not of its columns.
    """
    return tuple(Empty(line, *cells) for line, *cells in _rows(folder / EMPTY, EMPTY_COLUMNS))


def _rows(path: Path, columns: tuple[str, ...]) -> list[tuple[int, *tuple[str, ...]]]:
    where = f"{path.parent.name}/{path.name}"
    try:
        return list(_read(path, path.stat().st_mtime_ns, columns))
    except OSError:
        raise Refused(
            f"supplier {path.parent.name} has no {path.name}",
            where=where,
            done="nothing read",
            to_do=f"write it with the header {','.join(columns)}",
        ) from None
    except ValueError as fault:
        raise Refused(
            f"{path.name} of supplier {path.parent.name} {fault}",
            where=where,
            done="nothing read",
            to_do=f"the header is {','.join(columns)}, each row has as many cells, text is UTF-8",
        ) from None


@cache
def _read(
    path: Path, _changed: int, columns: tuple[str, ...]
) -> tuple[tuple[int, *tuple[str, ...]], ...]:
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.reader(handle, strict=True)
        try:
            header = next(reader, [])
            if tuple(header) != columns:
                raise ValueError("has another header")
            rows: list[tuple[int, *tuple[str, ...]]] = []
            for row in reader:
                if len(row) != len(columns):
                    raise ValueError(f"has {len(row)} cells in line {reader.line_num}")
                rows.append((reader.line_num, *(cell.strip() for cell in row)))
        except (csv.Error, UnicodeDecodeError):
            raise ValueError("is no CSV text in UTF-8") from None
    return tuple(rows)
