"""Faults of a configuration's chain of deliveries and of their manifests.

Rule source: TPP extract semantics 2 to 4 and 10.
"""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from lds_assets.synthetic.faults.scenario import FileFault, Written
from lds_assets.synthetic.faults.tpp_edit import (
    MANIFEST,
    STAMP,
    Row,
    edit_manifest,
    first_practice,
    list_as_full,
    listed_tables,
    moved,
    path_of,
    read,
    state,
    take_out,
    write,
)

#: when a delivery comes a second time, or late: the folder's time after the newest
_LATER = timedelta(hours=8)
#: what a full download limited to the last months still holds
_LIMIT = timedelta(days=730)


# -- the chain -----------------------------------------------------------------------------------


def _gap(written: Written) -> None:
    shutil.rmtree(written[-2][1])


def _gap_of_other_files(written: Written) -> None:
    folder = written[-2][1]
    whole, columns = state(written[:-1], "SRCode"), read(folder, "SRCode").columns
    take_out(folder, [table for table in listed_tables(folder) if table != "SRCode"])
    write(folder, "SRCode", columns, whole)
    list_as_full(folder, ["SRCode"])


def _lost_table(written: Written) -> None:
    path_of(written[-2][1], "SRCode").unlink()


def _overlap(written: Written) -> None:
    _start_earlier(written, set(listed_tables(written[-1][1])))


def _same_window_again(written: Written) -> None:
    shutil.copytree(written[-1][1], _later_folder(written))


def _same_window_other_content(written: Written) -> None:
    again = _later_folder(written)
    shutil.copytree(written[-1][1], again)
    file = read(again, "SRCode")
    write(again, "SRCode", file.columns, file.rows[:-1])


def _late_folder(written: Written) -> None:
    written[-2][1].rename(_later_folder(written))


def _later_folder(written: Written) -> Path:
    delivery, folder = written[-1]
    return moved(folder, delivery.extracted_at + _LATER)


def _start_earlier(written: Written, tables: set[str]) -> None:
    """Let the newest window of delta files start where the one before it started."""
    earlier = f"{written[-3][0].extracted_at:{STAMP}}"

    def listed(row: Row) -> Row:
        is_meant = row["IsDelta"] == "Y" and row["FileName"] in tables
        return row | ({"DateExtractFrom": earlier} if is_meant else {})

    edit_manifest(written[-1][1], listed)


# -- full and delta ------------------------------------------------------------------------------


def _mixed_manifest(written: Written) -> None:
    _send_whole(written, "SRCode", state(written, "SRCode"))


def _rebulk(written: Written) -> None:
    listed = read(written[-1][1], MANIFEST).rows
    deltas = [row["FileName"] for row in listed if row["IsDelta"] == "Y"]
    whole = {table: state(written, table) for table in deltas}
    for table, rows in whole.items():
        _send_whole(written, table, rows)


def _full_without_a_few(written: Written) -> None:
    rows, practice = state(written, "SRCode"), first_practice(written)
    own = [row for row in rows if row["IDOrganisationVisibleTo"] == practice]
    gone = [id(row) for row in own[:5]]
    _send_whole(written, "SRCode", [row for row in rows if id(row) not in gone])


def _full_without_a_practice(written: Written) -> None:
    rows, practice = state(written, "SRCode"), first_practice(written)
    others = [row for row in rows if row["IDOrganisationVisibleTo"] != practice]
    _send_whole(written, "SRCode", others)


def _false_full(written: Written) -> None:
    _send_whole(written, "SRPatient", [])


def _full_of_last_months(written: Written) -> None:
    first = written[-1][0].extracted_at - _LIMIT
    dated = [(row["DateEvent"], row) for row in state(written, "SRCode")]
    form = "%d %b %Y %H:%M:%S"
    recent = [row for text, row in dated if text and datetime.strptime(text, form) >= first]
    _send_whole(written, "SRCode", recent)


def _send_whole(written: Written, table: str, rows: list[Row]) -> None:
    """Let the newest delivery's file hold these rows and be marked full."""
    folder = written[-1][1]
    write(folder, table, read(folder, table).columns, rows)
    list_as_full(folder, [table])


def _file_absent(written: Written) -> None:
    take_out(written[-1][1], ["SRCode"])


def _patients_absent(written: Written) -> None:
    take_out(written[-1][1], ["SRPatient"])


def _header_only(written: Written) -> None:
    folder = written[-1][1]
    for row in read(folder, MANIFEST).rows:
        if row["IsDelta"] == "Y":
            write(folder, row["FileName"], read(folder, row["FileName"]).columns, [])


# -- the manifest --------------------------------------------------------------------------------


def _manifest_missing(written: Written) -> None:
    path_of(written[-1][1], MANIFEST).unlink()


def _listed_file_missing(written: Written) -> None:
    path_of(written[-1][1], "SRCode").unlink()


def _file_not_listed(written: Written) -> None:
    edit_manifest(written[-1][1], lambda row: None if row["FileName"] == "SRCode" else row)


def _two_ends(written: Written) -> None:
    earlier = f"{written[-1][0].extracted_at - timedelta(hours=1):{STAMP}}"
    edit_manifest(
        written[-1][1],
        lambda row: row | ({"DateExtractTo": earlier} if row["FileName"] == "SRCode" else {}),
    )


def _two_starts(written: Written) -> None:
    _start_earlier(written, {"SRCode"})


#: name -> (meaning, what it does)
FAULTS: dict[str, tuple[str, FileFault]] = {
    "tpp_gap": ("the TPP delta before the newest never arrives", _gap),
    "tpp_gap_of_other_files": (
        "of the TPP window before the newest a full SRCode is all that arrives",
        _gap_of_other_files,
    ),
    "tpp_lost_table": (
        "the TPP delta before the newest lists an SRCode that never arrives",
        _lost_table,
    ),
    "tpp_overlap": ("the newest TPP window starts inside the one before", _overlap),
    "tpp_same_window_again": ("the newest TPP delivery comes again, unchanged", _same_window_again),
    "tpp_same_window_other_content": (
        "the newest TPP window comes again with another SRCode",
        _same_window_other_content,
    ),
    "tpp_late_folder": ("the TPP delta before the newest lies in the last folder", _late_folder),
    "tpp_mixed_manifest": ("the newest SRCode is full beside delta files", _mixed_manifest),
    "tpp_rebulk": ("every file of the newest TPP delivery is full", _rebulk),
    "tpp_full_without_a_few": ("a full SRCode lacks five rows held before", _full_without_a_few),
    "tpp_full_without_a_practice": (
        "a full SRCode has no row of the first practice",
        _full_without_a_practice,
    ),
    "tpp_false_full": ("SRPatient is marked full and holds its header alone", _false_full),
    "tpp_full_of_last_months": (
        "a full SRCode is limited to the last two years",
        _full_of_last_months,
    ),
    "tpp_file_absent": ("the newest TPP delivery neither holds nor lists SRCode", _file_absent),
    "tpp_patients_absent": (
        "the newest TPP delivery neither holds nor lists SRPatient",
        _patients_absent,
    ),
    "tpp_header_only": ("the newest TPP delta files hold their headers alone", _header_only),
    "tpp_manifest_missing": ("the newest TPP delivery has no manifest", _manifest_missing),
    "tpp_listed_file_missing": (
        "the newest TPP manifest lists an SRCode that is not there",
        _listed_file_missing,
    ),
    "tpp_file_not_listed": (
        "the newest TPP manifest does not list the SRCode that is there",
        _file_not_listed,
    ),
    "tpp_two_ends": ("the newest TPP manifest has two ends of its window", _two_ends),
    "tpp_two_starts": ("the newest TPP manifest has two starts of its window", _two_starts),
}
