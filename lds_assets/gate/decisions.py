"""The gate's answers, kept: one row is one practice in one delivery in one run (S6).

The register's version stands beside each answer, so that it can be asked again and must come out
the same.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Column, Engine, Index, Integer, String, Table, Text, delete, insert, select

from lds_assets.database import metadata
from lds_assets.gate.policy import Decision

gate_decision = Table(
    "gate_decision",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", String(64), nullable=False),
    Column("delivery_id", String(400), nullable=False),
    Column("stage", String(10), nullable=False),
    Column("practice_code", String(40), nullable=False),
    Column("supplier_code", String(40), nullable=False),
    Column("mechanism_id", String(60), nullable=False),
    Column("extract_id", String(60), nullable=False),
    Column("purpose", String(40), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("known_at", String(40), nullable=False),
    Column("outcome", String(10), nullable=False),
    Column("primary_reason", String(40), nullable=False),
    Column("reasons_json", Text, nullable=False),
    Column("warnings_json", Text, nullable=False),
    Column("register_version", String(64), nullable=False),
    Column("evaluated_at", String(40), nullable=False),
    Index("gate_decision_practice", "practice_code", "evaluated_at"),
    Index("gate_decision_run", "run_id", "delivery_id", "stage", "practice_code", unique=True),
)


def record(
    engine: Engine,
    decisions: Iterable[Decision],
    run_id: str,
    delivery_id: str,
    evaluated_at: datetime,
) -> int:
    """Keep the answers given for one delivery in one run; asking again replaces them.

    Args:
        engine: the platform database.
        decisions: one a practice; a practice code of a delivery longer than 40 is cut.
        run_id: the run that asked.
        delivery_id: the delivery of the ledger, or empty for a question without files.
        evaluated_at: when the gate answered (any zone; kept in UTC).

    Returns:
        How many answers were kept.
    """
    rows = [_row(each, run_id, delivery_id, evaluated_at) for each in decisions]
    same = (gate_decision.c.run_id == run_id) & (gate_decision.c.delivery_id == delivery_id)
    stages = {str(row["stage"]) for row in rows}
    with engine.begin() as connection:
        connection.execute(delete(gate_decision).where(same, gate_decision.c.stage.in_(stages)))
        if rows:
            connection.execute(insert(gate_decision), rows)
    return len(rows)


def _row(
    decision: Decision, run_id: str, delivery_id: str, evaluated_at: datetime
) -> dict[str, str]:
    question = decision.question
    known_at = question.known_at.astimezone(UTC).isoformat() if question.known_at else ""
    return {
        "run_id": run_id,
        "delivery_id": delivery_id,
        "stage": question.stage,
        "practice_code": question.practice_code[:40],
        "supplier_code": question.supplier_code,
        "mechanism_id": question.mechanism_id,
        "extract_id": question.extract_id,
        "purpose": question.purpose,
        "as_of": question.as_of.isoformat(),
        "known_at": known_at,
        "outcome": decision.outcome,
        "primary_reason": decision.primary_reason,
        "reasons_json": json.dumps(decision.reasons),
        "warnings_json": json.dumps(decision.warnings),
        "register_version": decision.register_version,
        "evaluated_at": evaluated_at.astimezone(UTC).isoformat(),
    }


def last_version(engine: Engine) -> str:
    """Return the register version of the newest answer, or empty: an anchor outside the chain."""
    newest = select(gate_decision.c.register_version).order_by(gate_decision.c.id.desc()).limit(1)
    with engine.connect() as connection:
        return str(connection.execute(newest).scalar() or "")
