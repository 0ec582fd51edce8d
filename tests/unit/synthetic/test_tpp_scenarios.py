"""Each TPP scenario spoils the deliveries of one configuration as its name says."""

import shutil
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.synthetic.faults import tpp_chain, tpp_rows
from lds_assets.synthetic.faults.registry import spoil_files
from lds_assets.synthetic.faults.scenario import Written
from lds_assets.synthetic.faults.tpp import SCENARIOS
from lds_assets.synthetic.faults.tpp_content import NEW_UNITS
from lds_assets.synthetic.faults.tpp_edit import read, state
from lds_assets.synthetic.tpp_form import FILES
from tests.unit.synthetic.deliveries import digest
from tests.unit.synthetic.tpp_world import (
    ADMITTED,
    DENIED,
    Run,
    tpp_plan,
    write_deliveries,
)

UNIT = "IDOrganisationVisibleTo"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return write_deliveries(tpp_plan(("clean",)), tmp_path_factory.mktemp("tpp") / "landing")


def spoil(made: Run, to: Path, scenario: str) -> Written:
    """Apply a scenario to a copy; return the first configuration's deliveries."""
    root = made[1][0][1].parents[2]
    shutil.copytree(root, to / "landing", dirs_exist_ok=True)
    written = [(each, to / "landing" / folder.relative_to(root)) for each, folder in made[1]]
    spoil_files((scenario,), written)
    return [item for item in written if item[0].group == "first"]


@pytest.mark.parametrize("scenario", [each.name for each in SCENARIOS])
def test_a_scenario_changes_its_configuration_alone(
    made: Run, tmp_path: Path, scenario: str
) -> None:
    before = made[1][0][1].parents[1]
    written = spoil(made, tmp_path, scenario)
    after = written[0][1].parents[1]
    assert digest(after) != digest(before)
    assert digest(after / "second") == digest(before / "second")


#: these change rows by their meaning, all others only add some
CHANGING = {"tpp_renumbered_mapping", "tpp_registration_null", "tpp_staff_absent"}


@pytest.mark.parametrize("scenario", [each for each in tpp_rows.FAULTS if each not in CHANGING])
def test_faults_of_rows_leave_the_other_rows_where_they_are(
    made: Run, tmp_path: Path, scenario: str
) -> None:
    newest = spoil(made, tmp_path, scenario)[-1][1]
    as_made = next(f for d, f in made[1] if (d.group, d.day) == ("first", 2))
    for table in FILES:
        rows = read(as_made, table).rows
        assert read(newest, table).rows[: len(rows)] == rows, table


def test_added_rows_have_numbers_that_no_generated_row_has(made: Run) -> None:
    added = {tpp_rows.number(name, place) for name in tpp_rows.FAULTS for place in range(10)}
    added |= {*tpp_rows.HUGE_NUMBERS, tpp_rows.HUGE_PATIENT}
    for _, folder in made[1]:
        for table in FILES:
            assert not added & {row["RowIdentifier"] for row in read(folder, table).rows}
    assert (
        max(int(each) for each in added - {*tpp_rows.HUGE_NUMBERS, tpp_rows.HUGE_PATIENT}) < 2**31
    )


def test_a_full_file_holds_what_bulk_and_deltas_leave(made: Run, tmp_path: Path) -> None:
    written = spoil(made, tmp_path, "tpp_rebulk")
    first = [item for item in made[1] if item[0].group == "first"]
    for table in ("SRCode", "SRAppointment"):
        rows = read(written[-1][1], table).rows
        assert rows == state(first, table)
        sent = [row for _, folder in first for row in read(folder, table).rows]
        assert len(read(first[0][1], table).rows) <= len(rows) <= len(sent)
        assert {row["RemovedData"] for row in rows} == {"0"}
    listed = {row["IsDelta"] for row in read(written[-1][1], "SRManifest").rows}
    assert listed == {"N"}


def test_a_limited_full_file_holds_recent_rows_alone(made: Run, tmp_path: Path) -> None:
    written = spoil(made, tmp_path, "tpp_full_of_last_months")
    rows = read(written[-1][1], "SRCode").rows
    assert 0 < len(rows) < len(state([i for i in made[1] if i[0].group == "first"], "SRCode"))
    assert {row["DateEvent"][7:11] for row in rows} <= {"2024", "2025", "2026"}


def test_a_new_unit_arrives_apart_and_only_there(made: Run, tmp_path: Path) -> None:
    written = spoil(made, tmp_path, "tpp_new_unit_apart")
    apart = written[0][1].parent / NEW_UNITS / written[-2][1].name
    assert {row[UNIT] for row in read(apart, "SRCode").rows} == {DENIED}
    for _, folder in written[:-1]:
        assert {row[UNIT] for row in read(folder, "SRCode").rows} == {ADMITTED}
    assert {row[UNIT] for row in read(written[-1][1], "SRCode").rows} == {ADMITTED, DENIED}


def test_a_limited_run_is_refused_a_scenario_that_needs_deltas(made: Run) -> None:
    with pytest.raises(Refused, match="tpp_gap needs a bulk and two deltas"):
        spoil_files(("tpp_gap",), made[1][:2])


def test_every_scenario_of_the_chain_is_of_the_newest_deliveries(made: Run, tmp_path: Path) -> None:
    for scenario in tpp_chain.FAULTS:
        written = spoil(made, tmp_path / scenario, scenario)
        bulk = next(f for d, f in made[1] if (d.group, d.day) == ("first", 0))
        assert digest(written[0][1]) == digest(bulk), scenario
