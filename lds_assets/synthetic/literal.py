"""SQL literals for statements of the generator.

DuckDB imports pandas when it binds a parameter (a second of start-up), so the few values a
statement needs are written into it. All of them are the generator's own, none comes from outside.
"""

from collections.abc import Iterable, Sequence


def literal(value: object) -> str:
    """Return a value as DuckDB writes it: null, number, boolean, quoted text or list."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(literal(item) for item in value)}]"
    return "'" + str(value).replace("'", "''") + "'"


def rows_of(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as the list after ``values``."""
    return ", ".join(f"({', '.join(literal(value) for value in row)})" for row in rows)
