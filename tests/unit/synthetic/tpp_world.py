"""Three invented practices in two TPP configurations; one of them may not be loaded."""

from datetime import date
from pathlib import Path

from lds_assets.synthetic.form import Delivery, PracticePlan, RunPlan
from lds_assets.synthetic.scenarios import choose_rates
from lds_assets.synthetic.tpp_form import TppForm
from lds_assets.synthetic.writing import Writer

Run = tuple[RunPlan, list[tuple[Delivery, Path]]]

ADMITTED, OTHER, DENIED = "E87701", "E87703", "E87702"
CANARY = "CANARYE87702"


def practice(index: int, code: str, group: str) -> PracticePlan:
    denied = code == DENIED
    return PracticePlan(
        index=index,
        practice_code=code,
        name=f"Practice {index}",
        postcode="W9 3XX",
        icb_code="QRV",
        sub_icb_code="W2U3Z",
        list_size=2000,
        supplier_code="tpp",
        group=group,
        supplier_org_id=code,
        case="no_consent" if denied else "consented",
        patients=120,
        first_person=1 + (index - 1) * 1000,
        staff=6,
        canary=CANARY if denied else "",
    )


def tpp_plan(scenario: tuple[str, ...] = ()) -> RunPlan:
    return RunPlan(
        size="tiny",
        seed=7,
        days=2,
        end_date=date(2026, 11, 20),
        practices=(
            practice(1, ADMITTED, "first"),
            practice(2, DENIED, "first"),
            practice(3, OTHER, "second"),
        ),
        persons=3000,
        rates=choose_rates(scenario),
        scenarios=(),
        consultations=8.0,
        tail_codes=60,
    )


def write_deliveries(plan: RunPlan, out: Path) -> Run:
    return plan, Writer(plan, {"tpp": TppForm()}, out).write(lambda *_: None)
