"""One table of one TPP delivery is lost: it stops, everything else goes on, and it heals."""

import json
import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lds_assets.canonical.identity import record_id
from lds_assets.synthetic.faults.tpp_edit import (
    MANIFEST,
    STAMP,
    Row,
    append,
    edit_manifest,
    is_live,
    list_as_full,
    moved,
    path_of,
    read,
    state,
    write,
)
from tests.faults.tpp_run import (
    BEFORE,
    BULK,
    FIRST,
    GROUP,
    LAST,
    OTHER,
    OTHERS,
    SECOND,
    Run,
    assert_balanced,
    assert_same,
    before,
    clean,
    live,
    live_ids,
    prepare,
    raw_keys,
    raw_rows,
    rows_of,
    run,
    walk,
)

LOST, AFTER = f"{BEFORE}+SRCode", f"{LAST}+SRCode"
TABLE = "SRCode"


def ids_of_codes() -> set[str]:
    """Return the ids of released rows that are made of rows of SRCode."""
    return {
        str(record_id("PrimaryCareTPP", entity, practice, TABLE, key))
        for entity in ("observation", "allergy_intolerance")
        for practice in (FIRST, SECOND)
        for key in raw_keys(clean(), TABLE, practice)
    }


def raw_of(told: Run, *practices: str) -> dict[str, list[tuple[object, ...]]]:
    """Return raw rows of practices; those of a part under the id of its delivery."""
    named = {LOST: BEFORE, AFTER: LAST}
    return {
        table: sorted((tuple(named.get(str(v), v) for v in row) for row in rows), key=repr)
        for table, rows in raw_rows(told, practices).items()
    }


def assert_whole(told: Run, usual: Run, *practices: str) -> None:
    """Practices hold, row by row, raw and released, what they hold where nothing was missing."""
    assert_balanced(told)
    rows, expected = rows_of(told, practices), rows_of(usual, practices)
    assert any(expected.values())
    assert [table for table in expected if rows[table] != expected[table]] == []
    raw, expected_raw = raw_of(told, *practices), raw_of(usual, *practices)
    assert any(expected_raw.values())
    assert [table for table in expected_raw if raw[table] != expected_raw[table]] == []


# -- what goes on and what does not ---------------------------------------------------------------


def test_the_table_waits_and_the_ledger_says_why() -> None:
    spoilt = run("tpp_lost_table")
    assert spoilt.states() == dict.fromkeys((BULK, BEFORE, LAST, *OTHERS), "PUBLISHED") | {
        LOST: "INCOMPLETE FILES_MISSING",
        AFTER: "HELD DATE_GAP",
    }
    assert spoilt.fate(LOST)[2] == "SRCode is listed and not there"
    lost = "nothing from 2026-11-18 02:07 to 2026-11-19 03:20 UTC"
    assert spoilt.fate(AFTER)[2] == f"SRCode: {lost}"
    assert spoilt.delivery(AFTER).to_do == (
        "ask the sender for the missing window or for a full extract"
    )
    for part in (LOST, AFTER):
        assert spoilt.counted(part, TABLE) == {}
        assert spoilt.quarantined(part) == {}
    for whole in (BEFORE, LAST):
        assert spoilt.counted(whole, TABLE) == {}
        assert spoilt.counted(whole, "SREvent")["LANDED"] > 0


def test_commands_name_table_reason_and_who_acts() -> None:
    spoilt = run("tpp_lost_table")
    assert spoilt.to_look_at() == {LOST: "INCOMPLETE FILES_MISSING", AFTER: "HELD DATE_GAP"}
    looked = json.loads(spoilt.lds("status", "--json"))["to_look_at"]
    assert all(each["since"] for each in looked)
    listed = json.loads(spoilt.lds("quarantine", "list", "--json"))["deliveries"]
    assert [(e["delivery_id"], e["owner_role"], bool(e["since"])) for e in listed] == [
        (LOST, "OPS", True),
        (AFTER, "OPS", True),
    ]
    for practice in (FIRST, SECOND):
        told = spoilt.lds("why", practice)
        assert f"{practice} " in told and "is PARTIAL" in told and "FILES_MISSING" in told
        assert "SRCode since 2026-11-19 INCOMPLETE; the other tables go on" in " ".join(
            told.split()
        )
        assert "next: wait for the copy to end; if it stays, ask the supplier" in told
    assert "is PRESENT" in spoilt.lds("why", OTHER) or "FILES_MISSING" not in spoilt.lds(
        "why", OTHER
    )


def test_only_the_table_groups_of_the_table_are_late() -> None:
    rows = json.loads(run("tpp_lost_table").lds("freshness", "--json"))["rows"]
    told = {(each["practice_code"], each["table_group"]): each for each in rows}
    usual = json.loads(clean().lds("freshness", "--json"))["rows"]
    for row in usual:
        key = (row["practice_code"], row["table_group"])
        if key[0] not in (FIRST, SECOND) or key[1] != "record":
            assert told[key]["verdict"] == row["verdict"], key
            assert told[key]["waiting"] == "", key
    for practice in (FIRST, SECOND):
        row = told[practice, "record"]
        # the window of 18 November is the last that SRCode has come up to; two were due since
        assert (row["verdict"], row["extracted_at"]) == ("MISSING", "2026-11-18 02:07")
        assert (row["waiting"], row["waiting_reason"]) == (LOST, "FILES_MISSING")


def test_the_other_tables_and_practices_are_as_if_nothing_were_missing() -> None:
    spoilt = run("tpp_lost_table")
    practices = (FIRST, SECOND)
    assert_same(spoilt, clean(), OTHER)
    raw, usual = raw_rows(spoilt, practices), raw_rows(clean(), practices)
    assert [table for table in usual if raw[table] != usual[table]] == [TABLE]

    of_codes = ids_of_codes()

    def others(row: Mapping[str, Any]) -> bool:
        return row.get("id") not in of_codes

    rows = rows_of(spoilt, practices, keep=others)
    expected = rows_of(clean(), practices, keep=others)
    assert [table for table in expected if rows[table] != expected[table]] == []
    for practice in practices:
        held = raw_keys(spoilt, TABLE, practice)
        assert held < raw_keys(before(), TABLE, practice) < raw_keys(clean(), TABLE, practice)


# -- how it heals ---------------------------------------------------------------------------------


def _take_back(older: Path, newest: Path) -> None:
    """Let the newest delivery take back what the one before it brought.

    It removes a patient who has entries in the window before, removes an entry of that window and
    changes another one.
    """
    columns = read(newest, TABLE).columns
    own = [
        row
        for row in read(older, TABLE).rows
        if row["IDOrganisationVisibleTo"] == FIRST and is_live(row)
    ]
    patient = own[0]["IDPatient"]
    append(
        newest,
        "SRPatient",
        [
            {
                "RowIdentifier": patient,
                "IDOrganisationVisibleTo": FIRST,
                "RemovedData": "1",
            }
        ],
    )
    rest = [row for row in own if row["IDPatient"] != patient]
    removed = dict.fromkeys(columns, "") | {
        "RowIdentifier": rest[0]["RowIdentifier"],
        "IDOrganisationVisibleTo": FIRST,
        "RemovedData": "1",
    }
    append(newest, TABLE, [removed, rest[1] | {"NumericValue": "7.5", "IsNumeric": "TRUE"}])


def folders(home: Path) -> tuple[Path, Path]:
    """Return where the two deltas of the first configuration lie in a home."""
    place = home / "landing/tpp" / GROUP
    return place / "20261119_0320", place / "20261120_0433"


def test_the_file_that_comes_late_undoes_nothing_of_what_came_after(tmp_path: Path) -> None:
    """Rows removed, changed or taken along by a removed patient since stay so."""
    whole, late = tmp_path / "whole", tmp_path / "late"
    prepare(whole)
    _take_back(*folders(whole))
    usual = walk(whole)
    ids = _ids_of_window(usual)
    # the newest delivery does take something back
    assert ids - live_ids(usual, "observation", FIRST)
    assert ids & live_ids(usual, "observation", FIRST)
    prepare(late, at_most=1)
    _take_back(*folders(late))
    lost = path_of(folders(late)[0], TABLE)
    kept = lost.read_bytes()
    lost.unlink()
    first = walk(late)
    assert first.states()[AFTER] == "HELD DATE_GAP"
    assert not ids & live_ids(first, "observation", FIRST)
    lost.write_bytes(kept)
    healed = walk(late)
    assert healed.states() == dict.fromkeys((BULK, BEFORE, LAST, AFTER, *OTHERS), "PUBLISHED") | {
        LOST: "PUBLISHED OUT_OF_ORDER"
    }
    assert healed.to_look_at() == {}
    assert_whole(healed, usual, FIRST, SECOND, OTHER)
    # a further run finds nothing to do
    assert walk(late).ingest.loaded == []


def _ids_of_window(told: Run) -> set[str]:
    """Return the observations that the window before the newest brings to the first practice."""
    older, _ = folders(told.home)
    keys = {
        row["RowIdentifier"]
        for row in read(older, TABLE).rows
        if row["IDOrganisationVisibleTo"] == FIRST and is_live(row)
    }
    made = {str(record_id("PrimaryCareTPP", "observation", FIRST, TABLE, key)) for key in keys}
    return made & {str(row["id"]) for row in told.released["observation"]}


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A home of its own in which the table is lost."""
    return Path(shutil.copytree(run("tpp_lost_table").home, tmp_path / "home"))


def test_two_persons_give_the_part_up_and_the_later_ones_go_on(lost: Path) -> None:
    spoilt = run("tpp_lost_table")
    here = Run(lost, spoilt.ingest, None)
    here.lds(
        *("delivery", "abandon", LOST, "--actor", "Ann Example", "--second", "Bert Example"),
        *("--reason", "the gateway lost it"),
    )
    then = walk(lost)
    assert then.states()[LOST].startswith("ABANDONED")
    assert then.states()[AFTER] == "PUBLISHED"
    assert then.to_look_at() == {}
    assert_balanced(then)
    # the window given up is missing, the one after it is there
    rows = {each["RowIdentifier"] for each in read(folders(lost)[1], TABLE).rows}
    assert then.counted(AFTER, TABLE)["LANDED"] == len(read(folders(lost)[1], TABLE).rows)
    assert rows & raw_keys(then, TABLE, FIRST)
    assert raw_keys(then, TABLE, FIRST) < raw_keys(clean(), TABLE, FIRST)


def test_a_full_file_of_the_table_heals_it(lost: Path) -> None:
    _send_full(lost)
    first = walk(lost)
    again = f"tpp/{GROUP}/20261121T043300"
    assert first.states()[again] == "PUBLISHED"
    # what lies before the full file is let on when everybody has loaded it
    assert first.states()[AFTER] == "HELD DATE_GAP"
    assert live(first, FIRST, SECOND) == live(clean(), FIRST, SECOND)
    then = walk(lost)
    assert then.states()[LOST] == "SUPERSEDED COVERED"
    assert then.states()[AFTER] == "PUBLISHED OUT_OF_ORDER"
    assert then.to_look_at() == {}
    assert_balanced(then)
    assert live(then, FIRST, SECOND) == live(clean(), FIRST, SECOND)


def _send_full(home: Path) -> None:
    """Send a day later than the newest a full SRCode beside deltas without rows."""
    _, newest = folders(home)
    last = next(d for d, f in reversed(clean().written) if d.group == GROUP)
    later = last.extracted_at + timedelta(days=1)
    place = moved(newest, later)
    shutil.copytree(newest, place)
    for row in read(place, MANIFEST).rows:
        if row["IsDelta"] == "Y":
            write(place, row["FileName"], read(place, row["FileName"]).columns, [])
    window = {
        "DateExtractFrom": f"{last.extracted_at:{STAMP}}",
        "DateExtractTo": f"{later:{STAMP}}",
    }

    def dated(row: Row) -> Row:
        return row | {name: text for name, text in window.items() if row[name]}

    edit_manifest(place, dated)
    own = [each for each in clean().written if each[0].group == GROUP]
    write(place, TABLE, read(place, TABLE).columns, state(own, TABLE))
    list_as_full(place, [TABLE])


def test_a_full_file_deletes_when_it_comes_and_not_with_its_delivery(tmp_path: Path) -> None:
    prepare(tmp_path, "tpp_full_without_a_few")
    path = path_of(folders(tmp_path)[1], TABLE)
    kept = path.read_bytes()
    path.unlink()
    first = walk(tmp_path)
    assert first.states()[LAST] == "PUBLISHED"
    assert first.states()[AFTER] == "INCOMPLETE FILES_MISSING"
    usual = run("tpp_full_without_a_few")
    gone = live_ids(clean(), "observation", FIRST) - live_ids(usual, "observation", FIRST)
    kept_so_far = gone & live_ids(before(), "observation", FIRST)
    assert kept_so_far and kept_so_far <= live_ids(first, "observation", FIRST)
    path.write_bytes(kept)
    then = walk(tmp_path)
    assert then.states()[AFTER] == "PUBLISHED"
    assert not gone & live_ids(then, "observation", FIRST)
    # a deletion for want of a row is numbered by the load that found it
    assert live(then, FIRST, SECOND) == live(usual, FIRST, SECOND)
    assert raw_of(then, FIRST, SECOND) == raw_of(usual, FIRST, SECOND)
    assert_balanced(then)
