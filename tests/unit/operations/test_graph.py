"""The graph as people see it: keys, groups, owners, order of the road, everything on."""

import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.canonical.tables import CANONICAL_TABLES
from lds_assets.definitions import defs
from lds_assets.operations.automation import LANDING_JOB, MARTS_JOB, PUBLISH_JOB, ingest_job_name
from lds_assets.suppliers.registry import suppliers

CODES = sorted(suppliers())


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    found = defs().get_repository_def().assets_defs_by_key
    return {
        key.to_user_string(): asset.specs_by_key[key]
        for key, asset in found.items()
        if key in asset.specs_by_key
    }


def _upstream(specs: dict[str, dg.AssetSpec], key: str) -> set[str]:
    seen: set[str] = set()
    ahead = [key]
    while ahead:
        for dep in specs[ahead.pop()].deps:
            name = dep.asset_key.to_user_string()
            if name not in seen:
                seen.add(name)
                ahead.append(name)
    return seen


def test_every_supplier_has_its_four_assets_in_its_group(specs: dict[str, dg.AssetSpec]) -> None:
    for code in CODES:
        own = {key for key, spec in specs.items() if spec.group_name == code}
        assert own == {f"{code}/{stage}" for stage in ("deliveries", "gate", "raw", "canonical")}


def test_every_asset_has_a_group_an_owner_and_a_description(
    specs: dict[str, dg.AssetSpec],
) -> None:
    assert {spec.group_name for spec in specs.values()} == {
        *CODES,
        "governance",
        "canonical",
        "marts",
    }
    assert [key for key, spec in specs.items() if not spec.owners or not spec.description] == []


def test_marts_stand_on_the_release_and_the_release_on_every_gate(
    specs: dict[str, dg.AssetSpec],
) -> None:
    above = _upstream(specs, "release")
    assert {f"canonical/{name}" for name in CANONICAL_TABLES} <= above
    assert {f"{code}/{stage}" for code in CODES for stage in ("deliveries", "gate", "raw")} <= above
    assert "release" in _upstream(specs, "marts/mart_practice_coverage")


def test_nothing_below_landing_goes_round_the_gate(specs: dict[str, dg.AssetSpec]) -> None:
    for code in CODES:
        readers = {
            key
            for key, spec in specs.items()
            if f"{code}/deliveries" in {dep.asset_key.to_user_string() for dep in spec.deps}
        }
        assert readers == {f"{code}/gate"}


def test_release_checks_block() -> None:
    checks = (
        defs()
        .get_repository_def()
        .asset_graph.get_check_keys_for_assets({dg.AssetKey(["release"])})
    )
    assert {key.name for key in checks} == {
        "raw_balance",
        "canonical_balance",
        "unique_ids",
        "concepts_known",
        "persons_known",
    }
    graph = defs().get_repository_def().asset_graph
    assert all(graph.get_check_spec(key).blocking for key in checks)


def test_sensors_and_schedules_are_on_by_default() -> None:
    repository = defs().get_repository_def()
    assert {each.default_status for each in repository.sensor_defs} == {
        dg.DefaultSensorStatus.RUNNING
    }
    assert {each.default_status for each in repository.schedule_defs} == {
        dg.DefaultScheduleStatus.RUNNING
    }


def test_loading_writes_nothing_and_needs_no_database(tmp_path: Path) -> None:
    home = tmp_path / "home"
    outcome = subprocess.run(
        [sys.executable, "-c", "from lds_assets.definitions import defs; defs()"],
        cwd=tmp_path,
        env={"PATH": "", "LDS_HOME": str(home), "LDS_DATABASE": "postgresql://nowhere.invalid/x"},
        check=False,
    )
    assert outcome.returncode == 0
    assert not home.exists()


def test_what_starts_by_itself_needs_no_configuration() -> None:
    repository = defs().get_repository_def()
    started = {each.job_name for each in repository.schedule_defs}
    started |= {PUBLISH_JOB, MARTS_JOB, *(ingest_job_name(code) for code in CODES)}
    assert LANDING_JOB in started
    for name in sorted(started):
        assert dg.validate_run_config(repository.get_job(name), {}) is not None
