"""What a candidate release shows that the release in force did not: its new files.

What was checked for the former release holds as long as its files do. Where files went, or rows
were added that may take words away, the whole is asked again.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from lds_assets.canonical.tables import SHARED_TABLES, canonical_table
from lds_assets.lake.delta import ActiveFile
from lds_assets.raw.tables import SHARED
from lds_assets.release.record import Release
from lds_assets.resources import Settings


@dataclass(frozen=True)
class Fresh:
    """Selects over the stored rows of one table that a release adds.

    Attributes:
        added: rows of new files.
        same_loads: rows of every file of the loads that the new files belong to.
    """

    added: str
    same_loads: str


def fresh_rows(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    candidate: Release,
    former: Release | None,
    tables: tuple[str, ...],
) -> dict[str, Fresh]:
    """Return the tables of which only new rows need a look, with those rows.

    Args:
        tables: tables that the suppliers' selects write, ``concept`` among them.
    """
    if former is None or not former.tables.keys() >= set(tables):
        return {}
    # what a former supplier sent may be shown anew, and its files are old
    if former.left_out != candidate.left_out:
        return {}
    found = {name: _fresh(settings, name, candidate, former) for name in tables}
    if found["concept"] is None or _any(connection, found["concept"].added, "lds_is_deleted"):
        return {}
    return {
        name: fresh
        for name, fresh in found.items()
        if fresh is not None
        and name not in SHARED_TABLES
        and not _any(connection, fresh.added, "lds_is_base")
    }


def _fresh(settings: Settings, table: str, candidate: Release, former: Release) -> Fresh | None:
    lake = canonical_table(settings, table)
    files, known = _files(settings, table, candidate), _files(settings, table, former)
    if not known.keys() <= files.keys():
        return None
    added = [files[path] for path in files.keys() - known.keys()]
    if any(file.sequence is None for file in added):
        return None
    loads = {file.sequence for file in added}
    same = [file for file in files.values() if file.sequence is None or file.sequence in loads]
    return Fresh(lake.select(added), lake.select(same if added else []))


def _files(settings: Settings, table: str, release: Release) -> Mapping[str, ActiveFile]:
    found = canonical_table(settings, table).files(
        release.tables[table],
        publishers=[*release.publishers, SHARED],
        without=release.unfinished,
    )
    return {file.path: file for file in found}


def _any(connection: duckdb.DuckDBPyConnection, rows: str, flag: str) -> bool:
    row = connection.execute(f"select coalesce(bool_or({flag}), false) from ({rows})").fetchone()
    return bool(row and row[0])
