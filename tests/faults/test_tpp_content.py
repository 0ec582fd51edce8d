"""TPP deliveries whose columns, bytes or practices are not what they should be."""

from pathlib import Path

import pytest

from lds_assets.synthetic.faults.tpp_content import NEW_UNITS
from tests.faults.tpp_run import (
    BEFORE,
    BULK,
    FIRST,
    GROUP,
    LAST,
    OTHERS,
    SECOND,
    Run,
    assert_balanced,
    assert_same,
    before,
    clean,
    live,
    prepare,
    raw_keys,
    raw_rows,
    run,
    walk,
)


def assert_waits(spoilt: Run, fate: str, detail: str, to_do: str) -> None:
    """The newest delivery waits whole, people are told, and what was there before stays."""
    assert spoilt.states()[LAST] == fate
    assert detail in spoilt.delivery(LAST).detail
    assert spoilt.to_look_at()[LAST] == fate
    told = spoilt.lds("status")
    assert LAST in told and to_do in told
    assert spoilt.quarantined(LAST) == {}
    assert spoilt.counted(LAST, "SRPatient") == {}
    assert_same(spoilt, before(), FIRST, SECOND)


def assert_table_waits(spoilt: Run, table: str, fate: str, detail: str, to_do: str) -> None:
    """A table of the newest delivery waits, people are told, and every other one goes on."""
    part = f"{LAST}+{table}"
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.states()[part] == fate
    assert detail in spoilt.delivery(part).detail
    assert spoilt.to_look_at() == {part: fate}
    told = spoilt.lds("status")
    assert part in told and to_do in told
    assert spoilt.quarantined(part) == {}
    assert spoilt.counted(part, table) == spoilt.counted(LAST, table) == {}
    raw, usual = (raw_rows(each, (FIRST, SECOND)) for each in (spoilt, clean()))
    assert {name for name in usual if raw[name] != usual[name]} <= {table}
    for practice in (FIRST, SECOND):
        assert raw_keys(spoilt, table, practice) == raw_keys(before(), table, practice)


# -- columns -------------------------------------------------------------------------------------


def test_deltas_that_cannot_tell_deletions_are_refused() -> None:
    spoilt = run("tpp_no_removed_data")
    assert spoilt.states()[BULK] == "PUBLISHED"
    for each in (BEFORE, LAST):
        assert spoilt.states()[each] == "REFUSED DELETES_MISSING"
    assert spoilt.to_look_at() == dict.fromkeys((BEFORE, LAST), "REFUSED DELETES_MISSING")
    assert "have removed data switched on" in spoilt.lds("status")
    assert "RemovedData" in spoilt.delivery(LAST).detail
    assert raw_keys(spoilt, "SRCode", FIRST) < raw_keys(clean(), "SRCode", FIRST)


def test_a_wrong_specification_of_one_file_holds_its_table_alone() -> None:
    assert_table_waits(
        run("tpp_wrong_specification"),
        "SRAppointment",
        "HELD HEADER_DRIFT",
        "SRAppointment.csv: 25 columns, missing RowIdentifier, IDOrganisationVisibleTo",
        "if the supplier changed the layout",
    )


def test_a_column_nobody_knows_is_counted_and_loses_nothing() -> None:
    spoilt = run("tpp_column_added")
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert spoilt.file(LAST, "SRCode").extra_columns == 1
    assert clean().file(LAST, "SRCode").extra_columns == 0
    assert_same(spoilt, clean(), FIRST, SECOND)


def test_a_column_left_out_is_blank_and_loses_nothing_else() -> None:
    spoilt = run("tpp_column_missing")
    assert spoilt.states()[LAST] == "PUBLISHED"
    fresh = raw_keys(clean(), "SRCode", FIRST) - raw_keys(before(), "SRCode", FIRST)
    assert fresh and raw_keys(spoilt, "SRCode", FIRST) == raw_keys(clean(), "SRCode", FIRST)
    units = "result_value_units_source_concept_id"
    for key in fresh:
        mine, usual = (
            each.row("observation", "observation", FIRST, "SRCode", key)
            for each in (spoilt, clean())
        )
        if mine is None or usual is None:
            assert mine is usual
            continue
        assert mine[units] is None
        left = {units, "result_value_units_concept_id", "result_text", "lds_transform_datetime"}
        assert {k: v for k, v in mine.items() if k not in left} == {
            k: v for k, v in usual.items() if k not in left
        }


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    spoilt = run("tpp_columns_moved")
    assert spoilt.states()[LAST] == "PUBLISHED"
    assert_same(spoilt, clean(), FIRST, SECOND)


def test_another_delimiter_of_what_others_need_holds_the_group() -> None:
    spoilt = run("tpp_other_delimiter")
    assert_waits(
        spoilt,
        "HELD HEADER_MISSING",
        "SRCode.csv: the first line is not a header",
        "ask the supplier to send the file again with its header",
    )
    # a first line that is no header may hold a patient's values
    assert spoilt.file(LAST, "SRCode").header == ()


def test_strange_files_are_told_and_hold_nothing() -> None:
    spoilt = run("tpp_stray_files")
    stranger = f"tpp/stranger/{GROUP}/20261120_0433/readme_first.txt"
    assert spoilt.states()[stranger] == "QUARANTINED UNKNOWN_NAME"
    assert spoilt.to_look_at() == {stranger: "QUARANTINED UNKNOWN_NAME"}
    unknown = spoilt.file(LAST, "SRBrandNew")
    assert (unknown.state, unknown.reason) == ("IGNORED", "UNKNOWN_TABLE")
    assert_same(spoilt, clean(), FIRST, SECOND)


# -- bytes ---------------------------------------------------------------------------------------

BROKEN = {
    "tpp_truncated": (
        "HELD TRUNCATED",
        "SRCode.csv: the last line does not end in a line end",
        "ask the supplier to send the file again",
    ),
    "tpp_undecodable": (
        "QUARANTINED ENCODING",
        "SRCode.csv: line 2 is not cp1252",
        "ask the supplier to send the extract again in the agreed encoding",
    ),
    "tpp_zeroed_block": (
        "QUARANTINED ENCODING",
        "is not cp1252",
        "ask the supplier to send the extract again in the agreed encoding",
    ),
    "tpp_garbled_lines": (
        "QUARANTINED MALFORMED",
        "rows are not of its form",
        "ask the supplier to send the delivery again, whole",
    ),
    "tpp_open_quote": (
        "QUARANTINED MALFORMED",
        "as when a quote never closes",
        "ask the supplier to send the delivery again, whole",
    ),
}


@pytest.mark.parametrize("scenario", BROKEN)
def test_a_corrupted_file_loads_for_none_of_its_practices(scenario: str) -> None:
    assert_table_waits(run(scenario), "SRCode", *BROKEN[scenario])


def test_a_whole_copy_gives_the_corrupted_table(tmp_path: Path) -> None:
    prepare(tmp_path, "tpp_garbled_lines")
    assert walk(tmp_path).states()[f"{LAST}+SRCode"] == "QUARANTINED MALFORMED"
    prepare(tmp_path / "usual", "tpp_same_window_again")
    again = tmp_path / "usual/landing/tpp" / GROUP / "20261120_1233"
    again.rename(tmp_path / "landing/tpp" / GROUP / again.name)
    mended = walk(tmp_path)
    copy = f"tpp/{GROUP}/20261120T123300"
    assert mended.states()[copy] == "SUPERSEDED REPEATED"
    assert mended.states()[f"{copy}+SRCode"] == "PUBLISHED"
    assert_balanced(mended)
    assert live(mended, FIRST, SECOND) == live(clean(), FIRST, SECOND)


def test_rows_that_come_three_times_are_one_record() -> None:
    spoilt = run("tpp_duplicate_rows")
    assert spoilt.states()[LAST] == "PUBLISHED"
    for table in ("SRCode", "SRAppointment", "SRPrimaryCareMedication"):
        once = clean().counted(LAST, table)
        assert once["KEPT"] > 0 or table != "SRCode"
        assert spoilt.counted(LAST, table) == {why: 3 * rows for why, rows in once.items()}
    assert live(spoilt, FIRST, SECOND) == live(clean(), FIRST, SECOND)


# -- practices -----------------------------------------------------------------------------------


def test_a_new_units_bulk_is_a_chain_of_its_own() -> None:
    spoilt = run("tpp_new_unit_apart")
    apart = next(each for each in spoilt.states() if NEW_UNITS in each)
    # two configurations may bring new units at the same minute
    assert GROUP in apart
    assert spoilt.delivery(apart).kind == "full"
    assert set(spoilt.states().values()) == {"PUBLISHED"}
    assert live(spoilt, FIRST) == live(clean(), FIRST)
    assert live(spoilt, SECOND) == live(clean(), SECOND)


def test_reference_files_beside_a_new_units_bulk_change_no_other_practice() -> None:
    spoilt = run("tpp_new_unit_apart")
    for table in ("SROrganisation", "SRStaffMember", "SRStaffMemberProfile"):
        assert raw_keys(spoilt, table, FIRST) == raw_keys(clean(), table, FIRST)
    for table in ("organisation", "practitioner", "practitioner_in_role", "location"):
        gone = {row["id"] for row in clean().released[table] if not row.get("lds_is_deleted")}
        assert gone == {
            row["id"] for row in spoilt.released[table] if not row.get("lds_is_deleted")
        }


def test_rows_that_name_nobody_are_loud() -> None:
    assert_waits(
        run("tpp_wrong_key"),
        "QUARANTINED MALFORMED",
        "rows name no practice of the register",
        "ask the supplier to send the delivery again, whole",
    )


def test_a_practice_in_two_configurations_has_each_record_once() -> None:
    spoilt = run("tpp_other_configuration")
    assert set(spoilt.states().values()) == {"PUBLISHED"}
    assert len(spoilt.states()) == len((BULK, BEFORE, LAST)) * 2 + len(OTHERS)
    assert live(spoilt, FIRST, SECOND) == live(clean(), FIRST, SECOND)
