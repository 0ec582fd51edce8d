"""Which ODS code stands behind a supplier's own id of an organisation.

Learnt from the organisation rows of deliveries and kept: a delta need not repeat them. An id whose
ODS code changes is not followed; it raises an alarm and its rows wait until the register, which
people review, states whose id it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
from sqlalchemy import Column, DateTime, Engine, String, Table, insert, select

from lds_assets.database import metadata
from lds_assets.lake.session import without_values
from lds_assets.landing.states import utc_now
from lds_assets.raw.ownership import MALFORMED, UNKNOWN_OWNER, Branches, fill
from lds_assets.raw.scan import SourceFile, drop_rejects
from lds_assets.suppliers.registry import Supplier

#: Table of a session: ids and practice codes that the register states. Organisation rows are shown
#: to selects under these codes, whatever the file says.
STATED = "stated_identity"

#: Longest id and code that are kept; what a file has beyond them names no organisation.
LONGEST_ID, LONGEST_CODE = 100, 40

publisher_identity = Table(
    "publisher_identity",
    metadata,
    Column("supplier", String(60), primary_key=True),
    Column("supplier_org_id", String(LONGEST_ID), primary_key=True),
    Column("practice_code", String(LONGEST_CODE), nullable=False),
    Column("first_delivery_id", String(400), nullable=False),
    Column("recorded_at", DateTime, nullable=False),
)


@dataclass(frozen=True)
class Directory:
    """Whose practice each of a supplier's ids is.

    Attributes:
        codes: supplier's id -> practice code; ``UNKNOWN_OWNER`` for a branch of no known practice,
            ``MALFORMED`` for a text that can be no code.
        own_ids: practice code -> its own id, as the register or else the delivery names it; a
            branch's id is not its practice's.
        conflicts: practice code -> why its rows wait: an id of two codes, or a code of two ids.
        branches: branch code as given -> practice code.
    """

    codes: Mapping[str, str] = field(default_factory=dict)
    own_ids: Mapping[str, str] = field(default_factory=dict)
    conflicts: Mapping[str, str] = field(default_factory=dict)
    branches: Mapping[str, str] = field(default_factory=dict)


def publisher_directory(
    engine: Engine,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    file: SourceFile | None,
    delivery_id: str,
    stated: Mapping[str, str],
    branches: Branches,
) -> Directory:
    """Return whose ids a delivery uses, learning from its organisation file.

    The session's table ``STATED`` then holds what the register states.

    Args:
        file: the delivery's organisation file, None when it has none.
        stated: supplier's id, lower case without braces -> practice code, as the register states
            it; its word goes before what was learnt.
        branches: which codes are branches.
    """
    rules = supplier.definition.publisher_directory
    if rules is None:
        return Directory()
    fill(connection, STATED, "id varchar, code varchar", stated)
    known = _known(engine, supplier.code) | dict(stated)
    if file is None:
        return Directory(known, {code: key for key, code in sorted(stated.items())})
    found = _read(connection, file, rules["id"], rules["code"])
    owners = {key: branches.owner(code) for key, code in found.items()}
    new = {key: owner for key, owner in owners.items() if key not in known}
    _learn(engine, supplier.code, new, delivery_id)
    return Directory(
        known | new,
        {code: key for key, code in sorted(found.items()) if owners[key] == code}
        | {code: key for key, code in sorted(stated.items())},
        _conflicts(found, owners, known, stated),
        {code: owners[key] for key, code in found.items() if owners[key] != code},
    )


def _fits(text: str, longest: int) -> bool:
    return len(text) <= longest and text.isprintable()


def _conflicts(
    found: Mapping[str, str],
    owners: Mapping[str, str],
    known: Mapping[str, str],
    stated: Mapping[str, str],
) -> dict[str, str]:
    """Return the practices whose id or code is not the one known."""
    conflicts = {
        known[key]: f"its id {key} is given the code {code}"
        for key, code in sorted(found.items())
        if known.get(key, owners[key]) != owners[key]
    }
    named = {code: key for key, code in stated.items()}
    for key, code in sorted(found.items()):
        if key not in stated and code in named and owners[key] == code:
            conflicts.setdefault(code, f"it is given the id {key}, the register has another")
    return conflicts


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
    return {str(key): _as_code(str(code)) for key, code in rows}


def _as_code(text: str) -> str:
    """Return a code as the file has it; a text that can be none is in no message and no table."""
    return text if _fits(text, LONGEST_CODE) else MALFORMED


def _learn(engine: Engine, supplier: str, found: dict[str, str], delivery_id: str) -> None:
    """Keep whose ids are, where the owner is known and the id is one."""
    new = {
        key: code
        for key, code in found.items()
        if code not in (UNKNOWN_OWNER, MALFORMED) and _fits(key, LONGEST_ID)
    }
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
