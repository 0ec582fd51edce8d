"""Rules on the selects of a folder: what they read, what they yield, what they say."""

import re
from collections.abc import Iterator, Mapping

import duckdb

from lds_assets.canonical.account import NOT_LANDED
from lds_assets.canonical.macros import register
from lds_assets.canonical.tables import FED_TABLES, select_columns
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.sql import identifier
from lds_assets.plugin.declared import README
from lds_assets.plugin.rule import Bench, Finding, Rule
from lds_assets.plugin.selects import RAW_SCHEMAS, NotASelect, macro_facts
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import Lands

MACROS = "macros.sql"
#: Lines of one select.
CEILING = 120
SOURCE_KEY = "lds_source_key"
GRAIN = "-- Grain: one row per "

_REASON = re.compile(r"'([A-Z][A-Z_]{3,})'")
_NOT_LANDED_COLUMNS = {
    "source_table": "VARCHAR",
    "publisher_organisation_code": "VARCHAR",
    "lds_row_number": "BIGINT",
    "reason": "VARCHAR",
}


def _files(bench: Bench) -> dict[str, str]:
    """Return the selects that are there: file -> text."""
    names = [feed.file for feed in bench.supplier.definition.canonical] + [NOT_LANDED]
    folder = bench.supplier.folder / "canonical"
    return {name: bench.supplier.select(name) for name in names if (folder / name).is_file()}


def _yields_contract(bench: Bench) -> Iterator[Finding]:
    wanted: dict[str, Mapping[str, str]] = {
        feed.file: select_columns(feed.table)
        for feed in bench.supplier.definition.canonical
        if feed.table in FED_TABLES
    }
    wanted[NOT_LANDED] = _NOT_LANDED_COLUMNS
    with duckdb.connect() as connection:
        _empty_relations(bench, connection)
        for file, text in _files(bench).items():
            where = bench.place("canonical", file)
            try:
                # a text that is more than a select must not reach the engine
                bench.facts(file)
                found = _described(connection, text)
            except NotASelect as fault:
                yield Finding(f"not a select: {fault}", where, "write one select")
                continue
            except duckdb.Error as error:
                yield Finding(f"does not run: {type(error).__name__}", where, _engine_told(error))
                continue
            yield from _differences(wanted.get(file, found), found, where)


def _empty_relations(bench: Bench, connection: duckdb.DuckDBPyConnection) -> None:
    """Make every raw relation, without rows."""
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_external_access = false")
    register(connection, bench.supplier.definition.dataset, bench.supplier.macros)
    for schema in RAW_SCHEMAS:
        connection.execute(f"create schema {schema}")
        for table, columns in bench.relations.items():
            listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
            connection.execute(f"create table {schema}.{identifier(table)} ({listed})")


def _described(connection: duckdb.DuckDBPyConnection, text: str) -> dict[str, str]:
    query = text.rstrip().rstrip(";")
    rows = connection.execute(f"describe {query}").fetchall()
    connection.execute(query)
    return {str(name): str(kind) for name, kind, *_ in rows}


def _engine_told(error: duckdb.Error) -> str:
    """Return the engine's first line; relations are empty here, so it quotes no value."""
    return str(error).splitlines()[0][:200]


def _differences(
    wanted: Mapping[str, str], found: Mapping[str, str], where: str
) -> Iterator[Finding]:
    missing = sorted(wanted.keys() - found.keys())
    more = sorted(found.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
    if missing:
        yield Finding(f"lacks {', '.join(missing)}", where, "yield every column of the table")
    if more:
        yield Finding(f"yields {', '.join(more)} besides", where, "leave out what OLIDS has not")
    for name in other:
        told = f"{name} is {found[name]}, not {wanted[name]}"
        yield Finding(told, where, f"cast it to {wanted[name].lower()}")


def _grain_and_size(bench: Bench) -> Iterator[Finding]:
    for file, text in _files(bench).items():
        where = bench.place("canonical", file)
        if not text.startswith(GRAIN):
            yield Finding("does not state its grain", where, f"begin with `{GRAIN}...`")
        lines = len(text.splitlines())
        if lines > CEILING:
            yield Finding(f"has {lines} lines", where, f"at most {CEILING}: split it by meaning")
        try:
            unread = bench.facts(file).unread
        except NotASelect:
            continue  # told by another rule
        for name in sorted(unread):
            yield Finding(f"makes {name} and never reads it", where, "remove it, or read it")


def _own_tables(bench: Bench) -> Iterator[Finding]:
    for file in _files(bench):
        where = bench.place("canonical", file)
        try:
            facts = bench.facts(file)
        except NotASelect as fault:
            yield Finding(f"not a select: {fault}", where, "write one select")
            continue
        for name in sorted(facts.foreign):
            told = "read raw.<table> or raw_all.<table> of the supplier's own tables"
            yield Finding(f"reads {name}", where, told)
        for name in sorted(facts.forbidden):
            told = "a select sees the rows of its batch only, and gives the same each time"
            yield Finding(f"calls {name}", where, told)


def _ids_of_keys(bench: Bench) -> Iterator[Finding]:
    for feed in bench.supplier.definition.canonical:
        if not feed.id_of_key or feed.file not in _files(bench):
            continue
        where = bench.place("canonical", feed.file)
        try:
            recipes = bench.facts(feed.file).recipes
        except NotASelect as fault:
            yield Finding(f"not a select: {fault}", where, "write one select")
            continue
        source = snake_case(feed.source)
        key = [snake_case(each) for each in bench.supplier.definition.table(feed.source).key]
        own = {(source, name) for name in (PARTITION, SOURCE_KEY, *key)}
        made = recipes.get("id", frozenset())
        if len(made) != 1 or not all(each.columns <= own for each in made):
            told = f"make it of {PARTITION} and {', '.join(key)}, in one way, or declare it not"
            yield Finding("id does not follow from the key of its source", where, told)
        carried = {each.text for each in recipes.get(SOURCE_KEY, frozenset())}
        if carried != {f"{source}.{SOURCE_KEY}"}:
            told = f"pass on {SOURCE_KEY} of raw.{source}"
            yield Finding(f"{SOURCE_KEY} is not that of its source", where, told)


def _reasons(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier
    lands = any(table.lands is Lands.CANONICAL for table in own.definition.tables)
    text = _files(bench).get(NOT_LANDED)
    if text is None:
        if lands:
            told = "write it; a select without rows when every row lands"
            yield Finding(f"{NOT_LANDED} is missing", bench.place("canonical"), told)
        return
    path = own.folder / README
    readme = path.read_text(encoding="utf-8") if path.is_file() else ""
    for reason in sorted(set(_REASON.findall(text))):
        if f"`{reason}`" not in readme:
            told = f"explain `{reason}`"
            yield Finding(f"reason {reason} is not explained", bench.place(README), told)


def _macros(bench: Bench) -> Iterator[Finding]:
    where = bench.place(MACROS)
    try:
        macros = macro_facts(bench.supplier.macros)
    except NotASelect as fault:
        yield Finding(f"not macros: {fault}", where, "`create or replace macro`, nothing else")
        return
    for macro in macros:
        if not macro.name.startswith(f"{bench.supplier.code}_"):
            told = f"begin its name with {bench.supplier.code}_, or it takes another's place"
            yield Finding(f"macro {macro.name} is not the supplier's own", where, told)
        for name in sorted(macro.reads | macro.forbidden):
            told = "a macro works on its arguments alone: what it reads must stand in the select"
            yield Finding(f"macro {macro.name} reaches {name}", where, told)


RULES = (
    Rule("macros", "Macros are the supplier's own and work on their arguments alone", _macros),
    Rule("yields_contract", "Selects yield exactly the columns and types", _yields_contract),
    Rule(
        "grain_and_size",
        "Selects state their grain, keep to their size, read what they make",
        _grain_and_size,
    ),
    Rule("own_tables", "Selects read their own supplier's tables only", _own_tables),
    Rule("ids_of_keys", "Ids declared to follow from keys are made of nothing else", _ids_of_keys),
    Rule("reasons", "Reasons for not landing are counted and explained", _reasons),
)
