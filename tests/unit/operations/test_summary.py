"""What a run tells of itself in its log."""

from lds_assets.ingest import IngestReport
from lds_assets.operations.ingest_assets import summary


def test_the_gate_rules_of_the_run_are_told() -> None:
    report = IngestReport("tpp", {}, rules={"controller_test": True, "other": False})
    assert [line for line in summary(report) if line.startswith("gate rule")] == [
        "gate rule controller_test: on",
        "gate rule other: off",
    ]
