"""`canonical/<olids table>` and `release`: what readers see, table by table."""

from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from lds_assets.canonical.tables import (
    DERIVED_TABLES,
    PERSON_TABLES,
    UNFED_TABLES,
    released_tables,
)
from lds_assets.errors import Held
from lds_assets.operations.lock import sole_writer
from lds_assets.operations.markdown import bars, markdown, table
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.release.checks import CHECK_NAMES
from lds_assets.release.publish import ReleaseReport, TableReport, publish
from lds_assets.replay.take_over import finish_open
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import CanonicalTable, olids

GROUP = "canonical"
OWNERS = ["team:data-operations"]
RELEASE = dg.AssetKey(["release"])

_CHECKS = {
    "raw_balance": "Landed rows = kept + excluded by each reason + quarantined, per delivery.",
    "canonical_balance": "Raw rows kept = canonical rows + each named reason for not landing.",
    "unique_ids": "No id occurs twice among the current rows of a table.",
    "concepts_known": "Every concept a fact names is a row of concept.",
    "persons_known": "Every patient has a person.",
}

_Result = dg.MaterializeResult[None] | dg.AssetCheckResult


def release_asset(codes: Sequence[str]) -> dg.AssetsDefinition:
    """Make the release over the canonical assets of every supplier."""
    shown = released_tables(Settings())

    @dg.multi_asset(
        name="publish_release",
        specs=[*(_table_spec(name, codes) for name in shown), _release_spec(shown)],
        check_specs=[
            dg.AssetCheckSpec(name, asset=RELEASE, blocking=True, description=_CHECKS.get(name))
            for name in CHECK_NAMES
        ],
        can_subset=False,
        pool="lake",
    )
    def publish_release(context: dg.AssetExecutionContext) -> Iterator[_Result]:
        settings = Settings()
        with told(context), sole_writer(settings):
            platform = Platform.open(settings)
            platform.prepare()
            finish_open(platform)
            try:
                report = publish(platform, run_id=context.run_id)
            except Held as fault:
                yield from _failed_checks(fault)
                raise
        yield from _results(report)

    return publish_release


def _table_spec(name: str, codes: Sequence[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        [GROUP, name],
        deps=[dg.AssetKey([code, "canonical"]) for code in codes],
        group_name=GROUP,
        owners=OWNERS,
        kinds={"deltalake"},
        tags={"lds/stage": "release"},
        description=(
            f"OLIDS `{name}`. {_origin(name)}\n\n"
            "Grain: one row per id; deleted rows are present and flagged."
        ),
        metadata={"dagster/column_schema": _columns(olids()[name])},
    )


def _origin(name: str) -> str:
    if name in UNFED_TABLES:
        return f"Empty so far: {UNFED_TABLES[name]}."
    if name in DERIVED_TABLES:
        return "Worked out from patients on the day of the release."
    made_here = "Made by the platform from patients. " if name in PERSON_TABLES else ""
    return (
        f"{made_here}Row versions are appended by the suppliers; the release pins one version of "
        "this table and readers see one current row per id."
    )


def _columns(described: CanonicalTable) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(column.name, column.lake_type.lower(), column.description)
            for column in described.columns
        ]
    )


def _release_spec(shown: Sequence[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        RELEASE,
        deps=[dg.AssetKey([GROUP, name]) for name in shown],
        group_name=GROUP,
        owners=OWNERS,
        kinds={"deltalake"},
        tags={"lds/stage": "release"},
        description=(
            "The release in force: one record, written last, that names a version of every "
            "table, the gate's version and the run. Marts, exports and reports read a release, "
            "never the newest files. A failed check leaves the former release in force."
        ),
    )


def _failed_checks(fault: Held) -> Iterator[_Result]:
    """Yield the checks a held release names as failed; the others were not all asked."""
    for name in CHECK_NAMES:
        if f"{name}: " in fault.what:
            yield dg.AssetCheckResult(
                passed=False,
                asset_key=RELEASE,
                check_name=name,
                metadata={"what": dg.MetadataValue.text(fault.what)},
            )


def _results(report: ReleaseReport) -> Iterator[_Result]:
    for name, counted in report.tables.items():
        yield dg.MaterializeResult(
            asset_key=dg.AssetKey([GROUP, name]),
            metadata=_table_metadata(counted),
            data_version=dg.DataVersion(f"{counted.version}:{counted.current_rows}"),
        )
    yield dg.MaterializeResult(
        asset_key=RELEASE,
        metadata=release_metadata(report),
        data_version=dg.DataVersion(report.release_id),
    )
    for check in report.checks:
        yield dg.AssetCheckResult(
            passed=check.passed,
            asset_key=RELEASE,
            check_name=check.name,
            metadata={"detail": dg.MetadataValue.text(check.detail)},
        )


def _table_metadata(counted: TableReport) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "dagster/row_count": dg.MetadataValue.int(counted.current_rows),
        "deleted_rows": dg.MetadataValue.int(counted.deleted_rows),
        "row_versions": dg.MetadataValue.int(counted.rows),
        "bytes": dg.MetadataValue.int(counted.bytes),
        "delta_version": dg.MetadataValue.int(counted.version),
        "by supplier": markdown(
            table(["dataset", "current rows"], [(n or "all", r) for n, r in _split(counted)])
        ),
    }
    if counted.newest_event_date is not None:
        metadata["newest_event_date"] = dg.MetadataValue.text(counted.newest_event_date.isoformat())
    return metadata


def _split(counted: TableReport) -> Sequence[tuple[str, int]]:
    return sorted(counted.by_supplier.items())


def _reconciled(report: ReleaseReport) -> str:
    """Return the practices whose first extract this run measured, and what was found."""
    rows = [
        (each.practice_code, each.supplier_code, each.verdict, each.cause, each.text)
        for each in report.reconciled
    ]
    return table(["practice", "supplier", "verdict", "reason", "what is found"], rows)


def release_metadata(report: ReleaseReport) -> Mapping[str, dg.MetadataValue]:
    """Return what the `release` asset shows: its id, tables, practices and a plot."""
    rows = [
        (name, each.current_rows, each.deleted_rows, each.bytes, each.newest_event_date)
        for name, each in report.tables.items()
    ]
    heads = ["table", "current rows", "deleted", "bytes", "newest event"]
    current = {name: float(each.current_rows) for name, each in report.tables.items()}
    kept_out = [(code, each.reason, each.text) for code, each in sorted(report.withheld.items())]
    return {
        "release_id": dg.MetadataValue.text(report.release_id),
        "is_new": dg.MetadataValue.bool(report.is_new),
        "as_of": dg.MetadataValue.text(report.as_of.isoformat()),
        "practices": dg.MetadataValue.int(len(report.publishers)),
        "dagster/row_count": dg.MetadataValue.int(int(sum(current.values()))),
        "tables": markdown(table(heads, rows)),
        "withheld": dg.MetadataValue.int(len(kept_out)),
        "withheld practices": markdown(table(["practice", "reason", "what is found"], kept_out)),
        "reconciled practices": markdown(_reconciled(report)),
        "practice codes": dg.MetadataValue.text(", ".join(report.publishers)),
        "rows plot": bars("Current rows by table", current),
    }
