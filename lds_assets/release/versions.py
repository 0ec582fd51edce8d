"""Which versions of the canonical tables there are now."""

from lds_assets.canonical.tables import (
    PERSON_TABLES,
    STORED_TABLES,
    canonical_table,
    released_tables,
)
from lds_assets.resources import Settings


def fed_versions(settings: Settings) -> dict[str, int]:
    """Return the newest version of every table that suppliers' selects write."""
    tables = {}
    for name in released_tables(settings):
        if name in STORED_TABLES and name not in PERSON_TABLES:
            lake = canonical_table(settings, name)
            lake.create()
            tables[name] = lake.version()
    return tables
