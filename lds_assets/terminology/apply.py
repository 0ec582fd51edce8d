"""Bring the terminology into the shared canonical tables, as rows of dataset ``Terminology``.

Done before a release is pinned, from four things: the library, the concepts that suppliers
delivered, the subjects whose words are read literally, and the units practices type. Only concepts
that records or maps use enter. Rows that are as they were are not written again; rows no longer
wanted get a deleted version.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

import duckdb

from lds_assets.canonical.macros import register
from lds_assets.canonical.tables import (
    TERMINOLOGY,
    canonical_table,
    key_columns,
    own_columns,
    stored_columns,
)
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.raw.tables import SHARED
from lds_assets.resources import Settings
from lds_assets.terminology.library import FIRST_SEQUENCE, open_library

#: Name of the map of administrative concepts to themselves.
IDENTITY_MAP = "Administrative concepts, read literally"

#: Code systems of the platform's own: ``urn:lds:<supplier>:<subject>``.
_OWN_SYSTEM = "^urn:lds:[^:]+:(.+)$"

#: Name of the map of units as practices type them.
UNIT_MAP = "Units as typed"
UCUM = "http://unitsofmeasure.org"

_TABLES = ("concept", "concept_map")

#: Units met in records that the reviewed list knows, whatever their case and spaces.
_UNITS = """
create or replace temp table unit as
select
    met.system as source_system, met.code as source_code, seed.ucum_code as target_code,
    seed.display
from met inner join read_csv({seed}, header = true, all_varchar = true) as seed
    on seed.label = lower(replace(met.code, ' ', ''))
where regexp_extract(met.system, '{own_system}', 1) = 'unit'
"""

#: What the library knows, and the units.
_KNOWN = f"""
create or replace temp view known_with_units as
select
    map_name, source_system, source_code, target_system, target_code, equivalence,
    equivalence_rank, preference
from known_map
union all
select
    '{UNIT_MAP}', source_system, source_code, '{UCUM}', target_code, 'EQUIVALENT', 1, 0
from unit
"""


#: A code that several reference sets map to several targets: each target once.
_MAPPED = """
create or replace temp table mapped as
select
    known.*,
    met.concept_id as source_concept_id,
    lds_concept_id(known.target_system, known.target_code) as target_concept_id,
    coalesce(target.is_active, known.target_system = '{ucum}') as is_target_active
from known_with_units as known
inner join met on met.system = known.source_system and met.code = known.source_code
left join known_concept as target
    on target.code_system = known.target_system and target.code = known.target_code
qualify row_number() over (
    partition by known.map_name, met.concept_id, known.target_system, known.target_code
    order by known.preference, known.equivalence_rank, target.preference
) = 1
"""

#: Concepts in use that the terminology knows, and the targets of its maps.
_WANTED_CONCEPT = """
create or replace temp table wanted_concept as
with used as (
    select system, code from met
    union
    select target_system, target_code from mapped
)
select
    lds_concept_id(used.system, used.code) as concept_id,
    used.code,
    coalesce(known.display, unit.display) as display,
    used.system,
    known.code is not null as present_in_terminology_server,
    cast(null as bigint) as use_count
from used
left join known_concept as known
    on known.code_system = used.system and known.code = used.code
left join (select distinct target_code, display from unit) as unit
    on used.system = '{ucum}' and unit.target_code = used.code
where known.code is not null or not exists (
    select 1 from met where met.system = used.system and met.code = used.code
)
qualify row_number() over (
    partition by used.system, used.code order by known.preference nulls last
) = 1
"""

#: Maps of codes that records use, and administrative words mapped to themselves.
_WANTED_CONCEPT_MAP = """
create or replace temp table wanted_concept_map as
with literally as (
    select met.* from met inner join read_csv({seed}, header = true, all_varchar = true)
        as administrative on administrative.is_literal = 'true'
        and administrative.subject = regexp_extract(met.system, '{own_system}', 1)
),
named as (
    select system, code, first(display order by place nulls last) as display from (
        select system, code, display, 1 as place from wanted_concept
        where display is not null
        union all select system, code, display, 2 from met
    ) group by all
)
select
    mapped.map_name as concept_map_name, mapped.source_concept_id, mapped.source_system,
    mapped.source_code, source.display as source_display, mapped.target_concept_id,
    mapped.target_system, mapped.target_code, target.display as target_display,
    mapped.equivalence, mapped.equivalence_rank,
    row_number() over (
        partition by mapped.source_concept_id, mapped.target_system order by
        mapped.is_target_active desc, mapped.preference, mapped.equivalence_rank,
        mapped.target_code, mapped.map_name
    ) = 1 and mapped.equivalence <> 'INEXACT' as is_primary
from mapped
left join named as source
    on source.system = mapped.source_system and source.code = mapped.source_code
left join named as target
    on target.system = mapped.target_system and target.code = mapped.target_code
union all
select
    '{identity_map}', concept_id, system, code, display, concept_id, system, code, display,
    'EQUAL', 1, true
from literally
"""


@dataclass
class Applied:
    """Rows written per canonical table: new or changed, and deleted."""

    written: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)


def apply_terminology(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    unfinished: Collection[int] = (),
    now: datetime | None = None,
) -> Applied:
    """Write what differs from the terminology rows stored before.

    The caller holds the lake for writing.

    Args:
        unfinished: load sequences that do not count.
        now: UTC, stamped on every row; None means the clock.
    """
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    register(connection, TERMINOLOGY)
    result = Applied()
    with without_values("the terminology could not be brought in", "canonical/concept"):
        for table in _TABLES:
            lake = canonical_table(settings, table)
            files = lake.files(publishers=[SHARED], without=unfinished)
            lake.view(connection, f"stored_{table}", files)
        open_library(settings, connection)
        _wanted(connection, settings)
        for table in _TABLES:
            _write(settings, connection, table, moment, result)
    return result


def _wanted(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Make ``wanted_concept`` and ``wanted_concept_map``: what the dataset should hold."""
    connection.execute(
        "create or replace temp table met as select concept_id, system, code, "
        "first(display order by lds_source_dataset, lds_load_sequence desc, lds_source_record_id) "
        f"as display from stored_concept where lds_source_dataset <> '{TERMINOLOGY}' group by all"
    )
    seeds = settings.seeds / "terminology"
    units = literal(str(seeds / "unit.csv"))
    connection.execute(_UNITS.format(seed=units, own_system=_OWN_SYSTEM))
    connection.execute(_KNOWN)
    connection.execute(_MAPPED.format(ucum=UCUM))
    connection.execute(_WANTED_CONCEPT.format(ucum=UCUM))
    seed = literal(str(seeds / "code_subject.csv"))
    connection.execute(
        _WANTED_CONCEPT_MAP.format(seed=seed, own_system=_OWN_SYSTEM, identity_map=IDENTITY_MAP)
    )


def _write(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    moment: datetime,
    result: Applied,
) -> None:
    """Append what is new, changed or no longer wanted; one commit, none when nothing is."""
    lake = canonical_table(settings, table)
    keys = [identifier(name) for name in key_columns(table)]
    compared = [name for name in own_columns(table) if name not in key_columns(table)]
    using = ", ".join(keys)
    connection.execute(
        f"create or replace temp table held as select * from stored_{table} where "
        f"lds_source_dataset = '{TERMINOLOGY}' qualify row_number() over (partition by {using} "
        "order by lds_load_sequence desc) = 1"
    )
    row = connection.execute("select max(lds_load_sequence) from held").fetchone()
    sequence = int(row[0]) + 1 if row and row[0] is not None else FIRST_SEQUENCE
    differs = " or ".join(
        f"held.{identifier(name)} is distinct from wanted.{identifier(name)}" for name in compared
    )
    changed = (
        f"select wanted.*, false as is_gone from wanted_{table} as wanted left join held using "
        f"({using}) where held.lds_load_sequence is null or held.lds_is_deleted or {differs}"
    )
    own = ", ".join(f"held.{identifier(name)}" for name in own_columns(table))
    gone = (
        f"select {own}, true as is_gone from held anti join wanted_{table} using ({using}) "
        "where not held.lds_is_deleted"
    )
    staged = lake.stage(
        connection,
        f"select {_stored(table, sequence, moment)} from ({changed} union all by name {gone})",
        sequence,
    )
    result.written[table] = _count(connection, changed)
    result.deleted[table] = _count(connection, gone)
    if staged:
        lake.commit(staged, {})


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(f"select count(*) from ({query})").fetchone()
    return int(row[0]) if row else 0


def _stored(table: str, sequence: int, moment: datetime) -> str:
    """Return the columns of a stored row over one of ``changed`` or ``gone``."""
    key = " || '|' || ".join(identifier(name) for name in key_columns(table))
    fixed = {
        "publisher_organisation_code": literal(SHARED),
        "lds_source_record_id": f"lds_id('{table}', 'terminology', {key}, {sequence})",
        "lds_source_key": key,
        "lds_source_sequence": "null",
        "lds_row_number": "null",
        "lds_feed": literal(f"terminology/{table}"),
        "lds_load_sequence": str(sequence),
        "lds_is_base": "false",
        "lds_is_deleted": "is_gone",
        "source_extraction_date": "null",
        "lds_source_dataset": literal(TERMINOLOGY),
        "lds_transform_datetime": f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'",
    }
    return ", ".join(
        f"{fixed.get(name, identifier(name))} as {identifier(name)}"
        for name in stored_columns(table)
    )
