"""The ledger's tables in the platform database. Instants are UTC without a zone."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from lds_assets.database import metadata


def _text(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, default="")


def _key(name: str = "delivery_id") -> Column[str]:
    return Column(name, String(400), primary_key=True)


#: One row per delivery, stranger or refused file.
delivery_table = Table(
    "ledger_delivery",
    metadata,
    _key(),
    Column("supplier", String(60), nullable=False, index=True),
    _text("group_id"),
    _text("folder"),
    _text("kind"),
    _text("version"),
    Column("extracted_at", DateTime),
    Column("window_from", DateTime),
    Column("window_to", DateTime),
    Column("state", String(20), nullable=False),
    _text("reason"),
    _text("detail"),
    _text("to_do"),
    Column("content_hash", String(64), nullable=False, default="", index=True),
    Column("size_bytes", BigInteger, nullable=False, default=0),
    Column("file_count", Integer, nullable=False, default=0),
    Column("first_seen_at", DateTime, nullable=False),
    Column("updated_at", DateTime, nullable=False),
    Column("load_sequence", BigInteger, unique=True),
    # how far each group has come is asked for all groups at once
    Index("ledger_delivery_feed", "supplier", "group_id", "state", "extracted_at", "first_seen_at"),
)

#: One row per file of a delivery.
file_table = Table(
    "ledger_file",
    metadata,
    Column("delivery_id", ForeignKey("ledger_delivery.delivery_id"), primary_key=True),
    _key("name"),
    _text("table_name"),
    _text("kind"),
    _text("version"),
    _text("sha256"),
    _text("plain_sha256"),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("header", JSON, nullable=False),
    Column("extra_columns", Integer, nullable=False, default=0),
    Column("state", String(20), nullable=False),
    _text("reason"),
    _text("detail"),
    Column("window_from", DateTime),
    Column("window_to", DateTime),
)

#: One row per practice met in a delivery: the newest outcome.
practice_table = Table(
    "ledger_practice",
    metadata,
    Column("delivery_id", ForeignKey("ledger_delivery.delivery_id"), primary_key=True),
    Column("practice_code", String(40), primary_key=True, index=True),
    Column("outcome", String(20), nullable=False),
    _text("primary_reason"),
    Column("reasons", JSON, nullable=False),
    _text("register_version"),
    _text("run_id"),
    Column("recorded_at", DateTime, nullable=False),
    Index("ledger_practice_outcome", "outcome"),
)

#: Rows by reason: every row that came in has exactly one reason per stage.
account_table = Table(
    "ledger_account",
    metadata,
    Column("delivery_id", ForeignKey("ledger_delivery.delivery_id"), primary_key=True),
    Column("table_name", String(120), primary_key=True),
    Column("practice_code", String(40), primary_key=True),
    Column("stage", String(20), primary_key=True),
    Column("reason", String(60), primary_key=True),
    Column("rows", BigInteger, nullable=False),
    Index("ledger_account_practice", "practice_code"),
)

#: Every change of state, never altered.
event_table = Table(
    "ledger_event",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column("delivery_id", ForeignKey("ledger_delivery.delivery_id"), nullable=False, index=True),
    Column("happened_at", DateTime, nullable=False),
    _text("subject"),
    _text("from_state"),
    _text("to_state"),
    _text("reason"),
    _text("detail"),
    _text("run_id"),
)

#: Load sequences given up after a fault: what was written under them does not count.
abandoned_table = Table(
    "ledger_abandoned_sequence",
    metadata,
    Column("load_sequence", BigInteger, primary_key=True, autoincrement=False),
    Column("delivery_id", String(400), nullable=False),
)

#: Versions of a delivery that somebody decided to take in place of another.
replacement_table = Table(
    "ledger_replacement",
    metadata,
    _key("replaced_id"),
    Column("delivery_id", String(400), nullable=False),
    Column("decided_at", DateTime, nullable=False),
)

#: Replays that are being taken over: a crash in between is made good from here.
replay_table = Table(
    "ledger_replay",
    metadata,
    Column("replay_id", String(60), primary_key=True),
    Column("supplier", String(60), nullable=False),
    Column("taken_at", DateTime, nullable=False),
    Column("plan", JSON, nullable=False),
    Column("is_done", Integer, nullable=False, default=0),
)

TABLES = [
    delivery_table,
    file_table,
    practice_table,
    account_table,
    event_table,
    abandoned_table,
    replacement_table,
    replay_table,
]
