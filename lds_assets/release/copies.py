"""Copies in a release: records that stand in another record's stead are left out (ADR 13).

A copy is kept in the lake and named in ``record_copy``. Readers see the record that stands, and
what pointed at the copy points at it.
"""

from lds_assets.canonical.tables import PERSON_TABLES, SHARED_TABLES, stored_columns
from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.sql import identifier, literal
from lds_assets.release.record import Release
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids

#: ``is_link``: both patients stay, as one person. ``kept_start_date``: of the registration that
#: stands. ``standing_id`` is empty where a row goes with its parent.
COLUMNS = {
    PARTITION: "VARCHAR",
    "table_name": "VARCHAR",
    "id": "VARCHAR",
    "lds_source_dataset": "VARCHAR",
    "standing_id": "VARCHAR",
    "standing_practice_code": "VARCHAR",
    "standing_dataset": "VARCHAR",
    "rule": "VARCHAR",
    "is_link": "BOOLEAN",
    "kept_start_date": "DATE",
}

#: Parents that are nobody's copy.
_APART = (*SHARED_TABLES, "person", "practitioner", "practitioner_in_role", "location")


def copies_table(settings: Settings) -> LakeTable:
    """Return the Delta table of record copies; each version holds all copies of a release."""
    return LakeTable(settings.lake / "record_copy", COLUMNS)


def copies_of(settings: Settings, version: int) -> str:
    """Return a select of the copies of a version; of none when the version is -1."""
    lake = copies_table(settings)
    return lake.select(lake.files(version) if version >= 0 else [])


def told_once(settings: Settings, release: Release, table: str, rows: str) -> str:
    """Return a select of a table's rows without copies, pointing at the records that stand."""
    if release.copies < 0 or table in (*SHARED_TABLES, *PERSON_TABLES):
        return rows
    copies = copies_of(settings, release.copies)
    kept = (
        f"select * from ({rows}) where id not in (select id from ({copies}) where table_name = "
        f"{literal(table)} and not is_link)"
    )
    if table == "episode_of_care":
        kept = (
            "select episode.* replace (coalesce(before.kept_start_date, "
            "episode.episode_of_care_start_date) as episode_of_care_start_date) from "
            f"({kept}) as episode left join (select standing_id, min(kept_start_date) as "
            f"kept_start_date from ({copies}) where kept_start_date is not null group by all) "
            "as before on before.standing_id = episode.id"
        )
    return _repointed(table, kept, copies)


def _repointed(table: str, rows: str, copies: str) -> str:
    """Return rows of which those of former sources point at the records that stand."""
    columns = {
        column.name: column.references.split(".")[0]
        for column in olids()[table].columns
        if column.references and column.name in stored_columns(table)
    }
    columns = {name: parent for name, parent in columns.items() if parent not in _APART}
    if not columns:
        return rows
    sources = f"(select distinct {PARTITION}, lds_source_dataset from ({copies}) where not is_link"
    former = f"({PARTITION}, coalesce(lds_source_dataset, '')) in {sources})"
    joins, replaced = "", []
    for place, (name, parent) in enumerate(columns.items()):
        quoted = identifier(name)
        joins += (
            f" left join (select id, standing_id from ({copies}) where table_name = "
            f"{literal(parent)} and not is_link and standing_id is not null) as copy_{place} "
            f"on copy_{place}.id = record.{quoted}"
        )
        replaced.append(f"coalesce(copy_{place}.standing_id, record.{quoted}) as {quoted}")
    return (
        f"select * from ({rows}) where not {former} union all select record.* replace "
        f"({', '.join(replaced)}) from (select * from ({rows}) where {former}) as record{joins}"
    )
