"""Scenarios of EMIS deliveries."""

import csv
import io
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from lds_assets.synthetic.faults.scenario import FileFault, Scenario, Written
from lds_assets.synthetic.form import Delivery

_OBSERVATION = "CareRecord_Observation"
_STRANGER = "readme_first.txt"


def _file(folder: Path, table: str) -> Path:
    return next(path for path in sorted(folder.iterdir()) if f"_{table}_" in path.name)


def _missing_file(written: Written) -> None:
    _file(written[-1][1], _OBSERVATION).unlink()


def _truncated_file(written: Written) -> None:
    path = _file(written[-1][1], _OBSERVATION)
    data = path.read_bytes()
    # never at the end of a line: a row must break off within a field
    path.write_bytes(data[: data.rindex(b'","')])


def _header_only(written: Written) -> None:
    path = _file(written[-1][1], _OBSERVATION)
    path.write_bytes(path.read_bytes().split(b"\r\n", 1)[0] + b"\r\n")


def _column_added(written: Written) -> None:
    _rewrite(_file(written[-1][1], _OBSERVATION), lambda row, head: [*row, "New" if head else ""])


def _column_missing(written: Written) -> None:
    path = _file(written[-1][1], _OBSERVATION)
    with path.open(encoding="utf-8", newline="") as file:
        gone = next(csv.reader(file)).index("IsConfidential")
    _rewrite(path, lambda row, _: row[:gone] + row[gone + 1 :])


def _repeated_delivery(written: Written) -> None:
    delivery, folder = written[min(1, len(written) - 1)]
    shutil.copytree(folder, _next_folder(written, delivery))


def _late_delivery(written: Written) -> None:
    delivery, folder = written[min(1, len(written) - 1)]
    folder.rename(_next_folder(written, delivery))


def _next_folder(written: Written, delivery: Delivery) -> Path:
    """Return the folder of the day after the newest delivery; file names stay as they were."""
    newest, folder = written[-1]
    assert newest.group == delivery.group
    return folder.parent / f"{newest.extracted_at + timedelta(days=1):%Y%m%d}"


def _stray_file(written: Written) -> None:
    (written[-1][1] / _STRANGER).write_text("left here by hand\r\n", encoding="utf-8")


def _feed_disabled(written: Written) -> None:
    delivery, folder = written[-1]
    first = delivery.practices[0].supplier_org_id

    def disable(row: list[str], _: bool) -> list[str]:
        return [*row[:3], "true", row[4]] if row[0] == first else row

    _rewrite(_file(folder, "Agreements_SharingOrganisation"), disable)


def _mass_delete(written: Written) -> None:
    """Append a deletion of every patient of the bulk's first practice to the newest delivery."""
    delivery, folder = written[-1]
    source = _file(written[0][1], "Admin_Patient")
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    first = delivery.practices[0].supplier_org_id
    gone = [
        [
            {"Deleted": "true", "ProcessingId": str(delivery.number)}.get(
                column, value if column in ("PatientGuid", "OrganisationGuid") else ""
            )
            for column, value in row.items()
        ]
        for row in rows
        if row["OrganisationGuid"] == first
    ]
    target = _file(folder, "Admin_Patient")
    target.write_bytes(target.read_bytes() + _as_csv(gone))


def _rewrite(path: Path, change: Callable[[list[str], bool], list[str]]) -> None:
    """Change each row of a file; the second argument says whether it is the header."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [change(row, number == 0) for number, row in enumerate(csv.reader(file))]
    path.write_bytes(_as_csv(rows))


def _as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _scenario(name: str, meaning: str, files: FileFault) -> Scenario:
    return Scenario(name, meaning, supplier="emis", files=files)


SCENARIOS: tuple[Scenario, ...] = (
    _scenario("missing_file", "the newest EMIS delivery lacks its observation file", _missing_file),
    _scenario(
        "truncated_file",
        "the newest EMIS delivery's observation file ends within a row",
        _truncated_file,
    ),
    _scenario(
        "header_only",
        "the newest EMIS delivery's observation file holds its header alone",
        _header_only,
    ),
    _scenario(
        "column_added", "the newest EMIS observation file has an unknown last column", _column_added
    ),
    _scenario(
        "column_missing", "the newest EMIS observation file lacks a known column", _column_missing
    ),
    _scenario(
        "repeated_delivery",
        "the first EMIS delta comes again under a later folder",
        _repeated_delivery,
    ),
    _scenario(
        "late_delivery",
        "the first EMIS delta's folder arrives under the newest date",
        _late_delivery,
    ),
    _scenario(
        "stray_file", "a file of no known name lies in the newest EMIS delivery", _stray_file
    ),
    _scenario(
        "feed_disabled",
        "the newest EMIS delivery marks its first practice as disabled",
        _feed_disabled,
    ),
    _scenario(
        "mass_delete",
        "the newest EMIS delta deletes every patient of its first practice",
        _mass_delete,
    ),
)
