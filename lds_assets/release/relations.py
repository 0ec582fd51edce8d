"""How a release is read: one current row per id, with the columns of OLIDS.

Versions become current rows here; values that depend on other entities (person, ages, deletion of
the patient) are joined here and never stored.
"""

from collections.abc import Collection, Sequence

import duckdb

from lds_assets.canonical.bases import parted
from lds_assets.canonical.tables import (
    CANONICAL_TABLES,
    DERIVED_TABLES,
    PERSON_TABLES,
    SHARED_TABLES,
    TERMINOLOGY,
    canonical_table,
    key_columns,
)
from lds_assets.lake.delta import PARTITION, ActiveFile
from lds_assets.lake.sql import identifier, literal
from lds_assets.persons.stub import person_table
from lds_assets.raw.tables import SHARED
from lds_assets.release.ages import AGES, EVENT_DATE, age_flags
from lds_assets.release.copies import copies_of, told_once
from lds_assets.release.record import Release
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import CanonicalTable, olids

#: At most one target is recommended per source and system: a supplier's own before terminology's.
_ONE_PRIMARY = f"""
coalesce(version.is_primary, false) and row_number() over (
    partition by version.source_concept_id, version.target_system
    order by coalesce(version.is_primary, false) desc,
        version.lds_source_dataset = {literal(TERMINOLOGY)},
        version.equivalence_rank nulls last, version.lds_source_dataset,
        version.concept_map_name, version.target_concept_id
) = 1
"""

_EPISODE_OF = """
select record.id as record_id, arg_max(
    episode.id, (episode.episode_of_care_start_date, episode.id)
) as episode_id
from ({rows}) as record inner join {schema}.episode_of_care as episode
    on episode.patient_id = record.patient_id
    and episode.episode_of_care_start_date <= record.clinical_effective_date
    and (
        episode.episode_of_care_end_date is null
        or episode.episode_of_care_end_date > record.clinical_effective_date
    )
where not episode.lds_is_deleted
group by record.id
"""


def current_versions(
    settings: Settings,
    table: str,
    version: int,
    publishers: Sequence[str],
    unfinished: Collection[int] = (),
    left_out: Collection[tuple[str, str]] = (),
) -> str:
    """Return a select of the newest version of each id of a table, lake columns.

    Args:
        version: pinned version of the Delta table.
        publishers: partitions that may be read; ``shared`` is added.
        unfinished: load sequences that do not count.
        left_out: (practice, dataset) whose rows in these partitions do not count.
    """
    if table in PERSON_TABLES:
        lake = person_table(settings, table)
        return lake.select(lake.files(version))
    lake = canonical_table(settings, table)
    files: list[ActiveFile] = lake.files(
        version, publishers=[*publishers, SHARED], without=unfinished
    )
    keys = ", ".join(identifier(name) for name in key_columns(table))
    if table in SHARED_TABLES:
        rows = without_sources(lake.select(files), publishers, left_out)
        return _shared_versions(rows, keys)
    of_kind = parted(files)
    base, changes = (
        without_sources(lake.select(own), publishers, left_out)
        for own in (of_kind.base, of_kind.changes)
    )
    # a table without the marker shows its live rows alone
    unmarked = "lds_is_deleted" not in olids()[table].column_names
    live = "not coalesce(lds_is_deleted, false)" if unmarked else "true"
    return _newest(base, changes if of_kind.changes else "", keys, live)


def _newest(base: str, changes: str, keys: str, live: str) -> str:
    """Return a select of the newest version of each key.

    Most rows come from a first full load and were never touched: no window over them, and they are
    not read to find what was.

    Args:
        base: select that holds the rows of first full loads; ``changes`` all others, or empty text.
        live: condition on rows that are shown.
    """
    first = f"select * from ({base}) where lds_is_base and {live}"
    if not changes:
        return first
    return (
        f"select * from ({first}) anti join (select {keys} from ({changes}) where not "
        f"lds_is_base) using ({keys}) union all select * from ({newest_changes(changes, keys)}) "
        f"where {live}"
    )


def newest_changes(changes: str, keys: str) -> str:
    """Return a select of the versions written last of each key, among rows that change others.

    Args:
        keys: quoted columns, listed.
    """
    return (
        f"select version.* from ({changes}) as version inner join (select {keys}, "
        f"max(lds_load_sequence) as newest from ({changes}) where not lds_is_base group by all) "
        f"as changed using ({keys}) where not version.lds_is_base and "
        "version.lds_load_sequence = changed.newest"
    )


def without_sources(
    rows: str, publishers: Sequence[str], left_out: Collection[tuple[str, str]]
) -> str:
    """Return a select of rows without those of some practices' former suppliers."""
    named = sorted({each for each in left_out if each[0] in set(publishers)})
    if not named:
        return rows
    sources = ", ".join(f"({literal(code)}, {literal(dataset)})" for code, dataset in named)
    return (
        f"select * from ({rows}) where ({PARTITION}, coalesce(lds_source_dataset, '')) "
        f"not in ({sources})"
    )


def _shared_versions(rows: str, keys: str) -> str:
    """Return a select of one row per key of a table that belongs to nobody.

    Several name the same concept: the terminology's words count, else always the same supplier's,
    whoever is late.
    """
    newest = (
        f"select * from ({rows}) qualify row_number() over (partition by {keys}, "
        "lds_source_dataset order by lds_load_sequence desc, lds_source_record_id) = 1"
    )
    return (
        f"select * from ({newest}) where not (lds_is_deleted and lds_source_dataset = "
        f"{literal(TERMINOLOGY)}) qualify row_number() over (partition by {keys} order by "
        f"lds_source_dataset <> {literal(TERMINOLOGY)}, lds_source_dataset) = 1"
    )


def released_versions(settings: Settings, release: Release, table: str) -> str:
    """Return a select of a release's newest version of each id of a table, lake columns."""
    return told_once(settings, release, table, _told(settings, release, table))


def _told(settings: Settings, release: Release, table: str) -> str:
    """Return a select of the newest versions, copies among them."""
    return current_versions(
        settings,
        table,
        release.tables[table],
        release.publishers,
        release.unfinished,
        release.left_out,
    )


def linked_patients(settings: Settings, release: Release) -> str:
    """Return a select of ``id, standing_id, nhs_number``: patients who are another one's person.

    Empty text when there are none. ``nhs_number`` is what the first of the two is known by.
    """
    if release.copies < 0:
        return ""
    told = _told(settings, release, "patient")
    return (
        f"select copy.id, copy.standing_id, patient.nhs_number from "
        f"({copies_of(settings, release.copies)}) as copy inner join ({told}) as patient "
        "on patient.id = copy.id where copy.table_name = 'patient'"
    )


def open_release(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    release: Release,
    schema: str = "release",
) -> None:
    """Make ``<schema>.<olids table>`` for every table a release shows, exactly the OLIDS columns.

    ``<schema>.patient_link`` (patient, person, birth date, last deletion) is a table beside them.
    """
    connection.execute(f"create schema if not exists {schema}")
    _patient_link(settings, connection, release, schema)
    # concept says whether concept_map knows it
    for table in sorted(shown_tables(release), key=lambda name: name == "concept"):
        connection.execute(
            f"create or replace view {schema}.{table} as {_shown(settings, release, table, schema)}"
        )


def shown_tables(release: Release) -> list[str]:
    """Return the tables a release shows, in reading order."""
    provisional = [name for name in release.tables if name not in CANONICAL_TABLES]
    return [*CANONICAL_TABLES, *provisional]


def unstored_rows(settings: Settings, release: Release, table: str) -> str:
    """Return a select of the rows of a table the lake does not hold: derived, or empty."""
    if table in DERIVED_TABLES:
        patients = released_versions(settings, release, "patient")
        return age_flags(olids()[table], patients, release.as_of)
    columns = ", ".join(
        f"cast(null as {column.lake_type}) as {identifier(column.name)}"
        for column in olids()[table].columns
    )
    return f"select {columns} where false"


def _shown(settings: Settings, release: Release, table: str, schema: str) -> str:
    if table in release.tables:
        return _published(olids()[table], released_versions(settings, release, table), schema)
    return unstored_rows(settings, release, table)


def episodes_of(rows: str, schema: str) -> str:
    """Return a select of ``record_id`` and ``episode_id``: the registration a record falls into.

    Of several open on its day the one begun last; records in none have no row.

    Args:
        rows: select of records with id, patient_id and clinical_effective_date.
        schema: where ``episode_of_care`` is.
    """
    return _EPISODE_OF.format(rows=rows, schema=schema)


def _patient_link(
    settings: Settings, connection: duckdb.DuckDBPyConnection, release: Release, schema: str
) -> None:
    lake = canonical_table(settings, "patient")
    files = lake.files(
        release.tables["patient"],
        publishers=[*release.publishers, SHARED],
        without=release.unfinished,
    )
    current = released_versions(settings, release, "patient")
    link = person_table(settings, "patient_person")
    bridge = link.select(link.files(release.tables["patient_person"]))
    connection.execute(
        f"create or replace table {schema}.patient_link as select patient.id as patient_id, "
        "bridge.person_id, patient.birth_date, gone.gone_at from "
        f"({current}) as patient left join ({bridge}) as bridge on bridge.patient_id = patient.id "
        "left join (select id, max(source_extraction_date) as gone_at from "
        f"({lake.select(files)}) where lds_is_deleted group by id) as gone on gone.id = patient.id"
    )


def _published(table: CanonicalTable, rows: str, schema: str) -> str:
    """Return the select that turns current versions into published rows."""
    if table.name in PERSON_TABLES:
        columns = ", ".join(identifier(name) for name in table.column_names)
        return f"select {columns} from ({rows})"
    special = _special(table, schema)
    columns = ", ".join(
        f"cast({special.get(column.name, f'version.{identifier(column.name)}')} as "
        f"{column.lake_type}) as {identifier(column.name)}"
        for column in table.columns
    )
    return f"select {columns} from ({rows}) as version{_joins(table, rows, schema)}"


def _special(table: CanonicalTable, schema: str) -> dict[str, str]:
    """Return column -> expression where a published value is not the version's own."""
    names = table.column_names
    special = {
        "person_id": "patient_link.person_id",
        "sk_patient_id": "cast(null as bigint)",
        "lds_is_deleted": "coalesce(version.lds_is_deleted, false)",
        "episode_of_care_id": "episode_of.episode_id",
        "is_mapped": f"version.concept_id in (select source_concept_id from {schema}.concept_map)",
        "present_in_terminology_server": "coalesce(version.present_in_terminology_server, false)",
    }
    if table.name == "concept_map":
        special["is_primary"] = _ONE_PRIMARY
    if "person_id" in names and table.name != "patient":
        special["lds_is_deleted"] += (
            " or coalesce(version.source_extraction_date <= patient_link.gone_at, false)"
        )
    event = EVENT_DATE.get(table.name, "clinical_effective_date")
    on_day = event if "(" in event else f"version.{event}"
    for name, form in AGES.items():
        if name in names:
            special[name] = form.format(event=on_day, birth="patient_link.birth_date")
    return special


def _joins(table: CanonicalTable, rows: str, schema: str) -> str:
    """Return the joins behind the values that depend on other entities."""
    joins = ""
    if "person_id" in table.column_names:
        patient = "id" if table.name == "patient" else "patient_id"
        joins += (
            f" left join {schema}.patient_link as patient_link on patient_link.patient_id = "
            f"version.{patient}"
        )
    if "episode_of_care_id" in table.column_names:
        joins += (
            f" left join ({episodes_of(rows, schema)}) as episode_of on "
            "episode_of.record_id = version.id"
        )
    return joins
