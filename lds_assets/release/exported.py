"""Which files `lds olids` wrote, of which release: what a withdrawal has to find again."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import JSON, Column, DateTime, Engine, String, Table, delete, insert, select

from lds_assets.database import connect, metadata
from lds_assets.database_order import by_code_point
from lds_assets.landing.states import utc_now
from lds_assets.release.record import Release
from lds_assets.resources import Settings

export_table = Table(
    "release_export",
    metadata,
    Column("path", String(1000), primary_key=True),
    Column("release_id", String(40), nullable=False),
    Column("publishers", JSON, nullable=False),
    Column("written_at", DateTime, nullable=False),
)


@dataclass(frozen=True)
class Exported:
    """One file as it was written; it may have been moved or copied since.

    Attributes:
        noted: its path as it is remembered: relative to ``LDS_HOME`` when it lay below, so that it
            is found again when the whole deployment has moved.
    """

    path: Path
    noted: str
    release_id: str
    publishers: Sequence[str]

    @property
    def is_there(self) -> bool:
        """Say whether the file still lies there and is the one that was written."""
        if not self.path.is_file():
            return False
        try:
            with duckdb.connect(str(self.path), read_only=True) as connection:
                row = connection.execute("select release_id from release").fetchone()
        except duckdb.Error:
            return False
        return row is not None and row[0] == self.release_id


def note_export(settings: Settings, release: Release, out: Path) -> None:
    """Remember a file that was written; a newer one of the name takes its place."""
    engine = connect(settings.database_url)
    path = _noted(settings, out)
    with engine.begin() as connection:
        connection.execute(delete(export_table).where(export_table.c.path == path))
        connection.execute(
            insert(export_table).values(
                path=path,
                release_id=release.release_id,
                publishers=list(release.publishers),
                written_at=utc_now(),
            )
        )


def _noted(settings: Settings, out: Path) -> str:
    """Return how a path is remembered; resolved, for a home may be reached by a link."""
    home, place = settings.home.resolve(), out.resolve()
    return str(place.relative_to(home) if place.is_relative_to(home) else out.absolute())


def exports(settings: Settings, engine: Engine, practice: str) -> list[Exported]:
    """Return the files that were written with a practice in them, by path."""
    home = settings.home.absolute()
    with engine.connect() as connection:
        rows = connection.execute(
            select(export_table).order_by(by_code_point(export_table.c.path))
        ).all()
    found = [
        # what is absolute stays so
        Exported(home / row.path, row.path, row.release_id, tuple(row.publishers))
        for row in rows
    ]
    return [each for each in found if practice in each.publishers]


def forget_export(engine: Engine, noted: str) -> None:
    """Forget a file that was deleted."""
    with engine.begin() as connection:
        connection.execute(delete(export_table).where(export_table.c.path == noted))
