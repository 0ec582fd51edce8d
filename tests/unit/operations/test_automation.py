"""One run for everything that waits, once."""

from datetime import datetime

import dagster as dg

from lds_assets.landing.states import Delivery, State
from lds_assets.operations.automation import _is_load, _runs


def _delivery(name: str, content: str = "c") -> Delivery:
    return Delivery(
        name,
        "acme",
        "g",
        name,
        "full",
        datetime(2026, 11, 1),
        State.VALIDATED,
        content_hash=content,
    )


def test_nothing_pending_starts_nothing() -> None:
    assert _runs([], ["A00001"]) == []


def test_a_delivery_without_an_admitted_practice_starts_nothing() -> None:
    assert _runs([_delivery("acme/g/1/full")], []) == []


def test_several_deliveries_are_one_run_over_all_practices() -> None:
    (run,) = _runs([_delivery("acme/g/1/full"), _delivery("acme/g/2/delta")], ["A00001", "A00002"])
    assert run.tags["dagster/asset_partition_range_start"] == "A00001"
    assert run.tags["dagster/asset_partition_range_end"] == "A00002"
    assert run.run_key is not None
    assert run.run_key.startswith("acme/g/2/delta:")


def test_the_key_changes_with_content_and_with_nothing_else() -> None:
    def key(content: str, keys: list[str]) -> str | None:
        return _runs([_delivery("acme/g/1/full", content)], keys)[0].run_key

    assert key("c", ["A00001"]) == key("c", ["A00001", "A00002"])
    assert key("c", ["A00001"]) != key("d", ["A00001"])


def test_a_practice_that_joins_without_a_delivery_is_no_arrival() -> None:
    assert _runs([], ["A00001", "A00002"]) == []


def test_a_backfill_of_a_supplier_counts_as_a_load_and_marts_do_not() -> None:
    load = dg.DagsterRun(
        job_name="__ASSET_JOB", asset_selection=frozenset({dg.AssetKey(["acme", "canonical"])})
    )
    marts = dg.DagsterRun(
        job_name="__ASSET_JOB", asset_selection=frozenset({dg.AssetKey(["marts", "mart_practice"])})
    )
    assert _is_load(load, ["acme"])
    assert _is_load(dg.DagsterRun(job_name="acme_ingest_job"), ["acme"])
    assert _is_load(dg.DagsterRun(job_name="onboard_practice"), ["acme"])
    assert not _is_load(marts, ["acme"])
    assert not _is_load(dg.DagsterRun(job_name="publish_job"), ["acme"])
