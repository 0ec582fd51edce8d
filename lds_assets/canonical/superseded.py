"""What a load's versions supersede among rows of first full loads, noted for the next release.

A load has to look for the stored rows of the keys it touches; a release would look for the same ids
once more to carry its counts on (``release.counts``). A note holds counts and says beside which
files they were taken: it is of use only to a release that adds the load to exactly these.
"""

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Engine,
    String,
    Table,
    delete,
    insert,
    select,
)

from lds_assets.database import metadata

superseded_table = Table(
    "load_superseded",
    metadata,
    Column("table_name", String(120), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("load_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("dataset", String(200), nullable=False),
    Column("beside", String(64), nullable=False),
    Column("noted_on", Date, nullable=False),
    Column("current_rows", BigInteger, nullable=False),
    Column("deleted_rows", BigInteger, nullable=False),
    Column("newest_event_date", Date),
)


@dataclass(frozen=True)
class Superseded:
    """Rows of a practice's first full load that a load is the first to supersede.

    Attributes:
        beside: the practice's files that were there before the load (``files_mark``).
        noted_on: business date of the load.
        current: superseded rows that are not deleted; ``deleted`` those that are.
        newest: newest event of them that is not after ``noted_on``.
    """

    table: str
    practice: str
    sequence: int
    dataset: str
    beside: str
    noted_on: date
    current: int
    deleted: int
    newest: date | None


def files_mark(paths: Iterable[str]) -> str:
    """Return what stands for a set of files: a hash of their names, which are never used again."""
    names = sorted(Path(path).name for path in paths)
    return sha256("\n".join(names).encode()).hexdigest()


def note_superseded(engine: Engine, notes: Sequence[Superseded]) -> None:
    """Keep a load's notes until a release was counted."""
    if not notes:
        return
    with engine.begin() as connection:
        of_load = superseded_table.c.load_sequence.in_({each.sequence for each in notes})
        connection.execute(delete(superseded_table).where(of_load))
        names = superseded_table.columns.keys()
        rows = [dict(zip(names, astuple(each), strict=True)) for each in notes]
        connection.execute(insert(superseded_table), rows)


def noted(engine: Engine) -> tuple[Superseded, ...]:
    """Return the notes of loads that no release was counted with."""
    with engine.connect() as connection:
        return tuple(Superseded(*row) for row in connection.execute(select(superseded_table)))


def forget(engine: Engine, notes: Sequence[Superseded]) -> None:
    """Drop notes that a counted release has used or had no use for."""
    if not notes:
        return
    with engine.begin() as connection:
        newest = max(each.sequence for each in notes)
        connection.execute(
            delete(superseded_table).where(superseded_table.c.load_sequence <= newest)
        )
