"""Scenarios of EMIS files: what is missing, doubled, cut, renamed, unreadable."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from lds_assets.errors import Refused
from lds_assets.synthetic.faults.emis_edit import (
    OBSERVATION,
    PATIENT,
    append,
    as_csv,
    change,
    path_of,
    read,
    scenario,
    template,
)
from lds_assets.synthetic.faults.scenario import Scenario, Written
from lds_assets.synthetic.form import Delivery

CODES = "Coding_ClinicalCode"
#: What a code was called for one day.
OTHER_TERM = "called so for a day"
STRANGER = "readme_first.txt"
#: An extract group that no register knows.
OTHER_GROUP = "FA000000-0000-4000-8000-000000000000"


def _missing_file(written: Written) -> None:
    path_of(written[-1][1], OBSERVATION).unlink()


def _file_twice(written: Written) -> None:
    path = path_of(written[-1][1], OBSERVATION)
    shutil.copy(path, path.with_name(path.name.replace("CareRecord_", "CARERECORD_")))


def _file_of_other_group(written: Written) -> None:
    delivery, folder = written[-1]
    path = path_of(folder, OBSERVATION)
    shutil.copy(path, path.with_name(path.name.replace(delivery.group, OTHER_GROUP)))


def _truncated_file(written: Written) -> None:
    path = path_of(written[-1][1], OBSERVATION)
    data = path.read_bytes()
    # never at the end of a line: a row must break off within a field
    path.write_bytes(data[: data.rindex(b'","')])


def _cut_at_a_field(written: Written) -> None:
    path = path_of(written[-1][1], OBSERVATION)
    data = path.read_bytes()
    path.write_bytes(data[: data.rindex(b',"')] + b"\r\n")


def _header_only(written: Written) -> None:
    path = path_of(written[-1][1], OBSERVATION)
    path.write_bytes(path.read_bytes().split(b"\r\n", 1)[0] + b"\r\n")


def _empty_file(written: Written) -> None:
    path_of(written[-1][1], OBSERVATION).write_bytes(b"")


def _column_added(written: Written) -> None:
    _rewrite(written, lambda row, is_head: [*row, "New" if is_head else ""])


def _column_missing(written: Written) -> None:
    gone = read(written[-1][1], OBSERVATION).columns.index("IsConfidential")
    _rewrite(written, lambda row, _: row[:gone] + row[gone + 1 :])


def _columns_moved(written: Written) -> None:
    _rewrite(written, lambda row, _: row[::-1])


def _header_quoted(written: Written) -> None:
    _rewrite(written, lambda row, is_head: [f'"{name}"' for name in row] if is_head else row)


def _not_utf8(written: Written) -> None:
    delivery, folder = written[-1]
    row = template(written, OBSERVATION) | {"ProcessingId": str(delivery.number)}
    append(folder, OBSERVATION, [row | {"Qualifiers": "not utf-8: @"}])
    path = path_of(folder, OBSERVATION)
    path.write_bytes(path.read_bytes().replace(b"not utf-8: @", b"not utf-8: \xe9"))


def _content_changed(written: Written) -> None:
    _rewrite(written, lambda row, is_head: row if is_head else [*row[:-1], "1"])


def _encrypted_to_another(written: Written) -> None:
    """Encrypt the newest delivery to a key that is thrown away."""
    with TemporaryDirectory(prefix="ring") as ring:
        gpg = ["gpg", "--homedir", ring, "--batch", "--quiet", "--trust-model", "always"]
        user = "nobody@invented.example"
        try:
            _quietly([*gpg, "--passphrase", "", "--quick-gen-key", user, "future-default"])
            for path in sorted(written[-1][1].iterdir()):
                target = path.with_name(f"{path.name}.gpg")
                _quietly([*gpg, "-r", user, "-o", str(target), "-e", str(path)])
                path.unlink()
        except OSError:
            raise Refused(
                "GnuPG is not installed",
                where="lds synth --scenario encrypted_to_another",
                done="deliveries written, the scenario not applied",
                to_do="install the gnupg package",
            ) from None
        finally:
            _quietly(["gpgconf", "--homedir", ring, "--kill", "all"])


def _quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603


def _encrypted_and_damaged(written: Written) -> None:
    path = path_of(written[-1][1], OBSERVATION)
    path.write_bytes(b"\x85\x01\x0c" + bytes(range(200)))
    path.rename(path.with_name(f"{path.name}.gpg"))


def _repeated_delivery(written: Written) -> None:
    delivery, folder = written[min(1, len(written) - 1)]
    shutil.copytree(folder, _next_folder(written, delivery))


def _late_delivery(written: Written) -> None:
    delivery, folder = written[min(1, len(written) - 1)]
    folder.rename(_next_folder(written, delivery))


def _late_word(written: Written) -> None:
    """Let the first delta give one code another term, which the next one takes back."""
    folder = written[min(1, len(written) - 1)][1]
    chosen = read(folder, CODES).rows[0]["CodeId"]
    other = {"Term": OTHER_TERM}
    change(folder, CODES, lambda row: row | (other if row["CodeId"] == chosen else {}))
    _late_delivery(written)


def _next_folder(written: Written, delivery: Delivery) -> Path:
    """Return the folder of the day after the newest delivery; file names stay as they were."""
    newest, folder = written[-1]
    assert newest.group == delivery.group
    return folder.parent / f"{newest.extracted_at + timedelta(days=1):%Y%m%d}"


def _stray_file(written: Written) -> None:
    (written[-1][1] / STRANGER).write_text("left here by hand\r\n", encoding="utf-8")


def _names_without_kind(written: Written) -> None:
    """Name every file as feeds 5 to 7 did: the bulk is number 1, the newest spans two numbers."""
    for delivery, folder in written:
        number = "1" if delivery.day == 0 else str(delivery.number)
        if delivery is written[-1][0] and delivery.day:
            number = f"{delivery.number}-{delivery.number + 1}"
        for path in sorted(folder.iterdir()):
            _, _, rest = path.name.split("_", 2)
            path.rename(path.with_name(f"{number}_{rest}"))


def _group_changed(written: Written) -> None:
    _move_to_other_group(*written[-1])


def _group_never_registered(written: Written) -> None:
    for delivery, folder in written:
        _move_to_other_group(delivery, folder)


def _move_to_other_group(delivery: Delivery, folder: Path) -> None:
    for path in sorted(folder.iterdir()):
        path.rename(path.with_name(path.name.replace(delivery.group, OTHER_GROUP)))
    target = folder.parent.with_name(OTHER_GROUP) / folder.name
    target.parent.mkdir(exist_ok=True)
    folder.rename(target)


def _huge_processing_id(written: Written) -> None:
    for table in (OBSERVATION, PATIENT):
        change(written[-1][1], table, lambda row: row | {"ProcessingId": str(2**53)})


def _rewrite(written: Written, edit: Callable[[list[str], bool], list[str]]) -> None:
    """Change each line of the newest observations; the second argument says which is the header."""
    folder = written[-1][1]
    file = read(folder, OBSERVATION)
    lines = [file.columns, *([row[name] for name in file.columns] for row in file.rows)]
    edited = [edit(line, number == 0) for number, line in enumerate(lines)]
    path_of(folder, OBSERVATION).write_bytes(as_csv(edited))


SCENARIOS: tuple[Scenario, ...] = (
    scenario("missing_file", "the newest EMIS delivery lacks its observation file", _missing_file),
    scenario("file_twice", "the newest EMIS delivery has two observation files", _file_twice),
    scenario(
        "file_of_other_group",
        "a file named for another extract group lies in the newest EMIS delivery",
        _file_of_other_group,
    ),
    scenario(
        "truncated_file",
        "the newest EMIS delivery's observation file ends within a row",
        _truncated_file,
    ),
    scenario(
        "cut_at_a_field",
        "the newest EMIS observation file ends with a line that lacks its last field",
        _cut_at_a_field,
    ),
    scenario(
        "header_only",
        "the newest EMIS delivery's observation file holds its header alone",
        _header_only,
    ),
    scenario("empty_file", "the newest EMIS observation file has not even a header", _empty_file),
    scenario(
        "column_added", "the newest EMIS observation file has an unknown last column", _column_added
    ),
    scenario(
        "column_missing", "the newest EMIS observation file lacks a known column", _column_missing
    ),
    scenario(
        "columns_moved", "the newest EMIS observation file has its columns reversed", _columns_moved
    ),
    scenario(
        "header_quoted",
        "the newest EMIS observation file wraps its column names in a second pair of quotes",
        _header_quoted,
    ),
    scenario("not_utf8", "the newest EMIS observation file has a byte that is no UTF-8", _not_utf8),
    scenario(
        "content_changed",
        "the newest EMIS observation file has other processing ids under the same name",
        _content_changed,
    ),
    scenario(
        "encrypted_to_another",
        "the newest EMIS delivery is encrypted to a key that nobody has",
        _encrypted_to_another,
    ),
    scenario(
        "encrypted_and_damaged",
        "the newest EMIS observation file is encrypted and its bytes are spoilt",
        _encrypted_and_damaged,
    ),
    scenario(
        "repeated_delivery",
        "the first EMIS delta comes again under a later folder",
        _repeated_delivery,
    ),
    scenario(
        "late_delivery",
        "the first EMIS delta's folder arrives under the newest date",
        _late_delivery,
    ),
    scenario(
        "late_word",
        "the first EMIS delta calls a code otherwise than those around it, and arrives last",
        _late_word,
    ),
    scenario("stray_file", "a file of no known name lies in the newest EMIS delivery", _stray_file),
    scenario(
        "names_without_kind",
        "EMIS files are named as feeds 5 to 7 did, with no word for bulk or delta",
        _names_without_kind,
    ),
    scenario(
        "group_changed",
        "the newest EMIS delivery names an extract group that no register knows",
        _group_changed,
    ),
    scenario(
        "group_never_registered",
        "every EMIS delivery names an extract group that no register knows",
        _group_never_registered,
    ),
    scenario(
        "huge_processing_id",
        "the newest EMIS delivery has a processing id beyond 32 bits",
        _huge_processing_id,
    ),
)
