"""``SupplierFeed``: a supplier folder as a Dagster component.

``defs.yaml`` of a folder is one ``SupplierDefinition``; Dagster validates it against that model and
names file, line and field of a fault.
"""

import dagster as dg
from pydantic import BaseModel

from lds_assets.landing.assets import deliveries_asset
from lds_assets.operations.automation import supplier_automation
from lds_assets.operations.ingest_assets import ingest_asset
from lds_assets.suppliers.contract import SupplierDefinition


class SupplierFeed(dg.Component):
    """The assets, job, schedule and sensor of one supplier, made from what its folder declares."""

    def __init__(self, definition: SupplierDefinition) -> None:
        self.definition = definition

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        """Return the form of ``attributes`` in ``defs.yaml``."""
        return SupplierDefinition

    @classmethod
    def get_spec(cls) -> dg.ComponentTypeSpec:
        """Return what people read about the component."""
        return dg.ComponentTypeSpec(
            description="A supplier of GP data: deliveries, gate, raw and canonical.",
            owners=["team:data-operations"],
            tags=["supplier"],
        )

    @classmethod
    def load(cls, attributes: BaseModel | None, context: dg.ComponentLoadContext) -> "SupplierFeed":
        """Make the component from a validated ``defs.yaml``."""
        if not isinstance(attributes, SupplierDefinition):
            raise TypeError(f"{context.path.name}/defs.yaml has no attributes")
        return cls(attributes)

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:  # noqa: ARG002
        """Return the supplier's definitions."""
        return supplier_definitions(self.definition)


def supplier_definitions(definition: SupplierDefinition) -> dg.Definitions:
    """Return the assets, job, schedule and sensor of a supplier."""
    assets = dg.Definitions(assets=[deliveries_asset(definition), ingest_asset(definition)])
    return dg.Definitions.merge(assets, supplier_automation(definition))
