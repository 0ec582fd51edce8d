"""The governance register: an append-only table of events chained by hash (S0).

Whatever the register knows is a fold over these rows. A row is never changed or removed; the
database itself refuses it, and the chain shows it where the database was got round.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    Engine,
    Integer,
    String,
    Table,
    Text,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from lds_assets.database import metadata
from lds_assets.errors import Refused, Retry
from lds_assets.gate import officers, organisations
from lds_assets.gate.events import (
    COLUMNS,
    GENESIS,
    Event,
    NewEvent,
    chained,
    event_hash,
    london_day,
)
from lds_assets.gate.fitting import fitted, unfitting, widths
from lds_assets.gate.lifecycle import illegal
from lds_assets.gate.recusals import wrong_deputy
from lds_assets.gate.refusal_advice import advice

gov_event = Table(
    "gov_event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", String(32), nullable=False, unique=True),
    Column("entity_type", String(40), nullable=False, index=True),
    Column("entity_id", String(600), nullable=False),
    Column("event_type", String(40), nullable=False),
    Column("from_state", String(40), nullable=False),
    Column("to_state", String(40), nullable=False),
    Column("effective_at", String(40), nullable=False),
    Column("recorded_at", String(40), nullable=False),
    Column("actor", String(200), nullable=False),
    Column("actor_role", String(40), nullable=False),
    Column("on_behalf_of", String(200), nullable=False),
    Column("reason_code", String(80), nullable=False),
    Column("reason_text", Text, nullable=False),
    Column("evidence_ref", Text, nullable=False),
    Column("evidence_sha256", String(64), nullable=False),
    Column("payload_json", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("this_hash", String(64), nullable=False, unique=True),
)

_WIDTHS = widths(gov_event)


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


for _verb in ("update", "delete"):
    event.listen(
        gov_event,
        "after_create",
        _ddl(
            f"create trigger gov_event_no_{_verb} before {_verb} on gov_event "
            "begin select raise(abort, 'gov_event is append-only'); end"
        ).execute_if(dialect="sqlite"),
    )
event.listen(
    gov_event,
    "after_create",
    _ddl(
        "create or replace function gov_event_refuse() returns trigger language plpgsql as "
        "'begin raise exception ''gov_event is append-only''; end'; "
        "create trigger gov_event_append_only before update or delete or truncate on gov_event "
        "for each statement execute function gov_event_refuse()"
    ).execute_if(dialect="postgresql"),
)


@dataclass(frozen=True)
class ChainFault:
    """The first place where the chain does not hold."""

    seq: int
    what: str


def read_events(engine: Engine) -> tuple[Event, ...]:
    """Return every event in order; cheap enough (about 10 microseconds each) to do per run."""
    with engine.connect() as connection:
        return _read(connection)


def _read(connection: Connection) -> tuple[Event, ...]:
    rows = connection.execute(select(gov_event).order_by(gov_event.c.seq))
    return tuple(Event(*row) for row in rows)


def verify_chain(events: Sequence[Event]) -> ChainFault | None:
    """Return the first fault of the chain, or None when every link holds."""
    prev_hash = GENESIS
    for seq, stored in enumerate(events, start=1):
        if stored.seq != seq:
            return ChainFault(seq, "an event is missing")
        if stored.prev_hash != prev_hash:
            return ChainFault(seq, "the event does not follow the one before it")
        row = {name: getattr(stored, name) for name in COLUMNS}
        if event_hash(prev_hash, row) != stored.this_hash:
            return ChainFault(seq, "the event was changed after it was recorded")
        prev_hash = stored.this_hash
    return None


def version(events: Sequence[Event]) -> str:
    """Return the hash of the newest event: the register's version."""
    return events[-1].this_hash if events else GENESIS


def append(
    engine: Engine, new: Sequence[NewEvent], recorded_at: datetime, refused: str = ""
) -> tuple[Event, ...]:
    """Record events, all or none, and return them as stored.

    Two writers cannot take the same number: one waits for the other. What is recorded later
    carries a later time, whatever the clock says, so that what was known at an instant never
    changes.

    Args:
        refused: rule by which the first event was refused before it came here.

    Raises:
        Refused: an event breaks a rule; the refusal itself is recorded, nothing else is.
        Retry: the register stayed busy.
    """
    try:
        return _append_once(engine, new, recorded_at, refused)
    except OperationalError as fault:
        if "locked" not in str(fault.orig):
            raise
        raise Retry(
            "the governance register is busy", "gov_event", "nothing recorded", "run again"
        ) from None


#: Any fixed number: writers of the chain wait for each other on it.
_LOCK = 0x6C6473


def _alone(connection: Connection) -> None:
    """Let one writer at a time read the head; the others wait."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:
        # the driver would open the transaction at the insert, when the head may be an old one
        connection.execute(text("begin immediate"))


def _later(stored: Sequence[Event], recorded_at: datetime) -> datetime:
    """Return the time of recording, moved behind the newest event's where the clock went back."""
    if not stored:
        return recorded_at
    newest = datetime.fromisoformat(stored[-1].recorded_at)
    return max(recorded_at, newest + timedelta(microseconds=1))


def _append_once(
    engine: Engine, new: Sequence[NewEvent], recorded_at: datetime, refused: str
) -> tuple[Event, ...]:
    with engine.begin() as connection:
        _alone(connection)
        stored = _read(connection)
        fault = verify_chain(stored)
        if fault is not None:
            raise Refused(
                f"the register is not trustworthy: {fault.what}",
                f"gov_event seq {fault.seq}",
                "nothing recorded",
                "restore the register from backup and report the incident",
                "O_REGISTER_BROKEN",
            )
        head, seq = version(stored), len(stored)
        recorded_at = _later(stored, recorded_at)
        kept, broken = _chain(new, stored, head, seq, recorded_at)
        broken = (0, refused) if refused else broken
        if broken is not None:
            refusal = _refusal(new[broken[0]], broken[1], recorded_at)
            kept = [chained(refusal, seq + 1, head, recorded_at)]
        if kept:
            connection.execute(insert(gov_event), [asdict(each) for each in kept])
    if broken is not None:
        raise Refused(
            broken[1],
            f"{new[broken[0]].entity_type} {new[broken[0]].entity_id}, "
            f"event {broken[0] + 1} of {len(new)}",
            "nothing recorded but this refusal",
            advice(broken[1], new[broken[0]]),
            broken[1].split(" ", 1)[0],
        )
    return tuple(kept)


def _chain(
    new: Sequence[NewEvent],
    stored: Sequence[Event],
    head: str,
    seq: int,
    recorded_at: datetime,
) -> tuple[list[Event], tuple[int, str] | None]:
    """Link new events to the head; stop at the first illegal one and name it with its rule."""
    wanted = {(each.entity_type, each.entity_id) for each in new}
    histories: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for earlier in stored:
        if (earlier.entity_type, earlier.entity_id) in wanted:
            histories[earlier.entity_type, earlier.entity_id].append(earlier)
    signing = officers.officers_of(stored)
    kept: list[Event] = []
    for position, each in enumerate(new):
        history = histories[each.entity_type, each.entity_id]
        today = london_day(recorded_at)
        rule = (
            unfitting(each, _WIDTHS)
            or illegal(each, history)
            or officers.unauthorised(each, signing.values(), today)
            or organisations.signed_by_another(each, history, stored, signing.values(), today)
            or wrong_deputy(each, history, signing.values(), today)
        )
        if rule:
            return [], (position, rule)
        linked = chained(each, seq + len(kept) + 1, head, recorded_at)
        head = linked.this_hash
        history.append(linked)
        kept.append(linked)
    return kept, None


def _refusal(refused: NewEvent, rule: str, recorded_at: datetime) -> NewEvent:
    """Return the event that says an event was refused."""
    told = fitted(refused, _WIDTHS)
    return replace(
        told,
        event_type="refused",
        entity_type="register",
        entity_id=f"{told.entity_type}/{told.entity_id}"[: _WIDTHS["entity_id"]],
        effective_at=recorded_at.astimezone(UTC),
        actor=told.actor or "unknown",
        reason_code=rule.split(" ", 1)[0],
        reason_text=rule,
        from_state="",
        to_state="",
        payload={"event_type": told.event_type, "to_state": told.to_state},
    )
