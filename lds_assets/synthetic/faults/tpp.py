"""Scenarios of TPP deliveries."""

from lds_assets.synthetic.faults.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = ()
