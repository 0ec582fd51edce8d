"""The Read v2 and CTV3 map tables of the NHS Data Migration pack.

Tab separated; a code comes with a term code, and the row of its preferred term (``00``, type
``P``) speaks for the code.
"""

import duckdb

from lds_assets.lake.sql import literal
from lds_assets.terminology.library import SNOMED
from lds_assets.terminology.package import FileKind, Package
from lds_assets.terminology.rf2 import text_files

FILES = {
    "read": FileKind(
        r"rcsctmap2_uk_.*\.txt",
        ("ReadCode", "TermCode", "ConceptId", "EffectiveDate", "MapStatus"),
        is_required=False,
    ),
    "ctv3": FileKind(
        r"ctv3sctmap2_uk_.*\.txt",
        ("CTV3_ConceptId", "CTV3_TermType", "SCT_ConceptId", "EffectiveDate", "MapStatus"),
        is_required=False,
    ),
}

READ_SYSTEM = "http://read.info/readv2"
CTV3_SYSTEM = "http://read.info/ctv3"


def read(connection: duckdb.DuckDBPyConnection, package: Package) -> None:
    """Make ``loaded_map`` of the map tables; ``loaded_concept`` stays empty, they have no terms."""
    connection.execute(
        "create or replace temp table loaded_concept (code_system varchar, code varchar, "
        "display varchar, is_active boolean)"
    )
    forms = (
        ("read", "Read v2 to SNOMED CT", READ_SYSTEM, "ReadCode", "ConceptId", "TermCode = '00'"),
        (
            "ctv3",
            "CTV3 to SNOMED CT, Data Migration",
            CTV3_SYSTEM,
            "CTV3_ConceptId",
            "SCT_ConceptId",
            "CTV3_TermType = 'P'",
        ),
    )
    selects = [
        # a map that is given up has status 0; its row stays in the file
        f"select {literal(name)} as map_name, {literal(system)} as source_system, {source} as "
        f"source_code, {literal(SNOMED)} as target_system, {target} as target_code, 'EQUIVALENT' "
        f"as equivalence, cast(min(case when {own_term} then 1 else 2 end) as bigint) as "
        f"equivalence_rank from {text_files(package.of(kind))} where MapStatus = '1' and {source} "
        f"<> '' and regexp_full_match({target}, '[0-9]{{6,18}}') group by {source}, {target}"
        for kind, name, system, source, target, own_term in forms
        if package.of(kind)
    ]
    connection.execute(f"create or replace temp table loaded_map as {' union all '.join(selects)}")
