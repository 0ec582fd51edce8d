"""`marts/<model>`: the dbt project as assets, its tests as checks.

One dbt invocation builds every model of a release. dbt's own messages may quote rows, so it is run
by ``lds_assets.marts.build``, which lets out names, states and counts only.
"""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, dbt_assets

from lds_assets.errors import Held
from lds_assets.marts.build import BuiltNode, MartsReport, build
from lds_assets.marts.manifest import PROJECT, manifest_path, parsed_folder
from lds_assets.marts.publish import Publication, PublishedMart, publish
from lds_assets.marts.shown import mark_built
from lds_assets.operations.lock import sole_writer
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.release.attach import attach
from lds_assets.release.record import current
from lds_assets.release.take_out import refuse_shut
from lds_assets.resources import Settings

GROUP = "marts"
OWNERS = ["team:analytics"]

_Result = dg.MaterializeResult[None] | dg.AssetCheckResult
_Props = Mapping[str, Any]


class MartsTranslator(DagsterDbtTranslator):
    """Names dbt's nodes as the road does: `marts/<model>`; sources keep the keys they declare."""

    def get_asset_key(self, dbt_resource_props: _Props) -> dg.AssetKey:
        """Return the key of a node."""
        if dbt_resource_props["resource_type"] == "source":
            return super().get_asset_key(dbt_resource_props)
        return dg.AssetKey([GROUP, str(dbt_resource_props["name"])])

    def get_group_name(self, dbt_resource_props: _Props) -> str | None:
        """Return the group: one for all of them; sources belong to others."""
        return None if dbt_resource_props["resource_type"] == "source" else GROUP

    def get_owners(self, dbt_resource_props: _Props) -> list[str] | None:
        """Return who answers for the models."""
        return None if dbt_resource_props["resource_type"] == "source" else OWNERS

    def get_tags(self, dbt_resource_props: _Props) -> Mapping[str, str]:
        """Return the layer beside the stage."""
        layer = str(dbt_resource_props.get("fqn", ["", "seeds"])[1])
        return {"lds/stage": "marts", "lds/layer": layer}


def marts_asset() -> dg.AssetsDefinition:
    """Make the assets of the dbt project."""
    # several relations of the release asset are read: its record, its practices, its gate
    settings = DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
    translator = MartsTranslator(settings)

    @dbt_assets(
        manifest=manifest_path(),
        name="build_marts",
        pool="marts",
        dagster_dbt_translator=translator,
    )
    def build_marts(context: dg.AssetExecutionContext) -> Iterator[_Result]:
        settings = Settings()
        with told(context):
            platform = Platform.open(settings)
            report, publication = rebuild(platform)
        context.log.info(f"{len(report.models)} models of release {publication.release_id}")
        yield from _results(context, report, publication)

    return build_marts


def rebuild(platform: Platform) -> tuple[MartsReport, Publication]:
    """Build every mart on the release in force and put them where readers look.

    Raises:
        Held: there is no release, or a model or blocking test failed; published marts stay.
        Refused: the gate of a practice in the release shut since; the next release is without it.
    """
    settings = platform.settings
    with sole_writer(settings), _scratch(settings) as scratch:
        release = current(settings)
        if release is None:
            raise Held(
                "there is no release to build marts on",
                where="release",
                done="no mart was built",
                to_do="materialise the release first: `lds run`, or job publish in the UI",
            )
        refuse_shut(platform, release)
        database = scratch / "marts_build.duckdb"
        attach(platform, release, database)
        report = build(database, PROJECT, parsed_folder(settings))
        publication = publish(database, settings.marts)
        mark_built(settings)
        return report, publication


@contextmanager
def _scratch(settings: Settings) -> Iterator[Path]:
    """Give the sole writer an empty folder, always the same; it is gone in the end.

    dbt goes on from its last parse only while the path of the database stays.
    """
    folder = settings.work / "marts"
    # of a killed build
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _results(
    context: dg.AssetExecutionContext, report: MartsReport, publication: Publication
) -> Iterator[_Result]:
    """Yield what was selected, in the order dbt finished it: parents first."""
    marts = {mart.name: mart for mart in publication.marts}
    assets = {key.path[-1]: key for key in context.selected_asset_keys}
    checks = {check.name: check for check in context.selected_asset_check_keys}
    for node in report.nodes:
        if node.name in assets:
            metadata = _model_metadata(node, marts.get(node.name), publication)
            yield dg.MaterializeResult(
                asset_key=assets[node.name],
                metadata=metadata,
                data_version=dg.DataVersion(publication.release_id),
            )
        elif node.name in checks:
            yield _check_result(checks[node.name], node)


def _model_metadata(
    node: BuiltNode, mart: PublishedMart | None, publication: Publication
) -> dict[str, dg.MetadataValue]:
    metadata: dict[str, dg.MetadataValue] = {
        "release_id": dg.MetadataValue.text(publication.release_id),
        "seconds": dg.MetadataValue.float(node.seconds),
    }
    if mart is not None:
        metadata["dagster/row_count"] = dg.MetadataValue.int(mart.row_count)
        metadata["bytes"] = dg.MetadataValue.int(mart.size_bytes)
        metadata["file"] = dg.MetadataValue.text(f"marts/{mart.name}.parquet")
    return metadata


def _check_result(check: dg.AssetCheckKey, node: BuiltNode) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN if node.state == "warn" else dg.AssetCheckSeverity.ERROR
    return dg.AssetCheckResult(
        passed=node.state == "pass",
        asset_key=check.asset_key,
        check_name=check.name,
        severity=severity,
        metadata={
            "rows that fail": dg.MetadataValue.int(node.failures),
            "seconds": dg.MetadataValue.float(node.seconds),
        },
    )
