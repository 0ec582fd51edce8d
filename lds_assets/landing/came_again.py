"""Files a purge took records out of, lying in landing again as they were before.

They bring nothing back into the lake: the gate denies the practice, and the ledger knows the text.
But the records lie there, and the certificate says that they do not.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, and_, select

from lds_assets.landing.purged import purged_file
from lds_assets.landing.tables import delivery_table, file_table

OWNER = "IG_OFFICER"
TO_DO = (
    "have them deleted from landing, and ask who sent or restored them: they hold records whose "
    "erasure is certified; what is loaded of other practices stays"
)


@dataclass(frozen=True)
class CameAgain:
    """Files of one delivery that hold again what a purge took out of them."""

    delivery_id: str
    purge_id: str
    files: int
    owner_role: str = OWNER
    to_do: str = TO_DO


def came_again(engine: Engine, landing: Path) -> list[CameAgain]:
    """Return deliveries with such files, as landing was last looked at.

    Args:
        landing: the deployment's landing folder; files that are gone since are not told.
    """
    file, purged, delivery = file_table.c, purged_file.c, delivery_table.c
    same = and_(
        file.delivery_id == purged.delivery_id,
        file.name == purged.name,
        file.plain_sha256 == purged.plain_sha256,
    )
    query = (
        select(purged.delivery_id, purged.purge_id, purged.name, delivery.supplier, delivery.folder)
        .join(file_table, same)
        .join(delivery_table, delivery.delivery_id == purged.delivery_id)
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    counted: dict[tuple[str, str], int] = {}
    for row in rows:
        if (landing / row.supplier / row.folder / row.name).is_file():
            key = (row.delivery_id, row.purge_id)
            counted[key] = counted.get(key, 0) + 1
    return [CameAgain(*key, files) for key, files in sorted(counted.items())]
