"""What lies in landing of a practice, file by file, and what is to become of each file.

Found in the files themselves, whatever the ledger says of them: also in deliveries that were never
loaded, that are held, or that came twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from lds_assets.landing.find import FoundFile, find, walk
from lds_assets.purge.feed import Fate, Feed, Holding, Inspected
from lds_assets.purge.inspection import Inspection, Keys
from lds_assets.purge.known import Known
from lds_assets.purge.names import Names
from lds_assets.purge.records import Whose
from lds_assets.resources import Settings


def holdings(feed: Feed) -> list[Holding]:
    """Return the files of a supplier's landing folder that hold records of the practice."""
    found = []
    for delivery in inspected(feed):
        for file in delivery.found.files:
            fate = delivery.fate(file)
            if fate is not None:
                holding = _holding(feed.supplier.code, file, fate, delivery.rows(file))
                found.append(replace(holding, kept_rows=delivery.kept_rows(file)))
    return [*found, *(_holding(feed.supplier.code, each, Fate.REMOVE, 0) for each in odd(feed))]


def inspected(feed: Feed, known: Known | None = None) -> list[Inspected]:
    """Return the deliveries of a landing folder, each file of them read.

    A group that is the practice's alone goes whole; of others a day's files stay, so that their
    chain has no gap.
    """
    known = known or Known(feed.ledger, feed.supplier.code, feed.names.code)
    stored: Keys = {}
    found = [
        Inspected(delivery)
        if not feed.is_thorough and known.never_met(delivery)
        else Inspection(feed, delivery, stored, known).made()
        for delivery in find(feed.supplier, feed.root).deliveries
    ]
    mine = {each.found.group_id for each in found if each.count(Whose.MINE, Whose.KEPT)}
    others = {each.found.group_id for each in found if each.count(Whose.OTHERS)}
    for each in found:
        is_own = each.found.group_id in mine - others - known.shared_groups
        each.is_alone = is_own and not each.is_before
    return found


def odd(feed: Feed) -> list[FoundFile]:
    """Return files that belong to no delivery and name the practice."""
    strangers = find(feed.supplier, feed.root).strangers
    return [
        each.file
        for each in strangers
        if _names_practice(feed.root / each.file.path, each.file, feed.names)
    ]


def of_strangers(settings: Settings, known: Iterable[str], names: Names) -> list[Holding]:
    """Return the files of suppliers without a feed that name the practice."""
    taken = {*known}
    found = []
    for folder in sorted(settings.landing.iterdir()):
        if folder.name in taken or folder.name.startswith(".") or not folder.is_dir():
            continue
        for file, _oddity in walk(folder):
            if _names_practice(folder / file.path, file, names):
                found.append(_holding(folder.name, file, Fate.REMOVE, 0))
    return found


def _names_practice(path: Path, file: FoundFile, names: Names) -> bool:
    if names.marks.within(file.path.encode()):
        return True
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as handle:
        return any(names.marks.within(line) for line in handle)


def _holding(supplier: str, file: FoundFile, fate: Fate, rows: int) -> Holding:
    return Holding(supplier, file.folder, file.name, file.table, fate, rows, file.size_bytes)
