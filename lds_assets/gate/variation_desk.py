"""Where variations are worked on: events with what the register itself knows on the day (S5).

The sponsor, the board, partners and teams tell what they decide; the desk adds who the partners
are, whether the plan cycle is open and which capability is proven, records the event, and takes
the steps that follow by rule alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.events import Event, NewEvent, canonical_json, day_start
from lds_assets.gate.facts import PlanCycle, covers
from lds_assets.gate.register import Register
from lds_assets.gate.variation import BOARD, VARIATION, Choice, Round, State, Variation, fold
from lds_assets.gate.variation_evidence import Evidence, evidence

#: What the content of a variation names for itself, beside its narrative.
_NAMED = ("kind", "supplier_code", "mechanism_id", "title", "cycle_id", "requesting_icbs")


@dataclass(frozen=True)
class Signature:
    """Who does something, in which role, with which proof.

    Attributes:
        evidence_ref: where the minute, pack or report is kept.
        second, second_role: the second person, where two must act.
    """

    actor: str
    role: str
    reason: str = ""
    evidence_ref: str = ""
    on_behalf_of: str = ""
    second: str = ""
    second_role: str = ""


_SYSTEM = Signature("platform", "SYSTEM")
_CORRECT = "correct the content with `lds variation revise --role ICB_SPONSOR` and try again"


class VariationDesk:
    """Records what happens to variations.

    Args:
        register: the governance register.
        today: London day on which what is recorded takes effect.
    """

    def __init__(self, register: Register, today: date) -> None:
        self._register = register
        self._today = today

    def variations(self) -> list[Variation]:
        """Return every variation, by its id."""
        held = self._register.state().variations
        return [held[name] for name in sorted(held)]

    def variation(self, variation_id: str) -> Variation:
        """Return one variation as it stands."""
        return fold(variation_id, self.history(variation_id))

    def history(self, variation_id: str) -> Sequence[Event]:
        """Return the recorded events of a variation, oldest first."""
        return [
            each
            for each in self._register.events()
            if (each.entity_type, each.entity_id) == (VARIATION, variation_id)
        ]

    def content(self, variation_id: str) -> dict[str, Any]:
        """Return what the parties decide on, as the newest revision has it."""
        told = [each.payload for each in self.history(variation_id)]
        contents: list[dict[str, Any]] = [each["content"] for each in told if "content" in each]
        return contents[-1] if contents else {}

    def evidence(self, variation_id: str) -> Evidence:
        """Return who waits today for a variation's supplier, board by board.

        Before a request is made the variation's own id may name the supplier.
        """
        content, state = self.content(variation_id), self._register.state()
        supplier = str(content.get("supplier_code", "")) or variation_id
        return evidence(
            state,
            supplier if supplier in state.suppliers else "",
            [str(code) for code in content.get("requesting_icbs", ())],
            [str(code) for code in content.get("practices_affected", ())],
            self._today,
        )

    # -- what people do

    def note(self, variation_id: str, text: str, by: Signature) -> None:
        """Keep an engagement on record; it satisfies nothing."""
        self._record(self._event(variation_id, "noted", replace(by, reason=text)))

    def draft(self, variation_id: str, content: Mapping[str, Any], by: Signature) -> None:
        """Open a variation, or take a returned or deferred one up again."""
        state = self._register.state()
        boards = [state.boards.get(str(code)) for code in content.get("requesting_icbs", ())]
        if not boards or not all(
            each and covers(each.valid_from, each.valid_to, self._today) for each in boards
        ):
            event = self._moved(variation_id, State.DRAFT, by, _told(content))
            self._refuse(event, "S5-27 a requesting board is not in being today")
        self._move(variation_id, State.DRAFT, by, _told(content))

    def revise(self, variation_id: str, content: Mapping[str, Any], by: Signature) -> None:
        """Change the content: the revision goes up and every decision on it lapses."""
        self._record(
            replace(self._event(variation_id, "revised", by), payload=_told(content)),
        )

    def submit(self, variation_id: str, by: Signature) -> None:
        """Put a draft before the board and the partners of the day.

        Raises:
            Refused: the deadline has passed (the draft is deferred), or a practice is not of the
                register or not on the supplier's system.
        """
        content = self.content(variation_id)
        cycle = self._register.state().cycles.get(str(content.get("cycle_id", "")))
        self._in_time(variation_id, cycle, by)
        strange = self._strange_practices(content)
        if strange:
            told = f"not practices on {content.get('supplier_code', '')}'s system: {strange}"
            self._refuse(self._moved(variation_id, State.SUBMITTED, by, {}), f"S5-26 {told}")
        gathered = {
            **{name: content.get(name, "") for name in content if name not in _NAMED},
            "partners": self._partners(),
            "cycle_open": cycle is not None and cycle.is_open_on(self._today),
        }
        self._move(variation_id, State.SUBMITTED, by, gathered)

    def _in_time(self, variation_id: str, cycle: PlanCycle | None, by: Signature) -> None:
        """Refuse a draft whose deadline has passed; it is deferred, by rule if not before."""
        state = self.variation(variation_id).state
        deadline = cycle.submission_deadline if cycle else None
        is_late = deadline is not None and self._today > deadline
        if state is State.DRAFT and is_late:
            self._move(variation_id, State.DEFERRED, _SYSTEM, {"deadline_passed": True})
        elif state is not State.DEFERRED:
            return
        told = (
            f"the deadline of {cycle.cycle_id if cycle else 'its cycle'} was {deadline}: deferred"
        )
        self._refuse(
            self._moved(variation_id, State.SUBMITTED, by, {}),
            f"S5-28 {told}",
            "file it again with a cycle that is open: `lds variation draft ID FILE`",
        )

    def decide(
        self,
        variation_id: str,
        round_: Round,
        party: str,
        choice: Choice,
        by: Signature,
        *,
        conditions: Sequence[str] = (),
        deputy: str = "",
    ) -> State | None:
        """Record a party's decision and take the steps that follow; return where it stands."""
        variation = self.variation(variation_id)
        payload = {
            "round": round_,
            "party": party,
            "choice": choice,
            "content_sha256": variation.content_sha256,
            "revision": variation.revision,
            "conditions": list(conditions),
            "deputy": deputy,
        }
        self._record(replace(self._event(variation_id, "decided", by), payload=payload))
        if choice is Choice.REJECT and variation.state is State.SUBMITTED:
            # any one party's no ends the request; the second round has no such end
            self._move(variation_id, State.REJECTED, by, {})
        else:
            self._follow(variation_id, by)
        return self.variation(variation_id).state

    def close_condition(self, variation_id: str, condition: str, by: Signature) -> None:
        """Say that a condition is met, with the evidence."""
        event = self._event(variation_id, "condition_closed", by)
        self._record(replace(event, payload={"condition": condition}))

    def business_case(self, variation_id: str, case: Mapping[str, Any], by: Signature) -> None:
        """Submit the business case: it becomes part of the content all decide on."""
        content = {**self.content(variation_id), "case": dict(case)}
        gathered = {**_told(content), **case, "partners": self._partners()}
        self._move(variation_id, State.CASE_SUBMITTED, by, gathered)

    def move(
        self, variation_id: str, state: State, by: Signature, told: Mapping[str, Any] | None = None
    ) -> None:
        """Take any other step, with what its guards ask for."""
        gathered: dict[str, Any] = dict(told or {})
        if state is State.LIVE:
            gathered |= {
                "second": by.second,
                "second_role": by.second_role,
                "succeeded": self._succeeded(variation_id),
                "capability": self._capability(self.variation(variation_id)),
            }
        self._move(variation_id, state, by, gathered)

    # -- what follows by rule

    def _follow(self, variation_id: str, by: Signature) -> None:
        """Take the steps that the decisions so far allow."""
        variation = self.variation(variation_id)
        succeeded = self._succeeded(variation_id)
        told = {"succeeded": succeeded}
        if variation.state is State.SUBMITTED and not variation.missing(Round.REQUEST, succeeded):
            minuted = replace(_SYSTEM, evidence_ref=self._minute(variation_id, Round.REQUEST))
            self._move(variation_id, State.REQUEST_APPROVED, minuted, told)
        elif variation.state is State.CASE_SUBMITTED and variation.assents(
            Round.BUSINESS_CASE, BOARD
        ):
            minuted = replace(_SYSTEM, evidence_ref=self._minute(variation_id, Round.BUSINESS_CASE))
            self._move(variation_id, State.BOARD_APPROVED, minuted, told)
            self._follow(variation_id, by)
        elif variation.state is State.BOARD_APPROVED and not variation.missing(
            Round.BUSINESS_CASE, succeeded
        ):
            self._move(variation_id, State.APPROVED_TO_BUILD, _SYSTEM, told)

    def _minute(self, variation_id: str, round_: Round) -> str:
        minutes = [
            each.evidence_ref
            for each in self.history(variation_id)
            if each.event_type == "decided"
            and (each.payload["party"], each.payload["round"]) == (BOARD, round_)
        ]
        return minutes[-1]

    # -- what the register knows

    def _partners(self) -> list[str]:
        boards = self._register.state().boards.values()
        return sorted(
            each.code for each in boards if covers(each.valid_from, each.valid_to, self._today)
        )

    def _succeeded(self, variation_id: str) -> dict[str, str]:
        """Return partners that are no longer in being, with who took their place."""
        boards = self._register.state().boards
        gone = {}
        for code in sorted(self.variation(variation_id).partners):
            board = boards.get(code)
            if board is not None and not covers(board.valid_from, board.valid_to, self._today):
                gone[code] = board.successor_code
        return gone

    def _capability(self, variation: Variation) -> str:
        """Return the claim that proves bulk for production today, empty when none does."""
        proven = self._register.state().proven_claims(
            variation.supplier_code, variation.mechanism_id, self._today
        )
        lasting = (each.claim_id for each in proven if self._today < each.expires_on)
        return next(lasting, "")

    def _strange_practices(self, content: Mapping[str, Any]) -> str:
        """Return the practices named that are not of the register or on another system."""
        state, supplier = self._register.state(), str(content.get("supplier_code", ""))
        strange = []
        for code in content.get("practices_affected", ()):
            system = state.system_on(str(code), self._today)
            if code not in state.practices or system is None or system.supplier_code != supplier:
                strange.append(str(code))
        return ", ".join(sorted(strange))

    # -- recording

    def _move(
        self, variation_id: str, state: State, by: Signature, payload: Mapping[str, Any]
    ) -> None:
        self._record(self._moved(variation_id, state, by, payload))

    def _moved(
        self, variation_id: str, state: State, by: Signature, payload: Mapping[str, Any]
    ) -> NewEvent:
        event = self._event(variation_id, "moved", by)
        standing = self.variation(variation_id).state or ""
        return replace(event, from_state=standing, to_state=state, payload=dict(payload))

    def _event(self, variation_id: str, event_type: str, by: Signature) -> NewEvent:
        return NewEvent(
            VARIATION,
            variation_id,
            event_type,
            day_start(self._today),
            by.actor,
            by.role,
            on_behalf_of=by.on_behalf_of,
            reason_code="TOLD" if by.reason else "",
            reason_text=by.reason,
            evidence_ref=by.evidence_ref,
        )

    def _record(self, event: NewEvent) -> None:
        self._register.record([event])

    def _refuse(self, event: NewEvent, rule: str, to_do: str = _CORRECT) -> None:
        """Put a refusal on record, and tell the sponsor what to do about it.

        Raises:
            Refused: always.
        """
        try:
            self._register.refuse(event, rule)
        except Refused as fault:
            fault.done = "the step is not taken; its refusal is on record"
            fault.to_do = to_do
            raise


def content_sha256(content: Mapping[str, Any]) -> str:
    """Return the hash that binds a decision to what was decided on."""
    return hashlib.sha256(canonical_json(dict(content)).encode()).hexdigest()


def _told(content: Mapping[str, Any]) -> dict[str, Any]:
    named = {name: content[name] for name in _NAMED if name in content}
    return {**named, "content": dict(content), "content_sha256": content_sha256(content)}
