"""Which events of a variation the register refuses (S5): who may move it, on what proof.

Pure. What depends on the day (boards in being, the plan cycle, the supplier's capability) stands in
the event's payload, put there by the register from its own state, so that the record shows what
was decided on.
"""

from collections.abc import Callable, Sequence
from datetime import date

from lds_assets.gate.events import Event, NewEvent, london_day
from lds_assets.gate.names import person_key
from lds_assets.gate.variation import BEFORE_LIVE, BOARD, Choice, Round, State, Variation, fold

#: States in which a round takes decisions. A change of content reopens the second round.
ROUND_STATES = {
    Round.REQUEST: frozenset({State.SUBMITTED}),
    Round.BUSINESS_CASE: frozenset(
        {
            State.CASE_SUBMITTED,
            State.BOARD_APPROVED,
            State.APPROVED_TO_BUILD,
            State.BUILD,
            State.ASSURANCE,
        }
    ),
}

#: What a request must tell, what scoping must find, what assurance must show.
REQUEST_FIELDS = (
    "clinical_case",
    "operational_case",
    "benefits",
    "ig_implications",
    "cost",
    "funding_source",
    "forecast",
)
SCOPING_FIELDS = ("bulk_status", "infrastructure", "information_governance", "security", "cost")
CASE_FIELDS = ("business_case", "delivery_plan", "funding_source")
ASSURANCE_FIELDS = (
    "dpia",
    "dcb0160_case",
    "hazard_log",
    "dcb0129_summary",
    "security_test",
    "mapping_review",
    "reconciliation",
)

#: Months after which a blocked variation may lapse.
BLOCKED_MONTHS = 12


Guard = Callable[[Variation, NewEvent], str]


def illegal(new: NewEvent, history: Sequence[Event]) -> str:
    """Return the rule a new event of a variation breaks, or empty text.

    Args:
        history: all recorded events of the variation, oldest first.
    """
    return refusal(fold(new.entity_id, history), new)


def refusal(variation: Variation, new: NewEvent) -> str:
    """Return the rule an event breaks where a variation stands, or empty text."""
    check = {
        "moved": _illegal_move,
        "revised": _illegal_revision,
        "decided": _illegal_decision,
        "condition_closed": _illegal_closing,
    }.get(new.event_type)
    if check is not None:
        return check(variation, new)
    return "" if new.event_type == "noted" else "S5-1 no such event of a variation"


def _illegal_revision(variation: Variation, new: NewEvent) -> str:
    if variation.state not in BEFORE_LIVE:
        return "S5-2 content is changed before the variation is live, or not at all"
    if new.actor_role not in ("ICB_SPONSOR", "PRODUCT_OWNER"):
        return "S5-3 content is changed by the sponsor or the product owner"
    return _without_content(new)


def _without_content(new: NewEvent) -> str:
    known = str(new.payload.get("content_sha256", ""))
    return "" if len(known) == 64 else "S5-4 the content's hash must be given"


def _illegal_decision(variation: Variation, new: NewEvent) -> str:
    """One party, one round, on the content as it stands; a recusal names its deputy."""
    payload = new.payload
    if payload.get("round") not in set(Round) or payload.get("choice") not in set(Choice):
        return "S5-5 a decision is of a known round and choice; nobody abstains"
    if variation.state not in ROUND_STATES[Round(payload["round"])]:
        return "S5-6 this round takes no decisions now"
    if payload.get("content_sha256") != variation.content_sha256:
        return "S5-7 the decision is on another revision of the content"
    party = str(payload.get("party", ""))
    if party == BOARD:
        if new.actor_role != "BOARD_SECRETARY" or not new.evidence_ref:
            return "S5-8 the board decides by its secretary, with the minute"
    elif new.actor_role != "PARTNER_APPROVER" or {party, new.on_behalf_of}.isdisjoint(
        variation.partners
    ):
        return "S5-9 a partner of this round decides by its approver"
    if payload["choice"] == Choice.RECUSE and not payload.get("deputy"):
        return "S5-10 a recusal names the deputy who decides"
    if payload["choice"] == Choice.CONDITIONAL and not payload.get("conditions"):
        return "S5-11 a conditional approval names its conditions"
    if payload["choice"] == Choice.REJECT and not new.reason_text:
        return "S5-32 a rejection gives its reason"
    return ""


def _illegal_closing(variation: Variation, new: NewEvent) -> str:
    if new.payload.get("condition") not in variation.open_conditions:
        return "S5-12 no such condition is open"
    if new.actor_role not in ("IG_OFFICER", "CLINICAL_SAFETY") or not new.evidence_ref:
        return "S5-13 a condition is closed with evidence by information governance or safety"
    return ""


def _illegal_move(variation: Variation, new: NewEvent) -> str:
    if new.from_state != (variation.state or ""):
        return f"S5-14 the variation stands at {variation.state or 'nothing'}"
    if variation.history and london_day(new.effective_at) < variation.history[-1][0]:
        return "S5-15 a move takes effect no earlier than the one before it"
    if new.to_state == State.WITHDRAWN and variation.state in BEFORE_LIVE:
        return _by("ICB_SPONSOR")(variation, new) or _told(new)
    guards = MOVES.get((new.from_state, new.to_state))
    if guards is None:
        return f"S5-16 no way leads from {new.from_state or 'nothing'} to {new.to_state}"
    return next((rule for guard in guards if (rule := guard(variation, new))), "")


# -- guards


def _by(*roles: str) -> Guard:
    return lambda _variation, new: (
        "" if new.actor_role in roles else f"S5-17 this move is made by {' or '.join(roles)}"
    )


def _told(new: NewEvent) -> str:
    return "" if new.reason_code and new.reason_text else "S5-18 this move needs a reason"


def _with_reason(_variation: Variation, new: NewEvent) -> str:
    return _told(new)


def _holds(*names: str) -> Guard:
    """Every named field is told; ``Register`` gathers some of them from its own state."""

    def guard(_variation: Variation, new: NewEvent) -> str:
        absent = [name for name in names if not new.payload.get(name)]
        return f"S5-19 not given: {', '.join(absent)}" if absent else ""

    return guard


def _content(_variation: Variation, new: NewEvent) -> str:
    return _without_content(new)


def _minuted(_variation: Variation, new: NewEvent) -> str:
    return "" if new.evidence_ref else "S5-20 the minute of the board must be named"


def _all_assent(round_: Round) -> Guard:
    def guard(variation: Variation, new: NewEvent) -> str:
        absent = variation.missing(round_, new.payload.get("succeeded", {}))
        return f"S5-21 no assent to this revision of: {', '.join(absent)}" if absent else ""

    return guard


def _board_assents(variation: Variation, _new: NewEvent) -> str:
    assents = variation.assents(Round.BUSINESS_CASE, BOARD)
    return "" if assents else "S5-21 no assent to this revision of: BOARD"


def _blocked_long_enough(variation: Variation, new: NewEvent) -> str:
    months = months_between(variation.history[-1][0], london_day(new.effective_at))
    return "" if months >= BLOCKED_MONTHS else "S5-22 blocked for less than twelve months"


def months_between(since: date, day: date) -> int:
    """Return the whole months from one day to a later one."""
    return (day.year - since.year) * 12 + day.month - since.month - (day.day < since.day)


def _two_persons(variation: Variation, new: NewEvent) -> str:
    """One for information governance, one for clinical safety, neither of the builders."""
    second, role = (str(new.payload.get(name, "")) for name in ("second", "second_role"))
    if {new.actor_role, role} != {"IG_OFFICER", "CLINICAL_SAFETY"}:
        return "S5-23 put live by information governance and clinical safety together"
    persons = {person_key(new.actor), person_key(second)}
    if len(persons) < 2 or not second.strip():
        return "S5-23 a second person must act"
    return "S5-24 whoever built it does not put it live" if persons & variation.builders else ""


def _conditions_closed(variation: Variation, _new: NewEvent) -> str:
    left = variation.open_conditions
    return f"S5-25 {len(left)} conditions are open" if left else ""


_LIVE_GUARDS: tuple[Guard, ...] = (
    _two_persons,
    _conditions_closed,
    _all_assent(Round.BUSINESS_CASE),
    _holds("capability"),
)

#: (from, to) -> guards. What is not here is illegal; WITHDRAWN is open to all before LIVE.
MOVES: dict[tuple[str, str], tuple[Guard, ...]] = {
    ("", State.DRAFT): (
        _by("ICB_SPONSOR"),
        _content,
        _holds("kind", "supplier_code", "mechanism_id", "title", "cycle_id", "requesting_icbs"),
    ),
    (State.DRAFT, State.SUBMITTED): (
        _by("ICB_SPONSOR"),
        _holds(*REQUEST_FIELDS, "practices_affected", "partners", "cycle_open"),
    ),
    (State.DRAFT, State.DEFERRED): (_by("SYSTEM"), _holds("deadline_passed")),
    (State.DEFERRED, State.DRAFT): (_by("ICB_SPONSOR"), _content, _holds("cycle_id")),
    (State.SUBMITTED, State.RETURNED): (_by("PRODUCT_OWNER"), _with_reason),
    (State.RETURNED, State.DRAFT): (_by("ICB_SPONSOR"), _content),
    (State.SUBMITTED, State.REQUEST_APPROVED): (
        _by("BOARD_SECRETARY", "SYSTEM"),
        _minuted,
        _all_assent(Round.REQUEST),
    ),
    (State.SUBMITTED, State.REJECTED): (
        _by("BOARD_SECRETARY", "PARTNER_APPROVER"),
        _with_reason,
    ),
    (State.REQUEST_APPROVED, State.SCOPING): (_by("TECH_LEAD"), _holds("team", "resource_ref")),
    (State.SCOPING, State.SCOPED): (_by("TECH_LEAD"), _holds(*SCOPING_FIELDS)),
    (State.SCOPING, State.BLOCKED): (_by("TECH_LEAD"), _with_reason, _holds("recheck_on")),
    (State.BLOCKED, State.SCOPING): (_by("TECH_LEAD"),),
    (State.BLOCKED, State.LAPSED): (_by("SYSTEM"), _blocked_long_enough, _with_reason),
    (State.SCOPED, State.CASE_SUBMITTED): (
        _by("PRODUCT_OWNER"),
        _content,
        _holds(*CASE_FIELDS, "partners"),
    ),
    (State.CASE_SUBMITTED, State.BOARD_APPROVED): (
        _by("BOARD_SECRETARY", "SYSTEM"),
        _minuted,
        _board_assents,
    ),
    (State.BOARD_APPROVED, State.APPROVED_TO_BUILD): (
        _by("SYSTEM"),
        _all_assent(Round.BUSINESS_CASE),
    ),
    (State.APPROVED_TO_BUILD, State.BUILD): (
        _by("DELIVERY_LEAD"),
        _holds("plan", "budget_code"),
    ),
    (State.BUILD, State.ASSURANCE): (_by("DELIVERY_LEAD"), _holds(*ASSURANCE_FIELDS)),
    (State.ASSURANCE, State.LIVE): _LIVE_GUARDS,
    (State.LIVE, State.SUSPENDED): (_by("IG_OFFICER"), _with_reason),
    (State.SUSPENDED, State.LIVE): (_with_reason, *_LIVE_GUARDS),
    (State.LIVE, State.RETIRED): (_by("BOARD_SECRETARY"), _with_reason, _minuted),
    (State.SUSPENDED, State.RETIRED): (_by("BOARD_SECRETARY"), _with_reason, _minuted),
}
