"""A supplier's landing folder seen for one practice: its files, and what is to become of each."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lds_assets.landing.find import FoundDelivery, FoundFile
from lds_assets.landing.ledger import Ledger
from lds_assets.purge.cut import Cut
from lds_assets.purge.names import Names
from lds_assets.purge.records import Sorter, Whose
from lds_assets.raw.ownership import Branches
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier


class Fate(StrEnum):
    """What is to become of a file."""

    DELETE = "delete"  #: its delivery holds this practice alone
    REWRITE = "rewrite"  #: the practice's records go, every other byte stays
    REMOVE = "remove"  #: names the practice and cannot be split: it goes whole
    KEEP = "keep"  #: sent before the day from which the purge erases


@dataclass(frozen=True)
class Holding:
    """One file in landing that holds, or comes with, records of the practice.

    Attributes:
        supplier: folder below landing.
        folder: relative to it.
        rows: the practice's records that go; 0 where they cannot be counted.
        kept_rows: those that stay, sent before the day from which the purge erases.
    """

    supplier: str
    folder: str
    name: str
    table: str
    fate: Fate
    rows: int
    size_bytes: int
    kept_rows: int = 0

    @property
    def path(self) -> str:
        """Path relative to the landing folder."""
        return "/".join(part for part in (self.supplier, self.folder, self.name) if part)


@dataclass(frozen=True)
class Feed:
    """One supplier's landing folder, seen for one practice.

    Attributes:
        cut: from which day on the practice's data go; None: all of them.
        is_thorough: every delivery is read, also those that the ledger knows without the practice.
    """

    settings: Settings
    ledger: Ledger
    supplier: Supplier
    names: Names
    branches: Branches
    cut: Cut | None = None
    is_thorough: bool = True

    @property
    def root(self) -> Path:
        """``landing/<supplier>``."""
        return self.settings.landing / self.supplier.code


@dataclass
class Inspected:
    """A delivery as it lies there: what of each file is whose.

    Attributes:
        sorters: file name -> how its records are sorted; shared files have none.
        unsplittable: names of files that name the practice and cannot be sorted.
        is_alone: no delivery of its group holds another organisation's records, and it goes whole.
        is_before: it was sent before the day from which the purge erases.
    """

    found: FoundDelivery
    is_alone: bool = False
    is_before: bool = False
    sorters: dict[str, Sorter] = field(default_factory=dict)
    unsplittable: set[str] = field(default_factory=set)

    def count(self, *whose: Whose) -> int:
        """Return how many records of all files are whose."""
        return sum(sorter.counts[each] for sorter in self.sorters.values() for each in whose)

    def fate(self, file: FoundFile) -> Fate | None:
        """Return what is to become of a file, None when nothing is."""
        if self.is_alone:
            return Fate.DELETE
        if file.name in self.unsplittable:
            return Fate.REMOVE
        sorter = self.sorters.get(file.name)
        if sorter is None:
            return None
        if sorter.counts[Whose.MINE]:
            return Fate.REWRITE
        return Fate.KEEP if sorter.counts[Whose.KEPT] else None

    def rows(self, file: FoundFile) -> int:
        """Return the practice's records in a file."""
        sorter = self.sorters.get(file.name)
        return sorter.counts[Whose.MINE] if sorter else 0

    def kept_rows(self, file: FoundFile) -> int:
        """Return the practice's records in a file that stay."""
        sorter = self.sorters.get(file.name)
        return sorter.counts[Whose.KEPT] if sorter else 0
