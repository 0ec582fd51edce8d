"""Parts: a table of a delivery that waits, or comes late, while its other tables go on.

A part is a delivery of the ledger of its own: same group, instant and folder, its own id, state and
place in the order of loading. Rule source: governance specification S12, ADR 26.
"""

import hashlib
import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from lds_assets.landing.advice import fate
from lds_assets.landing.find import CHANGE_MARK, FOLDER_MARK, FoundDelivery
from lds_assets.landing.manifest import Manifest, stem
from lds_assets.landing.states import Delivery, DeliveryFile, Fate, Reason, State

#: Stands between the id of a delivery and the table of it that is a part of its own.
PART_MARK = "+"

#: Faults that concern the file they are found in and no other.
OF_ONE_FILE = frozenset(
    {
        Reason.UNREADABLE,
        Reason.DECRYPT_FAIL,
        Reason.TRUNCATED,
        Reason.ENCODING,
        Reason.HEADER_MISSING,
        Reason.HEADER_DRIFT,
    }
)
_CHANGES = re.compile(rf"(?:{CHANGE_MARK}[0-9a-f]{{8}})*$")
_PART = re.compile(r"\+([A-Za-z]\w*)$")


def table_of(delivery_id: str) -> str:
    """Return the table that a part holds, empty for a delivery that is no part.

    >>> table_of("tpp/g/20261120T043300+SRCode"), table_of("tpp/a+b/20261120T043300")
    ('SRCode', '')
    """
    found = _PART.search(_CHANGES.sub("", delivery_id))
    return found[1] if found else ""


def named_by(delivery_id: str) -> str:
    """Return the id that a delivery's rows are named by: its parts are named like the whole.

    >>> named_by("tpp/g/20261120T043300@g/again+SRCode#0123abcd")
    'tpp/g/20261120T043300@g/again#0123abcd'
    """
    changes = _CHANGES.search(delivery_id)
    return whole_of(delivery_id) + (changes[0] if changes else "")


def whole_of(delivery_id: str) -> str:
    """Return the id of the delivery a part was taken out of, or its own; of the first version.

    >>> whole_of("tpp/g/20261120T043300+SRCode#0123abcd")
    'tpp/g/20261120T043300'
    """
    return _PART.sub("", _CHANGES.sub("", delivery_id))


def part_of(delivery_id: str, table: str) -> str:
    """Return the id of a delivery's part.

    >>> part_of("tpp/g/20261120T043300@g/again", "SRCode")
    'tpp/g/20261120T043300@g/again+SRCode'
    """
    return f"{whole_of(delivery_id)}{PART_MARK}{table}"


def base_of(delivery_id: str) -> str:
    """Return what every copy of a delivery, or of its part, has in common, in whatever folder.

    >>> base_of("tpp/g/20261120T043300@g/again+SRCode")
    'tpp/g/20261120T043300+SRCode'
    """
    table = table_of(delivery_id)
    if not table:
        return delivery_id.partition(FOLDER_MARK)[0]
    return part_of(whole_of(delivery_id).partition(FOLDER_MARK)[0], table)


def without(found: FoundDelivery, tables: Collection[str]) -> FoundDelivery:
    """Return a delivery in landing without the files of some tables."""
    kept = tuple(file for file in found.files if not file.table or file.table not in tables)
    return replace(found, files=kept)


def only(found: FoundDelivery, table: str) -> FoundDelivery:
    """Return a delivery in landing with the files of one table alone; there may be none."""
    return replace(found, files=tuple(file for file in found.files if file.table == table))


def is_by_its_table(name: str, table: str) -> bool:
    """Say whether a file is named as its table is: manifests then list it by that name."""
    return bool(table) and stem(name) == table.lower()


def told_of(file: DeliveryFile) -> str:
    """Return what is the matter with a file, beginning with its name."""
    return file.detail if file.detail.startswith(file.name) else f"{file.name}: {file.detail}"


def faults_apart(
    manifest: Manifest,
    files: Sequence[DeliveryFile],
    missing: Sequence[str],
    may_wait: Collection[str],
    of_practices: Collection[str],
) -> dict[str, Fate]:
    """Return table -> its fault, when all that is wrong concerns tables that may wait.

    Empty when something else is wrong, when nothing of practices is left to go on, and for a
    delivery that holds everything: a full extract is weighed whole.

    Args:
        files: those that are there, judged.
        missing: names, as the manifest lists them, that are not.
        of_practices: tables that hold practices' records.
    """
    by_stem = {table.lower(): table for table in may_wait}
    listed = {table for table in of_practices if table.lower() in manifest.listings}
    if all(not manifest.listings[table.lower()].is_delta for table in listed):
        return {}
    found = {
        by_stem.get(stem(name), ""): fate(
            State.INCOMPLETE, Reason.FILES_MISSING, f"{name} is listed and not there"
        )
        for name in missing
    }
    for file in files:
        if file.state not in (State.HELD, State.QUARANTINED, State.REFUSED):
            continue
        is_alone = file.reason in OF_ONE_FILE and is_by_its_table(file.name, file.table_name)
        table = file.table_name if is_alone and file.table_name in may_wait else ""
        found[table] = fate(file.state, file.reason, told_of(file))
    if "" in found or not found.keys() <= listed or not listed - found.keys():
        return {}
    return found


def content_hash(files: Sequence[DeliveryFile]) -> str:
    """Return the hash of a part, or of what is left of a delivery: names, windows, plain texts.

    Two quiet windows may hold the same rows; they are not the same content.
    """
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.name):
        window = f"{file.window_from} {file.window_to}"
        digest.update(f"{stem(file.name)}\n{window}\n{file.plain_sha256}\n".encode())
    return digest.hexdigest()


def part_kind(files: Sequence[DeliveryFile], of_practices: Collection[str]) -> str:
    """Return the kind of a delivery's piece: never ``full``, for it does not hold everything."""
    kinds = {file.kind for file in files if file.table_name in of_practices}
    return "delta" if kinds == {"delta"} else "mixed"


def cut(
    row: Delivery,
    files: Sequence[DeliveryFile],
    tables: Collection[str],
    of_practices: Collection[str],
) -> list[tuple[Delivery, list[DeliveryFile]]]:
    """Return what a proven delivery becomes when tables are taken out of it: the rest first.

    Args:
        row: the delivery, its ``files`` all there.
        tables: each has one file in it.
        of_practices: tables that hold practices' records.
    """
    rest = [file for file in files if file.table_name not in tables]
    pieces = [(_piece(row, row.delivery_id, rest, of_practices), rest)]
    for table in sorted(tables):
        identity = part_of(row.delivery_id, table)
        own = [replace(file, delivery_id=identity) for file in files if file.table_name == table]
        pieces.append((_piece(row, identity, own, of_practices), own))
    return pieces


def _piece(
    row: Delivery, identity: str, files: Sequence[DeliveryFile], of_practices: Collection[str]
) -> Delivery:
    start, end = _window(row, identity, files)
    return replace(
        row,
        delivery_id=identity,
        kind=part_kind(files, of_practices),
        window_from=start,
        window_to=end,
        content_hash=content_hash(files),
        size_bytes=sum(file.size_bytes for file in files),
        file_count=len(files),
    ).moved(fate(State.SEEN))


def _window(
    row: Delivery, identity: str, files: Sequence[DeliveryFile]
) -> tuple[datetime | None, datetime | None]:
    if identity == row.delivery_id:
        return row.window_from, row.window_to
    return files[0].window_from, files[0].window_to
