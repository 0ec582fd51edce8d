"""Which events the register refuses: who may move what, and in what order (S0, S2).

The states EFFECTIVE and EXPIRED of a consent are not recorded: they follow from its dates.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from lds_assets.gate import (
    agreement_rules,
    entities,
    migration_rules,
    officers,
    onboarding_rules,
    purge_rules,
    variation_rules,
    widening,
)
from lds_assets.gate.consent_guards import unproven, wrong_evidence
from lds_assets.gate.cover import CONSENT_COVER
from lds_assets.gate.events import ROLES, Event, NewEvent
from lds_assets.gate.migration import MIGRATION
from lds_assets.gate.names import same_person
from lds_assets.gate.onboarding import ONBOARDING
from lds_assets.gate.purge import PURGE
from lds_assets.gate.variation import VARIATION
from lds_assets.gate.widening import RETENTION, WIDENED

CONSENT = "practice_consent"
DELIVERY_HOLD = "delivery_hold"
POPULATION = "population"
DELIVERY = "delivery"
FEED_PAUSE = "feed_pause"
REPLAY = "replay"

_IG = frozenset({"IG_OFFICER"})
_IG_OR_SYSTEM = frozenset({"IG_OFFICER", "SYSTEM"})
_OPEN = ("REQUESTED", "GRANTED", "SUSPENDED")

#: (from, to) -> roles that may move a consent so. What is not here is illegal.
CONSENT_MOVES: dict[tuple[str, str], frozenset[str]] = {
    ("", "REQUESTED"): frozenset({"PRACTICE_LIAISON", "IG_OFFICER"}),
    ("REQUESTED", "GRANTED"): _IG,
    ("REQUESTED", "REFUSED"): _IG,
    ("REQUESTED", "LAPSED"): _IG_OR_SYSTEM,
    ("GRANTED", "SUSPENDED"): frozenset({"IG_OFFICER", "OPS", "SYSTEM"}),
    ("SUSPENDED", "GRANTED"): _IG,
    **{(state, "WITHDRAWN"): _IG for state in _OPEN},
    **{(state, "VOID_SUPPLIER_CHANGE"): _IG_OR_SYSTEM for state in _OPEN},
    **{(state, "SUPERSEDED"): _IG_OR_SYSTEM for state in _OPEN},
}

#: A second person must act: the actor may not be the one who made the earlier move.
FOUR_EYES = {("REQUESTED", "GRANTED"), ("SUSPENDED", "GRANTED")}

_NEEDS_REASON = frozenset(
    {"REFUSED", "LAPSED", "SUSPENDED", "WITHDRAWN", "VOID_SUPPLIER_CHANGE", "SUPERSEDED"}
)
_NEEDS_REASON_TYPES = frozenset(
    {"hold_placed", "hold_released", "overridden", "purge_opened", "announced", "abandoned"}
    | {"superseded", "kept", "paused", "resumed", "evidence_failed", "replay_requested"}
    | {"dismissed", WIDENED}
)

#: (entity, event) that two persons sign: the actor, and the second person of the payload.
TWO_PERSONS = frozenset(
    {
        (DELIVERY_HOLD, "hold_released"),
        (POPULATION, "overridden"),
        (DELIVERY, "abandoned"),
        (ONBOARDING, "measure_accepted"),
        (officers.OFFICER, "appointed"),
        (RETENTION, WIDENED),
    }
)

#: Event types an operator may sign; none of them can open a gate.
_OPS_TYPES = frozenset(
    {"hold_placed", "hold_released", "observed", "moved", "refused"}
    | {"abandoned", "superseded", "kept", "paused", "resumed", "stalled"}
    | {"replay_requested"}
)

_PATIENT_KEYS = frozenset(
    {"nhs_number", "nhsnumber", "patient_guid", "patient_id", "person_key", "date_of_birth"}
)


def in_force(events: Iterable[Event]) -> list[Event]:
    """Return the events that no later event corrects, in order."""
    kept = list(events)
    corrected = {event.payload.get("corrects", "") for event in kept if _is_correction(event)}
    return [event for event in kept if event.event_id not in corrected]


def _is_correction(event: Event) -> bool:
    """Say whether a stored event may name one it corrects, without reading every payload."""
    return '"corrects"' in event.payload_json


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a new event breaks, or empty text.

    Args:
        new: the event.
        history: all recorded events of the same entity, oldest first.
    """
    return (
        _unsigned(new)
        or _without_reason(new)
        or _alone(new)
        or _names_a_patient(new)
        or _wrong_correction(new, history)
        or _illegal_move(new, history)
        or _illegal_variation(new, history)
        or _illegal_migration(new, history)
        or _illegal_cover(new)
        or _illegal_onboarding(new, history)
        or _illegal_purge(new, history)
        or _illegal_agreement(new, history)
        or _illegal_officer(new, history)
        or entities.unknown(new.entity_type, new.event_type)
    )


def _unsigned(new: NewEvent) -> str:
    """S0-1, S0-2: an entity, an actor and a known role; a time with a zone."""
    if not (new.entity_type and new.entity_id and new.event_type and new.actor):
        return "S0-1 entity, event type and actor must be named"
    if new.actor_role not in ROLES:
        return "S0-2 the actor's role is not known"
    if new.actor_role == "OPS" and new.event_type not in _OPS_TYPES:
        return "S0-2 operations may hold and observe, and may not change the register"
    if new.effective_at.tzinfo is None:
        return "S0-1 the time of effect has no time zone"
    return ""


def _without_reason(new: NewEvent) -> str:
    """S0-3: whatever closes or overrides says why."""
    needs = new.to_state in _NEEDS_REASON or new.event_type in _NEEDS_REASON_TYPES
    if needs and not (new.reason_code and new.reason_text):
        return "S0-3 a denial, withdrawal, hold or override needs a reason"
    return ""


def _alone(new: NewEvent) -> str:
    """S0-7, S0-8: what lets held data on is signed by two persons, one of them not operations."""
    if (new.entity_type, new.event_type) not in TWO_PERSONS:
        return ""
    second, role = (str(new.payload.get(each, "")) for each in ("second", "second_role"))
    if not second.strip() or same_person(second, new.actor):
        return "S0-7 a second person must act"
    if "SYSTEM" in (role, new.actor_role) or role not in ROLES:
        return "S0-2 the second person's role is not known"
    return "S0-8 one of the two is not of operations" if {role, new.actor_role} == {"OPS"} else ""


def _names_a_patient(new: NewEvent) -> str:
    """S0-4: the chain cannot be erased, so it holds no patient."""
    row = new.payload.get("row", {})
    names = {str(name).lower() for name in (*new.payload, *(row if isinstance(row, dict) else ()))}
    return "S0-4 the payload has a field of a patient" if names & _PATIENT_KEYS else ""


def _wrong_correction(new: NewEvent, history: Sequence[Event]) -> str:
    """S0-5: a correction names an event of the same entity and is made by a second officer."""
    if not new.corrects:
        return ""
    corrected = [event for event in history if event.event_id == new.corrects]
    if not corrected:
        return "S0-5 the corrected event is not one of this entity"
    if new.actor_role != "IG_OFFICER" or same_person(new.actor, corrected[0].actor):
        return "S0-5 a correction is made by a second information-governance officer"
    return ""


def _illegal_variation(new: NewEvent, history: Sequence[Event]) -> str:
    """S5: the variation machine."""
    return variation_rules.illegal(new, in_force(history)) if new.entity_type == VARIATION else ""


def _illegal_migration(new: NewEvent, history: Sequence[Event]) -> str:
    """S15: the migration machine."""
    return migration_rules.illegal(new, in_force(history)) if new.entity_type == MIGRATION else ""


def _illegal_cover(new: NewEvent) -> str:
    """S15-19: what a consent covers is entered by information governance, by hand or by file."""
    if new.entity_type == CONSENT_COVER and new.actor_role not in _IG_OR_SYSTEM:
        return "S15-19 what a consent covers is recorded by information governance"
    return ""


def _illegal_onboarding(new: NewEvent, history: Sequence[Event]) -> str:
    """S14: the onboarding machine."""
    if new.entity_type != ONBOARDING:
        return ""
    return onboarding_rules.illegal(new, in_force(history))


def _illegal_purge(new: NewEvent, history: Sequence[Event]) -> str:
    """S17: the purge machine, and what lifts its closing of the gate."""
    if new.entity_type == PURGE:
        return purge_rules.illegal(new, in_force(history))
    if new.entity_type == RETENTION:
        return widening.illegal(new)
    return purge_rules.illegal_intervention(new)


def _illegal_agreement(new: NewEvent, history: Sequence[Event]) -> str:
    """S3: the states of an agreement."""
    if new.entity_type != agreement_rules.AGREEMENT:
        return ""
    return agreement_rules.illegal(new, in_force(history))


def _illegal_officer(new: NewEvent, history: Sequence[Event]) -> str:
    """S0-12, S0-13: who appoints and dismisses officers."""
    return officers.illegal(new, history) if new.entity_type == officers.OFFICER else ""


def _illegal_move(new: NewEvent, history: Sequence[Event]) -> str:
    """S2: the consent life cycle, its roles, its second person, its order in time, its proof."""
    if new.entity_type != CONSENT:
        return ""
    standing = [e for e in in_force(history) if e.event_id != new.corrects]
    if new.event_type != "moved":
        return wrong_evidence(new, standing)
    moves = [e for e in standing if e.event_type == "moved"]
    state = moves[-1].to_state if moves else ""
    roles = CONSENT_MOVES.get((state, new.to_state))
    if roles is None or new.from_state != state:
        return "S2-1 the consent cannot move so from its present state"
    if new.actor_role not in roles:
        return "S2-2 the actor's role may not move a consent so"
    if (state, new.to_state) in FOUR_EYES and same_person(new.actor, moves[-1].actor):
        return "S2-3 a second person must act"
    late = moves and new.effective_at < datetime.fromisoformat(moves[-1].effective_at)
    if late and not new.corrects:
        return "S0-6 a later state is already recorded; only a correction may go before it"
    return unproven(new, standing)
