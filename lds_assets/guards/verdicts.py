"""What becomes of each practice met in a delivery: its gate, its supplier's word, its guards."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache, cached_property
from itertools import pairwise

from lds_assets.errors import Quarantined
from lds_assets.gate import Decision, Register
from lds_assets.gate.events import london_day
from lds_assets.gate.policy import SUPPLIER_SIDE_CODES, same_id
from lds_assets.guards.history import History
from lds_assets.guards.holds import (
    BULK_DOUBTED,
    BULK_UNANNOUNCED,
    DELETE_STORM,
    FALSE_FULL,
    HELD_BEFORE,
    TO_DO,
    Choice,
    Holds,
    order,
    place,
)
from lds_assets.guards.loss import Loss
from lds_assets.guards.unexplained import GUID_MISMATCH, TO_EXPLAIN
from lds_assets.landing.states import Delivery, PracticeRecord, Reason
from lds_assets.platform import Platform
from lds_assets.raw.directory import Directory
from lds_assets.raw.load import Tally
from lds_assets.raw.tables import SHARED
from lds_assets.suppliers.registry import Supplier

#: Not this run's practice, though its gate is open: its rows wait.
PENDING = "PENDING"
#: A practice's first extract is a delta: nothing to apply it to.
BULK_MISSING = "BULK_MISSING"
#: Older than the full extract a practice begins with, or has loaded since: it tells nothing more.
BEFORE_BULK = "BEFORE_BULK"
#: Loaded by an earlier run; its account stands.
LOADED_BEFORE = "LOADED_BEFORE"
#: It was decided that the practice's rows of the delivery are never to be loaded: by two persons
#: who released a hold, or by the officer who lifted a suspension.
DISCARDED = "DISCARDED"
#: A publisher's code was made to fit: a branch's by its parent, a padded one by trimming.
MAPPED_BRANCH, MAPPED_TRIMMED = "P_BRANCH", "P_TRIMMED"

#: Practices that would load -> what the guards do not allow of them.
Weigh = Callable[[Collection[str]], Mapping[str, list[Loss]]]


@dataclass(frozen=True)
class Case:
    """One delivery to be ruled on.

    Attributes:
        admitted: practices of the run whose gate was open at its start.
        shown: practice -> what the delivery shows of it; None when the feed shows nothing.
    """

    platform: Platform
    supplier: Supplier
    delivery: Delivery
    admitted: Collection[str]
    run_id: str
    directory: Directory
    shown: Mapping[str, str] | None


@dataclass
class Ruling:
    """What was decided.

    Attributes:
        verdicts: owner -> None to keep its rows, or the reason they are not kept.
        changes_only: owners whose full files are taken as changes.
        held: practice -> why it waits, in words.
    """

    verdicts: dict[str, str | None] = field(default_factory=lambda: {SHARED: None})
    records: dict[str, PracticeRecord] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    changes_only: frozenset[str] = frozenset()
    held: dict[str, str] = field(default_factory=dict)


class Bench:
    """Rules on the practices of one delivery."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._ruling = Ruling()
        ledger = case.platform.ledger
        self._deliveries = {
            each.delivery_id: each for each in ledger.deliveries(case.supplier.code)
        }
        self._holds = Holds(case.platform.register, self._deliveries)
        self._deleting: set[str] = set()

    def rule(self, tallies: Mapping[str, Tally], weigh: Weigh) -> Ruling:
        """Decide on every practice met.

        Args:
            tallies: what each file holds, by table.
            weigh: finds what the guards do not allow; asked for those that would load.

        Raises:
            Quarantined: the delivery's group is nobody's sharing agreement.
        """
        before = self._case.platform.ledger.outcomes(self._case.delivery.delivery_id)
        owners = sorted({owner for counted in tallies.values() for owner in counted.owners()})
        loading = []
        for owner in owners:
            if owner in before and before[owner].outcome == "LOADED":
                self._ruling.verdicts[owner] = LOADED_BEFORE
            elif self._admit(owner):
                loading.append(owner)
        self._refuse_foreign_group(owners)
        self._deleting = self._who_deletes(tallies)
        self._guard(loading, weigh)
        self._note_mapped(tallies, owners)
        return self._ruling

    # -- the gate and the supplier's word -------------------------------------------------------

    def _admit(self, owner: str) -> bool:
        """Ask the gate; say whether the guards are to be asked."""
        decision = self._decision(owner)
        self._ruling.decisions.append(decision)
        unexplained = self._unexplained_before(owner)
        if decision.reasons == (GUID_MISMATCH,):
            text = self._case.directory.conflicts.get(owner, "the group is another agreement's")
            self._settle(owner, "HELD", GUID_MISMATCH, decision, text)
        elif not decision.is_allowed:
            outcome = "PASSED_OVER" if self._was_not_sharing(owner, decision) else "DENIED"
            self._settle(owner, outcome, decision.primary_reason, decision)
        elif owner not in self._case.admitted:
            self._settle(owner, "PENDING", PENDING, decision)
        elif unexplained is not None:
            text = f"waits for {unexplained.delivery_id}: {GUID_MISMATCH}"
            self._settle(owner, "HELD", HELD_BEFORE, text=text, further=(GUID_MISMATCH,))
        elif self._history.is_before_bulk(owner, self._case.delivery):
            self._settle(owner, "PASSED_OVER", BEFORE_BULK)
        elif self._case.delivery.kind == "delta" and not self._history.loaded.get(owner):
            text = f"first delivery {self._case.delivery.delivery_id} is a delta"
            self._settle(owner, "HELD", BULK_MISSING, decision, text)
        else:
            return True
        return False

    def _decision(self, owner: str) -> Decision:
        """Return the gate's answer of today, and what this delivery itself says against it."""
        case = self._case
        side = case.supplier.definition.supplier_side
        agreement = case.delivery.group_id if side and side.group_is_agreement else ""
        decision = case.platform.decide(case.supplier.code, owner, agreement_id=agreement)
        against = [GUID_MISMATCH] if owner in case.directory.conflicts else []
        if owner in self._register.state().practices and self._state(owner) != "ACTIVE":
            against.append(SUPPLIER_SIDE_CODES.get(self._state(owner), "S_ABSENT"))
        if not against:
            return decision
        reasons = self._register.reasons.in_order((*decision.reasons, *against), "LAND")
        return replace(decision, outcome="deny", primary_reason=reasons[0], reasons=reasons)

    def _state(self, owner: str) -> str:
        shown = self._case.shown
        return "ACTIVE" if shown is None else shown.get(owner, "ABSENT")

    def _was_not_sharing(self, owner: str, decision: Decision) -> bool:
        """Say whether nothing but the supplier's own word stands against rows of that day."""
        own = {*SUPPLIER_SIDE_CODES.values(), "S_ABSENT"}
        return self._state(owner) != "ACTIVE" and set(decision.reasons) <= own

    def _unexplained_before(self, owner: str) -> Delivery | None:
        """Return the first earlier delivery of the group that names the practice by a wrong id."""
        own = self._case.delivery
        before = [
            each
            for each in self._history.held_for(owner, GUID_MISMATCH)
            if each.group_id == own.group_id and order(each) < order(own)
        ]
        return min(before, key=order, default=None)

    def _refuse_foreign_group(self, owners: Collection[str]) -> None:
        """Set the whole delivery aside when its group is none of its practices' agreement."""
        side = self._case.supplier.definition.supplier_side
        if side is None or not side.group_is_agreement:
            return
        state, day = self._register.state(), self._case.platform.settings.business_date()
        systems = [state.system_on(owner, day) for owner in owners]
        agreed = [each.agreement_id for each in systems if each and each.agreement_id]
        if not agreed or any(same_id(each, self._case.delivery.group_id) for each in agreed):
            return
        identity = self._case.delivery.delivery_id
        self._register.record_decisions(self._ruling.decisions, self._case.run_id, identity)
        self._case.platform.ledger.record_practices(identity, self._ruling.records.values())
        raise Quarantined(
            f"the group is the sharing agreement of none of {len(agreed)} registered practices",
            where=identity,
            done="delivery set aside, nothing of it stored; later ones of the group wait",
            to_do="ask the supplier whose the group is; if the register is wrong, correct "
            "practice_system.csv",
            code=GUID_MISMATCH,
        )

    # -- the guards -----------------------------------------------------------------------------

    def _guard(self, owners: Collection[str], weigh: Weigh) -> None:
        """Let the owners load whom no guard holds."""
        free: list[str] = []
        chosen: dict[str, str] = {}
        for owner in owners:
            decided = self._decided(owner)
            if decided is None:
                free.append(owner)
            elif decided:
                chosen[owner] = decided
        found = weigh(free) if free else {}
        for owner in free:
            finding = self._finding(owner, found.get(owner, []))
            if finding is not None:
                self._hold(owner, *finding)
            else:
                chosen[owner] = Choice.ACCEPTED
        self._load(chosen)

    def _decided(self, owner: str) -> str | None:
        """Return two persons' choice; empty when the owner waits or is done; None undecided."""
        hold = self._holds.of(owner, self._case.delivery.delivery_id)
        if hold is not None and hold.stands:
            self._settle(owner, "HELD", hold.reason, text=hold.text)
            return ""
        if (hold is not None and hold.decision == Choice.NEVER) or self._fell_in_suspension(owner):
            self._settle(owner, DISCARDED, DISCARDED)
            return ""
        first = self._holds.before(owner, self._case.delivery)
        if first is not None:
            text = f"waits for {first.delivery_id}: {first.reason}"
            self._settle(owner, "HELD", HELD_BEFORE, text=text, further=(first.reason,))
            return ""
        return hold.decision if hold is not None else None

    def _fell_in_suspension(self, owner: str) -> bool:
        """Say whether an officer decided that what is dated so is not to be taken."""
        code = self._case.supplier.definition.supplier_code
        consents = self._register.state().consents.get(owner, {}).values()
        day = _day(self._case.delivery)
        return any(each.discards(day) for each in consents if each.supplier_code == code)

    def _finding(self, owner: str, losses: list[Loss]) -> tuple[str, str] | None:
        """Return why a practice's rows have to wait: reason and text; None when they need not."""
        told = "; ".join(str(loss) for loss in losses)
        if self._is_unannounced(owner):
            return BULK_UNANNOUNCED, f"a further full extract{f'; {told}' if told else ''}"
        if self._is_doubted(owner):
            return BULK_DOUBTED, "told full by its number alone, and it marks deletions"
        if not losses:
            return None
        return (FALSE_FULL if any(each.by_absence for each in losses) else DELETE_STORM), told

    def _is_unannounced(self, owner: str) -> bool:
        """Say whether a practice that has a full extract is sent another, unexpected."""
        case = self._case
        fulls = [each for each in self._history.loaded.get(owner, []) if each.kind == "full"]
        if not case.supplier.definition.guards.announced_full or case.delivery.kind != "full":
            return False
        if not fulls:
            return False
        day, state = _day(case.delivery), self._register.state()
        if any(each.covers(day) for each in state.announcements.get(owner, [])):
            return False
        # a practice that shares again may be sent whole
        newest = max(_day(each) for each in fulls)
        seen = state.observations.get((owner, case.supplier.definition.supplier_code), [])
        back = [move for before, move in pairwise(seen) if move.state == "ACTIVE" != before.state]
        return not any(newest <= move.on <= day for move in back)

    def _who_deletes(self, tallies: Mapping[str, Tally]) -> set[str]:
        """Return the owners of whom watched records are marked as deleted."""
        watched = self._case.supplier.definition.guards.watched
        counted = [tallies[table].deleted for table in watched if table in tallies]
        return {owner for each in counted for owner, rows in each.items() if rows}

    def _is_doubted(self, owner: str) -> bool:
        """Say whether an extract whose name has no word for its kind was taken for full in vain."""
        case = self._case
        if case.delivery.kind != "full" or owner not in self._deleting:
            return False
        files = case.platform.ledger.files(case.delivery.delivery_id)
        return any(file.reason == Reason.KIND_INFERRED for file in files)

    def _hold(self, owner: str, reason: str, text: str) -> None:
        place(self._register, owner, self._case.delivery.delivery_id, reason, text)
        self._settle(owner, "HELD", reason, text=text)

    def _load(self, chosen: Mapping[str, str]) -> None:
        """Keep the rows of those that may load; one pass takes files as full or as changes."""
        accepted = [owner for owner, choice in chosen.items() if choice == Choice.ACCEPTED]
        for owner, choice in chosen.items():
            if accepted and choice == Choice.CHANGES:
                self._settle(owner, "PENDING", PENDING)
            else:
                self._settle(owner, "LOADED", "")
        if not accepted:
            self._ruling.changes_only = frozenset(chosen)

    # -- what is recorded -----------------------------------------------------------------------

    def _settle(
        self,
        owner: str,
        outcome: str,
        reason: str,
        decision: Decision | None = None,
        text: str = "",
        further: tuple[str, ...] = (),
    ) -> None:
        self._ruling.verdicts[owner] = reason or None
        reasons = (decision.reasons if decision else ()) or ((reason, *further) if reason else ())
        self._ruling.records[owner] = PracticeRecord(
            self._case.delivery.delivery_id,
            owner,
            outcome,
            reason,
            reasons,
            self._register.version(),
            self._case.run_id,
        )
        if outcome == "HELD":
            mends_itself = BULK_MISSING in (reason, *further)
            of_register = GUID_MISMATCH in (reason, *further)
            to_do = "" if mends_itself else f"; {TO_EXPLAIN if of_register else TO_DO}"
            self._ruling.held[owner] = f"{text}{to_do}"

    def _note_mapped(self, tallies: Mapping[str, Tally], owners: Collection[str]) -> None:
        """Record the codes that were made to fit, each with the practice that has its rows."""
        mapped = {
            (given, owner) for counted in tallies.values() for given, owner in counted.renamed
        }
        mapped |= {each for each in self._case.directory.branches.items() if each[1] in owners}
        for given, owner in sorted(mapped):
            is_branch = given.strip().upper() != owner
            code = given.strip().upper() if is_branch else given
            reason = MAPPED_BRANCH if is_branch else MAPPED_TRIMMED
            self._ruling.records[code] = PracticeRecord(
                self._case.delivery.delivery_id,
                code[:40],
                "MAPPED",
                reason,
                (reason, owner),
                self._register.version(),
                self._case.run_id,
            )

    @property
    def _register(self) -> Register:
        return self._case.platform.register

    @cached_property
    def _history(self) -> History:
        """What became of each practice so far; read once a delivery."""
        outcomes = self._case.platform.ledger.supplier_outcomes(self._case.supplier.code)
        return History(self._deliveries, outcomes, cache(self._tables_of))

    def _tables_of(self, delivery_id: str) -> frozenset[str]:
        """Return a delivery's tables of practices' records."""
        files = self._case.platform.ledger.files(delivery_id)
        of_practices = self._case.supplier.definition.of_practices
        return frozenset(file.table_name for file in files) & of_practices


def _day(delivery: Delivery) -> date:
    """Return the London day of an extract."""
    return london_day((delivery.extracted_at or datetime.min).replace(tzinfo=UTC))
