"""Every named scenario, and how a run applies those it is given."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lds_assets.synthetic.faults import emis, governance, moves, tpp
from lds_assets.synthetic.faults.scenario import Scenario, Written
from lds_assets.synthetic.form import PracticePlan

if TYPE_CHECKING:
    from lds_assets.synthetic.generate import GenerationReport

SCENARIOS: tuple[Scenario, ...] = (
    *emis.SCENARIOS,
    *tpp.SCENARIOS,
    *governance.SCENARIOS,
    *moves.SCENARIOS,
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def change_plan(
    names: Iterable[str], practices: tuple[PracticePlan, ...]
) -> tuple[PracticePlan, ...]:
    """Return the practices of a run as the named scenarios would have them."""
    for scenario in _chosen(names):
        if scenario.plan is not None:
            practices = scenario.plan(practices)
    return practices


def spoil_files(names: Iterable[str], written: Written) -> None:
    """Spoil deliveries of the first group of each named scenario's supplier."""
    for scenario in _chosen(names):
        if scenario.files is None:
            continue
        own = [item for item in written if item[0].supplier_code == scenario.supplier]
        scenario.files([item for item in own if item[0].group == own[0][0].group])


def spoil_register(names: Iterable[str], folder: Path, report: "GenerationReport") -> None:
    """Spoil the files of a run's demo register as the named scenarios say."""
    for scenario in _chosen(names):
        if scenario.register is not None:
            scenario.register(folder, report)


def _chosen(names: Iterable[str]) -> list[Scenario]:
    """Return the scenarios among the names, in the order of ``SCENARIOS``."""
    wanted = set(names)
    return [scenario for scenario in SCENARIOS if scenario.name in wanted]
