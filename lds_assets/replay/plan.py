"""What a replay loads anew, and which stored rows its result takes the place of.

A replay begins at a day and goes on to the newest delivery: later loads built on earlier ones.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date

import duckdb

from lds_assets.canonical.tables import FED_TABLES, SHARED_TABLES, canonical_table
from lds_assets.errors import Held, Refused
from lds_assets.gate.events import london_day
from lds_assets.gate.policy import normalise
from lds_assets.lake.delta import ActiveFile, LakeTable
from lds_assets.lake.session import session, without_values
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.landing.states import IN_LAKE, Delivery
from lds_assets.platform import Platform
from lds_assets.raw.tables import quarantine_table, raw_table
from lds_assets.suppliers.registry import Supplier

#: Owned tables of the canonical model that suppliers feed.
OWNED_TABLES = tuple(name for name in FED_TABLES if name not in SHARED_TABLES)


@dataclass(frozen=True)
class Plan:
    """One replay.

    Attributes:
        code: the supplier's folder.
        practices: ODS codes, each admitted today.
        deliveries: practice -> deliveries that are loaded anew for it.
        replaced: practice -> load sequences whose rows of it go.
        former: version of a delivery that goes -> the version that takes its place.
        is_whole: nothing loaded before the replay's first delivery stays.
    """

    code: str
    practices: tuple[str, ...]
    deliveries: Mapping[str, frozenset[str]]
    replaced: Mapping[str, frozenset[int]]
    former: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def all_deliveries(self) -> frozenset[str]:
        """Every delivery that is loaded anew for any practice."""
        return frozenset().union(*self.deliveries.values())

    def stays(self, file: ActiveFile) -> bool:
        """Say whether a stored file of a practice is none that the replay takes the place of."""
        return file.sequence not in self.replaced.get(file.publisher, ())


def plan_replay(platform: Platform, target: str, first: date | None = None) -> Plan:
    """Say what a replay of a practice or a delivery loads anew.

    Args:
        target: ODS code of a practice, or a delivery's id: all practices loaded from it.
        first: London day of the first extract; None is a practice's first, or the delivery's own.

    Raises:
        Refused: nothing of the target is loaded, or the gate is shut for it today.
    """
    delivery = platform.ledger.delivery(target)
    if delivery is None:
        practice = normalise(target)
        code = _supplier_of(platform, practice)
        return _plan(platform, code, [practice], first or date.min)
    if delivery.extracted_at is None:
        raise _refused(target, "it has no extract time", "NOT_LOADED")
    former = [old for old, new in platform.ledger.replacements().items() if new == target]
    loaded = {
        practice
        for each in (target, *former)
        for practice, record in platform.ledger.outcomes(each).items()
        if record.outcome == "LOADED"
    }
    if not loaded or not (delivery.state in IN_LAKE or delivery.awaits_replay):
        raise _refused(target, f"it is {delivery.state} {delivery.reason}".strip(), "NOT_LOADED")
    day = min(day_of(delivery), first or date.max)
    return _plan(platform, delivery.supplier, sorted(loaded), day)


def _supplier_of(platform: Platform, practice: str) -> str:
    """Return the supplier folder a practice was loaded from, the one whose gate is open first."""
    codes = [
        code
        for code in platform.suppliers
        if any(
            owner == practice and record.outcome == "LOADED"
            for (_, owner), record in platform.ledger.supplier_outcomes(code).items()
        )
    ]
    if not codes:
        raise _refused(practice, "nothing of it is loaded", "NOT_LOADED")
    return min(codes, key=lambda code: not platform.decide(code, practice).is_allowed)


def _plan(platform: Platform, code: str, practices: Iterable[str], first: date) -> Plan:
    admitted = _admitted(platform, code, practices)
    supplier = platform.suppliers[code]
    known = {each.delivery_id: each for each in platform.ledger.deliveries(code)}
    awaiting = {
        old: new
        for old, new in platform.ledger.replacements().items()
        if new in known and known[new].awaits_replay and day_of(known[new]) >= first
    }
    outcomes = platform.ledger.supplier_outcomes(code)
    deliveries: dict[str, frozenset[str]] = {}
    replaced: dict[str, frozenset[int]] = {}
    is_whole = True
    with session(platform.settings) as connection:
        for practice in admitted:
            loads = _loads(platform, connection, supplier, practice)
            mine = {
                delivery
                for (delivery, owner), record in outcomes.items()
                if owner == practice and record.outcome == "LOADED" and delivery in known
            }
            begun = [n for n, each in loads.items() if each in known]
            begun = [n for n in begun if day_of(known[loads[n]]) >= first]
            cut = min(begun, default=None)
            gone = {n for n in loads if cut is not None and n >= cut}
            again = {loads[n] for n in gone} | {d for d in mine if day_of(known[d]) >= first}
            is_whole = is_whole and len(gone) == len(loads)
            taken = {awaiting.get(each, each) for each in again & known.keys()}
            deliveries[practice] = frozenset(
                each for each in taken if known[each].state in IN_LAKE or each in awaiting.values()
            )
            extra = _canonical_loads(platform, connection, supplier, practice, cut, loads)
            replaced[practice] = frozenset(gone | extra)
    former = {
        old: new for old, new in awaiting.items() if new in frozenset().union(*deliveries.values())
    }
    return Plan(code, admitted, deliveries, replaced, former, is_whole)


def _admitted(platform: Platform, code: str, practices: Iterable[str]) -> tuple[str, ...]:
    """Return the practices whose gate is open today; a replay asks it as any load does."""
    refused = {}
    admitted = []
    for practice in practices:
        decision = platform.decide(code, practice)
        if decision.is_allowed:
            admitted.append(practice)
        else:
            refused[practice] = decision.primary_reason
    if not admitted:
        told = ", ".join(f"{practice} {reason}" for practice, reason in sorted(refused.items()))
        raise Refused(
            f"the gate is shut today: {told}",
            where="lds replay",
            done="nothing was loaded, nothing was taken away",
            to_do="`lds why` names the reason's owner and the next action",
            code=next(iter(refused.values()), "NOT_LOADED"),
        )
    return tuple(admitted)


def _refused(target: str, what: str, code: str) -> Refused:
    return Refused(
        f"nothing can be replayed: {what}",
        where=target,
        done="nothing was loaded, nothing was taken away",
        to_do="`lds why PRACTICE` and `lds quarantine list` name what is loaded and what waits",
        code=code,
    )


def day_of(delivery: Delivery) -> date:
    """Return the London day of a delivery's extract; the first day of all when it has none."""
    if delivery.extracted_at is None:
        return date.min
    return london_day(delivery.extracted_at.replace(tzinfo=UTC))


# -- stored rows ----------------------------------------------------------------------------


def raw_tables(platform: Platform, supplier: Supplier) -> list[LakeTable]:
    """Return the raw tables of a supplier."""
    settings = platform.settings
    return [raw_table(settings, supplier, rules.name) for rules in supplier.definition.tables]


def replay_tables(platform: Platform, supplier: Supplier) -> list[LakeTable]:
    """Return every table of the lake that a load of a supplier writes, in a fixed order."""
    settings = platform.settings
    canonical = [canonical_table(settings, name) for name in FED_TABLES]
    return [*raw_tables(platform, supplier), *canonical, quarantine_table(settings)]


def counted_files(
    platform: Platform, table: LakeTable, publishers: Collection[str]
) -> list[ActiveFile]:
    """Return the files of a table that count, of some partitions.

    Raises:
        Held: a file holds rows of several loads, so that one load's rows cannot be told apart.
    """
    without = unfinished_sequences(platform.engine)
    files = table.files(publishers=list(publishers), without=without)
    if any(file.sequence is None for file in files):
        raise Held(
            f"{table.path.name} holds files of several loads",
            where="lds replay",
            done="nothing was loaded, nothing was taken away",
            to_do="ask for a full extract: what was compacted cannot be replayed",
            code="COMPACTED",
        )
    return files


def _loads(
    platform: Platform, connection: duckdb.DuckDBPyConnection, supplier: Supplier, practice: str
) -> dict[int, str]:
    """Return load sequence -> delivery, of the loads that stored rows of a practice."""
    found: dict[int, str] = {}
    for table in raw_tables(platform, supplier):
        unread = [
            file
            for file in counted_files(platform, table, [practice])
            if file.sequence is not None and file.sequence not in found
        ]
        if not unread:
            continue
        with without_values("stored loads could not be read", table.path.name):
            rows = connection.execute(
                "select distinct lds_load_sequence, lds_delivery_id from "
                f"({table.select(unread, first_rows=True)})"
            ).fetchall()
        found |= {int(sequence): str(delivery) for sequence, delivery in rows}
    return found


def _canonical_loads(
    platform: Platform,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    practice: str,
    cut: int | None,
    loads: Mapping[int, str],
) -> set[int]:
    """Return later loads of the supplier that made rows of a practice without storing raw ones."""
    if cut is None:
        return set()
    unknown: dict[int, list[tuple[LakeTable, ActiveFile]]] = defaultdict(list)
    for name in OWNED_TABLES:
        table = canonical_table(platform.settings, name)
        for file in counted_files(platform, table, [practice]):
            if file.sequence is not None and file.sequence >= cut and file.sequence not in loads:
                unknown[file.sequence].append((table, file))
    found = set()
    for sequence, written in unknown.items():
        table, file = written[0]
        with without_values("stored versions could not be read", table.path.name):
            row = connection.execute(
                f"select lds_feed from ({table.select([file], first_rows=True)})"
            ).fetchone()
        if row and str(row[0]).startswith(f"{supplier.code}/"):
            found.add(sequence)
    return found
