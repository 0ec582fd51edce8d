"""A register in which E83003 on EMIS can be asked for its consent; copied for each test."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from sqlalchemy import make_url

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.gate.consent_desk import ConsentDesk
from lds_assets.gate.evidence import DESK, EvidenceStore
from lds_assets.gate.variation_desk import Signature
from tests.unit.gate.world import HASH, NOW, SEEDS, World

#: The desk opens on this day; a request of it lapses on 2025-06-02.
MONDAY = date(2025, 3, 3)
LIAISON = Signature("liaison", "PRACTICE_LIAISON")
OFFICER = Signature("officer", "IG_OFFICER", "told by the practice", evidence_ref="DMS:7")
SECOND = Signature("another", "IG_OFFICER", "cause cleared", evidence_ref="DMS:8")
WISH = "practice_consent.csv"
#: Folder of a template's governance files, beside its database.
FILES = "governance"

ASKED = {
    "practice_code": "E83003",
    "supplier_code": "EMIS",
    "purposes": "SECONDARY_USE",
    "scope_tables": "*",
}
SIGNED = {
    "granted_on": "2025-03-03",
    "effective_from": "2025-03-10",
    "granted_by_name": "partner",
    "granted_by_role": "PARTNER",
    "dsa_id": "DSA",
    "dsa_version": "1",
    "dpa_id": "DPA",
    "supplier_side_state": "ACTIVE",
}


@dataclass(frozen=True)
class Office:
    """One register with its desk."""

    register: Register
    store: EvidenceStore
    folder: Path

    def on(self, day: date) -> ConsentDesk:
        """Return the desk on a day."""
        return ConsentDesk(self.register, day)

    def granted(self, **cells: str) -> str:
        """Ask on Monday, record the signed answer the same day; return the consent."""
        desk = self.on(MONDAY)
        name = desk.request(ASKED, LIAISON)
        kept = self.store.keep("DMS:1", name, HASH)
        desk.grant(name, {**SIGNED, **cells}, kept, OFFICER)
        return name

    def reasons(self, day: date, supplier: str = "EMIS") -> tuple[str, ...]:
        """Ask the LAND gate."""
        return self.register.land("E83003", supplier, day).reasons


def office_of(template: Path, folder: Path, database: str = "") -> Office:
    """Open a copy of a register; on PostgreSQL its world is read anew, for nothing copies a schema.

    Args:
        database: URL of an empty platform database; a file of SQLite below the folder unless said.
    """
    database = database or f"sqlite:///{folder / 'platform.db'}"
    if database.startswith("sqlite"):
        shutil.copyfile(template, str(make_url(database).database))
    else:
        engine = connect(database)
        Register(engine, SEEDS, lambda: NOW).import_folder(template.parent / FILES)
        engine.dispose()
    ticks = iter(range(10_000))
    clock: Callable[[], datetime] = lambda: datetime.combine(  # noqa: E731
        MONDAY, time(9, next(ticks) % 60), UTC
    )
    register = Register(connect(database), SEEDS, clock)
    return Office(register, EvidenceStore({DESK: folder / "evidence"}), folder)


def template_of(folder: Path, world: World) -> Path:
    """Write a world into a register and return its database file."""
    engine = connect(f"sqlite:///{folder / 'template.db'}")
    Register(engine, SEEDS, lambda: NOW).import_folder(world.write(folder / FILES))
    engine.dispose()
    return folder / "template.db"
