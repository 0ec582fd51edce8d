"""Rules on what a folder declares: files, dictionary, names, fates of rows."""

import re
from collections import Counter
from collections.abc import Iterator
from zoneinfo import available_timezones

from lds_assets.canonical.account import NOT_LANDED
from lds_assets.canonical.tables import FED_TABLES
from lds_assets.plugin.mapping import EMPTY, MAPPING
from lds_assets.plugin.rule import Bench, Finding, Rule
from lds_assets.purge.cut import dated_columns
from lds_assets.raw.values import LAKE_TYPE
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import Lands, TableRules

DEFS, DICTIONARY, README, SAMPLES = "defs.yaml", "tables.csv", "README.md", "samples"
#: A README shorter than this explains nothing.
README_BYTES = 1000


def _folder_whole(bench: Bench) -> Iterator[Finding]:
    folder = bench.supplier.folder
    for name in (DEFS, DICTIONARY, MAPPING, EMPTY, README):
        if not (folder / name).is_file():
            yield Finding(f"{name} is missing", bench.place(name), "write it")
    if not any((folder / SAMPLES).glob("*")):
        yield Finding("there is no sample", bench.place(SAMPLES), "add invented deliveries")
    readme = folder / README
    if readme.is_file() and readme.stat().st_size < README_BYTES:
        told = "say how the feed behaves and why the selects do what they do"
        yield Finding("the README explains nothing", bench.place(README), told)
    for path in [folder, *sorted(folder.rglob("*"))]:
        if path.is_symlink():
            name = path.relative_to(folder).as_posix()
            yield Finding("a link, not a file", bench.place(name), "put the file itself there")


def _register_code(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier.definition
    if own.supplier_code != own.code.upper():
        yield Finding(
            f"supplier_code is {own.supplier_code}, not {own.code.upper()}",
            bench.place(DEFS),
            "the register knows a folder by its code in capitals",
        )


def _columns_known(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier
    side = own.definition.supplier_side
    if side and side.modified and not _has(bench, side.table, side.modified):
        told = f"{side.table} has no column {side.modified}"
        yield Finding(told, bench.place(DEFS), "mend supplier_side")
    for name in own.definition.dated_by:
        if not any(name in dated_columns(own, each.name) for each in own.definition.tables):
            told = f"no table has a date column {name}"
            yield Finding(told, bench.place(DEFS), "mend dated_by")
    for rules in own.definition.tables:
        if rules.name not in own.dictionary:
            yield Finding(f"{rules.name} is not in {DICTIONARY}", bench.place(DEFS), "add it")
            continue
        yield from _taken_along(bench, rules)
        for table, column in _named(bench, rules):
            if not _has(bench, table, column):
                yield Finding(
                    f"{table} has no column {column}",
                    bench.place(DEFS),
                    f"mend the rules of {rules.name}, or add the column to {DICTIONARY}",
                )


def _taken_along(bench: Bench, rules: TableRules) -> Iterator[Finding]:
    """Find a window that takes along rows no other table has."""
    column = rules.look_back.takes_along if rules.look_back else ""
    others = [each.name for each in bench.supplier.definition.tables if each.name != rules.name]
    if column and not any(_has(bench, table, column) for table in others):
        told = f"no other table has a column {column}"
        yield Finding(told, bench.place(DEFS), f"mend look_back of {rules.name}")


def _named(bench: Bench, rules: TableRules) -> Iterator[tuple[str, str]]:
    """Yield every table and column that the rules of a table name."""
    declared = bench.supplier.definition.extra_columns
    extra = {*declared.get("*", {}), *declared.get(rules.name, {})}
    publisher = rules.publisher
    ended = rules.look_back.ended if rules.look_back else ()
    names = [*rules.key, rules.deleted, publisher.column, *rules.unchanged_by, *ended]
    yield from ((rules.name, name) for name in names if name and name not in extra)
    if publisher.through is not None:
        yield rules.name, publisher.through.local
        yield publisher.through.table, publisher.through.foreign
    for feed in bench.supplier.definition.canonical:
        if feed.source != rules.name:
            continue
        yield from ((table, each) for table, own in feed.touched_by.items() for each in own)
        for table, look in feed.looks_up.items():
            yield from ((rules.name, name) for name in look.local)
            yield from ((table, name) for name in look.foreign)


def _has(bench: Bench, table: str, column: str) -> bool:
    described = bench.supplier.dictionary.get(table)
    declared = {each.name for each in bench.supplier.definition.tables}
    if described is None or table not in declared:
        return False
    return any(each.name.lower() == column.lower() for each in described.columns)


def _dictionary_complete(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier
    where = bench.place(DICTIONARY)
    for table in own.dictionary.values():
        repeated = Counter(column.lake_name for column in table.columns)
        for name in sorted(name for name, times in repeated.items() if times > 1):
            yield Finding(f"{table.name} has {name} twice in the lake", where, "rename one")
    for name, times in Counter(snake_case(name) for name in own.dictionary).items():
        if times > 1:
            yield Finding(f"{times} tables are {name} in the lake", where, "rename one")
    for rules in own.definition.tables:
        for column in getattr(own.dictionary.get(rules.name), "columns", ()):
            corrected = own.definition.type_corrections.get(f"{rules.name}.{column.name}")
            kind = corrected or own.definition.types.get(column.documented_type)
            if kind not in LAKE_TYPE:
                told = f"{rules.name}.{column.name} has no value type the platform knows"
                yield Finding(told, bench.place(DEFS), f"types: one of {', '.join(LAKE_TYPE)}")
    for name in own.definition.type_corrections:
        table_name, _, column_name = name.partition(".")
        if not _has(bench, table_name, column_name):
            yield Finding(f"type of unknown column {name}", bench.place(DEFS), "mend the name")


def _grammar(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier.definition
    where = bench.place(DEFS)
    groups: set[str] = set()
    for field in ("folder", "file", "full_numbers"):
        try:
            groups |= set(re.compile(getattr(own.delivery, field)).groupindex)
        except re.error:
            yield Finding(f"delivery.{field} is no regular expression", where, "mend it")
            return
    for name in sorted({"group", "extracted_at"} - groups):
        yield Finding(f"neither folder nor file has a group {name}", where, "name it: (?P<...>)")
    if own.delivery.full_numbers and "number" not in groups:
        yield Finding("full_numbers without a group number", where, "name it: (?P<number>...)")
    if own.delivery.time_zone not in available_timezones():
        yield Finding("the time zone is not known", where, "name it as the tz database does")
    spoken = [rule.table for rule in own.versions]
    spoken += [own.supplier_side.table] if own.supplier_side else []
    for table in sorted(set(spoken) - set(bench.supplier.dictionary)):
        yield Finding(f"{table} is not in {DICTIONARY}", where, "mend versions or supplier_side")


def _fates(bench: Bench) -> Iterator[Finding]:
    own = bench.supplier.definition
    where = bench.place(DEFS)
    for name, times in Counter(table.name for table in own.tables).items():
        if times > 1:
            yield Finding(f"{name} is declared {times} times", where, "keep one")
    for table in own.tables:
        if table.lands is not Lands.CANONICAL and not table.lands_reason:
            yield Finding(f"{table.name} does not say why", where, "write lands_reason")
    known = {table.name for table in own.tables}
    fed = {feed.source for feed in own.canonical if feed.counted}
    landing = {table.name for table in own.tables if table.lands is Lands.CANONICAL}
    for name in sorted(landing - fed):
        yield Finding(f"no counted feed takes the rows of {name}", where, "add one, or `lands`")
    for name in sorted((fed & known) - landing):
        yield Finding(f"{name} is fed, yet says it does not land", where, "lands: canonical")
    for feed in own.canonical:
        if feed.source not in known:
            yield Finding(f"{feed.file}: {feed.source} is not loaded", where, "mend source")
        if feed.table not in FED_TABLES:
            told = f"{feed.file}: suppliers do not feed {feed.table}"
            yield Finding(told, where, f"one of {', '.join(FED_TABLES)}")


def _files_declared(bench: Bench) -> Iterator[Finding]:
    declared = [feed.file for feed in bench.supplier.definition.canonical]
    folder = bench.supplier.folder / "canonical"
    files = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for name in sorted(set(declared) - files):
        yield Finding("a feed without its select", bench.place("canonical", name), "write it")
    for name in sorted(files - {*declared, NOT_LANDED}):
        told = "name it in a feed of defs.yaml, or remove it"
        yield Finding("a file that no feed names", bench.place("canonical", name), told)
    for name, times in Counter(declared).items():
        if times > 1:
            told = "its rows would count twice"
            yield Finding(f"{times} feeds share a file; {told}", bench.place(name), "name each")


RULES = (
    Rule("folder_whole", "Every file of a supplier folder is there, none is a link", _folder_whole),
    Rule("register_code", "The register knows the supplier by its folder's code", _register_code),
    Rule("columns_known", "Every table and column the rules name is declared", _columns_known),
    Rule(
        "dictionary_complete",
        "Every column has one lake name and a type the platform knows",
        _dictionary_complete,
    ),
    Rule("grammar", "Names of folders and files tell group and extract time", _grammar),
    Rule("fates", "Every table says where its rows land, and feeds agree", _fates),
    Rule("files_declared", "Every select belongs to a feed, every feed has one", _files_declared),
)
