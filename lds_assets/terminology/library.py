"""The library: terminology as loaded, one Delta table each for concepts, maps and editions.

A load writes its concepts and maps under a number of its own; the row of ``edition`` comes last
and is what makes them count. The newest effective date of an edition is in force; of the loads
before it one is kept, for the release that shows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from lds_assets.lake.delta import PARTITION, SEQUENCE, ActiveFile, LakeTable
from lds_assets.lake.session import session
from lds_assets.lake.sql import literal
from lds_assets.raw.tables import SHARED
from lds_assets.resources import Settings

SNOMED = "http://snomed.info/sct"
#: Number range of the terminology's load sequences, out of reach of those of deliveries: a
#: delivery that is given up takes no terminology with it.
FIRST_SEQUENCE = 1 << 40

#: Whose term counts where several editions know a code, and whose map: lower first. The map tables
#: of the Data Migration pack go from the old code to the new; a release's go the other way.
PRIORITY = {
    "concept": {"snomed": 1, "dmd": 2, "read_map": 3, "code_list": 4},
    "map": {"read_map": 1, "snomed": 2, "dmd": 3, "code_list": 4},
}

_HEAD = {PARTITION: "VARCHAR", SEQUENCE: "BIGINT"}
COLUMNS = {
    "concept": {
        **_HEAD,
        "code_system": "VARCHAR",
        "code": "VARCHAR",
        "display": "VARCHAR",
        "is_active": "BOOLEAN",
    },
    "map": {
        **_HEAD,
        "map_name": "VARCHAR",
        "source_system": "VARCHAR",
        "source_code": "VARCHAR",
        "target_system": "VARCHAR",
        "target_code": "VARCHAR",
        "equivalence": "VARCHAR",
        "equivalence_rank": "BIGINT",
    },
    "edition": {
        **_HEAD,
        "kind": "VARCHAR",
        "edition": "VARCHAR",
        "effective_date": "DATE",
        "content_hash": "VARCHAR",
        "loaded_at": "TIMESTAMP",
        "concept_count": "BIGINT",
        "map_count": "BIGINT",
    },
}


@dataclass(frozen=True)
class Edition:
    """One load of one edition of a terminology.

    Attributes:
        load: number of the load.
        effective_date: of the release, as its publisher dates it.
        loaded_at: UTC.
    """

    load: int
    kind: str
    edition: str
    effective_date: date
    content_hash: str
    loaded_at: datetime
    concept_count: int
    map_count: int


def library_table(settings: Settings, name: str) -> LakeTable:
    """Return one of the library's tables: ``concept``, ``map`` or ``edition``."""
    return LakeTable(settings.lake / "terminology" / name, COLUMNS[name])


def editions(settings: Settings) -> list[Edition]:
    """Return every load, oldest first."""
    table = library_table(settings, "edition")
    files = table.files()
    if not files:
        return []
    names = ", ".join(
        ("kind", "edition", "effective_date", "content_hash", "loaded_at", "concept_count")
    )
    with session(settings) as connection:
        rows = connection.execute(
            f"select {SEQUENCE}, {names}, map_count from ({table.select(files)}) order by 1"
        ).fetchall()
    return [Edition(int(load), *rest) for load, *rest in rows]


def has_loads_since(settings: Settings, moment: datetime) -> bool:
    """Say whether terminology was loaded after a moment (UTC)."""
    return any(load.loaded_at > moment for load in editions(settings))


def in_force(loads: Sequence[Edition], until: datetime | None = None) -> list[Edition]:
    """Return the loads that count, by kind and name.

    Args:
        until: only loads made by then (UTC), to read what a release of that time showed.
    """
    newest: dict[tuple[str, str], Edition] = {}
    for load in loads:
        if until is not None and load.loaded_at > until:
            continue
        before = newest.get((load.kind, load.edition))
        if before is None or load.effective_date >= before.effective_date:
            newest[load.kind, load.edition] = load
    return [newest[key] for key in sorted(newest)]


def open_library(
    settings: Settings, connection: duckdb.DuckDBPyConnection, until: datetime | None = None
) -> list[Edition]:
    """Make temporary views ``known_concept`` and ``known_map`` over what is in force.

    A column ``preference`` orders the editions that know the same code, lower first.
    """
    loads = in_force(editions(settings), until)
    for name, priority in PRIORITY.items():
        ranked = sorted(loads, key=lambda each: (priority[each.kind], -each.load))
        order = ", ".join(f"({each.load}, {place})" for place, each in enumerate(ranked))
        table = library_table(settings, name)
        files = [file for each in loads for file in _files(table, each.load)]
        known = f"select * from ({table.select(files)})"
        ordered = (
            f"select known.*, place.preference from ({known}) as known inner join (values {order}) "
            f"as place (load, preference) on place.load = known.{SEQUENCE}"
            if order
            else f"select *, 0 as preference from ({known})"
        )
        connection.execute(f"create or replace temp view known_{name} as {ordered}")
    return loads


def store(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    edition: Edition,
    kept: Sequence[Edition],
) -> Edition:
    """Store relations ``loaded_concept`` and ``loaded_map`` of the connection as a load.

    The row of ``edition`` is written last. Files of loads not in ``kept`` are dropped after it.

    Returns:
        The edition with its row counts.
    """
    counts = {}
    for name in ("concept", "map"):
        table = library_table(settings, name)
        columns = ", ".join(each for each in COLUMNS[name] if each not in _HEAD)
        staged = table.stage(
            connection,
            f"select {literal(SHARED)} as {PARTITION}, {edition.load} as {SEQUENCE}, {columns} "
            f"from loaded_{name}",
            edition.load,
        )
        table.commit(staged, {"terminology": edition.load})
        counts[name] = sum(file.rows for file in staged)
    stored = Edition(
        **{**edition.__dict__, "concept_count": counts["concept"], "map_count": counts["map"]}
    )
    _enter(settings, connection, stored)
    _drop(settings, {each.load for each in (*kept, stored)})
    return stored


def next_load(settings: Settings) -> int:
    """Return a number no load has, nor what a killed load left."""
    taken = [
        library_table(settings, name).transaction("terminology") for name in ("concept", "map")
    ]
    return max(FIRST_SEQUENCE, *(number + 1 for number in taken))


def _enter(settings: Settings, connection: duckdb.DuckDBPyConnection, stored: Edition) -> None:
    table = library_table(settings, "edition")
    staged = table.stage(
        connection,
        f"select {literal(SHARED)} as {PARTITION}, {stored.load} as {SEQUENCE}, "
        f"{literal(stored.kind)} as kind, {literal(stored.edition)} as edition, "
        f"date '{stored.effective_date:%Y-%m-%d}' as effective_date, "
        f"{literal(stored.content_hash)} as content_hash, "
        f"timestamp '{stored.loaded_at:%Y-%m-%d %H:%M:%S}' as loaded_at, "
        f"{stored.concept_count} as concept_count, {stored.map_count} as map_count",
        stored.load,
    )
    table.commit(staged, {"terminology": stored.load})


def _drop(settings: Settings, kept: set[int]) -> None:
    """Take files of superseded and of unfinished loads out of the tables."""
    for name in ("concept", "map"):
        table = library_table(settings, name)
        gone = [file for file in table.files() if file.sequence not in kept]
        if gone:
            table.replace([], gone)


def _files(table: LakeTable, load: int) -> list[ActiveFile]:
    return [file for file in table.files(sequence=load) if file.sequence == load]
