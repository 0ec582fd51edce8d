"""A lake of two tables, loaded row by row, and the release that would be made of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

import duckdb

from lds_assets.canonical.superseded import Superseded, files_mark
from lds_assets.canonical.tables import canonical_table
from lds_assets.release.copies import copies_table
from lds_assets.release.counts import Counted, count_rows
from lds_assets.release.record import Release
from lds_assets.resources import Settings

#: one table with the mark of deletion and an event, one that shows its live rows alone
TABLES = ("observation", "location_contact")
EVENT = "clinical_effective_date"
ONE, TWO = "E84001", "E84002"
OLD, NEW = "Primary Care - EMIS", "Primary Care - TPP"
DAY = date(2026, 7, 1)


@dataclass
class Row:
    """One version of an id."""

    id: str
    event: date | None = DAY
    deleted: bool = False
    dataset: str = NEW


class Stored(NamedTuple):
    """A version of an id, as it was loaded."""

    table: str
    practice: str
    sequence: int
    base: bool
    row: Row


@dataclass
class World:
    """A lake of two tables and the release that would be made of it."""

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    sequence: int = 0
    publishers: tuple[str, ...] = (ONE, TWO)
    unfinished: set[int] = field(default_factory=set)
    left_out: set[tuple[str, str]] = field(default_factory=set)
    as_of: date = DAY
    copies: int = -1
    notes: list[Superseded] = field(default_factory=list)
    known_rows: list[Stored] = field(default_factory=list)

    def load(self, practice: str, *rows: Row, base: bool = False, table: str = TABLES[0]) -> int:
        self.sequence += 1
        lake = canonical_table(self.settings, table)
        fixed: dict[str, object] = {
            "publisher_organisation_code": practice,
            "lds_load_sequence": self.sequence,
            "lds_is_base": base,
        }
        selects = []
        for row in rows:
            own = {
                "id": row.id,
                "lds_is_deleted": row.deleted,
                "lds_source_dataset": row.dataset,
                EVENT: row.event,
            }
            selects.append(
                "select "
                + ", ".join(f"{_sql((fixed | own).get(name))} as {name}" for name in lake.columns)
            )
        self._note(table, practice, rows)
        staged = lake.stage(self.connection, " union all ".join(selects), self.sequence)
        lake.commit(staged, {})
        self.known_rows += [Stored(table, practice, self.sequence, base, row) for row in rows]
        return self.sequence

    def _note(self, table: str, practice: str, rows: Sequence[Row]) -> None:
        """Note what a load about to be written supersedes, as the load itself would."""
        there = [
            each
            for each in self.known_rows
            if (each.table, each.practice) == (table, practice)
            and each.sequence not in self.unfinished
        ]
        touched = {row.id for row in rows} - {each.row.id for each in there if not each.base}
        found = [each.row for each in there if each.base and each.row.id in touched]
        if any(row.dataset != NEW for row in found):
            return
        files = canonical_table(self.settings, table).files(
            publishers=[practice], without=self.unfinished
        )
        self.notes.append(
            Superseded(
                table,
                practice,
                self.sequence,
                NEW,
                files_mark(file.path for file in files),
                self.as_of,
                sum(not row.deleted for row in found),
                sum(row.deleted for row in found),
                max((r.event for r in found if r.event and r.event <= self.as_of), default=None),
            )
        )

    def erase(self, practice: str) -> None:
        """Take a practice's files out, as a purge does."""
        self.known_rows = [each for each in self.known_rows if each.practice != practice]
        for table in TABLES:
            lake = canonical_table(self.settings, table)
            gone = lake.files(publishers=[practice])
            if gone:
                lake.replace([], gone)

    def copy(self, practice: str, id_: str) -> None:
        """Let a record stand in another's stead: it is not shown."""
        lake = copies_table(self.settings)
        given = {
            "publisher_organisation_code": f"'{practice}'",
            "table_name": f"'{TABLES[0]}'",
            "id": f"'{id_}'",
            "is_link": "false",
            "lds_source_dataset": f"'{OLD}'",
            "standing_practice_code": f"'{practice}'",
        }
        columns = ", ".join(
            f"cast({given.get(name, 'null')} as {kind}) as {name}"
            for name, kind in lake.columns.items()
        )
        self.copies = lake.commit(lake.stage(self.connection, f"select {columns}"), {})

    def release(self) -> Release:
        versions = {}
        for name in TABLES:
            lake = canonical_table(self.settings, name)
            lake.create()
            versions[name] = lake.version()
        return Release(
            f"r{self.sequence}",
            1,
            datetime(2026, 7, 1),
            "",
            self.as_of,
            "",
            self.publishers,
            versions,
            frozenset(self.unfinished),
            frozenset(self.left_out),
            self.copies,
        )

    def counted(self, known: Counted | None = None, notes: Sequence[Superseded] = ()) -> Counted:
        release = self.release()
        counts = count_rows(self.settings, self.connection, release, known, notes)
        return Counted(release, counts)


def _sql(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, date):
        return f"date '{value}'"
    return repr(value)
