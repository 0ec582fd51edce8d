"""What the register tells of practices that moved, merged or closed (S15, S16). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from lds_assets.gate.cover import EARLIER_SUPPLIER, Cover
from lds_assets.gate.facts import Succession
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


@dataclass(frozen=True)
class Move:
    """A practice's open migration as it stood on a London day; ``told`` is it in words."""

    migration_id: str
    told: str


def move_on(state: RegisterState, practice: str, day: date) -> Move | None:
    """Return the newest migration of a practice that had begun by a day and was not closed."""
    for migration in reversed(state.migrations.values()):
        begun = [each for since, each in migration.history if since <= day]
        if migration.practice_code != practice or not begun or begun[-1] is State.CLOSED:
            continue
        standing = replace(migration, state=begun[-1])
        ends = standing.coverage_ends_on
        said = f"move to {migration.to_supplier} {standing.state}"
        return Move(migration.migration_id, f"{said}, coverage ends {ends}" if ends else said)
    return None


def endings(state: RegisterState, practice: str) -> list[Succession]:
    """Return the successions that end a practice as a whole, by day and successor."""
    found = [
        each
        for each in state.successions.values()
        if each.predecessor == practice and each.kind in ENDING
    ]
    return sorted(found, key=lambda each: (each.effective_on, each.successor))


def is_ended(state: RegisterState, practice: str, day: date) -> bool:
    """Say whether a practice was succeeded as a whole by a day, whatever its status says.

    The national register knows of mergers late, and of some never: a local document counts.
    """
    return any(each.effective_on <= day for each in endings(state, practice))


def closed_on(state: RegisterState, practice: str, day: date) -> date | None:
    """Return the first day on which nobody is registered at a practice, None while it is open.

    The earliest of its closing and of what succeeded it as a whole, as far as it came by ``day``.
    """
    told = [each.effective_on for each in endings(state, practice)]
    known = state.practices.get(practice)
    if known is not None and known.closed_from is not None:
        told.append(known.closed_from)
    return min((each for each in told if each <= day), default=None)


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


@dataclass(frozen=True)
class Covered:
    """Records that a consent in force covers although they came another way.

    Attributes:
        practice_code: under which they lie; ``supplier_code`` of who sent them.
        moved_on: first London day on which the practice of the consent speaks for them.
    """

    practice_code: str
    supplier_code: str
    kind: str
    moved_on: date


def covered(state: RegisterState, practice: str, supplier: str, day: date) -> list[Covered]:
    """Return what the consents of a practice to a supplier cover on a day beyond their own feed.

    What its own practice withdrew, suspended or never gave stays uncovered, and so does what is
    held or being purged: nobody else can bring it back.
    """
    found = []
    for cover in _covers_in_force(state, practice, supplier, day):
        if cover.kind == EARLIER_SUPPLIER:
            moved_on = _moved_on(state, practice, cover.code, supplier, day)
            found.append(Covered(practice, cover.code, cover.kind, moved_on))
            continue
        merged_on = _merged_on(state, cover.code, practice, day)
        senders = {each.supplier_code for each in state.consents.get(cover.code, {}).values()}
        if merged_on is not None:
            found += [Covered(cover.code, e, cover.kind, merged_on) for e in sorted(senders)]
    return [each for each in found if _may_be_covered(state, each, day)]


def _covers_in_force(
    state: RegisterState, practice: str, supplier: str, day: date
) -> Iterator[Cover]:
    for consent in state.consents.get(practice, {}).values():
        if consent.supplier_code == supplier and consent.state_on(day) == "EFFECTIVE":
            covers = state.covers.get(consent.consent_id, {})
            yield from (covers[key] for key in sorted(covers) if covers[key].holds_on(day))


def _moved_on(state: RegisterState, practice: str, before: str, supplier: str, day: date) -> date:
    """Return the day of a move: as recorded, else the day the present system went live."""
    told = [
        each.actual_on
        for each in state.migrations.values()
        if (each.practice_code, each.from_supplier, each.to_supplier)
        == (practice, before, supplier)
        and each.actual_on is not None
    ]
    system = state.system_on(practice, day)
    live = system.go_live_on if system else None
    return told[-1] if told else live or day


def _merged_on(state: RegisterState, practice: str, successor: str, day: date) -> date | None:
    """Return the last day of the way of successions from a practice to another, None without."""
    reached: dict[str, date] = {practice: date.min}
    for _step in state.successions:
        for each in state.successions.values():
            if each.predecessor in reached and each.effective_on <= day:
                reached.setdefault(each.successor, each.effective_on)
    return reached.get(successor)


_KEPT_STATES = frozenset({"VOID_SUPPLIER_CHANGE", "EFFECTIVE", "EXPIRED", "SUPERSEDED"})


def _may_be_covered(state: RegisterState, records: Covered, day: date) -> bool:
    given = [
        each
        for each in state.consents.get(records.practice_code, {}).values()
        if each.supplier_code == records.supplier_code
    ]
    last = max(given, key=lambda each: each.first_seq, default=None)
    if last is None or last.state_on(day) not in _KEPT_STATES:
        return False
    begun = [e.state for e in state.interventions.get(records.practice_code, []) if e.on <= day]
    for kind, shut in (("hold_", "hold_placed"), ("purge_", "purge_opened")):
        told = [each for each in begun if each.startswith(kind)]
        if told and told[-1] == shut:
            return False
    return True
