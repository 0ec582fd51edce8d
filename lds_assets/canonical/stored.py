"""A batch's raw rows as they are stored: all versions, this delivery's, and the newest of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lds_assets.lake.delta import ActiveFile, LakeTable
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.tables import SHARED, raw_table, stored_deletion
from lds_assets.resources import Settings
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.registry import Supplier


@dataclass(frozen=True)
class Batch:
    """One delivery's rows for some practices, already in raw.

    Attributes:
        publishers: partitions of the batch, ``shared`` included when shared rows were loaded.
        unfinished: load sequences of other deliveries whose rows do not count.
    """

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    supplier: Supplier
    sequence: int
    publishers: Sequence[str]
    unfinished: frozenset[int] = frozenset()


class StoredRows:
    """Opens the raw tables of one batch and says how its delivery stands to what was stored."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._connection = batch.connection
        self._tables = {snake_case(rules.name): rules for rules in batch.supplier.definition.tables}
        self._opened: set[str] = set()
        self._full: dict[str, bool] = {}
        self._late: dict[str, bool] = {}
        self._made: set[str] = set()
        for schema in ("stored", "delivered", "former"):
            self._connection.execute(f"create schema if not exists {schema}")

    def open(self, table: str) -> None:
        """Make ``stored.<table>`` (all versions) and ``delivered.<table>`` (this delivery)."""
        if table in self._opened:
            return
        batch = self._batch
        lake = raw_table(batch.settings, batch.supplier, self._tables[table].name)
        publishers = sorted({*batch.publishers, SHARED})
        files = lake.files(publishers=publishers, without=batch.unfinished)
        lake.view(self._connection, f"stored.{table}", files)
        own = [file for file in files if file.sequence in (None, batch.sequence)]
        former = [file for file in files if file.sequence != batch.sequence]
        self._connection.execute(
            f"create or replace view former.{table} as select * from ({lake.select(former)}) "
            f"where lds_load_sequence <> {batch.sequence}"
        )
        self._loads(lake, table, files)
        if not former:
            self._late[table] = False
        self._connection.execute(
            f"create or replace view delivered.{table} as select * from ({lake.select(own)}) "
            f"where lds_load_sequence = {batch.sequence} and publisher_organisation_code in "
            f"({', '.join(literal(publisher) for publisher in batch.publishers)})"
        )
        self._opened.add(table)

    def _loads(self, lake: LakeTable, table: str, files: Sequence[ActiveFile]) -> None:
        """Make ``loads_<table>``: each publisher's loads, when extracted and whether full.

        All rows of a file that was written by one load have these in common.
        """
        columns = "publisher_organisation_code, lds_load_sequence, lds_extracted_at, lds_is_full"
        alike = [file for file in files if file.sequence is not None]
        mixed = [file for file in files if file.sequence is None]
        self._connection.execute(
            f"create or replace temp table loads_{table} as "
            f"select {columns} from ({lake.select(alike, first_rows=True)}) "
            f"union select {columns} from ({lake.select(mixed)})"
        )

    def is_full(self, table: str) -> bool:
        """Say whether this delivery's stored rows are all there is (False when absent).

        Of a dictionary table only new and changed rows are stored, so they never are.
        """
        self.open(table)
        if self._tables[table].dictionary:
            return False
        if table not in self._full:
            row = self._connection.execute(
                f"select coalesce(bool_and(lds_is_full), false) from delivered.{table}"
            ).fetchone()
            self._full[table] = bool(row and row[0])
        return self._full[table]

    def past_window(self, table: str) -> str:
        """Return a select of this delivery's rows that delete for the supplier's window alone."""
        self.open(table)
        if not self.keeps_past_window(table):
            return f"select * from delivered.{table} where false"
        return (
            f"select * from delivered.{table} semi join past_{table} using (lds_source_record_id)"
        )

    def keeps_past_window(self, table: str) -> bool:
        """Make ``past_<table>``, the deletions that say nothing; False when there are none."""
        rules = self._tables[table]
        if rules.look_back is None or self._batch.settings.look_back_deletions == "delete":
            return False
        name = f"past_{table}"
        if name not in self._made:
            ended = ", ".join(identifier(snake_case(column)) for column in rules.look_back.ended)
            self._connection.execute(
                f"create or replace temp table {name} as select lds_source_record_id from ("
                "select lds_source_record_id, lds_extracted_at, "
                f"{stored_deletion(rules)} as deletes, "
                f"last_value(case when not deletes then {{'ended': least({ended})}} end ignore "
                "nulls) over (partition by publisher_organisation_code, lds_source_key order by "
                "lds_extracted_at, lds_load_sequence, lds_row_number rows between unbounded "
                f"preceding and 1 preceding) as known from stored.{table}) where deletes and "
                "known.ended <= cast(lds_extracted_at as date) - "
                f"interval {rules.look_back.years} year"
            )
            self._made.add(name)
        return True

    def is_late(self, table: str) -> bool:
        """Say whether rows that win over this delivery's are stored already."""
        self.open(table)
        if table not in self._late:
            row = self._connection.execute(
                f"select count(*) from loads_{table} as own inner join loads_{table} as other "
                "using (publisher_organisation_code) where own.lds_load_sequence = "
                f"{self._batch.sequence} and (other.lds_extracted_at, other.lds_load_sequence) > "
                "(own.lds_extracted_at, own.lds_load_sequence)"
            ).fetchone()
            self._late[table] = bool(row and row[0])
        return self._late[table]


def newest(connection: duckdb.DuckDBPyConnection, name: str, rows: str) -> None:
    """Make the temporary view ``name``: of rows with equal keys, the newest.

    Keys seen once, nearly all, are told by a number and passed on without a sort.
    """
    key = "publisher_organisation_code, lds_source_key"
    row = connection.execute(
        f"create or replace temp table repeated_{name} as select hash({key}) as number "
        f"from ({rows}) group by all having count(*) > 1"
    ).fetchone()
    if not row or not row[0]:
        connection.execute(f"create or replace temp view {name} as {rows}")
        return
    record = "publisher_organisation_code, lds_load_sequence, lds_row_number"
    connection.execute(
        f"create or replace temp table older_{name} as select {record} from (select {record}, "
        f"row_number() over (partition by {key} order by lds_extracted_at desc, "
        "lds_load_sequence desc, lds_row_number desc) as place "
        f"from ({rows}) where hash({key}) in (select number from repeated_{name})) where place > 1"
    )
    connection.execute(
        f"create or replace temp view {name} as select * from ({rows}) "
        f"anti join older_{name} using ({record})"
    )
