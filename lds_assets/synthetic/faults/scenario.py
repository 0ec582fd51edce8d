"""What a named scenario is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lds_assets.synthetic.form import Delivery, PracticePlan

if TYPE_CHECKING:
    from lds_assets.synthetic.generate import GenerationReport

#: Deliveries of one group in order of extraction, each with its folder.
Written = list[tuple[Delivery, Path]]
#: Spoils written deliveries in place.
FileFault = Callable[[Written], None]
#: Returns the practices of a run, one of them changed before anything is written.
PlanFault = Callable[[tuple[PracticePlan, ...]], tuple[PracticePlan, ...]]
#: Spoils the files of a demo register in place: their folder, and the run they fit.
RegisterFault = Callable[[Path, "GenerationReport"], None]


@dataclass(frozen=True)
class Scenario:
    """One named fault; it touches what it says and nothing else of a run.

    Attributes:
        name: as given to ``lds synth --scenario``.
        meaning: one line for people.
        supplier: folder code of the supplier whose first group ``files`` spoils.
        files: applied after a run is written.
        plan: applied before it is written.
        register: applied to the demo register of the run.
    """

    name: str
    meaning: str
    supplier: str = ""
    files: FileFault | None = None
    plan: PlanFault | None = None
    register: RegisterFault | None = None
