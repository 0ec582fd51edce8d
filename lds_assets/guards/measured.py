"""The measures of reconciliations, kept: one row is one measure of one practice in one run."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import (
    Column,
    Date,
    Engine,
    Float,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
)

from lds_assets.database import metadata
from lds_assets.guards.thresholds import Verdict

reconciliation_measure = Table(
    "reconciliation_measure",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("practice_code", String(40), nullable=False),
    Column("supplier_code", String(40), nullable=False),
    Column("delivery_id", String(400), nullable=False),
    Column("measured_on", Date, nullable=False),
    Column("measure", String(60), nullable=False),
    Column("value", Float),
    Column("threshold", String(200), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("reason_code", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Index("reconciliation_practice", "practice_code", "supplier_code", "run_id"),
)


@dataclass(frozen=True)
class Measure:
    """One measure: what was found, between which bounds it passes, what that says.

    Attributes:
        value: a share (0 to 1) or days; None when it could not be measured.
        reason_code: why the practice is held when the verdict is HOLD.
        detail: counts and names of tables only.
    """

    measure: str
    value: float | None
    threshold: str
    verdict: Verdict
    reason_code: str
    detail: str


@dataclass(frozen=True)
class Reconciliation:
    """What one run found of one practice's first extract.

    Attributes:
        delivery_id: the full extract that was measured.
        measures: in the order of the seed.
    """

    practice_code: str
    supplier_code: str
    delivery_id: str
    measured_on: date
    measures: tuple[Measure, ...]

    @property
    def verdict(self) -> Verdict:
        """Return the worst of the measures; what is not measured decides nothing."""
        found = {each.verdict for each in self.measures}
        worst = (Verdict.HOLD, Verdict.AMBER)
        return next((each for each in worst if each in found), Verdict.GREEN)

    @property
    def held(self) -> tuple[Measure, ...]:
        """Return the measures that hold the practice."""
        return tuple(each for each in self.measures if each.verdict is Verdict.HOLD)

    @property
    def cause(self) -> str:
        """Return the reason of the first measure that holds; empty when none does."""
        return self.held[0].reason_code if self.held else ""

    @property
    def text(self) -> str:
        """Return what decides, in words: what holds, else what is not green, else all is."""
        named = self.held or [each for each in self.measures if each.verdict is Verdict.AMBER]
        told = "; ".join(f"{each.measure}: {each.detail}" for each in named)
        return told or "every measure is within its green bounds"


def keep(engine: Engine, found: Iterable[Reconciliation], run_id: str) -> None:
    """Keep what a run measured; the same run measuring a practice again replaces its rows."""
    table = reconciliation_measure
    with engine.begin() as connection:
        for each in found:
            same = (table.c.practice_code == each.practice_code) & (table.c.run_id == run_id)
            connection.execute(delete(table).where(same))
            fixed = {
                "run_id": run_id,
                "practice_code": each.practice_code,
                "supplier_code": each.supplier_code,
                "delivery_id": each.delivery_id,
                "measured_on": each.measured_on,
            }
            rows = [{**fixed, **vars(one), "verdict": str(one.verdict)} for one in each.measures]
            connection.execute(insert(table), rows)


def latest(engine: Engine) -> dict[tuple[str, str], Reconciliation]:
    """Return the newest reconciliation of every practice measured, by practice and supplier."""
    table = reconciliation_measure
    key = (table.c.practice_code, table.c.supplier_code)
    newest = select(*key, func.max(table.c.id).label("last")).group_by(*key).subquery()
    last = select(*key, table.c.run_id).join(newest, newest.c["last"] == table.c.id).subquery()
    query = (
        select(table)
        .join(
            last,
            (last.c.practice_code == table.c.practice_code)
            & (last.c.supplier_code == table.c.supplier_code)
            & (last.c.run_id == table.c.run_id),
        )
        .order_by(table.c.id)
    )
    found: dict[tuple[str, str], Reconciliation] = {}
    with engine.connect() as connection:
        for row in connection.execute(query):
            name = (row.practice_code, row.supplier_code)
            before = found.get(name)
            measure = Measure(
                row.measure,
                row.value,
                row.threshold,
                Verdict(row.verdict),
                row.reason_code,
                row.detail,
            )
            measures = (*before.measures, measure) if before else (measure,)
            found[name] = Reconciliation(*name, row.delivery_id, row.measured_on, measures)
    return found
