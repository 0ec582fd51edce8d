"""A batch's raw rows as they are stored: all versions, this delivery's, and the newest of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from lds_assets.lake.delta import ActiveFile, LakeTable
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.loads import Load, loads_of, newest_fulls
from lds_assets.raw.tables import SHARED, raw_table, stored_deletion
from lds_assets.resources import Settings
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.registry import Supplier

#: Rows of a delivery that are kept in memory instead of being read for each feed.
_HELD_AT_MOST = 200_000


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
        self._files: dict[str, list[ActiveFile]] = {}
        self._loads: dict[str, list[Load]] = {}
        self._made: set[str] = set()
        for schema in ("stored", "missing", "delivered", "former", "former_met"):
            self._connection.execute(f"create schema if not exists {schema}")

    # -- relations, made when first asked for: to make one takes a look into its files -----------

    def stored(self, table: str) -> str:
        """Return the relation of all versions of a table's records."""
        return self._relation("stored", table, self.files(table), "true")

    def missing(self, table: str) -> str:
        """Return the relation of all versions that may miss what they look up."""
        files = [file for file in self.files(table) if not file.is_met]
        return self._relation("missing", table, files, "true")

    def delivered(self, table: str) -> str:
        """Return the relation of this delivery's rows of a table, in memory when they are few."""
        publishers = ", ".join(literal(publisher) for publisher in self._batch.publishers)
        return self._relation(
            "delivered",
            table,
            self._own(table),
            f"lds_load_sequence = {self._batch.sequence} and publisher_organisation_code in "
            f"({publishers})",
            is_held=self._is_held(table),
        )

    def former(self, table: str, *, met: bool) -> str:
        """Return the relation of a table's rows of other deliveries.

        Args:
            met: those in files where every row found what it looks up; else all others.
        """
        kept = f"lds_load_sequence <> {self._batch.sequence}"
        files = [file for file in self._others(table) if file.is_met == met]
        return self._relation("former_met" if met else "former", table, files, kept)

    def _relation(
        self,
        schema: str,
        table: str,
        files: Sequence[ActiveFile],
        kept: str,
        *,
        is_held: bool = False,
    ) -> str:
        name = f"{schema}.{table}"
        if name not in self._made:
            rows = self._lake(table).select(files)
            kind = "table" if is_held else "view"
            self._connection.execute(
                f"create or replace {kind} {name} as select * from ({rows}) where {kept}"
            )
            self._made.add(name)
        return name

    def _is_held(self, table: str) -> bool:
        """Say whether this delivery's rows of a table are few enough to be kept in memory."""
        return sum(file.rows for file in self._own(table)) <= _HELD_AT_MOST

    def files(self, table: str) -> list[ActiveFile]:
        """Return the files of a table that count for this batch."""
        if table not in self._files:
            publishers = sorted({*self._batch.publishers, SHARED})
            self._files[table] = self._lake(table).files(
                publishers=publishers, without=self._batch.unfinished
            )
        return self._files[table]

    def _lake(self, table: str) -> LakeTable:
        return raw_table(self._batch.settings, self._batch.supplier, self._tables[table].name)

    def _own(self, table: str) -> list[ActiveFile]:
        return [f for f in self.files(table) if f.sequence in (None, self._batch.sequence)]

    def _others(self, table: str) -> list[ActiveFile]:
        return [f for f in self.files(table) if f.sequence != self._batch.sequence]

    # -- how the delivery stands to what was stored ----------------------------------------------

    def is_delivered(self, table: str) -> bool:
        """Say whether this delivery may hold rows of a table."""
        return any(file.publisher in self._batch.publishers for file in self._own(table))

    def loads(self, table: str) -> list[Load]:
        """Return the loads of a table that count for this batch, its own included."""
        if table not in self._loads:
            files = self.files(table)
            self._loads[table] = loads_of(self._connection, self._lake(table), files)
        return self._loads[table]

    def loads_table(self, table: str) -> str:
        """Return the temporary table of a table's loads, for selects to join."""
        name = f"loads_{table}"
        if name not in self._made:
            self._connection.execute(
                f"create or replace temp table {name} (publisher_organisation_code varchar, "
                "lds_load_sequence bigint, lds_extracted_at timestamp, lds_is_full boolean)"
            )
            rows = [list(vars(load).values()) for load in self.loads(table)]
            if rows:
                self._connection.executemany(f"insert into {name} values (?, ?, ?, ?)", rows)
            self._made.add(name)
        return name

    def is_full(self, table: str) -> bool:
        """Say whether this delivery's stored rows are all there is (False when absent).

        Of a dictionary table only new and changed rows are stored, so they never are.
        """
        if self._tables[table].dictionary or not self.is_delivered(table):
            return False
        own = [load for load in self._own_loads(table) if load.publisher in self._batch.publishers]
        return bool(own) and all(load.is_full for load in own)

    def publishers_of(self, table: str) -> set[str]:
        """Return whose rows of a table this delivery holds."""
        return {load.publisher for load in self._own_loads(table)}

    def is_late(self, table: str) -> bool:
        """Say whether rows that win over this delivery's are stored already."""
        if not self._others(table):
            return False
        own = {load.publisher: load.extracted_at for load in self._own_loads(table)}
        return any(
            (load.extracted_at, load.sequence)
            > (own.get(load.publisher, datetime.max), self._batch.sequence)
            for load in self.loads(table)
        )

    def _own_loads(self, table: str) -> list[Load]:
        return [load for load in self.loads(table) if load.sequence == self._batch.sequence]

    def outdated_by(self, table: str) -> dict[str, datetime]:
        """Return publisher -> its newest full file's time, where older rows are stored."""
        fulls = newest_fulls(self.loads(table))
        older = {
            load.publisher
            for load in self.loads(table)
            if load.extracted_at < fulls.get(load.publisher, datetime.min)
        }
        return {publisher: fulls[publisher] for publisher in sorted(older)}

    def late_for(self, table: str) -> dict[str, datetime]:
        """Return publisher -> its newest full file's time, where this delivery's rows are older."""
        own = {load.publisher: load.extracted_at for load in self._own_loads(table)}
        return {
            publisher: at
            for publisher, at in newest_fulls(self.loads(table)).items()
            if at > own.get(publisher, datetime.max)
        }

    def past_window(self, table: str) -> str:
        """Return a select of this delivery's rows that delete for the supplier's window alone."""
        rows = f"select * from {self.delivered(table)}"
        if not self.keeps_past_window(table):
            return f"{rows} where false"
        return f"{rows} semi join past_{table} using (lds_source_record_id)"

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
                f"preceding and 1 preceding) as known from {self.stored(table)}) where deletes and "
                "known.ended <= cast(lds_extracted_at as date) - "
                f"interval {rules.look_back.years} year"
            )
            self._made.add(name)
        return True


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
