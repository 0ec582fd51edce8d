"""Deliveries of three TPP practices in two configurations, with the register that admits them."""

import shutil
from dataclasses import replace
from pathlib import Path

from lds_assets.synthetic.faults.scenario import Written
from lds_assets.synthetic.generate import DemoPractice, GenerationReport
from lds_assets.synthetic.practices import plan_run
from lds_assets.synthetic.scenarios import choose_rates
from lds_assets.synthetic.tpp_form import TppForm
from lds_assets.synthetic.writing import Writer
from tests.officers import write_register
from tests.road import NEWEST, settings_of

_PATIENTS = 30


def make_deliveries(home: Path) -> tuple[Path, Written]:
    """Write deliveries and register into a home; return it with each delivery and its folder."""
    settings = settings_of(home)
    settings.landing.mkdir(parents=True)
    base = plan_run("small", 42, 2, NEWEST)
    chosen = [each for each in base.practices if each.supplier_code == "tpp"]
    practices = tuple(
        replace(each, index=place, patients=_PATIENTS, staff=4, first_person=1 + place * 1000)
        for place, each in enumerate(chosen, 1)
    )
    plan = replace(
        base,
        practices=practices,
        persons=5000,
        consultations=2.6,
        tail_codes=100,
        rates=choose_rates(("clean",)),
    )
    writer = Writer(plan, {"tpp": TppForm()}, settings.landing)
    written = writer.write(lambda *_: None)
    # the other configuration needs but one delta to show that it goes on
    shutil.rmtree(written.pop()[1])
    listed = tuple(
        DemoPractice(code, "tpp", code, p.case, p.group, p.patients, writer.registered[p])
        for p in practices
        for code in [p.practice_code]
    )
    folders = tuple(folder for _, folder in written)
    report = GenerationReport("tiny", 42, NEWEST, 2, listed, folders, 0, 0, ())
    write_register(report, settings.governance)
    return home, written
