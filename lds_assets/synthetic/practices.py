"""Chooses the practices of a run from London's real ones and plans its groups and cases."""

import csv
import hashlib
import uuid
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from pathlib import Path

from lds_assets.errors import Refused
from lds_assets.resources import REPOSITORY
from lds_assets.synthetic.faults.registry import change_plan
from lds_assets.synthetic.form import PracticePlan, RunPlan
from lds_assets.synthetic.population import person_span
from lds_assets.synthetic.scenarios import choose_rates, choose_scenarios

PRACTICES = REPOSITORY / "seeds" / "organisation" / "london_practices.csv"
#: governance cases beside the consented practices; each is delivered and must never be loaded
DENIED_CASES = ("no_consent", "withdrawn", "starts_tomorrow")
NEVER_LIVE = ("medicus", "vision")


@dataclass(frozen=True)
class Size:
    """How much a run makes.

    Attributes:
        patients: rows of the patient tables of all consented practices together.
        denied_patients: rows of each practice that must not be loaded.
        lists: smallest and largest published list size of the practices chosen: invented lists
            are short, and one far below the published size would rightly be stopped.
        edited: share of the entries of a record that a delta brings again, changed.
    """

    emis: int
    tpp: int
    emis_groups: int
    tpp_groups: int
    patients: int
    denied_patients: int
    consultations: float
    tail_codes: int
    lists: tuple[int, int]
    edited: float = 0.0005


SIZES = {
    "tiny": Size(2, 1, 1, 1, 300, 20, 2.6, 250, (1500, 3000)),
    "small": Size(9, 3, 3, 2, 12_000, 60, 5.6, 1500, (3000, 8000)),
    "perf": Size(30, 10, 6, 3, 100_000, 60, 9.4, 4000, (2000, 20_000)),
    # 15,000 registered and 10,000 who left within five years; a delta brings one row in 200
    "one-practice": Size(1, 0, 1, 1, 25_000, 20, 102.0, 4000, (14_000, 16_000), 0.0043),
}


@dataclass(frozen=True)
class _Listed:
    code: str
    name: str
    icb_code: str
    sub_icb_code: str
    supplier: str
    list_size: int
    postcode: str


def plan_run(
    size: str,
    seed: int,
    days: int,
    end_date: date,
    scenarios: tuple[str, ...] = (),
    practices: Path = PRACTICES,
) -> RunPlan:
    """Return the plan of a run; equal arguments give equal plans.

    Raises:
        Refused: unknown size or scenario, or more days than the numbering holds (99).
    """
    if size not in SIZES or not 0 <= days <= 99:
        raise Refused(
            f"no run of size {size!r} with {days} daily deliveries",
            where="lds synth",
            done="nothing written",
            to_do=f"choose a size of {', '.join(SIZES)} and 0 to 99 days",
        )
    chosen = change_plan(scenarios, _choose(SIZES[size], seed, _listed(practices)))
    return RunPlan(
        size=size,
        seed=seed,
        days=days,
        end_date=end_date,
        practices=chosen,
        persons=sum(person_span(plan.patients) for plan in chosen if plan.case == "consented"),
        rates=choose_rates(scenarios, is_tiny=size == "tiny"),
        scenarios=choose_scenarios(scenarios),
        consultations=SIZES[size].consultations,
        tail_codes=SIZES[size].tail_codes,
        edited=SIZES[size].edited,
    )


def guid(seed: int, *parts: str) -> str:
    """Return a GUID that follows from the parts: upper case, no braces."""
    digest = hashlib.sha256("\x1f".join([str(seed), *parts]).encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4)).upper()


def _listed(path: Path) -> list[_Listed]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            _Listed(
                row["practice_code"],
                row["name"],
                row["icb_code"],
                row["sub_icb_code"],
                row["supplier"].lower(),
                int(row["list_size"] or 0),
                row["postcode"],
            )
            for row in csv.DictReader(file)
            if row["status"] == "ACTIVE" and not row["close_date"] and row["icb_code"]
        ]


def _candidates(
    listed: list[_Listed], supplier: str, seed: int, lists: tuple[int, int]
) -> list[_Listed]:
    """Return practices of a supplier, ICB after ICB in turn, in the seed's order within each."""
    by_icb: dict[str, list[_Listed]] = {}
    for practice in sorted(listed, key=lambda one: guid(seed, "choice", one.code)):
        fits = lists[0] <= practice.list_size <= lists[1] or supplier in NEVER_LIVE
        if practice.supplier == supplier and fits and " " in practice.postcode:
            by_icb.setdefault(practice.icb_code, []).append(practice)
    turns = zip_longest(*(by_icb[icb] for icb in sorted(by_icb)))
    return [practice for turn in turns for practice in turn if practice is not None]


def _choose(size: Size, seed: int, listed: list[_Listed]) -> tuple[PracticePlan, ...]:
    emis = _candidates(listed, "emis", seed, size.lists)
    tpp = _candidates(listed, "tpp", seed, size.lists)
    loaded = emis[: size.emis] + tpp[: size.tpp]
    patients = _share_out(size.patients, [practice.list_size for practice in loaded])
    plans: list[PracticePlan] = []
    first_person = 0
    for practice, count in zip(loaded, patients, strict=True):
        position = sum(plan.supplier_code == practice.supplier for plan in plans)
        plans.append(_plan(len(plans) + 1, practice, size, seed, position, count))
        plans[-1] = replace(plans[-1], first_person=first_person)
        first_person += person_span(count)
    denied = list(zip(DENIED_CASES, emis[size.emis :], strict=False))
    denied += [("medicus", _candidates(listed, "medicus", seed, size.lists)[0])]
    # no practice of London uses Vision any more; one of another system stands in for it
    denied += [("vision", replace(emis[size.emis + len(DENIED_CASES)], supplier="vision"))]
    for position, (case, practice) in enumerate(denied):
        plan = _plan(len(plans) + 1, practice, size, seed, position, size.denied_patients)
        canary = f"CANARY{practice.code}"
        plans.append(replace(plan, case=case, canary=canary, first_person=first_person))
        first_person += person_span(size.denied_patients)
    return tuple(plans)


def _share_out(total: int, weights: list[int]) -> list[int]:
    """Split a total by weight into whole numbers that add up to it."""
    reached = [total * sum(weights[: n + 1]) // sum(weights) for n in range(len(weights))]
    return [high - low for low, high in zip([0, *reached], reached, strict=False)]


def _plan(
    index: int, practice: _Listed, size: Size, seed: int, position: int, patients: int
) -> PracticePlan:
    groups = {"emis": size.emis_groups, "tpp": size.tpp_groups}.get(practice.supplier, 1)
    group = {
        "emis": guid(seed, "emis group", str(position % groups)),
        "tpp": f"lds{position % groups + 1:02d}",
    }.get(practice.supplier, practice.code)
    organisation = practice.code
    if practice.supplier == "emis":
        organisation = "{" + guid(seed, "emis organisation", practice.code) + "}"
    return PracticePlan(
        index=index,
        practice_code=practice.code,
        name=practice.name,
        postcode=practice.postcode,
        icb_code=practice.icb_code,
        sub_icb_code=practice.sub_icb_code,
        list_size=practice.list_size,
        supplier_code=practice.supplier,
        group=group,
        supplier_org_id=organisation,
        case="consented",
        patients=patients,
        first_person=0,
        staff=min(900, max(4, patients // 300)),
        canary="",
    )
