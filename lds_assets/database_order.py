"""The order of texts, the same on every engine: by code point, as Python and SQLite have it.

PostgreSQL orders by the language of its cluster, in which a delivery's part may stand before the
delivery; whoever sorts or takes the last of several texts in the database names this order.
"""

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class by_code_point(FunctionElement[str]):  # noqa: N801 - reads as a function of SQL
    """A text column, compared by code point."""

    type = String()
    inherit_cache = True

    def __init__(self, column: ColumnElement[str]) -> None:
        super().__init__(column)


@compiles(by_code_point)
def _as_it_is(element: by_code_point, compiler: SQLCompiler, **named: Any) -> str:  # noqa: ANN401
    return compiler.process(element.clauses, **named)


@compiles(by_code_point, "postgresql")
def _collated(element: by_code_point, compiler: SQLCompiler, **named: Any) -> str:  # noqa: ANN401
    return f'{compiler.process(element.clauses, **named)} collate "C"'
