"""Deliveries made to break the reader: each row is kept as text, set aside by number, or counted.

Both forms of files, read by a folder as ``lds supplier new`` writes it. Rows stand in one file in
the order of ``ROWS``; what becomes of each is said beside it.
"""

import csv
import io
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from lds_assets.lake.session import session
from lds_assets.landing.ledger import Ledger
from lds_assets.platform import Platform
from lds_assets.plugin.sample import sample_platform, walk_sample
from lds_assets.plugin.scaffold import ENDINGS, write_folder
from lds_assets.raw.tables import quarantine_table, raw_table
from lds_assets.suppliers.registry import Supplier, load_supplier

MINE = "X99901"
ROWAN = Path(__file__).parents[1] / "third_supplier/rowan"
COLUMNS = ("uid", "practice_code", "change_type", "recorded_date", "content")
Row = tuple[str, str, str, str, str]


def of(uid: str, content: str, practice: str = MINE, day: str = "2026-01-01") -> Row:
    return (uid, practice, "added", day, content)


#: Row -> KEPT, or why it is not; a string stands for a line that is no record of the form.
ROWS: list[tuple[Row | str, str]] = [
    (of("r1", "first"), "KEPT"),
    (of("r2", "twice"), "KEPT"),
    (of("r2", "twice, changed"), "KEPT"),
    (("", "", "", "", ""), "NO_OWNER"),
    (of("", "no key"), "NO_KEY"),
    (of("r3", "no such day", day="2026-02-30"), "BAD_VALUE"),
    (of("r4", '=HYPERLINK("http://invalid","x")'), "KEPT"),
    (of("r5", "@sum(1+1)*cmd|'/C calc'!A0"), "KEPT"),
    (of("r6", "bell \x07 escape \x1b[31m"), "KEPT"),
    (of("r7", "right\u202eto left, a \U0001f9ea, and a combining e\u0301"), "KEPT"),
    (of("'); drop table raw.record; --", "'\"\\"), "KEPT"),
    (of("r8", 'line\r\nbreak, "quoted", and more'), "KEPT"),
    (of("r9", "elsewhere", practice="../../X99902"), "P_UNKNOWN"),
    (of("r10", "not asked for", practice="X99902"), "P_UNKNOWN"),
    (of("r11", "x" * ((1 << 24) + 1)), "BAD_RECORD"),
    ("broken", "BAD_RECORD"),
    (of("r12", "null"), "KEPT"),
    (of("r13", "last"), "KEPT"),
]


#: JSON spells a zero byte in letters; in a CSV file it is no text, and landing sets the file aside.
ZERO = (of("r14", "zero \x00 byte"), "KEPT")


def written(form: str, row: Row | str) -> str:
    if isinstance(row, str):
        return row + ("\n" if form == "json_lines" else "\r\n")
    if form == "json_lines":
        return json.dumps(dict(zip(COLUMNS, row, strict=True))) + "\n"
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerow(row)
    return out.getvalue()


def deliver(home: Path, form: str, rows: list[Row | str], stamp: str = "20260110000500") -> Path:
    text = "".join(written(form, row) for row in rows)
    if form == "csv":
        text = written(form, COLUMNS) + text
    path = home / f"landing/thorn/{MINE}/full_{stamp}/record.{ENDINGS[form]}"
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    return path


@pytest.fixture(params=ENDINGS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def thorn(tmp_path: Path, form: str) -> Supplier:
    return load_supplier(write_folder(tmp_path / "code", "thorn", "Thorn", form))


def test_every_hostile_row_has_its_fate_and_the_balance_closes(
    tmp_path: Path, thorn: Supplier, form: str
) -> None:
    rows = [*ROWS, *([ZERO] if form == "json_lines" else [])]
    deliver(tmp_path, form, [row for row, _ in rows])
    walk = walk_sample(thorn, tmp_path, [MINE])
    assert walk.report.held == {}
    assert walk.imbalances == []
    assert walk.fault is None
    fates = Counter(fate for _, fate in rows)
    assert walk.report.practices[MINE].rows_kept == fates.pop("KEPT")
    assert walk.report.reasons == fates

    platform = sample_platform(thorn, tmp_path, [MINE])
    raw = raw_table(platform.settings, thorn, "record")
    kept = [row for row, fate in rows if fate == "KEPT"]
    assert read(platform, raw.select(raw.files()), "uid, content") == sorted(
        (row[0], row[4]) for row in kept
    )
    aside = quarantine_table(platform.settings)
    numbers = [
        (place, fate)
        for place, (_, fate) in enumerate(rows, start=1)
        if fate not in ("KEPT", "P_UNKNOWN")
    ]
    assert read(platform, aside.select(aside.files()), "lds_row_number, reason") == sorted(numbers)
    partitions = {path.name for path in (tmp_path / "lake/raw_thorn/record").glob("publisher*")}
    assert partitions == {f"publisher_organisation_code={MINE}"}
    assert list(tmp_path.glob("X99902*")) == list(tmp_path.glob("lake/X99902*")) == []


def read(platform: Platform, select: str, columns: str) -> list[tuple[object, ...]]:
    with session(platform.settings) as connection:
        return sorted(connection.execute(f"select {columns} from ({select})").fetchall())


def test_no_value_of_a_hostile_row_is_told(tmp_path: Path, thorn: Supplier, form: str) -> None:
    secret = "9990000018"
    faulty: list[Row | str] = [of(secret, secret, day=secret), f"{secret} {secret}"]
    deliver(tmp_path, form, [of("r1", secret), *faulty, of("r2", "x")])
    walk = walk_sample(thorn, tmp_path, [MINE])
    ledger: Ledger = sample_platform(thorn, tmp_path, [MINE]).ledger
    told = [walk.report, walk.deliveries, ledger.events(), walk.fault]
    told += [ledger.files(each.delivery_id) for each in walk.deliveries]
    assert walk.report.reasons == {"BAD_VALUE": 1, "BAD_RECORD": 1}
    assert secret not in repr(told)


def test_a_link_in_place_of_a_folder_or_file_is_never_followed(
    tmp_path: Path, thorn: Supplier, form: str
) -> None:
    path = deliver(tmp_path, form, [of("r1", "first"), of("r2", "second")])
    outside = tmp_path / "outside"
    path.parent.rename(outside)
    path.parent.symlink_to(outside)
    walk = walk_sample(thorn, tmp_path, [MINE])
    assert walk.report.loaded == []
    assert {(str(each.state), each.reason) for each in walk.deliveries} == {
        ("QUARANTINED", "UNKNOWN_NAME")
    }


def test_two_files_of_one_table_hold_the_delivery(
    tmp_path: Path, thorn: Supplier, form: str
) -> None:
    path = deliver(tmp_path, form, [of("r1", "first")])
    rules = thorn.definition.delivery.model_copy(update={"file": r"(?P<table>[a-z]+)\d?\.\w+"})
    definition = thorn.definition.model_copy(update={"delivery": rules})
    (path.parent / f"record2.{ENDINGS[form]}").write_bytes(path.read_bytes())
    walk = walk_sample(Supplier(definition, thorn.folder), tmp_path, [MINE])
    assert [(str(each.state), each.reason) for each in walk.deliveries] == [("HELD", "MIXED_BATCH")]


def test_a_repeated_key_and_a_record_of_nulls_are_accounted_for(tmp_path: Path) -> None:
    shutil.copytree(ROWAN / "samples", tmp_path / "landing/rowan")
    path = tmp_path / f"landing/rowan/{MINE}/full_20260110000500/coded_entry.jsonl"
    first = path.read_bytes().splitlines(keepends=True)[0]
    bare = json.dumps({"uid": "e9", "practice": MINE}) + "\n"
    path.write_bytes(path.read_bytes() + first + bare.encode())
    walk = walk_sample(load_supplier(ROWAN), tmp_path, [MINE])
    assert (walk.imbalances, walk.fault) == ([], None)
    full = next(
        each.delivery_id
        for each in walk.deliveries
        if MINE in each.delivery_id and each.kind == "full"
    )
    ledger = sample_platform(load_supplier(ROWAN), tmp_path, [MINE]).ledger
    # the sample's entries e1, e2 (no code), e3, then e1 again and e9 (no code)
    assert ledger.account("canonical", full)[full, "coded_entry", MINE] == {
        "CANONICAL": 2,
        "SUPERSEDED": 1,
        "NO_CODE": 2,
    }
