"""Where migrations are worked on: events with what the register itself knows on the day (S15).

People tell that a practice plans to move, has moved, was compared; the desk adds whether the new
supplier is live, who consented and which system runs, and takes the steps that follow by rule.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.cover import CONSENT_COVER, EARLIER_SUPPLIER, PREDECESSOR
from lds_assets.gate.cover_rules import cover_faults
from lds_assets.gate.events import Event, NewEvent, day_start
from lds_assets.gate.facts import Consent
from lds_assets.gate.faults import Line
from lds_assets.gate.lifecycle import CONSENT
from lds_assets.gate.migration import MIGRATION, Migration, State
from lds_assets.gate.register import Register
from lds_assets.gate.variation_desk import Signature

_SYSTEM = Signature("platform", "SYSTEM")
_OPEN = frozenset({"REQUESTED", "GRANTED", "EFFECTIVE", "SUSPENDED"})


class MigrationDesk:
    """Records what happens to practices that change supplier.

    Args:
        register: the governance register.
        today: London day on which what is recorded takes effect.
    """

    def __init__(self, register: Register, today: date) -> None:
        self._register = register
        self._today = today

    def migrations(self, target: str = "") -> list[Migration]:
        """Return the migrations, by id; of one new supplier when it is named."""
        held = self._register.state().migrations
        return [held[e] for e in sorted(held) if target in ("", held[e].to_supplier)]

    def migration(self, migration_id: str) -> Migration:
        """Return one migration as it stands.

        Raises:
            Refused: there is none of that id.
        """
        found = self._register.state().migrations.get(migration_id)
        if found is None:
            raise _refused("there is no such migration", "MIGRATION_UNKNOWN", migration_id)
        return found

    def history(self, migration_id: str) -> list[Event]:
        """Return the recorded events of a migration, oldest first."""
        key = (MIGRATION, migration_id)
        return [e for e in self._register.events() if (e.entity_type, e.entity_id) == key]

    # -- what people tell

    def plan(self, practice: str, target: str, planned_on: date, by: Signature) -> str:
        """Open a migration and return its id.

        Raises:
            Refused: the practice or supplier is not known, or a rule says no.
        """
        state = self._register.state()
        migration_id = f"{practice}-{target}-{planned_on:%Y%m%d}"
        if practice not in state.practices:
            raise _refused("the practice is not in the register", "P_UNKNOWN", migration_id)
        if target not in state.suppliers:
            raise _refused("the supplier is not in the register", "V_SUPPLIER_UNKNOWN", target)
        running = self._running(practice)
        told = {
            "practice_code": practice,
            "from_supplier": running,
            "to_supplier": target,
            "planned_on": planned_on.isoformat(),
            "running": running,
            "open_migration": self._open_of(practice),
        }
        self._move(migration_id, State.PLANNED, by, told)
        self.follow(migration_id)
        return migration_id

    def cut_over(
        self,
        migration_id: str,
        actual_on: date,
        by: Signature,
        supplier_org_id: str = "",
        agreement_id: str = "",
    ) -> None:
        """Record that the practice runs the new system from a day on.

        The systems of the register follow, and every consent to the old supplier is void from
        that day, by rule.

        Args:
            supplier_org_id: how the new supplier names the practice in its deliveries.
            agreement_id: sharing agreement in the new supplier's system.
        """
        migration = self.migration(migration_id)
        blocked = migration.state is State.BLOCKED_NOT_LIVE
        target = State.BLOCKED_NOT_LIVE if blocked else State.CUT_OVER
        moved = self._moved(migration_id, target, by, {"actual_on": actual_on.isoformat()})
        followed = self._systems(migration, actual_on, supplier_org_id, agreement_id, by)
        followed += self._voided(migration, actual_on)
        self._register.record([moved, *followed])
        self.follow(migration_id)

    def reconcile(
        self, migration_id: str, report_sha256: str, exceptions: list[str], by: Signature
    ) -> None:
        """Record that both suppliers were compared, and what outside its tolerance is accepted.

        Args:
            report_sha256: hash of the comparison.
            exceptions: figures outside their tolerance; any needs a second person and a reason.
        """
        self.follow(migration_id)
        migration = self.migration(migration_id)
        told = {
            "new_consent": self._consent_in(migration, "EFFECTIVE"),
            "report_sha256": report_sha256,
            "exceptions": exceptions,
            "second": by.second,
            "second_role": by.second_role,
        }
        self._move(migration_id, State.RECONCILED, by, told)

    def close(self, migration_id: str, by: Signature) -> None:
        """Close a migration that is reconciled, or call off one that did not happen."""
        migration = self.migration(migration_id)
        practice = self._register.state().practices.get(migration.practice_code)
        old = self._open_consents(migration.practice_code, migration.from_supplier)
        told = {
            "running": self._running(migration.practice_code),
            "is_closed": practice is not None and practice.is_closed_on(self._today),
            "open_consents": [each.consent_id for each in old],
        }
        self._move(migration_id, State.CLOSED, by, told)

    def cover(self, consent_id: str, kind: str, code: str, by: Signature) -> None:
        """Record that a consent covers records which came another way, from today on.

        Raises:
            Refused: the register does not know the way from those records to the consent.
        """
        row = {
            "consent_id": consent_id,
            "kind": kind,
            "code": code,
            "valid_from": self._today.isoformat(),
            "valid_to": "",
            "evidence_ref": by.evidence_ref,
            "recorded_by": by.actor,
            "notes": "",
        }
        faults = list(cover_faults([Line(1, row)], self._register.state()))
        if faults or kind not in (EARLIER_SUPPLIER, PREDECESSOR) or not by.evidence_ref:
            what = faults[0].rule if faults else "S15-11 the proof must be named"
            raise _refused(what, what.split(" ", 1)[0], f"consent {consent_id}")
        entity = "|".join((consent_id, kind, code))
        event = self._event(CONSENT_COVER, entity, "recorded", by)
        self._register.record([replace(event, payload={"source": "desk", "row": row})])

    # -- what follows by rule

    def follow_all(self) -> list[str]:
        """Take every step that follows by rule today; return the migrations that moved."""
        before = {each.migration_id: each.state for each in self.migrations()}
        for name in before:
            self.follow(name)
        return [e.migration_id for e in self.migrations() if e.state != before[e.migration_id]]

    def follow(self, migration_id: str) -> None:
        """Take the steps of one migration that follow by rule today."""
        step = self._next(self.migration(migration_id))
        while step is not None:
            self._move(migration_id, step[0], _SYSTEM, step[1])
            step = self._next(self.migration(migration_id))

    def _next(self, migration: Migration) -> tuple[State, dict[str, Any]] | None:
        is_live = self._register.state().is_live(migration.to_supplier, self._today)
        told: dict[str, Any] = {"target_is_live": is_live}
        waits = migration.state in (State.PLANNED, State.BLOCKED_NOT_LIVE)
        if waits and is_live:
            return State.NEW_CONSENT_PENDING, told
        under_way = (State.PLANNED, State.NEW_CONSENT_PENDING, State.DUAL, State.CUT_OVER)
        if migration.state in under_way and not is_live:
            return State.BLOCKED_NOT_LIVE, told
        if migration.state is not State.NEW_CONSENT_PENDING:
            return None
        if migration.actual_on is not None:
            return State.CUT_OVER, {"actual_on": migration.actual_on.isoformat()}
        consent = self._consent_in(migration, "GRANTED", "EFFECTIVE")
        return (State.DUAL, {"new_consent": consent}) if consent else None

    # -- what the register knows

    def _running(self, practice: str) -> str:
        system = self._register.state().system_on(practice, self._today)
        return system.supplier_code if system else ""

    def _open_of(self, practice: str) -> str:
        held = self._register.state().migrations.values()
        names = [e.migration_id for e in held if e.practice_code == practice and e.is_open]
        return names[0] if names else ""

    def _given(self, practice: str, supplier: str) -> list[Consent]:
        consents = self._register.state().consents.get(practice, {}).values()
        return [each for each in consents if each.supplier_code == supplier]

    def _open_consents(self, practice: str, supplier: str) -> list[Consent]:
        given = self._given(practice, supplier)
        return [each for each in given if each.state_on(self._today) in _OPEN]

    def _consent_in(self, migration: Migration, *states: str) -> str:
        given = self._given(migration.practice_code, migration.to_supplier)
        held = [each.consent_id for each in given if each.state_on(self._today) in states]
        return held[-1] if held else ""

    # -- recording

    def _systems(
        self, migration: Migration, on: date, org_id: str, agreement_id: str, by: Signature
    ) -> list[NewEvent]:
        """Return the rows of the new system and of the end of the old one."""
        old = self._register.state().system_on(migration.practice_code, self._today)
        rows = [
            {
                "practice_code": migration.practice_code,
                "supplier_code": migration.to_supplier,
                "supplier_org_id": org_id,
                "agreement_id": agreement_id,
                "go_live_on": on.isoformat(),
                "ended_on": "",
            }
        ]
        if old is not None and old.supplier_code == migration.from_supplier and old.go_live_on:
            ended = {
                "practice_code": migration.practice_code,
                "supplier_code": old.supplier_code,
                "supplier_org_id": old.supplier_org_id,
                "agreement_id": old.agreement_id,
                "go_live_on": old.go_live_on.isoformat(),
                "ended_on": on.isoformat(),
            }
            rows.append(ended)
        keys = ("practice_code", "supplier_code", "go_live_on")
        return [
            replace(
                self._event("practice_system", "|".join(row[k] for k in keys), "recorded", by),
                payload={"source": "desk", "row": row},
            )
            for row in rows
        ]

    def _voided(self, migration: Migration, on: date) -> list[NewEvent]:
        """Return the moves by which consents to the old supplier become void."""
        open_now = self._open_consents(migration.practice_code, migration.from_supplier)
        return [
            replace(
                self._event(CONSENT, each.consent_id, "moved", _SYSTEM),
                from_state=each.moves[-1].state,
                to_state="VOID_SUPPLIER_CHANGE",
                effective_at=day_start(max(on, each.moves[-1].on)),
                reason_code="SUPPLIER_CHANGE",
                reason_text=f"the practice runs {migration.to_supplier} from {on}",
                evidence_ref=migration.migration_id,
            )
            for each in open_now
        ]

    def _move(
        self, migration_id: str, state: State, by: Signature, payload: Mapping[str, Any]
    ) -> None:
        self._register.record([self._moved(migration_id, state, by, payload)])

    def _moved(
        self, migration_id: str, state: State, by: Signature, payload: Mapping[str, Any]
    ) -> NewEvent:
        known = self._register.state().migrations.get(migration_id)
        event = self._event(MIGRATION, migration_id, "moved", by)
        standing = str(known.state or "") if known else ""
        return replace(event, from_state=standing, to_state=state, payload=dict(payload))

    def _event(self, entity_type: str, entity_id: str, event_type: str, by: Signature) -> NewEvent:
        return NewEvent(
            entity_type,
            entity_id,
            event_type,
            day_start(self._today),
            by.actor,
            by.role,
            reason_code="TOLD" if by.reason else "",
            reason_text=by.reason,
            evidence_ref=by.evidence_ref,
        )


def _refused(what: str, code: str, where: str) -> Refused:
    return Refused(
        what,
        where=where,
        done="nothing recorded",
        to_do="`lds migration list` names what is on record; docs/operate/migrate-a-practice.md",
        code=code,
    )
