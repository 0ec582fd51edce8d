"""The registry of suppliers is the folder: each subfolder with a ``defs.yaml`` is one."""

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType

import yaml
from pydantic import ValidationError

from lds_assets.errors import Refused
from lds_assets.schema.dictionary import SourceTable, source_tables
from lds_assets.suppliers.contract import SupplierDefinition

SUPPLIERS = Path(__file__).parent


@dataclass(frozen=True)
class Supplier:
    """A supplier folder: what it declares, its dictionary, its selects, its code."""

    definition: SupplierDefinition
    folder: Path

    @property
    def code(self) -> str:
        """Lower-case code of the supplier, the name of its folder."""
        return self.definition.code

    @cached_property
    def dictionary(self) -> dict[str, SourceTable]:
        """Every file kind the supplier documents, by its spelling."""
        return source_tables(self.folder / "tables.csv")

    @cached_property
    def module(self) -> ModuleType | None:
        """``feed.py`` of the folder: what cannot be declared, or None."""
        if not (self.folder / "feed.py").exists():
            return None
        return importlib.import_module(f"lds_assets.suppliers.{self.code}.feed")

    def select(self, file: str) -> str:
        """Return the text of one canonical select."""
        return (self.folder / "canonical" / file).read_text(encoding="utf-8")


def load_supplier(folder: Path) -> Supplier:
    """Read one supplier folder.

    Raises:
        Refused: ``defs.yaml`` does not have the form of the contract.
    """
    document = yaml.safe_load((folder / "defs.yaml").read_text(encoding="utf-8"))
    try:
        definition = SupplierDefinition.model_validate(document["attributes"])
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise Refused(
            f"defs.yaml of supplier {folder.name} is not of the contract: {faults}",
            where=f"{folder.name}/defs.yaml",
            done="supplier not loaded",
            to_do="mend the named fields; lds_assets/suppliers/contract.py says what each holds",
        ) from None
    return Supplier(definition, folder)


def suppliers(root: Path = SUPPLIERS) -> dict[str, Supplier]:
    """Return every supplier folder by code, in alphabetical order."""
    found = sorted(path.parent for path in root.glob("*/defs.yaml"))
    return {folder.name: load_supplier(folder) for folder in found}
