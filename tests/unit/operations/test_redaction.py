"""No text of an engine's error reaches a log."""

import logging

import dagster as dg
import pytest

from lds_assets.errors import Held
from lds_assets.operations.redaction import hearing_faults, told

CANARY = "9990000042 SMITH"


def _run(asset: dg.AssetsDefinition, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    return dg.materialize([asset], instance=instance, raise_on_error=False)


@dg.asset
def broken() -> None:
    raise ValueError(f"could not cast {CANARY}")


@dg.asset
def held(context: dg.AssetExecutionContext) -> None:
    with told(context):
        raise Held("n files are missing", where="landing", done="held", to_do="wait", code="X")


def test_an_unexpected_error_is_told_by_class_and_place_only(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DAGSTER_REDACT_USER_CODE_ERRORS", "1")
    with dg.DagsterInstance.ephemeral() as instance, hearing_faults() as heard:
        result = _run(broken, instance)
        stored = "\n".join(str(each) for each in instance.all_logs(result.run_id))
    assert not result.success
    assert "ValueError" in heard[0]
    assert "test_redaction.py" in heard[0]
    assert CANARY not in "".join(heard)
    assert CANARY not in stored
    assert CANARY not in caplog.text


def test_a_fault_of_the_road_keeps_its_four_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_REDACT_USER_CODE_ERRORS", "1")
    with dg.DagsterInstance.ephemeral() as instance:
        result = _run(held, instance)
        failures = [each for each in result.all_events if each.is_step_failure]
    told_data = failures[0].step_failure_data.user_failure_data
    assert told_data is not None
    assert told_data.description is not None
    assert "n files are missing" in told_data.description
    assert told_data.metadata["to do"].value == "wait"


def test_hearing_ends_with_its_block() -> None:
    logger = logging.getLogger("dagster.redacted_errors")
    before = list(logger.handlers)
    with hearing_faults():
        assert len(logger.handlers) == len(before) + 1
    assert logger.handlers == before
