"""The gate's front door: open the register, fill it from reviewed files, ask it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from lds_assets.errors import Refused
from lds_assets.gate import chain, decisions, files
from lds_assets.gate.events import GENESIS, Event, NewEvent, day_start
from lds_assets.gate.formats import file_forms
from lds_assets.gate.policy import Decision, Question, decide, decide_supplier, normalise
from lds_assets.gate.reasons import ReasonBook
from lds_assets.gate.state import RegisterState, fold
from lds_assets.resources import REPOSITORY


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class ImportReport:
    """What one folder of governance files did to the register."""

    taken: tuple[str, ...]
    unchanged: tuple[str, ...]
    #: Files of the folder that are no governance file; nothing reads them here.
    unknown: tuple[str, ...]
    events: int
    #: Files that broke a rule; what the register held of them before stays in force.
    refused: tuple[files.FileRefused, ...] = ()


#: CSV files beside the governance files that hold reference, not events.
_REFERENCE = {
    "as_at.csv",
    "gate_reason.csv",
    "integration_mechanism.csv",
    "migration_tolerance.csv",
    "reconciliation_measure.csv",
    "onboarding_state.csv",
}


class Register:
    """The governance register of one platform database.

    Args:
        engine: the platform database (``lds_assets.database.connect``).
        seeds: folder of the shipped seeds; the reason codes are read there.
        clock: gives the instant at which events are recorded.
    """

    def __init__(
        self,
        engine: Engine,
        seeds: Path = REPOSITORY / "seeds",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self.reasons = ReasonBook.read(seeds)
        self._events: tuple[Event, ...] | None = None
        self._fault: str = ""
        self._states: dict[datetime | None, RegisterState] = {}

    # -- the chain

    def refresh(self) -> None:
        """Forget what was read; the next question reads the database and verifies it again."""
        self._events = None
        self._states = {}

    def events(self) -> tuple[Event, ...]:
        """Return every event, read and verified once until ``refresh``."""
        if self._events is None:
            self._events = chain.read_events(self._engine)
            fault = chain.verify_chain(self._events)
            self._fault = f"{fault.what} (seq {fault.seq})" if fault else self._anchor_fault()
        return self._events

    def _anchor_fault(self) -> str:
        """Say whether the register lost its end: an answer names a version it no longer has."""
        anchor = decisions.last_version(self._engine)
        known = {event.this_hash for event in self._events or ()} | {"", GENESIS}
        if anchor in known:
            return ""
        return f"events after seq {len(self._events or ())} are missing: an answer rests on them"

    def broken(self) -> str:
        """Return empty text, or the first place where the register cannot be trusted."""
        self.events()
        return self._fault

    def verify(self) -> None:
        """Read the register again and check every link.

        Raises:
            Refused: the first fault, with its sequence number.
        """
        self.refresh()
        fault = self.broken()
        if fault:
            raise Refused(
                f"the register is not trustworthy: {fault}",
                "gov_event",
                "every gate answers O_REGISTER_BROKEN",
                "restore the register from backup and report the incident",
                "O_REGISTER_BROKEN",
            )

    def version(self) -> str:
        """Return the hash of the newest event."""
        return chain.version(self.events())

    def record(self, events: Iterable[NewEvent]) -> tuple[Event, ...]:
        """Append events, all or none, and forget the old state.

        Raises:
            Refused: an event breaks a rule; only the refusal is recorded.
        """
        try:
            return chain.append(self._engine, list(events), self._clock())
        finally:
            self.refresh()

    def refuse(self, event: NewEvent, rule: str) -> None:
        """Record that an event was refused by a rule, and say so.

        Raises:
            Refused: always; nothing is recorded but the refusal.
        """
        try:
            chain.append(self._engine, [event], self._clock(), refused=rule)
        finally:
            self.refresh()

    # -- reviewed files

    def bootstrap(self, seeds: Path) -> ImportReport:
        """Fill the register from the seeds; on a filled register this adds only what changed."""
        reports = [
            self.take_folder(seeds / name, f"seeds/{name}")
            for name in ("organisation", "governance")
        ]
        return ImportReport(
            tuple(name for each in reports for name in each.taken),
            tuple(name for each in reports for name in each.unchanged),
            tuple(name for each in reports for name in each.unknown),
            sum(each.events for each in reports),
            tuple(fault for each in reports for fault in each.refused),
        )

    def import_folder(self, path: Path, label: str = "governance") -> ImportReport:
        """Take every governance file of a folder as ``take_folder`` does.

        Raises:
            Refused: after every good file was taken, the first refused file and how many there are.
        """
        report = self.take_folder(path, label)
        if report.refused:
            first, taken = report.refused[0], len(report.taken)
            first.done += f" ({taken} taken, {len(report.refused)} refused in this folder)"
            raise first
        return report

    def take_folder(self, path: Path, label: str = "governance") -> ImportReport:
        """Take every governance file of a folder, each whole or not at all; refused ones are told.

        Args:
            path: the folder; one that is not there holds no file.
            label: name under which the register knows the folder wherever it lies.
        """
        taken: list[str] = []
        unchanged: list[str] = []
        refused: list[files.FileRefused] = []
        before = len(self.events())
        for name, form in file_forms().items():
            source = files.Source(path / name, f"{label}/{name}", form)
            if not source.path.is_file():
                continue
            if files.is_unchanged(source, self.events()):
                unchanged.append(name)
                continue
            try:
                self._take(source)
                taken.append(name)
            except files.FileRefused as error:
                self._record_refusal(source, error)
                refused.append(error)
        names = {each.name for each in path.glob("*.csv")} - _REFERENCE - set(file_forms())
        added = len(self.events()) - before
        return ImportReport(
            tuple(taken), tuple(unchanged), tuple(sorted(names)), added, tuple(refused)
        )

    def _take(self, source: files.Source) -> None:
        self.record(files.plan(source, self.events(), self.state(), self._clock()))

    def _record_refusal(self, source: files.Source, error: files.FileRefused) -> None:
        """Record a refused file once, however often it is tried."""
        event = files.refused_event(source, error, self._clock())
        last = [e for e in self.events() if e.entity_id == source.label]
        same = last and (last[-1].event_type, last[-1].evidence_sha256, last[-1].reason_code) == (
            "refused",
            event.evidence_sha256,
            event.reason_code,
        )
        if not same:
            self.record([event])

    # -- questions

    def state(self, known_at: datetime | None = None) -> RegisterState:
        """Return what was known at an instant (None: all); one state answers for every day."""
        events = self.events()
        if known_at not in self._states:
            state = fold(events if not self._fault else (), known_at)
            state.broken = self._fault
            self._states[known_at] = state
        return self._states[known_at]

    def ask(self, question: Question) -> Decision:
        """Answer one question."""
        return decide(question, self.state(question.known_at), self.reasons)

    def decide(
        self,
        practice: str,
        supplier: str,
        mechanism: str,
        extract_id: str,
        as_of: date,
        known_at: datetime | None = None,
        stage: str = "LAND",
        supplier_org_id: str = "",
        agreement_id: str = "",
        registered_count: int | None = None,
    ) -> Decision:
        """Say whether one practice's extract may pass on a London day."""
        question = Question(
            stage,
            practice,
            supplier.upper(),
            mechanism,
            extract_id,
            as_of,
            known_at,
            supplier_org_id=supplier_org_id,
            agreement_id=agreement_id,
            registered_count=registered_count,
        )
        return self.ask(question)

    def decide_supplier(
        self, supplier: str, as_of: date, known_at: datetime | None = None
    ) -> Decision:
        """Say whether any file of a supplier may be opened; ask before opening one."""
        return decide_supplier(
            self._question("", supplier, as_of, known_at), self.state(known_at), self.reasons
        )

    def _question(
        self, practice: str, supplier: str, as_of: date, known_at: datetime | None
    ) -> Question:
        """Return the question of landing by the route the register names for the supplier."""
        known = self.state(known_at).suppliers.get(supplier.upper())
        mechanism, extract = (known.mechanism_id, known.extract_id) if known else ("", "")
        return Question("LAND", practice, supplier.upper(), mechanism, extract, as_of, known_at)

    def land(
        self, practice: str, supplier: str, as_of: date, known_at: datetime | None = None
    ) -> Decision:
        """Ask the LAND gate by the mechanism and extract the register names for the supplier."""
        return self.ask(self._question(practice, supplier, as_of, known_at))

    def admitted(self, supplier: str, as_of: date, known_at: datetime | None = None) -> list[str]:
        """Return the practices whose LAND gate is open on a day, in order of first consent."""
        state, code = self.state(known_at), supplier.upper()
        first: dict[str, int] = {}
        for practice, consents in state.consents.items():
            given = [each.first_seq for each in consents.values() if each.supplier_code == code]
            if given and self.land(practice, code, as_of, known_at).is_allowed:
                first[practice] = min(given)
        return sorted(first, key=lambda practice: first[practice])

    def refusals(
        self, supplier: str, as_of: date, known_at: datetime | None = None
    ) -> list[Decision]:
        """Return the answers for practices of a supplier that may not land on a day.

        A practice is of a supplier when it runs its system on the day or ever consented to it.
        """
        state, code = self.state(known_at), supplier.upper()
        practices = {
            practice
            for practice, consents in state.consents.items()
            if any(each.supplier_code == code for each in consents.values())
        }
        for practice in state.practices:
            system = state.system_on(practice, as_of)
            if system is not None and system.supplier_code == code:
                practices.add(practice)
        answers = [self.land(practice, code, as_of, known_at) for practice in sorted(practices)]
        return [each for each in answers if not each.is_allowed]

    def record_decisions(self, answers: Iterable[Decision], run_id: str, delivery_id: str) -> int:
        """Keep the answers given for one delivery in one run."""
        return decisions.record(self._engine, answers, run_id, delivery_id, self._clock())

    # -- what is seen from outside

    def observe_supplier_sides(
        self, shown: Mapping[str, str], supplier: str, on: date, evidence_ref: str
    ) -> int:
        """Record what a supplier shows for practices; return how many show another state.

        Args:
            shown: ODS code -> ``ABSENT``, ``PRESENT_NOT_ACTIVATED``, ``ACTIVE``, ``DISABLED`` or
                ``DELETED``.
            supplier: supplier code.
            on: London day from which it holds.
            evidence_ref: the delivery it was read in.
        """
        code = supplier.upper()
        planned = []
        for practice, state in sorted(shown.items()):
            key = normalise(practice)
            seen = [e for e in self.state().observations.get((key, code), []) if e.on <= on]
            if seen and seen[-1].state == state:
                continue
            row = {"practice_code": key, "supplier_code": code, "supplier_side_state": state}
            planned.append(
                NewEvent(
                    entity_type="supplier_side",
                    entity_id=f"{key}|{code}",
                    event_type="observed",
                    from_state=seen[-1].state if seen else "",
                    to_state=state,
                    effective_at=day_start(on),
                    actor="feed",
                    actor_role="SYSTEM",
                    evidence_ref=evidence_ref,
                    payload={"source": "feed", "row": row},
                )
            )
        if planned:
            self.record(planned)
        return len(planned)
