"""Rows of the ledger that a look at landing enters, and how they stand to those known."""

from dataclasses import replace

from lds_assets.landing.content import Content
from lds_assets.landing.find import FoundDelivery, FoundFile
from lds_assets.landing.prove import Proof
from lds_assets.landing.report import unjudged_file
from lds_assets.landing.states import Delivery, DeliveryFile, Reason, State

#: Held for what its files are, not for its place in the chain: looked at again each time.
_LOOK_AGAIN = frozenset(
    {
        Reason.DECRYPT_FAIL,
        Reason.UNREADABLE,
        Reason.TRUNCATED,
        Reason.HEADER_MISSING,
        Reason.HEADER_DRIFT,
        Reason.SPEC_UNKNOWN,
        Reason.MIXED_BATCH,
        Reason.MANIFEST,
    }
)
#: The proven files were away or others lay in their place.
AWAY = frozenset({Reason.FILES_GONE, Reason.HASH_CHANGED})
#: Nobody and nothing decided on it: a refused supplier's refusal is the first word on it.
UNDECIDED = frozenset(
    {State.SEEN, State.INCOMPLETE, State.DECRYPTED, State.VALIDATED, State.REFUSED}
)


def is_open(row: Delivery) -> bool:
    """Say whether an unproven delivery may be proven by another look at the same files."""
    if row.state is State.HELD:
        return row.reason in _LOOK_AGAIN or row.reason in AWAY
    return row.state in (State.SEEN, State.DECRYPTED, State.INCOMPLETE, State.REFUSED)


def may_come_back(row: Delivery) -> bool:
    """Say whether a proven delivery is judged anew where its files lie as they did.

    Its files were away, or its supplier was refused for a while.
    """
    return row.state is State.REFUSED or (row.state is State.HELD and row.reason in AWAY)


def is_known(before: Delivery, row: Delivery) -> bool:
    """Say whether the ledger holds the row already, but for what is the ledger's own."""
    return before == replace(
        row,
        first_seen_at=before.first_seen_at,
        updated_at=before.updated_at,
        load_sequence=before.load_sequence,
    )


def changed_file(
    identity: str, file: FoundFile, content: Content, is_changed: bool
) -> DeliveryFile:
    """Return the row of a file of a version that is set aside."""
    return replace(
        unjudged_file(identity, file),
        sha256=content.sha256,
        plain_sha256=content.plain_sha256,
        reason=Reason.HASH_CHANGED if is_changed else "",
    )


def ignored_file(identity: str, file: FoundFile, content: Content) -> DeliveryFile:
    """Return the row of a file that nothing reads, for its table is not loaded."""
    return replace(
        unjudged_file(identity, file),
        sha256=content.sha256,
        plain_sha256=content.plain_sha256,
        state=State.IGNORED,
        reason=Reason.NOT_LOADED,
    )


def delivery_row(code: str, identity: str, found: FoundDelivery, proof: Proof) -> Delivery:
    """Return the row of a delivery as it was found and proven."""
    return Delivery(
        delivery_id=identity,
        supplier=code,
        group_id=found.group_id,
        folder=found.folder,
        kind=proof.kind,
        version=proof.version,
        extracted_at=proof.extracted_at,
        window_from=proof.window_from,
        window_to=proof.window_to,
        state=proof.fate.state,
        reason=proof.fate.reason,
        detail=proof.fate.detail,
        to_do=proof.fate.to_do,
        content_hash=proof.content_hash,
        size_bytes=sum(file.size_bytes for file in found.files),
        file_count=len(found.files),
    )
