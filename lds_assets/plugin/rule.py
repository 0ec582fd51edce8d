"""A rule of the plug-in contract, and what it says of a supplier folder."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

from lds_assets.plugin.mapping import Empty, Mapped, read_empty, read_mapping
from lds_assets.plugin.selects import SelectFacts, raw_schema, select_facts
from lds_assets.suppliers.contract import CanonicalFeed
from lds_assets.suppliers.registry import Supplier


@dataclass(frozen=True)
class Finding:
    """One breach of a rule; names files, tables, columns and counts, never a value."""

    what: str
    where: str
    to_do: str


@dataclass
class Bench:
    """A supplier folder being checked, with what several rules ask for.

    Attributes:
        work: private folder for sample runs.
    """

    supplier: Supplier
    work: Path
    kept: dict[str, object] = field(default_factory=dict)

    @cached_property
    def relations(self) -> dict[str, dict[str, str]]:
        """Raw relation -> column -> lake type."""
        return raw_schema(self.supplier)

    @cached_property
    def mapping(self) -> tuple[Mapped, ...]:
        """Rows of ``mapping.csv``."""
        return read_mapping(self.supplier.folder)

    @cached_property
    def empty(self) -> tuple[Empty, ...]:
        """Rows of ``empty.csv``."""
        return read_empty(self.supplier.folder)

    @cached_property
    def _facts(self) -> dict[str, SelectFacts]:
        return {}

    def facts(self, file: str) -> SelectFacts:
        """Return what a select says of itself.

        Raises:
            NotASelect: the file does not hold one select.
        """
        if file not in self._facts:
            self._facts[file] = select_facts(self.supplier.select(file), self.relations)
        return self._facts[file]

    def feeds(self, table: str) -> list[CanonicalFeed]:
        """Return the feeds of an OLIDS table."""
        return [feed for feed in self.supplier.definition.canonical if feed.table == table]

    def place(self, *parts: str) -> str:
        """Return where something is, as ``<code>/<file>``."""
        return "/".join((self.supplier.code, *parts))


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: short and stable, e.g. ``mapping_complete``.
        meaning: what holds when the rule is kept.
        check: yields a finding per breach.
    """

    name: str
    meaning: str
    check: Callable[[Bench], Iterator[Finding]]


@contextmanager
def bench(supplier: Supplier) -> Iterator[Bench]:
    """Open a bench whose scratch folder is removed at the end."""
    work = Path(mkdtemp(prefix="lds-supplier-"))
    try:
        yield Bench(supplier, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
