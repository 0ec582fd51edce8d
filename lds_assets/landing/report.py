"""What a look at landing reports, and rows of things that are not opened."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lds_assets.landing.content import Content
from lds_assets.landing.find import FoundFile
from lds_assets.landing.states import Delivery, DeliveryFile, Fate, State

#: Supplier folder -> reason code and message why nothing of it may be opened; blank when it may.
Refusal = Callable[[str], tuple[str, str]]

REFUSED_TO_DO = (
    "take the files out of landing; a supplier comes in by an approved variation, not by sending"
)


@dataclass(frozen=True)
class NoticeReport:
    """What one look at landing found.

    Attributes:
        looked_at: time of the look, as given.
        by_state: deliveries and strangers of the ledger, by state.
        changed: rows that are new or moved to another state in this look.
        unchanged: deliveries found as the ledger knows them.
        files_read, bytes_read: what had to be read; 0 when nothing is new.
    """

    supplier: str
    looked_at: datetime
    by_state: dict[str, int] = field(default_factory=dict)
    changed: tuple[Delivery, ...] = ()
    unchanged: int = 0
    files_read: int = 0
    bytes_read: int = 0


def unopened_row(
    code: str, identity: str, folder: str, told: Fate, files: Sequence[DeliveryFile]
) -> Delivery:
    """Return the ledger's row of something that is not opened."""
    return Delivery(
        delivery_id=identity,
        supplier=code,
        group_id="",
        folder=folder,
        kind="",
        extracted_at=None,
        state=told.state,
        reason=told.reason,
        detail=told.detail,
        to_do=told.to_do,
        size_bytes=sum(file.size_bytes for file in files),
        file_count=len(files),
    )


def unjudged_file(identity: str, file: FoundFile) -> DeliveryFile:
    """Return the row of a file of which name and size are known."""
    return DeliveryFile(identity, file.name, file.table, "", file.size_bytes, file.mtime_ns)


def refused_fate(code: str, message: str) -> Fate:
    """Return the fate of deliveries that the gate does not let open."""
    return Fate(State.REFUSED, code, message, REFUSED_TO_DO)


def as_it_lies(known: DeliveryFile, file: FoundFile, content: Content) -> DeliveryFile:
    """Return the row of a proven file with size, time and hashes as it lies there now."""
    return replace(
        known,
        size_bytes=file.size_bytes,
        mtime_ns=file.mtime_ns,
        sha256=content.sha256,
        plain_sha256=content.plain_sha256,
    )
