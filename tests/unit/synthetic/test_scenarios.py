"""Each named scenario spoils what it says and nothing else of the run."""

import csv
import shutil
from pathlib import Path

from lds_assets.synthetic.emis_form import EmisForm
from lds_assets.synthetic.faults.emis import SCENARIOS as OF_EMIS
from lds_assets.synthetic.faults.registry import SCENARIOS, spoil_files
from lds_assets.synthetic.practices import plan_run
from lds_assets.synthetic.scenarios import CLEAN, DEFECTS, choose_rates
from tests.unit.synthetic.deliveries import (
    BULK,
    END_DATE,
    FIRST_DELTA,
    SECOND_DELTA,
    Landing,
    digest,
    make,
)

NEXT_DAY = "20261121"


def spoil(tiny: Landing, folder: Path, scenario: str) -> Landing:
    """Apply a scenario to a copy of the tiny run's EMIS deliveries."""
    shutil.copytree(tiny.folder / "emis", folder / "emis")
    form, plan = EmisForm(), plan_run("tiny", 42, 2, END_DATE)
    deliveries = [form.delivery(plan, plan.practices[0].group, day) for day in range(3)]
    written = [(delivery, folder / form.folder(delivery)) for delivery in deliveries]
    spoil_files((scenario,), written)
    return Landing(folder, tiny.report)


def observation(landing: Landing) -> Path:
    return landing.files("CareRecord_Observation", SECOND_DELTA)[0]


def folder(landing: Landing, day: str) -> Path:
    return next(landing.folder.glob(f"emis/*/{BULK}")).parent / day


def test_a_missing_file_leaves_the_other_twenty(tiny: Landing, tmp_path: Path) -> None:
    spoiled = spoil(tiny, tmp_path, "missing_file")
    assert len(list(folder(spoiled, SECOND_DELTA).iterdir())) == 20
    assert spoiled.files("CareRecord_Observation", SECOND_DELTA) == []
    assert digest(folder(spoiled, BULK)) == digest(folder(tiny, BULK))


def test_a_truncated_file_breaks_off_within_a_row(tiny: Landing, tmp_path: Path) -> None:
    whole, cut = (
        observation(tiny).read_bytes(),
        observation(spoil(tiny, tmp_path, "truncated_file")),
    )
    assert whole.startswith(cut.read_bytes())
    assert not cut.read_bytes().endswith(b"\r\n")
    assert cut.read_bytes().count(b"\r\n") >= 1


def test_a_header_only_file_keeps_its_first_line(tiny: Landing, tmp_path: Path) -> None:
    kept = observation(spoil(tiny, tmp_path, "header_only")).read_bytes()
    assert kept.count(b"\r\n") == 1 and observation(tiny).read_bytes().startswith(kept)


def test_a_column_is_added_at_the_end_or_goes_missing(tiny: Landing, tmp_path: Path) -> None:
    def columns(landing: Landing) -> list[str]:
        with observation(landing).open(encoding="utf-8", newline="") as file:
            return next(csv.reader(file))

    usual = columns(tiny)
    assert columns(spoil(tiny, tmp_path / "added", "column_added")) == [*usual, "New"]
    missing = columns(spoil(tiny, tmp_path / "missing", "column_missing"))
    assert missing == [column for column in usual if column != "IsConfidential"]


def test_a_repeated_delivery_lies_twice_and_a_late_one_lies_late(
    tiny: Landing, tmp_path: Path
) -> None:
    again = spoil(tiny, tmp_path / "again", "repeated_delivery")
    late = spoil(tiny, tmp_path / "late", "late_delivery")
    first = digest(folder(tiny, FIRST_DELTA))
    assert digest(folder(again, FIRST_DELTA)) == digest(folder(again, NEXT_DAY)) == first
    assert not folder(late, FIRST_DELTA).exists()
    assert digest(folder(late, NEXT_DAY)) == first


def test_a_stray_file_is_the_only_addition(tiny: Landing, tmp_path: Path) -> None:
    spoiled = spoil(tiny, tmp_path, "stray_file")
    strangers = {path.name for path in folder(spoiled, SECOND_DELTA).iterdir()} - {
        path.name for path in folder(tiny, SECOND_DELTA).iterdir()
    }
    assert strangers == {"readme_first.txt"}


def test_a_disabled_feed_is_flagged_for_the_first_practice_alone(
    tiny: Landing, tmp_path: Path
) -> None:
    rows = spoil(tiny, tmp_path, "feed_disabled").rows(
        "Agreements_SharingOrganisation", SECOND_DELTA
    )
    disabled = [row["OrganisationGuid"] for row in rows if row["Disabled"] == "true"]
    assert disabled == [tiny.report.practices[0].supplier_org_id]
    assert len(rows) == 5


def test_a_mass_delete_names_every_patient_of_the_first_practice(
    tiny: Landing, tmp_path: Path
) -> None:
    first = tiny.report.practices[0].supplier_org_id
    bulk = {
        row["PatientGuid"]
        for row in tiny.rows("Admin_Patient", BULK)
        if row["OrganisationGuid"] == first
    }
    rows = spoil(tiny, tmp_path, "mass_delete").rows("Admin_Patient", SECOND_DELTA)
    gone = {row["PatientGuid"] for row in rows if row["Deleted"] == "true"}
    assert bulk and bulk <= gone


def test_a_run_applies_the_scenarios_it_is_given(tmp_path: Path) -> None:
    landing = make(tmp_path, "implied_opt_out", "stray_file", days=0)
    assert len(list(landing.folder.glob("emis/*/20261120/readme_first.txt"))) == 1
    first = landing.report.practices[0]
    bulk = [
        row
        for path in landing.folder.glob("emis/*/20261120/*_Admin_Patient_*.csv")
        for row in csv.DictReader(path.open(encoding="utf-8", newline=""))
        if row["OrganisationGuid"] == first.supplier_org_id
    ]
    # implied opt-out: under 1 % of the list, and the smallest list of a tiny run is 1,500
    assert 0 < len(bulk) < 15


def test_a_named_defect_comes_alone_and_clean_has_none() -> None:
    assert choose_rates(()) == DEFECTS
    alone = choose_rates(("no_date",))
    assert alone["no_date"] == 0.001 and alone["wrong_date"] == alone["nhs_missing"] == 0
    assert choose_rates(("clean",))["no_date"] == 0
    # rare defects are raised tenfold in a tiny run, usual ones are not
    tiny_rates = choose_rates((), is_tiny=True)
    assert tiny_rates["nhs_missing"] == 0.01 and tiny_rates["nhs_shared"] == 0.03


def test_every_scenario_of_emis_files_can_be_applied(tiny: Landing, tmp_path: Path) -> None:
    usual = digest(tiny.folder / "emis")
    for scenario in OF_EMIS:
        spoiled = spoil(tiny, tmp_path / scenario.name, scenario.name)
        assert digest(spoiled.folder / "emis") != usual, scenario.name


def test_each_scenario_has_a_name_of_its_own_a_meaning_and_something_to_do() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert not {*names} & {*DEFECTS, CLEAN}
    for scenario in SCENARIOS:
        assert scenario.meaning and "\n" not in scenario.meaning
        assert any((scenario.files, scenario.plan, scenario.register)), scenario.name
        assert bool(scenario.files) == bool(scenario.supplier), scenario.name
