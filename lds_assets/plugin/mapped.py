"""Rules on ``mapping.csv`` and ``empty.csv``: complete, and true to the selects."""

from collections import Counter
from collections.abc import Iterator

from lds_assets.canonical.tables import (
    CORE_COLUMNS,
    DERIVED_TABLES,
    FED_TABLES,
    LATE_COLUMNS,
    PERSON_TABLES,
    PROVENANCE,
    own_columns,
)
from lds_assets.plugin.mapping import EMPTY, FILTER, MAPPING, UNMAPPED, WHOLE, Mapped
from lds_assets.plugin.rule import Bench, Finding, Rule
from lds_assets.plugin.selects import NotASelect
from lds_assets.schema.dictionary import olids
from lds_assets.schema.naming import snake_case

#: Tables that the platform makes of what suppliers feed.
MADE_HERE = (*PERSON_TABLES, *DERIVED_TABLES)


def _complete(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier
    where = bench.place(MAPPING)
    named = {(row.source_table, row.source_column) for row in bench.mapping}
    for rules in own.definition.tables:
        columns = getattr(own.dictionary.get(rules.name), "columns", ())
        for column in columns:
            if (rules.name, column.name) not in named:
                told = f"map it, filter on it, or say `{UNMAPPED}` and why"
                yield Finding(f"{rules.name}.{column.name} is silent", where, told)
    for row in bench.mapping:
        place = f"{where}, line {row.line}"
        described = own.dictionary.get(row.source_table)
        if described is None or row.source_column not in {c.name for c in described.columns}:
            told = f"no column {row.source_table}.{row.source_column} in the dictionary"
            yield Finding(told, place, "one row per column, in the supplier's spelling")
        if row.rule == UNMAPPED and (not row.notes or row.olids_table or row.olids_column):
            yield Finding("unmapped without a reason, or with a target", place, "say why in notes")
        if not row.rule:
            yield Finding("a row without its rule", place, "say how the column is used")
    repeated = Counter(
        (row.source_table, row.source_column, row.olids_table, row.olids_column)
        for row in bench.mapping
    )
    for (table, column, target, name), times in repeated.items():
        if times > 1:
            told = f"{table}.{column} to {target}.{name} stands {times} times"
            yield Finding(told, where, "one row per column and target")


def _true(bench: Bench) -> Iterator[Finding]:
    read = _read_columns(bench)
    used: dict[tuple[str, str], list[Mapped]] = {}
    for row in bench.mapping:
        used.setdefault((row.source_table, row.source_column), []).append(row)
        if row.rule != UNMAPPED:
            yield from _row_true(bench, row)
    for (table, column), rows in used.items():
        if UNMAPPED not in {row.rule for row in rows}:
            continue
        where = f"{bench.place(MAPPING)}, line {rows[0].line}"
        if len(rows) > 1:
            yield Finding(f"{table}.{column} is mapped and unmapped", where, "decide")
        files = read.get((snake_case(table), snake_case(column)), [])
        if files:
            told = f"{table}.{column} is unmapped, yet {', '.join(sorted(files))} reads it"
            yield Finding(told, where, f"map it, or call it `{FILTER}`")


def _read_columns(bench: Bench) -> dict[tuple[str, str], list[str]]:
    """Return raw table and column -> selects that read it by name."""
    found: dict[tuple[str, str], list[str]] = {}
    for feed in bench.supplier.definition.canonical:
        for read in _reads(bench, feed.file):
            found.setdefault(read, []).append(feed.file)
    return found


def _reads(bench: Bench, file: str) -> frozenset[tuple[str, str]]:
    try:
        return bench.facts(file).reads
    except (NotASelect, OSError):
        return frozenset()  # told by the rules on selects


def _row_true(bench: Bench, row: Mapped) -> Iterator[Finding]:
    """Say whether the target exists, is yielded, and is made with the source column."""
    where = f"{bench.place(MAPPING)}, line {row.line}"
    target = f"{row.olids_table}.{row.olids_column}"
    if row.rule == FILTER and not row.olids_table:
        return
    if row.olids_table not in olids() or row.olids_column not in _columns(row.olids_table):
        yield Finding(f"OLIDS has no {target}", where, "mend the target")
        return
    if row.olids_table in MADE_HERE:
        return
    if row.olids_table not in FED_TABLES or not bench.feeds(row.olids_table):
        yield Finding(f"no select feeds {row.olids_table}", where, "feed it, or do not map to it")
        return
    if row.olids_column in own_columns(row.olids_table) and not _filled_by(
        bench, row.olids_table, row.olids_column
    ):
        yield Finding(f"{target} is null in every select", where, "fill it, or do not map to it")
    files = [feed.file for feed in bench.feeds(row.olids_table)]
    if not any(_is_read(bench, row, file) for file in files):
        told = f"{row.source_table}.{row.source_column} is read by no select of {row.olids_table}"
        yield Finding(told, where, "mend the mapping or the select")


def _columns(table: str) -> set[str]:
    """Return the columns a mapping may name: those of OLIDS, and the provenance."""
    return {*olids()[table].column_names, *PROVENANCE, "lds_is_deleted"}


def _is_read(bench: Bench, row: Mapped, file: str) -> bool:
    """Say whether a select depends on a source column, by name or through what raw makes of it."""
    table, column = snake_case(row.source_table), snake_case(row.source_column)
    reads = _reads(bench, file)
    if (table, column) in reads:
        return True
    rules = next((t for t in bench.supplier.definition.tables if t.name == row.source_table), None)
    if rules is None:
        return False
    through = rules.publisher.through
    owners = [rules.publisher.column, through.local if through else None]
    made_of = {"publisher_organisation_code": owners, "lds_source_key": rules.key}
    return any(
        (table, made) in reads and row.source_column in names for made, names in made_of.items()
    )


def _filled_by(bench: Bench, table: str, column: str) -> list[str]:
    """Return the selects that yield a column of a table as more than null."""
    found = []
    for feed in bench.feeds(table):
        try:
            columns = bench.facts(feed.file).columns
        except (NotASelect, OSError):
            continue
        if not columns.get(column, True):
            found.append(feed.file)
    return found


def filled(bench: Bench) -> dict[tuple[str, str], list[str]]:
    """Return OLIDS table and column -> the selects that fill it, for every table that is fed."""
    return {
        (table, column): _filled_by(bench, table, column)
        for table in FED_TABLES
        if bench.feeds(table)
        for column in own_columns(table)
    }


def _empty_true(bench: Bench) -> Iterator[Finding]:
    where = bench.place(EMPTY)
    declared = {(row.olids_table, row.olids_column): row for row in bench.empty}
    for row in bench.empty:
        if not row.reason:
            yield Finding("an empty column without a reason", f"{where}, line {row.line}", "why?")
    if len(declared) != len(bench.empty):
        yield Finding("a column stands more than once", where, "one row per column")
    really = {(table, WHOLE) for table in FED_TABLES if not bench.feeds(table)}
    unfilled = {place for place, files in filled(bench).items() if not files}
    # what no select yields, null or not, is told by another rule
    lacking = {place for place in unfilled if not _is_yielded(bench, *place)}
    really |= unfilled - lacking
    for table, column in sorted(really - declared.keys()):
        told = f"no select feeds {table}" if column == WHOLE else f"{table}.{column} is always null"
        yield Finding(f"{told}, which is not declared", where, "declare it with its reason")
    for place, row in declared.items():
        if place not in really | lacking:
            told = _why_not(row.olids_table, row.olids_column)
            yield Finding(
                f"{row.olids_table}.{row.olids_column} {told}",
                f"{where}, line {row.line}",
                "remove",
            )


def _is_yielded(bench: Bench, table: str, column: str) -> bool:
    """Say whether some select of a table yields a column, null or not; unread ones may."""
    for feed in bench.feeds(table):
        try:
            if column in bench.facts(feed.file).columns:
                return True
        except (NotASelect, OSError):
            return True
    return False


def _why_not(table: str, column: str) -> str:
    if table not in FED_TABLES:
        return "is not for suppliers to fill"
    if column in LATE_COLUMNS | CORE_COLUMNS | set(PROVENANCE):
        return "is filled by the platform"
    if column != WHOLE and column not in own_columns(table):
        return "is no column of OLIDS"
    return "is declared empty, yet a select fills it"


RULES = (
    Rule("mapping_complete", "Every column is mapped, a filter, or unmapped with why", _complete),
    Rule("mapping_true", "Every mapped row is what a select really does", _true),
    Rule("empty_true", "Exactly what no select fills is declared empty, with why", _empty_true),
)
