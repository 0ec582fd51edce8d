"""What waits for the register to explain an id is opened again when the register says more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import lds_assets.ingest as road
from lds_assets.ingest import IngestReport, ingest
from lds_assets.landing.prepare import opened
from lds_assets.landing.states import Delivery
from lds_assets.platform import Platform
from tests.faults.run import Run, assert_balanced
from tests.faults.runs import Runs
from tests.road import settings_of

FIRST_DELTA, NEWEST = "20261119", "20261120"


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the deliveries whose files are opened, in order."""
    ids: list[str] = []

    @contextmanager
    def look(delivery: Delivery, *rest: Any) -> Iterator[Any]:  # noqa: ANN401 - passed on
        ids.append(delivery.delivery_id)
        with opened(delivery, *rest) as prepared:
            yield prepared

    monkeypatch.setattr(road, "opened", look)
    return ids


def _again(run: Run) -> IngestReport:
    platform = Platform.open(settings_of(run.home))
    assert platform.prepare() == ()
    platform.notice("emis")
    return ingest(platform, "emis", platform.admitted("emis"), run_id="again")


def _list_as_branch(run: Run, code: str) -> None:
    """Let the register say that a code is a branch of the first practice."""
    text = f"branch_code,practice_code,valid_from,valid_to\n{code},{run.first},2015-01-01,\n"
    path = settings_of(run.home).governance / "branch.csv"
    path.write_text(text, encoding="utf-8")


def test_a_held_delivery_is_opened_again_only_when_the_register_says_more(
    runs: Runs, seen: list[str], tmp_path: Path
) -> None:
    run = runs.copy("ods_code_changed_before", tmp_path / "home")
    seen.clear()
    first = run.first
    before = [run.outcome(first, mark) for mark in (FIRST_DELTA, NEWEST)]
    assert before == [("HELD", "S_GUID_MISMATCH"), ("HELD", "HELD_BEFORE")]

    told = _again(run).practices[first]
    assert seen == []
    assert (told.outcome, told.primary_reason) == ("held", "S_GUID_MISMATCH")
    assert FIRST_DELTA in told.message
    assert "practice_system.csv" in told.message
    assert [run.outcome(first, mark) for mark in (FIRST_DELTA, NEWEST)] == before

    # another practice's news explain nothing, and are a change of what the register states
    _list_as_branch(run, "A88888")
    assert _again(run).practices[first].outcome == "held"
    assert [FIRST_DELTA in seen[0], NEWEST in seen[1], len(seen)] == [True, True, 2]
    seen.clear()
    assert _again(run).practices[first].outcome == "held"
    assert seen == []

    # the code is a branch's of the practice: what waited is loaded, in order
    _list_as_branch(run, "A99999")
    assert _again(run).practices[first].outcome == "loaded"
    assert [FIRST_DELTA in seen[0], NEWEST in seen[1], len(seen)] == [True, True, 2]
    assert {run.outcome(first, mark) for mark in (FIRST_DELTA, NEWEST)} == {("LOADED", "")}
    seen.clear()
    assert _again(run).practices[first].outcome == "nothing_new"
    assert seen == []
    assert_balanced(run)


def test_a_group_that_is_nobody_s_agreement_is_not_opened_in_vain(
    runs: Runs, seen: list[str], tmp_path: Path
) -> None:
    run = runs.copy("group_never_registered", tmp_path / "home")
    seen.clear()
    bulk = run.delivery("20261118")
    assert (bulk.state, bulk.reason) == ("QUARANTINED", "S_GUID_MISMATCH")
    report = _again(run)
    # nor is what comes after it
    assert seen == []
    assert report.held[bulk.delivery_id].count("not opened again") == 1
    assert run.delivery("20261118").fate == bulk.fate

    _list_as_branch(run, "A88888")
    assert bulk.delivery_id in _again(run).held
    assert seen == [bulk.delivery_id]
