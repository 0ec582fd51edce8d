"""Named faults of a run.

A *defect* spoils single rows at a rate and is on by default; a *scenario* (package ``faults``)
spoils files, deliveries, the plan or the register and is off unless named.
"""

from lds_assets.errors import Refused
from lds_assets.synthetic.faults.registry import BY_NAME, SCENARIOS

#: defect -> share of the rows it touches (rates of published findings, or judged where none is)
DEFECTS: dict[str, float] = {
    "nhs_missing": 0.01,
    "nhs_invalid": 0.001,
    "nhs_shared": 0.003,
    "two_practices": 0.045,
    "guid_at_two_practices": 0.0001,
    "slot_unknown_patient": 0.005,
    "late_code": 0.0001,
    "late_parent": 0.001,
    "unknown_delete": 0.0005,
    "two_versions": 0.0005,
    "deleted": 0.0001,
    "readded": 0.5,
    "wrong_date": 0.0005,
    "1900": 0.0002,
    "no_date": 0.001,
    "awkward_text": 0.005,
    "dummy": 1.0,
    "spine_sensitive": 0.003,
    "confidential": 0.002,
    "temporary": 0.03,
    "private": 0.005,
    "community": 0.01,
    "resolved": 0.05,
    # TPP alone: rows of another unit in the shared record, and what goes wrong with it
    "shared_in": 0.03,
    "foreign_controller": 0.003,
    "dangling_link": 0.01,
    "unknown_registration": 0.002,
}
#: population facts rather than faults: kept when the run is clean
_ALWAYS = (
    "two_practices",
    "deleted",
    "temporary",
    "private",
    "community",
    "resolved",
    "shared_in",
)
CLEAN = "clean"
#: rates below this are raised tenfold where a run is too small to meet them
_RARE = 0.01


def choose_rates(names: tuple[str, ...], *, is_tiny: bool = False) -> dict[str, float]:
    """Return the defect rates of a run.

    No defect named: all at their usual rate. ``clean``: none. Defects named: only those. In a tiny
    run rare defects are ten times as frequent, so that a few hundred patients show each of them.

    Raises:
        Refused: a name is neither a defect nor a scenario.
    """
    unknown = [name for name in names if name not in {*DEFECTS, *BY_NAME, CLEAN}]
    if unknown:
        raise Refused(
            f"unknown scenario: {', '.join(sorted(unknown))}",
            where="lds synth --scenario",
            done="nothing written",
            to_do=f"name some of: {', '.join([CLEAN, *sorted(BY_NAME), *sorted(DEFECTS)])}",
        )
    chosen = {name for name in names if name in DEFECTS}
    if CLEAN not in names and not chosen:
        chosen = set(DEFECTS)
    return {
        name: (rate * 10 if is_tiny and rate < _RARE else rate)
        if name in chosen or name in _ALWAYS
        else 0.0
        for name, rate in DEFECTS.items()
    }


def choose_scenarios(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the scenarios among the names, in the order of ``SCENARIOS``."""
    return tuple(scenario.name for scenario in SCENARIOS if scenario.name in names)
