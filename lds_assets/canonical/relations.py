"""The relations a supplier's select reads: ``raw.<table>`` and ``raw_all.<table>``.

Built per delivery and feed over the raw tables of the batch's practices. ``raw.<source>`` holds
the newest row of each touched key, ``raw_all.<source>`` every version of it. Newest is by
extraction time, then load order, then row number; rows older than the publisher's last full file
of the table no longer count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lds_assets.canonical.mentions import mentioned
from lds_assets.canonical.withheld import Withholding
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.resources import Settings
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed, TableRules
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


class RawRelations:
    """Builds the relations of one batch, feed by feed."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._connection = batch.connection
        self._tables = {snake_case(rules.name): rules for rules in batch.supplier.definition.tables}
        self._opened: set[str] = set()
        self._full: dict[str, bool] = {}
        self._late: dict[str, bool] = {}
        self._made: set[str] = set()
        self.withholding = Withholding(batch.supplier)
        self._shown: set[str] = set()
        for schema in ("stored", "delivered", "raw", "raw_all"):
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
        self._connection.execute(
            f"create or replace view delivered.{table} as select * from ({lake.select(own)}) "
            f"where lds_load_sequence = {batch.sequence} and publisher_organisation_code in "
            f"({', '.join(literal(publisher) for publisher in batch.publishers)})"
        )
        self._opened.add(table)

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

    def prepare(self, feed: CanonicalFeed, select: str, since: Mapping[str, int]) -> None:
        """Make every relation that a feed's select reads.

        Args:
            since: practice -> load sequence up to which its rows of the OLIDS table are made.
        """
        source = snake_case(feed.source)
        touching = {snake_case(table): columns for table, columns in feed.touched_by.items()}
        names = {source, *touching, *mentioned(select)}
        self._shown = {source, *touching}
        for name in sorted(names):
            self.open(name)
        full = self.is_full(source)
        if full and not self._is_late(source):
            self._touch_all(source)
        elif full:
            self._touch_stored(source)
            self._current(source, "touched")
        else:
            self._touch(source, touching, self._looked_up(feed, since))
            self._current(source, "touched")
        self._every_version(source)
        for name in sorted(names - {source}):
            if name in touching and not full:
                self._keyed(name, touching[name])
                self._current(name, "touched_other")
            else:
                self._current(name, None)
            self._every_version(name, limited=False)

    def of_delivery(self, table: str) -> str:
        """Make ``raw.<table>`` this delivery's current rows; return them with those withheld."""
        self.open(table)
        self._shown = {table}
        if self.is_full(table) and not self._is_late(table):
            self._touch_all(table)
            return f"of_delivery_{table}"
        self._touch(table, {}, [])
        self._current(table, "touched")
        self._connection.execute(
            f"create or replace temp table current_{table} as select * from touched_{table} "
            f"where lds_load_sequence = {self._batch.sequence}"
        )
        self._show(table, f"current_{table}")
        return f"current_{table}"

    def whole(self, table: str) -> None:
        """Make ``raw.<table>`` hold every current row of the batch's practices."""
        self.open(table)
        self._current(table, None)

    def past_window(self, table: str) -> str:
        """Return a select of this delivery's rows that delete for the supplier's window alone."""
        self.open(table)
        if not self._keeps_past_window(table) or (self.is_full(table) and not self._is_late(table)):
            return f"select * from delivered.{table} where false"
        return (
            f"select * from delivered.{table} semi join past_{table} using (lds_source_record_id)"
        )

    def _keeps_past_window(self, table: str) -> bool:
        """Make ``past_<table>``, the deletions that say nothing; False when there are none."""
        rules = self._tables[table]
        if rules.look_back is None or self._batch.settings.look_back_deletions == "delete":
            return False
        name = f"past_{table}"
        if name not in self._made:
            ended = ", ".join(identifier(snake_case(column)) for column in rules.look_back.ended)
            self._connection.execute(
                f"create or replace temp table {name} as select lds_source_record_id from ("
                f"select lds_source_record_id, lds_extracted_at, {_deletes(rules)} as deletes, "
                f"last_value(case when not deletes then {{'ended': least({ended})}} end ignore "
                "nulls) over (partition by publisher_organisation_code, lds_source_key order by "
                "lds_extracted_at, lds_load_sequence, lds_row_number rows between unbounded "
                f"preceding and 1 preceding) as known from stored.{table}) where deletes and "
                "known.ended <= cast(lds_extracted_at as date) - "
                f"interval {rules.look_back.years} year"
            )
            self._made.add(name)
        return True

    def _is_late(self, table: str) -> bool:
        """Say whether rows extracted after this delivery are stored already."""
        if table not in self._late:
            row = self._connection.execute(
                f"select count(*) from stored.{table} where lds_extracted_at > "
                f"(select max(lds_extracted_at) from delivered.{table}) and "
                "publisher_organisation_code in "
                f"(select publisher_organisation_code from delivered.{table})"
            ).fetchone()
            self._late[table] = bool(row and row[0])
        return self._late[table]

    def _touch_stored(self, source: str) -> None:
        """A late full file: every stored key of its publishers is recomputed."""
        self._forget_touched()
        self._connection.execute(
            "create or replace temp table touched as select distinct publisher_organisation_code, "
            f"lds_source_key from stored.{source} where publisher_organisation_code in "
            f"(select publisher_organisation_code from delivered.{source})"
        )

    def _touch_all(self, source: str) -> None:
        """A full file: its rows are the current ones, every key of it is touched."""
        self._forget_touched()
        self._connection.execute(
            "create or replace temp view touched as select distinct publisher_organisation_code, "
            f"lds_source_key from delivered.{source}"
        )
        self._newest(source, "of_delivery", f"select * from delivered.{source}")

    def _touch(
        self,
        source: str,
        touching: Mapping[str, tuple[str, ...]],
        looked_up: Sequence[str],
    ) -> None:
        selects = [
            f"select publisher_organisation_code, lds_source_key from delivered.{source}",
            *(self._named(table, columns) for table, columns in touching.items()),
            *looked_up,
        ]
        self._forget_touched()
        self._connection.execute(
            "create or replace temp table touched as select distinct * from "
            f"({' union all '.join(selects)}) where lds_source_key is not null"
        )

    def _looked_up(self, feed: CanonicalFeed, since: Mapping[str, int]) -> list[str]:
        """Return selects of the source keys that point at rows newly stored in other tables."""
        source = snake_case(feed.source)
        selects = []
        for name, columns in (*feed.looks_up.items(), *self.withholding.decided_by(source)):
            table = snake_case(name)
            self.open(table)
            arrived = self._arrived(table, since)
            if arrived is None:
                continue
            pairs = zip(columns.local, columns.foreign, strict=True)
            on = " and ".join(
                f"source.{identifier(snake_case(local))} = arrived.{identifier(snake_case(other))}"
                for local, other in pairs
            )
            selects.append(
                "select distinct source.publisher_organisation_code, source.lds_source_key from "
                f"stored.{source} as source inner join (select * from ({arrived}) "
                f"where {columns.where}) as arrived on {on} and "
                "arrived.publisher_organisation_code = source.publisher_organisation_code"
            )
        return selects

    def _arrived(self, table: str, since: Mapping[str, int]) -> str | None:
        """Return a select of the rows a practice's records have not been read with, None for none.

        Rows of nobody's tables count for every practice of the batch, also those that another
        practice's load stored. A removed row may name nothing but itself: what it named before
        counts.
        """
        if not self._tables[table].publisher.shared:
            return (
                f"select versions.* from stored.{table} as versions inner join (select distinct "
                f"publisher_organisation_code, lds_source_key from delivered.{table}) as fresh "
                "using (publisher_organisation_code, lds_source_key)"
            )
        batch = self._batch
        lake = raw_table(batch.settings, batch.supplier, self._tables[table].name)
        known = {code: since.get(code, -1) for code in batch.publishers if code != SHARED}
        oldest = min(known.values(), default=batch.sequence)
        files = [
            file
            for file in lake.files(publishers=[SHARED], without=batch.unfinished)
            if file.sequence is None or file.sequence > oldest
        ]
        if not files or not known:
            return None
        read = ", ".join(f"({literal(code)}, {number})" for code, number in known.items())
        return (
            f"select rows.* replace (made.code as publisher_organisation_code) from "
            f"({lake.select(files)}) as rows inner join (values {read}) as made (code, number) "
            "on rows.lds_load_sequence > made.number"
        )

    def _named(self, table: str, columns: tuple[str, ...]) -> str:
        """Return a select of the source keys that a delivery's touching rows name or once named.

        A removed row may name nothing but itself, an edited one another key than before, and a
        full file touches what the rows it no longer holds had named.
        """
        arrived = (
            f"select distinct publisher_organisation_code from delivered.{table}"
            if self.is_full(table)
            else "select distinct publisher_organisation_code, lds_source_key from "
            f"delivered.{table}"
        )
        on = "arrived.publisher_organisation_code = versions.publisher_organisation_code"
        if not self.is_full(table):
            on += " and arrived.lds_source_key = versions.lds_source_key"
        return (
            f"select versions.publisher_organisation_code, {_key(columns, 'versions')} "
            f"as lds_source_key from stored.{table} as versions inner join ({arrived}) as arrived "
            f"on {on}"
        )

    def _forget_touched(self) -> None:
        kinds = self._connection.execute(
            "select table_type from information_schema.tables where table_name = 'touched'"
        ).fetchall()
        for (kind,) in kinds:
            self._connection.execute(f"drop {'view' if kind == 'VIEW' else 'table'} touched")

    def _keyed(self, table: str, columns: tuple[str, ...]) -> None:
        """Name the keys of a touching table's rows that belong to the touched source keys."""
        self._connection.execute(
            f"create or replace temp table touched_other as select distinct "
            f"stored.publisher_organisation_code, stored.lds_source_key from stored.{table} as "
            f"stored inner join touched on touched.publisher_organisation_code = "
            f"stored.publisher_organisation_code and touched.lds_source_key = "
            f"{_key(columns, 'stored')}"
        )

    def _current(self, table: str, keys: str | None) -> None:
        """Make ``raw.<table>``: the newest row of each key (of the given keys, or of all)."""
        if keys is None:
            rows = f"select * from stored.{table}"
        else:
            rows = (
                f"select stored.* from stored.{table} as stored inner join {keys} on "
                f"{keys}.publisher_organisation_code = stored.publisher_organisation_code "
                f"and {keys}.lds_source_key = stored.lds_source_key"
            )
        if self._keeps_past_window(table):
            rows = f"select * from ({rows}) anti join past_{table} using (lds_source_record_id)"
        if not self._tables[table].dictionary:
            rows = (
                f"select kept.* from ({rows}) as kept inner join (select "
                "publisher_organisation_code, max(lds_extracted_at) filter (where lds_is_full) as "
                f"full_at from stored.{table} group by all) as fulls using "
                "(publisher_organisation_code) where fulls.full_at is null or "
                "kept.lds_extracted_at >= fulls.full_at"
            )
        if keys is None:
            self._newest(table, "whole", rows)
            return
        # the keys relation is reused by the next feed: keep the rows, not the query
        self._connection.execute(f"create or replace temp table current_{table} as {rows}")
        self._made.discard(f"touched_{table}")
        self._newest(table, "touched", f"select * from current_{table}")

    def _newest(self, table: str, kind: str, rows: str) -> None:
        """Make ``raw.<table>`` the newest row of each key; made once a kind and batch.

        Keys seen once, nearly all, are passed on without a sort.
        """
        name = f"{kind}_{table}"
        if name not in self._made:
            self._connection.execute(
                f"create or replace temp table repeated_{name} as select "
                "publisher_organisation_code, lds_source_key, arg_max(lds_source_record_id, "
                "(lds_extracted_at, lds_load_sequence, lds_row_number)) as newest "
                f"from ({rows}) group by all having count(*) > 1"
            )
            self._connection.execute(
                f"create or replace temp view {name} as select rows.* from ({rows}) as rows "
                f"left join repeated_{name} as repeated on repeated.publisher_organisation_code = "
                "rows.publisher_organisation_code and repeated.lds_source_key = "
                "rows.lds_source_key where repeated.newest is null or repeated.newest = "
                "rows.lds_source_record_id"
            )
            self._made.add(name)
        self._show(table, name)

    def _show(self, table: str, relation: str) -> None:
        """Make ``raw.<table>`` the rows of a relation that no rule of the gate withholds."""
        for name in self.withholding.reads(table):
            if name not in self._shown:
                self._shown.add(name)
                self.open(name)
                self._current(name, None)
        rows = self.withholding.staying(table, f"select * from {relation}")
        self._connection.execute(f"create or replace view raw.{table} as {rows}")

    def _every_version(self, table: str, *, limited: bool = True) -> None:
        cut = (
            " as stored inner join touched on touched.publisher_organisation_code = "
            "stored.publisher_organisation_code and touched.lds_source_key = stored.lds_source_key"
            if limited
            else " as stored"
        )
        self._connection.execute(
            f"create or replace view raw_all.{table} as select stored.* from stored.{table}{cut}"
        )


def _deletes(rules: TableRules) -> str:
    """Return the condition that a stored row marks a deletion."""
    if not rules.deleted:
        return "false"
    mark = identifier(snake_case(rules.deleted))
    if not rules.deleted_words:
        return f"coalesce({mark}, false)"
    words = ", ".join(literal(word) for word in rules.deleted_words)
    return f"coalesce(lower(trim({mark})) in ({words}), false)"


def _key(columns: Sequence[str], relation: str) -> str:
    """Return the expression of a record key held in a relation's columns."""
    names = [f"cast({relation}.{identifier(snake_case(column))} as varchar)" for column in columns]
    if len(names) == 1:
        return names[0]
    return " || '|' || ".join(f"coalesce({name}, '')" for name in names)
