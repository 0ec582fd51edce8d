"""The ledger: what arrived, where it stands, what became of every row.

Nothing is forgotten: states change, and each change is an event that stays.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, union_all, update
from sqlalchemy.exc import IntegrityError, OperationalError

from lds_assets.database_order import by_code_point
from lds_assets.errors import Retry
from lds_assets.landing.accounts import Accounts, read_outcomes
from lds_assets.landing.states import (
    LOADABLE,
    ChainLink,
    Delivery,
    DeliveryFile,
    Fate,
    LedgerEvent,
    State,
)
from lds_assets.landing.tables import (
    abandoned_table,
    account_table,
    delivery_table,
    event_table,
    file_table,
    practice_table,
    replacement_table,
)

_SEQUENCE_TRIES = 20


class Ledger(Accounts):
    """The ledger of one platform database: deliveries, their files, and their accounts."""

    # -- deliveries ---------------------------------------------------------------------------

    def delivery(self, delivery_id: str) -> Delivery | None:
        """Return one delivery, or None."""
        found = self._select(delivery_table.c.delivery_id == delivery_id)
        return found[0] if found else None

    def deliveries(
        self, supplier: str | None = None, states: Collection[State | str] | None = None
    ) -> list[Delivery]:
        """Return deliveries in loading order: extract time, group, id; undated ones last."""
        conditions = []
        if supplier is not None:
            conditions.append(delivery_table.c.supplier == supplier)
        if states is not None:
            conditions.append(delivery_table.c.state.in_([str(state) for state in states]))
        return self._select(*conditions)

    def pending(self, supplier: str) -> list[Delivery]:
        """Return the supplier's complete deliveries that wait for a first load, in order."""
        return self.deliveries(supplier, [State.VALIDATED])

    def loadable(self, supplier: str) -> list[Delivery]:
        """Return every proven delivery, loaded or not, in order (for a practice that joins)."""
        return self.deliveries(supplier, LOADABLE)

    def files(self, delivery_id: str) -> list[DeliveryFile]:
        """Return the files of a delivery by name."""
        return self._files(delivery_table.c.delivery_id == delivery_id).get(delivery_id, [])

    def supplier_files(self, supplier: str) -> dict[str, list[DeliveryFile]]:
        """Return the files of every delivery of a supplier, by delivery."""
        return self._files(delivery_table.c.supplier == supplier)

    def _files(self, condition: Any) -> dict[str, list[DeliveryFile]]:  # noqa: ANN401
        """Return files by delivery, for the deliveries that a condition chooses."""
        query = (
            select(file_table)
            .join(delivery_table, delivery_table.c.delivery_id == file_table.c.delivery_id)
            .where(condition)
            .order_by(by_code_point(file_table.c.delivery_id), by_code_point(file_table.c.name))
        )
        found: dict[str, list[DeliveryFile]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                file = _file(row)
                found.setdefault(file.delivery_id, []).append(file)
        return found

    def record(
        self,
        delivery: Delivery,
        files: Sequence[DeliveryFile] | None = None,
        run_id: str = "",
        expected: State | None = None,
    ) -> Delivery:
        """Enter a delivery, or bring its row and files up to date; state changes leave an event.

        Args:
            delivery: its row; times of recording and the load sequence are the ledger's own.
            files: all its files, replacing those known; None leaves them as they are.
            run_id: run that found it.
            expected: state the caller saw; a row that another run moved since stays as it is.
        """
        with self._engine.begin() as connection:
            return _enter(connection, delivery, files, run_id, expected, self._clock())

    def record_pieces(
        self,
        pieces: Sequence[tuple[Delivery, Sequence[DeliveryFile]]],
        run_id: str = "",
        expected: State | None = None,
    ) -> list[Delivery]:
        """Enter what a delivery was cut into, all or nothing: the rest of it first, then its parts.

        Args:
            pieces: each with all its files.
            run_id: run that cuts it.
            expected: state the caller saw of the first; None when the ledger did not know it.

        Returns:
            The rows entered; none when another run moved the first one since.
        """
        now = self._clock()
        (first, files), *parts = pieces
        with self._engine.begin() as connection:
            before = _one(connection, first.delivery_id)
            if (before.state if before else None) != expected:
                return []
            stored = _enter(connection, first, files, run_id, expected, now)
            if stored.content_hash != first.content_hash:
                return []
            return [
                stored,
                *(_enter(connection, row, own, run_id, None, now) for row, own in parts),
            ]

    def set_state(
        self,
        delivery_id: str,
        fate: Fate | State,
        *,
        reason: str = "",
        run_id: str = "",
        expected: State | None = None,
    ) -> bool:
        """Move a delivery to a state; the fate it already has changes nothing.

        Args:
            delivery_id: the delivery.
            fate: its state with reason, detail and advice, or the state alone.
            reason: reason of a state given alone.
            run_id: run that moves it.
            expected: state the caller saw; a row that another run moved since stays as it is.

        Returns:
            False when another run moved the row since.
        """
        now = self._clock()
        if isinstance(fate, State):
            fate = Fate(fate, reason)
        with self._engine.begin() as connection:
            before = _one(connection, delivery_id)
            if before is None:
                raise KeyError(f"the ledger has no delivery {delivery_id}")
            if expected not in (None, before.state):
                return False
            if before.fate == fate:
                return True
            after = replace(before.moved(fate), updated_at=now)
            values = {**asdict(fate), "updated_at": now}
            if not _update(connection, delivery_id, values, expected):
                return False
            _event(connection, after, before.state, now, run_id)
        return True

    def assign_load_sequence(self, delivery_id: str) -> int:
        """Return the delivery's place in the order of loading, given once and committed at once.

        Raises:
            Retry: other runs took numbers at the same time, again and again.
        """
        taken = union_all(
            select(delivery_table.c.load_sequence), select(abandoned_table.c.load_sequence)
        ).subquery()
        following = select(func.coalesce(func.max(taken.c.load_sequence), 0) + 1)
        take = _where(delivery_id).where(delivery_table.c.load_sequence.is_(None))
        for attempt in range(_SEQUENCE_TRIES):
            try:
                with self._engine.begin() as connection:
                    connection.execute(take.values(load_sequence=following.scalar_subquery()))
                break
            except (IntegrityError, OperationalError):  # another run took the same number
                time.sleep(0.01 * attempt)
        found = self.delivery(delivery_id)
        if found is None:
            raise KeyError(f"the ledger has no delivery {delivery_id}")
        if found.load_sequence is None:
            raise Retry(
                "no load sequence could be taken",
                where=delivery_id,
                done="delivery not loaded",
                to_do="run again; if it stays, see which other run holds the platform database",
            )
        return found.load_sequence

    def events(self, delivery_id: str | None = None) -> list[LedgerEvent]:
        """Return the changes of state, oldest first."""
        query = select(event_table).order_by(event_table.c.event_id)
        if delivery_id is not None:
            query = query.where(event_table.c.delivery_id == delivery_id)
        with self._engine.connect() as connection:
            return [LedgerEvent(**row._mapping) for row in connection.execute(query)]

    def chain(self, practice: str) -> list[ChainLink]:
        """Return the deliveries that held a practice, newest first, with its rows by reason."""
        with self._engine.connect() as connection:
            records = read_outcomes(connection, practice_table.c.practice_code == practice)
            rows: dict[str, dict[str, dict[str, int]]] = {}
            counted = (
                select(
                    account_table.c.delivery_id,
                    account_table.c.stage,
                    account_table.c.reason,
                    func.sum(account_table.c.rows),
                )
                .where(account_table.c.practice_code == practice)
                .group_by(
                    account_table.c.delivery_id, account_table.c.stage, account_table.c.reason
                )
            )
            for delivery_id, stage, reason, count in connection.execute(counted):
                rows.setdefault(delivery_id, {}).setdefault(stage, {})[reason] = int(count)
        with_practice = select(practice_table.c.delivery_id).where(
            practice_table.c.practice_code == practice
        )
        known = self._select(delivery_table.c.delivery_id.in_(with_practice))
        return [
            ChainLink(each, records[each.delivery_id, practice], rows.get(each.delivery_id, {}))
            for each in reversed(known)
        ]

    def replacements(self) -> dict[str, str]:
        """Return delivery -> the version that was decided to take its place."""
        query = select(replacement_table.c.replaced_id, replacement_table.c.delivery_id)
        with self._engine.connect() as connection:
            return {str(old): str(new) for old, new in connection.execute(query)}

    def replace_delivery(self, replaced_id: str, delivery_id: str) -> None:
        """Enter that one version of a delivery takes the place of another."""
        row = {
            "replaced_id": replaced_id,
            "delivery_id": delivery_id,
            "decided_at": self._clock(),
        }
        with self._engine.begin() as connection:
            connection.execute(
                delete(replacement_table).where(replacement_table.c.replaced_id == replaced_id)
            )
            connection.execute(insert(replacement_table).values(row))

    # -- inside -------------------------------------------------------------------------------

    def _select(self, *conditions: Any) -> list[Delivery]:  # noqa: ANN401 - SQL expressions
        query = (
            select(delivery_table)
            .where(*conditions)
            .order_by(
                delivery_table.c.extracted_at.is_(None),
                delivery_table.c.extracted_at,
                by_code_point(delivery_table.c.group_id),
                by_code_point(delivery_table.c.delivery_id),
            )
        )
        with self._engine.connect() as connection:
            return [_delivery(row) for row in connection.execute(query)]


def _delivery(row: Row[Any]) -> Delivery:
    values = dict(row._mapping)
    return Delivery(**{**values, "state": State(values["state"])})


def _file(row: Row[Any]) -> DeliveryFile:
    values = dict(row._mapping)
    values["state"] = State(values["state"])
    values["header"] = tuple(values["header"])
    return DeliveryFile(**{each.name: values[each.name] for each in fields(DeliveryFile)})


def _one(connection: Connection, delivery_id: str) -> Delivery | None:
    query = select(delivery_table).where(delivery_table.c.delivery_id == delivery_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _delivery(row)


def _where(delivery_id: str) -> Any:  # noqa: ANN401 - an update statement
    return update(delivery_table).where(delivery_table.c.delivery_id == delivery_id)


def _update(
    connection: Connection, delivery_id: str, values: Mapping[str, Any], expected: State | None
) -> bool:
    """Write values into a delivery's row, unless it left the expected state; say whether."""
    statement = _where(delivery_id)
    if expected is not None:
        statement = statement.where(delivery_table.c.state == str(expected))
    return bool(connection.execute(statement.values(**values)).rowcount)


def _enter(
    connection: Connection,
    delivery: Delivery,
    files: Sequence[DeliveryFile] | None,
    run_id: str,
    expected: State | None,
    now: datetime,
) -> Delivery:
    """Write a delivery's row and files, with the event of its change; see ``Ledger.record``."""
    before = _one(connection, delivery.delivery_id)
    if before is not None and expected not in (None, before.state):
        return before
    kept = replace(
        delivery,
        first_seen_at=before.first_seen_at if before else now,
        updated_at=now,
        load_sequence=before.load_sequence if before else None,
    )
    if before is None:
        connection.execute(insert(delivery_table).values(**asdict(kept)))
    elif not _update(connection, kept.delivery_id, asdict(kept), expected):
        return before
    if files is not None:
        _replace_files(connection, kept.delivery_id, files)
    if before is None or before.fate != kept.fate:
        _event(connection, kept, before.state if before else "", now, run_id)
    return kept


def _replace_files(connection: Connection, delivery_id: str, files: Sequence[DeliveryFile]) -> None:
    connection.execute(delete(file_table).where(file_table.c.delivery_id == delivery_id))
    if files:
        rows = [
            {**asdict(file), "delivery_id": delivery_id, "header": list(file.header)}
            for file in files
        ]
        connection.execute(insert(file_table), rows)


def _event(
    connection: Connection, after: Delivery, from_state: str, now: datetime, run_id: str
) -> None:
    connection.execute(
        insert(event_table).values(
            delivery_id=after.delivery_id,
            happened_at=now,
            subject="delivery",
            from_state=from_state,
            to_state=after.state,
            reason=after.reason,
            detail=after.detail,
            run_id=run_id,
        )
    )
