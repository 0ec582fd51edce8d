"""Publish the marts: out of the working database into files readers keep open.

Readers get ``marts.duckdb`` and one Parquet file a mart. Each file is written beside its place
and moved in by one rename, so a reader sees the old marts or the new ones, never half of them.
Only tables named ``mart_*`` go out: the working database's views point into the lake.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lds_assets.errors import Held

DATABASE = "marts.duckdb"
_PREFIX = "mart_"


@dataclass(frozen=True)
class PublishedMart:
    """One mart as published; ``size_bytes`` is that of its Parquet file."""

    name: str
    row_count: int
    size_bytes: int


@dataclass(frozen=True)
class Publication:
    """What was published, and the release the marts say they were built from."""

    release_id: str
    marts: tuple[PublishedMart, ...]


def publish(built: Path, marts: Path) -> Publication:
    """Copy the marts of a working database to where readers look.

    Rows are ordered, so that the same marts give the same files.

    Args:
        built: working database after a successful build.
        marts: folder of the published marts; made when missing.

    Raises:
        Held: the working database cannot be read or has no marts; what was published stays.
    """
    marts.mkdir(parents=True, exist_ok=True)
    staged = marts / f"{DATABASE}.tmp"
    _discard(staged)
    try:
        with duckdb.connect(str(staged)) as connection:
            publication = _copy(connection, built, marts)
        _move_in(publication, staged, marts)
    except duckdb.Error as error:
        raise Held(
            f"the marts cannot be copied ({type(error).__name__})",
            where=built.name,
            done="nothing was published, the published marts stay",
            to_do="build the marts again: docs/operate/marts.md",
        ) from None
    finally:
        _discard(staged)
        for left in marts.glob("*.parquet.tmp"):
            left.unlink(missing_ok=True)
    return publication


def _copy(connection: duckdb.DuckDBPyConnection, built: Path, marts: Path) -> Publication:
    quoted = str(built).replace("'", "''")
    connection.execute("set threads = 2")
    connection.execute(f"attach '{quoted}' as built (read_only)")
    names = _mart_names(connection)
    if not names:
        raise Held(
            "the working database has no marts",
            where=built.name,
            done="nothing was published, the published marts stay",
            to_do="build the marts first: docs/operate/marts.md",
        )
    release_id = _release_id(connection, names)
    published = tuple(_copy_mart(connection, name, release_id, marts) for name in names)
    connection.execute("detach built")
    connection.execute("checkpoint")
    return Publication(release_id, published)


def _mart_names(connection: duckdb.DuckDBPyConnection) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = 'built'"
        " and schema_name = 'main' and starts_with(table_name, ?) order by table_name",
        [_PREFIX],
    ).fetchall()
    return [str(name) for (name,) in rows]


def _release_id(connection: duckdb.DuckDBPyConnection, names: list[str]) -> str:
    if "mart_release" not in names:
        return ""
    row = connection.execute("select release_id from built.main.mart_release").fetchone()
    return str(row[0]) if row else ""


def _copy_mart(
    connection: duckdb.DuckDBPyConnection, name: str, release_id: str, marts: Path
) -> PublishedMart:
    connection.execute(f'create table "{name}" as select * from built.main."{name}" order by all')
    target = str(marts / f"{name}.parquet.tmp").replace("'", "''")
    release = release_id.replace("'", "''")
    connection.execute(
        f"""copy "{name}" to '{target}' (format parquet, compression zstd,"""
        f" kv_metadata {{release_id: '{release}'}})"
    )
    counted = connection.execute(f'select count(*) from "{name}"').fetchone()
    size = (marts / f"{name}.parquet.tmp").stat().st_size
    return PublishedMart(name, int(counted[0]) if counted else 0, size)


def _move_in(publication: Publication, staged: Path, marts: Path) -> None:
    """Rename everything into place, the database last; drop marts that are no more."""
    names = {f"{mart.name}.parquet" for mart in publication.marts}
    for name in sorted(names):
        (marts / f"{name}.tmp").replace(marts / name)
    for stale in marts.glob(f"{_PREFIX}*.parquet"):
        if stale.name not in names:
            stale.unlink()
    _sync(staged)
    staged.replace(marts / DATABASE)
    _sync(marts)


def _sync(path: Path) -> None:
    """Make a file or a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(database: Path) -> None:
    database.unlink(missing_ok=True)
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
