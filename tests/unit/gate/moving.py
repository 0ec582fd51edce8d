"""A world in which the practice may move: TPP is live, Medicus is not. EMIS is what it runs."""

from datetime import date
from pathlib import Path

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.gate.migration_desk import MigrationDesk
from lds_assets.gate.variation_desk import Signature
from tests.unit.gate.world import CAPABILITY, CONSENT, NOW, SCOPE, SEEDS, SUPPLIER, World

PLANNED_ON = date(2025, 6, 20)
DAY = date(2025, 6, 16)
#: Some days after the move, with the new supplier's first deliveries.
LATER = date(2025, 6, 25)

LIAISON = Signature("liaison", "PRACTICE_LIAISON", evidence_ref="letter 1")
LEAD = Signature("lead", "DELIVERY_LEAD", evidence_ref="report 1")
OFFICER = Signature("officer", "IG_OFFICER", evidence_ref="form 7", reason="asked by the practice")

TPP_CONSENT = {
    **CONSENT,
    "consent_id": "C-2",
    "supplier_code": "TPP",
    "mechanism_id": "IM1-BULK-TPP",
    "requested_on": "2025-06-10",
    "granted_on": "2025-06-12",
    "effective_from": "2025-06-20",
    "effective_to": "2026-06-20",
    "evidence_ref": "DMS:2",
}


def _supplier(code: str, scope: str) -> tuple[dict[str, str], ...]:
    mechanism = f"IM1-BULK-{code}"
    return (
        {**SUPPLIER, "supplier_code": code, "supplier_name": code, "mechanism_id": mechanism},
        {**SCOPE, "supplier_code": code, "scope": scope},
        {**CAPABILITY, "claim_id": f"CAP-{code}", "supplier_code": code, "mechanism_id": mechanism},
    )


def moving(consent: dict[str, str] | None = None) -> World:
    """Return the world, with a consent to the new supplier when one is given."""
    world = World()
    for code, scope in (("TPP", "IN"), ("MEDICUS", "NOT_ASSESSED")):
        supplier, stated, claim = _supplier(code, scope)
        world = world.add("supplier.csv", **supplier).add("supplier_scope.csv", **stated)
        world = world.add("supplier_capability.csv", **claim)
    return world.add("practice_consent.csv", **consent) if consent else world


def register_of(world: World, folder: Path, database: str = "sqlite://") -> Register:
    """Return a register that took the world's files; in memory unless a database is named."""
    register = Register(connect(database), SEEDS, clock=lambda: NOW)
    register.import_folder(world.write(folder / "files"))
    return register


def desk_on(register: Register, day: date) -> MigrationDesk:
    """Return the desk of a day."""
    return MigrationDesk(register, day)
