"""A supplier adds a column: it is read past, then declared; what comes holds it, a replay the past.

Entry of the invented feed gets ``Severity`` with the delivery of 12 June. The lake was made before.
"""

import csv
import io
from pathlib import Path

import pytest

from lds_assets.lake.session import session
from lds_assets.landing.unknown_columns import unknown_columns
from lds_assets.raw.tables import raw_table
from lds_assets.replay import replay as replays
from lds_assets.replay.take_over import REPLAYED
from tests.unit.replay.world import CODE, DELTAS, FULL, ONE, TWO, Road, entry, open_gate


def _with_severity(path: Path) -> None:
    """Add the column to a file: header, and a word in every row."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    wider = [[*row, "Severity" if place == 0 else "mild"] for place, row in enumerate(rows)]
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(wider)
    path.write_bytes(text.getvalue().encode())


def _declare(road: Road) -> None:
    path = road.home / "code" / CODE / "tables.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "Entry,7,Severity,text,no,invented\r\n", encoding="utf-8")


def _severities(road: Road, practice: str) -> list[tuple[str, str | None]]:
    table = raw_table(road.settings, road.platform.suppliers[CODE], "Entry")
    with session(road.settings) as connection:
        return connection.execute(
            f"select lds_source_key, severity from ({table.select(table.files())}) where "
            f"publisher_organisation_code = '{practice}' order by lds_extracted_at, lds_source_key"
        ).fetchall()


@pytest.fixture
def road(tmp_path: Path) -> Road:
    """A home loaded by a dictionary that does not know the column of its newest delivery."""
    road = Road(tmp_path / "home", open_gate())
    road.send(10, FULL, full=True)
    for day, rows in DELTAS.items():
        road.send(day, rows)
    _with_severity(road.folder(12) / "delta_Entry.csv")
    assert road.load().held == {}
    road.release()
    return road


def test_what_came_before_is_null_and_what_comes_is_kept(road: Road) -> None:
    before = road.values()
    (told,) = unknown_columns(road.platform.engine, road.platform.suppliers[CODE])
    assert told.columns == ("severity",)
    _declare(road)
    assert {value for _, value in _severities(road, ONE)} == {None}
    road.send(13, {"Person": [], "Entry": [entry("E5", "5"), entry("E2", "7", TWO)]})
    _with_severity(road.folder(13) / "delta_Entry.csv")
    assert road.load().held == {}
    assert (_severities(road, ONE)[-1], _severities(road, TWO)[-1]) == (
        ("E5", "mild"),
        ("E2", "mild"),
    )
    assert road.values() == sorted([*before, 5])
    platform = road.platform
    assert (platform.ledger.balance("raw"), platform.ledger.balance("canonical")) == ([], [])
    assert unknown_columns(platform.engine, platform.suppliers[CODE]) == []


def test_a_replay_fills_the_past_of_its_practice(road: Road) -> None:
    _declare(road)
    values = road.values()
    staged = replays.stage(road.platform, ONE, None)
    assert replays.commit(road.platform, staged) == REPLAYED
    # E1 alone came on the 12th, with the column
    assert _severities(road, ONE)[-1] == ("E1", "mild")
    assert {value for _, value in _severities(road, ONE)[:-1]} == {None}
    assert {value for _, value in _severities(road, TWO)} == {None}
    assert road.values() == values
