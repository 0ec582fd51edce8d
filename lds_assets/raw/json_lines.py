"""Reading a JSON-lines file: one object a line, its keys being the columns.

Lines are numbered as they stand in the file, 1 being the first; blank lines are no records. A line
that is no object, or has a key twice, is ill-formed: nobody can say which value was meant.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from lds_assets.lake.sql import literal

NOT_AN_OBJECT, KEY_TWICE = "NOT_AN_OBJECT", "KEY_TWICE"
#: Ill-formed lines that the engine reads as lines all the same, so they are numbered already.
NUMBERED = frozenset({NOT_AN_OBJECT, KEY_TWICE})

#: A control character, which JSON text may not hold: each line is one field.
_DELIMITER = "\x01"
_LINE_BYTES = 1 << 24

_FORM = (
    "case when not json_valid(line) or json_type(line) <> 'OBJECT' "
    f"then {literal(NOT_AN_OBJECT)} "
    "when len(json_keys(line)) <> len(list_distinct(json_keys(line))) "
    f"then {literal(KEY_TWICE)} end"
)


def objects(
    path: Path, keys: Mapping[str, str], rejects: str, number: str, *, is_proven: bool = False
) -> str:
    """Return a select of a file's objects: ``lds_row_number`` and the named keys as text.

    Args:
        keys: name of a column of the result -> key of the objects; a missing key is NULL.
        rejects: prefix of the session tables that receive lines which cannot be read at all.
        number: expression that numbers the lines read.
        is_proven: every line is known to be an object without a repeated key.
    """
    structure = literal(json.dumps(dict.fromkeys(keys.values(), "VARCHAR")))
    columns = "".join(
        f", struct_extract(object, {literal(key)}) as {name}" for name, key in keys.items()
    )
    return (
        f"select lds_row_number{columns} from (select lds_row_number, "
        # the engine may take the columns before it leaves lines out: ill-formed ones are no error
        f"try(json_transform(line, {structure})) as object "
        f"from ({_lines(path, rejects, number)}){'' if is_proven else f' where {_FORM} is null'})"
    )


def ill_formed_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, rejects: str, number: str
) -> Sequence[tuple[int, str]]:
    """Return number and reason of the lines that are no objects, in file order."""
    rows = connection.execute(
        f"select lds_row_number, {_FORM} as form from ({_lines(path, rejects, number)}) "
        "where form is not null order by lds_row_number"
    ).fetchall()
    return [(int(line), str(form)) for line, form in rows]


def _lines(path: Path, rejects: str, number: str) -> str:
    return (
        f"select * from (select {number} as lds_row_number, line from "
        f"read_csv({literal(str(path))}, auto_detect = false, header = false, all_varchar = true, "
        f"delim = {literal(_DELIMITER)}, quote = '', escape = '', new_line = '\\n', "
        "strict_mode = false, columns = {line: 'varchar'}, store_rejects = true, "
        f"rejects_table = '{rejects}_error', rejects_scan = '{rejects}_scan', rejects_limit = 0, "
        f"max_line_size = {_LINE_BYTES})) where trim(line, ' \t\r') <> ''"
    )
