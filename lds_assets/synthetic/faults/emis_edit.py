"""Reads and rewrites single files of a written EMIS delivery, so that a fault can be put into it.

Rows are edited in their place or added at the end: the rows of other practices keep their numbers.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lds_assets.synthetic.emis_dictionary import read_keys
from lds_assets.synthetic.faults.scenario import FileFault, Scenario, Written
from lds_assets.synthetic.form import Delivery

Row = dict[str, str]

OBSERVATION = "CareRecord_Observation"
PATIENT = "Admin_Patient"
AGREEMENT = "Agreements_SharingOrganisation"
ORGANISATION = "Admin_Organisation"
SLOT = "Appointment_Slot"


@dataclass(frozen=True)
class File:
    """One file of a delivery: its columns in order and its rows."""

    columns: list[str]
    rows: list[Row]


def scenario(name: str, meaning: str, files: FileFault) -> Scenario:
    """Return a scenario of EMIS files."""
    return Scenario(name, meaning, supplier="emis", files=files)


def path_of(folder: Path, table: str) -> Path:
    """Return the file of a table in a delivery's folder."""
    return next(path for path in sorted(folder.iterdir()) if f"_{table}_" in path.name)


def read(folder: Path, table: str) -> File:
    """Return a file's columns and rows."""
    with path_of(folder, table).open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return File(list(reader.fieldnames or []), rows)


def write(folder: Path, table: str, columns: Iterable[str], rows: Iterable[Row]) -> None:
    """Write a table's file anew; what a row lacks is blank."""
    names = list(columns)
    lines = [names, *([row.get(name, "") for name in names] for row in rows)]
    path_of(folder, table).write_bytes(as_csv(lines))


def append(folder: Path, table: str, rows: Iterable[Mapping[str, str]]) -> None:
    """Add rows at the end of a file; what stands before is left as it is."""
    path = path_of(folder, table)
    columns = read(folder, table).columns
    added = as_csv([[row.get(name, "") for name in columns] for row in rows])
    path.write_bytes(path.read_bytes() + added)


def change(folder: Path, table: str, edit: Callable[[Row], Row | None]) -> None:
    """Edit every row of a file in its place; None takes a row out."""
    file = read(folder, table)
    edited = (edit(dict(row)) for row in file.rows)
    write(folder, table, file.columns, [row for row in edited if row is not None])


def as_csv(lines: Iterable[Iterable[str]]) -> bytes:
    """Return lines in the feed's form: every field quoted, CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(lines)
    return text.getvalue().encode()


def invented(number: int) -> str:
    """Return a GUID that no generated row has."""
    return f"{{FA000000-0000-4000-8000-{number:012X}}}"


def first(written: Written) -> str:
    """Return the organisation that the faults of one practice befall: the group's first."""
    return written[-1][0].practices[0].supplier_org_id


def of(organisation: str, edit: Callable[[Row], Row | None]) -> Callable[[Row], Row | None]:
    """Return an edit that touches the rows of one organisation alone."""
    return lambda row: edit(row) if row.get("OrganisationGuid") == organisation else row


def is_live(row: Mapping[str, str]) -> bool:
    """Say whether a row is not a deletion."""
    return row.get("Deleted", "").lower() != "true"


def templates(written: Written, table: str, count: int) -> list[Row]:
    """Return copies of the first live rows that the first practice has in the bulk."""
    own = [
        row
        for row in read(written[0][1], table).rows
        if row["OrganisationGuid"] == first(written) and is_live(row)
    ]
    return [dict(row) for row in own[:count]]


def template(written: Written, table: str) -> Row:
    """Return a copy of the first live row that the first practice has in the bulk."""
    return templates(written, table, 1)[0]


def deletion(row: Mapping[str, str], delivery: Delivery) -> Row:
    """Return the row that deletes a record: keys alone."""
    kept = {name: value for name, value in row.items() if name in _KEYS}
    return {**kept, "Deleted": "true", "ProcessingId": str(delivery.number)}


def state(written: Written, table: str) -> list[Row]:
    """Return the live rows of a table as bulk and deltas leave them, in order of first coming."""
    keys = read_keys()[table]
    held: dict[tuple[str, ...], Row] = {}
    for _, folder in written:
        for row in read(folder, table).rows:
            key = tuple(row[name] for name in keys)
            if is_live(row):
                held[key] = row
            else:
                held.pop(key, None)
    return list(held.values())


#: What a deleted row still holds.
_KEYS = frozenset(
    {
        "PatientGuid",
        "OrganisationGuid",
        "ObservationGuid",
        "SlotGuid",
        "DrugRecordGuid",
        "IssueRecordGuid",
        "ConsultationGuid",
        "DiaryGuid",
    }
)
