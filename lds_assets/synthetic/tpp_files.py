"""What a TPP delivery needs beside its rows: the code page and the manifest."""

import codecs
from datetime import datetime
from pathlib import Path

from lds_assets.synthetic.tpp_reference import REFERENCE_FILES, WHOLE_FILES

MANIFEST = "SRManifest"
#: lists that come with every delivery without being listed in the manifest
UNLISTED = ("SRMapping", "SRMappingGroup")
_PIECE_BYTES = 1 << 22


def write_windows_1252(path: Path) -> None:
    """Turn a UTF-8 file into Windows-1252, a piece at a time; what it lacks becomes ``?``.

    A file of plain ASCII is left as it is.
    """
    part = path.with_suffix(".part")
    changed = False
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as source, part.open("wb") as target:
        while piece := source.read(_PIECE_BYTES):
            is_whole = not decoder.getstate()[0]
            if is_whole and piece.isascii():
                target.write(piece)
                continue
            changed = True
            target.write(decoder.decode(piece).encode("cp1252", errors="replace"))
    if changed:
        part.replace(path)
    else:
        part.unlink()


def write_manifest(
    folder: Path, tables: tuple[str, ...], window_from: datetime | None, window_to: datetime
) -> None:
    """Write ``SRManifest.csv``: one row per listed file, in order.

    Args:
        folder: of the delivery.
        tables: files of the delivery; those in ``UNLISTED`` are left out.
        window_from: end of the previous window, None for the bulk (every file is full).
        window_to: end of this window, London wall clock.
    """
    lines = ["FileName,IsDelta,IsReference,DateExtractFrom,DateExtractTo"]
    for table in tables:
        if table in UNLISTED:
            continue
        is_delta = window_from is not None and table not in WHOLE_FILES
        started = f"{window_from:%Y%m%d_%H%M}" if is_delta else ""
        lines.append(
            f"{table},{'Y' if is_delta else 'N'},{'Y' if table in REFERENCE_FILES else 'N'},"
            f"{started},{window_to:%Y%m%d_%H%M}"
        )
    (folder / f"{MANIFEST}.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode("cp1252"))
