"""Why a practice is here, or not: one line, the chain behind it, the next action (S20)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from lds_assets.freshness.answer import Freshness, verdicts
from lds_assets.gate.facts import Consent, DeliveryHold
from lds_assets.gate.list_sizes import CountedLists
from lds_assets.gate.policy import Decision, normalise
from lds_assets.gate.state import RegisterState
from lds_assets.gate.why import Link, explain
from lds_assets.guards import population
from lds_assets.platform import Platform
from lds_assets.why.arrivals import Arrival, arrivals
from lds_assets.why.chain import Found, links_after_gate
from lds_assets.why.releases import shown
from lds_assets.why.verdict import Standing, Verdict, judge


@dataclass(frozen=True)
class Answer:
    """Where one practice stands on a London day, and why.

    Attributes:
        board_code: integrated care board on the day, empty when none covers it.
        list_size: registered patients that count here on the day, None where no list does;
            ``list_carried`` of them from lists of predecessors, ``list_told`` says which.
        is_counted: whether it is one of London's practices on the day, not one that has ended.
        reason: code of the first link that does not hold; empty when all hold.
        next_action, owner_role: what is to be done about it, and by whom.
        shown_since: first release of the unbroken run that shows the practice.
    """

    practice_code: str
    name: str
    board_code: str
    supplier_code: str
    list_size: int | None
    list_carried: int
    list_told: str
    is_counted: bool
    on: date
    known_at: datetime | None
    verdict: Verdict
    reason: str
    next_action: str
    owner_role: str
    since: date | None
    links: tuple[Link, ...]
    decision: Decision
    newest: Arrival | None
    release_id: str
    shown_since: date | None

    @property
    def is_shown(self) -> bool:
        """Say whether the release in force on the day has the practice."""
        return self.shown_since is not None

    @property
    def headline(self) -> str:
        """Return the answer in one line."""
        named = f"{self.practice_code} ({self.name})" if self.name else self.practice_code
        why = f": {self.reason}" if self.reason else ""
        return f"{named} is {self.verdict} on {self.on}{why}"


class Why:
    """Answers for a day, as known at an instant; what all answers share is read once.

    Args:
        platform: the open platform.
        on: London day asked about; None is today.
        known_at: what was known then; None is everything known now.
    """

    def __init__(
        self, platform: Platform, on: date | None = None, known_at: datetime | None = None
    ) -> None:
        today = platform.settings.business_date()
        self.platform = platform
        self.on = on or today
        self.known_at = known_at
        self._state = platform.register.state(known_at)
        self._folders = {
            each.definition.supplier_code: code for code, each in platform.suppliers.items()
        }
        self._lists = CountedLists(self._state, self.on)
        self._arrivals = arrivals(platform.engine, self.on, known_at)
        self._shown = shown(platform.settings, self.on, known_at)
        # what keeps a loaded practice out is counted for the present day alone
        is_now = self.on == today and known_at is None
        self._withheld = population.withheld(platform) if is_now else {}
        self._standing = _standing(self._state)
        self._fresh = _by_practice(verdicts(platform, self.on)) if known_at is None else {}

    def answer(self, practice: str, supplier: str = "") -> Answer:
        """Say where one practice stands.

        Args:
            practice: ODS code, as typed.
            supplier: supplier code; empty takes the practice's system on the day.
        """
        register, code = self.platform.register, normalise(practice)
        told = explain(register, practice, self.on, self.known_at, supplier)
        found = self._found(code, told.decision)
        links = (*told.links, *links_after_gate(found, register.reasons))
        is_loaded, outcome = found.loaded is not None, told.decision.outcome
        standing = Standing(self._shown.has(code), self._was_agreed(code), is_loaded, outcome)
        verdict, amiss = judge(standing, links)
        size = self._lists.of(code)
        return Answer(
            practice_code=code,
            name=told.name,
            board_code=self._state.board_on(code, self.on),
            supplier_code=told.decision.question.supplier_code,
            list_size=size.registered_count if size else None,
            list_carried=size.carried_count if size else 0,
            list_told=size.told if size else "",
            is_counted=self._lists.is_counted(code),
            on=self.on,
            known_at=self.known_at,
            verdict=verdict,
            reason=amiss.reasons[0] if amiss else "",
            next_action=amiss.next_action if amiss else "",
            owner_role=amiss.owner_role if amiss else "",
            since=amiss.since if amiss else self._shown.since.get(code),
            links=links,
            decision=told.decision,
            newest=found.newest,
            release_id=self._shown.release_id,
            shown_since=self._shown.since.get(code),
        )

    def _found(self, code: str, decision: Decision) -> Found:
        """Return what the platform holds of a practice."""
        asked = self._folders.get(decision.question.supplier_code, "")
        told = self._arrivals
        came, loaded = (each.get(code, {}) for each in (told.newest, told.loaded))
        former = max(came.values(), key=lambda each: each.extracted_at, default=None)
        # behind a shut gate it is told what ever came; behind an open one, what it lets in
        is_left = former is not None and not decision.is_allowed and asked not in came
        folder = former.supplier if former and is_left else asked
        fresh = self._fresh.get(code, ())
        return Found(
            code,
            decision.is_allowed,
            came.get(folder),
            loaded.get(folder),
            _from(folder, told.held.get(code, ())),
            _from(folder, told.waiting.get(code, ())),
            self._standing.get(code, ()),
            self._withheld.get(code),
            self._shown,
            None if self.known_at else [e for e in fresh if e.supplier in ("", asked)],
            former,
        )

    def everyone(self) -> Iterator[Answer]:
        """Yield the answer for each practice of London on the day, and each one ever met."""
        for code in sorted(self._everyone()):
            yield self.answer(code)

    def _everyone(self) -> Iterable[str]:
        state, day = self._state, self.on
        met = self._arrivals.newest.keys() | state.consents.keys()
        for code in state.practices:
            if code in met or (self._lists.is_counted(code) and state.board_on(code, day)):
                yield code

    def _was_agreed(self, code: str) -> bool:
        """Say whether a consent of the practice was in force on the day or before."""
        return any(
            _was_in_force(each, self.on) for each in self._state.consents.get(code, {}).values()
        )


def _from(folder: str, arrivals: Iterable[Arrival]) -> tuple[Arrival, ...]:
    return tuple(each for each in arrivals if each.supplier == folder)


def _by_practice(fresh: Iterable[Freshness]) -> dict[str, list[Freshness]]:
    found: dict[str, list[Freshness]] = defaultdict(list)
    for each in fresh:
        found[each.practice_code].append(each)
    return found


def _was_in_force(consent: Consent, day: date) -> bool:
    """Say whether a consent was in force on any day up to this one."""
    begins = [consent.effective_from, *(move.on for move in consent.moves)]
    return any(
        each is not None and each <= day and consent.state_on(each) == "EFFECTIVE"
        for each in begins
    )


def _standing(state: RegisterState) -> dict[str, list[DeliveryHold]]:
    found: dict[str, list[DeliveryHold]] = defaultdict(list)
    for hold in state.delivery_holds.values():
        if hold.stands:
            found[hold.practice_code].append(hold)
    return found
