"""Rows that found what they look up, kept in files of their own.

A code may come after its rows. When it comes, the rows that name it are among those that did not
find it: only files that may hold such rows are read, and not a practice's whole record. Which
files these are is in their names, so it is committed, purged and given up with the rows (ADR 18).
"""

from collections.abc import Iterator, Sequence

import duckdb

from lds_assets.lake.delta import LakeTable, StagedFile
from lds_assets.lake.sql import identifier
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.resources import Settings
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import LookUp
from lds_assets.suppliers.registry import Supplier


def shared_look_ups(supplier: Supplier, table: str) -> Iterator[tuple[str, LookUp]]:
    """Yield the tables of nobody's that a table's feeds look up, each way once."""
    seen: list[tuple[str, LookUp]] = []
    for feed in supplier.definition.canonical:
        for name, columns in feed.looks_up.items():
            is_shared = supplier.definition.table(name).publisher.shared
            if feed.source == table and is_shared and (name, columns) not in seen:
                seen.append((name, columns))
                yield name, columns


def met_condition(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    table: str,
    unfinished: frozenset[int],
) -> str | None:
    """Return the condition that a typed row found all it looks up; None when it looks up nothing.

    What is stored counts, so what a delivery brings is to be stored before the rows that name it.

    Args:
        unfinished: load sequences of other deliveries whose rows do not count.
    """
    conditions = []
    for place, (name, columns) in enumerate(shared_look_ups(supplier, table)):
        lake = raw_table(settings, supplier, name)
        files = lake.files(publishers=[SHARED], without=unfinished)
        known = f"known_{place}_{snake_case(table)}"
        foreign = _key([identifier(snake_case(each)) for each in columns.foreign])
        local = _key([identifier(snake_case(each)) for each in columns.local])
        connection.execute(
            f"create or replace temp table {known} as select distinct {foreign} as key "
            f"from ({lake.select(files)}) where {_all_given(columns.foreign)}"
        )
        conditions.append(
            f"(not ({_all_given(columns.local)}) or {local} in (select key from {known}))"
        )
    return " and ".join(conditions) or None


def told_apart(
    connection: duckdb.DuckDBPyConnection, table: LakeTable, staged: Sequence[StagedFile]
) -> list[StagedFile]:
    """Return the files of one write, those of met rows marked when no other row has their keys.

    A file holds a record more than once where the supplier sends it so. Where it does not, nobody
    has to look for the records of missing rows among the others.
    """
    files = [table.active(file) for file in staged]
    met = [file for file in files if file.is_met]
    other = [file for file in files if not file.is_met]
    if not met or not other:
        return list(staged)
    pair = "publisher_organisation_code, lds_source_key"
    row = connection.execute(
        f"select count(*) from (select {pair} from ({table.select(met)})) "
        f"semi join (select {pair} from ({table.select(other)})) using ({pair})"
    ).fetchone()
    if row is None or row[0]:
        return list(staged)
    return [
        table.mark_apart(file) if active.is_met else file
        for file, active in zip(staged, files, strict=True)
    ]


def _key(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"row({', '.join(names)})"


def _all_given(names: Sequence[str]) -> str:
    return " and ".join(f"{identifier(snake_case(each))} is not null" for each in names)
