"""Words of the ledger: states, reasons and the rows it keeps.

Rule source: governance specification S12. All instants are UTC without a zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum


class State(StrEnum):
    """Where a delivery or a file stands."""

    SEEN = "SEEN"  #: noticed, not yet proven
    INCOMPLETE = "INCOMPLETE"  #: files are missing or still arriving
    DECRYPTED = "DECRYPTED"  #: opened for the checks
    VALIDATED = "VALIDATED"  #: complete and proven; waits to be loaded
    LOADED = "LOADED"  #: admitted rows are in the lake
    PUBLISHED = "PUBLISHED"  #: part of a release
    HELD = "HELD"  #: waits for a person or a later delivery
    QUARANTINED = "QUARANTINED"  #: not of its form; set aside
    REFUSED = "REFUSED"  #: a rule says no; never opened
    SUPERSEDED = "SUPERSEDED"  #: another delivery holds the same
    IGNORED = "IGNORED"  #: known to be of no use to the road
    ABANDONED = "ABANDONED"  #: given up by two persons


#: Proven complete: these deliveries may be loaded for a practice that lacks them.
LOADABLE = frozenset({State.VALIDATED, State.LOADED, State.PUBLISHED})

#: Rows went into the lake.
IN_LAKE = frozenset({State.LOADED, State.PUBLISHED})


class Reason(StrEnum):
    """Why a delivery or file stands where it stands."""

    UNKNOWN_NAME = "UNKNOWN_NAME"
    UNKNOWN_TABLE = "UNKNOWN_TABLE"
    NOT_LOADED = "NOT_LOADED"
    FILES_MISSING = "FILES_MISSING"
    FILES_GONE = "FILES_GONE"
    TRUNCATED = "TRUNCATED"
    HEADER_MISSING = "HEADER_MISSING"
    HEADER_DRIFT = "HEADER_DRIFT"
    SPEC_UNKNOWN = "SPEC_UNKNOWN"
    ENCODING = "ENCODING"
    DECRYPT_FAIL = "DECRYPT_FAIL"
    HASH_CHANGED = "HASH_CHANGED"
    MIXED_BATCH = "MIXED_BATCH"
    GUID_MISMATCH = "GUID_MISMATCH"
    UNREADABLE = "UNREADABLE"
    REPEATED = "REPEATED"
    MANIFEST = "MANIFEST"
    DATE_GAP = "DATE_GAP"
    DATE_REGRESSION = "DATE_REGRESSION"
    ROWCOUNT_MANIFEST = "ROWCOUNT_MANIFEST"
    OVERLAP = "OVERLAP"
    BULK_MISSING = "BULK_MISSING"
    OUT_OF_ORDER = "OUT_OF_ORDER"
    LOAD_FAULT = "LOAD_FAULT"
    MALFORMED = "MALFORMED"
    OWNERS_UNKNOWN = "OWNERS_UNKNOWN"
    S_GUID_MISMATCH = "S_GUID_MISMATCH"
    KIND_INFERRED = "KIND_INFERRED"
    DELETES_MISSING = "DELETES_MISSING"
    REARRIVED = "REARRIVED"
    REPLACED = "REPLACED"
    FIRST_KEPT = "FIRST_KEPT"
    REPLAY_DUE = "REPLAY_DUE"
    REPLAYED = "REPLAYED"
    COVERED = "COVERED"
    PURGED = "PURGED"


#: Outcomes of a practice in a delivery that no later run changes.
SETTLED = frozenset(
    {"LOADED", "PASSED_OVER", "DISCARDED", "MAPPED", "ABANDONED", "REPLACED", "PURGED"}
)


@dataclass(frozen=True)
class Fate:
    """A state with its reason, what is the matter, and what somebody should do."""

    state: State
    reason: str = ""
    detail: str = ""
    to_do: str = ""


@dataclass(frozen=True)
class Delivery:
    """One delivery of one extract group, as the ledger knows it.

    Attributes:
        delivery_id: readable and stable, e.g. ``emis/<group>/20261120T000512/bulk``.
        folder: where it lies, relative to ``landing/<supplier>``.
        kind: ``full``, ``delta``, ``mixed``, or empty when not known.
        extracted_at: the supplier's extract time; None for strangers.
        window_from, window_to: the window a manifest names; ``window_from`` None means full.
        content_hash: set once every file is proven; over names and plain contents.
        load_sequence: order of loading over all suppliers, given once at the first load.
    """

    delivery_id: str
    supplier: str
    group_id: str
    folder: str
    kind: str
    extracted_at: datetime | None
    state: State
    version: str = ""
    window_from: datetime | None = None
    window_to: datetime | None = None
    reason: str = ""
    detail: str = ""
    to_do: str = ""
    content_hash: str = ""
    size_bytes: int = 0
    file_count: int = 0
    first_seen_at: datetime | None = None
    updated_at: datetime | None = None
    load_sequence: int | None = None

    @property
    def is_loadable(self) -> bool:
        """Say whether the delivery is proven complete."""
        return self.state in LOADABLE

    @property
    def failed_to_load(self) -> bool:
        """Say whether a load was given up; the next run tries again."""
        is_foreign = (self.state, self.reason) == (State.QUARANTINED, Reason.S_GUID_MISMATCH)
        return is_foreign or (self.state is State.HELD and self.reason == Reason.LOAD_FAULT)

    @property
    def awaits_replay(self) -> bool:
        """Say whether it takes the place of a loaded version and waits for the replay."""
        return self.state is State.HELD and self.reason == Reason.REPLAY_DUE

    @property
    def fate(self) -> Fate:
        """State, reason, detail and advice as one."""
        return Fate(self.state, self.reason, self.detail, self.to_do)

    def moved(self, fate: Fate) -> "Delivery":
        """Return the delivery with another fate."""
        return replace(
            self, state=fate.state, reason=fate.reason, detail=fate.detail, to_do=fate.to_do
        )


@dataclass(frozen=True)
class DeliveryFile:
    """One file of a delivery.

    Attributes:
        name: file name inside the delivery's folder.
        table_name: the supplier's table, empty for manifests and strangers.
        kind: ``full``, ``delta`` or ``manifest``.
        sha256: of the bytes as they lie in landing; ``plain_sha256`` of the decrypted text.
        header: column names as the file has them.
        extra_columns: how many of them the dictionary does not know; they are not stored.
        window_from, window_to: the window a manifest names for this file.
    """

    delivery_id: str
    name: str
    table_name: str
    kind: str
    size_bytes: int
    mtime_ns: int
    state: State = State.SEEN
    version: str = ""
    sha256: str = ""
    plain_sha256: str = ""
    header: tuple[str, ...] = ()
    extra_columns: int = 0
    reason: str = ""
    detail: str = ""
    window_from: datetime | None = None
    window_to: datetime | None = None

    @property
    def is_full(self) -> bool:
        """Say whether the file holds everything, not only changes."""
        return self.kind == "full"


@dataclass(frozen=True)
class PracticeRecord:
    """What became of one practice in one delivery.

    Attributes:
        outcome: ``LOADED``; ``DENIED`` by the gate; ``PENDING`` for a run that takes it; ``HELD``
            for a person; ``PASSED_OVER``: the supplier showed it as not sharing; ``DISCARDED`` by
            two persons; ``ABANDONED`` with the whole delivery; ``REPLACED``: another version of
            the delivery was loaded in its place; ``MAPPED``: a code whose rows another
            practice has.
        register_version: head of the governance register the gate read.
    """

    delivery_id: str
    practice_code: str
    outcome: str
    primary_reason: str = ""
    reasons: tuple[str, ...] = ()
    register_version: str = ""
    run_id: str = ""
    recorded_at: datetime | None = None


@dataclass(frozen=True)
class Imbalance:
    """Rows that went into a stage and are not accounted for (or are twice)."""

    stage: str
    delivery_id: str
    table_name: str
    practice_code: str
    rows_in: int
    rows_out: int

    @property
    def difference(self) -> int:
        """Rows in that no reason accounts for; negative when counted twice."""
        return self.rows_in - self.rows_out


@dataclass(frozen=True)
class ChainLink:
    """One delivery in the history of a practice, for ``lds why`` and ``lds status``.

    Attributes:
        rows: stage -> reason -> rows of this practice in this delivery.
    """

    delivery: Delivery
    record: PracticeRecord
    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class LedgerEvent:
    """One change of state: what, when, by which run."""

    event_id: int
    delivery_id: str
    happened_at: datetime
    subject: str
    from_state: str
    to_state: str
    reason: str
    detail: str
    run_id: str


def utc_now() -> datetime:
    """Return the clock's time, UTC without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def as_utc(instant: datetime) -> datetime:
    """Return an instant as UTC without a zone; one without a zone is taken as UTC."""
    return instant.astimezone(UTC).replace(tzinfo=None) if instant.tzinfo else instant
