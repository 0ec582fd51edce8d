"""Scenarios of EMIS deliveries."""

from lds_assets.synthetic.faults import emis_files, emis_rows, emis_sharing
from lds_assets.synthetic.faults.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *emis_files.SCENARIOS,
    *emis_sharing.SCENARIOS,
    *emis_rows.SCENARIOS,
)
