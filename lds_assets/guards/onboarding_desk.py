"""Where onboarding is worked on: what people tell, recorded with where a practice stands (S14)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.onboarding import ONBOARDING, Standing, Step, entity_id
from lds_assets.gate.onboarding_rules import MOVES
from lds_assets.guards.onboarding import Course, Onboardings
from lds_assets.guards.thresholds import thresholds
from lds_assets.platform import Platform


@dataclass(frozen=True)
class Word:
    """Who tells something, in which role, why, with which proof.

    Attributes:
        on: London day it took place; None is today.
    """

    actor: str
    role: str
    reason: str = ""
    evidence_ref: str = ""
    on: date | None = None
    payload: dict[str, Any] = field(default_factory=dict)


class OnboardingDesk:
    """Records what people tell of practices on their way into a release.

    Args:
        platform: the open platform.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._today = platform.settings.business_date()

    def tell(
        self, kind: str, practices: Sequence[str], word: Word, supplier: str = ""
    ) -> list[Course]:
        """Record the same event of practices, all or none; return where they stand now.

        Args:
            kind: ``invited``, ``feed_requested``, ``declined``, ``stalled`` or ``resumed``.
            practices: ODS codes, as typed.
            supplier: supplier code; empty takes each practice's system.

        Raises:
            Refused: a rule says no to one of them (which is recorded), or the day is to come.
        """
        if word.on is not None and word.on > self._today:
            raise _refused("what is to come is not told yet", "S14-12", ", ".join(practices))
        before = Onboardings(self._platform)
        courses = [before.course(each, supplier) for each in practices]
        events = [self._event(kind, each.standing, word) for each in courses]
        self._platform.register.record(events)
        after = Onboardings(self._platform)
        return [after.course(each.practice_code, each.supplier_code) for each in courses]

    def accept(self, practice: str, measure: str, word: Word, supplier: str = "") -> Course:
        """Record that two persons take a measure that holds a practice as right.

        Raises:
            Refused: the measure does not hold it, or one person signs twice (which is recorded).
        """
        course = Onboardings(self._platform).course(practice, supplier)
        held = [each.measure for each in course.measured.held] if course.measured else []
        if measure == "registered_share":
            raise _refused(
                "a count is accepted with `lds hold population`", "S14-13", course.practice_code
            )
        if measure not in held or measure not in thresholds(self._platform.settings.seeds):
            raise _refused(f"no {measure} holds it", "S14-13", course.practice_code)
        event = self._event("measure_accepted", course.standing, word)
        self._platform.register.record([event])
        return Onboardings(self._platform).course(course.practice_code, course.supplier_code)

    def _event(self, kind: str, found: Standing, word: Word) -> NewEvent:
        at = found.state if found.state is Step.DECLINED else found.step
        return NewEvent(
            ONBOARDING,
            entity_id(found.practice_code, found.supplier_code),
            kind,
            day_start(word.on or self._today),
            word.actor,
            word.role,
            from_state=at,
            to_state=MOVES[kind][1] or at,
            reason_code="TOLD" if word.reason else "",
            reason_text=word.reason,
            evidence_ref=word.evidence_ref,
            payload={**word.payload, **({"barred": list(found.barred)} if found.barred else {})},
        )


def _refused(what: str, code: str, where: str) -> Refused:
    return Refused(
        f"{code} {what}",
        where=where,
        done="nothing recorded",
        to_do="`lds onboard status` shows where it stands and what comes next",
        code=code,
    )
