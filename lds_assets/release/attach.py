"""What dbt reads: a release's tables, its context, the practices and the gate's answers."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from lds_assets.copies.kept import MIGRATION_FIGURE, migration_rows
from lds_assets.gate.moves import changes
from lds_assets.lake.session import without_values
from lds_assets.platform import Platform
from lds_assets.release.onboarding_facts import PRACTICE_ONBOARDING, onboarding_rows
from lds_assets.release.organisations import (
    PRACTICE_REGISTER,
    PRACTICE_RELATIONSHIP,
    Organisations,
)
from lds_assets.release.record import Release
from lds_assets.release.relations import open_release
from lds_assets.terminology.status import note_concept_status
from lds_assets.why.answers import Why
from lds_assets.why.rows import (
    PRACTICE_VERDICT,
    PRACTICE_VERDICT_LINK,
    link_rows,
    verdict_rows,
)

_PRACTICE_GATE = (
    "practice_code varchar, supplier_code varchar, is_consented boolean, is_delivering boolean, "
    "primary_reason varchar, last_extract_at timestamp, coverage_ends_date date, "
    "practice_change varchar"
)


def attach(platform: Platform, release: Release, database: Path) -> None:
    """Write schema ``release`` into a new DuckDB file: views over the pinned files.

    Args:
        database: made anew; an older file of the name is removed.
    """
    database.parent.mkdir(parents=True, exist_ok=True)
    database.unlink(missing_ok=True)
    with (
        without_values("the release could not be opened for the marts", database.name),
        duckdb.connect(str(database)) as connection,
    ):
        connection.execute("set TimeZone = 'UTC'")
        open_release(platform.settings, connection, release)
        connection.execute(
            "create table release.release_context as select cast(? as varchar) as release_id, "
            "cast(? as date) as as_of, cast(? as varchar) as register_version",
            [release.release_id, release.as_of, release.register_version],
        )
        note_concept_status(platform.settings, connection, "release", release.created_at)
        answers = list(Why(platform, release.as_of).everyone())
        counted = {each.practice_code for each in answers if each.is_counted}
        known = Organisations(platform, release)
        _fill(connection, "practice_register", PRACTICE_REGISTER, known.practices(counted))
        _fill(connection, "practice_relationship", PRACTICE_RELATIONSHIP, known.relationships())
        _fill(connection, "practice_gate", _PRACTICE_GATE, _gate(platform, release))
        asked = onboarding_rows(platform, release.as_of)
        _fill(connection, "practice_onboarding", PRACTICE_ONBOARDING, asked)
        compared = migration_rows(
            platform.engine, platform.register.state(), release.publishers, release.as_of
        )
        _fill(connection, "migration_figure", MIGRATION_FIGURE, compared)
        _fill(connection, "practice_verdict", PRACTICE_VERDICT, verdict_rows(answers))
        _fill(connection, "practice_verdict_link", PRACTICE_VERDICT_LINK, link_rows(answers))


def _fill(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    columns: str,
    rows: Iterable[Sequence[object]],
) -> None:
    connection.execute(f"create table release.{table} ({columns})")
    values = [list(row) for row in rows]
    if values:
        names = [column.split()[0] for column in columns.split(", ")]
        filled = dict(zip(names, map(list, zip(*values, strict=True)), strict=True))
        connection.register("filled", pa.table(filled))
        connection.execute(f"insert into release.{table} by name select * from filled")
        connection.unregister("filled")


def _gate(platform: Platform, release: Release) -> Iterable[Sequence[object]]:
    """Yield the gate's answer for every practice that runs a supplier or is loaded."""
    state = platform.register.state()
    latest = _latest_extracts(platform)
    ended = {e.practice_code: e for e in changes(state, release.as_of) if e.coverage_ends_on}
    for code in sorted(state.practices):
        system = state.system_on(code, release.as_of)
        change = ended.get(code)
        if system is None:
            continue
        decision = platform.register.land(code, system.supplier_code, release.as_of)
        consented = not any(reason.startswith("C_") for reason in decision.reasons)
        yield (
            code,
            system.supplier_code,
            consented,
            code in latest and code in release.publishers,
            decision.primary_reason or None,
            latest.get(code),
            change.coverage_ends_on if change else None,
            change.kind if change else None,
        )


def _latest_extracts(platform: Platform) -> dict[str, datetime]:
    """Return the newest loaded extract time of each practice, UTC."""
    latest: dict[str, datetime] = {}
    for supplier in platform.suppliers:
        times = {
            delivery.delivery_id: delivery.extracted_at
            for delivery in platform.ledger.deliveries(supplier)
        }
        for (delivery_id, practice), record in platform.ledger.supplier_outcomes(supplier).items():
            at = times.get(delivery_id)
            if record.outcome == "LOADED" and at is not None:
                latest[practice] = max(latest.get(practice, at), at)
    return latest
