"""Counting, in tables that were found to tell of a practice, the rows that do: by file and column.

Parquet files of one table are asked together, DuckDB files table by table.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import duckdb

from lds_assets.lake.sql import identifier, literal
from lds_assets.purge.names import Names
from lds_assets.purge.scan_columns import ROWS, ask_values, look_through
from lds_assets.purge.sought import Sought, Told

#: Columns that say whose a row is, in tables the platform makes.
_PUBLISHER = re.compile(r"(lds_)?(publishers?.*|(gp_)?practice(_code)?|owner.*)")
#: Types of columns that cannot hold a name, a GUID or a number of ten digits.
_PLAIN = re.compile(r"BOOLEAN|DATE|TIME.*|INTERVAL|U?(TINY|SMALL)INT|INTEGER")

#: Takes file, what was found, place and rows.
Tell = Callable[[Path, str, str, int], None]
#: A column's name and type.
Column = tuple[str, str]


def count_in_parquet(
    connection: duckdb.DuckDBPyConnection, files: Iterable[Path], names: Names, tell: Tell
) -> None:
    """Tell how many rows of each file name the practice, and in which column.

    Raises:
        duckdb.Error: the files are not of one table, or one cannot be read.
    """
    listed = ", ".join(literal(str(path)) for path in files)
    rows = (
        f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true, "
        "filename = 'lds_path')"
    )
    described = connection.execute(f"describe select * from {rows}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in described if row[0] != "lds_path"]
    _count(connection, rows, columns, names, lambda path: _whose(Path(path).parts), "", tell)


def look_into_database(
    connection: duckdb.DuckDBPyConnection, path: Path, sought: Sought, tell: Tell
) -> None:
    """Look through every table of a DuckDB file; tell rows that name the practice, and canaries.

    Raises:
        duckdb.Error: it cannot be opened or read.
    """
    alias = "looked_at"
    connection.execute(f"attach {literal(str(path))} as {alias} (read_only)")
    try:
        tables = connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = ?", [alias]
        ).fetchall()
        for schema, table in tables:
            name = f"{alias}.{identifier(schema)}.{identifier(table)}"
            _look_into(connection, path, name, str(table), sought, tell)
    finally:
        connection.execute(f"detach {alias}")


def _look_into(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    name: str,
    table: str,
    sought: Sought,
    tell: Tell,
) -> None:
    described = connection.execute(f"describe {name}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in described]
    searched = [each for each, kind in columns if not _PLAIN.fullmatch(kind)]
    if not searched:
        return
    texts = ", ".join(f"cast({identifier(each)} as varchar)" for each in searched)
    told = Told()
    query = f"select {texts} from {name}"
    look_through(connection.execute(query).to_arrow_reader(ROWS), sought, told)
    if told.canaries:
        exact = Told()
        for batch in connection.execute(query).to_arrow_reader(ROWS):
            ask_values(batch.columns, sought, exact)
        tell(path, "canary", f"{table}.columns", len(exact.canaries))
    if told.is_named or is_asked_closely(searched, sought.names):
        rows = f"(select {literal(str(path))} as lds_path, * from {name})"
        _count(connection, rows, columns, sought.names, lambda _path: _PUBLISHER, f"{table}.", tell)


def is_asked_closely(columns: Iterable[str], names: Names) -> bool:
    """Say whether a table's rows are counted though nothing in it stood out.

    An id of few signs, or a number, cannot stand out among other values: columns that tell whose
    a row is are asked for it one by one.
    """
    is_plain = names.texts - names.marks.texts or any(map(str.isdigit, names.texts))
    return bool(is_plain) and any(_PUBLISHER.fullmatch(each.lower()) for each in columns)


def _whose(parts: Sequence[str]) -> re.Pattern[str]:
    """Return which columns of a Parquet file tell that a row is the practice's own."""
    is_raw = any(part.startswith("raw_") for part in parts)
    return re.compile("publisher.*") if is_raw else _PUBLISHER


def _count(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    columns: Sequence[Column],
    names: Names,
    whose: Callable[[str], re.Pattern[str]],
    prefix: str,
    tell: Tell,
) -> None:
    """Tell the rows by file and column; each row names its file in ``lds_path``."""
    searched = [each for each in columns if not _PLAIN.fullmatch(each[1])]
    if not searched:
        return
    asked = (_asked(*each, names, _PUBLISHER.fullmatch(each[0].lower())) for each in searched)
    counts = ", ".join(f"count(*) filter (where {each})" for each in asked)
    query = f"select lds_path, {counts} from {rows} group by 1"
    for path, *found in connection.execute(query).fetchall():
        own = whose(path)
        for (name, _kind), count in zip(searched, found, strict=True):
            what = "publisher" if own.fullmatch(name.lower()) else "organisation"
            tell(Path(path), what, prefix + name, int(count))


def _asked(name: str, kind: str, names: Names, is_publisher: object) -> str:
    """Return the condition that a column names the practice.

    A short id, or any that is a number, would be met in any column by chance: only those that
    tell whose a row is are asked for it.
    """
    text, marks = f"lower(cast({identifier(name)} as varchar))", names.marks.texts
    is_number = re.fullmatch(r"U?(BIG|HUGE|)INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*", kind) is not None
    every = sorted(names.texts if is_publisher else set() if is_number else marks)
    if not every:
        return "false"
    listed = ", ".join(literal(each) for each in every)
    # within a longer text, as a word of its own: a GUID may hold a code by chance
    within = every if _is_nested(name, kind) else sorted(marks)
    words = "|".join([names.branch_form.replace("{1,3}", "{0,3}"), *map(re.escape, within)])
    found = f"regexp_matches({text}, {literal(f'(^|[^0-9a-z])({words})([^0-9a-z]|$)')})"
    return f"trim({text}, ' {{}}') in ({listed}) or {found}"


def _is_nested(name: str, kind: str) -> bool:
    """Say whether a column holds several values: a list, a structure, or either as text."""
    return kind.endswith(("]", ")")) or kind == "JSON" or name.startswith("publishers")


def grouped(files: Iterable[Path]) -> list[list[Path]]:
    """Return Parquet files by the table they are of: the folder above its partitions."""
    found: dict[Path, list[Path]] = {}
    for path in files:
        found.setdefault(_table_of(path), []).append(path)
    return list(found.values())


def _table_of(path: Path) -> Path:
    folder = path.parent
    while "=" in folder.name:
        folder = folder.parent
    # a folder of single tables, not of one table's files
    return path if folder == path.parent and not (folder / "_delta_log").is_dir() else folder
