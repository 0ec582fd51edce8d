"""Which records of a release are copies: kept in the lake, shown once (ADR 13).

The new source's record stands. What was a copy once stays one: a record that the practice deletes
in its new system must not come back from the old one.
"""

from collections.abc import Sequence

import duckdb

from lds_assets.copies.keys import PATIENTS, REGISTRATIONS, content_keys, parent_column
from lds_assets.copies.matching import (
    MERGER_WINDOW_DAYS,
    Side,
    match_patients,
    match_records,
    match_registrations,
    name_codes,
)
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import literal
from lds_assets.release.copies import copies_of, copies_table
from lds_assets.release.reach import Pair
from lds_assets.release.record import Release
from lds_assets.resources import Settings

_NO_START = "cast(null as date) as kept_start_date"


def find_copies(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    candidate: Release,
    former: Release | None,
    pairs: Sequence[Pair],
) -> int:
    """Work out the copies of a release and store them; return the version that holds them.

    Args:
        candidate: names the versions of the tables to look in.
        former: release in force; its copies stay copies.
        pairs: sources that follow one another.

    Returns:
        -1 when no source follows another; the former release's when nothing changed.
    """
    if not pairs:
        return -1
    lake = copies_table(settings)
    columns = ", ".join(f"{name} {kind}" for name, kind in lake.columns.items())
    connection.execute(f"create or replace temp table copy_found ({columns})")
    with without_values("copies of records could not be found", "release"):
        for pair in pairs:
            _find(settings, connection, candidate, pair)
        _keep_former(settings, connection, former, pairs)
        if former is not None and former.copies >= 0 and _same(settings, connection, former):
            return former.copies
        staged = lake.stage(connection, "select * from copy_found")
    return lake.replace(staged, lake.files())


def _find(
    settings: Settings, connection: duckdb.DuckDBPyConnection, candidate: Release, pair: Pair
) -> None:
    old, new = (
        Side(settings, candidate.tables, candidate.unfinished, *source)
        for source in (pair.old, pair.new)
    )
    name_codes(connection, old)
    match_patients(connection, old, new)
    if pair.is_merger:
        _link_patients(connection, old, new, pair)
    else:
        _note(
            connection,
            pair,
            PATIENTS,
            f"select id, standing_id, rule, {_NO_START} from copy_patient",
        )
        match_registrations(connection, old, new, pair.moved_on.isoformat())
        _note(
            connection,
            pair,
            REGISTRATIONS,
            "select id, standing_id, case when kept_start_date is null then 'same_start' else "
            "'restarted' end as rule, kept_start_date from registration_match",
        )
    for table in content_keys():
        if parent_column(table):
            _note_children(connection, pair, old, table)
        elif not (pair.is_merger and table == "patient_address"):
            match_records(connection, table, old.live(table), new.ever(table))
            _note(
                connection,
                pair,
                table,
                f"select *, 'content' as rule, {_NO_START} from record_match",
            )


def _note(
    connection: duckdb.DuckDBPyConnection, pair: Pair, table: str, rows: str, *, link: bool = False
) -> None:
    """Note copies; ``rows`` yields id, standing_id, rule and kept_start_date."""
    connection.execute(
        f"insert into copy_found by name select {literal(pair.old[0])} as {PARTITION}, "
        f"{literal(table)} as table_name, id, {literal(pair.old[1])} as lds_source_dataset, "
        f"standing_id, {literal(pair.new[0])} as standing_practice_code, "
        f"{literal(pair.new[1])} as standing_dataset, rule, {str(link).lower()} as is_link, "
        f"kept_start_date from ({rows})"
    )


def _link_patients(connection: duckdb.DuckDBPyConnection, old: Side, new: Side, pair: Pair) -> None:
    """Note who is one person under two codes: matched, and at both within 60 days (S16)."""
    day, window = f"date '{pair.moved_on}'", f"interval {MERGER_WINDOW_DAYS} day"
    rows = (
        f"select distinct held.id, held.standing_id, 'under_both_codes' as rule, {_NO_START} from "
        f"copy_patient as held inner join ({old.live(REGISTRATIONS)}) as was "
        "on was.patient_id = held.id "
        f"inner join ({new.live(REGISTRATIONS)}) as now on now.patient_id = held.standing_id "
        f"where (was.episode_of_care_end_date is null or was.episode_of_care_end_date >= {day} - "
        f"{window}) and now.episode_of_care_start_date between {day} - {window} and {day} + "
        f"{window}"
    )
    _note(connection, pair, PATIENTS, rows, link=True)


def _note_children(
    connection: duckdb.DuckDBPyConnection, pair: Pair, old: Side, table: str
) -> None:
    """Note rows that go with a parent which is a copy."""
    column = parent_column(table)
    parent = "patient" if column == "patient_id" else column.removesuffix("_id")
    rows = (
        f"select child.id, cast(null as varchar) as standing_id, 'parent' as rule, {_NO_START} "
        f"from ({old.live(table)}) as child inner join copy_found as copy "
        f"on copy.id = child.{column} and copy.table_name = {literal(parent)} and not copy.is_link"
    )
    _note(connection, pair, table, rows)


def _keep_former(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    former: Release | None,
    pairs: Sequence[Pair],
) -> None:
    """Keep the copies of the release in force between sources that are still shown together."""
    if former is None or former.copies < 0:
        return
    shown = ", ".join(
        f"({', '.join(literal(each) for each in (*pair.old, *pair.new))})" for pair in pairs
    )
    connection.execute(
        f"insert into copy_found by name select * from ({copies_of(settings, former.copies)}) "
        f"where ({PARTITION}, lds_source_dataset, standing_practice_code, standing_dataset) in "
        f"({shown}) and (table_name, id) not in (select table_name, id from copy_found)"
    )


def _same(settings: Settings, connection: duckdb.DuckDBPyConnection, former: Release) -> bool:
    known = copies_of(settings, former.copies)
    row = connection.execute(
        f"select count(*) from ((select * from copy_found except select * from ({known})) "
        f"union all (select * from ({known}) except select * from copy_found))"
    ).fetchone()
    return row is not None and row[0] == 0
