"""Which source keys of a feed a delivery touches: its own, those others name or look up anew."""

from collections.abc import Iterator, Mapping, Sequence

from lds_assets.canonical.stored import Batch, StoredRows
from lds_assets.canonical.withheld import Withholding
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.sql import identifier, literal, literals
from lds_assets.raw.met import shared_look_ups
from lds_assets.raw.tables import SHARED
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed, LookUp

PAIR = "publisher_organisation_code, lds_source_key"


class TouchedKeys(StoredRows):
    """Finds the touched keys of one batch, feed by feed; equal sets are found once.

    Attributes:
        touched: relation of the keys last asked for: practice and source key.
        beside: of these, the relation of keys of practices that a full file has no row of;
            empty when there are none.
    """

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch)
        self.withholding = Withholding(batch.supplier)
        self.touched = self.beside = ""
        self._sets: dict[str, str] = {}

    def has_news(self, feed: CanonicalFeed, since: Mapping[str, int]) -> bool:
        """Say whether this delivery may change what a feed yields.

        Args:
            since: practice -> load sequence up to which its rows of the OLIDS table are made.
        """
        tables = {snake_case(name) for name in (feed.source, *feed.touched_by)}
        if any(self.is_delivered(table) for table in tables):
            return True
        looked_up = {snake_case(name) for name, _ in self._look_ups(feed)}
        return any(
            self._arrived_files(table, self._known(since))
            if self._is_shared(table)
            else self.is_delivered(table)
            for table in looked_up
        )

    def _is_shared(self, table: str) -> bool:
        return self._tables[table].publisher.shared

    def _look_ups(self, feed: CanonicalFeed) -> Iterator[tuple[str, LookUp]]:
        yield from feed.looks_up.items()
        yield from self.withholding.decided_by(snake_case(feed.source))

    def _touch(
        self, source: str, touching: Mapping[str, tuple[str, ...]], looked_up: Sequence[str]
    ) -> None:
        selects = [
            f"select {PAIR} from {self.delivered(source)}",
            *(self._named(table, columns) for table, columns in touching.items()),
            *looked_up,
        ]
        self.touched = self._set(" union all ".join(selects))

    def _touched_beside(
        self, feed: CanonicalFeed, touching: Mapping[str, tuple[str, ...]], since: Mapping[str, int]
    ) -> str:
        """Return the touched keys of practices that a full file has no row of; empty for none.

        The file says nothing of them: what they look up, or are touched by, may come all the same.
        """
        source = snake_case(feed.source)
        held = self.publishers_of(source)
        absent = {code: number for code, number in since.items() if code not in held}
        if not absent or self._is_shared(source):
            return ""
        selects = [self._named(table, columns) for table, columns in touching.items()]
        selects += self._looked_up(feed, absent)
        if not selects:
            return ""
        keys = self._set(
            f"select {PAIR} from ({' union all '.join(selects)}) "
            f"where publisher_organisation_code in ({literals(absent)})"
        )
        return keys if self._connection.execute(f"select 1 from {keys} limit 1").fetchone() else ""

    def _touch_stored(self, source: str, beside: str) -> None:
        """A late full file: every stored key of its publishers is recomputed.

        Args:
            beside: relation of keys of other publishers; empty for none.
        """
        keys = (
            f"select {PAIR} from {self.stored(source)} where publisher_organisation_code in "
            f"(select publisher_organisation_code from {self.delivered(source)})"
        )
        self.touched = self._set(f"{keys} union all from {beside}" if beside else keys)

    def _touch_all(self, name: str, rows: str) -> None:
        """A full file: every key of its rows is touched; too many to be held."""
        self.touched = f"touched_{name}"
        if self.touched not in self._made:
            self._connection.execute(
                f"create or replace temp view {self.touched} as "
                f"select distinct {PAIR} from ({rows})"
            )
            self._made.add(self.touched)

    def _set(self, select: str) -> str:
        """Return the temporary table of a select's keys: several feeds ask for the same."""
        if select not in self._sets:
            name = f"keys_{len(self._sets)}"
            self._connection.execute(
                f"create or replace temp table {name} as select distinct {PAIR} from ({select}) "
                "where lds_source_key is not null"
            )
            self._sets[select] = name
        return self._sets[select]

    def _are_delivered(self, table: str, keys: str) -> bool:
        """Say whether a set of keys is that of a table's delivered rows and no more."""
        return self._sets.get(f"select {PAIR} from {self.delivered(table)}") == keys

    def _looked_up(self, feed: CanonicalFeed, since: Mapping[str, int]) -> list[str]:
        """Return selects of the source keys that point at rows newly stored in other tables.

        Args:
            since: of each practice that is asked, up to which load its records are made.
        """
        source = snake_case(feed.source)
        selects = []
        for name, columns in self._look_ups(feed):
            arrived = self._arrived(snake_case(name), since)
            if arrived is None:
                continue
            rows = self.stored(source)
            if self._are_new(name, columns, arrived, feed, since):
                rows = self.missing(source)
            pairs = zip(columns.local, columns.foreign, strict=True)
            on = " and ".join(
                f"source.{identifier(snake_case(local))} = arrived.{identifier(snake_case(other))}"
                for local, other in pairs
            )
            found = self._set(
                "select source.publisher_organisation_code, source.lds_source_key from "
                f"{rows} as source inner join (select * from ({arrived}) "
                f"where {columns.where}) as arrived on {on} and "
                "arrived.publisher_organisation_code = source.publisher_organisation_code"
            )
            selects.append(f"select * from {found}")
        return selects

    def _are_new(
        self,
        name: str,
        columns: LookUp,
        arrived: str,
        feed: CanonicalFeed,
        since: Mapping[str, int],
    ) -> bool:
        """Say whether nothing of what arrived was known before: who names it missed it then."""
        if (name, columns) not in shared_look_ups(self._batch.supplier, feed.source):
            return False
        foreign = ", ".join(identifier(snake_case(each)) for each in columns.foreign)
        key = f"publisher_organisation_code, {foreign}"
        read = ", ".join(f"({literal(code)}, {n})" for code, n in since.items())
        lake = self._lake(snake_case(name))
        # of a load given up too: what no longer counts may have counted when a row was written
        before = lake.select(lake.files(publishers=[SHARED]))
        row = self._connection.execute(
            f"select count(*) from (select {key} from ({arrived})) semi join (select made.code as "
            f"publisher_organisation_code, {foreign} from ({before}) as rows "
            f"inner join (values {read}) as made (code, number) on "
            f"rows.lds_load_sequence <= made.number) using ({key})"
        ).fetchone()
        return not (row and row[0])

    def _arrived(self, table: str, since: Mapping[str, int]) -> str | None:
        """Return a select of the rows a practice's records have not been read with, None for none.

        Rows of nobody's tables count for every practice of the batch, also those that another
        practice's load stored. A removed row may name nothing but itself: what it named before
        counts.
        """
        if not self._is_shared(table):
            if not self.is_delivered(table):
                return None
            return (
                f"select versions.* from {self.stored(table)} as versions inner join (select "
                f"distinct {PAIR} from {self.delivered(table)} where publisher_organisation_code "
                f"in ({literals(since)})) as fresh using ({PAIR})"
            )
        files = self._arrived_files(table, since)
        if not files:
            return None
        read = ", ".join(f"({literal(code)}, {number})" for code, number in since.items())
        return (
            f"select rows.* replace (made.code as publisher_organisation_code) from "
            f"({self._lake(table).select(files)}) as rows inner join (values {read}) as made "
            "(code, number) on rows.lds_load_sequence > made.number"
        )

    def _known(self, since: Mapping[str, int]) -> dict[str, int]:
        """Return of each practice of the batch up to which load its records are made."""
        return {code: since.get(code, -1) for code in self._batch.publishers if code != SHARED}

    def _arrived_files(self, table: str, since: Mapping[str, int]) -> list[ActiveFile]:
        """Return the files of a table of nobody's that a practice was not read with."""
        if not since:
            return []
        oldest = min(since.values())
        return [
            file
            for file in self.files(table)
            if file.publisher == SHARED and (file.sequence is None or file.sequence > oldest)
        ]

    def _named(self, table: str, columns: tuple[str, ...]) -> str:
        """Return a select of the source keys that a delivery's touching rows name or once named.

        A removed row may name nothing but itself, an edited one another key than before, and a
        full file touches what the rows it no longer holds had named.
        """
        arrived = f"select distinct {PAIR} from {self.delivered(table)}"
        on = "arrived.publisher_organisation_code = versions.publisher_organisation_code"
        if self.is_full(table):
            arrived = f"select distinct publisher_organisation_code from {self.delivered(table)}"
        else:
            on += " and arrived.lds_source_key = versions.lds_source_key"
        return (
            f"select versions.publisher_organisation_code, {key_of(columns, 'versions')} "
            f"as lds_source_key from {self.stored(table)} as versions inner join ({arrived}) as "
            f"arrived on {on}"
        )

    def _keyed(self, table: str, columns: tuple[str, ...]) -> str:
        """Return the keys of a touching table's rows that belong to the touched source keys."""
        return self._set(
            f"select stored.publisher_organisation_code, stored.lds_source_key from "
            f"{self.stored(table)} as stored inner join {self.touched} as touched on "
            "touched.publisher_organisation_code = stored.publisher_organisation_code and "
            f"touched.lds_source_key = {key_of(columns, 'stored')}"
        )


def key_of(columns: Sequence[str], relation: str) -> str:
    """Return the expression of a record key held in a relation's columns."""
    names = [f"cast({relation}.{identifier(snake_case(column))} as varchar)" for column in columns]
    if len(names) == 1:
        return names[0]
    return " || '|' || ".join(f"coalesce({name}, '')" for name in names)
