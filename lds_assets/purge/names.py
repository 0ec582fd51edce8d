"""How a practice is named: its ODS code, and the ids suppliers have for it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Engine, select

from lds_assets.gate.register import Register
from lds_assets.purge.records import Marks, identity
from lds_assets.raw.directory import publisher_identity

#: A shorter id would be found in any text.
_SHORTEST = 6

_GUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Signs before and after a name that a longer id around it could reach to.
_AROUND = 40
_LONG_ID = re.compile(rb"%b|[0-9a-f]{12,}" % _GUID.pattern)


@dataclass(frozen=True)
class Names:
    """A practice and its suppliers' ids, as ``identity`` gives them.

    Attributes:
        ids: supplier's folder -> ids of the practice and its branches there.
        branches: codes of its branches that the register lists, lower case.
        others: ids that the register, or what deliveries told, gives to other practices; no list
            of organisations makes them this one's.
    """

    code: str
    ids: Mapping[str, frozenset[str]]
    branches: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @cached_property
    def texts(self) -> frozenset[str]:
        """Return every code and id of the practice and its branches, in lower case."""
        own = {self.code.lower(), *self.branches}
        return frozenset(own | {each for ids in self.ids.values() for each in ids})

    @property
    def marks(self) -> Marks:
        """Return the texts that name the practice."""
        return Marks(frozenset(text for text in self.texts if len(text) >= _SHORTEST))

    def is_own(self, text: str) -> bool:
        """Say whether a publisher's id is the practice's, or that of a branch of it.

        What looks like a branch is one, listed or not: its code with one to three digits after it.
        """
        return identity(text) in self.texts or self.is_branch(text)

    def is_branch(self, text: str) -> bool:
        """Say whether a code is that of a branch of the practice, or looks like one."""
        key = identity(text)
        return key in self.branches or self._branch.fullmatch(key) is not None

    def is_named_in(self, data: bytes, *, is_joined: bool = False) -> bool:
        """Say whether bytes name the practice, in whatever case; not by the chance of a long id.

        A code of a letter and digits may stand in the middle of any GUID or hash: among millions
        of them it does.

        Args:
            is_joined: they are values without anything between them, where nothing can be told to
                be a long id: whatever may name it does.
        """
        lower = data.lower()
        return any(
            text in lower
            and (is_joined or _GUID.fullmatch(text) is not None or _stands(text, lower))
            for text in self._searched
        )

    @cached_property
    def _searched(self) -> tuple[bytes, ...]:
        return tuple(sorted(text.encode() for text in self.marks.texts))

    @cached_property
    def _branch(self) -> re.Pattern[str]:
        return re.compile(self.branch_form)

    @property
    def branch_form(self) -> str:
        """Return the regular expression of codes that look like a branch of it, lower case."""
        return f"{re.escape(self.code.lower())}[0-9]{{1,3}}"


def names_of(register: Register, engine: Engine, practice: str) -> Names:
    """Return how a practice is named, by the register and by what deliveries told."""
    state = register.state()
    told = [
        (code, system.supplier_code.lower(), identity(system.supplier_org_id))
        for code, systems in state.systems.items()
        for system in systems.values()
        if system.supplier_org_id
    ]
    learnt = select(
        publisher_identity.c.practice_code,
        publisher_identity.c.supplier,
        publisher_identity.c.supplier_org_id,
    )
    with engine.connect() as connection:
        told += [
            (str(code), str(by), identity(str(key))) for code, by, key in connection.execute(learnt)
        ]
    ids: dict[str, set[str]] = {}
    for code, supplier, key in told:
        if code == practice:
            ids.setdefault(supplier, set()).add(key)
    branches = frozenset(
        each.lower() for each in state.branches if state.parent_of(each) == practice
    )
    others = frozenset(key for code, _supplier, key in told if code != practice)
    named = {supplier: frozenset(found) for supplier, found in ids.items()}
    return Names(practice, named, branches, others)


def _stands(text: bytes, lower: bytes) -> bool:
    """Say whether a name stands anywhere but within a longer id."""
    at = lower.find(text)
    while at >= 0:
        start = max(0, at - _AROUND)
        around = lower[start : at + len(text) + _AROUND]
        if not any(
            each.start() <= at - start and at - start + len(text) <= each.end()
            for each in _LONG_ID.finditer(around)
        ):
            return True
        at = lower.find(text, at + 1)
    return False
