"""How much of what a practice has would go with a delivery.

A delta removes by marks of deletion, a full file by what it lacks. Weighed table by table, for all
practices of a delivery in one read of each file, and only where the marks alone may be too many.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb

from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import literal
from lds_assets.raw.load import Tally
from lds_assets.raw.loads import loads_of, newest_fulls
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile, drop_rejects
from lds_assets.raw.tables import raw_table, stored_deletion
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

#: A bound may count a record sent twice in one full file twice: it must hold with room.
_ROOM = 2


@dataclass(frozen=True)
class Loss:
    """Records of one practice and table that a delivery would remove.

    Attributes:
        stored: records the practice has; ``lost`` of them would go.
        by_absence: the file is full and lacks them; else they are marked as deleted.
    """

    table: str
    lost: int
    stored: int
    by_absence: bool

    def __str__(self) -> str:
        """Return the loss in counts."""
        how = "not in the full file" if self.by_absence else "deleted"
        return f"{self.table}: {self.lost:,} of {self.stored:,} {how}"


@dataclass(frozen=True)
class Incoming:
    """A delivery that is open and counted, not yet loaded.

    Attributes:
        not_counted: load sequences whose stored rows do not count, its own included.
    """

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    supplier: Supplier
    ownership: Ownership
    files: Mapping[str, SourceFile]
    tallies: Mapping[str, Tally]
    extracted_at: datetime
    not_counted: frozenset[int]


def losses(incoming: Incoming, practices: Collection[str]) -> dict[str, list[Loss]]:
    """Return the losses of each practice that its supplier's guards do not allow."""
    rules = incoming.supplier.definition.guards
    found: dict[str, list[Loss]] = defaultdict(list)
    for table in rules.watched:
        file = incoming.files.get(table)
        if file is None:
            continue
        for practice, loss in _weigh(incoming, file, practices):
            if loss.lost >= rules.at_least and loss.lost > rules.share * loss.stored:
                found[practice].append(loss)
    return dict(found)


def _weigh(
    incoming: Incoming, file: SourceFile, practices: Collection[str]
) -> Iterator[tuple[str, Loss]]:
    rules = incoming.supplier.definition.guards
    deleted = incoming.tallies[file.table].deleted
    if not file.is_full:
        practices = [each for each in practices if deleted.get(each, 0) >= rules.at_least]
    elif _brings_new_ones_alone(incoming, file):
        return
    if not practices or not _store(incoming, file.table, practices):
        return
    if not file.is_full:
        least = _at_least_stored(incoming, file.table, practices)
        practices = [
            each
            for each in practices
            if deleted[each] * _ROOM > rules.share * max(least.get(each, 0), 0)
        ]
        if not practices:
            return
    for practice, stored, lost in _count(incoming, file, practices):
        yield practice, Loss(file.table, lost, stored, file.is_full)


def _brings_new_ones_alone(incoming: Incoming, file: SourceFile) -> bool:
    """Say whether a full file names practices only of which nothing is stored.

    It is the first extract of new ones; a full file replaces the practices it names and no other,
    and lacking the others is then no sign of a fault.
    """
    named = incoming.tallies[file.table].owners()
    lake = raw_table(incoming.settings, incoming.supplier, file.table)
    return bool(named) and not lake.files(publishers=sorted(named), without=incoming.not_counted)


def _store(incoming: Incoming, table: str, practices: Collection[str]) -> bool:
    """Make ``weighed``: the stored versions of the practices; False when there are none."""
    lake = raw_table(incoming.settings, incoming.supplier, table)
    files = lake.files(publishers=sorted(practices), without=incoming.not_counted)
    if not files:
        return False
    rules = incoming.supplier.definition.table(table)
    incoming.connection.execute(
        f"create or replace temp view weighed as select {PARTITION} as practice, lds_source_key, "
        f"lds_is_full, lds_extracted_at, lds_load_sequence, lds_row_number, "
        f"{stored_deletion(rules)} as gone from ({lake.select(files)}) where "
        f"lds_extracted_at <= timestamp '{incoming.extracted_at:%Y-%m-%d %H:%M:%S}'"
    )
    return True


#: Newest full file of each practice; rows before it no longer count.
_SINCE_FULL = (
    "select versions.*, fulls.full_at from weighed as versions inner join (select practice, "
    "max(lds_extracted_at) filter (where lds_is_full) as full_at from weighed group by all) as "
    "fulls using (practice) where fulls.full_at is null or lds_extracted_at >= fulls.full_at"
)


def _at_least_stored(incoming: Incoming, table: str, practices: Collection[str]) -> dict[str, int]:
    """Return a number of records each practice surely has, without looking at their keys.

    Rows are counted by the files that hold them; only marks of deletion are read.
    """
    lake = raw_table(incoming.settings, incoming.supplier, table)
    files = lake.files(publishers=sorted(practices), without=incoming.not_counted)
    stored: Counter[tuple[str, int | None]] = Counter()
    for file in files:
        stored[file.publisher, file.sequence] += file.rows
    gone = {
        (practice, sequence): int(rows)
        for practice, sequence, rows in incoming.connection.execute(
            "select practice, lds_load_sequence, count(*) from weighed where gone group by all"
        ).fetchall()
    }
    loads = loads_of(incoming.connection, lake, files)
    known = [load for load in loads if load.extracted_at <= incoming.extracted_at]
    fulls = newest_fulls(known)
    least: Counter[str] = Counter()
    for load in known:
        code, number = load.publisher, load.sequence
        if load.extracted_at >= fulls.get(code, load.extracted_at):
            least[code] += stored[code, number] if load.is_full else 0
            least[code] -= gone.get((code, number), 0) * (2 if load.is_full else 1)
    return least


def _count(
    incoming: Incoming, file: SourceFile, practices: Collection[str]
) -> list[tuple[str, int, int]]:
    """Return practice, records it has, and how many of them would go."""
    columns = {
        "lds_row_number": "lds_row_number",
        "key": file.source_key(),
        "gone": file.deletion(),
    }
    listed = ", ".join(literal(each) for each in sorted(practices))
    drop_rejects(incoming.connection, "weigh")
    delivered = incoming.ownership.owned(file, columns, file.records("weigh"))
    fate = "coalesce(delivered.gone, true)" if file.is_full else "coalesce(delivered.gone, false)"
    with without_values(f"{file.table} could not be weighed", file.path.name):
        rows = incoming.connection.execute(
            "with stored as (select practice, lds_source_key as key, arg_max(gone, "
            "(lds_extracted_at, lds_load_sequence, lds_row_number)) as gone "
            f"from ({_SINCE_FULL}) where practice in ({listed}) group by all), "
            "delivered as (select owner as practice, key, arg_max(gone, lds_row_number) as gone "
            f"from ({delivered}) where owner in ({listed}) group by all) "
            f"select stored.practice, count(*), count(*) filter (where {fate}) from stored "
            "left join delivered on delivered.practice = stored.practice and "
            "delivered.key = stored.key where not stored.gone group by all order by all"
        ).fetchall()
    drop_rejects(incoming.connection, "weigh")
    return [(str(practice), int(stored), int(lost)) for practice, stored, lost in rows]
