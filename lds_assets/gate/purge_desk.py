"""Where purges are worked on: events with what the register itself knows on the day (S17).

People tell why, what and who; the desk adds the withdrawn consents with their retention
instruction, the agreements that ended and whether another purge is open, and records the event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.events import Event, NewEvent, day_start
from lds_assets.gate.facts import covers
from lds_assets.gate.instructions import instructions
from lds_assets.gate.lifecycle import in_force
from lds_assets.gate.policy import normalise
from lds_assets.gate.purge import (
    CERTIFIED,
    OPENED,
    PURGE,
    Layer,
    Mode,
    Purge,
    State,
    Subject,
    Trigger,
    fold,
)
from lds_assets.gate.register import Register
from lds_assets.gate.variation_desk import Signature
from lds_assets.gate.widening import RETENTION, WIDENED

#: Days from the opening by which a purge should be certified, when nobody says otherwise.
DUE_DAYS = 28

PLATFORM = Signature("platform", "SYSTEM")


class PurgeDesk:
    """Records what happens to purges.

    Args:
        register: the governance register.
        today: London day on which what is recorded takes effect.
    """

    def __init__(self, register: Register, today: date) -> None:
        self._register = register
        self._today = today

    def purges(self) -> list[Purge]:
        """Return every purge, oldest first."""
        names = dict.fromkeys(
            each.entity_id for each in self._register.events() if each.entity_type == PURGE
        )
        return [self.purge(name) for name in names]

    def purge(self, purge_id: str) -> Purge:
        """Return one purge as it stands."""
        return fold(purge_id, in_force(self.history(purge_id)))

    def history(self, purge_id: str) -> Sequence[Event]:
        """Return the recorded events of a purge, oldest first."""
        return [
            each
            for each in self._register.events()
            if (each.entity_type, each.entity_id) == (PURGE, purge_id)
        ]

    def latest(self, practice: str) -> Purge | None:
        """Return the newest purge of a practice, None when there never was one."""
        code = normalise(practice)
        found = [each for each in self.purges() if each.practice_code == code]
        return found[-1] if found else None

    def under_way(self, practice: str) -> Purge:
        """Return the purge of a practice that is not certified yet.

        Raises:
            Refused: there is none.
        """
        found = self.latest(practice)
        if found is None or found.is_over:
            raise Refused(
                f"no purge of {normalise(practice)} is open",
                where="register",
                done="nothing recorded",
                to_do="`lds withdraw open` opens one on a notice (docs/operate/withdraw.md)",
                code="PURGE_UNKNOWN",
            )
        return found

    def approved_by(self, event_id: str) -> Purge:
        """Return the purge whose approval in force is an event.

        Raises:
            Refused: no purge rests on that event, or it is past executing.
        """
        for purge in self.purges():
            ready = purge.state in (State.APPROVED, State.EXECUTING)
            if event_id and purge.approval_event == event_id and ready:
                return purge
        raise Refused(
            "the event approves no purge that is to be executed",
            where="register",
            done="nothing touched",
            to_do="`lds withdraw status` names the approving event of each purge",
            code="PURGE_EVENT",
        )

    # -- what people do

    def open(
        self,
        practice: str,
        trigger: Trigger,
        mode: Mode,
        by: Signature,
        *,
        subject: Subject = Subject.PRACTICE,
        due_on: date | None = None,
        cut_off: date | None = None,
    ) -> Purge:
        """Open a purge: from now on the gate answers ``O_PURGING`` for the practice.

        Args:
            cut_off: first day of what is erased, for ``ERASE_FROM_DATE``; None: the notice's,
                which is the earliest where several consents were withdrawn.

        Raises:
            Refused: the practice is unknown, or a rule of the machine says no (recorded).
        """
        code = normalise(practice)
        if code not in self._register.state().practices:
            raise Refused(
                f"{code} is not in the register",
                where="register",
                done="nothing recorded",
                to_do="correct the code; a branch is purged with its practice",
                code="P_UNKNOWN",
            )
        former = [each for each in self.purges() if each.practice_code == code]
        purge_id = f"PURGE-{code}-{len(former) + 1}"
        asked = instructions(self._register, code, self._today)
        noticed = asked.told.get(mode, "")
        payload = {
            "cut_off": cut_off.isoformat() if cut_off else noticed,
            "noticed_cut_off": noticed,
            "subject_kind": subject,
            "subject_key": code,
            "trigger": trigger,
            "mode": mode,
            "due_on": (due_on or self._today + timedelta(days=DUE_DAYS)).isoformat(),
            "open_purge": any(not each.is_over for each in former),
            "instructions": sorted(asked.told),
            "notices": [dict(each) for each in asked.notices],
            "former": [_named(each) for each in former if _opened_at(each) > asked.withdrawn_at],
            "ended_agreements": self._ended(code),
        }
        opened = self._moved(purge_id, "", State.OPEN, by, payload)
        gate = replace(opened, entity_type="intervention", entity_id=code, event_type=OPENED)
        self._register.record(
            [opened, replace(gate, to_state="", payload={"purge_id": purge_id})],
        )
        return self.purge(purge_id)

    def widen(
        self, practice: str, mode: Mode, by: Signature, erase_from: date | None = None
    ) -> None:
        """Record that a practice wants more of its data erased than its notice said.

        Args:
            by: an officer of information governance and a second person, with the further notice.
            erase_from: first day of what is erased, for ``ERASE_FROM_DATE``.

        Raises:
            Refused: a rule says no (recorded): a later instruction only widens.
        """
        code = normalise(practice)
        asked = instructions(self._register, code, self._today)
        standing, day = asked.widest
        payload = {
            "from": standing,
            "from_day": day,
            "to": mode,
            "erase_from": erase_from.isoformat() if erase_from else "",
            "consents": list(asked.consents),
            "second": by.second,
            "second_role": by.second_role,
        }
        event = self._event(code, WIDENED, by)
        self._register.record([replace(event, entity_type=RETENTION, payload=payload)])

    def inventoried(
        self, purge: Purge, rows: Mapping[str, int], sha256: str, by: Signature
    ) -> Purge:
        """Record what is held of the practice, by layer, and the hash of the list."""
        return self._move(purge, State.INVENTORIED, by, {"rows": dict(rows)}, sha256)

    def approve(self, purge: Purge, by: Signature) -> Purge:
        """Record two persons' approval of the inventory as it stands."""
        told = {
            "second": by.second,
            "second_role": by.second_role,
            "inventory_sha256": purge.inventory_sha256,
        }
        return self._move(purge, State.APPROVED, by, told)

    # -- what the platform does

    def begin(self, purge: Purge, canary_count: int) -> Purge:
        """Record that erasing begins; the canaries are sampled."""
        return self._move(purge, State.EXECUTING, PLATFORM, {"canary_count": canary_count})

    def layer_done(self, purge: Purge, layer: Layer, counts: Mapping[str, int]) -> Purge:
        """Record that a layer is empty of the practice."""
        event = self._event(purge.purge_id, "layer_done", PLATFORM)
        payload = {"layer": layer, "counts": dict(counts)}
        self._register.record([replace(event, payload=payload)])
        return self.purge(purge.purge_id)

    def local_done(self, purge: Purge, found: int, proof_sha256: str) -> Purge:
        """Record that an independent scan found nothing."""
        return self._move(purge, State.LOCAL_DONE, PLATFORM, {"found": found}, proof_sha256)

    def notify(self, purge: Purge, subscribers: Sequence[str], by: Signature = PLATFORM) -> Purge:
        """Record which subscribers were told to delete; an empty list says there are none."""
        told = {"subscribers": list(subscribers)}
        return self._move(purge, State.SUBSCRIBERS_NOTIFIED, by, told)

    def answered(
        self,
        purge: Purge,
        confirmed: Sequence[str],
        exceptions: Sequence[Mapping[str, str]] = (),
        by: Signature = PLATFORM,
    ) -> Purge:
        """Record which subscribers confirmed deletion, and why others did not."""
        state = State.EXCEPTIONS if exceptions else State.CONFIRMED
        told = {"confirmed": list(confirmed), "exceptions": [dict(each) for each in exceptions]}
        return self._move(purge, state, by, told)

    def certify(
        self, purge: Purge, sha256: str, backups: Sequence[Mapping[str, str]], by: Signature
    ) -> Purge:
        """Record the certificate; from now on the consent alone closes the gate."""
        told = {"backups": [dict(each) for each in backups]}
        move = self._moved(purge.purge_id, purge.state or "", State.CERTIFIED, by, told, sha256)
        gate = replace(
            move,
            entity_type="intervention",
            entity_id=purge.practice_code,
            event_type=CERTIFIED,
            from_state="",
            to_state="",
            payload={"purge_id": purge.purge_id},
        )
        self._register.record([move, gate])
        return self.purge(purge.purge_id)

    # -- what the register knows

    def _ended(self, code: str) -> list[str]:
        """Return the sharing agreements the practice joined that are no longer in force."""
        state = self._register.state()
        joined = {key[0] for key in state.parties if key[2] == code}
        ended = []
        for name in sorted(joined):
            versions = [each for each in state.agreement_versions(name) if each.state == "IN_FORCE"]
            if not any(covers(each.valid_from, each.valid_to, self._today) for each in versions):
                ended.append(name)
        return ended

    # -- recording

    def _move(
        self,
        purge: Purge,
        state: State,
        by: Signature,
        payload: Mapping[str, Any],
        sha256: str = "",
    ) -> Purge:
        self._register.record(
            [self._moved(purge.purge_id, purge.state or "", state, by, payload, sha256)]
        )
        return self.purge(purge.purge_id)

    def _moved(
        self,
        purge_id: str,
        from_state: str,
        state: State,
        by: Signature,
        payload: Mapping[str, Any],
        sha256: str = "",
    ) -> NewEvent:
        return replace(
            self._event(purge_id, "moved", by),
            from_state=from_state,
            to_state=state,
            payload=dict(payload),
            evidence_sha256=sha256,
        )

    def _event(self, purge_id: str, event_type: str, by: Signature) -> NewEvent:
        return NewEvent(
            PURGE,
            purge_id,
            event_type,
            day_start(self._today),
            by.actor,
            by.role,
            reason_code="TOLD" if by.reason else "",
            reason_text=by.reason,
            evidence_ref=by.evidence_ref,
        )


def _named(purge: Purge) -> dict[str, str]:
    return {
        "purge_id": purge.purge_id,
        "mode": purge.mode,
        "cut_off": purge.cut_off,
        "instruction_ref": purge.instruction_ref,
        "certificate_sha256": purge.certificate_sha256,
    }


def _opened_at(purge: Purge) -> str:
    return purge.history[0][2] if purge.history else ""
