"""`governance/freshness` in the orchestrator: what it shows, and when its check turns red."""

from datetime import datetime
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.freshness.assets import freshness
from tests.unit.freshness.test_answer import ALL, deliver
from tests.unit.gate.world import DAY, World
from tests.unit.why.world import platform_of


@pytest.mark.parametrize(("day", "passed"), [(16, True), (12, False)])
def test_the_check_tells_a_region_that_is_not_on_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, day: int, passed: bool
) -> None:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    deliver(platform_of(tmp_path, World()), datetime(2025, 6, day, 0, 5), ALL)

    result = dg.materialize([freshness])

    (check,) = result.get_asset_check_evaluations()
    assert (check.check_name, check.passed) == ("region_is_on_time", passed)
    (event,) = result.asset_materializations_for_node("governance__freshness")
    shown = str(event.metadata["not on time"].value)
    assert ("MISSING" in shown and "Oak Surgery" in shown) is not passed
