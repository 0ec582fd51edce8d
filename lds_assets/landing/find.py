"""What lies in a supplier's landing folder, told by names alone; nothing is opened.

Names come from outside: they are compared with the declared expressions, never used as paths
before they were found by listing, and links are not followed.
"""

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from lds_assets.landing.states import Reason
from lds_assets.suppliers.contract import DeliveryRules
from lds_assets.suppliers.registry import Supplier

#: Stands between the id of a delivery and the folder of a second copy of it.
FOLDER_MARK = "@"
#: Stands between the id of a delivery and the hash of content that came under its name later.
CHANGE_MARK = "#"
#: The ledger takes ids of 400 characters; a delivery's id leaves room for its parts and changes.
_LONGEST_ID, _LONGEST_DELIVERY = 380, 340


@dataclass(frozen=True)
class FoundFile:
    """One file in landing.

    Attributes:
        folder: relative to ``landing/<supplier>``, posix, '' for the folder itself.
        table: the supplier's table in the dictionary's spelling; '' when it knows none.
        plain_name: name without the ending that says encrypted.
    """

    folder: str
    name: str
    size_bytes: int
    mtime_ns: int
    table: str = ""
    plain_name: str = ""
    is_encrypted: bool = False
    is_manifest: bool = False

    @property
    def path(self) -> str:
        """Path relative to ``landing/<supplier>``."""
        return f"{self.folder}/{self.name}" if self.folder else self.name


@dataclass(frozen=True)
class Stranger:
    """A file that belongs to no delivery, and why."""

    file: FoundFile
    reason: str
    detail: str


@dataclass(frozen=True)
class FoundDelivery:
    """Files that belong together: one folder, one group, one extract time, one kind.

    Attributes:
        base_id: readable id that the same delivery has in whatever folder it lies.
        kind_word: the supplier's word for the kind, '' when names carry none.
        number: its number or range of numbers, '' when names carry none.
        extracted_at: UTC without a zone.
    """

    base_id: str
    folder: str
    group_id: str
    kind_word: str
    number: str
    extracted_at: datetime
    files: tuple[FoundFile, ...]


@dataclass(frozen=True)
class Found:
    """Everything in a supplier's landing folder."""

    deliveries: tuple[FoundDelivery, ...] = ()
    strangers: tuple[Stranger, ...] = ()


@dataclass
class _Gathering:
    """Deliveries being put together from files; key is what they have in common."""

    files: dict[tuple[str, str, datetime, str, str], list[FoundFile]] = field(default_factory=dict)
    strangers: list[Stranger] = field(default_factory=list)


def find(supplier: Supplier, root: Path) -> Found:
    """List a supplier's landing folder and sort its files into deliveries and strangers.

    Args:
        supplier: its delivery rules tell the grammar of names.
        root: ``landing/<supplier>``; a missing folder holds nothing.
    """
    names = _Names(supplier)
    gathering = _Gathering()
    for file, oddity in walk(root):
        if oddity:
            gathering.strangers.append(Stranger(file, Reason.UNKNOWN_NAME, oddity))
            continue
        names.sort(file, gathering)
    deliveries = [
        _delivery(supplier, *key, tuple(sorted(files, key=lambda each: each.name)))
        for key, files in gathering.files.items()
    ]
    deliveries.sort(key=lambda each: (each.extracted_at, each.base_id, each.folder))
    return Found(tuple(deliveries), tuple(gathering.strangers))


def walk(root: Path) -> Iterator[tuple[FoundFile, str]]:
    """Yield every file below a folder in order of path, and what forbids to open it ('' nothing).

    Links are not followed. A name that is no printable text is told with marks in its place.
    """
    if not root.is_dir():
        return
    for folder, subfolders, names in os.walk(root, followlinks=False):
        relative = Path(folder).relative_to(root).as_posix()
        relative = "" if relative == "." else relative
        linked = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        subfolders[:] = sorted(set(subfolders) - set(linked))
        for name in sorted([*names, *linked]):
            try:
                yield found_file(Path(folder) / name, relative)
            except OSError:  # gone since it was listed
                continue


def found_file(path: Path, folder: str) -> tuple[FoundFile, str]:
    """Return a file by its status alone, and what forbids to open it ('' nothing).

    Raises:
        OSError: the file is gone.
    """
    status = path.lstat()
    told_folder, told_name = printable(folder), printable(path.name)
    oddity = ""
    if (told_folder, told_name) != (folder, path.name):
        oddity = "its name is no printable text"
    elif not stat.S_ISREG(status.st_mode):
        oddity = "a link or device, not a file; links are not followed"
    return FoundFile(told_folder, told_name, status.st_size, status.st_mtime_ns), oddity


def printable(text: str) -> str:
    """Return a name from outside with a mark for what cannot be printed or stored."""
    return "".join(character if character.isprintable() else "?" for character in text)


def short_id(identity: str, longest: int = _LONGEST_ID) -> str:
    """Return an id made of a path from outside, cut to what the ledger takes, still unique."""
    if len(identity) <= longest:
        return identity
    mark = hashlib.sha256(identity.encode()).hexdigest()[:16]
    return f"{identity[: longest - 17]}~{mark}"


def copy_id(base_id: str, folder: str) -> str:
    """Return the id of a delivery that lies in a further folder."""
    return short_id(f"{base_id}{FOLDER_MARK}{folder}", _LONGEST_DELIVERY)


def canonical_group(text: str) -> str:
    """Return a group's name; GUIDs in lower case without braces.

    >>> canonical_group("{0B5A1B20-0000-4000-8000-00000000000A}"), canonical_group("YX_07Y")
    ('0b5a1b20-0000-4000-8000-00000000000a', 'YX_07Y')
    """
    plain = text.strip("{}")
    try:
        return str(UUID(plain)) if len(plain) == 36 else text
    except ValueError:
        return text


def utc_instant(text: str, form: str, zone: str) -> datetime:
    """Return a wall-clock time of a feed as UTC without a zone.

    Raises:
        ValueError: the text is not of the form.
    """
    local = datetime.strptime(text, form).replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


class _Names:
    """The declared grammar of a supplier's names."""

    def __init__(self, supplier: Supplier) -> None:
        self._rules: DeliveryRules = supplier.definition.delivery
        self._folder = re.compile(self._rules.folder)
        self._file = re.compile(self._rules.file)
        self._tables = {name.lower(): name for name in supplier.dictionary}

    def sort(self, file: FoundFile, gathering: _Gathering) -> None:
        """Put a file into its delivery, or among the strangers."""
        folder = self._folder.fullmatch(file.folder)
        if folder is None:
            gathering.strangers.append(_unknown(file, "its folder"))
            return
        name = self._file.fullmatch(file.name)
        manifest = self._rules.manifest
        is_manifest = manifest is not None and file.name.lower() == manifest.file.lower()
        if name is None and not is_manifest:
            gathering.strangers.append(_unknown(file, "its name"))
            return
        parts = {} if name is None else _filled(name)
        groups = {**_filled(folder), **parts}
        stamp = self._stamp(groups)
        if stamp is None:
            gathering.strangers.append(_unknown(file, "its time"))
            return
        told = {canonical_group(each) for each in _both(folder, name, "group")}
        if len(told) != 1:
            detail = "the file's name has another group than its folder, or neither has one"
            gathering.strangers.append(Stranger(file, Reason.GUID_MISMATCH, detail))
            return
        batch = groups.get("kind", "").lower(), groups.get("number", "")
        known = self._known(file, parts, is_manifest)
        gathering.files.setdefault((file.folder, told.pop(), stamp, *batch), []).append(known)

    def _known(self, file: FoundFile, parts: Mapping[str, str], is_manifest: bool) -> FoundFile:
        encrypted = parts.get("encrypted", "")
        plain = file.name.removesuffix(encrypted) if encrypted else file.name
        manifest = self._rules.manifest
        is_manifest |= manifest is not None and plain.lower() == manifest.file.lower()
        table = ""
        if not is_manifest:
            spoken = self._rules.table.format_map(_Blank(parts))
            table = self._tables.get(spoken.lower(), "")
        return FoundFile(
            file.folder,
            file.name,
            file.size_bytes,
            file.mtime_ns,
            table,
            plain,
            bool(encrypted),
            is_manifest,
        )

    def _stamp(self, groups: Mapping[str, str]) -> datetime | None:
        try:
            return utc_instant(
                groups["extracted_at"], self._rules.extracted_at, self._rules.time_zone
            )
        except (KeyError, ValueError):
            return None


class _Blank(dict[str, str]):
    """Groups of a name for ``format_map``; a group the name lacks is blank."""

    def __missing__(self, key: str) -> str:
        return ""


def _filled(match: re.Match[str]) -> dict[str, str]:
    return {name: text for name, text in match.groupdict().items() if text}


def _both(folder: re.Match[str], name: re.Match[str] | None, part: str) -> list[str]:
    matches = [folder] if name is None else [folder, name]
    return [_filled(match)[part] for match in matches if part in _filled(match)]


def _unknown(file: FoundFile, what: str) -> Stranger:
    return Stranger(file, Reason.UNKNOWN_NAME, f"{what} is not of the supplier's grammar")


def _delivery(
    supplier: Supplier,
    folder: str,
    group: str,
    stamp: datetime,
    kind: str,
    number: str,
    files: tuple[FoundFile, ...],
) -> FoundDelivery:
    zone = ZoneInfo(supplier.definition.delivery.time_zone)
    local = stamp.replace(tzinfo=UTC).astimezone(zone)
    batch = "-".join(part for part in (kind, number) if part)
    parts = [supplier.code, group, f"{local:%Y%m%dT%H%M%S}", *([batch] if batch else [])]
    base_id = short_id("/".join(parts), _LONGEST_DELIVERY - 20)
    return FoundDelivery(base_id, folder, group, kind, number, stamp, files)
