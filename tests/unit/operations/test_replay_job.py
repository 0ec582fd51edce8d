"""`replay_job`: runs by a governance event, and refuses to run without one."""

from pathlib import Path

import dagster as dg
import pytest

from lds_assets.operations.replay_job import replay_job
from lds_assets.replay.replay import request
from tests.unit.gate.world import DAY
from tests.unit.replay.world import ONE, Road, loaded


@pytest.fixture
def road(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Road:
    made = loaded(tmp_path)
    made.mend("observation.sql", "    value as result_value", "    value * 2 as result_value")
    monkeypatch.setenv("LDS_HOME", str(made.home))
    monkeypatch.setenv("LDS_SUPPLIERS", str(made.home / "code"))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    return made


def _run(event_id: str) -> dg.ExecuteInProcessResult:
    config = {"target": ONE, "event_id": event_id}
    return replay_job.execute_in_process(
        run_config={"ops": {"replay_practices": {"config": config}}}, raise_on_error=False
    )


def test_the_job_runs_by_an_event_alone(road: Road) -> None:
    assert not _run("no event").success
    assert road.values() == [3, 4, 10, 20]

    asked = request(road.platform, ONE, "Ann", "OPS", "the select was mended")

    assert _run(asked).success
    assert road.values() == [6, 8, 20, 40]
