"""What the arrival sensor and the nightly schedule ask for, on real-format deliveries."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.definitions import defs
from lds_assets.operations.instance import practices_name
from tests.road import TODAY
from tests.stages import Stages


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setenv("LDS_TODAY", TODAY.isoformat())
    yield tmp_path


def _look(instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    sensor = defs().get_sensor_def("emis_arrivals")
    with dg.build_sensor_context(instance=instance) as context:
        answer = sensor(context)
    assert isinstance(answer, dg.SensorResult | dg.SkipReason)
    return answer


def test_an_empty_landing_starts_nothing(home: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert isinstance(_look(instance), dg.SkipReason)


def test_arrivals_start_one_run_over_the_practices_that_may_land(
    home: Path, stages: Stages
) -> None:
    made = stages.arrive(home, 2, 2)
    consenting = {
        p.code for p in made.practices if (p.supplier_code, p.case) == ("emis", "consented")
    }
    with dg.DagsterInstance.ephemeral() as instance:
        first = _look(instance)
        assert isinstance(first, dg.SensorResult)
        (added,) = first.dynamic_partitions_requests or ()
        assert set(added.partition_keys) == consenting
        (run,) = first.run_requests or ()
        # the daemon adds the partitions; nothing is loaded yet, so the same run is asked for
        instance.add_dynamic_partitions(practices_name("emis"), list(added.partition_keys))
        again = _look(instance)
        assert isinstance(again, dg.SensorResult)
        assert not again.dynamic_partitions_requests
        assert len(again.run_requests or ()) == 1
        assert run.tags["dagster/asset_partition_range_start"] in consenting
        assert run.tags["dagster/asset_partition_range_end"] in consenting


def test_the_night_loads_every_practice_in_one_run(home: Path) -> None:
    schedule = defs().get_schedule_def("tpp_nightly")
    assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "Europe/London"
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        context = dg.build_schedule_context(instance=instance)
        assert isinstance(schedule(context), dg.SkipReason)
        instance.add_dynamic_partitions(practices_name("tpp"), ["A00001", "A00002", "A00003"])
        run = schedule(context)
        assert isinstance(run, dg.RunRequest)
        assert run.tags["dagster/asset_partition_range_start"] == "A00001"
        assert run.tags["dagster/asset_partition_range_end"] == "A00003"
