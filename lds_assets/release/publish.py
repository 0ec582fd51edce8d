"""Release: every balance holds, then one record puts the new state in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import duckdb

from lds_assets.canonical.superseded import forget, noted
from lds_assets.canonical.tables import FED_TABLES, PERSON_TABLES, canonical_table
from lds_assets.copies.collapse import find_copies
from lds_assets.errors import Held
from lds_assets.guards.measured import Reconciliation
from lds_assets.guards.population import Withheld, count, loaded_sources, withheld
from lds_assets.guards.reconcile import reconcile
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.session import session, threads_for, without_values
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.landing.states import Fate, State
from lds_assets.persons.stub import person_table
from lds_assets.platform import Platform
from lds_assets.release.checks import CheckResult, check_balances, check_content
from lds_assets.release.counted import known_counts, note_counts
from lds_assets.release.counts import Count, Counted, carried_tables, count_rows
from lds_assets.release.fresh import fresh_rows
from lds_assets.release.persons import with_persons
from lds_assets.release.reach import Reach, reach
from lds_assets.release.record import Release, current, name_of, write
from lds_assets.release.relations import (
    open_release,
    released_versions,
    shown_tables,
    unstored_rows,
)
from lds_assets.release.take_out import take_out
from lds_assets.release.versions import fed_versions
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids
from lds_assets.terminology.apply import apply_terminology


@dataclass(frozen=True)
class TableReport:
    """What a release holds of one OLIDS table.

    Attributes:
        rows: row versions in the lake.
        current_rows: ids that are not deleted; ``deleted_rows`` those that are.
        version: Delta version the release pins; -1 for tables the lake does not hold.
        by_supplier: current rows per lds_source_dataset ('' where the table has none).
        newest_event_date: not after the release's day.
    """

    rows: int
    current_rows: int
    deleted_rows: int
    version: int
    bytes: int
    by_supplier: dict[str, int]
    newest_event_date: date | None


@dataclass(frozen=True)
class ReleaseReport:
    """A release and what it was checked for.

    Attributes:
        withheld: practices that may land and may not be shown, and why.
        reconciled: practices whose first extract this run measured, passed or not.
    """

    release_id: str
    is_new: bool
    as_of: date
    publishers: tuple[str, ...]
    withheld: dict[str, Withheld] = field(default_factory=dict)
    tables: dict[str, TableReport] = field(default_factory=dict)
    checks: list[CheckResult] = field(default_factory=list)
    reconciled: tuple[Reconciliation, ...] = ()


@dataclass(frozen=True)
class _Shown:
    """Who a release shows, who it leaves out, and whose first extract was measured for it."""

    reach: Reach
    withheld: dict[str, Withheld]
    reconciled: tuple[Reconciliation, ...]


def publish(platform: Platform, *, run_id: str) -> ReleaseReport:
    """Check the lake and put a new release in force; nothing when nothing changed.

    Raises:
        Held: a blocking check failed; the former release stays in force, without whom it may no
            longer show.
    """
    settings = platform.settings
    former = current(settings)
    known, notes = known_counts(platform.engine, former), noted(platform.engine)
    reduced = take_out(platform, former, run_id) if former else None
    former = reduced or former
    checks = check_balances(platform)
    _refuse_failures(checks)
    with session(settings, threads=_threads(platform, known)) as connection:
        unfinished = unfinished_sequences(platform.engine)
        apply_terminology(settings, connection, unfinished)
        shown = _ask_who(platform, connection, unfinished, run_id)
        candidate = _candidate(platform, former, shown.reach, unfinished, run_id)
        copies = find_copies(settings, connection, candidate, former, shown.reach.pairs)
        candidate = with_persons(settings, connection, former, replace(candidate, copies=copies))
        is_same = former is not None and former.content == candidate.content
        if former is not None and is_same:
            candidate = former
        else:
            candidate = replace(candidate, release_id=name_of(candidate.number, candidate.content))
        open_release(settings, connection, candidate, "candidate")
        fed = tuple(name for name in candidate.tables if name in FED_TABLES)
        fresh = fresh_rows(settings, connection, candidate, former, fed)
        checks += check_content(connection, "candidate", shown_tables(candidate), fresh)
        _refuse_failures(checks)
        counts = count_rows(settings, connection, candidate, known, notes)
        reports = _reports(platform, connection, candidate, counts)
        if not is_same:
            write(settings, connection, candidate)
    note_counts(platform.engine, candidate, counts)
    forget(platform.engine, notes)
    _mark_published(platform, run_id)
    is_new = reduced is not None or not is_same
    return _told(candidate, shown, reports, checks, is_new=is_new)


def _threads(platform: Platform, known: Counted | None) -> int:
    """Return how many threads a release is worth: by what was delivered since the one known."""
    if known is None:
        return platform.settings.threads
    loaded = platform.ledger.deliveries(states=[State.LOADED])
    return threads_for(platform.settings, sum(each.size_bytes for each in loaded))


def _candidate(
    platform: Platform,
    former: Release | None,
    found: Reach,
    unfinished: frozenset[int],
    run_id: str,
) -> Release:
    """Return what would be released: the newest of every table, of whom the gate shows today."""
    return Release(
        release_id="",
        number=1 if former is None else former.number + 1,
        created_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        run_id=run_id,
        as_of=platform.settings.business_date(),
        register_version=platform.register.version(),
        publishers=found.publishers,
        tables=fed_versions(platform.settings),
        unfinished=unfinished,
        left_out=found.left_out,
    )


def _ask_who(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    unfinished: frozenset[int],
    run_id: str,
) -> _Shown:
    """Count the populations, measure who is new, and ask the gate whom the release may show."""
    admitted = platform.admitted_publishers()
    count(platform, connection, admitted, unfinished)
    measured = reconcile(platform, connection, unfinished, run_id)
    kept_out = withheld(platform)
    platform.register.record_decisions([e.decision for e in kept_out.values()], run_id, "")
    loaded = loaded_sources(platform)
    found = reach(platform, loaded)
    # an open gate alone shows nobody, and a count of feeds is none of data
    has_rows = {practice for _, practice in loaded}
    shown = tuple(each for each in found.publishers if each in has_rows)
    return _Shown(replace(found, publishers=shown), kept_out, tuple(measured))


def _told(
    release: Release,
    shown: _Shown,
    reports: dict[str, TableReport],
    checks: list[CheckResult],
    *,
    is_new: bool = False,
) -> ReleaseReport:
    return ReleaseReport(
        release.release_id,
        is_new,
        release.as_of,
        shown.reach.publishers,
        shown.withheld,
        reports,
        checks,
        shown.reconciled,
    )


def _mark_published(platform: Platform, run_id: str) -> None:
    for delivery in platform.ledger.deliveries(states=[State.LOADED]):
        fate = Fate(State.PUBLISHED, delivery.reason, delivery.detail, delivery.to_do)
        platform.ledger.set_state(delivery.delivery_id, fate, run_id=run_id)


def _refuse_failures(checks: Sequence[CheckResult]) -> None:
    failed = [check for check in checks if not check.passed]
    if failed:
        raise Held(
            f"{len(failed)} release checks failed: "
            + "; ".join(f"{check.name}: {check.detail}" for check in failed),
            where="release",
            done="no release was written; the former one stays in force",
            to_do="docs/operate/release-held.md says how to find the rows behind each check",
            code="RELEASE_CHECK",
        )


def _reports(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    release: Release,
    counts: Sequence[Count],
) -> dict[str, TableReport]:
    """Return what a release holds of each table.

    Args:
        counts: of the tables of practices; the others are small and counted here.
    """
    reports = {}
    carried = set(carried_tables(release))
    for name in shown_tables(release):
        own = [each for each in counts if each.table == name]
        if name not in carried:
            own = _counted_whole(platform.settings, connection, release, name)
        files = _held(platform.settings, release, name)
        by_supplier: dict[str, int] = {}
        for each in own:
            by_supplier[each.dataset] = by_supplier.get(each.dataset, 0) + each.current
        reports[name] = TableReport(
            rows=sum(file.rows for file in files),
            current_rows=sum(each.current for each in own),
            deleted_rows=sum(each.deleted for each in own),
            version=release.tables.get(name, -1),
            bytes=sum(file.size_bytes for file in files),
            by_supplier=by_supplier,
            newest_event_date=max((e.newest for e in own if e.newest is not None), default=None),
        )
    return reports


def _counted_whole(
    settings: Settings, connection: duckdb.DuckDBPyConnection, release: Release, name: str
) -> list[Count]:
    """Count a table that belongs to no practice, or that the lake does not hold."""
    if name in release.tables:
        rows = released_versions(settings, release, name)
    else:
        rows = unstored_rows(settings, release, name)
    names = olids()[name].column_names
    deleted = "coalesce(lds_is_deleted, false)" if "lds_is_deleted" in names else "false"
    dataset = "coalesce(lds_source_dataset, '')" if "lds_source_dataset" in names else "''"
    with without_values(f"{name} could not be counted", "release"):
        counted = connection.execute(
            f"select {dataset}, count(*) filter (where not {deleted}), count(*) filter (where "
            f"{deleted}) from ({rows}) group by 1 order by 1"
        ).fetchall()
    return [Count(name, "", *row) for row in counted]


def _held(settings: Settings, release: Release, table: str) -> list[ActiveFile]:
    """Return the files a release pins for a table."""
    if table not in release.tables:
        return []
    lake = person_table(settings, table) if table in PERSON_TABLES else None
    return (lake or canonical_table(settings, table)).files(release.tables[table])
