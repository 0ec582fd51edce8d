"""Code lists as TRUD and OpenCodelists give them: text with a code and a term column."""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from lds_assets.lake.sql import identifier, literal
from lds_assets.terminology.package import FileKind, Package, header_of, refusal

FILES = {"list": FileKind(r".+\.(csv|tsv|txt)")}

#: Names of the columns in the lists that are published, by preference.
_CODE = ("code", "conceptid", "concept_id", "snomedct_conceptid", "snomed_code", "dmd_id", "id")
_TERM = (
    "term",
    "conceptid_description",
    "concept_description",
    "snomed_code_description",
    "description",
    "display",
    "name",
)


def read(
    connection: duckdb.DuckDBPyConnection,
    package: Package,
    system: str,
    code_column: str = "",
    term_column: str = "",
) -> None:
    """Make ``loaded_concept`` of the codes of the lists; ``loaded_map`` stays empty.

    Args:
        system: code system of the codes.
        code_column: blank means the first column with a name that lists usually give it.
        term_column: the same.

    Raises:
        Refused: a list has no such column.
    """
    selects = [_select(file, system, code_column, term_column) for file in package.of("list")]
    connection.execute(
        "create or replace temp table loaded_concept as select code_system, code, "
        "min(display) as display, true as is_active "
        f"from ({' union all '.join(selects)}) where code <> '' group by code_system, code"
    )
    connection.execute(
        "create or replace temp table loaded_map (map_name varchar, source_system varchar, "
        "source_code varchar, target_system varchar, target_code varchar, equivalence varchar, "
        "equivalence_rank bigint)"
    )


def _select(file: Path, system: str, code_column: str, term_column: str) -> str:
    separator, header = header_of(file)
    code = _column(file, header, code_column, _CODE, "code")
    term = _column(file, header, term_column, _TERM, "term")
    return (
        f"select {literal(system)} as code_system, trim({identifier(code)}) as code, "
        f"trim({identifier(term)}) as display from read_csv({literal(str(file))}, "
        f"delim = '{separator}', header = true, quote = '\"', escape = '\"', all_varchar = true)"
    )


def _column(file: Path, header: Sequence[str], asked: str, usual: Sequence[str], what: str) -> str:
    by_name = {name.lower().replace(" ", "_"): name for name in reversed(header)}
    wanted = (asked.lower().replace(" ", "_"),) if asked else usual
    for name in wanted:
        if name in by_name:
            return by_name[name]
    raise refusal(
        f"no {what} column: none of {', '.join(wanted)}",
        f"{file.name}, header",
        f"name it: --{what}-column",
    )
