"""Deliveries of suppliers without a folder in the code: entered as refused, never opened."""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from lds_assets.landing.find import FoundFile, found_file, printable, short_id, walk
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.report import (
    NoticeReport,
    Refusal,
    refused_fate,
    unjudged_file,
    unopened_row,
)
from lds_assets.landing.states import Delivery, utc_now

#: The gate would let the supplier in, but no folder of the code describes its feed.
NO_FEED = "NO_FEED"


def refuse_strangers(
    landing: Path,
    known: Collection[str],
    ledger: Ledger,
    refusal: Refusal,
    *,
    now: datetime | None = None,
    run_id: str = "",
) -> NoticeReport:
    """Enter what lies under landing for suppliers that no folder of the code describes.

    One row per folder that holds files, or per file that lies directly below a supplier's folder
    or below landing itself. Only names and sizes are looked at.

    Args:
        landing: the landing folder, one folder a supplier.
        known: codes of the suppliers that have a folder in the code.
        ledger: what is known so far.
        refusal: the gate's answer per supplier folder; with none, there is still no feed to read.
        now: time of the look; None takes the clock.
        run_id: run that looks.
    """
    rows = {each.delivery_id: each for each in ledger.deliveries()}
    changed = []
    mine: list[Delivery] = []
    for supplier, deliveries in sorted(_unknown(landing, known).items()):
        code, message = refusal(supplier)
        told = refused_fate(code or NO_FEED, message or "no feed of the platform reads this folder")
        for identity, found in sorted(deliveries.items()):
            files = [unjudged_file(identity, file) for file in found]
            row = unopened_row(supplier, identity, found[0].folder, told, files)
            before = rows.get(identity)
            mine.append(row)
            if before is None or (before.fate, before.size_bytes, before.file_count) != (
                row.fate,
                row.size_bytes,
                row.file_count,
            ):
                changed.append(ledger.record(row, files, run_id))
    return NoticeReport(
        "",
        now or utc_now(),
        dict(Counter(str(row.state) for row in mine)),
        tuple(changed),
        len(mine) - len(changed),
    )


def _unknown(landing: Path, known: Collection[str]) -> dict[str, dict[str, list[FoundFile]]]:
    """Return supplier folder -> delivery id -> files, for folders no code describes."""
    found: dict[str, dict[str, list[FoundFile]]] = {}
    if not landing.is_dir():
        return found
    for entry in sorted(landing.iterdir()):
        if entry.name.startswith(".") or entry.name in known:
            continue
        is_folder = entry.is_dir() and not entry.is_symlink()
        for file, _ in walk(entry) if is_folder else [found_file(entry, "")]:
            supplier = printable(entry.name)[:60]
            identity = f"{supplier}/{file.folder or file.name}" if is_folder else supplier
            found.setdefault(supplier, {}).setdefault(short_id(identity), []).append(file)
    return found
