"""DuckDB sessions over the lake: in memory, in UTC, bounded, without the network."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import duckdb

from lds_assets.errors import Held
from lds_assets.resources import Settings

#: Less than this is worked through in one thread (``threads_for``).
SMALL_BYTES = 100_000_000


def threads_for(settings: Settings, size_bytes: int) -> int:
    """Return how many threads the work on so many bytes of files is worth.

    Where one thread is enough for a statement, the engine's client waits busily for it: of a daily
    delivery that takes more CPU than a second thread saves time.
    """
    return 1 if size_bytes < SMALL_BYTES else settings.threads


@contextmanager
def session(
    settings: Settings, *, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a bounded in-memory session whose scratch space is removed at the end.

    Args:
        threads: of each statement; the deployment's by default.
    """
    scratch = settings.work / f"session-{uuid4().hex}"
    scratch.mkdir(parents=True)
    connection = duckdb.connect(
        config={
            "threads": threads or settings.threads,
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
def side_by_side(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let each statement of the body take one thread: statements of several cursors share them."""
    row = connection.execute("select current_setting('threads')").fetchone()
    connection.execute("set threads = 1")
    try:
        yield
    finally:
        connection.execute(f"set threads = {row[0] if row else 1}")


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
