"""Which canonical files hold rows of a first full load, and which hold changes to them.

Most rows of a practice come from its first full load; a file is written with rows of one kind. Who
asks for the newest version of an id reads the few changes first, and the many base rows once. The
kind is asked of a file's footer; files never change, so each is asked once a process.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyarrow import parquet

from lds_assets.lake.delta import ActiveFile

_FLAG = "lds_is_base"

#: path -> whether it may hold base rows, whether it may hold changes
_kinds: dict[str, tuple[bool, bool]] = {}


@dataclass(frozen=True)
class Parted:
    """Files of a canonical table by kind; one that may hold both is in both."""

    base: list[ActiveFile]
    changes: list[ActiveFile]


def parted(files: Sequence[ActiveFile]) -> Parted:
    """Return files by kind, in their order."""
    return Parted(
        [file for file in files if _kind(file.path)[0]],
        [file for file in files if _kind(file.path)[1]],
    )


def _kind(path: str) -> tuple[bool, bool]:
    if path not in _kinds:
        _kinds[path] = _read(path)
    return _kinds[path]


def _read(path: str) -> tuple[bool, bool]:
    """Return the kind by the bounds of the mark in every row group; without bounds, both."""
    footer = parquet.read_metadata(path)
    place = footer.schema.names.index(_FLAG)
    groups = [footer.row_group(n).column(place) for n in range(footer.num_row_groups)]
    if any(each.statistics is None or not each.statistics.has_min_max for each in groups):
        return True, True
    return (
        any(each.statistics.max for each in groups),
        any(not each.statistics.min for each in groups),
    )
