"""A purge as a run: only with the id of the event that two persons signed."""

from pathlib import Path

import dagster as dg
import pytest

from lds_assets.operations.purge_job import PURGE_JOB, purge_job


def test_a_run_without_an_event_is_not_started() -> None:
    with pytest.raises(dg.DagsterInvalidConfigError, match="event_id"):
        purge_job.execute_in_process()


def test_a_run_with_an_event_that_approves_nothing_touches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    config = {"ops": {"execute_purge": {"config": {"event_id": "0" * 32}}}}
    result = purge_job.execute_in_process(run_config=config, raise_on_error=False)
    told = next(
        event.step_failure_data.user_failure_data
        for event in result.filter_events(lambda event: event.is_step_failure)
    )
    assert not result.success and told is not None
    assert "approves no purge" in str(told.description)
    assert not (tmp_path / "purges").exists()


def test_the_job_is_part_of_the_graph() -> None:
    from lds_assets.definitions import defs  # noqa: PLC0415

    assert defs().get_repository_def().get_job(PURGE_JOB).name == "purge_job"
