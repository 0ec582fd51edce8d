"""Faults of what a TPP configuration holds: columns, bytes, practices.

Rule source: TPP extract semantics 2, 5 to 7 and 10.
"""

import shutil

from lds_assets.synthetic.faults.scenario import FileFault, Written
from lds_assets.synthetic.faults.tpp_edit import (
    Row,
    append,
    change,
    is_live,
    list_as_full,
    listed_tables,
    path_of,
    read,
    state,
    write,
)

#: folder that brings the bulk of units new to a configuration
NEW_UNITS = "NewlyAddedPracticesUnits"
_UNIT = "IDOrganisationVisibleTo"
#: a byte that Windows-1252 leaves undefined
_UNDEFINED = b"\x81"


# -- columns -------------------------------------------------------------------------------------


def _no_removed_data(written: Written) -> None:
    for _, folder in written:
        for table in listed_tables(folder):
            file = read(folder, table)
            columns = [name for name in file.columns if name != "RemovedData"]
            write(folder, table, columns, filter(is_live, file.rows))


def _wrong_specification(written: Written) -> None:
    folder = written[-1][1]
    file = read(folder, "SRAppointment")
    columns = [name for name in file.columns if name not in ("RowIdentifier", _UNIT)]
    write(folder, "SRAppointment", columns, file.rows)


def _column_added(written: Written) -> None:
    folder = written[-1][1]
    file = read(folder, "SRCode")
    rows = [row | {"NewMark": "TRUE"} for row in file.rows]
    write(folder, "SRCode", [*file.columns[:-1], "NewMark", file.columns[-1]], rows)


def _column_missing(written: Written) -> None:
    folder = written[-1][1]
    file = read(folder, "SRCode")
    write(folder, "SRCode", [name for name in file.columns if name != "NumericUnit"], file.rows)


def _columns_moved(written: Written) -> None:
    folder = written[-1][1]
    file = read(folder, "SRCode")
    write(folder, "SRCode", list(reversed(file.columns)), file.rows)


def _other_delimiter(written: Written) -> None:
    for table in ("SRCode", "SRPatient"):
        path = path_of(written[-1][1], table)
        path.write_bytes(path.read_bytes().replace(b",", b"|"))


def _stray_files(written: Written) -> None:
    folder = written[-1][1]
    (folder / "readme_first.txt").write_text("left here by hand\r\n", encoding="ascii")
    path_of(folder, "SRBrandNew").write_bytes(f"RowIdentifier,{_UNIT}\r\n1,X\r\n".encode())


# -- bytes ---------------------------------------------------------------------------------------


def _truncated(written: Written) -> None:
    path = path_of(written[-1][1], "SRCode")
    data = path.read_bytes()
    # never at the end of a line: a row must break off within a field
    path.write_bytes(data[: data.rindex(b",", 0, len(data) * 2 // 3)])


def _undecodable(written: Written) -> None:
    path = path_of(written[-1][1], "SRCode")
    head, rest = path.read_bytes().split(b"\r\n", 1)
    path.write_bytes(head + b"\r\n" + rest.replace(b",", b"," + _UNDEFINED, 2))


def _zeroed_block(written: Written) -> None:
    path = path_of(written[-1][1], "SRCode")
    data = bytearray(path.read_bytes())
    start, end = len(data) // 3, 2 * len(data) // 3
    data[start:end] = bytes(end - start)
    path.write_bytes(data)


def _garbled_lines(written: Written) -> None:
    path = path_of(written[-1][1], "SRCode")
    head, *body, last, end = path.read_bytes().split(b"\r\n")
    joined = [b",".join(body[place : place + 2]) for place in range(0, len(body), 2)]
    # header and last row stay whole, so that only the rows between tell
    path.write_bytes(b"\r\n".join([head, *joined, last, end]))


def _open_quote(written: Written) -> None:
    path = path_of(written[-1][1], "SRCode")
    data = path.read_bytes()
    line = data.index(b"\r\n", len(data) // 2) + 2
    place = data.index(b",", line) + 1
    path.write_bytes(data[:place] + b'"' + data[place:])


def _duplicate_rows(written: Written) -> None:
    """Repeat rows at once and again at the end of the file."""
    folder = written[-1][1]
    for table in ("SRCode", "SRAppointment", "SRPrimaryCareMedication"):
        file = read(folder, table)
        write(folder, table, file.columns, [row for row in file.rows for _ in range(2)])
        append(folder, table, file.rows)


# -- practices -----------------------------------------------------------------------------------


def _new_unit_apart(written: Written) -> None:
    """Take the last practice out of all but the newest delta; bring its bulk apart before it."""
    practice, before = written[-1][0].practices[-1].practice_code, written[-2][1]
    apart = before.parent / NEW_UNITS / before.name
    whole = {table: state(written[:-1], table) for table in listed_tables(before)}
    shutil.copytree(before, apart)
    for table, rows in whole.items():
        own = [row for row in rows if row.get(_UNIT, practice) == practice]
        write(apart, table, read(apart, table).columns, own)
    list_as_full(apart, whole)
    for _, folder in written[:-1]:
        for table in listed_tables(folder):
            file = read(folder, table)
            if _UNIT in file.columns:
                kept = [row for row in file.rows if row[_UNIT] != practice]
                write(folder, table, file.columns, kept)


def _wrong_key(written: Written) -> None:
    folder = written[-1][1]
    listed = read(written[0][1], "SROrganisation").rows
    numbers = {row["ID"]: row["RowIdentifier"] for row in listed if row["ID"]}

    def renumber(row: Row) -> None:
        row[_UNIT] = numbers.get(row[_UNIT], row[_UNIT])

    for table in listed_tables(folder):
        if _UNIT in read(folder, table).columns:
            change(folder, table, renumber)


def _other_configuration(written: Written) -> None:
    for _, folder in written:
        other = folder.parent.with_name(f"{folder.parent.name}b") / folder.name
        shutil.copytree(folder, other)


#: name -> (meaning, what it does)
FAULTS: dict[str, tuple[str, FileFault]] = {
    "tpp_no_removed_data": ("no TPP file has RemovedData: the option is off", _no_removed_data),
    "tpp_wrong_specification": (
        "the newest SRAppointment lacks key and unit: the gateway has a wrong specification",
        _wrong_specification,
    ),
    "tpp_column_added": ("the newest SRCode has a column nobody knows", _column_added),
    "tpp_column_missing": ("the newest SRCode lacks a column that was left out", _column_missing),
    "tpp_columns_moved": ("the newest SRCode has its columns in another order", _columns_moved),
    "tpp_other_delimiter": ("two of the newest TPP files are separated by bars", _other_delimiter),
    "tpp_stray_files": (
        "a text file and a table nobody knows lie in the newest TPP delivery",
        _stray_files,
    ),
    "tpp_truncated": ("the newest SRCode breaks off within a row", _truncated),
    "tpp_undecodable": ("the newest SRCode holds bytes that are no Windows-1252", _undecodable),
    "tpp_zeroed_block": ("a third of the newest SRCode is zeros", _zeroed_block),
    "tpp_garbled_lines": ("rows of the newest SRCode are joined two and two", _garbled_lines),
    "tpp_open_quote": ("a quote in the newest SRCode opens and never closes", _open_quote),
    "tpp_duplicate_rows": ("rows of the newest TPP files come three times", _duplicate_rows),
    "tpp_new_unit_apart": (
        "the last TPP practice is new: its bulk arrives apart",
        _new_unit_apart,
    ),
    "tpp_wrong_key": ("the newest TPP rows name their practice by a row number", _wrong_key),
    "tpp_other_configuration": (
        "a second TPP configuration delivers the same practices",
        _other_configuration,
    ),
}
