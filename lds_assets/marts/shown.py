"""Which release the published marts show, and from which state of the project they were built."""

import duckdb

from lds_assets.marts.manifest import PROJECT, fingerprint
from lds_assets.marts.publish import DATABASE
from lds_assets.resources import Settings

_BUILT_FROM = "built_from"


def marts_release(settings: Settings) -> str:
    """Return the release that the published marts show, empty before the first."""
    database = settings.marts / DATABASE
    if not database.exists():
        return ""
    with duckdb.connect(str(database), read_only=True) as connection:
        row = connection.execute("select release_id from mart_release").fetchone()
    return str(row[0]) if row else ""


def mark_built(settings: Settings) -> None:
    """Note the state of the project beside the marts that were just published."""
    (settings.marts / _BUILT_FROM).write_text(fingerprint(PROJECT), encoding="utf-8")


def are_marts_current(settings: Settings, release_id: str) -> bool:
    """Say whether the published marts show a release as the project is now."""
    note = settings.marts / _BUILT_FROM
    built_from = note.read_text(encoding="utf-8") if note.exists() else ""
    return built_from == fingerprint(PROJECT) and marts_release(settings) == release_id
