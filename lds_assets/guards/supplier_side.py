"""What a supplier itself shows of its practices: sharing, not yet, disabled, deleted, gone.

Read once a delivery, when it is noticed, in the order of extraction; a change is a governance
event. What each delivery showed is kept: its rows are judged by it, whenever they are loaded.
Rule source: governance specification S2, S6, section EMIS; ADR 9.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
from sqlalchemy import Column, DateTime, Engine, String, Table, insert, select

from lds_assets.database import metadata
from lds_assets.database_order import by_code_point
from lds_assets.errors import RoadError
from lds_assets.gate import Register
from lds_assets.gate.events import london_day
from lds_assets.gate.policy import same_id
from lds_assets.guards.side_dates import newer_than_later, newest_kept
from lds_assets.lake.session import session, without_values
from lds_assets.landing.ledger import Ledger
from lds_assets.landing.prepare import opened
from lds_assets.landing.states import Delivery, State
from lds_assets.raw.directory import Directory, publisher_directory
from lds_assets.raw.ownership import MALFORMED, UNKNOWN_OWNER, Branches
from lds_assets.raw.scan import SourceFile, drop_rejects
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import SupplierSide
from lds_assets.suppliers.registry import Supplier

#: Row of ``supplier_side_shown`` that says a delivery was looked at.
_LOOKED_AT = ""

supplier_side_shown = Table(
    "supplier_side_shown",
    metadata,
    Column("delivery_id", String(400), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("supplier", String(60), nullable=False),
    Column("group_id", String(400), nullable=False),
    Column("extracted_at", DateTime, nullable=False),
    Column("shown", String(40), nullable=False),
)

#: What is shown, worst last: of several rows of a practice the worst counts.
_WORSE = ("ACTIVE", "PRESENT_NOT_ACTIVATED", "DISABLED", "DELETED")


@dataclass(frozen=True)
class Feed:
    """One supplier's deliveries and what is needed to look into them."""

    settings: Settings
    engine: Engine
    register: Register
    ledger: Ledger
    supplier: Supplier


def observe(feed: Feed) -> int:
    """Look at every proven delivery not looked at yet; return how many events were recorded.

    A delivery that cannot be opened is passed over: its load tells why.
    """
    rules = feed.supplier.definition.supplier_side
    if rules is None:
        return 0
    looked = _looked_at(feed.engine, feed.supplier.code)
    recorded = 0
    for delivery in feed.ledger.deliveries(feed.supplier.code, [State.VALIDATED, State.HELD]):
        is_open = delivery.state is State.VALIDATED or delivery.failed_to_load
        if not is_open or delivery.delivery_id in looked or delivery.extracted_at is None:
            continue
        try:
            found = _read(feed, rules, delivery)
        except RoadError:
            continue
        if found is None:
            continue
        of_group = (at for group, at in looked.values() if group == delivery.group_id)
        newest_at = max((*of_group, delivery.extracted_at))
        newer = newer_than_later(feed.engine, delivery, found.modified, newest_at)
        told = newest_kept(feed.engine, delivery, found.shown, found.modified)
        shown = told | _vanished(feed.engine, delivery, told)
        # an older extract that comes late tells of nobody but by a row that is newer nevertheless
        is_late = newest_at > delivery.extracted_at
        counts = {code: shown[code] for code in newer} if is_late else shown
        recorded += _record(feed, rules, delivery, counts, newest_at)
        _keep(feed.engine, delivery, shown)
        looked[delivery.delivery_id] = (delivery.group_id, delivery.extracted_at)
    return recorded


def shown_in(engine: Engine, delivery_id: str) -> dict[str, str] | None:
    """Return practice -> what a delivery showed of it, None when the delivery says nothing."""
    table = supplier_side_shown
    query = select(table.c.practice_code, table.c.shown).where(table.c.delivery_id == delivery_id)
    with engine.connect() as connection:
        found = {str(code): str(shown) for code, shown in connection.execute(query)}
    return {code: shown for code, shown in found.items() if code} if found else None


def directory_of(
    feed: Feed,
    connection: duckdb.DuckDBPyConnection,
    files: Mapping[str, SourceFile],
    delivery_id: str,
) -> Directory:
    """Return whose ids a delivery uses, by what it says, the register, and what was learnt."""
    rules = feed.supplier.definition.publisher_directory
    return publisher_directory(
        feed.engine,
        connection,
        feed.supplier,
        files.get(rules["table"]) if rules else None,
        delivery_id,
        _stated(feed),
        branches_of(feed.register),
    )


def branches_of(register: Register) -> Branches:
    """Return the branches the register lists."""
    state = register.state()
    return Branches({code: state.parent_of(code) for code in state.branches})


def _stated(feed: Feed) -> dict[str, str]:
    """Return the supplier's ids that the register states, with their practices."""
    state, day = feed.register.state(), feed.settings.business_date()
    stated = {}
    for code in state.systems:
        system = state.system_on(code, day)
        if system is None or system.supplier_code != feed.supplier.definition.supplier_code:
            continue
        if system.supplier_org_id:
            stated[system.supplier_org_id.strip("{}").lower()] = code
    return stated


@dataclass(frozen=True)
class _Shown:
    """Practice -> what a delivery's sharing table shows, and when that was last changed."""

    shown: Mapping[str, str]
    modified: Mapping[str, datetime]


def _read(feed: Feed, rules: SupplierSide, delivery: Delivery) -> _Shown | None:
    """Return what a delivery's sharing table tells; None when it has none.

    Raises:
        RoadError: a file cannot be opened or read.
    """
    definition = feed.supplier.definition
    wanted = {rules.table, (definition.publisher_directory or {}).get("table", rules.table)}
    with (
        opened(delivery, feed.supplier, feed.settings, feed.ledger, frozenset(wanted)) as prepared,
        session(feed.settings) as connection,
    ):
        files = {
            file.table: SourceFile(file.path, file.table, file.header, file.is_full, feed.supplier)
            for file in prepared
        }
        if rules.table not in files:
            return None
        directory = directory_of(feed, connection, files, delivery.delivery_id)
        file = files[rules.table]
        flags = ", ".join(
            f"coalesce({file.value_of(name)}, false)"
            for name in (rules.activated, rules.disabled, rules.deleted)
        )
        with without_values(f"{rules.table} could not be read", file.path.name):
            changed = file.value_of(rules.modified) if rules.modified else "null"
            rows = connection.execute(
                f"select cast({file.value_of(rules.organisation)} as varchar), {flags}, "
                f"cast({changed} as timestamp) from ({file.records('shown')})"
            ).fetchall()
        drop_rejects(connection, "shown")
    return _worst(directory, ((str(row[0]), _state(*row[1:4]), row[4]) for row in rows))


def _worst(directory: Directory, rows: Iterable[tuple[str, str, datetime | None]]) -> _Shown:
    """Return practice -> worst state shown; a branch's row speaks only where no own row does.

    Of several rows of one id the newest speaks. What is shown was last changed when the newest of
    the rows that speak was.
    """
    own_ids = set(directory.own_ids.values())
    found: dict[str, dict[bool, str]] = {}
    changed: dict[tuple[str, bool], datetime] = {}
    for key, shown, modified in _newest_rows(rows):
        code = directory.codes.get(key, UNKNOWN_OWNER)
        if code not in (UNKNOWN_OWNER, MALFORMED):
            states = found.setdefault(code, {})
            is_own = key in own_ids
            states[is_own] = max(states.get(is_own, _WORSE[0]), shown, key=_WORSE.index)
            if modified is not None:
                at = changed.get((code, is_own), modified)
                changed[code, is_own] = max(at, modified)
    return _Shown(
        {code: states.get(True, states.get(False, "")) for code, states in found.items()},
        {code: at for (code, is_own), at in changed.items() if is_own is (True in found[code])},
    )


def _newest_rows(
    rows: Iterable[tuple[str, str, datetime | None]],
) -> Iterator[tuple[str, str, datetime | None]]:
    """Yield of each id its newest row; of rows alike in date, or without one, all."""
    of_id: dict[str, list[tuple[str, str, datetime | None]]] = {}
    for row in rows:
        of_id.setdefault(row[0], []).append(row)
    for told in of_id.values():
        newest = max((row[2] for row in told if row[2] is not None), default=None)
        yield from (row for row in told if row[2] in (None, newest))


def _state(activated: bool, disabled: bool, deleted: bool) -> str:
    if deleted:
        return "DELETED"
    if disabled:
        return "DISABLED"
    return "ACTIVE" if activated else "PRESENT_NOT_ACTIVATED"


def _vanished(engine: Engine, delivery: Delivery, found: Mapping[str, str]) -> dict[str, str]:
    """Return the practices that the delivery before showed and this one does not: ABSENT."""
    table = supplier_side_shown
    earlier = (
        select(table.c.delivery_id)
        .where(
            table.c.supplier == delivery.supplier,
            table.c.group_id == delivery.group_id,
            table.c.extracted_at < delivery.extracted_at,
        )
        .order_by(table.c.extracted_at.desc(), by_code_point(table.c.delivery_id).desc())
        .limit(1)
    )
    with engine.connect() as connection:
        before = connection.execute(earlier).scalar()
    shown = shown_in(engine, str(before)) if before else None
    return dict.fromkeys((shown or {}).keys() - found.keys(), "ABSENT")


def _record(
    feed: Feed, rules: SupplierSide, delivery: Delivery, shown: Mapping[str, str], at: datetime
) -> int:
    """Enter what changed in the register from an instant's day on; return the number of events."""
    supplier = feed.supplier.definition.supplier_code
    day = london_day(at.replace(tzinfo=UTC))
    state = feed.register.state()
    told = {}
    for code, side in shown.items():
        system = state.system_on(code, feed.settings.business_date())
        agreed = system.agreement_id if system and rules.group_is_agreement else ""
        # another agreement than the practice's own does not speak for it
        if code in state.practices and (not agreed or same_id(agreed, delivery.group_id)):
            told[code] = side
    return feed.register.observe_supplier_sides(told, supplier, day, delivery.delivery_id)


def _looked_at(engine: Engine, supplier: str) -> dict[str, tuple[str, datetime]]:
    """Return the deliveries looked at, with group and extract time (UTC)."""
    table = supplier_side_shown
    query = select(table.c.delivery_id, table.c.group_id, table.c.extracted_at).where(
        table.c.supplier == supplier, table.c.practice_code == _LOOKED_AT
    )
    with engine.connect() as connection:
        return {str(key): (str(group), at) for key, group, at in connection.execute(query)}


def _keep(engine: Engine, delivery: Delivery, shown: Mapping[str, str]) -> None:
    fixed = {
        "delivery_id": delivery.delivery_id,
        "supplier": delivery.supplier,
        "group_id": delivery.group_id,
        "extracted_at": delivery.extracted_at,
    }
    rows = [{**fixed, "practice_code": _LOOKED_AT, "shown": ""}]
    rows += [{**fixed, "practice_code": code, "shown": state} for code, state in shown.items()]
    with engine.begin() as connection:
        connection.execute(insert(supplier_side_shown), rows)
