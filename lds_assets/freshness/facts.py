"""What each practice sent last, noted when its deliveries are loaded: no question reads the lake.

One row per supplier, practice and table group. A load that is repeated is noted again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Engine,
    String,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from lds_assets.canonical.tables import EVENT_DATES, canonical_table
from lds_assets.database import metadata
from lds_assets.database_order import by_code_point
from lds_assets.lake.session import session, without_values
from lds_assets.lake.sql import literal
from lds_assets.landing.accounts import LANDED, RAW
from lds_assets.landing.states import IN_LAKE, Delivery
from lds_assets.landing.tables import account_table, delivery_table, practice_table
from lds_assets.platform import Platform
from lds_assets.suppliers.contract import SupplierDefinition

feed_fact = Table(
    "feed_fact",
    metadata,
    Column("supplier", String(60), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("table_group", String(60), primary_key=True),
    Column("group_id", String(400), nullable=False),
    Column("loaded_extract_at", DateTime),
    Column("rows_extract_at", DateTime),
    Column("rows", BigInteger, nullable=False),
    Column("newest_event_date", Date),
)

#: Loads that are in the facts; a delivery that is loaded again has another sequence.
feed_noted = Table(
    "feed_noted",
    metadata,
    Column("delivery_id", String(400), primary_key=True),
    Column("load_sequence", BigInteger, nullable=False),
)


@dataclass(frozen=True)
class Fact:
    """What is known of one table group of one practice.

    Attributes:
        group_id: extract group of the newest delivery that named the practice.
        loaded_extract_at: newest extract loaded for the practice; UTC without a zone, as all.
        rows_extract_at: newest extract with rows of the group; ``rows`` so many of them.
        newest_event_date: newest event of the group, never after the extract it came with.
    """

    supplier: str
    practice_code: str
    table_group: str
    group_id: str = ""
    loaded_extract_at: datetime | None = None
    rows_extract_at: datetime | None = None
    rows: int = 0
    newest_event_date: date | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Practice and table group."""
        return self.practice_code, self.table_group


def facts(engine: Engine, supplier: str) -> dict[tuple[str, str], Fact]:
    """Return what is known of a supplier's practices, by practice and table group."""
    query = select(feed_fact).where(feed_fact.c.supplier == supplier)
    with engine.connect() as connection:
        found = [Fact(**row._mapping) for row in connection.execute(query)]
    return {fact.key: fact for fact in found}


def note(platform: Platform, code: str) -> dict[str, date]:
    """Bring the facts of a supplier up to what is loaded.

    Returns:
        Practice -> newest event, of the practices that the loads just noted hold.
    """
    definition = platform.suppliers[code].definition
    loads = _not_noted(platform.engine, code)
    if not loads:
        return {}
    known = facts(platform.engine, code)
    before = dict(known)
    events = _events(platform, definition, loads)
    for delivery in loads:
        for fact in _of_delivery(platform, definition, delivery):
            known[fact.key] = _later(known.get(fact.key), fact)
    for key, newest in events.items():
        if key in known and newest > (known[key].newest_event_date or date.min):
            known[key] = replace(known[key], newest_event_date=newest)
    _keep(platform.engine, [each for key, each in known.items() if before.get(key) != each])
    _mark(platform.engine, loads)
    newest_of: dict[str, date] = {}
    for (practice, _), day in events.items():
        newest_of[practice] = max(day, newest_of.get(practice, day))
    return newest_of


def _not_noted(engine: Engine, code: str) -> list[Delivery]:
    """Return the loads that are not in the facts, in order of extraction."""
    noted = feed_noted.c
    query = (
        select(delivery_table)
        .outerjoin(feed_noted, noted.delivery_id == delivery_table.c.delivery_id)
        .where(
            delivery_table.c.supplier == code,
            delivery_table.c.state.in_([str(state) for state in IN_LAKE]),
            delivery_table.c.load_sequence.is_not(None),
            (noted.load_sequence.is_(None))
            | (noted.load_sequence != delivery_table.c.load_sequence),
        )
        .order_by(delivery_table.c.extracted_at, by_code_point(delivery_table.c.delivery_id))
    )
    with engine.connect() as connection:
        found = [Delivery(**row._mapping) for row in connection.execute(query)]
    return [each for each in found if each.extracted_at is not None]


def _of_delivery(
    platform: Platform, definition: SupplierDefinition, delivery: Delivery
) -> Iterable[Fact]:
    """Yield what one delivery says of each practice it names, group by group."""
    landed = _landed(platform.engine, delivery.delivery_id)
    for practice, outcome in _outcomes(platform.engine, delivery.delivery_id).items():
        loaded = delivery.extracted_at if outcome == "LOADED" else None
        for group in definition.watched:
            rows = sum(landed.get((practice, table), 0) for table in group.tables)
            yield Fact(
                delivery.supplier,
                practice,
                group.name,
                delivery.group_id,
                loaded,
                delivery.extracted_at if rows else None,
                rows,
            )


def _landed(engine: Engine, delivery_id: str) -> dict[tuple[str, str], int]:
    """Return rows that came, by practice and the supplier's table."""
    account = account_table.c
    query = select(account.practice_code, account.table_name, account.rows).where(
        account.delivery_id == delivery_id, account.stage == RAW, account.reason == LANDED
    )
    with engine.connect() as connection:
        return {(str(code), str(name)): int(n) for code, name, n in connection.execute(query)}


def _outcomes(engine: Engine, delivery_id: str) -> dict[str, str]:
    query = select(practice_table.c.practice_code, practice_table.c.outcome).where(
        practice_table.c.delivery_id == delivery_id
    )
    with engine.connect() as connection:
        return {str(code): str(outcome) for code, outcome in connection.execute(query)}


def _later(known: Fact | None, fact: Fact) -> Fact:
    """Return what is known after one more delivery; an older one takes nothing away."""
    if known is None:
        return fact
    has_newer_rows = fact.rows_extract_at is not None and fact.rows_extract_at >= (
        known.rows_extract_at or datetime.min
    )
    newest = max(filter(None, (known.loaded_extract_at, fact.loaded_extract_at)), default=None)
    return replace(
        known,
        group_id=fact.group_id,
        loaded_extract_at=newest,
        rows_extract_at=fact.rows_extract_at if has_newer_rows else known.rows_extract_at,
        rows=fact.rows if has_newer_rows else known.rows,
    )


def _events(
    platform: Platform, definition: SupplierDefinition, loads: Sequence[Delivery]
) -> dict[tuple[str, str], date]:
    """Return practice and table group -> newest event that the loads brought.

    Only files that these loads wrote are read, and of them two columns.
    """
    group_of = {table: group.name for group in definition.watched for table in group.tables}
    feeds: dict[str, dict[str, str]] = defaultdict(dict)
    for feed in definition.canonical:
        if feed.table in EVENT_DATES and feed.source in group_of:
            name = f"{definition.code}/{feed.file.removesuffix('.sql')}"
            feeds[feed.table][name] = group_of[feed.source]
    found: dict[tuple[str, str], date] = {}
    with session(platform.settings) as connection:
        for table, groups in feeds.items():
            lake = canonical_table(platform.settings, table)
            sequences = {each.load_sequence for each in loads}
            files = [file for file in lake.files() if file.sequence in sequences]
            if not files:
                continue
            named = ", ".join(f"({literal(name)}, {literal(g)})" for name, g in groups.items())
            with without_values(f"{table}: the newest event could not be found", "freshness"):
                rows = connection.execute(
                    "select publisher_organisation_code, feeds.table_group, max(event) from "
                    "(select publisher_organisation_code, lds_feed, "
                    f"{EVENT_DATES[table]} as event, cast(source_extraction_date as date) as day "
                    f"from ({lake.select(files)}) "
                    "where not coalesce(lds_is_deleted, false)) as version inner join "
                    f"(values {named}) as feeds (name, table_group) on feeds.name = lds_feed "
                    "where event <= day group by all"
                ).fetchall()
            for practice, group, newest in rows:
                key = (str(practice), str(group))
                found[key] = max(newest, found.get(key, newest))
    return found


def _keep(engine: Engine, changed: Sequence[Fact]) -> None:
    if not changed:
        return
    names = ("supplier", "practice_code", "table_group")
    same = and_(*(feed_fact.c[name] == bindparam(f"this_{name}") for name in names))
    keys = [{f"this_{name}": getattr(each, name) for name in names} for each in changed]
    with engine.begin() as connection:
        connection.execute(delete(feed_fact).where(same), keys)
        connection.execute(insert(feed_fact), [vars(each) for each in changed])


def _mark(engine: Engine, loads: Sequence[Delivery]) -> None:
    same = feed_noted.c.delivery_id == bindparam("this")
    with engine.begin() as connection:
        connection.execute(
            delete(feed_noted).where(same), [{"this": each.delivery_id} for each in loads]
        )
        connection.execute(
            insert(feed_noted),
            [
                {"delivery_id": each.delivery_id, "load_sequence": each.load_sequence}
                for each in loads
            ],
        )


def forget_events(engine: Engine, supplier: str, practices: Sequence[str]) -> None:
    """Forget the newest events of practices that were loaded anew from the beginning."""
    with engine.begin() as connection:
        connection.execute(
            update(feed_fact)
            .where(
                feed_fact.c.supplier == supplier,
                feed_fact.c.practice_code.in_(list(practices)),
            )
            .values(newest_event_date=None)
        )
