"""How each layer is emptied of a practice. Every step may be repeated, killed at any point.

The order matters: the files first, as long as the lake still says whose linked rows are; the bytes
of old versions last, when a release without the practice is in force and readers have moved on.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path

from lds_assets.gate.purge import Layer, Purge
from lds_assets.guards import holds
from lds_assets.guards.supplier_side import branches_of
from lds_assets.lake.erase import delta_tables, drop_past, remove, remove_folders, renew
from lds_assets.lake.erase_part import Condition, remove_rows
from lds_assets.lake.session import session, without_values
from lds_assets.landing.find import FoundFile
from lds_assets.landing.prepare import PREPARED, sweep
from lds_assets.landing.purged import settle_practice
from lds_assets.platform import Platform
from lds_assets.purge.branch_ids import branch_ids
from lds_assets.purge.canaries import Record
from lds_assets.purge.cut import Cut, dated_in_lake
from lds_assets.purge.feed import Feed
from lds_assets.purge.inspection import plain
from lds_assets.purge.landing import inspected, of_strangers
from lds_assets.purge.landing_erase import ASIDE, erase_landing, remove_strangers
from lds_assets.purge.names import Names, names_of
from lds_assets.purge.records import Sorter, Whose, wide
from lds_assets.release.exported import exports, forget_export
from lds_assets.release.publish import publish
from lds_assets.release.record import current, drop_former, release_table

Counts = Mapping[str, int]

QUARANTINE = "quarantine"
RAW = "raw_"


@dataclass(frozen=True)
class Work:
    """One purge at work.

    Attributes:
        rebuild_marts: builds the marts on the release in force; takes the writers' lock itself.
        is_thorough: every delivery is read, also those that the ledger knows without the practice.
    """

    platform: Platform
    purge: Purge
    rebuild_marts: Callable[[Platform, str], object]
    is_thorough: bool = False

    @cached_property
    def names(self) -> Names:
        """How the practice is named."""
        code = self.purge.practice_code
        return names_of(self.platform.register, self.platform.engine, code)

    @cached_property
    def landed_names(self) -> Names:
        """How suppliers' files name the practice: ids of branches that nobody listed as well."""
        platform, names = self.platform, self.names
        ids = {
            code: names.ids.get(code, frozenset()) | branch_ids(platform.settings, each, names)
            for code, each in platform.suppliers.items()
        }
        return replace(names, ids={**names.ids, **ids})

    @property
    def cut(self) -> Cut | None:
        """From which day on data go; None: all of them."""
        day = self.purge.cut_off
        return Cut(date.fromisoformat(day)) if day else None

    def goes(self, table: Path) -> Condition | None:
        """Return which of the practice's rows of a lake table go, None when all of them do."""
        cut, stage = self.cut, table.relative_to(self.platform.settings.lake).parts[0]
        if cut is None or not stage.startswith(RAW):
            return None
        supplier = self.platform.suppliers.get(stage.removeprefix(RAW))
        dated = dated_in_lake(supplier) if supplier else frozenset[str]()
        return partial(cut.condition, dated=dated)

    def feeds(self) -> Iterator[Feed]:
        """Yield the landing folders of all suppliers."""
        platform, register = self.platform, self.platform.register
        # what looks like a branch of the practice is its own here: nothing may be missed
        known = frozenset(register.state().practices)
        branches = replace(branches_of(register), practices=known)
        for supplier in platform.suppliers.values():
            yield Feed(
                platform.settings,
                platform.ledger,
                supplier,
                self.landed_names,
                branches,
                self.cut,
                self.is_thorough,
            )

    def records(self) -> Iterator[Iterator[Record]]:
        """Yield the records of each file that stays in landing, and whether they are to go."""
        for feed in self.feeds():
            for delivery in inspected(feed):
                for file in delivery.found.files:
                    if not delivery.is_alone and file.name not in delivery.unsplittable:
                        yield self._records(feed, delivery.sorters.get(file.name), file)
                    elif file.name in delivery.sorters:
                        yield self._records(feed, delivery.sorters[file.name], file)

    @staticmethod
    def _records(feed: Feed, sorter: Sorter | None, file: FoundFile) -> Iterator[Record]:
        with plain(feed, file) as chunks:
            # read before: nothing of it is the practice's
            if sorter is None or not sorter.counts[Whose.MINE]:
                yield from ((chunk, False) for chunk in wide(chunks))
            else:
                for record, whose in sorter.sort(chunks):
                    yield record, whose is Whose.MINE


def tables_of(lake: Path, layer: Layer) -> list[Path]:
    """Return the Delta tables of a layer, whoever made them."""
    found = []
    for table in delta_tables(lake):
        stage = table.relative_to(lake).parts[0]
        if stage == "release":
            continue
        kind = Layer.QUARANTINE if stage == QUARANTINE else Layer.CANONICAL
        if (Layer.RAW if stage.startswith(RAW) else kind) is layer:
            found.append(table)
    return found


def landing(work: Work) -> Counts:
    """Erase the practice from the suppliers' files; nothing of it counts as loaded any more."""
    settings, purge = work.platform.settings, work.purge
    counts: Counter[str] = Counter()
    for feed in work.feeds():
        counts += erase_landing(feed, purge.purge_id)
    strangers = of_strangers(settings, work.platform.suppliers, work.landed_names)
    counts += remove_strangers(settings.landing, [each.path for each in strangers])
    counts["deliveries"] = settle_practice(
        work.platform.ledger, work.platform.engine, purge.practice_code, purge.purge_id
    )
    _release_holds(work)
    return counts


def _release_holds(work: Work) -> None:
    """What waits of the practice is never to be loaded, as the two approvers decided."""
    register, purge = work.platform.register, work.purge
    standing = [
        each
        for each in register.state().delivery_holds.values()
        if each.practice_code == purge.practice_code and each.stands
    ]
    (actor, role), (second, second_role) = purge.approvers
    persons = holds.Persons(actor, second, role, second_role, purge.approved_on)
    for hold in standing:
        holds.release(
            register,
            hold.practice_code,
            hold.delivery_id,
            holds.Choice.NEVER,
            persons,
            f"erased by {purge.purge_id}",
        )


def tables(layer: Layer) -> Callable[[Work], Counts]:
    """Return how the tables of a layer of the lake are emptied."""

    def empty(work: Work) -> Counts:
        settings, code = work.platform.settings, work.purge.practice_code
        counts: Counter[str] = Counter()
        for table in tables_of(settings.lake, layer):
            goes = work.goes(table)
            if goes is None:
                rows = remove(table, code)
                renew(table, code, settings.work / "renewed")
            else:
                with session(settings) as connection, without_values("rows could not go", "lake"):
                    rows = remove_rows(connection, table, code, goes)
            counts += {"rows": rows, "tables": int(rows > 0)}
        return counts

    return empty


def release(work: Work) -> Counts:
    """Put a release without the practice in force; nothing when there never was one."""
    if current(work.platform.settings) is None:
        return {}
    report = publish(work.platform, run_id=work.purge.purge_id)
    return {"publishers": len(report.publishers)}


def marts(work: Work) -> Counts:
    """Build the marts anew on that release; nothing when there are none."""
    folder = work.platform.settings.marts
    if not any(folder.iterdir()):
        return {}
    work.rebuild_marts(work.platform, work.purge.purge_id)
    return {"files": sum(1 for _ in folder.glob("*.parquet"))}


def exported(work: Work) -> Counts:
    """Delete the exports that lie where they were written; those that do not are told."""
    counts: Counter[str] = Counter()
    for each in exports(work.platform.settings, work.platform.engine, work.purge.practice_code):
        if each.is_there:
            each.path.unlink()
            forget_export(work.platform.engine, each.noted)
            counts["files_deleted"] += 1
        else:
            counts["not_found"] += 1
    return counts


def partitions(work: Work) -> Counts:
    """Take the practice's key out of the orchestrator's partitions."""
    settings = work.platform.settings
    if not (settings.home / "dagster").is_dir():
        return {}
    # the orchestrator takes seconds to import
    from lds_assets.operations.instance import open_instance, practices_name  # noqa: PLC0415

    counts: Counter[str] = Counter()
    with open_instance(settings) as instance:
        for code in work.platform.suppliers:
            name = practices_name(code)
            if work.purge.practice_code in instance.get_dynamic_partitions(name):
                instance.delete_dynamic_partition(name, work.purge.practice_code)
                counts["keys"] += 1
    return counts


def old_releases(work: Work) -> Counts:
    """Forget the records of former releases, and the files that hold them."""
    settings = work.platform.settings
    dropped = drop_former(settings)
    table = release_table(settings).path
    if table.is_dir():
        drop_past(table, work.purge.practice_code, None)
    # the last layer where data are kept: shadows of replays and what killed runs left hold rows too
    if Layer.REMAINS not in work.purge.layers:
        _sweep_scratch(work)
    return {"releases": dropped}


def remains(work: Work) -> Counts:
    """Delete what no version in use holds any more: files, log entries, folders, scratch."""
    settings, code = work.platform.settings, work.purge.practice_code
    in_force = current(settings)
    pinned = in_force.tables if in_force else {}
    counts: Counter[str] = Counter()
    for table in delta_tables(settings.lake):
        is_canonical = table.parent == settings.lake / "canonical"
        version = pinned.get(table.name) if is_canonical else None
        counts["files"] += drop_past(table, code, version)
    # what lies in raw then is from before the day
    kept = RAW if work.cut else "/"
    for stage in settings.lake.iterdir():
        if not stage.name.startswith(kept):
            counts["files"] += remove_folders(stage, code)
    _sweep_scratch(work)
    return counts


def _sweep_scratch(work: Work) -> None:
    """Delete what is nobody's but a run's: plain copies, spilled rows, shadows, dbt's folder.

    The sole writer's own scratch is all there is.
    """
    settings = work.platform.settings
    sweep(settings.landing / PREPARED)
    shutil.rmtree(settings.landing / ASIDE, ignore_errors=True)
    for left in settings.work.iterdir():
        shutil.rmtree(left) if left.is_dir() else left.unlink()


EMPTY: Mapping[Layer, Callable[[Work], Counts]] = {
    Layer.LANDING: landing,
    Layer.RAW: tables(Layer.RAW),
    Layer.QUARANTINE: tables(Layer.QUARANTINE),
    Layer.CANONICAL: tables(Layer.CANONICAL),
    Layer.RELEASE: release,
    Layer.MARTS: marts,
    Layer.EXPORTS: exported,
    Layer.PARTITIONS: partitions,
    Layer.OLD_RELEASES: old_releases,
    Layer.REMAINS: remains,
}
