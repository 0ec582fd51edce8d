"""Scenarios of governance: what the register or the practice's set-up brings about."""

from dataclasses import replace

from lds_assets.synthetic.faults.scenario import Scenario
from lds_assets.synthetic.form import PracticePlan


def _implied_opt_out(practices: tuple[PracticePlan, ...]) -> tuple[PracticePlan, ...]:
    """Give the first practice under 1 % of its published list."""
    first, *others = practices
    return (replace(first, patients=max(4, first.list_size // 200)), *others)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "implied_opt_out",
        "the first EMIS practice delivers under 1 % of its published list",
        plan=_implied_opt_out,
    ),
)
