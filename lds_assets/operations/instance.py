"""The Dagster instance of this deployment, opened the same way by `lds` and by `dagster dev`."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from lds_assets.resources import REPOSITORY, Settings

#: A run of the command line carries the process that works on it.
PROCESS_TAG = "lds/process"
#: Assets that a person starts, with the id of an event: no job of the road takes them along.
ON_DEMAND = {"lds/on_demand": "true"}
#: Who started a run: ``cli``, or nothing for Dagster's own.
DRIVER_TAG = "lds/driver"

#: Pool -> how many runs may hold it at once.
POOLS = {"lake": 1, "marts": 1}

_UNDER_WAY = [
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def environment(settings: Settings) -> dict[str, str]:
    """Return the variables that dagster.yaml and the services of this deployment read."""
    storage = settings.home.absolute() / "dagster"
    return {
        "LDS_DAGSTER_STORAGE": str(storage),
        "LDS_DAGSTER_LOGS": str(storage / "logs"),
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "DAGSTER_REDACT_USER_CODE_ERRORS": "1",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the instance that DAGSTER_HOME names, else the one under ``LDS_HOME``."""
    for name, value in environment(settings).items():
        os.environ.setdefault(name, value)
    home = os.environ.get("DAGSTER_HOME", "")
    base = Path(home) if home else Path(os.environ["LDS_DAGSTER_STORAGE"])
    base.mkdir(parents=True, exist_ok=True)
    config = base if home else REPOSITORY
    with dg.DagsterInstance.from_ref(
        InstanceRef.from_dir(str(base), config_dir=str(config))
    ) as instance:
        yield instance


def set_pools(instance: dg.DagsterInstance) -> None:
    """Write the limit of every pool; Dagster enforces only limits it has stored."""
    for pool, limit in POOLS.items():
        instance.event_log_storage.set_concurrency_slots(pool, limit)


def process_tags() -> dict[str, str]:
    """Return the tags of a run that this process works on itself."""
    return {DRIVER_TAG: "cli", PROCESS_TAG: f"{socket.gethostname()}:{os.getpid()}"}


def reap(instance: dg.DagsterInstance, *, services_are_down: bool) -> list[str]:
    """Fail the runs that nobody works on any more, so that they free their pools.

    A killed host leaves runs that look started for ever.

    Args:
        instance: the instance to clean.
        services_are_down: true when no code server of this instance is alive, so that every
            run it launched is dead. Runs of the command line are dead when their process is.

    Returns:
        Ids of the runs that were failed.
    """
    records = instance.get_runs(filters=dg.RunsFilter(statuses=_UNDER_WAY))
    dead = [run for run in records if _is_dead(run.tags, services_are_down)]
    for run in dead:
        instance.report_run_failed(run, "its process is gone; the work is safe to run again")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in dead]


def _is_dead(tags: Mapping[str, str], services_are_down: bool) -> bool:
    process = tags.get(PROCESS_TAG)
    if process is None:
        return services_are_down
    host, _, pid = process.rpartition(":")
    if host != socket.gethostname():
        return False
    return int(pid) != os.getpid() and not Path(f"/proc/{pid}").exists()


def sync_partitions(
    instance: dg.DagsterInstance, code: str, admitted: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Bring the practice partitions of a supplier in line with the gate.

    New keys are added in one call, so that they stay neighbours and a range stays one run.

    Returns:
        Keys added and keys removed.
    """
    name = practices_name(code)
    known = instance.get_dynamic_partitions(name)
    wanted = list(admitted)
    added = [key for key in wanted if key not in set(known)]
    removed = [key for key in known if key not in set(wanted)]
    if added:
        instance.add_dynamic_partitions(name, added)
    for key in removed:
        instance.delete_dynamic_partition(name, key)
    return added, removed


def practices_name(code: str) -> str:
    """Return the name of a supplier's set of practice partitions."""
    return f"{code}_practices"


def range_tags(keys: list[str]) -> dict[str, str]:
    """Return the tags that make one run cover all keys, first to last."""
    return {
        "dagster/asset_partition_range_start": keys[0],
        "dagster/asset_partition_range_end": keys[-1],
    }
