"""DuckDB sessions over the lake: in memory, in UTC, bounded, without the network."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import duckdb

from lds_assets.errors import Held
from lds_assets.resources import Settings


@contextmanager
def session(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a bounded in-memory session whose scratch space is removed at the end."""
    scratch = settings.work / f"session-{uuid4().hex}"
    scratch.mkdir(parents=True)
    connection = duckdb.connect(
        config={
            "threads": settings.threads,
            "memory_limit": settings.memory_limit,
            "temp_directory": str(scratch),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    try:
        connection.execute("set TimeZone = 'UTC'")
        # files of the lake never change: their footers are read once
        connection.execute("set parquet_metadata_cache = true")
        yield connection
    finally:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def side_by_side(connection: duckdb.DuckDBPyConnection, threads: int) -> Iterator[None]:
    """Let each statement of the body take one thread: statements of several cursors share them.

    Args:
        threads: what a statement may take again after the body.
    """
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute(f"set threads = {threads}")


@contextmanager
def own_cursor(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a cursor on a session for another thread: same tables and macros, its own scratch."""
    cursor = connection.cursor()
    try:
        cursor.execute("set TimeZone = 'UTC'")
        yield cursor
    finally:
        cursor.close()


@contextmanager
def without_values(what: str, where: str) -> Iterator[None]:
    """Turn an engine error into one of ours that quotes no row.

    DuckDB quotes the offending value in its messages; only its class is passed on.
    """
    try:
        yield
    except duckdb.Error as error:
        missing = re.search(r'column "?([A-Za-z_0-9]+)"? (?:not found|does not)', str(error))
        column = f" (column {missing.group(1)})" if missing else ""
        raise Held(
            f"{what}: {type(error).__name__}{column}",
            where=where,
            done="nothing of this step was stored",
            to_do="see the select or file named here; the engine's message is withheld because "
            "it may quote patient values",
            code="ENGINE",
        ) from None
