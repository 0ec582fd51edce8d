"""The purge machine (S17): from a notice to a certificate that nothing of a practice is left.

A purge is a fold over its events; which events the register refuses stands in ``purge_rules``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from lds_assets.gate.events import Event, london_day

PURGE = "purge_job"
#: What the gate reads: from the first a practice is ``O_PURGING``, from the second no longer.
OPENED, CERTIFIED = "purge_opened", "purge_certified"


class State(StrEnum):
    """Where a purge stands."""

    OPEN = "OPEN"
    INVENTORIED = "INVENTORIED"
    APPROVED = "APPROVED"
    EXECUTING = "EXECUTING"
    LOCAL_DONE = "LOCAL_DONE"
    SUBSCRIBERS_NOTIFIED = "SUBSCRIBERS_NOTIFIED"
    CONFIRMED = "CONFIRMED"
    EXCEPTIONS = "EXCEPTIONS"
    CERTIFIED = "CERTIFIED"


class Trigger(StrEnum):
    """Why a purge is opened."""

    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    AGREEMENT_ENDED = "AGREEMENT_ENDED"
    PATIENT_ERASURE = "PATIENT_ERASURE"
    MISROUTED = "MISROUTED"


class Mode(StrEnum):
    """What is to become of the data: the retention instruction of the notice."""

    STOP_ONLY = "STOP_ONLY"
    ERASE = "ERASE"
    ERASE_FROM_DATE = "ERASE_FROM_DATE"


class Subject(StrEnum):
    """Whose data are purged."""

    PRACTICE = "PRACTICE"
    PERSON = "PERSON"


class Layer(StrEnum):
    """A layer of the platform, in the order in which it is emptied."""

    LANDING = "landing"  #: the supplier's files
    RAW = "raw"  #: what was admitted of them
    QUARANTINE = "quarantine"  #: marks of faulty rows
    CANONICAL = "canonical"  #: OLIDS versions, and whatever else the lake holds
    RELEASE = "release"  #: a new release without the practice
    MARTS = "marts"  #: built anew on it
    EXPORTS = "exports"  #: files that `lds olids` wrote
    PARTITIONS = "partitions"  #: keys of the orchestrator
    OLD_RELEASES = "old_releases"  #: records of releases that still name the practice
    REMAINS = "remains"  #: versions, log entries, scratch: the bytes themselves


#: What each instruction empties. STOP_ONLY takes out of use and keeps; of ERASE_FROM_DATE landing
#: and raw keep what was sent before the day, and what was worked out from it goes whole (ADR 21).
LAYERS: Mapping[str, tuple[Layer, ...]] = {
    Mode.ERASE: tuple(Layer),
    Mode.ERASE_FROM_DATE: tuple(Layer),
    Mode.STOP_ONLY: (
        Layer.RELEASE,
        Layer.MARTS,
        Layer.EXPORTS,
        Layer.PARTITIONS,
        Layer.OLD_RELEASES,
    ),
}


@dataclass(frozen=True)
class Purge:
    """One purge as its events tell it.

    Attributes:
        cut_off: first day of what is erased, ISO; empty when no day limits it.
        instruction_ref: the notice, agreement or report that asks for it.
        due_on: day by which it should be certified.
        inventory_sha256: what the approvers decide on.
        approvers: two persons with their roles.
        approved_on: London day of their approval.
        approval_event: id of the approval in force; a job is started with it.
        done: layer -> what was taken out of it, in counts.
        canary_count: values sampled before anything was erased.
        proof_sha256: report of the scan that found nothing.
        notices: what the practice told, by which notice; a later and wider one is among them.
        former: purges before this one that rest on the same withdrawal.
        history: day and state of every move, oldest first.
    """

    purge_id: str
    practice_code: str = ""
    trigger: str = ""
    mode: str = ""
    cut_off: str = ""
    state: State | None = None
    instruction_ref: str = ""
    reason: str = ""
    opened_by: str = ""
    due_on: str = ""
    inventory_sha256: str = ""
    approvers: tuple[tuple[str, str], ...] = ()
    approved_on: date | None = None
    approval_event: str = ""
    done: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    canary_count: int = 0
    proof_sha256: str = ""
    subscribers: tuple[str, ...] = ()
    exceptions: tuple[Mapping[str, str], ...] = ()
    certificate_sha256: str = ""
    history: tuple[tuple[date, State, str], ...] = ()
    notices: tuple[Mapping[str, str], ...] = ()
    former: tuple[Mapping[str, str], ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Return the layers that the instruction empties, in order."""
        return LAYERS.get(self.mode, ())

    @property
    def left(self) -> tuple[Layer, ...]:
        """Return the layers that are not done yet, in order."""
        return tuple(layer for layer in self.layers if layer not in self.done)

    @property
    def is_over(self) -> bool:
        """Say whether it is certified."""
        return self.state is State.CERTIFIED


def fold(purge_id: str, history: Sequence[Event]) -> Purge:
    """Return a purge as its events, oldest first, tell it."""
    purge = Purge(purge_id)
    for event in history:
        purge = applied(purge, event)
    return purge


def applied(purge: Purge, event: Event) -> Purge:
    """Return a purge after one more of its events."""
    payload = event.payload
    if event.event_type == "layer_done":
        counts = {str(name): int(rows) for name, rows in payload["counts"].items()}
        return replace(purge, done={**purge.done, str(payload["layer"]): counts})
    if event.event_type != "moved":
        return purge
    state = State(event.to_state)
    day = london_day(datetime.fromisoformat(event.effective_at))
    moved = replace(purge, state=state, history=(*purge.history, (day, state, event.recorded_at)))
    return _TOLD.get(state, _nothing)(moved, event, payload)


def _nothing(purge: Purge, _event: Event, _payload: Mapping[str, Any]) -> Purge:
    return purge


def _opened(purge: Purge, event: Event, payload: Mapping[str, Any]) -> Purge:
    return replace(
        purge,
        practice_code=str(payload["subject_key"]),
        trigger=str(payload["trigger"]),
        mode=str(payload["mode"]),
        cut_off=str(payload.get("cut_off", "")),
        instruction_ref=event.evidence_ref,
        reason=event.reason_text,
        opened_by=event.actor,
        due_on=str(payload.get("due_on", "")),
        # purges of earlier versions do not tell
        notices=tuple(payload.get("notices", ())),
        former=tuple(payload.get("former", ())),
    )


def _inventoried(purge: Purge, event: Event, _payload: Mapping[str, Any]) -> Purge:
    return replace(purge, inventory_sha256=event.evidence_sha256)


def _approved(purge: Purge, event: Event, payload: Mapping[str, Any]) -> Purge:
    second = (str(payload["second"]), str(payload["second_role"]))
    return replace(
        purge,
        approvers=((event.actor, event.actor_role), second),
        approved_on=event.effective_on,
        approval_event=event.event_id,
    )


def _executing(purge: Purge, _event: Event, payload: Mapping[str, Any]) -> Purge:
    return replace(purge, canary_count=int(payload["canary_count"]))


def _local_done(purge: Purge, event: Event, _payload: Mapping[str, Any]) -> Purge:
    return replace(purge, proof_sha256=event.evidence_sha256)


def _notified(purge: Purge, _event: Event, payload: Mapping[str, Any]) -> Purge:
    return replace(purge, subscribers=tuple(payload["subscribers"]))


def _answered(purge: Purge, _event: Event, payload: Mapping[str, Any]) -> Purge:
    return replace(purge, exceptions=tuple(payload.get("exceptions", ())))


def _certified(purge: Purge, event: Event, _payload: Mapping[str, Any]) -> Purge:
    return replace(purge, certificate_sha256=event.evidence_sha256)


_TOLD = {
    State.OPEN: _opened,
    State.INVENTORIED: _inventoried,
    State.APPROVED: _approved,
    State.EXECUTING: _executing,
    State.LOCAL_DONE: _local_done,
    State.SUBSCRIBERS_NOTIFIED: _notified,
    State.CONFIRMED: _answered,
    State.EXCEPTIONS: _answered,
    State.CERTIFIED: _certified,
}
