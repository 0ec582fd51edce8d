"""One practice's consent as its events tell it (S2): the newest row gives its terms."""

from collections.abc import Sequence

from lds_assets.gate.events import Event
from lds_assets.gate.facts import Consent, Move, Row, day_of, list_of

#: Event types that say what became of the signed form, and what each says.
EVIDENCE = {"evidence_failed": "FAILED", "evidence_confirmed": "CONFIRMED"}


def consent_of(history: Sequence[Event]) -> Consent:
    """Return a consent.

    Args:
        history: its events in force, in the order of recording; the first one has a row.
    """
    rows = [each for each in history if '"row"' in each.payload_json]
    told = rows[-1].payload
    row: Row = told["row"]
    moves = sorted(
        (_move(each) for each in history if each.event_type == "moved"), key=lambda move: move.on
    )
    evidence = sorted(
        (
            Move(EVIDENCE[each.event_type], each.effective_on)
            for each in history
            if each.event_type in EVIDENCE
        ),
        key=lambda move: move.on,
    )
    return Consent(
        consent_id=row["consent_id"],
        practice_code=row["practice_code"],
        supplier_code=row["supplier_code"],
        extract_id=row["extract_id"],
        mechanism_id=row["mechanism_id"],
        purposes=list_of(row["purposes"]),
        scope_tables=list_of(row["scope_tables"]),
        effective_from=day_of(row["effective_from"]),
        effective_to=day_of(row["effective_to"]),
        evidence_ref=row["evidence_ref"],
        evidence_sha256=row["evidence_sha256"],
        dsa_id=row["dsa_id"],
        dsa_version=row["dsa_version"],
        dpa_id=row["dpa_id"],
        supplier_side_state=row["supplier_side_state"],
        moves=tuple(moves),
        first_seq=history[0].seq,
        evidence=tuple(evidence),
        evidence_from=str(told.get("evidence_from", told.get("source", ""))),
        row=row,
    )


def _move(event: Event) -> Move:
    is_lifting = (event.from_state, event.to_state) == ("SUSPENDED", "GRANTED")
    decision = str(event.payload.get("decision", "")) if is_lifting else ""
    return Move(event.to_state, event.effective_on, decision)
