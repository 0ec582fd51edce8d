"""When a supplier last changed what it shows of a practice, and rows that go back behind that.

A row older than one an earlier extract brought is a stale copy: it is told, and what the newest row
showed goes on to count. Rule source: governance specification S12 (DATE_REGRESSION), section EMIS.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, DateTime, Engine, String, Table, insert, select

from lds_assets.database import metadata
from lds_assets.database_order import by_code_point
from lds_assets.landing.advice import ADVICE
from lds_assets.landing.states import Delivery, Reason, utc_now
from lds_assets.landing.tables import event_table

side_date = Table(
    "supplier_side_date",
    metadata,
    Column("delivery_id", String(400), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("supplier", String(60), nullable=False),
    Column("group_id", String(400), nullable=False),
    Column("extracted_at", DateTime, nullable=False),
    # of the row, wall-clock time as supplied, and what it shows
    Column("modified_at", DateTime, nullable=False),
    Column("row_shows", String(40), nullable=False),
    # the newest change known before, when the row is older, and what goes on to count
    Column("newest_at", DateTime),
    Column("counts", String(40), nullable=False, default=""),
)


@dataclass(frozen=True)
class Regression:
    """A practice's row that is older than one brought before.

    Attributes:
        modified_at, row_shows: last change the row tells, and what it shows.
        newest_at, counts: newest change known from earlier extracts, and what it showed.
    """

    delivery_id: str
    practice_code: str
    modified_at: datetime
    row_shows: str
    newest_at: datetime
    counts: str

    @property
    def detail(self) -> str:
        """What is the matter, in words."""
        return (
            f"{self.practice_code}: changed {self.modified_at:%Y-%m-%d %H:%M}, known is "
            f"{self.newest_at:%Y-%m-%d %H:%M}; {self.counts} counts, not {self.row_shows}"
        )


def newest_kept(
    engine: Engine, delivery: Delivery, shown: Mapping[str, str], modified: Mapping[str, datetime]
) -> dict[str, str]:
    """Return practice -> what counts of a delivery's rows; note those that go back in time.

    Args:
        shown: practice -> what its row shows.
        modified: practice -> last change its row tells; those without one are taken as they are.
    """
    before = _newest_before(engine, delivery)
    kept = dict(shown)
    regressions: list[Regression] = []
    for code, at in modified.items():
        newest_at, counts = before.get(code, (at, ""))
        if newest_at > at:
            kept[code] = counts
            told = Regression(delivery.delivery_id, code, at, shown[code], newest_at, counts)
            regressions.append(told)
    late = {each.practice_code: each.newest_at for each in regressions}
    rows: list[dict[str, object]] = [
        {
            "delivery_id": delivery.delivery_id,
            "practice_code": code,
            "supplier": delivery.supplier,
            "group_id": delivery.group_id,
            "extracted_at": delivery.extracted_at,
            "modified_at": at,
            "row_shows": shown[code],
            "newest_at": late.get(code),
            "counts": kept[code],
        }
        for code, at in modified.items()
    ]
    _note(engine, delivery, rows, regressions)
    return kept


def newer_than_later(
    engine: Engine, delivery: Delivery, modified: Mapping[str, datetime], newest_at: datetime
) -> set[str]:
    """Return the practices whose row is newer than all rows known of them, later extracts' too.

    Those that the newest extract tells without a date, or not at all, are none of them: it speaks.

    Args:
        modified: practice -> last change the delivery's row tells.
        newest_at: extract time of the newest extract of the group that was looked at, UTC.
    """
    table = side_date
    query = select(table.c.practice_code, table.c.modified_at, table.c.extracted_at).where(
        table.c.supplier == delivery.supplier, table.c.group_id == delivery.group_id
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    dated = {row.practice_code for row in rows if row.extracted_at == newest_at}
    newest: dict[str, datetime] = {}
    for row in rows:
        known = newest.get(row.practice_code, row.modified_at)
        newest[row.practice_code] = max(known, row.modified_at)
    return {code for code, at in modified.items() if code in dated and at > newest[code]}


def standing(engine: Engine, supplier: str) -> list[Regression]:
    """Return the regressions of the newest extract of each group that was looked at."""
    table = side_date
    query = (
        select(table)
        .where(table.c.supplier == supplier)
        .order_by(by_code_point(table.c.practice_code))
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    newest: dict[str, tuple[datetime, str]] = {}
    for row in rows:
        at = (row.extracted_at, str(row.delivery_id))
        newest[row.group_id] = max(newest.get(row.group_id, at), at)
    return [
        Regression(
            row.delivery_id,
            row.practice_code,
            row.modified_at,
            row.row_shows,
            row.newest_at,
            row.counts,
        )
        for row in rows
        if row.newest_at is not None and row.delivery_id == newest[row.group_id][1]
    ]


def as_document(found: Iterable[Regression]) -> list[dict[str, str]]:
    """Return regressions as plain values: what is the matter, whose it is, what to do."""
    advice = ADVICE[Reason.DATE_REGRESSION]
    return [
        {
            "delivery_id": each.delivery_id,
            "practice_code": each.practice_code,
            "reason": str(Reason.DATE_REGRESSION),
            "detail": each.detail,
            "owner_role": advice.owner_role,
            "to_do": advice.next_action,
        }
        for each in found
    ]


def _newest_before(engine: Engine, delivery: Delivery) -> dict[str, tuple[datetime, str]]:
    """Return practice -> newest change told by extracts before, and what its row showed."""
    table = side_date
    query = (
        select(table.c.practice_code, table.c.modified_at, table.c.row_shows)
        .where(
            table.c.supplier == delivery.supplier,
            table.c.group_id == delivery.group_id,
            table.c.extracted_at < delivery.extracted_at,
        )
        .order_by(table.c.extracted_at, by_code_point(table.c.delivery_id))
    )
    found: dict[str, tuple[datetime, str]] = {}
    with engine.connect() as connection:
        for code, at, shows in connection.execute(query):
            # of rows of the same change the later extract tells
            if code not in found or at >= found[code][0]:
                found[str(code)] = (at, str(shows))
    return found


def _note(
    engine: Engine,
    delivery: Delivery,
    rows: list[dict[str, object]],
    regressions: Iterable[Regression],
) -> None:
    if not rows:
        return
    events = [
        {
            "delivery_id": each.delivery_id,
            "happened_at": utc_now(),
            "subject": "supplier side",
            "from_state": str(delivery.state),
            "to_state": str(delivery.state),
            "reason": str(Reason.DATE_REGRESSION),
            "detail": each.detail,
            "run_id": "",
        }
        for each in regressions
    ]
    with engine.begin() as connection:
        connection.execute(insert(side_date), rows)
        if events:
            connection.execute(insert(event_table), events)
