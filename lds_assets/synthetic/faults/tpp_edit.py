"""Reads and rewrites single files of a written TPP delivery, so that a fault can be put into it."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lds_assets.synthetic.faults.scenario import Written

Row = dict[str, str]

ENCODING = "cp1252"
MANIFEST = "SRManifest"
STAMP = "%Y%m%d_%H%M"
_KEY = ("IDOrganisationVisibleTo", "RowIdentifier")


@dataclass(frozen=True)
class File:
    """One file of a delivery: its columns in order and its rows."""

    columns: list[str]
    rows: list[Row]


def path_of(folder: Path, table: str) -> Path:
    """Return where a table's file lies in a delivery's folder."""
    return folder / f"{table}.csv"


def read(folder: Path, table: str) -> File:
    """Return a file's columns and rows."""
    text = path_of(folder, table).read_bytes().decode(ENCODING)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    rows = list(reader)
    return File(list(reader.fieldnames or []), rows)


def write(
    folder: Path, table: str, columns: Iterable[str], rows: Iterable[Mapping[str, str]]
) -> None:
    """Write a file with these columns; what a row lacks is blank, what it has beside is left."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(
        text, list(columns), restval="", extrasaction="ignore", lineterminator="\r\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    path_of(folder, table).write_bytes(text.getvalue().encode(ENCODING))


def change(folder: Path, table: str, edit: Callable[[Row], None]) -> None:
    """Edit every row of a file in its place."""
    file = read(folder, table)
    for row in file.rows:
        edit(row)
    write(folder, table, file.columns, file.rows)


def append(folder: Path, table: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Add rows at the end of a file."""
    file = read(folder, table)
    write(folder, table, file.columns, [*file.rows, *rows])


def edit_manifest(folder: Path, edit: Callable[[Row], Row | None]) -> None:
    """Edit every row of a delivery's manifest; None takes a row out."""
    file = read(folder, MANIFEST)
    edited = [edit(dict(row)) for row in file.rows]
    write(folder, MANIFEST, file.columns, [row for row in edited if row is not None])


def list_as_full(folder: Path, tables: Iterable[str]) -> None:
    """Tell in the manifest that these files hold everything."""
    full = set(tables)

    def listed(row: Row) -> Row:
        marks = {"IsDelta": "N", "DateExtractFrom": ""} if row["FileName"] in full else {}
        return row | marks

    edit_manifest(folder, listed)


def take_out(folder: Path, tables: Iterable[str]) -> None:
    """Remove files and what the manifest says of them."""
    gone = set(tables)
    for table in gone:
        path_of(folder, table).unlink()
    edit_manifest(folder, lambda row: None if row["FileName"] in gone else row)


def listed_tables(folder: Path) -> list[str]:
    """Return the files a delivery's manifest lists."""
    return [row["FileName"] for row in read(folder, MANIFEST).rows]


def is_live(row: Mapping[str, str]) -> bool:
    """Say whether a row stands for a record that was not removed."""
    return row.get("RemovedData", "0") == "0"


def state(written: Written, table: str) -> list[Row]:
    """Return the live rows of a file as its bulk and deltas leave them, in order of their keys.

    A removed patient takes along every row of theirs that came until then at that practice.
    """
    held: dict[tuple[str, ...], Row] = {}
    for _, folder in written:
        for row in read(folder, table).rows:
            if is_live(row):
                held[_key(row)] = row
            else:
                held.pop(_key(row), None)
        gone = {_key(row) for row in read(folder, "SRPatient").rows if not is_live(row)}
        held = {
            key: row for key, row in held.items() if (key[0], row.get("IDPatient", "")) not in gone
        }
    return [held[key] for key in sorted(held)]


def _key(row: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "") for name in _KEY)


def first_practice(written: Written) -> str:
    """Return the practice that a fault of rows touches."""
    return written[-1][0].practices[0].practice_code


def template(written: Written, table: str, practice: str, **wanted: str) -> Row:
    """Return a copy of a practice's own first live row of the bulk that has the wanted values.

    Raises:
        StopIteration: the bulk has no such row.
    """
    rows = read(written[0][1], table).rows
    return dict(
        next(
            row
            for row in rows
            if row["IDOrganisationVisibleTo"] == practice
            and is_live(row)
            and row.get("IDOrganisationRegisteredAt", practice) == practice
            and all(row[name] == value for name, value in wanted.items())
        )
    )


def moved(folder: Path, to: datetime) -> Path:
    """Return the folder's place under another time."""
    return folder.parent / f"{to:{STAMP}}"
