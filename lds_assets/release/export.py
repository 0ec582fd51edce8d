"""The release in force as one DuckDB file, tables named and typed as in ``olids.csv``."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lds_assets.canonical.tables import CANONICAL_TABLES
from lds_assets.errors import Held, Refused
from lds_assets.lake.session import session, without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import CanonicalTable, olids


@dataclass(frozen=True)
class Export:
    """What was written: the release and rows per OLIDS table, deleted rows included."""

    release_id: str
    file: Path
    rows: dict[str, int]


def export(
    settings: Settings, file: Path, progress: Callable[[str, float], None] | None = None
) -> Export:
    """Write the release in force to a new DuckDB file.

    The file appears whole, by one rename.

    Raises:
        Held: there is no release yet.
        Refused: the file exists already.
    """
    release = current(settings)
    if release is None:
        raise Held(
            "there is no release yet",
            where=str(settings.lake),
            done="nothing written",
            to_do="place deliveries in landing and run `lds run`",
            code="NO_RELEASE",
        )
    if file.exists():
        raise Refused(
            f"{file.name} exists already",
            where=str(file.parent),
            done="nothing written",
            to_do="name another file or remove this one",
            code="FILE_EXISTS",
        )
    unfinished = file.with_name(f".{file.name}.part")
    unfinished.unlink(missing_ok=True)
    rows = {}
    with session(settings) as connection, without_values("the release could not be written", ""):
        open_release(settings, connection, release)
        connection.execute(f"attach {literal(str(unfinished))} as target")
        for place, table in enumerate(CANONICAL_TABLES):
            if progress:
                progress(table, place / len(CANONICAL_TABLES))
            connection.execute(f"create table target.{table} ({_columns(olids()[table])})")
            connection.execute(f"insert into target.{table} select * from release.{table}")
            counted = connection.execute(f"select count(*) from target.{table}").fetchone()
            rows[table] = int(counted[0]) if counted else 0
        connection.execute("detach target")
    unfinished.rename(file)
    return Export(release.release_id, file, rows)


def _columns(table: CanonicalTable) -> str:
    return ", ".join(
        f"{identifier(column.name)} {column.documented_type}" for column in table.columns
    )
