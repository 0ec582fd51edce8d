"""The newest comparison of each migration, kept: one row is one subject in one year (S15).

A comparison looks at the whole history of a practice; marts and later readers take what was counted
when somebody asked, with its day and hash.
"""

from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Column, Date, Engine, Integer, String, Table, delete, insert, select

from lds_assets.copies.comparison import Comparison
from lds_assets.database import metadata
from lds_assets.gate.migration import Migration
from lds_assets.gate.state import RegisterState

migration_figure = Table(
    "migration_figure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("migration_id", String(200), nullable=False, index=True),
    Column("practice_code", String(40), nullable=False),
    Column("compared_on", Date, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("subject", String(60), nullable=False),
    Column("year", Integer, nullable=False),
    Column("matched", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("only_old", Integer, nullable=False),
    Column("only_new", Integer, nullable=False),
)

#: What marts read: one row per migration, subject and year.
MIGRATION_FIGURE = (
    "migration_id varchar, practice_code varchar, from_supplier_code varchar, "
    "to_supplier_code varchar, moved_date date, migration_state varchar, compared_date date, "
    "is_accepted boolean, subject varchar, event_year integer, matched_count bigint, "
    "changed_count bigint, only_old_count bigint, only_new_count bigint"
)


def keep(engine: Engine, migration_id: str, found: Comparison) -> None:
    """Keep a comparison in the place of an earlier one of the same migration."""
    fixed = {
        "migration_id": migration_id,
        "practice_code": found.practice_code,
        "compared_on": found.as_of,
        "sha256": found.sha256,
    }
    rows = [{**fixed, **vars(each)} for each in found.figures]
    with engine.begin() as connection:
        earlier = migration_figure.c.migration_id == migration_id
        connection.execute(delete(migration_figure).where(earlier))
        if rows:
            connection.execute(insert(migration_figure), rows)


def migration_rows(
    engine: Engine, state: RegisterState, publishers: Sequence[str], day: date
) -> Iterator[Sequence[object]]:
    """Yield what was compared by a day, columns of ``MIGRATION_FIGURE``.

    Args:
        publishers: practices a release shows; counts of others are in no mart.
    """
    query = select(migration_figure).order_by(migration_figure.c.id)
    with engine.connect() as connection:
        for row in connection.execute(query):
            migration = state.migrations.get(row.migration_id)
            if migration is None or row.practice_code not in publishers or row.compared_on > day:
                continue
            yield (
                *_of_the_migration(migration, row.compared_on, row.sha256),
                *(row.subject, row.year),
                *(row.matched, row.changed, row.only_old, row.only_new),
            )


def _of_the_migration(migration: Migration, compared_on: date, sha256: str) -> tuple[object, ...]:
    return (
        migration.migration_id,
        migration.practice_code,
        migration.from_supplier,
        migration.to_supplier,
        migration.actual_on,
        str(migration.state),
        compared_on,
        migration.report_sha256 == sha256,
    )
