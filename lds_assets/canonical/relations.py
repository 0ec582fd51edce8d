"""The relations a supplier's select reads: ``raw.<table>`` and ``raw_all.<table>``.

Built per delivery and feed over the raw tables of the batch's practices. ``raw.<source>`` holds
the newest row of each touched key, ``raw_all.<source>`` every version of it. Newest is by
extraction time, then load order, then row number; rows older than the publisher's last full file
of the table no longer count.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from lds_assets.canonical.left_out import LeftOut
from lds_assets.canonical.mentions import mentioned_in
from lds_assets.canonical.stored import Batch, newest
from lds_assets.canonical.touched import PAIR
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.sql import identifier, literal, literals
from lds_assets.raw.directory import STATED
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import CanonicalFeed

__all__ = ["Batch", "RawRelations"]

#: A file with more rows takes long to be asked for keys.
LARGE = 200_000


class RawRelations(LeftOut):
    """Builds the relations of one batch, feed by feed; what several feeds read is made once."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(batch)
        self._shown: set[str] = set()
        self._showing: dict[str, str] = {}
        for schema in ("raw", "raw_all"):
            self._connection.execute(f"create schema if not exists {schema}")

    def prepare(self, feed: CanonicalFeed, select: str, since: Mapping[str, int]) -> None:
        """Make every relation that a feed's select reads.

        Args:
            since: practice -> load sequence up to which its rows of the OLIDS table are made.
        """
        source = snake_case(feed.source)
        touching = {snake_case(table): columns for table, columns in feed.touched_by.items()}
        names = {*touching, *mentioned_in(select, "raw")}
        self._shown = {source, *touching}
        full = self.is_full(source)
        since = self._known(since)
        self.beside = self._touched_beside(feed, touching, since) if full else ""
        if full and not self.is_late(source):
            whole = self._whole_delivery(source, self._outliving_rows(source))
            if self.beside:
                self._show_beside(source, whole)
        elif full:
            self._touch_stored(source, self.beside)
            self._current(source, self.touched)
        else:
            self._touch(source, touching, self._looked_up(feed, since))
            self._current(source, self.touched)
        for name in sorted(names - {source}):
            if name in touching and not full:
                self._current_of(name, self._keyed(name, touching[name]))
            else:
                self._current(name, None)
        for name in sorted(mentioned_in(select, "raw_all")):
            self._every_version(name, self.touched if name == source else None)

    def of_delivery(self, table: str) -> str:
        """Make ``raw.<table>`` this delivery's current rows; return them with those withheld."""
        self._shown = {table}
        if self.is_full(table) and not self.is_late(table):
            return self._whole_delivery(table)
        self._touch(table, {}, [])
        rows = self._current(table, self.touched)
        own = f"own_{table}"
        if own not in self._made:
            self._connection.execute(
                f"create or replace temp table {own} as select * from {rows} "
                f"where lds_load_sequence = {self._batch.sequence}"
            )
            self._made.add(own)
        self._show(table, own)
        return own

    def whole(self, table: str) -> None:
        """Make ``raw.<table>`` hold every current row of the batch's practices."""
        self._current(table, None)

    def _whole_delivery(self, table: str, outliving: str = "") -> str:
        """A full file: its rows are the current ones, every key of it is touched.

        Args:
            outliving: select of earlier rows that stay although the file lacks them.
        """
        rows = self._without_past(table, f"select * from {self.delivered(table)}")
        name = f"of_delivery_{table}"
        if outliving:
            rows, name = f"{rows} union all {outliving}", f"full_and_outliving_{table}"
        self._touch_all(name, rows)
        return self._newest(table, name, rows)

    def _outliving_rows(self, source: str) -> str:
        rows = (
            f"select * from (select * from {self.stored(source)} where lds_load_sequence <> "
            f"{self._batch.sequence}) where publisher_organisation_code in "
            f"({literals(self.publishers_of(source))})"
        )
        return self.outliving(source, self._without_past(source, rows))

    def _show_beside(self, source: str, whole: str) -> None:
        """Make ``raw.<source>`` a full file's rows and those touched of practices it lacks."""
        keys = f"{self.touched}_and_{self.beside}"
        self._connection.execute(
            f"create or replace temp view {keys} as select {PAIR} from {self.touched} "
            f"union all select {PAIR} from {self.beside}"
        )
        self.touched = keys
        others = self._current(source, self.beside)
        self._show(source, f"(select * from {whole} union all select * from {others})")

    def _without_past(self, table: str, rows: str) -> str:
        """Return a select of rows without deletions by the supplier's window."""
        if not self.keeps_past_window(table):
            return rows
        return f"select * from ({rows}) anti join past_{table} using (lds_source_record_id)"

    def _current(self, table: str, keys: str | None) -> str:
        """Make ``raw.<table>``: the newest row of each key (of the given keys, or of all)."""
        if keys is None:
            rows = self._counting(table, f"select * from {self.stored(table)}")
            return self._newest(table, f"whole_{table}", rows)
        name = f"{table}_of_{keys}"
        if name not in self._made:
            rows = self._counting(table, self._rows_of(table, keys))
            kind = "view" if self._is_held(table) else "table"
            self._connection.execute(f"create or replace temp {kind} {name} as {rows}")
            self._made.add(name)
        return self._newest(table, f"newest_{name}", f"select * from {name}")

    def _current_of(self, table: str, keys: str) -> None:
        """Make ``raw.<table>`` the newest row of each given key, read anew wherever it is asked.

        A select reads few columns of a table that only touches its source. Which rows these are is
        told by their places, without unpacking more than keys and times.
        """
        name = f"newest_{table}_of_{keys}"
        if name not in self._made:
            place = "publisher_organisation_code, lds_load_sequence, lds_row_number"
            rows = f"select * from {self.stored(table)} semi join {keys} using ({PAIR})"
            self._fill(
                f"places_{name}",
                f"select {place} from ({self._counting(table, rows)}) qualify row_number() over "
                f"(partition by {PAIR} order by lds_extracted_at desc, lds_load_sequence desc, "
                "lds_row_number desc) = 1",
            )
            self._connection.execute(
                f"create or replace temp view {name} as select * from {self.stored(table)} "
                f"semi join places_{name} using ({place})"
            )
            self._made.add(name)
        self._show(table, name)

    def _rows_of(self, table: str, keys: str) -> str:
        """Return a select of the versions of the given keys that may be the newest."""
        delivered = f"select * from {self.delivered(table)}"
        if not self._needs_former(table) and self._are_delivered(table, keys):
            return delivered
        own = f"{delivered} semi join {keys} using ({PAIR})"
        if not self._fetch(table, keys):
            return own
        return f"{own} union all select * from fetched_{table} semi join {keys} using ({PAIR})"

    def _fetch(self, table: str, keys: str) -> bool:
        """Bring earlier rows of the given keys into ``fetched_<table>``, unless they are there.

        A key that is delivered now is settled without them, when nothing newer is stored.

        Returns:
            Whether the table is there.
        """
        asked, fetched = f"asked_{table}", f"fetched_{table}"
        is_made = fetched in self._made
        if not self._others(table):
            return is_made
        known = f"anti join {asked} using ({PAIR})" if is_made else ""
        if not self._needs_former(table):
            known += f" anti join {self.delivered(table)} using ({PAIR})"
        if not self._fill("wanted", f"select distinct {PAIR} from {keys} {known}"):
            return is_made
        rows = f"select * from {self.former(table, met=False)} semi join wanted using ({PAIR})"
        # a whole record is unpacked for the keys that are there, and they may be none
        if self._fill("there", self._among_met(table)):
            met = self.former(table, met=True)
            rows += f" union all select * from {met} semi join there using ({PAIR})"
        for name, found in ((asked, "select * from wanted"), (fetched, rows)):
            into = f"insert into {name}" if is_made else f"create or replace temp table {name} as"
            self._connection.execute(f"{into} {found}")
        self._made.add(fetched)
        return True

    def _among_met(self, table: str) -> str:
        """Return a select of the wanted keys that stand in files of met rows.

        Large files are not asked for records that stand in another file with a row that is newer,
        or, where records of one load are apart, of the same load.
        """
        met = [file for file in self._others(table) if file.is_met]
        settled = {} if self._needs_former(table) else self._settled(table, met)
        left = [file for file in met if file.sequence not in settled]
        selects = [f"select {PAIR} from ({self._lake(table).select(left)}) semi join wanted"]
        for sequence, newer in settled.items():
            missed = f"select {PAIR}, lds_load_sequence from {self.former(table, met=False)}"
            name = f"unsettled_{sequence}"
            known = f"select * from ({missed}) where lds_load_sequence in ({newer})"
            if self._fill(name, f"select * from wanted anti join ({known}) using ({PAIR})"):
                own = [file for file in met if file.sequence == sequence]
                rows = self._lake(table).select(own)
                selects.append(f"select {PAIR} from ({rows}) semi join {name}")
        return " union all ".join(f"{select} using ({PAIR})" for select in selects)

    def _settled(self, table: str, met: Sequence[ActiveFile]) -> dict[int, str]:
        """Return load of large files of met rows -> loads whose other rows count before its own."""
        at = {load.sequence: (load.extracted_at, load.sequence) for load in self.loads(table)}
        missing = _sequences(file for file in self._others(table) if not file.is_met)
        settled = {}
        for sequence in _sequences(file for file in met if file.rows > LARGE):
            before = {each for each in missing if at[each] > at[sequence]}
            if all(file.is_apart for file in met if file.sequence == sequence):
                before |= missing & {sequence}
            if before:
                settled[sequence] = ", ".join(str(each) for each in sorted(before))
        return settled

    def _fill(self, name: str, rows: str) -> int:
        """Make a temporary table of a select's rows; return how many there are."""
        row = self._connection.execute(f"create or replace temp table {name} as {rows}").fetchone()
        return int(row[0]) if row else 0

    def _needs_former(self, table: str) -> bool:
        """Say whether earlier rows may stand against the delivered ones."""
        return self._tables[table].look_back is not None or self.is_late(table)

    def _counting(self, table: str, rows: str) -> str:
        """Return the select of those of the given rows that still count."""
        rows = self._without_past(table, rows)
        fulls = self._fulls(table, self.outdated_by(table))
        if not fulls:
            return rows
        counting = (
            f"select kept.* from ({rows}) as kept left join ({fulls}) as fulls using "
            "(publisher_organisation_code) where fulls.full_at is null or "
            "kept.lds_extracted_at >= fulls.full_at"
        )
        outliving = self.outliving(table, rows)
        return f"{counting} union all {outliving}" if outliving else counting

    def _fulls(self, table: str, times: Mapping[str, datetime]) -> str:
        """Return a select of practices' full files that outdate rows; empty when none does."""
        if self._tables[table].dictionary:
            return ""
        values = ", ".join(
            f"({literal(publisher)}, timestamp '{at:%Y-%m-%d %H:%M:%S.%f}')"
            for publisher, at in times.items()
        )
        named = "fulls (publisher_organisation_code, full_at)"
        return f"select * from (values {values}) as {named}" if values else ""

    def outdated(self, table: str) -> bool:
        """Make ``raw.<table>`` the delivered records that a newer full file leaves out; say if any.

        ``outdated`` holds their keys and the extraction time of that full file, ``full_at``.
        """
        fulls = self._fulls(table, self.late_for(table))
        if not fulls:
            return False
        newest(
            self._connection,
            "latest_of_touched",
            # what this file itself leaves out is deleted as gone
            f"select * from {self.stored(table)} semi join {self.touched} using ({PAIR}) "
            f"semi join {self.delivered(table)} using ({PAIR})",
        )
        latest = "select * from latest_of_touched"
        outliving = self.outliving(table, latest)
        if outliving:
            latest += f" anti join ({outliving}) using ({PAIR})"
        found = self._fill(
            "outdated",
            f"select {PAIR}, full_at from ({latest}) inner join ({fulls}) as fulls "
            "using (publisher_organisation_code) where lds_extracted_at < full_at",
        )
        rows = f"select * from latest_of_touched semi join outdated using ({PAIR})"
        self._create(f"raw.{table}", rows)
        return bool(found)

    def _newest(self, table: str, name: str, rows: str) -> str:
        """Make ``raw.<table>`` the newest row of each key, from ``name``, made once a batch."""
        if name not in self._made:
            newest(self._connection, name, rows)
            self._made.add(name)
        self._show(table, name)
        return name

    def _show(self, table: str, relation: str) -> None:
        """Make ``raw.<table>`` the rows of a relation that no rule of the gate withholds."""
        for name in self.withholding.reads(table):
            if name not in self._shown:
                self._shown.add(name)
                self._current(name, None)
        rows = self.withholding.staying(table, f"select * from {relation}")
        self._create(f"raw.{table}", self._as_stated(table, rows))

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

    def _every_version(self, table: str, keys: str | None) -> None:
        of_keys = f" semi join {keys} using ({PAIR})" if keys else ""
        rows = f"select * from {self.stored(table)}{of_keys}"
        self._create(f"raw_all.{table}", self._as_stated(table, rows))

    def _create(self, view: str, rows: str) -> None:
        """Make a view, unless it is that already."""
        if self._showing.get(view) != rows:
            self._connection.execute(f"create or replace view {view} as {rows}")
            self._showing[view] = rows


def _sequences(files: Iterable[ActiveFile]) -> set[int]:
    return {file.sequence for file in files if file.sequence is not None}
