"""Which concepts of a release the terminology of its time knows, and whether they are in use."""

from datetime import datetime

import duckdb

from lds_assets.lake.sql import literal
from lds_assets.resources import Settings
from lds_assets.terminology.library import SNOMED, open_library


def note_concept_status(
    settings: Settings, connection: duckdb.DuckDBPyConnection, schema: str, until: datetime
) -> None:
    """Make table ``<schema>.concept_status``: concept_id, is_active.

    Empty while no SNOMED CT release is loaded: a code list alone cannot say that a code is unknown.

    Args:
        schema: where the relations of the release are.
        until: when the release was made, UTC; later loads are not its terminology.
    """
    loads = open_library(settings, connection, until)
    judges = any(each.kind == "snomed" for each in loads)
    connection.execute(
        f"create or replace table {schema}.concept_status as select concept.concept_id, "
        "first(known.is_active order by known.preference) as is_active "
        f"from {schema}.concept as concept inner join known_concept as known "
        "on known.code_system = concept.system and known.code = concept.code "
        f"where {'true' if judges else 'false'} and concept.system = {literal(SNOMED)} "
        "group by concept.concept_id"
    )
