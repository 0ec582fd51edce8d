"""The whole graph, in the order of the road.

landing -> gate -> raw -> canonical -> release -> marts. Loading it needs no secret, no network and
no database.
"""

import warnings

import dagster as dg

import lds_assets.suppliers
from lds_assets.freshness.assets import freshness_automation
from lds_assets.gate.assets import gate_report, register
from lds_assets.marts.assets import marts_asset
from lds_assets.operations.automation import publish_automation
from lds_assets.operations.migrations import migration_definitions
from lds_assets.operations.onboarding import onboarding_automation
from lds_assets.operations.purge_job import purge_job
from lds_assets.operations.redaction import withhold_messages
from lds_assets.operations.replay_job import replay_job
from lds_assets.release.assets import release_asset
from lds_assets.resources import REPOSITORY, Settings
from lds_assets.suppliers.component import supplier_definitions
from lds_assets.suppliers.registry import SUPPLIERS, suppliers
from lds_assets.why.assets import why_sweep


@dg.definitions
def defs() -> dg.Definitions:
    """Return every asset, check, job, schedule and sensor."""
    withhold_messages()
    # the versions are pinned, so a notice of beta features at each load tells nobody anything
    warnings.filterwarnings("ignore", category=dg.BetaWarning)
    warnings.filterwarnings("ignore", category=dg.PreviewWarning)
    found = suppliers(Settings().suppliers)
    codes = list(found)
    return dg.Definitions.merge(
        # landing, gate, raw, canonical: one folder a supplier, see suppliers/component.py
        dg.ComponentTree.from_module(lds_assets.suppliers, REPOSITORY).build_defs(),
        *(
            supplier_definitions(each.definition)
            for each in found.values()
            if each.folder.parent != SUPPLIERS
        ),
        dg.Definitions(
            assets=[
                register,
                gate_report,
                release_asset(codes),
                marts_asset(),
                why_sweep,
            ],
            # one process a run: starting one a step costs more than most steps
            executor=dg.in_process_executor,
        ),
        freshness_automation(),
        onboarding_automation(codes),
        dg.Definitions(jobs=[replay_job, purge_job]),
        publish_automation(codes),
        migration_definitions(),
    )
