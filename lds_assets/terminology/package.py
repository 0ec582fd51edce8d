"""A terminology package as its publisher ships it: a folder or a zip file, found by file name.

Names inside a package are never taken as paths: members of a zip are copied under names of ours.
"""

import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

from lds_assets.errors import Refused

PACKAGE = "TERMINOLOGY_PACKAGE"
_DATED = re.compile(r"(?:^|[^0-9])((?:19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2})")
_UNDATED = re.compile(r"(?:^|[ _-]+)(?:19|20)[0-9]{2}-?[0-9]{2}-?[0-9]{2}(?![0-9])")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileKind:
    """One kind of file in a package.

    Attributes:
        pattern: regular expression over the file's name, case ignored.
        columns: header names the file must have, case ignored; none for other forms.
    """

    pattern: str
    columns: tuple[str, ...] = ()
    is_required: bool = True


@dataclass(frozen=True)
class Package:
    """The files of a package by kind, readable where they are.

    Attributes:
        content_hash: SHA-256 over names and bytes of the files used, in order of name.
        dated: newest date (YYYYMMDD, YYYY-MM-DD) in the names of the package and its files.
    """

    files: Mapping[str, tuple[Path, ...]]
    content_hash: str
    dated: date | None

    def of(self, kind: str) -> tuple[Path, ...]:
        """Return the files of a kind, in order of name; none when the package lacks them."""
        return self.files.get(kind, ())


def refusal(what: str, where: str, to_do: str) -> Refused:
    """Return the refusal of a package; nothing of it was stored."""
    return Refused(what, where=where, done="nothing of it was stored", to_do=to_do, code=PACKAGE)


def open_package(path: Path, kinds: Mapping[str, FileKind], scratch: Path) -> Package:
    """Find the files of a package and check that they are whole by kind and column.

    Args:
        path: folder, zip file, or one file of the package.
        scratch: members of a zip are copied here.

    Raises:
        Refused: the path is not there or no package, a file or a column is missing.
    """
    if not path.exists():
        raise refusal("there is no such file or folder", path.name, "name the package you have")
    found = _found(path, kinds, scratch)
    for kind, wanted in kinds.items():
        if wanted.is_required and not found[kind]:
            raise refusal(
                f"the package has no {kind} file",
                f"{path.name}, a name like {wanted.pattern}",
                "take the whole package from its publisher; RF2 releases as snapshot",
            )
        for _, file in found[kind]:
            _check_columns(file, wanted.columns)
    members = sorted({member for each in found.values() for member in each})
    names = " ".join([path.name, *(name for name, _ in members)])
    return Package(
        {kind: tuple(file for _, file in sorted(each)) for kind, each in found.items()},
        _hash(members),
        _newest_date(names),
    )


def header_of(file: Path) -> tuple[str, list[str]]:
    """Return the separator and the column names of a text file with a header line."""
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as handle:
        line = handle.readline().rstrip("\r\n")
    separator = "\t" if "\t" in line else ","
    return separator, [name.strip().strip('"') for name in line.split(separator)]


def _found(
    path: Path, kinds: Mapping[str, FileKind], scratch: Path
) -> dict[str, list[tuple[str, Path]]]:
    """Return name and readable path of the files of each kind."""
    found: dict[str, list[tuple[str, Path]]] = {kind: [] for kind in kinds}
    if path.is_dir():
        for file in sorted(each for each in path.rglob("*") if each.is_file()):
            for kind in _kinds_of(file.name, kinds):
                found[kind].append((file.name, file))
    elif zipfile.is_zipfile(path):
        _unzip(path, kinds, scratch, found)
    else:
        for kind in _kinds_of(path.name, kinds):
            found[kind].append((path.name, path))
    return found


def _unzip(
    path: Path,
    kinds: Mapping[str, FileKind],
    scratch: Path,
    found: dict[str, list[tuple[str, Path]]],
) -> None:
    scratch.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path) as archive:
        for place, member in enumerate(archive.infolist()):
            name = Path(member.filename).name
            for kind in _kinds_of(name, kinds):
                copy = scratch / f"{kind}-{place}{Path(name).suffix}"
                try:
                    with archive.open(member) as source, copy.open("wb") as target:
                        shutil.copyfileobj(source, target, _CHUNK)
                except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
                    raise refusal(
                        f"a member of the zip file cannot be read ({type(error).__name__})",
                        f"{path.name}, {name}",
                        "take the package from its publisher again",
                    ) from None
                found[kind].append((name, copy))


def _kinds_of(name: str, kinds: Mapping[str, FileKind]) -> list[str]:
    return [
        kind for kind, wanted in kinds.items() if re.fullmatch(wanted.pattern, name, re.IGNORECASE)
    ]


def _check_columns(file: Path, columns: Sequence[str]) -> None:
    if not columns:
        return
    _, header = header_of(file)
    there = {name.lower() for name in header}
    missing = [name for name in columns if name.lower() not in there]
    if missing:
        raise refusal(
            f"columns are missing: {', '.join(missing)}",
            f"{file.name}, header",
            "this form of the file is not known; look at the publisher's release notes",
        )


def _hash(members: Sequence[tuple[str, Path]]) -> str:
    whole = sha256()
    for name, file in members:
        with file.open("rb") as handle:
            while chunk := handle.read(_CHUNK):
                whole.update(chunk)
        whole.update(f"\0{name}\0".encode())
    return whole.hexdigest()


def undated(name: str) -> str:
    """Return a file's name without ending and date: releases of one list have it alike."""
    stem = Path(name).stem
    return _UNDATED.sub("", stem).strip(" _-") or stem


def _newest_date(names: str) -> date | None:
    dates = []
    for text in _DATED.findall(names):
        try:
            dates.append(datetime.strptime(text.replace("-", ""), "%Y%m%d").date())
        except ValueError:
            continue
    return max(dates, default=None)
