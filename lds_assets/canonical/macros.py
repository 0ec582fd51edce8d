"""The id recipe and value rules as DuckDB macros, twins of ``identity.py``.

Supplier selects call these; nothing else makes an id in SQL.
"""

import re
from collections.abc import Mapping

import duckdb

from lds_assets.errors import Refused
from lds_assets.lake.sql import literal

_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_OWN_MACRO = re.compile(r"\s*create or replace macro (?!lds_)[a-z0-9_]+\(")

_PART = "length(cast({0} as varchar)) || ':' || cast({0} as varchar)"

_MACROS = (
    # parts before the key count as empty when missing
    "create or replace macro lds_part(part) as coalesce(" + _PART.format("part") + ", '0:')",
    "create or replace macro lds_hash(text) as cast(cast(md5(text) as uuid) as varchar)",
    "create or replace macro lds_organisation_id(ods_code) as lds_hash('12:organisation'"
    " || length(upper(trim(ods_code))) || ':' || upper(trim(nullif(ods_code, ''))))",
    "create or replace macro lds_concept_id(code_system, code) as"
    " lds_hash('7:concept' || lds_part(code_system) || " + _PART.format("code") + ")",
    # wall-clock time in London -> UTC instant
    "create or replace macro lds_utc"
    "(wall_clock) as timezone('UTC', timezone('Europe/London', cast(wall_clock as timestamp))),"
    "(on_date, at_time) as timezone('UTC', timezone('Europe/London',"
    " cast(on_date as date) + cast(coalesce(at_time, '00:00:00') as time)))",
    "create or replace macro lds_ten_digits(number) as case"
    " when regexp_full_match(trim(number), '[0-9]{10}') then trim(number)"
    " when regexp_full_match(trim(number), '[0-9]{3} [0-9]{3} [0-9]{4}')"
    " then replace(trim(number), ' ', '')"
    " when regexp_full_match(trim(number), '[0-9]{3}-[0-9]{3}-[0-9]{4}')"
    " then replace(trim(number), '-', '') end",
    "create or replace macro lds_check_sum(digits) as ("
    + " + ".join(f"{10 - place} * cast(digits[{place + 1}] as integer)" for place in range(9))
    + ")",
    "create or replace macro lds_nhs_number(number) as case"
    " when lds_ten_digits(number) is null then null"
    " when lds_ten_digits(number) = repeat(lds_ten_digits(number)[1], 10) then null"
    " when (11 - lds_check_sum(lds_ten_digits(number)) % 11) % 11"
    " = cast(lds_ten_digits(number)[10] as integer) then lds_ten_digits(number) end",
    "create or replace macro lds_person_id(number, patient_id) as case"
    " when lds_nhs_number(number) is not null"
    " then lds_hash('6:person10:nhs_number' || lds_part(lds_nhs_number(number)))"
    " else lds_hash('6:person7:patient' || lds_part(patient_id)) end",
    "create or replace macro lds_clean_postcode(postcode) as"
    " nullif(regexp_replace(upper(postcode), '[^A-Z0-9]', '', 'g'), '')",
)


#: Rows of ``concept`` from a relation of words: ``system``, ``code``, ``display`` and when they
#: came. The key is the word itself: nobody's row may carry the key of somebody's record.
WORDS = "lds_words"
_WORD_ROWS = """
select
    lds_concept_id(system, code) as concept_id,
    code,
    min(display) as display,
    system,
    cast(null as boolean) as present_in_terminology_server,
    cast(null as bigint) as use_count,
    false as lds_is_deleted,
    'shared' as publisher_organisation_code,
    lds_id('word', 'shared', system, code) as lds_source_record_id,
    system || '|' || code as lds_source_key,
    max(lds_load_sequence) as lds_load_sequence,
    max(lds_extracted_at) as lds_extracted_at,
    cast(null as bigint) as lds_row_number
from {0}
where code is not null
group by system, code
"""


def words_of(relation: str) -> str:
    """Return the select that ``lds_words`` stands for, over a relation of words."""
    return _WORD_ROWS.format(relation)


def register(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    own: str = "",
    rules: Mapping[str, bool] | None = None,
) -> None:
    """Create the macros on a connection; ``dataset`` is mixed into every record id.

    Args:
        own: the supplier's own macros, statements of its ``macros.sql``.
        rules: rule of the gate a deployment may switch -> on or off, asked by
            ``lds_gate_rule(name)``; a rule that is not among them is on.

    Macros: ``lds_id(entity, publisher, key[, key2[, key3]])``, ``lds_organisation_id(ods_code)``,
    ``lds_concept_id(system, code)``, ``lds_person_id(number, patient_id)``,
    ``lds_utc(wall_clock)`` and ``lds_utc(date, time)`` (UTC), ``lds_nhs_number(text)``,
    ``lds_clean_postcode(text)``. All return NULL when the key is NULL. ``lds_words(relation)`` is a
    table: the rows of ``concept`` for the words of a relation of the select, named as text.
    """
    for macro in _MACROS:
        connection.execute(macro)
    head = f"lds_part({literal(dataset)}) || lds_part(entity) || lds_part(publisher)"
    forms = []
    for keys in (("k1",), ("k1", "k2"), ("k1", "k2", "k3")):
        *before, last = keys
        parts = [head, *(f"lds_part({key})" for key in before), _PART.format(last)]
        forms.append(f"(entity, publisher, {', '.join(keys)}) as lds_hash({' || '.join(parts)})")
    connection.execute("create or replace macro lds_id" + ", ".join(forms))
    connection.execute(
        f"create or replace macro {WORDS}(relation) as table {words_of('query_table(relation)')}"
    )
    off = ", ".join(literal(name) for name, is_on in (rules or {}).items() if not is_on)
    connection.execute(
        f"create or replace macro lds_gate_rule(name) as (name not in ({off or literal('')}))"
    )
    for statement in _own(connection, own):
        connection.execute(statement)


def _own(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """Return the statements of a supplier's ``macros.sql``.

    Raises:
        Refused: a statement makes anything but a macro, or one of the platform's.
    """
    statements = []
    for statement in connection.extract_statements(_COMMENT.sub("", text)):
        if not _OWN_MACRO.match(statement.query):
            raise Refused(
                "macros.sql holds more than macros of the supplier's own",
                where="macros.sql",
                done="nothing of the supplier was read",
                to_do="begin each statement with create or replace macro, no name with lds_",
            )
        statements.append(statement.query)
    return statements
