"""Scenarios of practices that move to another system, or merge."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lds_assets.synthetic.faults.scenario import Scenario
from lds_assets.synthetic.form import PracticePlan

if TYPE_CHECKING:
    from lds_assets.synthetic.generate import GenerationReport

#: Delivery with which the new system, or the successor, begins to send.
CHANGE_DAY = 1
_Plans = tuple[PracticePlan, ...]


def _loaded(practices: _Plans, supplier: str) -> list[PracticePlan]:
    return [
        each for each in practices if (each.supplier_code, each.case) == (supplier, "consented")
    ]


def _moves_to_emis(practices: _Plans) -> _Plans:
    """Let the first TPP practice come to EMIS with everything it has; TPP goes on sending."""
    # the register of a run knows no other ids than these, so they need no seed
    moving = _loaded(practices, "tpp")[0]
    number = f"{moving.index:012X}"
    newcomer = replace(
        moving,
        supplier_code="emis",
        group=f"FA000000-0000-4000-9000-{number}",
        supplier_org_id=f"{{FA000000-0000-4000-A000-{number}}}",
        case="moved_in",
        origin="tpp",
        first_day=CHANGE_DAY,
        restart_share=0.5,
    )
    return (*practices, newcomer)


def _moves_to_medicus(practices: _Plans) -> _Plans:
    """Let the first EMIS practice send nothing after the bulk; Medicus has it then."""
    moving = _loaded(practices, "emis")[0]
    return tuple(
        replace(each, last_day=CHANGE_DAY - 1) if each is moving else each for each in practices
    )


def _merges(practices: _Plans) -> _Plans:
    """Let the first EMIS practice's people come under the second's code; both go on sending."""
    predecessor, successor = _loaded(practices, "emis")[:2]
    newcomer = replace(
        successor,
        index=predecessor.index,
        patients=predecessor.patients,
        first_person=predecessor.first_person,
        staff=predecessor.staff,
        case="merged_in",
        first_day=CHANGE_DAY,
        restart_share=1.0,
    )
    return (*practices, newcomer)


def _list_after_merger(folder: Path, report: "GenerationReport") -> None:
    """Add the successor's list from the day the other practice's people are on it."""
    newcomer = next(each for each in report.practices if each.case == "merged_in")
    successor = next(each for each in report.practices if each.code == newcomer.code)
    assert newcomer.joined_on is not None
    _append(
        folder / "list_size.csv",
        {
            "practice_code": newcomer.code,
            "as_at": newcomer.joined_on.isoformat(),
            "registered_count": str(successor.registered + newcomer.registered),
            "source": "SYNTHETIC",
        },
    )


def _append(path: Path, row: dict[str, str]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    with path.open("a", encoding="utf-8", newline="") as file:
        csv.DictWriter(file, columns, restval="", lineterminator="\n").writerow(row)


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        "moves_to_emis",
        "the first TPP practice moves to EMIS on the second delivery: same people, new GUIDs, "
        "history twice, half of the registrations begun anew; TPP overlaps",
        plan=_moves_to_emis,
    ),
    Scenario(
        "moves_to_medicus",
        "the first EMIS practice moves to Medicus: after the bulk its feed is silent",
        plan=_moves_to_medicus,
    ),
    Scenario(
        "merges",
        "the first EMIS practice merges into the second: its people come under both codes",
        plan=_merges,
        register=_list_after_merger,
    ),
)
