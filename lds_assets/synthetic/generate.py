"""Entry point of the generator: one call makes a landing folder full of deliveries."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from lds_assets.synthetic.emis_form import EmisForm
from lds_assets.synthetic.faults.registry import spoil_files
from lds_assets.synthetic.form import Delivery, PracticePlan, RunPlan, SupplierForm
from lds_assets.synthetic.never_live import write_never_live
from lds_assets.synthetic.practices import plan_run
from lds_assets.synthetic.tpp_form import TppForm
from lds_assets.synthetic.writing import Progress, Writer


@dataclass(frozen=True)
class DemoPractice:
    """One practice of a run and its governance case.

    Attributes:
        case: ``consented``, ``no_consent``, ``withdrawn``, ``starts_tomorrow``, ``medicus`` or
            ``vision``; only the first may be loaded. ``moved_in`` is a practice on its new system,
            ``merged_in`` the people of a practice under its successor's code.
        agreement_id: delivery unit that carries it (EMIS sharing group, TPP configuration).
        patients: everybody the extract holds; ``registered`` after the newest delivery.
        joined_on: day of its first delivery, where other deliveries of the run come before.
    """

    code: str
    supplier_code: str
    supplier_org_id: str
    case: str
    agreement_id: str
    patients: int
    registered: int = 0
    joined_on: date | None = None


@dataclass(frozen=True)
class GenerationReport:
    """What a run wrote; counts and names only."""

    size: str
    seed: int
    end_date: date
    days: int
    practices: tuple[DemoPractice, ...]
    deliveries: tuple[Path, ...]
    file_count: int
    size_bytes: int
    scenarios: tuple[str, ...]


def supplier_forms() -> dict[str, SupplierForm]:
    """Return the writers by supplier code."""
    forms: list[SupplierForm] = [EmisForm(), TppForm()]
    return {form.supplier_code: form for form in forms}


def _silent(done: int, total: int, practice_code: str) -> None:
    """Tell nobody."""


def generate(
    size: str,
    seed: int,
    days: int,
    out: Path,
    scenario: tuple[str, ...],
    end_date: date,
    progress: Progress = _silent,
) -> GenerationReport:
    """Write a bulk and ``days`` deltas of every group below ``out``.

    Args:
        size: name of ``practices.SIZES``.
        out: the landing folder; other deliveries in it stay.
        scenario: names of defects or file faults, see ``scenarios.py``.
        end_date: date of the newest delivery (London).

    Returns:
        What was written. The same arguments give the same bytes.

    Raises:
        Refused: unknown size or scenario.
    """
    plan = plan_run(size, seed, days, end_date, scenario)
    out.mkdir(parents=True, exist_ok=True)
    writer = Writer(plan, supplier_forms(), out.absolute())
    deliveries = writer.write(progress)
    refused = write_never_live(plan, out.absolute())
    report = _report(plan, deliveries, refused, writer.registered)
    spoil_files(plan.scenarios, deliveries)
    return report


def _joined_on(plan: RunPlan, practice: PracticePlan) -> date | None:
    if not practice.first_day:
        return None
    return plan.end_date - timedelta(days=plan.days - practice.first_day)


def _report(
    plan: RunPlan,
    deliveries: list[tuple[Delivery, Path]],
    refused: list[Path],
    registered: dict[PracticePlan, int],
) -> GenerationReport:
    """Return the report of what was written, before any scenario spoils it."""
    folders = [folder for _, folder in deliveries]
    files = [path for folder in folders for path in folder.iterdir()] + refused
    return GenerationReport(
        size=plan.size,
        seed=plan.seed,
        end_date=plan.end_date,
        days=plan.days,
        practices=tuple(
            DemoPractice(
                practice.practice_code,
                practice.supplier_code,
                practice.supplier_org_id,
                practice.case,
                practice.group,
                practice.patients,
                registered.get(practice, 0),
                _joined_on(plan, practice),
            )
            for practice in plan.practices
        ),
        deliveries=(*folders, *(path.parent for path in refused)),
        file_count=len(files),
        size_bytes=sum(path.stat().st_size for path in files),
        scenarios=plan.scenarios,
    )
