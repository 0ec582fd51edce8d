"""How a practice is named: its ODS code, and the ids suppliers have for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, select

from lds_assets.gate.register import Register
from lds_assets.purge.records import Marks, identity
from lds_assets.raw.directory import publisher_identity

#: A shorter id would be found in any text.
_SHORTEST = 6


@dataclass(frozen=True)
class Names:
    """A practice and its suppliers' ids, as ``identity`` gives them.

    Attributes:
        ids: supplier's folder -> ids of the practice and its branches there.
    """

    code: str
    ids: Mapping[str, frozenset[str]]

    @property
    def marks(self) -> Marks:
        """Return the texts that name the practice."""
        every = {self.code.lower(), *(each for ids in self.ids.values() for each in ids)}
        return Marks(frozenset(text for text in every if len(text) >= _SHORTEST))


def names_of(register: Register, engine: Engine, practice: str) -> Names:
    """Return how a practice is named, by the register and by what deliveries told."""
    ids: dict[str, set[str]] = {}
    for system in register.state().systems.get(practice, {}).values():
        if system.supplier_org_id:
            known = ids.setdefault(system.supplier_code.lower(), set())
            known.add(identity(system.supplier_org_id))
    learnt = select(publisher_identity.c.supplier, publisher_identity.c.supplier_org_id).where(
        publisher_identity.c.practice_code == practice
    )
    with engine.connect() as connection:
        for supplier, key in connection.execute(learnt):
            ids.setdefault(str(supplier), set()).add(identity(str(key)))
    return Names(practice, {supplier: frozenset(found) for supplier, found in ids.items()})
