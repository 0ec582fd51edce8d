"""The registry of suppliers is the folder: each subfolder with a ``defs.yaml`` is one.

Beside the suppliers of the platform a deployment may name a folder of further ones
(``LDS_SUPPLIERS``). A folder is no permission: the gate asks the register, not the registry.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from lds_assets.errors import Refused
from lds_assets.schema.dictionary import SourceTable, source_tables
from lds_assets.suppliers.contract import SupplierDefinition

SUPPLIERS = Path(__file__).parent

#: PyYAML's safe loader, by libyaml where the wheel has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CONTRACT = "lds_assets/suppliers/contract.py says what each field holds"


@dataclass(frozen=True)
class Supplier:
    """A supplier folder: what it declares, its dictionary, its selects."""

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
    def macros(self) -> str:
        """Expressions several selects share: statements of ``macros.sql``, empty without one."""
        path = self.folder / "macros.sql"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def withheld(self, file: str) -> str:
        """Return the text of one rule that withholds rows."""
        return (self.folder / "withheld" / file).read_text(encoding="utf-8")

    def select(self, file: str) -> str:
        """Return the text of one canonical select."""
        return (self.folder / "canonical" / file).read_text(encoding="utf-8")


def load_supplier(folder: Path) -> Supplier:
    """Read one supplier folder.

    Raises:
        Refused: ``defs.yaml`` does not have the form of the contract.
    """
    definition = _definition(folder)
    if definition.code != folder.name:
        raise _refused(folder, f"declares the code {definition.code}, not its folder's name")
    return Supplier(definition, folder)


def suppliers(further: Path | None = None) -> dict[str, Supplier]:
    """Return every supplier by code, in alphabetical order.

    Args:
        further: folder of suppliers beside those of the platform, None for none.

    Raises:
        Refused: a folder is not of the contract, or two claim the same name.
    """
    roots = [SUPPLIERS] if further is None else [SUPPLIERS, further]
    if further is not None and not further.is_dir():
        raise Refused(
            "the folder of further suppliers is not there",
            where=str(further),
            done="no supplier loaded",
            to_do="set LDS_SUPPLIERS to a folder of supplier folders, or leave it unset",
        )
    folders = [path.parent for root in roots for path in sorted(root.glob("*/defs.yaml"))]
    found: dict[str, Supplier] = {}
    for folder in folders:
        supplier = load_supplier(folder)
        for other in found.values():
            _tell_apart(supplier, other)
        found[supplier.code] = supplier
    return dict(sorted(found.items()))


def _definition(folder: Path) -> SupplierDefinition:
    try:
        return _parsed((folder / "defs.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise _refused(folder, "cannot be read as UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise _refused(folder, f"is no YAML{place}") from None
    except (KeyError, TypeError):
        raise _refused(folder, "has no attributes") from None
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        )
        raise _refused(folder, f"is not of the contract: {faults}") from None


@lru_cache(maxsize=64)
def _parsed(text: str) -> SupplierDefinition:
    """Return what a text declares; the platform is opened often, its suppliers seldom change."""
    attributes = yaml.load(text, _LOADER)["attributes"]  # noqa: S506 - a safe loader
    return SupplierDefinition.model_validate(attributes)


def _refused(folder: Path, what: str) -> Refused:
    return Refused(
        f"defs.yaml of supplier {folder.name} {what}",
        where=f"{folder.name}/defs.yaml",
        done="supplier not loaded",
        to_do=f"mend what is named; {_CONTRACT}",
    )


def _tell_apart(supplier: Supplier, other: Supplier) -> None:
    """Refuse a supplier whose rows or permissions would be taken for another's."""
    for field in ("code", "supplier_code", "dataset"):
        mine, theirs = (getattr(each.definition, field) for each in (supplier, other))
        if str(mine).lower() == str(theirs).lower():
            raise _refused(supplier.folder, f"has the {field} of supplier {other.code}")
