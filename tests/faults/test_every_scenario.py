"""What holds whatever a supplier sends: rows balance, and no output names a patient."""

import pytest

from lds_assets.synthetic.faults.registry import BY_NAME
from tests.faults.run import assert_balanced, assert_silent
from tests.faults.runs import Runs

#: TPP's are asked the same where several TPP practices are, beside the tests of each
NAMES = [name for name, scenario in BY_NAME.items() if scenario.supplier != "tpp"]


@pytest.mark.parametrize("scenario", NAMES)
def test_every_row_of_every_file_is_accounted_for(runs: Runs, scenario: str) -> None:
    run = runs.of(scenario)
    assert_balanced(run)
    assert run.held == ""


@pytest.mark.parametrize("scenario", NAMES)
def test_nothing_kept_or_told_outside_the_lake_names_a_patient(runs: Runs, scenario: str) -> None:
    assert_silent(runs.of(scenario))
