"""Nothing of a practice is in any release at a time its basis was not in force.

Random lives of three practices: consents asked for, given, suspended, resumed and withdrawn,
agreements ended and renewed, feeds disabled, practices closing and changing system, holds and
purges, days going by. Whether a practice may be shown is worked out beside the gate, from what was
done to it, by the plain rules of the specification (S2, S3, S6).
"""

import tempfile
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import dagster as dg
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lds_assets.errors import Refused
from lds_assets.gate.events import NewEvent, day_start
from lds_assets.gate.files import row_events
from lds_assets.gate.formats import file_forms
from lds_assets.operations.automation import PUBLISH_JOB, run_after_decision
from lds_assets.release.reach import reach
from lds_assets.release.record import current
from lds_assets.release.take_out import refuse_shut
from tests.unit.gate.test_policy import ALLOWED
from tests.unit.gate.world import CONSENT, DAY, NOW, PRACTICE, SYSTEM, World
from tests.unit.why.world import on_day, platform_of, release

CODES = ("E83003", "G83001", "E83004")
_code = st.sampled_from(CODES)
_ahead = st.integers(min_value=0, max_value=40)


def _world() -> World:
    """Three practices on EMIS that joined the agreements; only the first one consented."""
    world = ALLOWED.add("practice.csv", **{**PRACTICE, "practice_code": "E83004", "name": "Ash"})
    world = world.add("practice_system.csv", **{**SYSTEM, "practice_code": "E83004"})
    for code in CODES[1:]:
        for agreement in ("DSA", "DPA"):
            signed = {**world.rows["agreement_party.csv"][0], "agreement_id": agreement}
            world = world.add("agreement_party.csv", **{**signed, "org_code": code})
    world = world.change("agreement.csv", 0, review_on="2035-01-01")
    world = world.change("agreement.csv", 1, review_on="2035-01-01")
    return world.change("dpia.csv", review_on="2035-01-01")


def _row(consent_id: str, practice: str) -> dict[str, str]:
    """Return a consent's row in full."""
    cells = {**CONSENT, "consent_id": consent_id, "practice_code": practice}
    return {name: cells.get(name, "") for name in file_forms()["practice_consent.csv"].names}


@dataclass
class Given:
    """One consent as it was given: its row, its state, the days it covers."""

    row: dict[str, str]
    state: str
    first: date
    end: date | None

    def holds(self, day: date) -> bool:
        """Say whether it is in force on a day."""
        begun = self.first <= day and (self.end is None or day < self.end)
        return self.state == "GRANTED" and begun


@dataclass
class Life:
    """What was done to one practice; the oracle of the test reads nothing else."""

    consents: list[Given] = field(default_factory=list)
    shown_by_supplier: list[tuple[date, str]] = field(default_factory=list)
    closed_from: date | None = None
    left_system_on: date | None = None
    hold: bool = False
    purge: bool = False

    def may_be_shown(self, day: date) -> bool:
        """Say whether the practice's own basis is in force on a day."""
        if self.hold or self.purge:
            return False
        if self.closed_from and self.closed_from <= day:
            return False
        if self.left_system_on and self.left_system_on <= day:
            return False
        seen = [
            state for on, state in sorted(self.shown_by_supplier, key=lambda e: e[0]) if on <= day
        ]
        if seen and seen[-1] != "ACTIVE":
            return False
        return any(each.holds(day) for each in self.consents)


class Basis(RuleBasedStateMachine):
    """The lives of three practices, and the release in force each day."""

    @initialize()
    def open(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.day = DAY
        self.platform = platform_of(Path(self.folder.name), _world())
        self.lives = {code: Life() for code in CODES}
        first, last = (date.fromisoformat(CONSENT[f"effective_{e}"]) for e in ("from", "to"))
        self.lives["E83003"].consents.append(Given(_row("C-1", "E83003"), "GRANTED", first, last))
        self.agreement_ends: date | None = None
        self.number = 1
        self.consent_number = 1
        release(self.platform, 1, self.day, [])

    def teardown(self) -> None:
        self.folder.cleanup()

    # -- what happens

    @rule(days=st.integers(min_value=1, max_value=60))
    def days_go_by(self, days: int) -> None:
        self.day += timedelta(days=days)
        self.platform = on_day(self.platform, self.day)

    @precondition(lambda self: self._edges())
    @rule(data=st.data())
    def the_day_something_begins_or_ends_comes(self, data: st.DataObject) -> None:
        self.day = data.draw(st.sampled_from(self._edges()))
        self.platform = on_day(self.platform, self.day)

    @rule(code=_code, ahead=_ahead, lasts=st.one_of(st.none(), st.integers(10, 200)))
    def consent_is_asked_for_and_given(self, code: str, ahead: int, lasts: int | None) -> None:
        self.consent_number += 1
        name = f"C-{self.consent_number}"
        begins = self.day + timedelta(days=ahead)
        ends = begins + timedelta(days=lasts) if lasts else None
        row = {
            **_row(name, code),
            "effective_from": begins.isoformat(),
            "effective_to": ends.isoformat() if ends else "",
        }
        self._move(row, "", "REQUESTED", "PRACTICE_LIAISON", "liaison")
        self._move(row, "REQUESTED", "GRANTED", "IG_OFFICER", "officer")
        self.lives[code].consents.append(Given(row, "GRANTED", begins, ends))

    @precondition(lambda self: self._given("GRANTED"))
    @rule(data=st.data(), to=st.sampled_from(["SUSPENDED", "WITHDRAWN", "VOID_SUPPLIER_CHANGE"]))
    def consent_is_taken_back(self, data: st.DataObject, to: str) -> None:
        told = data.draw(st.sampled_from(self._given("GRANTED")))
        self._move(told.row, "GRANTED", to, "IG_OFFICER", "another")
        told.state = to

    @precondition(lambda self: self._given("SUSPENDED"))
    @rule(data=st.data())
    def suspension_is_lifted(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self._given("SUSPENDED")))
        try:  # whoever suspended may not lift it
            self._move(told.row, "SUSPENDED", "GRANTED", "IG_OFFICER", "another")
        except Refused:
            self._move(told.row, "SUSPENDED", "GRANTED", "IG_OFFICER", "officer")
        told.state = "GRANTED"

    @rule(ahead=_ahead)
    def agreement_is_ended(self, ahead: int) -> None:
        self._end_agreement(self.day + timedelta(days=ahead))

    @rule()
    def agreement_goes_on(self) -> None:
        self._end_agreement(None)

    @rule(code=_code, shown=st.sampled_from(["ACTIVE", "DISABLED", "DELETED", "ABSENT"]))
    def supplier_shows(self, code: str, shown: str) -> None:
        self.platform.register.observe_supplier_sides({code: shown}, "EMIS", self.day, "feed")
        self.lives[code].shown_by_supplier.append((self.day, shown))

    @rule(code=_code, kind=st.sampled_from(["hold", "purge"]))
    def somebody_intervenes(self, code: str, kind: str) -> None:
        life = self.lives[code]
        stands = bool(getattr(life, kind))
        if kind == "purge" and stands:
            return  # what is being purged stays so
        event = {"hold": ("hold_placed", "hold_released"), "purge": ("purge_opened", "")}[kind]
        self._record(
            NewEvent(
                "intervention",
                code,
                event[stands],
                day_start(self.day),
                "officer",
                "IG_OFFICER",
                reason_code="X",
                reason_text="because",
            )
        )
        setattr(life, kind, not stands)

    @rule(code=_code, ahead=_ahead)
    def practice_moves_to_another_system(self, code: str, ahead: int) -> None:
        leaves = self.day + timedelta(days=ahead)
        life = self.lives[code]
        if life.left_system_on:
            return
        self._tell(
            "practice_system.csv", {**SYSTEM, "practice_code": code, "ended_on": f"{leaves}"}
        )
        life.left_system_on = leaves

    # -- what must hold

    @invariant()
    def the_release_shows_who_may_be_shown(self) -> None:
        """Until the sensor has looked, what shows too much is not read; then it shows no more."""
        if not hasattr(self, "platform"):
            return
        self._shown_is_right(exactly=False)
        asked = run_after_decision(self.platform)
        if isinstance(asked, dg.RunRequest) and asked.job_name == PUBLISH_JOB:
            self.number += 1
            release(self.platform, self.number, self.day, reach(self.platform).publishers)
        self._shown_is_right(exactly=True)

    def _shown_is_right(self, *, exactly: bool) -> None:
        found = current(self.platform.settings)
        assert found is not None
        basis = {code for code in CODES if self._may_be_shown(code)}
        if exactly:
            assert set(found.publishers) == basis
        if set(found.publishers) - basis:
            try:
                refuse_shut(self.platform, found)
            except Refused:
                return
            raise AssertionError("a release was read that shows a practice without a basis")

    def _edges(self) -> list[date]:
        """Return the days to come on which a basis begins or ends."""
        days = {self.agreement_ends}
        for life in self.lives.values():
            days |= {life.left_system_on}
            days |= {day for each in life.consents for day in (each.first, each.end)}
        return sorted(day for day in days if day is not None and day > self.day)

    # -- how it is told to the register

    def _given(self, state: str) -> list[Given]:
        """Return consents that stand in a state and have not run out."""
        given = [each for life in self.lives.values() for each in life.consents]
        return [e for e in given if e.state == state and (e.end is None or self.day < e.end)]

    def _record(self, event: NewEvent) -> None:
        self.platform.register.record([event])

    def _move(self, row: dict[str, str], before: str, to: str, role: str, actor: str) -> None:
        told = {**row, "state": to}
        if to == "WITHDRAWN":
            told |= {"effective_to": f"{self.day}", "notice_ref": "N-1"}
            told |= {"retention_instruction": "STOP_ONLY"}
        self._record(
            NewEvent(
                "practice_consent",
                row["consent_id"],
                "moved",
                day_start(self.day),
                actor,
                role,
                from_state=before,
                to_state=to,
                reason_code=to,
                reason_text="because",
                evidence_ref=row["evidence_ref"],
                evidence_sha256=row["evidence_sha256"],
                payload={"source": "test", "row": told, "decision": "INCLUDE"},
            )
        )

    def _tell(self, file: str, cells: dict[str, str]) -> None:
        """Record a row of a reviewed file."""
        form = file_forms()[file]
        row = {name: cells.get(name, "") for name in form.names}
        for event in row_events(form, "test", row, self.platform.register.state(), NOW):
            self._record(event)

    def _end_agreement(self, ends: date | None) -> None:
        terms = {**_world().rows["agreement.csv"][0], "valid_to": f"{ends or ''}"}
        self._tell("agreement.csv", terms)
        self.agreement_ends = ends

    def _may_be_shown(self, code: str) -> bool:
        in_force = self.agreement_ends is None or self.day < self.agreement_ends
        return in_force and self.lives[code].may_be_shown(self.day)


TestBasis = Basis.TestCase
TestBasis.settings = settings(
    # a step costs milliseconds of database: shrinking a failure would take many minutes
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    max_examples=15,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
