"""Taking some of a publisher's rows out of a Delta table; its other rows stay.

A file whose rows all go is taken out, one of which some go is written anew without them; files of
which none go are not touched. What was taken out can be read in old versions until ``drop_past``.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

import duckdb

from lds_assets.lake.delta import PARTITION, ActiveFile, LakeTable, StagedFile
from lds_assets.lake.erase import held
from lds_assets.lake.snapshot import MET
from lds_assets.lake.sql import literal

#: Makes the condition of the rows that go from the columns (name -> type) that files have.
Condition = Callable[[Mapping[str, str]], str]


def counted(
    connection: duckdb.DuckDBPyConnection, files: list[ActiveFile], condition: Condition
) -> dict[str, int]:
    """Return path -> rows that go, for every file.

    Args:
        connection: session in UTC.
    """
    if not files:
        return {}
    listed = ", ".join(literal(file.path) for file in files)
    rows = (
        f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true, "
        "filename = 'lds_path')"
    )
    described = connection.execute(f"describe select * from {rows}").fetchall()
    goes = condition({str(row[0]): str(row[1]) for row in described})
    found = connection.execute(
        f"select lds_path, count(*) filter (where {goes}) from {rows} group by 1"
    ).fetchall()
    return {file.path: 0 for file in files} | {str(path): int(count) for path, count in found}


def remove_rows(
    connection: duckdb.DuckDBPyConnection, table: Path, publisher: str, condition: Condition
) -> int:
    """Take the rows of a publisher that a condition names out of the newest version; count them.

    Args:
        connection: session in UTC.
    """
    files = held(table, publisher)
    going = counted(connection, files, condition)
    touched = [file for file in files if going[file.path]]
    if not touched:
        return 0
    lake = LakeTable(table, {PARTITION: "VARCHAR"})
    kept = [
        _rest(connection, table, file, condition, going[file.path])
        for file in touched
        if going[file.path] < file.rows
    ]
    lake.replace(kept, touched)
    return sum(going[file.path] for file in touched)


def _rest(
    connection: duckdb.DuckDBPyConnection,
    table: Path,
    file: ActiveFile,
    condition: Condition,
    going: int,
) -> StagedFile:
    """Write a file's rows that stay beside it; its name goes on to say whether they are met."""
    source = Path(file.path)
    met = MET if source.name.startswith(MET) else ""
    target = source.with_name(f"{met}part-{uuid4().hex}-0.parquet")
    rows = f"read_parquet({literal(file.path)}, hive_partitioning = false)"
    described = connection.execute(f"describe select * from {rows}").fetchall()
    goes = condition({str(row[0]): str(row[1]) for row in described})
    connection.execute(
        f"copy (select * from {rows} where not {goes}) to {literal(str(target))} "
        "(format parquet, compression zstd, compression_level 3)"
    )
    path = str(target.relative_to(table))
    size = target.stat().st_size
    return StagedFile(path, file.publisher, file.rows - going, size, file.sequence)
