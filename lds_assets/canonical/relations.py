"""The relations a supplier's select reads: ``raw.<table>`` and ``raw_all.<table>``.

Built per delivery and feed over the raw tables of the batch's practices. ``raw.<source>`` holds
the newest row of each touched key, ``raw_all.<source>`` every version of it. Newest is by
extraction time, then load order, then row number; rows older than the publisher's last full file
of the table no longer count.
"""

from collections.abc import Mapping, Sequence

from lds_assets.canonical.left_out import LeftOut
from lds_assets.canonical.mentions import mentioned
from lds_assets.canonical.stored import Batch, newest
from lds_assets.canonical.withheld import Withholding
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.directory import STATED
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed

__all__ = ["Batch", "RawRelations"]


class RawRelations(LeftOut):
    """Builds the relations of one batch, feed by feed."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch)
        self.withholding = Withholding(batch.supplier)
        self._shown: set[str] = set()
        self._looked_up_keys: dict[str, str] = {}
        for schema in ("raw", "raw_all"):
            self._connection.execute(f"create schema if not exists {schema}")

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
        if full and not self.is_late(source):
            self._touch_all(source, self._outliving_rows(source))
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
        if self.is_full(table) and not self.is_late(table):
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

    def _touch_stored(self, source: str) -> None:
        """A late full file: every stored key of its publishers is recomputed."""
        self._forget_touched()
        self._connection.execute(
            "create or replace temp table touched as select distinct publisher_organisation_code, "
            f"lds_source_key from stored.{source} where publisher_organisation_code in "
            f"(select publisher_organisation_code from delivered.{source})"
        )

    def _touch_all(self, source: str, outliving: str = "") -> None:
        """A full file: its rows are the current ones, every key of it is touched.

        Args:
            outliving: select of earlier rows that stay although the file lacks them.
        """
        rows = f"select * from delivered.{source}"
        if self.keeps_past_window(source):
            rows += f" anti join past_{source} using (lds_source_record_id)"
        if outliving:
            rows = f"{rows} union all {outliving}"
        self._forget_touched()
        self._connection.execute(
            "create or replace temp view touched as select distinct publisher_organisation_code, "
            f"lds_source_key from ({rows})"
        )
        self._newest(source, "full_and_outliving" if outliving else "of_delivery", rows)

    def _outliving_rows(self, source: str) -> str:
        rows = f"select * from former.{source}"
        if self.keeps_past_window(source):
            rows += f" anti join past_{source} using (lds_source_record_id)"
        return self.outliving(source, rows)

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
            found = self._found_once(
                "select distinct source.publisher_organisation_code, source.lds_source_key from "
                f"stored.{source} as source inner join (select * from ({arrived}) "
                f"where {columns.where}) as arrived on {on} and "
                "arrived.publisher_organisation_code = source.publisher_organisation_code"
            )
            selects.append(f"select * from {found}")
        return selects

    def _found_once(self, select: str) -> str:
        """Return the temporary table of a select's keys: several feeds look up the same."""
        if select not in self._looked_up_keys:
            name = f"looked_up_{len(self._looked_up_keys)}"
            self._connection.execute(f"create or replace temp table {name} as {select}")
            self._looked_up_keys[select] = name
        return self._looked_up_keys[select]

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
            self._newest(table, "whole", self._counting(table, f"select * from stored.{table}"))
            return
        self._fetch(table, keys)
        of_keys = f"semi join {keys} using (publisher_organisation_code, lds_source_key)"
        rows = self._counting(
            table,
            f"select * from delivered.{table} {of_keys} "
            f"union all select * from fetched_{table} {of_keys}",
        )
        # the keys relation is reused by the next feed: keep the rows, not the query
        self._connection.execute(f"create or replace temp table current_{table} as {rows}")
        self._made.discard(f"touched_{table}")
        self._newest(table, "touched", f"select * from current_{table}")

    def _fetch(self, table: str, keys: str) -> None:
        """Bring earlier rows of the given keys into ``fetched_<table>``, unless they are there.

        A key that is delivered now is settled without them, when nothing newer is stored.
        """
        asked, fetched = f"asked_{table}", f"fetched_{table}"
        if fetched not in self._made:
            self._connection.execute(
                f"create or replace temp table {asked} "
                "(publisher_organisation_code varchar, lds_source_key varchar)"
            )
            self._connection.execute(
                f"create or replace temp table {fetched} as select * from former.{table} limit 0"
            )
            self._made.add(fetched)
        pair = "publisher_organisation_code, lds_source_key"
        settled = "" if self._needs_former(table) else f"anti join delivered.{table} using ({pair})"
        row = self._connection.execute(
            f"create or replace temp table wanted as select distinct {pair} from {keys} "
            f"anti join {asked} using ({pair}) {settled}"
        ).fetchone()
        if not row or not row[0]:
            return
        self._connection.execute(f"insert into {asked} select * from wanted")
        self._connection.execute(
            f"insert into {fetched} select * from former.{table} semi join wanted using ({pair})"
        )

    def _needs_former(self, table: str) -> bool:
        """Say whether earlier rows may stand against the delivered ones."""
        return self._tables[table].look_back is not None or self.is_late(table)

    def _counting(self, table: str, rows: str) -> str:
        """Return the select of those of the given rows that still count."""
        if self.keeps_past_window(table):
            rows = f"select * from ({rows}) anti join past_{table} using (lds_source_record_id)"
        if self._tables[table].dictionary:
            return rows
        counting = (
            f"select kept.* from ({rows}) as kept inner join (select "
            "publisher_organisation_code, max(lds_extracted_at) filter (where lds_is_full) as "
            f"full_at from loads_{table} group by all) as fulls using "
            "(publisher_organisation_code) where fulls.full_at is null or "
            "kept.lds_extracted_at >= fulls.full_at"
        )
        outliving = self.outliving(table, rows)
        return f"{counting} union all {outliving}" if outliving else counting

    def outdated(self, table: str) -> bool:
        """Make ``raw.<table>`` the delivered records that a newer full file leaves out; say if any.

        ``outdated`` holds their keys and the extraction time of that full file, ``full_at``.
        """
        if not self.is_late(table) or self._tables[table].dictionary:
            return False
        pair = "publisher_organisation_code, lds_source_key"
        newest(
            self._connection,
            "latest_of_touched",
            # what this file itself leaves out is deleted as gone
            f"select * from stored.{table} semi join touched using ({pair}) "
            f"semi join delivered.{table} using ({pair})",
        )
        latest = "select * from latest_of_touched"
        outliving = self.outliving(table, latest)
        if outliving:
            latest += f" anti join ({outliving}) using ({pair})"
        row = self._connection.execute(
            f"create or replace temp table outdated as select {pair}, full_at from "
            f"({latest}) inner join (select publisher_organisation_code, "
            f"max(lds_extracted_at) filter (where lds_is_full) as full_at from stored.{table} "
            "group by all) as fulls using (publisher_organisation_code) "
            "where lds_extracted_at < full_at"
        ).fetchone()
        self._connection.execute(
            f"create or replace view raw.{table} as select * from latest_of_touched "
            f"semi join outdated using ({pair})"
        )
        return bool(row and row[0])

    def _newest(self, table: str, kind: str, rows: str) -> None:
        """Make ``raw.<table>`` the newest row of each key; made once a kind and batch."""
        name = f"{kind}_{table}"
        if name not in self._made:
            newest(self._connection, name, rows)
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
        self._connection.execute(
            f"create or replace view raw.{table} as {self._as_stated(table, rows)}"
        )

    def _as_stated(self, table: str, rows: str) -> str:
        """Return rows of the publishers' directory under the codes that the register states.

        A code that a file changes, misspells or takes from a branch moves no link to the practice.
        """
        directory = self._batch.supplier.definition.publisher_directory
        if directory is None or snake_case(directory["table"]) != table:
            return rows
        own = identifier(snake_case(directory["id"]))
        code = identifier(snake_case(directory["code"]))
        return (
            f"select rows.* replace (coalesce({STATED}.code, rows.{code}) as {code}) from ({rows}) "
            f"as rows left join {STATED} on {STATED}.id = cast(rows.{own} as varchar)"
        )

    def _every_version(self, table: str, *, limited: bool = True) -> None:
        cut = (
            " as stored inner join touched on touched.publisher_organisation_code = "
            "stored.publisher_organisation_code and touched.lds_source_key = stored.lds_source_key"
            if limited
            else " as stored"
        )
        rows = f"select stored.* from stored.{table}{cut}"
        self._connection.execute(
            f"create or replace view raw_all.{table} as {self._as_stated(table, rows)}"
        )


def _key(columns: Sequence[str], relation: str) -> str:
    """Return the expression of a record key held in a relation's columns."""
    names = [f"cast({relation}.{identifier(snake_case(column))} as varchar)" for column in columns]
    if len(names) == 1:
        return names[0]
    return " || '|' || ".join(f"coalesce({name}, '')" for name in names)
