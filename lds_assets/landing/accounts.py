"""The ledger's practice side: outcomes per practice and rows by reason."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, select

from lds_assets.database_order import by_code_point
from lds_assets.landing.states import Imbalance, PracticeRecord, utc_now
from lds_assets.landing.tables import (
    TABLES,
    account_table,
    delivery_table,
    event_table,
    practice_table,
)

LANDED = "LANDED"
KEPT = "KEPT"
RAW = "raw"
CANONICAL = "canonical"

_IN_LIST = 500


class Accounts:
    """What became of practices and of rows, in one platform database.

    Args:
        engine: see ``lds_assets.database.connect``.
        clock: gives the time of recording, UTC without a zone.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock
        delivery_table.metadata.create_all(engine, tables=TABLES)

    @property
    def engine(self) -> Engine:
        """The platform database the ledger lies in."""
        return self._engine

    # -- practices ----------------------------------------------------------------------------

    def record_practice(self, record: PracticeRecord) -> None:
        """Enter what became of one practice in a delivery."""
        self.record_practices(record.delivery_id, [record])

    def record_practices(self, delivery_id: str, records: Iterable[PracticeRecord]) -> None:
        """Enter what became of practices in a delivery; others of it stay as they are.

        One transaction. A changed outcome leaves an event.
        """
        now = self._clock()
        practices = {record.practice_code: record for record in records}
        rows = [
            {**asdict(record), "reasons": list(record.reasons), "recorded_at": now}
            for record in practices.values()
        ]
        if not rows:
            return
        with self._engine.begin() as connection:
            before = read_outcomes(connection, practice_table.c.delivery_id == delivery_id)
            for some in _parts(sorted(practices)):
                connection.execute(
                    delete(practice_table).where(
                        practice_table.c.delivery_id == delivery_id,
                        practice_table.c.practice_code.in_(some),
                    )
                )
            connection.execute(insert(practice_table), rows)
            changed = _changed_outcomes(before, practices, now)
            if changed:
                connection.execute(insert(event_table), changed)

    def outcomes(self, delivery_id: str) -> dict[str, PracticeRecord]:
        """Return the outcome of every practice met in a delivery."""
        with self._engine.connect() as connection:
            found = read_outcomes(connection, practice_table.c.delivery_id == delivery_id)
        return {practice: record for (_, practice), record in found.items()}

    def is_loaded(self, delivery_id: str) -> bool:
        """Say whether rows of any practice were loaded from a delivery."""
        return any(each.outcome == "LOADED" for each in self.outcomes(delivery_id).values())

    def supplier_outcomes(self, supplier: str) -> dict[tuple[str, str], PracticeRecord]:
        """Return outcomes of all deliveries of a supplier by (delivery, practice)."""
        of_supplier = select(delivery_table.c.delivery_id).where(
            delivery_table.c.supplier == supplier
        )
        with self._engine.connect() as connection:
            return read_outcomes(connection, practice_table.c.delivery_id.in_(of_supplier))

    def note_event(
        self, delivery_id: str, subject: str, to_state: str, detail: str, run_id: str
    ) -> None:
        """Enter that something happened to a part of a delivery whose outcome stays."""
        values = {
            "delivery_id": delivery_id,
            "happened_at": self._clock(),
            "subject": subject,
            "from_state": "",
            "to_state": to_state,
            "reason": "",
            "detail": detail,
            "run_id": run_id,
        }
        with self._engine.begin() as connection:
            connection.execute(insert(event_table).values(values))

    # -- accounts -----------------------------------------------------------------------------

    def record_account(
        self, delivery_id: str, table: str, practice: str, stage: str, counts: Mapping[str, int]
    ) -> None:
        """Replace the rows by reason of one delivery, table, practice and stage."""
        self.record_accounts(delivery_id, table, stage, {practice: counts})

    def record_accounts(
        self,
        delivery_id: str,
        table: str,
        stage: str,
        counts: Mapping[str, Mapping[str, int]],
    ) -> None:
        """Replace the rows by reason of several practices; one transaction.

        Args:
            delivery_id: the delivery.
            table: the supplier's table.
            stage: ``raw`` or ``canonical``.
            counts: practice ('' when rows have no owner) -> reason -> rows.
        """
        same = and_(
            account_table.c.delivery_id == delivery_id,
            account_table.c.table_name == table,
            account_table.c.stage == stage,
        )
        rows = [
            {
                "delivery_id": delivery_id,
                "table_name": table,
                "practice_code": practice,
                "stage": stage,
                "reason": reason,
                "rows": count,
            }
            for practice, reasons in counts.items()
            for reason, count in reasons.items()
            if count
        ]
        with self._engine.begin() as connection:
            for some in _parts(sorted(counts)):
                connection.execute(
                    delete(account_table).where(same, account_table.c.practice_code.in_(some))
                )
            if rows:
                connection.execute(insert(account_table), rows)

    def account(
        self, stage: str, delivery_id: str | None = None
    ) -> dict[tuple[str, str, str], dict[str, int]]:
        """Return rows by reason of a stage, by (delivery, table, practice)."""
        query = select(account_table).where(account_table.c.stage == stage)
        if delivery_id is not None:
            query = query.where(account_table.c.delivery_id == delivery_id)
        found: dict[tuple[str, str, str], dict[str, int]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                key = (row.delivery_id, row.table_name, row.practice_code)
                found.setdefault(key, {})[row.reason] = int(row._mapping["rows"])
        return found

    def balance(self, stage: str) -> list[Imbalance]:
        """Return where rows in are not rows out, per delivery, table and practice.

        ``raw``: landed = kept + every exclusion and quarantine reason. ``canonical``: kept by
        raw = every canonical reason. An empty list means every row is accounted for.
        """
        counted = self.account(stage)
        if stage == RAW:
            rows_in = {key: reasons.get(LANDED, 0) for key, reasons in counted.items()}
        else:
            kept = self.account(RAW)
            rows_in = {key: reasons[KEPT] for key, reasons in kept.items() if KEPT in reasons}
        found = []
        for key in sorted({*rows_in, *counted}):
            out = sum(rows for why, rows in counted.get(key, {}).items() if why != LANDED)
            if rows_in.get(key, 0) != out:
                found.append(Imbalance(stage, *key, rows_in=rows_in.get(key, 0), rows_out=out))
        return found


@dataclass(frozen=True)
class CountedReason:
    """Rows of one practice ('' when nobody's) under one reason, over all deliveries."""

    practice_code: str
    reason: str
    rows: int
    deliveries: int
    newest_delivery: str


def rows_by_reason(
    engine: Engine, reasons: Collection[str], practice: str = "", supplier: str = ""
) -> list[CountedReason]:
    """Return the rows that raw counted under some reasons, by practice.

    Args:
        practice: ODS code; empty for all.
        supplier: supplier folder; empty for all.
    """
    account = account_table.c
    chosen = [account.stage == RAW, account.reason.in_(sorted(reasons))]
    chosen += [account.practice_code == practice] if practice else []
    chosen += [delivery_table.c.supplier == supplier] if supplier else []
    query = (
        select(
            account.practice_code,
            account.reason,
            func.sum(account.rows),
            func.count(func.distinct(account.delivery_id)),
            func.max(by_code_point(account.delivery_id)),
        )
        .join(delivery_table, delivery_table.c.delivery_id == account.delivery_id)
        .where(*chosen)
        .group_by(account.practice_code, account.reason)
        .order_by(by_code_point(account.practice_code), by_code_point(account.reason))
    )
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [
        CountedReason(str(code), str(reason), int(count), int(deliveries), str(newest))
        for code, reason, count, deliveries, newest in rows
    ]


def read_outcomes(
    connection: Connection,
    condition: Any,  # noqa: ANN401 - an SQL expression
) -> dict[tuple[str, str], PracticeRecord]:
    """Return the outcomes a condition chooses, by (delivery, practice)."""
    found = {}
    for row in connection.execute(select(practice_table).where(condition)):
        values = dict(row._mapping)
        record = PracticeRecord(**{**values, "reasons": tuple(values["reasons"])})
        found[record.delivery_id, record.practice_code] = record
    return found


def _changed_outcomes(
    before: Mapping[tuple[str, str], PracticeRecord],
    after: Mapping[str, PracticeRecord],
    now: datetime,
) -> list[dict[str, Any]]:
    changed = []
    for practice, record in after.items():
        old = before.get((record.delivery_id, practice))
        if old and (old.outcome, old.reasons) == (record.outcome, record.reasons):
            continue
        changed.append(
            {
                "delivery_id": record.delivery_id,
                "happened_at": now,
                "subject": f"practice {practice}",
                "from_state": old.outcome if old else "",
                "to_state": record.outcome,
                "reason": record.primary_reason,
                "detail": "",
                "run_id": record.run_id,
            }
        )
    return changed


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield the values in parts that fit into one statement."""
    for start in range(0, len(values), _IN_LIST):
        yield values[start : start + _IN_LIST]
