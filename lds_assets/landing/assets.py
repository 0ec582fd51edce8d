"""`<supplier>/deliveries`: what arrived, and what is the matter with it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC
from hashlib import sha256

import dagster as dg

from lds_assets.guards.side_dates import Regression, as_document, standing
from lds_assets.landing.states import Delivery, State
from lds_assets.landing.unknown_columns import UnknownColumns, unknown_columns
from lds_assets.operations.markdown import bars, markdown, table
from lds_assets.operations.redaction import told
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import SupplierDefinition

#: States that need no look; the others are listed.
_QUIET = frozenset({State.LOADED, State.PUBLISHED, State.VALIDATED, State.SUPERSEDED})
_SHOWN = 30

#: Name of the check of what a supplier shows of its practices.
GOES_BACK = "supplier_side_goes_forward"
_GOES_BACK = (
    "No practice's row of what the supplier shows is older than one an earlier extract brought "
    "(DATE_REGRESSION); of an older row what the newest showed goes on to count."
)


def deliveries_asset(definition: SupplierDefinition) -> dg.AssetsDefinition:
    """Make the asset that looks at a supplier's landing folder and reports what is there."""
    key = dg.AssetKey([definition.code, "deliveries"])
    side = definition.supplier_side
    checks = [dg.AssetCheckSpec(GOES_BACK, asset=key, description=_GOES_BACK)]

    @dg.asset(
        key=key,
        check_specs=checks if side and side.modified else None,
        group_name=definition.code,
        deps=[dg.AssetKey(["governance", "register"])],
        owners=list(definition.owners),
        kinds={"csv", "file"},
        tags={"lds/stage": "landing", "lds/supplier": definition.code},
        description=(
            f"What {definition.name} left in `landing/{definition.code}`: each delivery proven "
            "complete (files, names, stamps, hashes, chain) and entered in the ledger. A delivery "
            "that is not of its form waits here with a reason; the others go on.\n\n"
            "Grain: one row per delivery of the ledger."
        ),
    )
    def deliveries(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        platform = Platform.open(Settings())
        with told(context):
            platform.notice(definition.code)
        known = platform.ledger.deliveries(definition.code)
        strange = unknown_columns(platform.engine, platform.suppliers[definition.code])
        metadata = {**_metadata(known), "unknown columns": markdown(_unknown(strange))}
        yield dg.MaterializeResult(metadata=metadata, data_version=_version(known))
        if side and side.modified:
            yield _goes_back(standing(platform.engine, definition.code))

    return deliveries


def _goes_back(found: Sequence[Regression]) -> dg.AssetCheckResult:
    """Return the check of what the supplier shows: a warning, for the newest goes on to count."""
    rows = [tuple(each.values()) for each in as_document(found)]
    heads = ["delivery", "practice", "reason", "what is found", "owner", "to do"]
    return dg.AssetCheckResult(
        passed=not found,
        check_name=GOES_BACK,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={
            "practices": dg.MetadataValue.int(len(found)),
            "to look at": markdown(table(heads, rows)),
        },
    )


def _version(known: Sequence[Delivery]) -> dg.DataVersion:
    """Return a fingerprint of what arrived; loading it changes nothing here."""
    content = "\n".join(f"{each.delivery_id}:{each.content_hash}" for each in known)
    return dg.DataVersion(sha256(content.encode()).hexdigest()[:16])


def _metadata(known: Sequence[Delivery]) -> dict[str, dg.MetadataValue]:
    states = Counter(str(delivery.state) for delivery in known)
    waiting = [delivery for delivery in known if delivery.state not in _QUIET]
    stamped = [each.extracted_at for each in known if each.extracted_at is not None]
    metadata: dict[str, dg.MetadataValue] = {
        "deliveries": dg.MetadataValue.int(len(known)),
        "waiting_for_load": dg.MetadataValue.int(states[State.VALIDATED]),
        "need_a_look": dg.MetadataValue.int(len(waiting)),
        "bytes": dg.MetadataValue.int(sum(delivery.size_bytes for delivery in known)),
        "states": markdown(table(["state", "deliveries"], sorted(states.items()))),
        "to look at": markdown(_to_look_at(waiting)),
        "newest": markdown(_newest(known)),
    }
    if stamped:
        metadata["newest_extract_at"] = dg.MetadataValue.timestamp(max(stamped).replace(tzinfo=UTC))
        metadata["size by day"] = bars("Delivered per extract day, MB", _by_day(known))
    return metadata


def _to_look_at(waiting: Sequence[Delivery]) -> str:
    rows = [
        (each.delivery_id, each.state, each.reason, each.detail, each.to_do)
        for each in waiting[-_SHOWN:]
    ]
    return table(["delivery", "state", "reason", "what is the matter", "to do"], rows)


def _unknown(found: Sequence[UnknownColumns]) -> str:
    rows = [
        (each.table_name, ", ".join(each.columns), each.deliveries, each.newest, each.to_do)
        for each in found
    ]
    return table(["table", "columns", "deliveries", "newest", "to do"], rows)


def _newest(known: Sequence[Delivery]) -> str:
    rows = [
        (each.delivery_id, each.kind, each.state, each.file_count, each.size_bytes)
        for each in list(known)[-_SHOWN:]
    ]
    return table(["delivery", "kind", "state", "files", "bytes"], rows)


def _by_day(known: Sequence[Delivery]) -> dict[str, float]:
    sizes: Counter[str] = Counter()
    for delivery in known:
        if delivery.extracted_at is not None:
            sizes[f"{delivery.extracted_at:%Y-%m-%d}"] += delivery.size_bytes
    return {day: sizes[day] / 1e6 for day in sorted(sizes)[-_SHOWN:]}
