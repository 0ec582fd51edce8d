"""What the register tells of practices that moved, merged or closed (S15, S16). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lds_assets.gate.migration import Migration, State
from lds_assets.gate.state import RegisterState

#: Kinds of succession after which the predecessor is no more; a split or a take-over of a part
#: leaves it standing.
ENDING = frozenset({"MERGER", "TAKEOVER", "RECODE", "DISPERSAL"})


def unreconciled_move(state: RegisterState, practice: str, supplier: str, day: date) -> str:
    """Return the id of what says that a move to a supplier was not compared yet, or empty text.

    A consent void for a change of supplier says so too where no migration is on record.
    """
    own = [
        each
        for each in state.migrations.values()
        if (each.practice_code, each.to_supplier) == (practice, supplier)
    ]
    for migration in own:
        if migration.is_open and not migration.was_reconciled_by(day):
            return migration.migration_id
    compared = {each.from_supplier for each in own if each.was_reconciled_by(day)}
    for consent in state.consents.get(practice, {}).values():
        left = consent.supplier_code != supplier and consent.supplier_code not in compared
        if left and consent.state_on(day) == "VOID_SUPPLIER_CHANGE":
            return consent.consent_id
    return ""


def is_ended(state: RegisterState, practice: str, day: date) -> bool:
    """Say whether a practice was succeeded as a whole by a day, whatever its status says.

    The national register knows of mergers late, and of some never: a local document counts.
    """
    return any(
        each.predecessor == practice and each.kind in ENDING and each.effective_on <= day
        for each in state.successions.values()
    )


@dataclass(frozen=True)
class Change:
    """One change of a practice that bears on who is covered from when.

    Attributes:
        kind: ``MIGRATION``, ``MERGER``, ``TAKEOVER``, ``SPLIT``, ``RECODE``, ``DISPERSAL`` or
            ``CLOSURE``.
        effective_on: first London day after the change; None while it is only planned.
        ends_practice: whether nobody is registered at the practice from that day.
        coverage_ends_on: first day of which no data of the practice will come, None where a feed
            goes on.
        is_local_evidence: told by a local document, not by the national register.
    """

    practice_code: str
    kind: str
    effective_on: date | None
    state: str = ""
    from_supplier: str = ""
    to_supplier: str = ""
    successor_code: str = ""
    ends_practice: bool = False
    coverage_ends_on: date | None = None
    is_local_evidence: bool = False


def changes(state: RegisterState, day: date) -> list[Change]:
    """Return the changes of practices known by a day, in a fixed order."""
    found = [*_migrations(state), *_successions(state), *_closures(state, day)]
    return sorted(found, key=lambda each: (each.practice_code, each.kind, each.successor_code))


def _migrations(state: RegisterState) -> Iterator[Change]:
    newest: dict[str, Migration] = {}
    for migration in state.migrations.values():
        called_off = migration.state is State.CLOSED and not migration.actual_on
        if not called_off:
            newest[migration.practice_code] = migration
    for each in newest.values():
        yield Change(
            each.practice_code,
            "MIGRATION",
            each.actual_on or each.planned_on,
            str(each.state or ""),
            each.from_supplier,
            each.to_supplier,
            coverage_ends_on=each.coverage_ends_on,
        )


def _successions(state: RegisterState) -> Iterator[Change]:
    for each in state.successions.values():
        ends = each.kind in ENDING
        yield Change(
            each.predecessor,
            each.kind,
            each.effective_on,
            successor_code=each.successor,
            ends_practice=ends,
            coverage_ends_on=each.effective_on if ends else None,
            is_local_evidence=each.source == "LOCAL_EVIDENCE",
        )


def _closures(state: RegisterState, day: date) -> Iterator[Change]:
    """Yield closures with a day that lead to no successor."""
    followed = {each.predecessor for each in state.successions.values() if each.kind in ENDING}
    for code in sorted(state.practices.keys() - followed):
        closed = state.practices[code].closed_from
        if closed is not None and closed <= day:
            yield Change(code, "CLOSURE", closed, ends_practice=True, coverage_ends_on=closed)
