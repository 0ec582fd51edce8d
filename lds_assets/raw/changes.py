"""Dictionary tables: of a list that comes whole again and again, only what changes is stored.

A row is weighed against the one that held when it was extracted, not against the newest: lists may
come late, and those of several groups come in any order. Where a newer list that is loaded already
said nothing new, what held before is stored once more under that list's time, so that the late
word stays between the two and never becomes the newest (ADR 20).

A list of few of the known keys is one of changes. It is stored as it came: nothing else tells later
which keys it spoke of.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from lds_assets.lake.delta import ActiveFile, LakeTable, StagedFile
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.loads import loads_of
from lds_assets.raw.newer_lists import NewerList

#: A list is whole when it holds at least one of so many known keys.
_WHOLE_IS_ONE_IN = 2


@dataclass(frozen=True)
class Listed:
    """A dictionary file being loaded.

    Attributes:
        compared: columns (lake names) that make a row another one.
        newer: lists of the same table extracted later and loaded before, oldest first.
    """

    table: LakeTable
    sequence: int
    extracted_at: datetime
    compared: Sequence[str]
    unfinished: frozenset[int] = frozenset()
    newer: Sequence[NewerList] = field(default_factory=tuple)


def stage_changes(
    connection: duckdb.DuckDBPyConnection, listed: Listed, select: str
) -> list[StagedFile]:
    """Write the rows of a file that say something new, and what a newer list confirmed.

    Args:
        select: the file's typed rows.
    """
    given = _count(connection, f"create or replace temp table incoming as {_newest_of(select)}")
    files = listed.table.files(without=listed.unfinished)
    _around(connection, listed, files)
    # as many rows as are stored are no fewer than half of the keys: nothing has to be counted
    stored = sum(file.rows for file in files)
    known = _known(connection) if listed.newer or not _is_whole(given, stored) else 0
    news = _news(listed, is_whole=_is_whole(given, known))
    staged = listed.table.stage(connection, news, listed.sequence)
    whole = [each for each in listed.newer if _is_whole(each.rows, known)]
    if whole:
        # a file of its own: rows of one file have their extraction time in common
        confirmed = _confirmed(listed, whole[0])
        staged += listed.table.stage(connection, confirmed, listed.sequence)
    connection.execute("drop view held_next; drop view held_then; drop table incoming")
    return staged


def own_rows(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, sequence: int, delivery_id: str
) -> int:
    """Return how many rows of a delivery its load stored, what newer lists confirmed left out."""
    rows = table.select(table.files(sequence=sequence))
    return _count(
        connection,
        f"select count(*) from ({rows}) where lds_load_sequence = {sequence} "
        f"and lds_delivery_id = {literal(delivery_id)}",
    )


def _is_whole(rows: int, known: int) -> bool:
    return rows * _WHOLE_IS_ONE_IN >= known


def _newest_of(select: str) -> str:
    """Return the last row of each key of the file."""
    return (
        f"select * from ({select}) "
        "qualify row_number() over (partition by lds_source_key order by lds_row_number desc) = 1"
    )


def _around(
    connection: duckdb.DuckDBPyConnection, listed: Listed, files: Sequence[ActiveFile]
) -> None:
    """Show the stored row of each key that held at the time of extraction, and the next one."""
    own = (listed.extracted_at, listed.sequence)
    loads = loads_of(connection, listed.table, files)
    is_late = any((load.extracted_at, load.sequence) > own for load in loads)
    mine = f"({_instant(listed.extracted_at)}, {listed.sequence})"
    theirs = "(lds_extracted_at, lds_load_sequence)"
    newest = "lds_extracted_at desc, lds_load_sequence desc, lds_row_number desc"
    oldest = "lds_extracted_at, lds_load_sequence, lds_row_number desc"
    for name, condition, order in (
        ("held_then", f"{theirs} <= {mine}" if is_late else "true", newest),
        ("held_next", f"{theirs} > {mine}" if is_late else "false", oldest),
    ):
        connection.execute(
            f"create or replace temp view {name} as select * from ({listed.table.select(files)}) "
            f"where {condition} qualify row_number() over "
            f"(partition by lds_source_key order by {order}) = 1"
        )


def _known(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many keys were known at the time of extraction."""
    return _count(connection, "select count(*) from held_then")


def _count(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _news(listed: Listed, *, is_whole: bool) -> str:
    """Return a select of the incoming rows that differ from what held when they were extracted.

    A key of which only later words are known is new unless the next word is the same.
    """
    changed = _differs("held_then", listed.compared)
    unknown = f"held_next.lds_source_key is null or {_differs('held_next', listed.compared)}"
    if not is_whole:
        changed += f" or held_then.lds_extracted_at < {_instant(listed.extracted_at)}"
        unknown = "true"
    return (
        f"select incoming.* from incoming {_joined('held_then')} {_joined('held_next')} where case "
        f"when held_then.lds_source_key is not null then {changed} else {unknown} end"
    )


def _confirmed(listed: Listed, newer: NewerList) -> str:
    """Return what held before the incoming changes, under the newer list that did not change it."""
    at = _instant(newer.extracted_at)
    stamps = {
        "lds_extracted_at": at,
        "lds_load_sequence": f"cast({listed.sequence} as bigint)",
        "lds_delivery_id": literal(newer.delivery_id),
        "lds_is_full": "false",
    }
    stamped = ", ".join(f"{value} as {name}" for name, value in stamps.items())
    return (
        f"select held_then.* replace ({stamped}) from incoming {_joined('held_then')} "
        f"{_joined('held_next')} where held_then.lds_source_key is not null and "
        f"({_differs('held_then', listed.compared)}) and "
        f"coalesce(held_next.lds_extracted_at > {at}, true)"
    )


def _joined(stored: str) -> str:
    return f"left join {stored} on {stored}.lds_source_key = incoming.lds_source_key"


def _differs(stored: str, compared: Sequence[str]) -> str:
    return " or ".join(
        f"incoming.{identifier(name)} is distinct from {stored}.{identifier(name)}"
        for name in compared
    )


def _instant(at: datetime) -> str:
    return f"timestamp '{at:%Y-%m-%d %H:%M:%S.%f}'"
