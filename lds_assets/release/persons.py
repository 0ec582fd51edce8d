"""Which versions of ``person`` and ``patient_person`` a release pins."""

from dataclasses import replace

import duckdb

from lds_assets.canonical.tables import PERSON_TABLES, released_tables
from lds_assets.persons.stub import rebuild
from lds_assets.release.record import Release
from lds_assets.release.relations import linked_patients, released_versions
from lds_assets.resources import Settings


def with_persons(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    former: Release | None,
    candidate: Release,
) -> Release:
    """Return the release with its persons pinned; they are remade when patients changed."""
    if former is not None and _patients(former) == _patients(candidate):
        persons = {name: former.tables[name] for name in PERSON_TABLES}
    else:
        rows = released_versions(settings, candidate, "patient")
        connection.execute(f"create or replace temp view current_patient as {rows}")
        persons = rebuild(settings, connection, linked_patients(settings, candidate))
    tables = {**candidate.tables, **persons}
    shown = [name for name in released_tables(settings) if name in tables]
    return replace(candidate, tables={name: tables[name] for name in shown})


def _patients(release: Release) -> tuple[object, ...]:
    """Return what the patients of a release follow from."""
    return (
        release.tables.get("patient"),
        release.publishers,
        release.unfinished,
        release.left_out,
        release.copies,
    )
