"""What the register knows entities of, and which events of each; anything else is refused (S0).

Rows of governance files are ``recorded``, by a file or at a desk. Where an entity has a life cycle
its own rules say which of its events may follow which.
"""

from lds_assets.gate.formats import file_forms

_CORRECTED = "corrected"

#: Kinds that no governance file tells, or that have more events than their file.
_OWN: dict[str, frozenset[str]] = {
    "practice_consent": frozenset({"moved", "amended", "evidence_failed", "evidence_confirmed"}),
    "officer": frozenset({"recorded", "appointed", "dismissed"}),
    "variation": frozenset({"moved", "revised", "decided", "condition_closed", "noted"}),
    "migration": frozenset({"moved"}),
    "onboarding": frozenset(
        {"invited", "declined", "feed_requested", "stalled", "resumed", "reconciled"}
        | {"measure_accepted"}
    ),
    "purge_job": frozenset({"moved", "layer_done"}),
    "retention_instruction": frozenset({"widened"}),
    "intervention": frozenset({"hold_placed", "hold_released", "purge_opened", "purge_certified"}),
    "delivery_hold": frozenset({"hold_placed", "hold_released"}),
    "delivery": frozenset({"abandoned", "superseded", "kept"}),
    "full_announcement": frozenset({"announced"}),
    "population": frozenset({"overridden"}),
    "feed_pause": frozenset({"paused", "resumed"}),
    "replay": frozenset({"replay_requested"}),
    "supplier_side": frozenset({"observed"}),
    "governance_file": frozenset({"file_imported", "refused"}),
    "register": frozenset({"refused"}),
}

#: What the platform writes about its own work; nothing of it is corrected by hand.
_OF_THE_PLATFORM = frozenset({"governance_file", "register"})


def known_entities() -> dict[str, frozenset[str]]:
    """Return every kind of entity with its events."""
    kinds = {form.entity_type: frozenset({"recorded"}) for form in file_forms().values()} | _OWN
    return {
        kind: events if kind in _OF_THE_PLATFORM else events | {_CORRECTED}
        for kind, events in kinds.items()
    }


def unknown(entity_type: str, event_type: str) -> str:
    """Return the rule that an event of no known kind breaks, or empty text."""
    events = _KNOWN.get(entity_type)
    if events is None:
        return "S0-9 the register knows no entity of this kind"
    return "" if event_type in events else "S0-9 the register knows no such event of this entity"


_KNOWN = known_entities()
