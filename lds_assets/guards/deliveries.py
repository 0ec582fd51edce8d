"""What people decide about a whole delivery: give it up, take its new content, keep the first.

The decision is a governance event, signed; the ledger follows it. Rule source: governance
specification S12, fixture 17.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from lds_assets.errors import Refused
from lds_assets.gate.events import NewEvent
from lds_assets.gate.lifecycle import DELIVERY
from lds_assets.guards.holds import Persons
from lds_assets.landing.accounts import KEPT, LANDED, RAW
from lds_assets.landing.advice import fate
from lds_assets.landing.find import CHANGE_MARK
from lds_assets.landing.parts import base_of, table_of
from lds_assets.landing.reopen import let_stand
from lds_assets.landing.states import IN_LAKE, Delivery, Fate, Reason, State
from lds_assets.platform import Platform
from lds_assets.raw.tally import QUARANTINE_REASONS

#: States a delivery may be given up in; a proven one is loaded or held by its practices.
_WAITING = (State.HELD, State.QUARANTINED, State.INCOMPLETE, State.REFUSED)
#: Reasons of a delivery that is another version of one the ledger knows.
_VERSIONS = (Reason.HASH_CHANGED, Reason.REARRIVED)
#: Outcomes of practices that waited for the delivery.
_OPEN = ("PENDING", "HELD")

ABANDONED = "ABANDONED"


@dataclass(frozen=True)
class Decided:
    """What a decision did.

    Attributes:
        other_id: the version that is superseded or kept; empty when there is none.
        next_step: what has to be done for it to take effect.
    """

    delivery_id: str
    state: str
    next_step: str
    other_id: str = ""


def abandon(platform: Platform, delivery_id: str, persons: Persons, reason: str) -> Decided:
    """Give a delivery up, as two persons decide: the later ones of its group go on without it.

    Practices that waited for it are settled, their counted rows are counted as abandoned.

    Raises:
        Refused: the delivery is not one that waits, or one person signs twice (recorded).
    """
    delivery = _known(platform, delivery_id)
    if delivery.state not in _WAITING or delivery.awaits_replay:
        raise _refused(delivery, "cannot be given up", "DELIVERY_NOT_WAITING")
    payload = {"second": persons.second, "second_role": persons.second_role}
    _sign(platform, delivery, "abandoned", persons.actor, persons.actor_role, reason, payload)
    signed = f"given up by {persons.actor} and {persons.second}; was {delivery.state}"
    told = Fate(State.ABANDONED, delivery.reason, f"{signed} {delivery.detail}".strip())
    platform.ledger.set_state(delivery_id, told)
    _settle(platform, delivery_id)
    return Decided(delivery_id, ABANDONED, "the next `lds run` goes on without it")


def supersede(platform: Platform, delivery_id: str, actor: str, role: str, reason: str) -> Decided:
    """Take the new content of a delivery in place of the version known before.

    What is loaded of the former version stays until a replay has shown what would change.

    Raises:
        Refused: the delivery is not a version that waits for this decision.
    """
    delivery, former = _versions(platform, delivery_id)
    payload = {"replaces": former.delivery_id}
    _sign(platform, delivery, "superseded", actor, role, reason, payload)
    ledger = platform.ledger
    ledger.replace_delivery(former.delivery_id, delivery_id)
    # not proven yet: a change was only compared by its hash
    files = [
        replace(file, sha256="", plain_sha256="", reason="", detail="")
        for file in ledger.files(delivery_id)
    ]
    proven = bool(delivery.content_hash)
    ledger.record(delivery.moved(fate(State.SEEN)), None if proven else files)
    if ledger.is_loaded(former.delivery_id):
        step = f"`lds run` proves it, then `lds replay {delivery_id}` puts it in place"
        return Decided(delivery_id, str(State.SEEN), step, former.delivery_id)
    retire(platform, former, delivery_id)
    step = "the next `lds run` proves it and loads it in order"
    return Decided(delivery_id, str(State.SEEN), step, former.delivery_id)


def retire(platform: Platform, former: Delivery, taken_id: str) -> None:
    """Close the ledger's row of a version whose place another one has taken."""
    if former.state in IN_LAKE:
        let_stand(platform.engine, former.delivery_id)
    told = Fate(State.SUPERSEDED, Reason.REPLACED, f"{taken_id} was taken in its place")
    platform.ledger.set_state(former.delivery_id, told)


def keep(platform: Platform, delivery_id: str, actor: str, role: str, reason: str) -> Decided:
    """Keep the version known before; the new content is never loaded.

    Raises:
        Refused: the delivery is not a version that waits for this decision.
    """
    delivery, former = _versions(platform, delivery_id)
    _sign(platform, delivery, "kept", actor, role, reason, {"keeps": former.delivery_id})
    told = Fate(State.SUPERSEDED, Reason.FIRST_KEPT, f"{former.delivery_id} was kept")
    platform.ledger.set_state(delivery_id, told)
    step = "nothing"
    if former.state not in (*IN_LAKE, State.ABANDONED):
        step = "put the files of the first version back into landing"
    return Decided(delivery_id, str(State.SUPERSEDED), step, former.delivery_id)


def _known(platform: Platform, delivery_id: str) -> Delivery:
    found = platform.ledger.delivery(delivery_id)
    if found is None:
        raise Refused(
            "the ledger has no such delivery",
            where=delivery_id,
            done="nothing recorded",
            to_do="`lds quarantine list` names what waits",
            code="DELIVERY_UNKNOWN",
        )
    return found


def _versions(platform: Platform, delivery_id: str) -> tuple[Delivery, Delivery]:
    """Return a version that waits for a decision, and the one known before."""
    delivery = _known(platform, delivery_id)
    if delivery.state is not State.QUARANTINED or delivery.reason not in _VERSIONS:
        raise _refused(delivery, "is no version that waits for a decision", "NO_OTHER_VERSION")
    former = _former(platform, delivery)
    if former is None:
        raise _refused(delivery, "has no version before it", "NO_OTHER_VERSION")
    return delivery, former


def _former(platform: Platform, delivery: Delivery) -> Delivery | None:
    """Return the version in force before: of the same id, else of the same window."""
    ledger = platform.ledger
    changed, mark, _ = delivery.delivery_id.rpartition(CHANGE_MARK)
    if mark:
        return ledger.delivery(changed)
    replaced = ledger.replacements().keys()
    others = [
        each
        for each in ledger.deliveries(delivery.supplier)
        if each.group_id == delivery.group_id
        and each.delivery_id not in {*replaced, delivery.delivery_id}
        and each.state not in (State.QUARANTINED, State.SUPERSEDED)
        and table_of(each.delivery_id) == table_of(delivery.delivery_id)
    ]
    window = (delivery.window_from, delivery.window_to)
    same_id = [
        each for each in others if base_of(each.delivery_id) == base_of(delivery.delivery_id)
    ]
    same_window = [
        each
        for each in others
        if window[1] is not None and (each.window_from, each.window_to) == window
    ]
    same_content = [
        each
        for each in others
        if delivery.content_hash and each.content_hash == delivery.content_hash
    ]
    found = [*same_content, *same_id, *same_window]
    return found[0] if found else None


def _refused(delivery: Delivery, what: str, code: str) -> Refused:
    return Refused(
        f"a delivery that is {delivery.state} {delivery.reason}".strip() + f" {what}",
        where=delivery.delivery_id,
        done="nothing recorded",
        to_do="`lds quarantine show` tells how it stands and what to do",
        code=code,
    )


def _sign(
    platform: Platform,
    delivery: Delivery,
    event_type: str,
    actor: str,
    role: str,
    reason: str,
    payload: dict[str, str],
) -> None:
    platform.register.record(
        [
            NewEvent(
                entity_type=DELIVERY,
                entity_id=delivery.delivery_id,
                event_type=event_type,
                from_state=str(delivery.state),
                effective_at=datetime.now(UTC),
                actor=actor,
                actor_role=role,
                reason_code=delivery.reason or str(delivery.state),
                reason_text=reason,
                evidence_ref=delivery.content_hash or delivery.delivery_id,
                payload=payload,
            )
        ]
    )


def _settle(platform: Platform, delivery_id: str) -> None:
    """Settle the practices that waited, and count what was counted of them as abandoned."""
    ledger = platform.ledger
    waiting = {
        practice: record
        for practice, record in ledger.outcomes(delivery_id).items()
        if record.outcome in _OPEN
    }
    stay = {LANDED, KEPT, *QUARANTINE_REASONS}
    for (_, table, practice), reasons in ledger.account(RAW, delivery_id).items():
        if practice not in waiting:
            continue
        counted: Counter[str] = Counter()
        for reason, rows in reasons.items():
            counted[reason if reason in stay else ABANDONED] += rows
        ledger.record_account(delivery_id, table, practice, RAW, counted)
    ledger.record_practices(
        delivery_id,
        [
            replace(each, outcome=ABANDONED, primary_reason=ABANDONED, reasons=(ABANDONED,))
            for each in waiting.values()
        ],
    )
