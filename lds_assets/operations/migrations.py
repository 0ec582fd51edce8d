"""`governance/migration_report` and `migrate_job`: a move's two suppliers, compared on demand.

The job takes the id of a governance event of the migration and refuses to run without one: who may
ask is on the event, never on who starts the run.
"""

import json

import dagster as dg

from lds_assets.copies.comparison import Comparison, compare, tolerances
from lds_assets.copies.kept import keep
from lds_assets.copies.matching import Side
from lds_assets.copies.report import markdown
from lds_assets.errors import Refused
from lds_assets.gate.migration import MIGRATION, Migration
from lds_assets.gate.migration_desk import MigrationDesk
from lds_assets.lake.session import session
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.operations.instance import ON_DEMAND
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.release.versions import fed_versions
from lds_assets.resources import Settings

MIGRATE_JOB = "migrate_job"
REPORT = dg.AssetKey(["governance", "migration_report"])


def compare_migration(platform: Platform, migration: Migration) -> Comparison:
    """Compare what the old and the new supplier of a migration sent, and keep the counts.

    Raises:
        Refused: the practice has not moved, or the platform has no feed of one of them.
    """
    settings = platform.settings
    moved_on = migration.actual_on
    codes = {each.definition.supplier_code: each for each in platform.suppliers.values()}
    absent = [e for e in (migration.from_supplier, migration.to_supplier) if e not in codes]
    if moved_on is None or absent:
        what = "the practice has not moved yet" if moved_on is None else f"no feed of {absent[0]}"
        raise Refused(
            f"there is nothing to compare: {what}",
            where=migration.migration_id,
            done="nothing counted",
            to_do="docs/operate/migrate-a-practice.md",
            code="NOTHING_TO_COMPARE",
        )
    tables, unfinished = fed_versions(settings), unfinished_sequences(platform.engine)
    old, new = (
        Side(
            settings,
            tables,
            unfinished,
            migration.practice_code,
            codes[code].definition.dataset,
        )
        for code in (migration.from_supplier, migration.to_supplier)
    )
    day, allowed = settings.business_date(), tolerances(settings.seeds)
    with session(settings) as connection:
        found = compare(connection, old, new, moved_on, day, allowed)
    keep(platform.engine, migration.migration_id, found)
    return found


def migration_of(platform: Platform, event_id: str) -> Migration:
    """Return the migration a governance event is of.

    Raises:
        Refused: there is no such event of a migration.
    """
    for event in platform.register.events():
        if event.event_id == event_id and event.entity_type == MIGRATION:
            day = platform.settings.business_date()
            return MigrationDesk(platform.register, day).migration(event.entity_id)
    raise Refused(
        "no governance event of a migration has this id",
        where="event_id",
        done="nothing counted",
        to_do="`lds migration status MIGRATION --json` names its events",
        code="EVENT_UNKNOWN",
    )


class MigrateConfig(dg.Config):
    """What a run is asked for.

    Attributes:
        event_id: id of a recorded event of the migration, the cut-over as a rule.
    """

    event_id: str


@dg.asset(
    key=REPORT,
    group_name="governance",
    owners=["team:data-operations"],
    kinds={"duckdb"},
    tags={"lds/stage": "gate", **ON_DEMAND},
    description=(
        "One practice's former supplier against its new one: matched, changed, only old, only "
        "new, by subject and year. Needs the id of an event of the migration.\n\n"
        "Grain: one row per subject and year."
    ),
)
def migration_report(
    context: dg.AssetExecutionContext, config: MigrateConfig
) -> dg.MaterializeResult[None]:
    """Compare the two suppliers of a migration and keep the report."""
    with told(context):
        platform = Platform.open(Settings())
        migration = migration_of(platform, config.event_id)
        found = compare_migration(platform, migration)
        folder = platform.settings.home / "reports" / "migrations"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{migration.migration_id}.json"
        path.write_text(json.dumps(found.plain(), indent=2), encoding="utf-8")
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": dg.MetadataValue.int(len(found.figures)),
            "migration": dg.MetadataValue.text(migration.migration_id),
            "outside tolerance": dg.MetadataValue.int(len(found.outside)),
            "sha256": dg.MetadataValue.text(found.sha256),
            "report": dg.MetadataValue.md(markdown(migration, found)),
        }
    )


def migration_definitions() -> dg.Definitions:
    """Make the report's asset and the job that runs it."""
    job = dg.define_asset_job(
        MIGRATE_JOB,
        selection=dg.AssetSelection.assets(REPORT),
        description="Compare a practice's former and new supplier; needs the id of an event.",
    )
    return dg.Definitions(assets=[migration_report], jobs=[job])
