"""The platform database: governance register and ledger, SQLite or PostgreSQL."""

from pathlib import Path

from sqlalchemy import Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url

from lds_assets.database_form import bring_forward, form_table

metadata = MetaData()
form_table(metadata)


def connect(url: str) -> Engine:
    """Open the platform database, made or brought forward to what this program expects.

    Args:
        url: SQLAlchemy URL; for SQLite the folder is made when missing.

    Raises:
        Refused: a newer program brought the database further than this one knows.
        Retry: others keep a database busy that has to be brought forward.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(url, future=True, pool_pre_ping=True)
        bring_forward(engine, metadata)
        return engine
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, future=True, connect_args={"timeout": 60})

    @event.listens_for(engine, "connect")
    def _configure(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]  # DBAPI connection is untyped
        cursor.execute("pragma journal_mode = wal")
        cursor.execute("pragma synchronous = full")
        cursor.close()

    bring_forward(engine, metadata)
    return engine
