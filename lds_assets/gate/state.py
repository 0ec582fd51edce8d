"""What was known of the world at an instant: a fold over the register's events.

``fold`` reads the events recorded up to ``known_at``; the facts keep their dates, so one state
answers for every day. The same events and the same ``known_at`` give the same state for ever.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from lds_assets.gate import facts
from lds_assets.gate.agreements import READERS as AGREEMENT_READERS
from lds_assets.gate.agreements import Agreement, Dpia, Dspt, IcoRegistration, Signoff
from lds_assets.gate.consent import consent_of
from lds_assets.gate.cover import CONSENT_COVER, Cover
from lds_assets.gate.events import GENESIS, Event
from lds_assets.gate.facts import covers, day_of
from lds_assets.gate.lifecycle import CONSENT, DELIVERY_HOLD, POPULATION, in_force
from lds_assets.gate.migration import MIGRATION, Migration
from lds_assets.gate.migration import fold as fold_migration
from lds_assets.gate.officers import OFFICER, Officer, read_officer
from lds_assets.gate.onboarding import ONBOARDING, Onboarding, read_onboarding
from lds_assets.gate.relationships import Listed, read_listed
from lds_assets.gate.variation import VARIATION, Variation
from lds_assets.gate.variation import State as VariationState
from lds_assets.gate.variation import fold as fold_variation

Row = Mapping[str, str]

#: Kinds of variation that bring a supplier into scope.
_ADMITS = frozenset({"NEW_SUPPLIER", "EXCLUSION_LIFT"})

#: Key of the facts that come from the open practice list, not from a reviewed governance row.
PRACTICE_LIST = "practice list"


@dataclass
class RegisterState:
    """Everything the gate may ask, by key. Filled by ``fold``, then only read."""

    version: str = GENESIS
    known_at: datetime | None = None
    #: Empty, or why nothing here may be trusted.
    broken: str = ""
    practices: dict[str, facts.Practice] = field(default_factory=dict)
    boards: dict[str, facts.Board] = field(default_factory=dict)
    branches: dict[str, facts.Branch] = field(default_factory=dict)
    relationships: dict[str, dict[str, facts.Relationship]] = field(default_factory=dict)
    #: practice -> kind -> what practice lists said of it
    listed: dict[str, dict[str, list[Listed]]] = field(default_factory=dict)
    successions: dict[str, facts.Succession] = field(default_factory=dict)
    systems: dict[str, dict[str, facts.System]] = field(default_factory=dict)
    list_sizes: dict[str, dict[str, facts.ListSize]] = field(default_factory=dict)
    suppliers: dict[str, facts.Supplier] = field(default_factory=dict)
    scopes: dict[str, dict[str, facts.Scope]] = field(default_factory=dict)
    capabilities: dict[str, facts.Capability] = field(default_factory=dict)
    dpias: dict[str, dict[int, Dpia]] = field(default_factory=dict)
    agreements: dict[tuple[str, str], Agreement] = field(default_factory=dict)
    #: (agreement, version, organisation) -> day of signature
    parties: dict[tuple[str, str, str], date] = field(default_factory=dict)
    signoffs: dict[tuple[str, str, str], list[Signoff]] = field(default_factory=dict)
    ico_registrations: dict[str, IcoRegistration] = field(default_factory=dict)
    #: organisation -> year -> result
    dspt: dict[str, dict[str, Dspt]] = field(default_factory=dict)
    #: practice -> consent id -> consent
    consents: dict[str, dict[str, facts.Consent]] = field(default_factory=dict)
    #: (practice, supplier) -> what the supplier showed, oldest first
    observations: dict[tuple[str, str], list[facts.Move]] = field(default_factory=dict)
    #: practice -> hold and purge events, oldest first
    interventions: dict[str, list[facts.Move]] = field(default_factory=dict)
    #: (practice, delivery) -> its rows waiting for two persons, or let on by them
    delivery_holds: dict[tuple[str, str], facts.DeliveryHold] = field(default_factory=dict)
    #: practice -> further full extracts announced
    announcements: dict[str, list[facts.Announcement]] = field(default_factory=dict)
    #: practice -> registered counts accepted by two persons, oldest first
    populations: dict[str, list[facts.AcceptedPopulation]] = field(default_factory=dict)
    cycles: dict[str, facts.PlanCycle] = field(default_factory=dict)
    variations: dict[str, Variation] = field(default_factory=dict)
    migrations: dict[str, Migration] = field(default_factory=dict)
    #: consent id -> what it covers beyond its own feed
    covers: dict[str, dict[str, Cover]] = field(default_factory=dict)
    #: (practice, supplier) -> what was told of its onboarding
    onboardings: dict[tuple[str, str], Onboarding] = field(default_factory=dict)
    #: register key -> one person in one role
    officers: dict[str, Officer] = field(default_factory=dict)

    def system_on(self, practice_code: str, day: date) -> facts.System | None:
        """Return the GP system of a practice: of those running, the one that went live last."""
        stated = self.systems.get(practice_code, {})
        # The open practice list only fills in where no reviewed row names a system.
        reviewed = [each for key, each in stated.items() if key != PRACTICE_LIST]
        running = [
            each
            for each in reviewed or stated.values()
            if covers(each.go_live_on, each.ended_on, day)
        ]
        return max(running, key=lambda each: (each.go_live_on, each.supplier_code), default=None)

    def parent_of(self, code: str) -> str:
        """Return the practice of a branch that the register lists, empty for any other code."""
        branch = self.branches.get(code)
        return branch.practice_code if branch else ""

    def board_names(self) -> dict[str, str]:
        """Return the names of the integrated care boards, by code."""
        return {code: board.name for code, board in self.boards.items()}

    def board_on(self, practice_code: str, day: date) -> str:
        """Return the code of the board covering a practice on a day, or empty."""
        ties = [
            tie for tie in self.relationships.get(practice_code, {}).values() if tie.kind == "ICB"
        ]
        named = [tie.target_code for tie in ties if covers(tie.valid_from, tie.valid_to, day)]
        practice = self.practices.get(practice_code)
        # the practice list speaks for the days before the first reviewed row
        is_before = all(tie.valid_from is None or day < tie.valid_from for tie in ties)
        code = named[0] if named else practice.icb_code if practice and is_before else ""
        return self.board_standing(code, day)

    def board_standing(self, code: str, day: date) -> str:
        """Return the board that stands for a board's code on a day, or empty."""
        return facts.board_standing(self.boards, code, day)

    def scope_on(self, supplier_code: str, day: date) -> facts.Scope | None:
        """Return the newest statement on a supplier's scope that covers the day."""
        stated = [
            each
            for each in self.scopes.get(supplier_code, {}).values()
            if covers(each.valid_from, each.valid_to, day)
        ]
        return max(stated, key=lambda each: each.valid_from or date.min, default=None)

    def is_since_inception(self, supplier_code: str, day: date) -> bool:
        """Say whether a supplier is in scope since inception, without a variation."""
        scope = self.scope_on(supplier_code, day)
        return scope is not None and (scope.scope, scope.basis) == ("IN", "INCEPTION")

    def proven_claims(
        self, supplier_code: str, mechanism_id: str, day: date
    ) -> list[facts.Capability]:
        """Return the claims that prove bulk for production on a day by id, expired ones too."""
        of_feed = (supplier_code, mechanism_id)
        return [
            claim
            for _, claim in sorted(self.capabilities.items())
            if (claim.supplier_code, claim.mechanism_id) == of_feed and claim.is_proof_on(day)
        ]

    def is_live(self, supplier_code: str, day: date) -> bool:
        """Say whether a supplier is in scope by inception or by a variation live on the day."""
        if self.is_since_inception(supplier_code, day):
            return True
        scope = self.scope_on(supplier_code, day)
        # an exclusion is lifted by a variation of that kind and no other
        lifts = {"EXCLUSION_LIFT"} if scope is not None and scope.scope == "EXCLUDED" else _ADMITS
        return any(
            each.supplier_code == supplier_code
            and each.kind in lifts
            and each.state_on(day) is VariationState.LIVE
            for each in self.variations.values()
        )

    def list_size_on(self, practice_code: str, day: date) -> facts.ListSize | None:
        """Return the newest published list size not later than the day."""
        sizes = [e for e in self.list_sizes.get(practice_code, {}).values() if e.as_at <= day]
        return max(sizes, key=lambda each: (each.as_at, each.source), default=None)

    def accepted_population_on(
        self, practice_code: str, day: date
    ) -> facts.AcceptedPopulation | None:
        """Return the newest registered count that two persons took as right by the day."""
        accepted = [e for e in self.populations.get(practice_code, []) if e.on <= day]
        return accepted[-1] if accepted else None

    def agreement_versions(self, agreement_id: str) -> list[Agreement]:
        """Return all versions of an agreement."""
        return [each for (name, _), each in self.agreements.items() if name == agreement_id]

    def consent(self, consent_id: str) -> facts.Consent | None:
        """Return a consent by its id."""
        held = [each[consent_id] for each in self.consents.values() if consent_id in each]
        return held[0] if held else None

    def supplier_side(self, consent: facts.Consent, day: date) -> str:
        """Return what the supplier shows for a practice on a day."""
        seen = self.observations.get((consent.practice_code, consent.supplier_code), [])
        current = [each.state for each in seen if each.on <= day]
        return current[-1] if current else consent.supplier_side_state


def fold(events: Iterable[Event], known_at: datetime | None = None) -> RegisterState:
    """Build the state from the events recorded up to ``known_at`` (None: all of them)."""
    horizon = known_at.astimezone(UTC) if known_at else None
    known = [e for e in events if not horizon or datetime.fromisoformat(e.recorded_at) <= horizon]
    state = RegisterState(version=known[-1].this_hash if known else GENESIS, known_at=known_at)
    machines: dict[str, dict[str, list[Event]]] = {CONSENT: {}, VARIATION: {}, MIGRATION: {}}
    for event in in_force(known):
        if event.entity_type in machines:
            machines[event.entity_type].setdefault(event.entity_id, []).append(event)
        elif event.entity_type in _GUARDS:
            _GUARDS[event.entity_type](state, event.payload, event)
        elif event.event_type in ("recorded", "observed"):
            _READERS.get(event.entity_type, _ignore)(state, event.payload.get("row", {}), event)
        elif event.event_type in _INTERVENTIONS:
            move = facts.Move(event.event_type, event.effective_on)
            state.interventions.setdefault(event.entity_id, []).append(move)
    for history in machines[CONSENT].values():
        _read_consent(state, history)
    for name, told in machines[VARIATION].items():
        state.variations[name] = fold_variation(name, told)
    for name, told in machines[MIGRATION].items():
        state.migrations[name] = fold_migration(name, told)
    return state


_INTERVENTIONS = frozenset({"hold_placed", "hold_released", "purge_opened", "purge_certified"})


def _read_hold(state: RegisterState, payload: Mapping[str, Any], event: Event) -> None:
    practice, delivery = event.entity_id.split("|", 1)
    if event.event_type == "hold_placed":
        state.delivery_holds[practice, delivery] = facts.DeliveryHold(
            practice, delivery, event.reason_code, event.reason_text, event.effective_on
        )
    elif (practice, delivery) in state.delivery_holds:
        state.delivery_holds[practice, delivery] = replace(
            state.delivery_holds[practice, delivery],
            decision=str(payload["decision"]),
            released_by=f"{event.actor} and {payload['second']}",
        )


def _read_announcement(state: RegisterState, payload: Mapping[str, Any], event: Event) -> None:
    first, last = (date.fromisoformat(payload[name]) for name in ("first", "last"))
    state.announcements.setdefault(event.entity_id, []).append(facts.Announcement(first, last))


def _read_population(state: RegisterState, payload: Mapping[str, Any], event: Event) -> None:
    accepted = facts.AcceptedPopulation(event.effective_on, int(payload["registered_count"]))
    state.populations.setdefault(event.entity_id, []).append(accepted)
    state.populations[event.entity_id].sort(key=lambda each: each.on)


#: What people and guards decided about a practice; entity ids begin with its code.
_GUARDS = {
    DELIVERY_HOLD: _read_hold,
    "full_announcement": _read_announcement,
    POPULATION: _read_population,
    ONBOARDING: read_onboarding,
    OFFICER: read_officer,
}


def _ignore(_state: RegisterState, _row: Row, _event: Event) -> None:
    """Pass over an event that says nothing the gate asks."""


def _read_practice(state: RegisterState, row: Row, event: Event) -> None:
    practice = facts.Practice.from_row(row)
    state.practices[practice.code] = practice
    read_listed(state.listed.setdefault(practice.code, {}), row, event)
    if row["supplier"]:
        system = facts.System(row["supplier"], "", "", day_of(row.get("supplier_as_at", "")), None)
        state.systems.setdefault(practice.code, {})[PRACTICE_LIST] = system
    if row["list_size"] and row.get("list_size_as_at"):
        as_at = date.fromisoformat(row["list_size_as_at"])
        size = facts.ListSize(as_at, int(row["list_size"]), PRACTICE_LIST)
        state.list_sizes.setdefault(practice.code, {})[PRACTICE_LIST] = size


def _read_board(state: RegisterState, row: Row, _event: Event) -> None:
    state.boards[row["icb_code"]] = facts.Board.from_row(row)


def _read_branch(state: RegisterState, row: Row, _event: Event) -> None:
    code = row["branch_code"]
    state.branches[code] = facts.Branch(code, row["practice_code"], *_interval(row))


def _read_relationship(state: RegisterState, row: Row, event: Event) -> None:
    tie = facts.Relationship(row["target_code"], row["kind"], *_interval(row), row["source"])
    state.relationships.setdefault(row["practice_code"], {})[event.entity_id] = tie


def _read_cycle(state: RegisterState, row: Row, _event: Event) -> None:
    state.cycles[row["cycle_id"]] = facts.PlanCycle(
        row["cycle_id"],
        row["label"],
        day_of(row["opens_on"]),
        day_of(row["submission_deadline"]),
        row["state"],
    )


def _read_succession(state: RegisterState, row: Row, event: Event) -> None:
    state.successions[event.entity_id] = facts.Succession(
        row["predecessor"],
        row["successor"],
        row["kind"],
        date.fromisoformat(row["effective_on"]),
        row["source"],
        row["evidence_ref"],
    )


def _read_system(state: RegisterState, row: Row, event: Event) -> None:
    state.systems.setdefault(row["practice_code"], {})[event.entity_id] = facts.System(
        row["supplier_code"],
        row["supplier_org_id"],
        row["agreement_id"],
        day_of(row["go_live_on"]),
        day_of(row["ended_on"]),
    )


def _read_list_size(state: RegisterState, row: Row, event: Event) -> None:
    as_at = date.fromisoformat(row["as_at"])
    size = facts.ListSize(as_at, int(row["registered_count"]), row["source"])
    state.list_sizes.setdefault(row["practice_code"], {})[event.entity_id] = size


def _read_supplier(state: RegisterState, row: Row, _event: Event) -> None:
    code = row["supplier_code"]
    state.suppliers[code] = facts.Supplier(
        code, row["supplier_name"], row["mechanism_id"], row["extract_id"]
    )


def _read_scope(state: RegisterState, row: Row, event: Event) -> None:
    scope = facts.Scope(row["scope"], row["basis"], row["basis_ref"], *_interval(row))
    state.scopes.setdefault(row["supplier_code"], {})[event.entity_id] = scope


def _read_capability(state: RegisterState, row: Row, _event: Event) -> None:
    state.capabilities[row["claim_id"]] = facts.Capability.from_row(row)


def _read_observation(state: RegisterState, row: Row, event: Event) -> None:
    seen = state.observations.setdefault((row["practice_code"], row["supplier_code"]), [])
    seen.append(facts.Move(row["supplier_side_state"], event.effective_on))
    seen.sort(key=lambda each: each.on)


def _read_consent(state: RegisterState, history: list[Event]) -> None:
    if not any(each.event_type == "moved" for each in history):
        return  # every move of it was corrected away
    consent = consent_of(history)
    state.consents.setdefault(consent.practice_code, {})[consent.consent_id] = consent


def _read_cover(state: RegisterState, row: Row, event: Event) -> None:
    state.covers.setdefault(row["consent_id"], {})[event.entity_id] = Cover.from_row(row)


def _interval(row: Row) -> tuple[date | None, date | None]:
    return day_of(row["valid_from"]), day_of(row["valid_to"])


_READERS = {
    "practice": _read_practice,
    "icb": _read_board,
    "branch": _read_branch,
    "practice_relationship": _read_relationship,
    "plan_cycle": _read_cycle,
    "practice_succession": _read_succession,
    "practice_system": _read_system,
    "list_size": _read_list_size,
    "supplier": _read_supplier,
    "supplier_scope": _read_scope,
    "supplier_capability": _read_capability,
    **AGREEMENT_READERS,
    "supplier_side": _read_observation,
    CONSENT_COVER: _read_cover,
}
