"""The platform database as the first programs made it, before its steps were counted.

Tables that came later are here in the form they came in. Nothing in this file follows a change of
the program: whoever changes a table writes a step, and the step brings this form to the new one.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

before = MetaData()

_DELIVERY = "ledger_delivery.delivery_id"


def _column(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]]) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _texts(*names: str) -> list[Column[Any]]:
    return [_column(name, Text) for name in names]


def _strings(**lengths: int) -> list[Column[Any]]:
    return [_column(name, String(length)) for name, length in lengths.items()]


def _key(name: str, length: int) -> Column[str]:
    return Column(name, String(length), primary_key=True)


Table(
    "gov_event",
    before,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("event_id", String(32), nullable=False, unique=True),
    Column("entity_type", String(40), nullable=False, index=True),
    *_strings(entity_id=200, event_type=40, from_state=40, to_state=40, effective_at=40),
    *_strings(recorded_at=40, actor=200, actor_role=40, on_behalf_of=200, reason_code=80),
    *_texts("reason_text", "evidence_ref"),
    *_strings(evidence_sha256=64),
    *_texts("payload_json"),
    *_strings(prev_hash=64),
    Column("this_hash", String(64), nullable=False, unique=True),
)
Table(
    "gate_decision",
    before,
    Column("id", Integer, primary_key=True),
    *_strings(run_id=64, delivery_id=64, stage=10, practice_code=40, supplier_code=40),
    *_strings(mechanism_id=60, extract_id=60, purpose=40, as_of=10, known_at=40, outcome=10),
    *_strings(primary_reason=40),
    *_texts("reasons_json", "warnings_json"),
    *_strings(register_version=64, evaluated_at=40),
    Index("gate_decision_practice", "practice_code", "evaluated_at"),
    Index("gate_decision_run", "run_id", "delivery_id", "stage", "practice_code", unique=True),
)
Table(
    "ledger_delivery",
    before,
    _key("delivery_id", 400),
    Column("supplier", String(60), nullable=False, index=True),
    *_texts("group_id", "folder", "kind", "version"),
    *(Column(name, DateTime) for name in ("extracted_at", "window_from", "window_to")),
    *_strings(state=20),
    *_texts("reason", "detail", "to_do"),
    Column("content_hash", String(64), nullable=False, index=True),
    _column("size_bytes", BigInteger),
    _column("file_count", Integer),
    *(_column(name, DateTime) for name in ("first_seen_at", "updated_at")),
    Column("load_sequence", BigInteger, unique=True),
)
Table(
    "ledger_file",
    before,
    Column("delivery_id", ForeignKey(_DELIVERY), primary_key=True),
    _key("name", 400),
    *_texts("table_name", "kind", "version", "sha256", "plain_sha256"),
    *(_column(name, BigInteger) for name in ("size_bytes", "mtime_ns")),
    _column("header", JSON),
    _column("extra_columns", Integer),
    *_strings(state=20),
    *_texts("reason", "detail"),
    *(Column(name, DateTime) for name in ("window_from", "window_to")),
)
Table(
    "ledger_practice",
    before,
    Column("delivery_id", ForeignKey(_DELIVERY), primary_key=True),
    Column("practice_code", String(40), primary_key=True, index=True),
    *_strings(outcome=20),
    *_texts("primary_reason"),
    _column("reasons", JSON),
    *_texts("register_version", "run_id"),
    _column("recorded_at", DateTime),
)
Table(
    "ledger_account",
    before,
    Column("delivery_id", ForeignKey(_DELIVERY), primary_key=True),
    _key("table_name", 120),
    _key("practice_code", 40),
    _key("stage", 20),
    _key("reason", 60),
    _column("rows", BigInteger),
    Index("ledger_account_practice", "practice_code"),
)
Table(
    "ledger_event",
    before,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", ForeignKey(_DELIVERY), nullable=False, index=True),
    _column("happened_at", DateTime),
    *_texts("subject", "from_state", "to_state", "reason", "detail", "run_id"),
)
Table(
    "ledger_abandoned_sequence",
    before,
    Column("load_sequence", BigInteger, primary_key=True, autoincrement=False),
    *_strings(delivery_id=400),
)
Table(
    "ledger_replacement",
    before,
    _key("replaced_id", 400),
    *_strings(delivery_id=400),
    _column("decided_at", DateTime),
)
Table(
    "ledger_replay",
    before,
    _key("replay_id", 60),
    *_strings(supplier=60),
    _column("taken_at", DateTime),
    _column("plan", JSON),
    _column("is_done", Integer),
)
Table(
    "ledger_purged_file",
    before,
    *(_key(name, length) for name, length in (("delivery_id", 400), ("name", 400))),
    _key("plain_sha256", 64),
    *_strings(fate=20, purge_id=60),
    _column("happened_at", DateTime),
)
Table(
    "publisher_identity",
    before,
    *(_key(name, length) for name, length in (("supplier", 60), ("supplier_org_id", 100))),
    *_strings(practice_code=40, first_delivery_id=400, conflicting_code=40),
    _column("recorded_at", DateTime),
)
Table(
    "publish_population",
    before,
    _key("practice_code", 40),
    *(_column(name, Integer) for name in ("registered_count", "repeated_count")),
    _column("as_of", Date),
)
Table(
    "reconciliation_measure",
    before,
    Column("id", Integer, primary_key=True),
    *_strings(run_id=64, practice_code=40, supplier_code=40, delivery_id=400),
    _column("measured_on", Date),
    *_strings(measure=60),
    Column("value", Float),
    *_strings(threshold=200, verdict=20, reason_code=40),
    *_texts("detail"),
    Index("reconciliation_practice", "practice_code", "supplier_code", "run_id"),
)
Table(
    "supplier_side_shown",
    before,
    *(_key(name, length) for name, length in (("delivery_id", 400), ("practice_code", 40))),
    *_strings(supplier=60, group_id=200),
    _column("extracted_at", DateTime),
    *_strings(shown=40),
)
Table(
    "feed_fact",
    before,
    *(_key(name, length) for name, length in (("supplier", 60), ("practice_code", 40))),
    _key("table_group", 60),
    *_strings(group_id=400),
    *(Column(name, DateTime) for name in ("loaded_extract_at", "rows_extract_at")),
    _column("rows", BigInteger),
    Column("newest_event_date", Date),
)
Table("feed_noted", before, _key("delivery_id", 400), _column("load_sequence", BigInteger))
Table(
    "release_export",
    before,
    _key("path", 1000),
    *_strings(release_id=40),
    _column("publishers", JSON),
    _column("written_at", DateTime),
)
Table(
    "why_verdict",
    before,
    Column("as_of", Date, primary_key=True),
    _key("practice_code", 40),
    *_strings(verdict=10, reason=60, owner_role=40),
    *_texts("next_action"),
    *_strings(supplier_code=40, board_code=20),
    Column("list_size", Integer),
    *_strings(release_id=40, register_version=64, evaluated_at=40),
)
