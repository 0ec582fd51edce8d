"""Deliveries that wait for the register to say whose an id is are not opened in vain (ADR 12).

What the register states of a supplier's ids is kept with each look into such a delivery. Until the
register states something else, or the delivery has other content, a further look finds the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Column, DateTime, Engine, String, Table, delete, insert, select

from lds_assets.database import metadata
from lds_assets.errors import Quarantined
from lds_assets.gate.events import canonical_json
from lds_assets.guards.holds import HELD_BEFORE, order
from lds_assets.landing.states import Delivery, PracticeRecord, Reason, State, utc_now
from lds_assets.platform import Platform

GUID_MISMATCH = "S_GUID_MISMATCH"
TO_EXPLAIN = (
    "ask the supplier whose the id is; if the register is wrong, correct practice_system.csv "
    "(docs/operate/practice-held.md)"
)
_NOT_OPENED = "not opened again: the register states of the supplier's ids what it did before"

look_table = Table(
    "unexplained_look",
    metadata,
    Column("delivery_id", String(400), primary_key=True),
    Column("content_hash", String(64), nullable=False),
    Column("stated_sha256", String(64), nullable=False),
    Column("looked_at", DateTime, nullable=False),
)


@dataclass
class Unexplained:
    """The deliveries of a supplier that waited at the last look, and whether a new one may help.

    Attributes:
        stated_sha256: hash of what the register states today of the supplier's ids.
        looks: delivery id -> content and statements at the last look.
        still: (delivery, practice) whose rows wait for the same id as at the last look.
    """

    engine: Engine
    stated_sha256: str
    looks: dict[str, tuple[str, str]]
    still: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def of(cls, platform: Platform, code: str) -> "Unexplained":
        """Read what is known of a supplier's waiting deliveries."""
        with platform.engine.connect() as connection:
            looks = {
                str(row.delivery_id): (str(row.content_hash), str(row.stated_sha256))
                for row in connection.execute(select(look_table))
            }
        return cls(platform.engine, _stated_sha256(platform, code), looks)

    def is_unchanged(self, delivery: Delivery) -> bool:
        """Say whether neither the register's statements nor the content changed since the look."""
        return self.looks.get(delivery.delivery_id) == (delivery.content_hash, self.stated_sha256)

    def foreign(self, delivery: Delivery) -> Quarantined | None:
        """Return the fault of a delivery whose group is still nobody's, None when to be opened."""
        is_foreign = (delivery.state, delivery.reason) == (
            State.QUARANTINED,
            Reason.S_GUID_MISMATCH,
        )
        if not is_foreign or not self.is_unchanged(delivery):
            return None
        return Quarantined(
            delivery.detail,
            where=delivery.delivery_id,
            done=f"{_NOT_OPENED}; later deliveries of the group wait",
            to_do=delivery.to_do,
            code=GUID_MISMATCH,
        )

    def judge(
        self,
        outcomes: Mapping[tuple[str, str], PracticeRecord],
        deliveries: Mapping[str, Delivery],
    ) -> None:
        """Fill ``still``: rows under an unexplained id, and those that wait behind them."""
        held = {key: record for key, record in outcomes.items() if key[0] in deliveries}
        self.still = {
            key
            for key, record in held.items()
            if (record.outcome, record.primary_reason) == ("HELD", GUID_MISMATCH)
            and self.is_unchanged(deliveries[key[0]])
        }
        first: dict[tuple[str, str], Delivery] = {}
        for identity, practice in self.still:
            own = deliveries[identity]
            before = first.setdefault((own.group_id, practice), own)
            first[own.group_id, practice] = min(before, own, key=order)
        for (identity, practice), record in held.items():
            waits = record.primary_reason == HELD_BEFORE and GUID_MISMATCH in record.reasons
            own = deliveries[identity]
            before_it = first.get((own.group_id, practice))
            if waits and before_it is not None and order(before_it) < order(own):
                self.still.add((identity, practice))

    def waiting(self, practice: str) -> str:
        """Return why a practice's rows wait without a further look, empty when none do."""
        found = sorted(identity for identity, held in self.still if held == practice)
        return f"{found[0]}: {GUID_MISMATCH}; {_NOT_OPENED}; {TO_EXPLAIN}" if found else ""

    def note(self, delivery: Delivery, records: Iterable[PracticeRecord] | None = None) -> None:
        """Keep a look into a delivery, if anything of it waits for an id.

        Args:
            records: what became of its practices; None when its group is nobody's.
        """
        waits = records is None or any(
            (each.outcome, each.primary_reason) == ("HELD", GUID_MISMATCH) for each in records
        )
        with self.engine.begin() as connection:
            same = look_table.c.delivery_id == delivery.delivery_id
            connection.execute(delete(look_table).where(same))
            if waits:
                row = {
                    "delivery_id": delivery.delivery_id,
                    "content_hash": delivery.content_hash,
                    "stated_sha256": self.stated_sha256,
                    "looked_at": utc_now(),
                }
                connection.execute(insert(look_table).values(row))


def _stated_sha256(platform: Platform, code: str) -> str:
    """Return a hash of what decides whose an id is: systems of the day, agreements, branches."""
    state, day = platform.register.state(), platform.settings.business_date()
    supplier = platform.suppliers[code].definition.supplier_code
    systems = {
        practice: (system.supplier_org_id, system.agreement_id)
        for practice in state.systems
        if (system := state.system_on(practice, day)) and system.supplier_code == supplier
    }
    branches = {branch: state.parent_of(branch) for branch in state.branches}
    known = sorted(state.practices)
    return sha256(canonical_json([systems, branches, known]).encode()).hexdigest()
