"""Rows that are kept raw and become no OLIDS rows, under a named rule of the gate.

A rule is declared with the supplier and is one select of the rows of ``tested`` that stay. It is
asked of every relation a supplier's select reads, so no select can forget it.
"""

from collections import Counter
from collections.abc import Iterator

import duckdb

from lds_assets.canonical.mentions import mentioned
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import Lands, LookUp, WithheldRule
from lds_assets.suppliers.registry import Supplier


class Withholding:
    """The rules of a supplier, by raw table (lake name)."""

    def __init__(self, supplier: Supplier) -> None:
        self._selects: dict[str, list[tuple[WithheldRule, str]]] = {}
        for rule in supplier.definition.withheld:
            text = supplier.withheld(rule.sql).rstrip().rstrip(";")
            read = mentioned(text)
            for table in _tested(supplier, rule):
                if table not in read:
                    self._selects.setdefault(table, []).append((rule, text))

    def reads(self, table: str) -> list[str]:
        """Return the raw tables that the rules of a table read, in order."""
        return sorted(
            {name for _, text in self._selects.get(table, ()) for name in mentioned(text)}
        )

    def decided_by(self, table: str) -> Iterator[tuple[str, LookUp]]:
        """Yield the tables whose new rows release or withhold rows of this one."""
        for rule, _ in self._selects.get(table, ()):
            yield from rule.decided_by.items()

    def staying(self, table: str, rows: str) -> str:
        """Return the select of those of the given rows (a select) that no rule withholds."""
        for _, text in self._selects.get(table, ()):
            rows = f"with tested as (\n{rows}\n)\n{text}"
        return rows

    def count(
        self, connection: duckdb.DuckDBPyConnection, table: str, relation: str
    ) -> Iterator[tuple[str, str, int]]:
        """Yield practice, reason and withheld rows of a relation; the first rule counts."""
        rows = f"select * from {relation}"
        before = _by_publisher(connection, rows) if table in self._selects else Counter()
        for rule, text in self._selects.get(table, ()):
            rows = f"with tested as (\n{rows}\n)\n{text}"
            after = _by_publisher(connection, rows)
            for practice, number in (before - after).items():
                yield practice, rule.reason, number
            before = after


def _tested(supplier: Supplier, rule: WithheldRule) -> Iterator[str]:
    for table in supplier.definition.tables:
        columns = {column.name for column in supplier.dictionary[table.name].columns}
        is_named = table.name in rule.tables or rule.column in columns
        if is_named and table.lands in {Lands.CANONICAL, Lands.MERGED}:
            yield snake_case(table.name)


def _by_publisher(connection: duckdb.DuckDBPyConnection, rows: str) -> Counter[str]:
    found = connection.execute(
        f"select publisher_organisation_code, count(*) from ({rows}) group by all"
    ).fetchall()
    return Counter({str(code): int(number) for code, number in found})
