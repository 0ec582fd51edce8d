"""What the register states about organisations, suppliers, agreements and consents.

Each class is one row of a governance file, typed. Days are London calendar days; every interval
is half-open and an empty start is never in force.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

Row = Mapping[str, str]

#: States of a consent that end it for good.
ENDED = frozenset({"REFUSED", "LAPSED", "WITHDRAWN", "VOID_SUPPLIER_CHANGE", "SUPERSEDED"})

#: Days a capability claim lives when its row names no end (S4).
CLAIM_DAYS = 180


def covers(valid_from: date | None, valid_to: date | None, day: date) -> bool:
    """Say whether ``day`` lies in ``[valid_from, valid_to)``; an empty start never covers."""
    return valid_from is not None and valid_from <= day and (valid_to is None or day < valid_to)


def day_of(text: str) -> date | None:
    """Read a day of a governance file; empty is None."""
    return date.fromisoformat(text) if text else None


def list_of(text: str) -> frozenset[str]:
    """Read a list of a governance file."""
    return frozenset(each.strip() for each in text.split("|") if each.strip())


@dataclass(frozen=True)
class Practice:
    """One GP practice by ODS code.

    It opens and closes by its operational days where they are told, else by its legal ones (S1).

    Attributes:
        legal_to, operational_to: last day, as published.
    """

    code: str
    name: str
    status: str
    opened_on: date | None
    #: First day no longer open.
    closed_from: date | None
    icb_code: str
    sub_icb_code: str
    pcn_code: str
    legal_from: date | None = None
    legal_to: date | None = None
    operational_from: date | None = None
    operational_to: date | None = None

    @classmethod
    def from_row(cls, row: Row) -> "Practice":
        """Read a row of the practice list; its close date is the last day open."""
        legal = (day_of(row["open_date"]), day_of(row["close_date"]))
        # rows recorded before these columns came have none
        operational = tuple(day_of(row.get(f"operational_{end}", "")) for end in ("from", "to"))
        first, last = operational[0] or legal[0], operational[1] or legal[1]
        return cls(
            row["practice_code"],
            row["name"],
            row["status"],
            first,
            last + timedelta(days=1) if last else None,
            row["icb_code"],
            row["sub_icb_code"],
            row["pcn_code"],
            *legal,
            *operational,
        )

    @property
    def days_used(self) -> str:
        """Say by which of its days the gate opens and closes."""
        opening = "operational" if self.operational_from else "legal"
        closing = "operational" if self.operational_to else "legal"
        if opening == closing:
            return f"by its {opening} dates"
        return f"opens by its {opening}, closes by its {closing} date"

    def is_closed_on(self, day: date) -> bool:
        """Say whether the practice has closed; closed without a date is closed on every day."""
        if self.closed_from is None:
            return self.status == "CLOSED"
        return self.closed_from <= day


@dataclass(frozen=True)
class Board:
    """One Integrated Care Board and the days on which it exists."""

    code: str
    name: str
    valid_from: date | None
    valid_to: date | None
    successor_code: str

    @classmethod
    def from_row(cls, row: Row) -> "Board":
        """Read a row of ``icb.csv``."""
        days = (day_of(row["valid_from"]), day_of(row["valid_to"]))
        return cls(row["icb_code"], row["icb_name"], *days, row["successor_code"])


def board_standing(boards: Mapping[str, Board], code: str, day: date) -> str:
    """Return the board that stands for a board's code on a day, or empty.

    One that ended is followed to its successor; one that is yet to begin stands for nobody.
    """
    for _step in boards:
        board = boards.get(code)
        if board is None:
            return ""
        if covers(board.valid_from, board.valid_to, day):
            return code
        ended = board.valid_to is not None and board.valid_to <= day
        code = board.successor_code if ended else ""
    return ""


@dataclass(frozen=True)
class Relationship:
    """One practice's tie to another organisation for some days."""

    target_code: str
    kind: str
    valid_from: date | None
    valid_to: date | None
    source: str = ""


@dataclass(frozen=True)
class PlanCycle:
    """One planning cycle: when variations may be submitted, and by when they are decided."""

    cycle_id: str
    label: str
    opens_on: date | None
    submission_deadline: date | None
    state: str

    def is_open_on(self, day: date) -> bool:
        """Say whether a variation may be submitted; the day of the deadline is the last."""
        return (
            self.state == "OPEN"
            and self.opens_on is not None
            and self.submission_deadline is not None
            and self.opens_on <= day <= self.submission_deadline
        )


@dataclass(frozen=True)
class Branch:
    """One branch of a practice."""

    code: str
    practice_code: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Succession:
    """One practice taking over another, or a part of it."""

    predecessor: str
    successor: str
    kind: str
    effective_on: date
    source: str
    evidence_ref: str


@dataclass(frozen=True)
class System:
    """One GP system at one practice, from the day it went live."""

    supplier_code: str
    supplier_org_id: str
    agreement_id: str
    go_live_on: date | None
    ended_on: date | None


@dataclass(frozen=True)
class ListSize:
    """Patients registered at a practice on one day, as published."""

    as_at: date
    registered_count: int
    source: str


@dataclass(frozen=True)
class Supplier:
    """One supplier, with the route and the extract the platform takes from it."""

    code: str
    name: str
    mechanism_id: str
    extract_id: str


@dataclass(frozen=True)
class Scope:
    """One statement that a supplier is in, excluded, or not assessed."""

    scope: str
    basis: str
    basis_ref: str
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True)
class Capability:
    """One dated claim of what a supplier's mechanism can do."""

    claim_id: str
    supplier_code: str
    mechanism_id: str
    claim: str
    readiness: str
    evidence_ref: str
    evidence_date: date
    stated_by: str
    contradicts_claim_id: str
    #: First day the claim no longer counts.
    expires_on: date

    def is_proof_on(self, day: date) -> bool:
        """Say whether it is of bulk ready for production, its evidence known on the day."""
        ready = (self.claim, self.readiness) == ("BULK", "PRODUCTION_READY")
        return ready and self.evidence_date <= day

    @classmethod
    def from_row(cls, row: Row) -> "Capability":
        """Read a row; without an end it lives 180 days from its evidence."""
        seen = date.fromisoformat(row["evidence_date"])
        ends = day_of(row["expires_on"]) or seen + timedelta(days=CLAIM_DAYS)
        return cls(
            row["claim_id"],
            row["supplier_code"],
            row["mechanism_id"],
            row["claim"],
            row["readiness"],
            row["evidence_ref"],
            seen,
            row["stated_by"],
            row["contradicts_claim_id"],
            ends,
        )


@dataclass(frozen=True)
class Move:
    """One recorded state of a consent and the day it begins.

    ``decision`` is what the officer who lifted a suspension decided on the data dated within it:
    ``INCLUDE`` or ``DISCARD``; empty for every other move.
    """

    state: str
    on: date
    decision: str = ""


@dataclass(frozen=True)
class Consent:
    """One practice's consent to one extract, with its recorded states in order.

    Attributes:
        row: the newest recorded row, cell by cell as in ``practice_consent.csv``.
        evidence: days on which the signed form was found spoilt (``FAILED``) or found whole again
            (``CONFIRMED``), oldest first.
        evidence_from: where ``evidence_ref`` leads from: the governance file, or ``desk``.
    """

    consent_id: str
    practice_code: str
    supplier_code: str
    extract_id: str
    mechanism_id: str
    purposes: frozenset[str]
    scope_tables: frozenset[str]
    effective_from: date | None
    effective_to: date | None
    evidence_ref: str
    evidence_sha256: str
    dsa_id: str
    dsa_version: str
    dpa_id: str
    supplier_side_state: str
    moves: tuple[Move, ...]
    first_seq: int
    evidence: tuple[Move, ...] = ()
    evidence_from: str = ""
    row: Row = field(default_factory=dict, compare=False, repr=False)

    def state_on(self, day: date) -> str:
        """Return the state on a day, EFFECTIVE and EXPIRED included; empty before it began."""
        signed = [move.on for move in self.moves if move.state == "GRANTED"]
        if signed and day < signed[0] and covers(self.effective_from, self.effective_to, day):
            return "EFFECTIVE"  # backdated: in force before it was signed
        begun = [move for move in self.moves if move.on <= day]
        if not begun:
            return ""
        state = begun[-1].state
        if state not in ("GRANTED", "SUSPENDED"):
            return state
        if self.effective_to is not None and self.effective_to <= day:
            return "EXPIRED"
        if state == "SUSPENDED":
            return state
        return "EFFECTIVE" if covers(self.effective_from, None, day) else "GRANTED"

    def was_granted_by(self, day: date) -> bool:
        """Say whether the practice had signed; before that there are no agreements to ask for."""
        return any(move.state == "GRANTED" and move.on <= day for move in self.moves)

    @property
    def is_whole(self) -> bool:
        """Say whether it covers every table of the extract and records of every day."""
        return self.scope_tables == {"*"} and not self.row.get("scope_from_date")

    def ends_on(self) -> date | None:
        """Return the first day it no longer holds, by its dates or by a state that ends it."""
        ended = [move.on for move in self.moves if move.state in ENDED]
        days = [day for day in (self.effective_to, *ended) if day is not None]
        return min(days, default=None)

    def discards(self, day: date) -> bool:
        """Say whether data dated on a day fell into a suspension and are not to be taken."""
        return any(
            before.state == "SUSPENDED" and before.on <= day < after.on
            for before, after in pairwise(self.moves)
            if after.decision == "DISCARD"
        )

    def is_proven_on(self, day: date) -> bool:
        """Say whether signed evidence is on record and was not found spoilt by the day."""
        found = [each.state for each in self.evidence if each.on <= day]
        is_recorded = bool(self.evidence_ref) and len(self.evidence_sha256) == 64
        return is_recorded and (not found or found[-1] == "CONFIRMED")

    def key(self) -> tuple[str, str, str, str]:
        """Return what no two open consents may share on a day."""
        return (self.practice_code, self.extract_id, self.supplier_code, self.mechanism_id)


@dataclass(frozen=True)
class DeliveryHold:
    """One practice's rows of one delivery, waiting for two persons, and what these decided.

    Attributes:
        reason: code of the guard that found it; ``text`` says what it found, in counts.
        decision: empty while it stands, else ``accepted``, ``changes`` or ``never``.
        released_by: both persons, empty while it stands.
    """

    practice_code: str
    delivery_id: str
    reason: str
    text: str
    placed_on: date
    decision: str = ""
    released_by: str = ""

    @property
    def stands(self) -> bool:
        """Say whether nobody has decided yet."""
        return not self.decision


@dataclass(frozen=True)
class Announcement:
    """Days on which a further full extract of a practice is expected, both included."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Say whether an extract of the day was announced."""
        return self.first <= day <= self.last


@dataclass(frozen=True)
class AcceptedPopulation:
    """A registered count that two persons took as right, from a day on."""

    on: date
    registered_count: int
