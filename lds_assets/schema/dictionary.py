"""Column dictionaries: the one place where a column is written down.

``olids.csv`` holds the canonical tables, ``provisional.csv`` those documented without columns so
far, ``suppliers/<code>/tables.csv`` what a supplier sends.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from lds_assets.schema.naming import snake_case

OLIDS_CSV = Path(__file__).parent / "olids.csv"
PROVISIONAL_CSV = Path(__file__).parent / "provisional.csv"

#: Documented type -> type in the lake. No UUID, TIME or HUGEINT: Spark must read the same files.
LAKE_TYPES = {
    "UUID": "VARCHAR",
    "VARCHAR": "VARCHAR",
    "TIME": "VARCHAR",
    "BIGINT": "BIGINT",
    "DOUBLE": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMP",
}


@dataclass(frozen=True)
class CanonicalColumn:
    """One column of an OLIDS table.

    Attributes:
        documented_type: type as the OLIDS documents give it, e.g. ``UUID``.
        references: ``table.column`` of the parent, or empty.
        masking: what the pseudonymised view does with it.
        present_in: ``both``, ``pid`` or ``pseudo``.
    """

    name: str
    documented_type: str
    is_key: bool
    references: str
    masking: str
    present_in: str
    description: str

    @property
    def lake_type(self) -> str:
        """Type of the column in the lake and in releases (DuckDB name)."""
        if self.documented_type.startswith("DECIMAL"):
            return self.documented_type
        return LAKE_TYPES[self.documented_type]


@dataclass(frozen=True)
class CanonicalTable:
    """One OLIDS table and its columns, in documented order.

    Attributes:
        is_provisional: the OLIDS documents name the table and no columns yet.
    """

    name: str
    columns: tuple[CanonicalColumn, ...]
    is_provisional: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Column names in documented order."""
        return tuple(column.name for column in self.columns)

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that identify a current row."""
        return tuple(column.name for column in self.columns if column.is_key)


@dataclass(frozen=True)
class SourceColumn:
    """One column of a supplier's file.

    Attributes:
        name: the supplier's spelling.
        documented_type: type as the supplier documents it.
        added_in_version: first version of the feed that carries it; empty when undated.
        is_key: named by the supplier as part of the key.
    """

    name: str
    documented_type: str
    is_key: bool = False
    is_required: bool = False
    added_in_version: str = ""
    description: str = ""
    is_free_text: bool = False

    @property
    def lake_name(self) -> str:
        """Name of the column in the raw table."""
        return snake_case(self.name)


@dataclass(frozen=True)
class SourceTable:
    """One file kind of a supplier and its columns, in documented order."""

    name: str
    columns: tuple[SourceColumn, ...] = field(default_factory=tuple)

    @property
    def lake_name(self) -> str:
        """Name of the raw table."""
        return snake_case(self.name)

    def column(self, name: str) -> SourceColumn:
        """Return a column by the supplier's spelling, without regard to case."""
        wanted = name.lower()
        for column in self.columns:
            if column.name.lower() == wanted:
                return column
        raise KeyError(f"{self.name} has no column {name}")


def _group(rows: Iterable[dict[str, str]], by: str) -> dict[str, list[dict[str, str]]]:
    tables: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        tables.setdefault(row[by], []).append(row)
    return tables


@cache
def olids() -> dict[str, CanonicalTable]:
    """Return the OLIDS tables by name, provisional ones last."""
    found: dict[str, CanonicalTable] = {}
    for path in (OLIDS_CSV, PROVISIONAL_CSV):
        with path.open(encoding="utf-8", newline="") as handle:
            tables = _group(csv.DictReader(handle), "table")
        for name, rows in tables.items():
            columns = tuple(_canonical_column(row) for row in rows)
            found[name] = CanonicalTable(name, columns, is_provisional=path == PROVISIONAL_CSV)
    return found


def _canonical_column(row: dict[str, str]) -> CanonicalColumn:
    return CanonicalColumn(
        name=row["column"],
        documented_type=row["data_type"],
        is_key=row["primary_key"] == "y",
        references=row["references"],
        masking=row["masking"],
        present_in=row["present_in"],
        description=row["description"],
    )


def source_tables(path: Path) -> dict[str, SourceTable]:
    """Read a supplier's column dictionary (``tables.csv``) into tables by name.

    Columns every dictionary has: ``file, ordinal, column, data_type, is_key, description``;
    ``required``, ``added_in_version`` and ``is_free_text`` where the supplier documents them.
    """
    with path.open(encoding="utf-8", newline="") as handle:
        tables = _group(csv.DictReader(handle), "file")
    return {
        name: SourceTable(
            name,
            tuple(
                SourceColumn(
                    name=row["column"],
                    documented_type=row["data_type"],
                    is_key=row["is_key"] in {"yes", "pk", "pk_part"},
                    is_required=row.get("required", "") == "yes",
                    added_in_version=row.get("added_in_version", ""),
                    description=row["description"],
                    is_free_text=row.get("is_free_text", "") in {"yes", "Y"},
                )
                for row in rows
            ),
        )
        for name, rows in tables.items()
    }
