"""The rows that a replay would add, change and delete, per table and practice; counts only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from lds_assets.canonical.tables import canonical_table, key_columns, own_columns
from lds_assets.lake.delta import LakeTable
from lds_assets.lake.session import session, without_values
from lds_assets.lake.sql import identifier
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.platform import Platform
from lds_assets.raw.tables import SHARED, raw_table, value_columns
from lds_assets.release.record import Release, current
from lds_assets.release.relations import current_versions
from lds_assets.replay.plan import OWNED_TABLES, Plan, counted_files
from lds_assets.schema.naming import snake_case


@dataclass(frozen=True)
class Change:
    """Rows of one table and practice that readers would see otherwise than now."""

    table: str
    practice_code: str
    added: int
    changed: int
    deleted: int


@dataclass(frozen=True)
class Difference:
    """What a replay changes.

    Attributes:
        shown: against the release in force; empty when readers would see the same.
        stored: against what is loaded, released or not.
        raw_tables: raw tables that would hold other rows.
        shared_rows: rows of nobody, such as codes, that would be added.
    """

    shown: tuple[Change, ...] = ()
    stored: tuple[Change, ...] = ()
    raw_tables: tuple[str, ...] = ()
    shared_rows: int = 0

    @property
    def is_empty(self) -> bool:
        """Say whether the replay gives what is loaded already."""
        return not (self.stored or self.raw_tables or self.shared_rows)


@dataclass(frozen=True)
class _Lake:
    """One state of the lake to be compared: which version of each table, which loads count."""

    platform: Platform
    publishers: tuple[str, ...]
    unfinished: frozenset[int]
    versions: Mapping[str, int] = field(default_factory=dict)

    def version(self, table: str) -> int:
        """Return the version of a table, -1 when it is not there."""
        if self.versions:
            return self.versions.get(table, -1)
        return canonical_table(self.platform.settings, table).version()


def compare(platform: Platform, shadow: Platform, plan: Plan, first: int) -> Difference:
    """Compare a shadow's rows with what is released and what is loaded.

    Args:
        first: load sequence from which on rows are the replay's own.
    """
    practices = plan.practices
    after = _Lake(shadow, practices, unfinished_sequences(shadow.engine))
    stored = _Lake(platform, practices, unfinished_sequences(platform.engine))
    shown = _released(platform, current(platform.settings), practices)
    with session(platform.settings) as connection:
        to_stored = _changes(connection, stored, after)
        to_shown = to_stored
        if shown is None or not _same_rows(shown, stored):
            to_shown = _changes(connection, shown, after)
        raw = _raw_changes(connection, platform, shadow, plan)
    shared = sum(
        file.rows
        for table in _shared_tables(shadow, plan)
        for file in table.files(publishers=[SHARED])
        if file.sequence is not None and file.sequence >= first
    )
    return Difference(to_shown, to_stored, raw, shared)


def _released(
    platform: Platform, release: Release | None, practices: Sequence[str]
) -> _Lake | None:
    if release is None:
        return None
    shown = tuple(each for each in practices if each in release.publishers)
    return _Lake(platform, shown, release.unfinished, release.tables)


def _same_rows(one: _Lake, other: _Lake) -> bool:
    """Say whether two states of one lake hold the same files of the practices."""
    if set(one.publishers) != set(other.publishers):
        return False
    return all(_files(one, table) == _files(other, table) for table in OWNED_TABLES)


def _files(lake: _Lake, table: str) -> list[str]:
    version = lake.version(table)
    if version < 0:
        return []
    found = canonical_table(lake.platform.settings, table).files(
        version, publishers=list(lake.publishers), without=lake.unfinished
    )
    return [file.path for file in found]


def _changes(
    connection: duckdb.DuckDBPyConnection, before: _Lake | None, after: _Lake
) -> tuple[Change, ...]:
    found = []
    _gone(connection, "gone_before", before)
    _gone(connection, "gone_after", after)
    # a release shows the tables it pins, and no others
    shown = [name for name in OWNED_TABLES if not before or name in (before.versions or {name})]
    for table in shown:
        keys = [identifier(name) for name in key_columns(table)]
        same = ", ".join(keys)
        with without_values(f"{table} could not be compared", "lds replay"):
            rows = connection.execute(
                "select coalesce(old.practice, new.practice), "
                "count(*) filter (where old.practice is null), "
                "count(*) filter (where old.content <> new.content), "
                "count(*) filter (where new.practice is null) from "
                f"({_live(table, before, 'gone_before')}) as old full join "
                f"({_live(table, after, 'gone_after')}) as new using ({same}) group by 1 order by 1"
            ).fetchall()
        found += [Change(table, str(code), *counts) for code, *counts in rows if any(counts)]
    return tuple(found)


def _gone(connection: duckdb.DuckDBPyConnection, name: str, lake: _Lake | None) -> None:
    """Make the table of patients' last deletions: it takes records along when they are read."""
    rows = "select cast(null as varchar) as id, cast(null as timestamp) as gone_at where false"
    if lake is not None and lake.version("patient") >= 0:
        table = canonical_table(lake.platform.settings, "patient")
        files = table.files(
            lake.version("patient"), publishers=list(lake.publishers), without=lake.unfinished
        )
        rows = (
            f"select id, max(source_extraction_date) as gone_at from ({table.select(files)}) "
            "where lds_is_deleted group by id"
        )
    connection.execute(f"create or replace temp table {name} as {rows}")


def _live(table: str, lake: _Lake | None, gone: str) -> str:
    """Return a select of the live rows of a table: practice, keys and a hash of the content."""
    keys = [identifier(name) for name in key_columns(table)]
    nothing = ", ".join(f"cast(null as varchar) as {key}" for key in keys)
    if lake is None or lake.version(table) < 0 or not lake.publishers:
        return (
            f"select cast(null as varchar) as practice, {nothing}, cast(null as ubigint) as "
            "content where false"
        )
    columns = own_columns(table)
    content = ", ".join(identifier(name) for name in columns if name != "lds_is_deleted")
    rows = current_versions(
        lake.platform.settings, table, lake.version(table), lake.publishers, lake.unfinished
    )
    joined, stands = "", ""
    if "patient_id" in columns:
        joined = f" left join {gone} as gone on gone.id = version.patient_id"
        stands = " and not coalesce(version.source_extraction_date <= gone.gone_at, false)"
    own = ", ".join(f"version.{key}" for key in keys)
    return (
        f"select version.publisher_organisation_code as practice, {own}, version.content from "
        f"(select *, hash({content}) as content from ({rows})) as version{joined} where not "
        f"coalesce(version.lds_is_deleted, false) and version.publisher_organisation_code <> "
        f"'{SHARED}'{stands}"
    )


def _raw_changes(
    connection: duckdb.DuckDBPyConnection, platform: Platform, shadow: Platform, plan: Plan
) -> tuple[str, ...]:
    """Return the raw tables whose rows of the practices would be others."""
    supplier = platform.suppliers[plan.code]
    found = []
    for rules in supplier.definition.tables:
        names = ", ".join(
            identifier(name) for name in ("lds_source_key", *value_columns(supplier, rules.name))
        )
        digests = []
        for each in (platform, shadow):
            table = raw_table(each.settings, supplier, rules.name)
            files = counted_files(each, table, plan.practices)
            with without_values(f"{rules.name} could not be compared", "lds replay"):
                digests.append(
                    connection.execute(
                        f"select count(*), sum(hash({names})) from ({table.select(files)})"
                    ).fetchone()
                )
        if digests[0] != digests[1]:
            found.append(snake_case(rules.name))
    return tuple(found)


def _shared_tables(shadow: Platform, plan: Plan) -> list[LakeTable]:
    supplier = shadow.suppliers[plan.code]
    return [
        raw_table(shadow.settings, supplier, rules.name)
        for rules in supplier.definition.tables
        if rules.publisher.shared
    ]
