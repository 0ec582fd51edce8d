"""How a supplier's text becomes a typed value, as DuckDB expressions.

Empty text is no value. Text that is not of its type makes the row faulty; the fault names the
column, never the text. Types: guid (lower case, no braces), text, bigint, double, decimal, date,
time (text ``HH:MM:SS``), timestamp (wall-clock time as supplied), boolean.
"""

import re

from lds_assets.lake.sql import identifier, literal
from lds_assets.schema.dictionary import SourceColumn
from lds_assets.suppliers.contract import FormatRules, SupplierDefinition, TableRules

#: lake type of each declared value type
LAKE_TYPE = {
    "guid": "VARCHAR",
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "decimal": "DECIMAL(19,4)",
    "date": "DATE",
    "time": "VARCHAR",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
}

#: How many digits a part of a form has.
_DIGITS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2}
_ISO_DATE = ("%Y-%m-%d",)
_ISO_TIMESTAMP = ("%Y-%m-%d %H:%M:%S",)


def value_type(definition: SupplierDefinition, table: str, column: SourceColumn) -> str:
    """Return the declared value type of a column, corrections before the document."""
    corrected = definition.type_corrections.get(f"{table}.{column.name}")
    return corrected or definition.types[column.documented_type]


def expression(kind: str, name: str, rules: FormatRules) -> str:
    """Return the expression that reads one text column as a value, NULL when it cannot.

    Args:
        kind: one of ``LAKE_TYPE``.
        name: the column of the file, as read (text).
    """
    text = identifier(name)
    match kind:
        case "text":
            return f"nullif({text}, '')"
        case "guid":
            return f"cast(try_cast({text} as uuid) as varchar)"
        case "bigint":
            # the engine rounds 1.5 and multiplies out 1e3
            plain = " and ".join(f"not contains({text}, '{mark}')" for mark in ".eE")
            return f"case when {plain} then try_cast({text} as bigint) end"
        case "double":
            value = f"try_cast({text} as double)"
            return f"case when isfinite({value}) then {value} end"
        case "decimal":
            return f"try_cast({text} as decimal(19, 4))"
        case "date":
            return _date(text, rules.dates, _ISO_DATE, "date")
        case "timestamp":
            return _date(text, rules.timestamps, _ISO_TIMESTAMP, "timestamp")
        case "time":
            return (
                f"case when try_cast({text} as time) is not null "
                f"then strftime(date '2000-01-01' + try_cast({text} as time), '%H:%M:%S') end"
            )
        case "boolean":
            yes, no = _words(rules.true_words), _words(rules.false_words)
            return (
                f"case when {text} in ({no}) then false when {text} in ({yes}) then true "
                f"when lower(trim({text})) in ({yes}) then true "
                f"when lower(trim({text})) in ({no}) then false end"
            )
    raise ValueError(f"no value type {kind}")


def fault(kind: str, name: str, label: str, rules: FormatRules) -> str | None:
    """Return an expression that is the label when the column's text is not of its type."""
    if kind == "text":
        return None
    text = identifier(name)
    return (
        f"case when {_unread(kind, name, rules)} and trim({text}) <> '' then {literal(label)} end"
    )


def _unread(kind: str, name: str, rules: FormatRules) -> str:
    """Return the condition that ``expression`` yields no value, without making the value.

    Every row is asked this: the shortest way to the answer is taken.
    """
    text = identifier(name)
    match kind:
        case "guid":
            return f"try_cast({text} as uuid) is null"
        case "time":
            return f"try_cast({text} as time) is null"
        case "boolean":
            words = _words((*rules.true_words, *rules.false_words))
            return f"{text} not in ({words}) and lower(trim({text})) not in ({words})"
    return f"{expression(kind, name, rules)} is null"


def _date(text: str, forms: tuple[str, ...], iso: tuple[str, ...], kind: str) -> str:
    if forms == iso:
        return f"try_cast({text} as {kind})"
    read = ", ".join(_strptime(text, form) for form in forms)
    return f"cast(coalesce({read}) as {kind})"


def _strptime(text: str, form: str) -> str:
    """Return the expression of one form; digits without separators are as wide as the form.

    The engine takes ``2026111`` for ``%Y%m%d``, and nobody can say which day was meant.
    """
    read = f"try_strptime({text}, {literal(form)})"
    parts = re.findall(r"%.", form)
    if form != "".join(parts) or not _DIGITS.keys() >= set(parts):
        return read
    width = sum(_DIGITS[part] for part in parts)
    return f"case when regexp_full_match({text}, '[0-9]{{{width}}}') then {read} end"


def _words(words: tuple[str, ...]) -> str:
    return ", ".join(literal(word) for word in words)


def marks_deletion(rules: TableRules, mark: str) -> str:
    """Return the condition that a row marks a deletion, never null.

    Args:
        mark: expression of the column ``rules.deleted`` names: its text where words mark a
            deletion, else its truth value.
    """
    if rules.deleted is None:
        return "false"
    if not rules.deleted_words:
        return f"coalesce({mark}, false)"
    words = ", ".join(literal(word) for word in rules.deleted_words)
    return f"coalesce(lower(trim({mark})) in ({words}), false)"
