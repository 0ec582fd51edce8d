"""Values of the form of a canary in one table of the lake: of rows that go, and of rows that stay.

The practice's files alone are read for the first, every file for the second.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import duckdb

from lds_assets.lake.delta import PARTITION, ActiveFile, LakeTable
from lds_assets.lake.erase import held
from lds_assets.lake.erase_part import Condition
from lds_assets.lake.sql import identifier, literal

#: Gives the condition of the practice's rows of a table that go, None when all do.
Goes = Callable[[Path], Condition | None]

_FORM = "[0-9]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HASHES = 2**64 - 1
#: Rows from which one value is expected, at the least, where large tables are thinned.
_ROWS_PER_VALUE = 64


class Table:
    """One table of the lake, for one practice.

    Args:
        connection: session in UTC.
        practice: ODS code.
        goes: condition of the practice's rows of a table that go, None when all do.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, path: Path, practice: str, goes: Goes
    ) -> None:
        self._connection = connection
        self._path = path
        self._practice = practice
        self._goes = goes(path)

    @cached_property
    def _own(self) -> list[ActiveFile]:
        return held(self._path, self._practice)

    def going(self, size: int) -> list[str]:
        """Return so many values of the practice's rows that go, in the order of a hash.

        Fewer only when there are no more.
        """
        # of many rows only values with a small hash are gathered: the order is the same
        parts = max(1, sum(file.rows for file in self._own) // (_ROWS_PER_VALUE * size))
        found = self._least(size, _HASHES // parts)
        return found if len(found) == size or parts == 1 else self._least(size, _HASHES)

    def _least(self, size: int, bound: int) -> list[str]:
        texts = self._texts(
            self._own, f"strlen({{text}}) in (10, 36) and hash(lower({{text}})) <= {bound}"
        )
        if not texts:
            return []
        found = self._connection.execute(
            f"select token from ({texts}) where going and regexp_full_match(token, '{_FORM}') "
            f"group by token order by hash(token), token limit {size}"
        ).fetchall()
        return [str(value) for (value,) in found]

    def staying(self) -> set[str]:
        """Return those of the session's table ``candidate`` that rows hold which stay."""
        files = LakeTable(self._path, {PARTITION: "VARCHAR"}).files()
        texts = self._texts(files, "strlen({text}) in (10, 36)")
        if not texts:
            return set()
        found = self._connection.execute(
            f"select distinct token from ({texts}) where going is not true "
            "and token in (select value from candidate)"
        ).fetchall()
        return {str(value) for (value,) in found}

    def _texts(self, files: Iterable[ActiveFile], form: str) -> str:
        """Return a select of every text of some form in lower case, and whether its row goes.

        Column by column: only one is held at a time. Empty without files.
        """
        listed = ", ".join(literal(file.path) for file in files)
        if not listed:
            return ""
        rows = (
            f"read_parquet([{listed}], hive_partitioning = true, "
            f"hive_types = {{'{PARTITION}': varchar}}, union_by_name = true)"
        )
        described = self._connection.execute(f"describe select * from {rows}").fetchall()
        going = f"{PARTITION} = {literal(self._practice)}"
        if self._goes is not None:
            going += f" and {self._goes({str(row[0]): str(row[1]) for row in described})}"
        texts = [identifier(row[0]) for row in described if row[1] == "VARCHAR"]
        return " union all ".join(
            f"select lower({text}) as token, {going} as going from {rows} "
            f"where {form.format(text=text)}"
            for text in texts
        )
