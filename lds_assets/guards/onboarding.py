"""Where every practice stands on its way into a release (S14), worked out from facts at hand.

One look at register, ledger and release records answers for all practices; the pure machine is
``gate.onboarding``. What somebody has to do next, and who, comes with it.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from pathlib import Path

from lds_assets.errors import Refused
from lds_assets.gate.events import london_day
from lds_assets.gate.facts import Consent
from lds_assets.gate.onboarding import (
    Facts,
    Onboarding,
    Standing,
    Step,
    Told,
    course_ended_on,
    reconciliation_on,
    standing,
)
from lds_assets.gate.policy import Decision, normalise
from lds_assets.gate.state import RegisterState
from lds_assets.guards.measured import Reconciliation, latest
from lds_assets.guards.thresholds import thresholds
from lds_assets.landing.extracts import Extracts, extracts
from lds_assets.platform import Platform
from lds_assets.why.releases import Shown, shown

#: States of a consent that stands, or will.
_STANDING = frozenset({"GRANTED", "EFFECTIVE", "SUSPENDED"})
#: Reasons that tell no more than that an earlier step of the road is not done.
_OF_A_STEP: Mapping[Step, tuple[str, ...]] = {
    Step.INVITED: ("C_NONE",),
    Step.CONSENT_GRANTED: ("S_",),
    Step.FEED_REQUESTED: ("S_",),
}


@dataclass(frozen=True)
class StateMeaning:
    """One state, who moves a practice on from it, and how."""

    state: Step
    meaning: str
    owner_role: str
    next_action: str


@dataclass(frozen=True)
class Course:
    """One practice's way into a release, on a day.

    Attributes:
        reasons: why it may not land today, in the gate's order; ``reason`` is what the next action
            answers, a state or a reason code.
        measured: the newest reconciliation, None before the first.
    """

    name: str
    board_code: str
    standing: Standing
    reasons: tuple[str, ...]
    reason: str
    next_action: str
    owner_role: str
    measured: Reconciliation | None

    @property
    def practice_code(self) -> str:
        """ODS code."""
        return self.standing.practice_code

    @property
    def supplier_code(self) -> str:
        """Supplier by the register's code."""
        return self.standing.supplier_code

    @property
    def is_under_way(self) -> bool:
        """Say whether somebody asked the practice, and it is not in a release yet."""
        return self.standing.state not in (Step.PROSPECT, Step.LIVE)


def meanings(seeds: Path) -> dict[Step, StateMeaning]:
    """Return ``onboarding_state.csv`` by state."""
    with (seeds / "governance/onboarding_state.csv").open(encoding="utf-8", newline="") as handle:
        return {
            Step(row["state"]): StateMeaning(
                Step(row["state"]), row["meaning"], row["owner_role"], row["next_action"]
            )
            for row in csv.DictReader(handle)
        }


class Onboardings:
    """Where practices stand on a day; what all of them share is read once.

    Args:
        platform: the open platform.
        on: London day asked about; None is today. Ledger and measures are those of now.
    """

    def __init__(self, platform: Platform, on: date | None = None) -> None:
        self._platform = platform
        self._day = on or platform.settings.business_date()
        self._state = platform.register.state()
        self._book = platform.register.reasons.reasons
        self._meanings = meanings(platform.settings.seeds)
        self._bounds = thresholds(platform.settings.seeds)
        self._measured = latest(platform.engine)
        self._shown = shown(platform.settings, self._day)
        self._extracts: dict[str, Mapping[str, Extracts]] = {
            supplier.definition.supplier_code: extracts(platform.engine, code)
            for code, supplier in platform.suppliers.items()
        }

    def everyone(self) -> Iterator[Course]:
        """Yield the course of every practice that runs a supplier's system or was ever asked."""
        for practice, supplier in sorted(self._keys()):
            yield self.course(practice, supplier)

    def asked(self) -> list[Course]:
        """Return the practices somebody asked, those in a release included."""
        return [each for each in self.everyone() if each.standing.state is not Step.PROSPECT]

    def course(self, practice: str, supplier: str = "") -> Course:
        """Return where one practice stands.

        Args:
            practice: ODS code, as typed.
            supplier: supplier code; empty takes the practice's system on the day.

        Raises:
            Refused: the practice is not in the register, or runs no known system.
        """
        code = normalise(practice)
        named = supplier.upper() or self._supplier_of(code)
        known = self._state.practices.get(code)
        if known is None or not named:
            raise Refused(
                f"{code} is not in the register, or no system of it is known",
                where="register",
                done="nothing recorded",
                to_do="check the code; add the practice or its system to the organisation files",
                code="P_UNKNOWN" if known is None else "V_SYSTEM_MISMATCH",
            )
        decision = self._platform.register.land(code, named, self._day)
        facts = self._facts(code, named, decision)
        found = standing(facts, self._day)
        measured = self._measured.get((code, named))
        if measured and facts.ended and measured.measured_on <= facts.ended:
            measured = None  # of a course that came to its end
        reason, action, owner = self._next(found, decision, measured)
        board = self._state.board_on(code, self._day)
        return Course(known.name, board, found, decision.reasons, reason, action, owner, measured)

    # -- the facts

    def _keys(self) -> Iterable[tuple[str, str]]:
        """Return practice and supplier of everybody who has a course, or may have one."""
        keys = {*self._state.onboardings}
        for practice, consents in self._state.consents.items():
            keys |= {(practice, each.supplier_code) for each in consents.values()}
        for code in self._state.practices:
            system = self._state.system_on(code, self._day)
            if system is not None:
                keys.add((code, system.supplier_code))
        return {key for key in keys if key[0] in self._state.practices}

    def _supplier_of(self, code: str) -> str:
        system = self._state.system_on(code, self._day)
        if system is not None:
            return system.supplier_code
        given = sorted(self._state.consents.get(code, {}).values(), key=lambda e: e.first_seq)
        return given[-1].supplier_code if given else ""

    def _facts(self, code: str, supplier: str, decision: Decision) -> Facts:
        state, day = self._state, self._day
        consents = [
            each for each in state.consents.get(code, {}).values() if each.supplier_code == supplier
        ]
        ended = course_ended_on(consents, state.interventions.get(code, ()), day)
        told = state.onboardings.get((code, supplier), Onboarding(code, supplier))
        sent = self._extracts.get(supplier, {}).get(code)
        consent = _newest(consents, _STANDING, day)
        asked = _newest(consents, frozenset({"REQUESTED"}), day)
        reconciled = reconciliation_on(told, ended, day)
        return Facts(
            code,
            supplier,
            told,
            ended,
            _prospect_since(code, supplier, state, day),
            tuple(each for each in decision.reasons if each.startswith(("P_", "V_"))),
            _moved(consent or asked, "REQUESTED"),
            _moved(consent, "GRANTED"),
            _activated(consent, state, day) if consent else None,
            _bulk(sent) if sent else None,
            sent.owed if sent else 0,
            _released(self._shown, code, reconciled.on) if reconciled else None,
            self._shown.has(code) and reconciled is not None,
        )

    # -- what comes next

    def _next(
        self, found: Standing, decision: Decision, measured: Reconciliation | None
    ) -> tuple[str, str, str]:
        """Return what the next action answers, the action, and its owner."""
        meaning = self._meanings[found.state]
        if found.state is Step.FEED_ACTIVATED and found.owed:
            meaning = self._meanings[Step.BACKFILLING]  # it came before the practice was let in
        if found.stall is not None:
            told = f"{found.stall.reason}. {meaning.next_action}"
            return str(found.state), told, found.stall.owner_role
        if found.declined is not None:
            return str(found.state), meaning.next_action, meaning.owner_role
        own = _OF_A_STEP.get(found.step, ())
        beyond = [each for each in decision.reasons if not each.startswith(own)] if own else None
        for code in decision.reasons if beyond is None else beyond:
            return code, self._book[code].next_action, self._book[code].owner_role
        if found.step is Step.BULK_RECEIVED and measured is not None and measured.held:
            first = measured.held[0]
            bound = self._bounds[first.measure]
            return first.reason_code, bound.next_action, bound.owner_role
        owner = meaning.owner_role if meaning.next_action else ""
        return str(found.state), meaning.next_action, owner


def _newest(consents: Iterable[Consent], states: frozenset[str], day: date) -> Consent | None:
    """Return the consent recorded last of those in one of the states on a day."""
    given = [each for each in consents if each.state_on(day) in states]
    return max(given, key=lambda each: each.first_seq, default=None)


def _moved(consent: Consent | None, state: str) -> Told | None:
    """Return when a consent first came into a state, with its evidence."""
    days = [move.on for move in consent.moves if move.state == state] if consent else []
    if consent is None or not days:
        return None
    return Told(days[0], "", consent.evidence_ref if state == "GRANTED" else consent.consent_id)


def _activated(consent: Consent, state: RegisterState, day: date) -> Told | None:
    """Return since when the supplier shows the practice as sharing, None while it does not."""
    if state.supplier_side(consent, day) != "ACTIVE":
        return None
    seen = state.observations.get((consent.practice_code, consent.supplier_code), [])
    since = None
    for move in (each for each in seen if each.on <= day):
        since = (since or move.on) if move.state == "ACTIVE" else None
    granted = _moved(consent, "GRANTED")
    on = since or (granted.on if granted else day)
    return Told(on, "", "what the supplier shows" if since else "the consent's own record")


def _bulk(sent: Extracts) -> Told | None:
    if sent.bulk_at is None:
        return None
    return Told(london_day(sent.bulk_at.replace(tzinfo=UTC)), "", sent.bulk_id)


def _released(shown: Shown, code: str, reconciled: date) -> Told | None:
    """Return since when releases show the practice; one it was in before counts from then on."""
    if code in shown.since:
        return Told(max(shown.since[code], reconciled), "", shown.release_id)
    left = shown.until.get(code)
    if left is None or left < reconciled:
        return None
    return Told(reconciled, "", "an earlier release")


def _prospect_since(code: str, supplier: str, state: RegisterState, day: date) -> date | None:
    """Return since when the practice is open, on the supplier's system and this in scope."""
    practice, system = state.practices[code], state.system_on(code, day)
    scope = state.scope_on(supplier, day)
    days = (
        practice.opened_on,
        system.go_live_on if system and system.supplier_code == supplier else None,
        scope.valid_from if scope else None,
    )
    return max((each for each in days if each is not None), default=None)
