"""Partitions follow the gate; runs of dead processes are closed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import dagster as dg
import pytest

from lds_assets.operations.instance import (
    PROCESS_TAG,
    process_tags,
    range_tags,
    reap,
    set_pools,
    sync_partitions,
)


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as found:
        yield found


def _started(instance: dg.DagsterInstance, tags: dict[str, str]) -> str:
    @dg.job
    def nothing() -> None:
        pass

    run = instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags)
    return run.run_id


def _status(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_practice_whose_gate_opens_is_added_at_the_end(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, "acme", ["B00001", "A00001"])
    assert sync_partitions(instance, "acme", ["B00001", "A00001", "A00000"]) == (["A00000"], [])
    assert instance.get_dynamic_partitions("acme_practices") == ["B00001", "A00001", "A00000"]


def test_a_practice_whose_gate_closes_leaves(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, "acme", ["B00001", "A00001"])
    assert sync_partitions(instance, "acme", ["A00001"]) == ([], ["B00001"])
    assert instance.get_dynamic_partitions("acme_practices") == ["A00001"]


def test_suppliers_have_sets_of_their_own(instance: dg.DagsterInstance) -> None:
    sync_partitions(instance, "acme", ["A00001"])
    sync_partitions(instance, "other", ["A00002"])
    assert instance.get_dynamic_partitions("acme_practices") == ["A00001"]


def test_a_range_covers_first_to_last() -> None:
    assert range_tags(["B00001", "A00001", "A00000"]) == {
        "dagster/asset_partition_range_start": "B00001",
        "dagster/asset_partition_range_end": "A00000",
    }


def test_a_run_whose_process_is_gone_is_closed(instance: dg.DagsterInstance) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    run_id = _started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{process.pid}"})
    assert reap(instance, services_are_down=False) == [run_id]
    assert _status(instance, run_id) is dg.DagsterRunStatus.FAILURE


@pytest.mark.parametrize("services_are_down", [False, True])
def test_a_run_whose_process_lives_is_left(
    instance: dg.DagsterInstance, services_are_down: bool
) -> None:
    run_id = _started(instance, {PROCESS_TAG: f"{socket.gethostname()}:{os.getppid()}"})
    assert reap(instance, services_are_down=services_are_down) == []
    assert _status(instance, run_id) is dg.DagsterRunStatus.STARTED


def test_a_run_of_another_host_is_left(instance: dg.DagsterInstance) -> None:
    _started(instance, {PROCESS_TAG: "elsewhere:1"})
    assert reap(instance, services_are_down=True) == []


def test_a_launched_run_is_closed_only_while_services_are_down(
    instance: dg.DagsterInstance,
) -> None:
    run_id = _started(instance, {})
    assert reap(instance, services_are_down=False) == []
    assert reap(instance, services_are_down=True) == [run_id]


def test_a_run_of_this_process_names_it() -> None:
    assert process_tags() == {
        "lds/driver": "cli",
        "lds/process": f"{socket.gethostname()}:{os.getpid()}",
    }


def test_every_pool_of_the_graph_has_a_limit(instance: dg.DagsterInstance) -> None:
    from lds_assets.definitions import defs  # noqa: PLC0415 - draws the graph

    set_pools(instance)
    limits = {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}
    assets = defs().get_repository_def().assets_defs_by_key.values()
    used = {pool for each in assets for pool in each.node_def.pools}
    assert used == {"lake", "marts"}
    assert limits == {"lake": 1, "marts": 1}
