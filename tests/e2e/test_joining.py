"""Practices that join late, and deliveries that could not be loaded at first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.definitions import defs
from lds_assets.gate.onboarding import Step
from lds_assets.guards.onboarding import Onboardings
from lds_assets.landing.states import Imbalance, State
from lds_assets.operations.instance import practices_name
from lds_assets.operations.onboarding import ONBOARD_JOB
from lds_assets.platform import Platform
from lds_assets.release.publish import ReleaseReport
from lds_assets.release.record import current
from lds_assets.suppliers.registry import Supplier
from lds_assets.synthetic.generate import GenerationReport
from tests.road import TODAY, released_rows, settings_of, walk
from tests.stages import Stages, go_on_from

TOMORROW = TODAY + timedelta(days=1)

Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Joined:
    """Rows before and after a practice's consent begins, and had it begun at once.

    Attributes:
        run: what the sensor asked for on the first day of the consent; ``added`` its partitions.
        loaded: partitions the job's run told of, by asset; ``shown`` whom a release showed then.
        steps: where the practice stood after the job and after the release.
    """

    made: GenerationReport
    run: dg.RunRequest
    added: list[str]
    loaded: Mapping[str, set[str]]
    shown: tuple[str, ...]
    steps: tuple[Step, Step]
    release: ReleaseReport
    before: Rows
    after: Rows
    at_once: Rows
    balances: list[Imbalance]


def _onboard(home: Path) -> tuple[dg.RunRequest, list[str], dict[str, set[str]]]:
    """Do as the daemon does on the first day of a consent: look, add partitions, run the job."""
    sensor = defs().get_sensor_def("consents_effective")
    job = defs().get_repository_def().get_job(ONBOARD_JOB)
    with dg.DagsterInstance.ephemeral() as instance:
        with dg.build_sensor_context(instance=instance) as context:
            found = sensor(context)
        assert isinstance(found, dg.SensorResult)
        (request,), (add,) = found.run_requests or (), found.dynamic_partitions_requests or ()
        instance.add_dynamic_partitions(practices_name("emis"), list(add.partition_keys))
        result = job.execute_in_process(instance=instance, run_config=request.run_config)
        assert result.success
        loaded = {
            stage: set(instance.get_materialized_partitions(dg.AssetKey(["emis", stage])))
            for stage in ("gate", "raw", "canonical")
        }
        with dg.build_sensor_context(instance=instance) as context:
            assert isinstance(sensor(context), dg.SkipReason), "nobody is left to join"
    return request, list(add.partition_keys), loaded


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Joined:
    late, at_once = tmp_path_factory.mktemp("late"), tmp_path_factory.mktemp("at_once")
    made = stages.copy(late).made
    before = released_rows(late)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LDS_HOME", str(late))
        patch.setenv("LDS_TODAY", TOMORROW.isoformat())
        run, added, loaded = _onboard(late)
    in_force = current(settings_of(late))
    assert in_force is not None
    after_job = _step(late, added[0])
    _, release = walk(late, TOMORROW)
    ledger = Platform.open(settings_of(late, TOMORROW)).ledger
    balances = ledger.balance("raw") + ledger.balance("canonical")
    # it is of EMIS, of which nothing is loaded here yet
    stages.arrive(at_once)
    go_on_from(stages.at(0).home, at_once)
    walk(at_once, TOMORROW)
    return Joined(
        made,
        run,
        added,
        loaded,
        in_force.publishers,
        (after_job, _step(late, added[0])),
        release,
        before,
        released_rows(late),
        released_rows(at_once),
        balances,
    )


def _step(home: Path, practice: str) -> Step:
    return Onboardings(Platform.open(settings_of(home, TOMORROW))).course(practice).standing.state


def test_a_practice_whose_consent_begins_is_loaded_from_its_last_bulk(joined: Joined) -> None:
    (starting,) = [p for p in joined.made.practices if p.case == "starts_tomorrow"]
    assert starting.supplier_code == "emis"
    assert starting.code in joined.release.publishers
    # nobody else's rows moved, and the new practice's patients are there
    assert set(joined.before["observation"]) < set(joined.after["observation"])
    new = set(joined.after["patient"]) - set(joined.before["patient"])
    assert 0 < len(new) <= starting.patients
    assert joined.balances == []


def test_a_consent_starts_the_job_that_loads_its_practice_and_no_other(joined: Joined) -> None:
    starting = next(p for p in joined.made.practices if p.case == "starts_tomorrow")
    assert joined.added == [starting.code]
    assert list(joined.run.run_config["ops"]["load_on_consent"]["config"]["consents"]) == [
        starting.code
    ]
    assert joined.loaded == {key: {starting.code} for key in ("gate", "raw", "canonical")}


def test_what_the_job_loads_is_shown_by_the_release_that_reconciles_it(joined: Joined) -> None:
    assert joined.added[0] not in joined.shown
    assert joined.steps == (Step.BULK_RECEIVED, Step.LIVE)
    assert [each.practice_code for each in joined.release.reconciled] == joined.added


def test_joining_late_ends_as_joining_at_once(joined: Joined) -> None:
    assert joined.after == joined.at_once


def test_a_delivery_that_fails_to_load_is_held_and_loaded_when_mended(
    joined: Joined, stages: Stages, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stages.arrive(tmp_path)
    go_on_from(stages.at(0, 2).home, tmp_path)
    whole = Supplier.select

    def broken(self: Supplier, file: str) -> str:
        return "selekt" if (self.code, file) == ("emis", "encounter.sql") else whole(self, file)

    monkeypatch.setattr(Supplier, "select", broken)
    reports, _ = walk(tmp_path)
    assert reports["emis"].loaded == [] and len(reports["emis"].held) == 1
    assert reports["tpp"].loaded, "the other supplier goes on"
    ledger = Platform.open(settings_of(tmp_path)).ledger
    held = ledger.deliveries("emis", [State.HELD])
    assert [(each.reason, each.detail[:6]) for each in held] == [("LOAD_FAULT", "ENGINE")]
    assert "engine's message is withheld" in held[0].to_do

    monkeypatch.undo()
    reports, _ = walk(tmp_path, TOMORROW)
    assert reports["emis"].held == {}
    assert ledger.deliveries("emis", [State.HELD]) == []
    assert released_rows(tmp_path) == joined.at_once
