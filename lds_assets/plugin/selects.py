"""What a supplier's select says of itself: what it reads, and which columns it leaves empty.

Read from the parsed statement, never from a run: rows of a sample could be empty by chance.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.optimizer.pushdown_projections import pushdown_projections
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope
from sqlglot.schema import MappingSchema

from lds_assets.canonical.macros import WORDS, words_of
from lds_assets.raw.tables import SYSTEM_COLUMNS, value_columns
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.registry import Supplier

#: Schemas of the relations that a select may read.
RAW_SCHEMAS = ("raw", "raw_all")

#: Stands for what a value is made of when the statement does not tell.
UNKNOWN = ("", "")

#: Columns whose recipes are told.
RECIPES = ("id", "lds_source_key")

_DIALECT = "duckdb"
#: Functions that reach outside the rows of the batch, or differ between two runs.
_FORBIDDEN = re.compile(
    r"read_\w+|\w*_scan|glob|getenv|query|query_table|current_\w+|localtime(stamp)?|now|today|"
    r"get_current_\w+|transaction_timestamp|random|rand|setseed|uuid|gen_random_uuid|uuidv[47]|"
    r"nextval|currval|duckdb_\w+|pragma_\w+|sniff_csv|parquet_\w+|which_secret"
)


class NotASelect(Exception):
    """The text is not one select; the message names no value."""


@dataclass(frozen=True)
class Recipe:
    """One way in which a select makes a column.

    Attributes:
        text: its expression over raw columns.
        columns: raw table and column of each; ``UNKNOWN`` among them when it cannot be told.
    """

    text: str
    columns: frozenset[tuple[str, str]]


UNTOLD = Recipe("?", frozenset({UNKNOWN}))


@dataclass(frozen=True)
class SelectFacts:
    """One select, parsed.

    Attributes:
        columns: name -> whether it is null whatever the rows hold, in order.
        reads: raw table and column (lake names) that the result depends on.
        recipes: how each of ``RECIPES`` is made, once for each way the statement makes it.
        foreign: relations that are neither raw ones nor made by the select itself.
        forbidden: functions that reach outside or differ between two runs.
        unread: relations that the select makes and never reads.
    """

    columns: Mapping[str, bool]
    recipes: Mapping[str, frozenset["Recipe"]]
    reads: frozenset[tuple[str, str]]
    foreign: frozenset[str]
    forbidden: frozenset[str]
    unread: frozenset[str]

    @property
    def empty_columns(self) -> frozenset[str]:
        """Columns that are null whatever the rows hold."""
        return frozenset(name for name, is_empty in self.columns.items() if is_empty)


def raw_schema(supplier: Supplier) -> dict[str, dict[str, str]]:
    """Return raw relation -> column -> lake type, for every declared table."""
    return {
        snake_case(rules.name): {**SYSTEM_COLUMNS, **value_columns(supplier, rules.name)}
        for rules in supplier.definition.tables
    }


def select_facts(text: str, relations: Mapping[str, Mapping[str, str]]) -> SelectFacts:
    """Parse a select over raw relations.

    Args:
        relations: raw relation -> column -> type, as ``raw_schema`` gives them.

    Raises:
        NotASelect: the text is no statement, several, or another kind than a select.
    """
    parsed = _parsed(text)
    foreign = frozenset(_foreign(parsed, relations))
    forbidden = frozenset(_forbidden(parsed))
    unread = frozenset(_unread(parsed))
    tree = MappingSchema({name: dict(relations) for name in RAW_SCHEMAS}, dialect=_DIALECT)
    try:
        qualified = qualify(
            parsed,
            schema=tree,
            dialect=_DIALECT,
            validate_qualify_columns=False,
            quote_identifiers=False,
        )
        # a column that only `select *` passes on is not read
        scopes = traverse_scope(pushdown_projections(qualified))
    except SqlglotError:
        raise NotASelect("its names cannot be resolved") from None
    root = scopes[-1]
    names = [each.alias_or_name for each in _projections(root)]
    columns = {name: _is_empty_at(root, place) for place, name in enumerate(names)}
    recipes = {name: frozenset(_recipes(root, name)) for name in RECIPES if name in names}
    reads = frozenset(_reads(scopes))
    return SelectFacts(columns, recipes, reads, foreign, forbidden, unread)


@dataclass(frozen=True)
class MacroFacts:
    """One macro, parsed: the relations and forbidden functions it reaches."""

    name: str
    reads: frozenset[str]
    forbidden: frozenset[str]


def macro_facts(text: str) -> list[MacroFacts]:
    """Parse the statements of a ``macros.sql``.

    Raises:
        NotASelect: a statement makes something else than a macro.
    """
    try:
        statements = [each for each in sqlglot.parse(text, dialect=_DIALECT) if each is not None]
    except SqlglotError:
        raise NotASelect("it cannot be parsed") from None
    found = []
    for each in statements:
        if not isinstance(each, exp.Create) or str(each.args.get("kind")).upper() != "MACRO":
            raise NotASelect("a statement makes no macro")
        body = each.expression
        reads = frozenset(table.name for table in body.find_all(exp.Table))
        found.append(MacroFacts(each.this.this.name, reads, frozenset(_forbidden(body))))
    return found


def _parsed(text: str) -> exp.Query:
    try:
        statements = [each for each in sqlglot.parse(text, dialect=_DIALECT) if each is not None]
    except SqlglotError:
        raise NotASelect("it cannot be parsed") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise NotASelect("it is not exactly one select")
    parsed = statements[0]
    for table in list(parsed.find_all(exp.Table)):
        if isinstance(table.this, exp.Anonymous) and str(table.this.this).lower() == WORDS:
            table.replace(_words(parsed, table.this))
    return parsed


def _words(parsed: exp.Query, call: exp.Anonymous) -> exp.Subquery:
    """Return what a call of ``lds_words`` stands for: it names a relation of the select itself."""
    own = {cte.alias for cte in parsed.find_all(exp.CTE)}
    named = [each.name for each in call.expressions if isinstance(each, exp.Literal)]
    if len(named) != 1 or named[0] not in own:
        raise NotASelect(f"{WORDS} takes the name of a relation of the select, as text")
    stands_for = sqlglot.parse_one(words_of(named[0]), dialect=_DIALECT)
    if not isinstance(stands_for, exp.Query):
        raise TypeError(f"{WORDS} is no select")
    return stands_for.subquery("words")


def _foreign(parsed: exp.Query, relations: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Yield relations that are not the supplier's; those of ``with`` are the select's own."""
    own = {cte.alias.lower() for cte in parsed.find_all(exp.CTE)}
    for table in parsed.find_all(exp.Table):
        name = table.name.lower()
        if not isinstance(table.this, exp.Identifier):
            continue  # a function; the forbidden ones are told apart
        is_raw = table.db.lower() in RAW_SCHEMAS and not table.catalog and name in relations
        if not is_raw and (table.db or name not in own):
            yield ".".join(part for part in (table.catalog, table.db, table.name) if part)


def _unread(parsed: exp.Query) -> Iterator[str]:
    """Yield the relations of ``with`` that nothing is selected from."""
    read = {table.name.lower() for table in parsed.find_all(exp.Table) if not table.db}
    yield from ({cte.alias.lower() for cte in parsed.find_all(exp.CTE)} - read)


def _forbidden(parsed: exp.Expr) -> Iterator[str]:
    for function in parsed.find_all(exp.Func):
        anonymous = isinstance(function, exp.Anonymous)
        names = [str(function.this)] if anonymous else list(function.sql_names())
        written = function.sql(dialect=_DIALECT).partition("(")[0]
        for name in {*(each.lower() for each in names), written.strip().lower()}:
            if _FORBIDDEN.fullmatch(name):
                yield name


def _reads(scopes: list[Scope]) -> Iterator[tuple[str, str]]:
    for scope in scopes:
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table) and source.db in RAW_SCHEMAS:
                yield source.name, column.name


def _recipes(scope: Scope, name: str) -> Iterator[Recipe]:
    """Yield how a column of a scope is made of raw columns, in every part of a union."""
    names = [each.alias_or_name for each in _projections(scope)]
    if name not in names:
        yield UNTOLD
        return
    place = names.index(name)
    if not scope.set_operation_scopes:
        yield from _made(_projections(scope)[place].unalias(), scope)
        return
    by_name = bool(scope.expression.args.get("by_name"))
    for part in scope.set_operation_scopes:
        own = [each.alias_or_name for each in _projections(part)]
        yield from _recipes(part, name if by_name or place >= len(own) else own[place])


def _made(value: exp.Expr, scope: Scope) -> Iterator[Recipe]:
    if value.find(exp.Query) is not None or value.find(exp.Window) is not None:
        yield UNTOLD
        return
    columns = list({column.sql(): column for column in value.find_all(exp.Column)}.values())
    for chosen in product(*(set(_of_column(column, scope)) for column in columns)):
        texts = {column.sql(): each.text for column, each in zip(columns, chosen, strict=True)}
        made = value.copy().transform(
            lambda node, texts=texts: (
                exp.var(texts[node.sql()]) if isinstance(node, exp.Column) else node
            )
        )
        yield Recipe(made.sql(dialect=_DIALECT), frozenset().union(*(c.columns for c in chosen)))


def _of_column(column: exp.Column, scope: Scope) -> Iterator[Recipe]:
    source = scope.sources.get(column.table)
    if isinstance(source, Scope):
        yield from _recipes(source, column.name)
    elif isinstance(source, exp.Table) and source.db in RAW_SCHEMAS:
        found = (source.name, column.name)
        yield Recipe(".".join(found), frozenset({found}))
    else:
        yield UNTOLD


def _projections(scope: Scope) -> list[exp.Expr]:
    """Return what a scope yields; of a union, what its first part does."""
    while scope.set_operation_scopes:
        scope = scope.set_operation_scopes[0]
    query = scope.expression
    return list(query.selects) if isinstance(query, exp.Query) else []


def _is_empty_at(scope: Scope, place: int) -> bool:
    if scope.set_operation_scopes:
        return all(_is_empty_at(each, place) for each in scope.set_operation_scopes)
    selects = _projections(scope)
    return place < len(selects) and _is_empty(selects[place], scope)


def _is_empty(value: exp.Expr, scope: Scope) -> bool:
    """Say whether an expression is null whatever the rows hold.

    Only forms whose answer is certain are said to be empty.
    """
    match value:
        case exp.Null():
            return True
        case exp.Column():
            return _is_empty_column(value, scope)
        case exp.Case():
            results = [each.args["true"] for each in value.args["ifs"]]
            results += [value.args.get("default") or exp.Null()]
            return all(_is_empty(each, scope) for each in results)
        case exp.If():
            results = [value.args["true"], value.args.get("false") or exp.Null()]
            return all(_is_empty(each, scope) for each in results)
        case exp.Coalesce():
            return all(_is_empty(each, scope) for each in [value.this, *value.expressions])
        case exp.Alias() | exp.Cast() | exp.TryCast() | exp.Paren() | exp.Nullif():
            return _is_empty(value.this, scope)
        case exp.Trim() | exp.Upper() | exp.Lower() | exp.Max() | exp.Min():
            return _is_empty(value.this, scope)
    return False


def _is_empty_column(column: exp.Column, scope: Scope) -> bool:
    source = scope.sources.get(column.table)
    if not isinstance(source, Scope):
        return False
    names = [each.alias_or_name for each in _projections(source)]
    return column.name in names and _is_empty_at(source, names.index(column.name))
