"""Do the references between OLIDS tables resolve, and where they do not, which rule says why."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb

from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier
from lds_assets.schema.dictionary import olids

RULES_CSV = Path(__file__).parent / "reference_rules.csv"


@dataclass(frozen=True)
class ReferenceCount:
    """One column that refers to another table.

    Attributes:
        parent: ``table.column`` it refers to.
        rows: rows, not deleted, that name a parent; ``unresolved`` those whose parent is nowhere.
        rule: why some parents may be absent; empty when every one must be there.
    """

    table: str
    column: str
    parent: str
    rows: int
    unresolved: int
    rule: str

    @property
    def is_explained(self) -> bool:
        """Say whether every parent is there, or a rule says why some are not."""
        return not self.unresolved or bool(self.rule)


@cache
def reference_rules() -> dict[tuple[str, str], str]:
    """Return (table, column) -> why parents may be absent; table ``*`` speaks for all tables."""
    with RULES_CSV.open(encoding="utf-8", newline="") as handle:
        return {(row["table"], row["column"]): row["reason"] for row in csv.DictReader(handle)}


def count_references(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Iterable[str]
) -> list[ReferenceCount]:
    """Count, for every reference of the tables, the rows whose parent is not there.

    Args:
        schema: where the tables of a release are.
        tables: OLIDS tables that are there; references to other tables are left out.
    """
    present = set(tables)
    rules = reference_rules()
    found = []
    for table in sorted(present):
        described = olids()[table]
        live = "not lds_is_deleted" if "lds_is_deleted" in described.column_names else "true"
        for column in described.columns:
            parent, _, key = column.references.partition(".")
            if parent not in present:
                continue
            name = identifier(column.name)
            with without_values(f"references of {table} could not be counted", column.name):
                row = connection.execute(
                    f"select count(*), count(*) filter (where known.key is null) from "
                    f"{schema}.{table} as child left join (select distinct {identifier(key)} as "
                    f"key from {schema}.{parent}) as known on known.key = child.{name} "
                    f"where child.{name} is not null and {live}"
                ).fetchone()
            rows, unresolved = (int(row[0]), int(row[1])) if row else (0, 0)
            rule = rules.get((table, column.name)) or rules.get(("*", column.name), "")
            found.append(
                ReferenceCount(table, column.name, column.references, rows, unresolved, rule)
            )
    return found
