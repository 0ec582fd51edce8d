"""Which ODS code stands behind a supplier's own id of an organisation.

Learnt from the organisation rows of deliveries and kept: a delta need not repeat them. An id whose
ODS code changes is not followed; it raises an alarm and its rows wait for a person.
"""

import duckdb
from sqlalchemy import Column, DateTime, Engine, String, Table, insert, select

from lds_assets.database import metadata
from lds_assets.lake.session import without_values
from lds_assets.landing.states import utc_now
from lds_assets.raw.scan import SourceFile, drop_rejects
from lds_assets.suppliers.registry import Supplier

publisher_identity = Table(
    "publisher_identity",
    metadata,
    Column("supplier", String(60), primary_key=True),
    Column("supplier_org_id", String(100), primary_key=True),
    Column("practice_code", String(40), nullable=False),
    Column("first_delivery_id", String(400), nullable=False),
    Column("recorded_at", DateTime, nullable=False),
)

#: Stands for an organisation whose ODS code changed: the gate finds it malformed.
CONFLICT = "S_GUID_MISMATCH"


def publisher_directory(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    file: SourceFile | None,
    delivery_id: str,
) -> dict[str, str]:
    """Return supplier id -> ODS code, learning from a delivery's organisation file.

    Args:
        file: the delivery's organisation file, None when it has none.
    """
    rules = supplier.definition.publisher_directory
    if rules is None:
        return {}
    known = _known(engine, supplier.code)
    if file is not None:
        found = _read(connection, file, rules["id"], rules["code"])
        new = {key: code for key, code in found.items() if key not in known}
        _learn(engine, supplier.code, new, delivery_id)
        changed = {key for key, code in found.items() if known.get(key, code) != code}
        known |= new
        known |= dict.fromkeys(changed, CONFLICT)
    return known


def _known(engine: Engine, supplier: str) -> dict[str, str]:
    query = select(publisher_identity.c.supplier_org_id, publisher_identity.c.practice_code).where(
        publisher_identity.c.supplier == supplier
    )
    with engine.connect() as connection:
        return {str(key): str(code) for key, code in connection.execute(query)}


def _read(
    connection: duckdb.DuckDBPyConnection, file: SourceFile, key: str, code: str
) -> dict[str, str]:
    drop_rejects(connection, "directory")
    with without_values(f"{file.table} could not be read", file.path.name):
        rows = connection.execute(
            f"select cast({file.value_of(key)} as varchar) as id, "
            f"max(upper(trim({file.text(code)}))) as code from ({file.records('directory')}) "
            "group by 1 having id is not null and code is not null and code <> ''"
        ).fetchall()
    drop_rejects(connection, "directory")
    return {str(key): str(code) for key, code in rows}


def _learn(engine: Engine, supplier: str, new: dict[str, str], delivery_id: str) -> None:
    if not new:
        return
    now = utc_now()
    with engine.begin() as connection:
        connection.execute(
            insert(publisher_identity),
            [
                {
                    "supplier": supplier,
                    "supplier_org_id": key,
                    "practice_code": code,
                    "first_delivery_id": delivery_id,
                    "recorded_at": now,
                }
                for key, code in sorted(new.items())
            ],
        )
