"""The loads behind a raw table's files: whose, when extracted, whole or changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from lds_assets.lake.delta import PARTITION, SEQUENCE, ActiveFile, LakeTable


@dataclass(frozen=True)
class Load:
    """One practice's rows of one delivery in one raw table.

    Attributes:
        extracted_at: UTC.
        is_full: the rows are all there is of the practice, not only changes.
    """

    publisher: str
    sequence: int
    extracted_at: datetime
    is_full: bool


def loads_of(
    connection: duckdb.DuckDBPyConnection, lake: LakeTable, files: Sequence[ActiveFile]
) -> list[Load]:
    """Return the loads that files of a raw table hold, each once.

    All rows of a file that one load wrote have these values in common: one row of it tells.
    """
    alike = [file for file in files if file.sequence is not None]
    mixed = [file for file in files if file.sequence is None]
    columns = f"{PARTITION}, {SEQUENCE}, lds_extracted_at, lds_is_full"
    selects = [f"select {columns} from ({lake.select(alike, first_rows=True)})"] if alike else []
    selects += [f"select {columns} from ({lake.select(mixed)})"] if mixed else []
    if not selects:
        return []
    rows = connection.execute(f"select distinct * from ({' union all '.join(selects)})").fetchall()
    return [Load(str(code), int(number), at, bool(full)) for code, number, at, full in rows]


def newest_fulls(loads: Sequence[Load]) -> dict[str, datetime]:
    """Return publisher -> extraction time of its newest full file; those without one are absent.

    Rows extracted before it no longer count.
    """
    fulls: dict[str, datetime] = {}
    for load in loads:
        if load.is_full:
            newest = fulls.get(load.publisher, load.extracted_at)
            fulls[load.publisher] = max(newest, load.extracted_at)
    return fulls
