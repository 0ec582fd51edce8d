"""The release in force as one DuckDB file, named and typed as OLIDS, for analysts."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb

from lds_assets.errors import Refused
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier
from lds_assets.operations.progress import Listener
from lds_assets.release.exported import note_export
from lds_assets.release.record import Release, current
from lds_assets.release.references import ReferenceCount, count_references
from lds_assets.release.relations import open_release, shown_tables
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import CanonicalTable, olids
from lds_assets.terminology.coverage import ConceptCoverage, concept_coverage


@dataclass(frozen=True)
class Export:
    """What was written: rows per table of a release, and how its references and codes resolve."""

    release: Release
    rows: dict[str, int]
    references: list[ReferenceCount]
    coverage: list[ConceptCoverage]


def export(settings: Settings, out: Path, listener: Listener) -> Export:
    """Write every table of the release in force; the file appears whole or not at all.

    Args:
        out: the DuckDB file; an older export is replaced.
        listener: told the table being written and how far the export is (0 to 1).

    Beside the OLIDS tables stand ``release``, ``reference_check`` and ``concept_coverage``.

    Raises:
        Refused: there is no release yet, or the name is another file's.
    """
    release = current(settings)
    if release is None:
        raise Refused(
            "there is no release to export",
            where="release",
            done="no file was written",
            to_do="lds run",
        )
    if out.exists() and not is_export(out):
        raise Refused(
            "another file has that name, which is no export",
            where=out.name,
            done="no file was written, the one there is as it was",
            to_do="take another name: --out FILE.duckdb",
            code="NOT_AN_EXPORT",
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = out.with_name(f"{out.name}.tmp")
    try:
        written = _write(settings, release, staged, listener)
        staged.replace(out)
        note_export(settings, release, out)
    finally:
        staged.unlink(missing_ok=True)
        staged.with_name(f"{staged.name}.wal").unlink(missing_ok=True)
    return written


def is_export(path: Path) -> bool:
    """Say whether a file is one that ``export`` wrote; no other may be written over."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            named = connection.execute(
                "select count(distinct table_name) from information_schema.tables "
                "where table_name in ('release', 'patient', 'observation')"
            ).fetchone()
    except duckdb.Error:
        return False
    return named == (3,)


def _write(settings: Settings, release: Release, staged: Path, listener: Listener) -> Export:
    counts: dict[str, int] = {}
    staged.unlink(missing_ok=True)
    with (
        without_values("the release could not be exported", staged.name),
        duckdb.connect(str(staged)) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"set memory_limit = '{settings.memory_limit}'")
        connection.execute(f"set threads = {settings.threads}")
        open_release(settings, connection, release, "pinned")
        shown = shown_tables(release)
        for place, name in enumerate(shown):
            listener(name, place / len(shown))
            connection.execute(_create(olids()[name]))
            row = connection.execute(f"select count(*) from {identifier(name)}").fetchone()
            counts[name] = int(row[0]) if row else 0
        connection.execute("drop schema pinned cascade")
        references = count_references(connection, "main", shown)
        _note_references(connection, references)
        coverage = concept_coverage(connection, "main", shown)
        _note_coverage(connection, coverage)
        connection.execute(
            "create table release as select ? as release_id, cast(? as date) as as_of",
            [release.release_id, release.as_of],
        )
        connection.execute("checkpoint")
    listener("done", 1.0)
    return Export(release, counts, references, coverage)


def _note_references(
    connection: duckdb.DuckDBPyConnection, references: Sequence[ReferenceCount]
) -> None:
    connection.execute(
        "create table reference_check (table_name varchar, column_name varchar, parent varchar, "
        "row_count bigint, unresolved_count bigint, rule varchar)"
    )
    connection.executemany(
        "insert into reference_check values (?, ?, ?, ?, ?, ?)",
        [list(astuple(each)) for each in references],
    )


def _note_coverage(
    connection: duckdb.DuckDBPyConnection, coverage: Sequence[ConceptCoverage]
) -> None:
    connection.execute(
        "create table concept_coverage (table_name varchar, lds_source_dataset varchar, "
        "row_count bigint, coded_count bigint, mapped_count bigint)"
    )
    if coverage:
        connection.executemany(
            "insert into concept_coverage values (?, ?, ?, ?, ?)",
            [list(astuple(each)) for each in coverage],
        )


def _create(described: CanonicalTable) -> str:
    """Return the statement that writes one table with the documented types."""
    columns = ", ".join(
        f"cast({identifier(column.name)} as {column.documented_type}) as {identifier(column.name)}"
        for column in described.columns
    )
    name = identifier(described.name)
    return f"create table {name} as select {columns} from pinned.{name}"
