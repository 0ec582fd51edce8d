"""The only code that writes Delta tables.

DuckDB writes the Parquet files straight into the table's folder; a Delta commit makes them part
of the table. A file without a commit is invisible and is swept later. Tables are partitioned by
``publisher_organisation_code`` alone; instants are stored as UTC.
"""

import json
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import duckdb
from deltalake import CommitProperties, DeltaTable, Field, Schema, Transaction
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction, create_table_with_add_actions

from lds_assets.lake.snapshot import (
    APART,
    MET,
    PARTITION,
    SEQUENCE,
    ActiveFile,
    files_of,
    keep_written,
    newest_snapshot,
)
from lds_assets.lake.sql import identifier

__all__ = ["PARTITION", "SEQUENCE", "ActiveFile", "LakeTable", "StagedFile"]

#: Partition values that stand in a path as they are.
_PLAIN = re.compile("[A-Za-z0-9]+")

#: Column, for the time of writing, that keeps met rows apart.
_MET_FLAG = "lds_met"

#: Mark of a column that a table was given when it had files already.
_GAINED = "lds.gained"

_DELTA_TYPES = {
    "VARCHAR": "string",
    "BIGINT": "long",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
}


@dataclass(frozen=True)
class StagedFile:
    """A Parquet file written into a table's folder and not yet part of the table.

    Attributes:
        path: relative to the table's folder.
        publisher: partition value.
        sequence: load sequence of all its rows; None when they differ.
    """

    path: str
    publisher: str
    rows: int
    size_bytes: int
    sequence: int | None


def _delta_type(lake_type: str) -> PrimitiveType:
    if lake_type.startswith("DECIMAL"):
        return PrimitiveType(lake_type.lower())
    return PrimitiveType(_DELTA_TYPES[lake_type])


class LakeTable:
    """One Delta table: its folder and its columns (name -> lake type, in order)."""

    def __init__(self, path: Path, columns: Mapping[str, str]) -> None:
        if PARTITION not in columns:
            raise ValueError(f"{path.name} has no {PARTITION}")
        self.path = path
        self.columns = dict(columns)

    def _open(self) -> DeltaTable | None:
        newest = newest_snapshot(self.path)
        return None if newest is None else newest.table

    def _active(self, version: int | None) -> Sequence[ActiveFile]:
        newest = newest_snapshot(self.path)
        if newest is None:
            return ()
        if version is None or newest.table.version() == version:
            return newest.files
        return files_of(self.path, version)

    def version(self) -> int:
        """Return the newest version, -1 when the table does not exist."""
        table = self._open()
        return -1 if table is None else int(table.version())

    def create(self) -> None:
        """Create the empty table when it does not exist."""
        if self._open() is not None:
            return
        self.path.mkdir(parents=True, exist_ok=True)
        schema = Schema([Field(name, _delta_type(kind)) for name, kind in self.columns.items()])
        create_table_with_add_actions(
            str(self.path), schema, [], mode="ignore", partition_by=[PARTITION]
        )

    def bring_forward(self) -> None:
        """Give a table that exists the columns its dictionary has gained since.

        Files from before are not rewritten: what they lack is read as null.
        """
        table = self._open()
        known = {field.name for field in table.schema().fields} if table else set(self.columns)
        gained = [
            Field(name, _delta_type(kind), metadata={_GAINED: "true"})
            for name, kind in self.columns.items()
            if name not in known
        ]
        if gained:
            DeltaTable(str(self.path)).alter.add_columns(gained)

    def _may_lack(self) -> list[str]:
        """Return columns that files of before the dictionary had them do not hold."""
        table = self._open()
        if table is None:
            return []
        known = {field.name: field for field in table.schema().fields}
        return [
            name
            for name in self.columns
            if name not in known or _GAINED in (known[name].metadata or {})
        ]

    def transaction(self, application: str) -> int:
        """Return the last load sequence an application committed here, -1 when none."""
        table = self._open()
        return -1 if table is None else _transaction(table, application)

    def transactions(self, applications: Iterable[str]) -> dict[str, int]:
        """Return the last load sequence of each application, -1 for those without one."""
        table = self._open()
        return {each: -1 if table is None else _transaction(table, each) for each in applications}

    def stage(
        self,
        connection: duckdb.DuckDBPyConnection,
        select: str,
        sequence: int | None = None,
        only: str | None = None,
        met: str | None = None,
    ) -> list[StagedFile]:
        """Write the rows of a select into the table's folder, without making them visible.

        Args:
            connection: session in UTC that can run the select.
            select: yields this table's columns by name, in any order.
            sequence: load sequence of every row, kept with the file to find it again.
            only: partition of every row, when they are of one: written as they come, without the
                buffers that sorting rows into partitions takes.
            met: condition; rows it holds for go into files of their own (``ActiveFile.is_met``).
        """
        self.bring_forward()
        if met is None and only is not None and _PLAIN.fullmatch(only):
            return self._stage_one(connection, select, sequence, only)
        self.path.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(_stored(name, kind) for name, kind in self.columns.items())
        apart = "" if met is None else f", {_MET_FLAG}"
        flag = "" if met is None else f", ({met}) as {_MET_FLAG}"
        written = connection.execute(
            f"copy (select {columns}{flag} from ({select})) to '{self.path}' (format parquet, "
            f"compression zstd, compression_level 3, partition_by ({PARTITION}{apart}), "
            f"filename_pattern 'part-{uuid4().hex}-{{i}}', overwrite_or_ignore true, "
            "return_stats true)"
        ).fetchall()
        return [
            StagedFile(
                path=str(_out_of_flag_folder(Path(row[0])).relative_to(self.path)),
                publisher=str(row[5][PARTITION]),
                rows=int(row[1]),
                size_bytes=int(row[2]),
                sequence=sequence,
            )
            for row in written
        ]

    def _stage_one(
        self,
        connection: duckdb.DuckDBPyConnection,
        select: str,
        sequence: int | None,
        publisher: str,
    ) -> list[StagedFile]:
        path = f"{PARTITION}={publisher}/part-{uuid4().hex}-0.parquet"
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        columns = ", ".join(
            _stored(name, kind) for name, kind in self.columns.items() if name != PARTITION
        )
        written = connection.execute(
            f"copy (select {columns} from ({select})) to '{self.path / path}' (format parquet, "
            "compression zstd, compression_level 3, return_stats true)"
        ).fetchall()
        rows, size = (int(written[0][1]), int(written[0][2])) if written else (0, 0)
        staged = StagedFile(path, publisher, rows, size, sequence)
        if not rows:
            self.discard([staged])
            return []
        return [staged]

    def active(self, file: StagedFile) -> ActiveFile:
        """Return a staged file as one that can be read."""
        path = str(self.path / file.path)
        return ActiveFile(path, file.publisher, file.rows, file.size_bytes, file.sequence)

    def mark_apart(self, file: StagedFile) -> StagedFile:
        """Say in the name of a staged file of met rows that it is apart (``is_apart``)."""
        path = self.path / file.path
        target = path.with_name(APART + path.name.removeprefix(MET))
        path.rename(target)
        return replace(file, path=str(target.relative_to(self.path)))

    def discard(self, staged: Sequence[StagedFile]) -> None:
        """Delete staged files that will not be committed."""
        for file in staged:
            (self.path / file.path).unlink(missing_ok=True)

    def commit(self, staged: Sequence[StagedFile], transactions: Mapping[str, int]) -> int:
        """Make staged files part of the table in one commit and return the new version.

        Args:
            transactions: application -> load sequence; read back with ``transaction``. Recorded
                even when there are no files, so that "nothing for this practice" is known too.
        """
        return self._write([_add_action(file) for file in staged], transactions)

    def replace(
        self,
        staged: Sequence[StagedFile],
        removed: Sequence[ActiveFile],
        transactions: Mapping[str, int] | None = None,
    ) -> int:
        """Put staged files in place of active ones in one commit; return the new version."""
        now = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [_add_action(file) for file in staged]
        actions += [
            RemoveAction(
                path=str(Path(file.path).relative_to(self.path)),
                deletion_timestamp=now,
                data_change=True,
                partition_values={PARTITION: file.publisher},
                size=file.size_bytes,
            )
            for file in removed
        ]
        return self._write(actions, transactions or {})

    def _write(
        self,
        actions: list[AddAction | RemoveAction],
        transactions: Mapping[str, int],
    ) -> int:
        self.create()
        self.bring_forward()
        table = DeltaTable(str(self.path))
        table.create_write_transaction(
            actions,
            "append",
            table.schema(),
            partition_by=[PARTITION],
            commit_properties=CommitProperties(
                app_transactions=[
                    Transaction(application, sequence)
                    for application, sequence in sorted(transactions.items())
                ],
                max_commit_retries=20,
            ),
        )
        table.update_incremental()
        keep_written(self.path, table)
        return int(table.version())

    def files(
        self,
        version: int | None = None,
        publishers: Sequence[str] | None = None,
        sequence: int | None = None,
        without: Collection[int] = (),
    ) -> list[ActiveFile]:
        """Return the files of a version (newest by default), in a stable order.

        Args:
            publishers: only these partitions.
            sequence: only files that may hold rows of this load sequence.
            without: load sequences whose files do not count.
        """
        wanted = None if publishers is None else set(publishers)
        return [
            file
            for file in self._active(version)
            if (wanted is None or file.publisher in wanted)
            and (sequence is None or file.sequence in (None, sequence))
            and file.sequence not in without
        ]

    def view(
        self, connection: duckdb.DuckDBPyConnection, name: str, files: Sequence[ActiveFile]
    ) -> None:
        """Create a view over files of this table, typed even when there is none.

        Args:
            name: qualified, quoted by the caller where it needs to be.
        """
        connection.execute(f"create or replace view {name} as {self.select(files)}")

    def select(self, files: Sequence[ActiveFile], *, first_rows: bool = False) -> str:
        """Return a select over files of this table, with its columns and types in order.

        Args:
            first_rows: only the first row of each file.
        """
        if not files:
            columns = ", ".join(
                f"cast(null as {kind}) as {identifier(name)}" for name, kind in self.columns.items()
            )
            return f"select {columns} where false"
        columns = ", ".join(_read(name, kind) for name, kind in self.columns.items())
        paths = ", ".join(f"'{file.path}'" for file in files)
        lacking = self._may_lack()
        options = f"hive_partitioning = true, hive_types = {{'{PARTITION}': varchar}}"
        options += ", file_row_number = true" if first_rows else ""
        options += ", union_by_name = true" if lacking else ""
        rows = f"read_parquet([{paths}], {options})"
        if lacking:
            # none of the files need have the column: then no name of a file binds
            typed = ", ".join(_nothing(name, self.columns[name]) for name in lacking)
            rows = f"(select * from {rows} union all by name select {typed} where false)"
        return f"select {columns} from {rows}{' where file_row_number = 0' if first_rows else ''}"


def _transaction(table: DeltaTable, application: str) -> int:
    found = table.transaction_version(application)
    return -1 if found is None else int(found)


def _out_of_flag_folder(path: Path) -> Path:
    """Move a file out of the folder that says whether its rows are met; its name says it then."""
    if not path.parent.name.startswith(f"{_MET_FLAG}="):
        return path
    is_met = path.parent.name == f"{_MET_FLAG}=true"
    target = path.parent.parent / (MET + path.name if is_met else path.name)
    path.rename(target)
    with suppress(OSError):
        # not empty yet: the engine wrote more than one file into it
        path.parent.rmdir()
    return target


def _stored(name: str, kind: str) -> str:
    quoted = identifier(name)
    value = f"cast({quoted} as {kind})"
    # a number passed on: a cast between instants with and without a zone asks for the zone's rules
    # at every row, which takes twenty times as long
    stored = f"make_timestamptz(epoch_us({value}))" if kind == "TIMESTAMP" else value
    return f"{stored} as {quoted}"


def _read(name: str, kind: str) -> str:
    quoted = identifier(name)
    read = f"make_timestamp(epoch_us({quoted}))" if kind == "TIMESTAMP" else quoted
    return f"cast({read} as {kind}) as {quoted}"


def _nothing(name: str, kind: str) -> str:
    stored = "timestamptz" if kind == "TIMESTAMP" else kind
    return f"cast(null as {stored}) as {identifier(name)}"


def _add_action(file: StagedFile) -> AddAction:
    statistics: dict[str, object] = {"numRecords": file.rows}
    if file.sequence is not None:
        bound = {SEQUENCE: file.sequence}
        statistics |= {"minValues": bound, "maxValues": bound, "nullCount": {SEQUENCE: 0}}
    return AddAction(
        path=file.path,
        size=file.size_bytes,
        partition_values={PARTITION: file.publisher},
        modification_time=int(time.time() * 1000),
        data_change=True,
        stats=json.dumps(statistics),
    )
