"""What a purge did to files the ledger knows: rewritten, deleted, and what they held before.

The ledger goes on to say what lies in landing, so that a rewritten file is no changed one. It keeps
the hash of what the supplier sent: the same file sent again is known and brings nothing back.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, Connection, DateTime, Engine, String, Table, and_, insert, select
from sqlalchemy import delete as delete_rows
from sqlalchemy import update as update_rows

from lds_assets.database import metadata
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.states import (
    IN_LAKE,
    Delivery,
    DeliveryFile,
    Fate,
    PracticeRecord,
    Reason,
    State,
    utc_now,
)
from lds_assets.landing.tables import file_table, practice_table

#: Outcome of a practice in a delivery whose rows of it were erased; no later run changes it.
PURGED = "PURGED"

purged_file = Table(
    "ledger_purged_file",
    metadata,
    Column("delivery_id", String(400), primary_key=True),
    Column("name", String(400), primary_key=True),
    Column("plain_sha256", String(64), primary_key=True),
    Column("fate", String(20), nullable=False),
    Column("purge_id", String(60), nullable=False),
    Column("happened_at", DateTime, nullable=False),
)


@dataclass(frozen=True)
class Rewritten:
    """A file as it lies in landing after a purge; ``was`` is the hash of its plain text before."""

    name: str
    was: str
    sha256: str
    plain_sha256: str
    size_bytes: int
    mtime_ns: int


class Originals:
    """What files of a supplier were before a purge: sent again, they are no changed ones."""

    def __init__(self, engine: Engine, supplier: str) -> None:
        query = select(
            purged_file.c.delivery_id, purged_file.c.name, purged_file.c.plain_sha256
        ).where(purged_file.c.delivery_id.startswith(f"{supplier}/", autoescape=True))
        self._texts: dict[tuple[str, str], set[str]] = {}
        with engine.connect() as connection:
            for delivery_id, name, sha256 in connection.execute(query):
                self._texts.setdefault((delivery_id, name), set()).add(sha256)

    def knows(self, file: DeliveryFile | None, plain_sha256: str) -> bool:
        """Say whether a text is the file's own, or what it was before a purge."""
        if file is None:
            return False
        before = self._texts.get((file.delivery_id, file.name), set())
        return plain_sha256 == file.plain_sha256 or plain_sha256 in before


def note_rewritten(
    engine: Engine, deliveries: Iterable[str], file: Rewritten, purge_id: str
) -> None:
    """Tell the ledger, before it is moved into place, that a file is another one from now on.

    Args:
        deliveries: those that hold the file.
    """
    with engine.begin() as connection:
        for delivery_id in deliveries:
            same = and_(file_table.c.delivery_id == delivery_id, file_table.c.name == file.name)
            values = {
                "sha256": file.sha256,
                "plain_sha256": file.plain_sha256,
                "size_bytes": file.size_bytes,
                "mtime_ns": file.mtime_ns,
            }
            connection.execute(update_rows(file_table).where(same).values(values))
            _remember(connection, delivery_id, file.name, file.was, "REWRITTEN", purge_id)


def note_removed(
    engine: Engine, delivery_id: str, names: Iterable[str], purge_id: str, *, forget: bool
) -> None:
    """Tell the ledger that files of a delivery are gone for good.

    Args:
        forget: the delivery stays without them, so that nobody waits for them.
    """
    with engine.begin() as connection:
        for name in names:
            same = and_(file_table.c.delivery_id == delivery_id, file_table.c.name == name)
            was = connection.execute(select(file_table.c.plain_sha256).where(same)).scalar()
            _remember(connection, delivery_id, name, str(was or ""), "DELETED", purge_id)
            if forget:
                connection.execute(delete_rows(file_table).where(same))


def settle_delivery(ledger: Ledger, delivery: Delivery, purge_id: str) -> None:
    """Record that all files of a delivery are gone; what it brought others stays loaded."""
    detail = f"{purge_id}: its files held one practice alone and were deleted"
    state = delivery.state if delivery.state in IN_LAKE else State.ABANDONED
    ledger.set_state(delivery.delivery_id, Fate(state, Reason.PURGED, detail), run_id=purge_id)


def settle_practice(ledger: Ledger, engine: Engine, practice: str, purge_id: str) -> int:
    """Record that nothing of a practice is loaded any more; return the deliveries that held it."""
    query = select(practice_table.c.delivery_id, practice_table.c.register_version).where(
        practice_table.c.practice_code == practice, practice_table.c.outcome != PURGED
    )
    with engine.connect() as connection:
        known = connection.execute(query).all()
    for delivery_id, version in known:
        ledger.record_practice(
            PracticeRecord(
                delivery_id, practice, PURGED, PURGED, (PURGED,), version, run_id=purge_id
            )
        )
    return len(known)


def _remember(
    connection: Connection, delivery_id: str, name: str, was: str, fate: str, purge_id: str
) -> None:
    row = {"delivery_id": delivery_id, "name": name, "plain_sha256": was}
    same = and_(*(purged_file.c[column] == value for column, value in row.items()))
    if connection.execute(select(purged_file.c.name).where(same)).first() is None:
        told = {"fate": fate, "purge_id": purge_id, "happened_at": utc_now()}
        connection.execute(insert(purged_file).values({**row, **told}))
