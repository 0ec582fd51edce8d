"""`int_concept__used`: every column of a record that names a concept, from the OLIDS dictionary.

Emitted, so that a column that joins the model is counted without a line of anyone's.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lds_assets.schema.dictionary import CanonicalTable
from lds_assets.schema.emit_dbt import HEADER, STAGED

MODEL = Path("models/intermediate/int_concept__used.sql")
_PUBLISHER = "publisher_organisation_code"


def concept_columns(dictionary: Mapping[str, CanonicalTable]) -> Iterator[tuple[str, str]]:
    """Yield table and column of each concept that a practice's records name."""
    for name in STAGED:
        table = dictionary[name]
        if _PUBLISHER in table.column_names:
            for column in table.columns:
                if column.references == "concept.concept_id":
                    yield name, column.name


def concept_use_sql(dictionary: Mapping[str, CanonicalTable]) -> dict[Path, str]:
    """Return the model, by path inside the dbt project."""
    parts = "\n    union all\n".join(
        f"    {{{{ concept_use('{table}', '{column}') }}}}"
        for table, column in concept_columns(dictionary)
    )
    text = (
        f"-- {HEADER}\n"
        "-- Grain: one row per practice, column of a table and concept its records name there.\n"
        f"with named as (\n{parts}\n)\n\n"
        "select\n"
        "    cast(practice_code as varchar) as practice_code,\n"
        "    cast(table_name as varchar) as table_name,\n"
        "    cast(column_name as varchar) as column_name,\n"
        "    cast(concept_id as varchar) as concept_id,\n"
        "    cast(record_count as bigint) as record_count\n"
        "from named\n"
    )
    return {MODEL: text}
