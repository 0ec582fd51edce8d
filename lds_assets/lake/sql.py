"""Quoting for the few places where a value or name must stand in SQL text, and a common count."""

from collections.abc import Iterable, Sequence

import duckdb


def literal(value: str) -> str:
    """Return the value as an SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """Return the values, in order, as SQL string literals with commas between."""
    return ", ".join(literal(value) for value in sorted(values))


def identifier(name: str) -> str:
    """Return the name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def count_repeated(connection: duckdb.DuckDBPyConnection, rows: str, columns: Sequence[str]) -> int:
    """Return how many values of the columns, quoted names, occur more than once in a select.

    Rows with different hashes differ: the values themselves are compared only when hashes meet.
    """
    listed = ", ".join(columns)
    query = "select count(*) from (select {} from ({}) group by all having count(*) > 1)"
    for compared in (f"hash({listed})", listed):
        row = connection.execute(query.format(compared, rows)).fetchone()
        repeated = int(row[0]) if row else 0
        if not repeated:
            break
    return repeated
