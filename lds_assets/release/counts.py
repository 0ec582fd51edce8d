"""Rows of a release by table, practice and dataset, carried on from the release before.

What a release showed of files that are still there is known. Only the ids of new files are looked
for among the former rows: what they supersede is taken off, what they bring is added. Where more
than that may have changed, a practice's rows of the table are counted whole.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import duckdb

from lds_assets.canonical.bases import parted
from lds_assets.canonical.superseded import Superseded, files_mark
from lds_assets.canonical.tables import (
    EVENT_DATES,
    FED_TABLES,
    SHARED_TABLES,
    canonical_table,
    key_columns,
)
from lds_assets.lake.delta import PARTITION, ActiveFile
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.tables import SHARED
from lds_assets.release.copies import copies_of, told_once
from lds_assets.release.record import Release
from lds_assets.release.relations import current_versions, newest_changes, without_sources
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids

_DELETED = "coalesce(lds_is_deleted, false)"
_DATASET = "coalesce(lds_source_dataset, '')"


@dataclass(frozen=True)
class Count:
    """Rows of one table that a release shows of one practice and dataset.

    Attributes:
        current: ids that are not deleted; ``deleted`` those that are.
        newest: newest event that is not after the release's day.
        coming: no event lies between the release's day and this one; None when none lies after it.
    """

    table: str
    practice: str
    dataset: str
    current: int
    deleted: int
    newest: date | None = None
    coming: date | None = None


@dataclass(frozen=True)
class Counted:
    """A release whose rows were counted, and the counts."""

    release: Release
    counts: tuple[Count, ...]


def carried_tables(release: Release) -> list[str]:
    """Return the tables of a release that are counted here: rows of practices, as they came."""
    return [name for name in release.tables if name in FED_TABLES and name not in SHARED_TABLES]


def count_rows(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    candidate: Release,
    known: Counted | None = None,
    notes: Collection[Superseded] = (),
) -> tuple[Count, ...]:
    """Return the counts of a release.

    Args:
        candidate: release to be counted.
        known: an earlier release with its counts; without it all is counted.
        notes: what loads found they supersede; need not be complete.
    """
    if known is not None and known.release.as_of > candidate.as_of:
        known = None
    told_twice = _told_twice(settings, connection, candidate)
    if known is not None:
        told_twice |= _told_twice(settings, connection, known.release)
    found: list[Count] = []
    for table in carried_tables(candidate):
        own = [each for each in notes if each.table == table]
        counting = _Table(settings, connection, table, candidate, known, own)
        with without_values(f"{table} could not be counted", "release"):
            found += counting.count(told_twice)
    return tuple(sorted(found, key=lambda each: (each.table, each.practice, each.dataset)))


def _told_twice(
    settings: Settings, connection: duckdb.DuckDBPyConnection, release: Release
) -> set[str]:
    """Return the practices of whose rows some stand in others' stead, or are left out for them."""
    if release.copies < 0:
        return set()
    rows = connection.execute(
        f"select distinct unnest([{PARTITION}, standing_practice_code]) from "
        f"({copies_of(settings, release.copies)})"
    ).fetchall()
    return {str(code) for (code,) in rows if code}


class _Table:
    """One table of a release that is counted, beside the release known before."""

    def __init__(
        self,
        settings: Settings,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        candidate: Release,
        known: Counted | None,
        notes: Collection[Superseded],
    ) -> None:
        self._settings = settings
        self._connection = connection
        self._table = table
        self._candidate = candidate
        self._former = known.release if known and table in known.release.tables else None
        self._lake = canonical_table(settings, table)
        self._now = self._files(candidate)
        self._before = self._files(self._former) if self._former else {}
        self._notes = {(each.practice, each.sequence): each for each in notes}
        self._known: dict[str, list[Count]] = {}
        for each in known.counts if known else ():
            if each.table == table:
                self._known.setdefault(each.practice, []).append(each)

    def count(self, told_twice: Collection[str]) -> list[Count]:
        """Return the counts of the table, each practice by the least that has to be asked."""
        found: list[Count] = []
        whole: list[str] = []
        grown: list[str] = []
        for practice in (each for each, files in self._now.items() if files):
            if practice in told_twice or not self._may_carry(practice):
                whole.append(practice)
            elif self._now[practice].keys() == self._before.get(practice, {}).keys():
                found += self._known.get(practice, [])
            else:
                grown.append(practice)
        anew = self._anew(grown)
        whole += anew
        for practice, counts in self._grown([each for each in grown if each not in anew]):
            if counts is None:
                whole.append(practice)
            else:
                found += counts
        return found + self._whole(whole)

    def _files(self, release: Release) -> dict[str, dict[str, ActiveFile]]:
        """Return practice -> path -> file, for every practice a release shows."""
        practices = [*release.publishers, SHARED]
        found: dict[str, dict[str, ActiveFile]] = {practice: {} for practice in practices}
        for file in self._lake.files(
            release.tables[self._table], publishers=practices, without=release.unfinished
        ):
            found[file.publisher][file.path] = file
        return found

    def _may_carry(self, practice: str) -> bool:
        """Say whether what was counted of a practice holds, but for what new files bring."""
        former, day = self._former, self._candidate.as_of
        if former is None or practice not in self._before:
            return False
        if _sources(former, practice) != _sources(self._candidate, practice):
            return False
        # an event of the future may have become the newest
        if any(each.coming and each.coming <= day for each in self._known.get(practice, ())):
            return False
        return self._before[practice].keys() <= self._now[practice].keys()

    def _added(self, practices: Sequence[str]) -> list[ActiveFile]:
        return [
            file
            for practice in practices
            for path, file in self._now[practice].items()
            if path not in self._before[practice]
        ]

    def _anew(self, practices: Sequence[str]) -> list[str]:
        """Return the practices whose new files hold a first full load: nothing to carry on."""
        return sorted({file.publisher for file in parted(self._added(practices)).base})

    def _whole(self, practices: Sequence[str]) -> list[Count]:
        """Count all rows of some practices."""
        if not practices:
            return []
        release = self._candidate
        rows = current_versions(
            self._settings,
            self._table,
            release.tables[self._table],
            [each for each in practices if each != SHARED],
            release.unfinished,
            release.left_out,
        )
        rows = told_once(self._settings, release, self._table, rows)
        event, day = self._event, self._day
        listed = ", ".join(literal(each) for each in practices)
        found = self._connection.execute(
            f"select {PARTITION}, {_DATASET}, count(*) filter (where not {_DELETED}), "
            f"count(*) filter (where {_DELETED}), max({event}) filter (where {event} <= {day}), "
            f"min({event}) filter (where {event} > {day}) from ({rows}) "
            f"where {PARTITION} in ({listed}) group by all"
        ).fetchall()
        return [Count(self._table, *row) for row in found]

    @property
    def _event(self) -> str:
        return EVENT_DATES.get(self._table, "cast(null as date)")

    @property
    def _day(self) -> str:
        return f"date '{self._candidate.as_of:%Y-%m-%d}'"

    def _grown(self, practices: Sequence[str]) -> Iterator[tuple[str, list[Count] | None]]:
        """Yield the counts of practices with new files; None where all has to be counted."""
        if not practices:
            return
        moved = self._moved(practices)
        for practice in practices:
            known = {each.dataset: each for each in self._known.get(practice, ())}
            datasets = sorted({*known, *(name for code, name in moved if code == practice)})
            counts = [
                self._carried(
                    known.get(name) or Count(self._table, practice, name, 0, 0),
                    moved.get((practice, name)),
                )
                for name in datasets
            ]
            told = [each for each in counts if each is not None]
            shown = [each for each in told if each.current or each.deleted]
            yield practice, shown if len(told) == len(counts) else None

    def _carried(self, known: Count, moved: "_Moved | None") -> Count | None:
        """Return a count carried on; None when the newest event went and none as new came."""
        if moved is None:
            return known
        newest = _latest(known.newest, moved.came)
        if moved.went is not None and moved.went == newest and moved.came != newest:
            return None
        return replace(
            known,
            current=known.current + moved.current,
            deleted=known.deleted + moved.deleted,
            newest=newest,
            coming=_earliest(known.coming, moved.coming),
        )

    def _moved(self, practices: Sequence[str]) -> Mapping[tuple[str, str], "_Moved"]:
        """Ask the ids of new files what they were before and what they are now."""
        keys = ", ".join(identifier(name) for name in key_columns(self._table))
        event = self._event
        columns = f"{PARTITION}, {_DATASET} as dataset, {_DELETED} as gone, {event} as event"
        before = parted([file for each in practices for file in self._before[each].values()])
        added = self._added(practices)
        notes = {practice: self._noted(practice, added) for practice in practices}
        base = [file for file in before.base if notes[file.publisher] is None]
        self._connection.execute(
            f"create or replace temp table counted_ids as select distinct {keys} from "
            f"({self._rows(added, practices)})"
        )
        was, is_now = (
            newest_changes(
                f"select * from ({self._rows(files, practices)}) semi join counted_ids "
                f"using ({keys})",
                keys,
            )
            for files in (before.changes, [*before.changes, *added])
        )
        found = self._connection.execute(
            f"with was as (select {keys}, {columns} from ({was})), "
            f"base as (select {keys}, {columns} from ({self._rows(base, practices)}) semi "
            f"join counted_ids using ({keys}) where lds_is_base), moved as (select -1 as way, * "
            f"from was union all select -1, * from base anti join was using ({keys}) union all "
            f"select 1, {keys}, {columns} from ({is_now})) "
            f"select {PARTITION}, dataset, coalesce(sum(way) filter (where not gone), 0), "
            "coalesce(sum(way) filter (where gone), 0), "
            f"max(event) filter (where way < 0 and event <= {self._day}), "
            f"max(event) filter (where way > 0 and event <= {self._day}), "
            f"min(event) filter (where way > 0 and event > {self._day}) from moved "
            f"where {'true' if self._is_marked else 'not gone'} group by all"
        ).fetchall()
        moved = {
            (str(code), str(name)): _Moved(int(current), int(deleted), *dates)
            for code, name, current, deleted, *dates in found
        }
        for note in (each for noted in notes.values() for each in noted or ()):
            key = (note.practice, note.dataset)
            moved[key] = moved.get(key, _Moved(0, 0, None, None, None)).less(note)
        return moved

    @property
    def _is_marked(self) -> bool:
        """Say whether the table shows which of its rows are deleted."""
        return "lds_is_deleted" in olids()[self._table].column_names

    def _noted(self, practice: str, added: Sequence[ActiveFile]) -> list[Superseded] | None:
        """Return what loads noted of the base rows they supersede; None where rows must tell.

        A load's note holds beside the very files that were there before it.
        """
        former, candidate = self._former, self._candidate
        if former is None or not self._is_marked or _sources(candidate, practice):
            return None
        there = set(self._before[practice])
        loads: dict[int | None, list[str]] = {}
        for file in added:
            if file.publisher == practice:
                loads.setdefault(file.sequence, []).append(file.path)
        found = []
        for sequence in sorted(loads, key=lambda each: each or 0):
            note = self._notes.get((practice, sequence or 0))
            if note is None or note.beside != files_mark(there):
                return None
            if not former.as_of <= note.noted_on <= candidate.as_of:
                return None
            found.append(note)
            there.update(loads[sequence])
        return found

    def _rows(self, files: Sequence[ActiveFile], practices: Sequence[str]) -> str:
        return without_sources(self._lake.select(files), practices, self._candidate.left_out)


@dataclass(frozen=True)
class _Moved:
    """How rows of one practice and dataset change.

    Attributes:
        current: rows more; ``deleted`` deleted ones more.
        went: newest event of superseded rows, ``came`` of new ones; ``coming`` first future one.
    """

    current: int
    deleted: int
    went: date | None
    came: date | None
    coming: date | None

    def less(self, note: Superseded) -> "_Moved":
        """Return this with what a load noted as superseded taken off."""
        return replace(
            self,
            current=self.current - note.current,
            deleted=self.deleted - note.deleted,
            went=_latest(self.went, note.newest),
        )


def _sources(release: Release, practice: str) -> set[str]:
    return {dataset for code, dataset in release.left_out if code == practice}


def _latest(*days: date | None) -> date | None:
    return max((day for day in days if day is not None), default=None)


def _earliest(*days: date | None) -> date | None:
    return min((day for day in days if day is not None), default=None)
