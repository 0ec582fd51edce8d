"""The counts of the release counted last, kept in the platform database for the next one.

They are noted after the release is in force: a crash in between leaves counts of another release,
which are not taken for this one's, and the next release counts everything.
"""

from collections.abc import Iterable

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    Engine,
    String,
    Table,
    delete,
    insert,
    select,
    tuple_,
)

from lds_assets.database import metadata
from lds_assets.release.counts import Count, Counted
from lds_assets.release.record import Release

count_table = Table(
    "release_count",
    metadata,
    Column("table_name", String(120), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("dataset", String(200), primary_key=True),
    Column("current_rows", BigInteger, nullable=False),
    Column("deleted_rows", BigInteger, nullable=False),
    Column("newest_event_date", Date),
    Column("coming_event_date", Date),
)

#: The one release that the counts are of.
counted_table = Table(
    "release_counted", metadata, Column("release_id", String(40), primary_key=True)
)

_AT_ONCE = 500


def known_counts(engine: Engine, release: Release | None) -> Counted | None:
    """Return a release's counts, None when those kept are not its own."""
    if release is None:
        return None
    with engine.connect() as connection:
        if connection.execute(select(counted_table.c.release_id)).scalar() != release.release_id:
            return None
        return Counted(release, tuple(_read(connection)))


def note_counts(engine: Engine, release: Release, counts: Iterable[Count]) -> None:
    """Keep the counts of a release in place of those of another; unchanged rows are not touched."""
    now = {_key(each): each for each in counts}
    with engine.begin() as connection:
        before = {_key(each): each for each in _read(connection)}
        stale = [key for key, each in before.items() if now.get(key) != each]
        fresh = [each for key, each in now.items() if before.get(key) != each]
        for start in range(0, len(stale), _AT_ONCE):
            chosen = tuple_(*count_table.primary_key.columns).in_(stale[start : start + _AT_ONCE])
            connection.execute(delete(count_table).where(chosen))
        if fresh:
            connection.execute(insert(count_table), [_row(each) for each in fresh])
        connection.execute(delete(counted_table))
        connection.execute(insert(counted_table).values(release_id=release.release_id))


def _read(connection: Connection) -> list[Count]:
    return [Count(*row) for row in connection.execute(select(count_table))]


def _key(count: Count) -> tuple[str, str, str]:
    return count.table, count.practice, count.dataset


def _row(count: Count) -> dict[str, object]:
    return {
        "table_name": count.table,
        "practice_code": count.practice,
        "dataset": count.dataset,
        "current_rows": count.current,
        "deleted_rows": count.deleted,
        "newest_event_date": count.newest,
        "coming_event_date": count.coming,
    }
