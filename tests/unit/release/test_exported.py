"""Exports are found again where they lie, also after the whole deployment has moved."""

from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import update

from lds_assets.database import connect
from lds_assets.release.exported import export_table, exports, forget_export, note_export
from lds_assets.release.record import Release
from lds_assets.resources import Settings

PRACTICE = "A99001"


def _export(settings: Settings, out: Path) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(out)) as connection:
        connection.execute("create table release as select 'R1' as release_id")
    at = datetime(2026, 11, 21)
    release = Release("R1", 1, at, "test", at.date(), "", (PRACTICE,), {})
    note_export(settings, release, out)


@pytest.mark.parametrize("place", ["home/exports/olids.duckdb", "elsewhere/olids.duckdb"])
def test_an_export_is_found_after_the_home_has_moved(tmp_path: Path, place: str) -> None:
    settings = Settings(home=tmp_path / "home")
    _export(settings, tmp_path / place)
    (tmp_path / "home").rename(tmp_path / "moved")
    moved = Settings(home=tmp_path / "moved")
    engine = connect(moved.database_url)
    (found,) = exports(moved, engine, PRACTICE)
    assert found.is_there and found.path == tmp_path / place.replace("home/", "moved/")
    forget_export(engine, found.noted)
    assert exports(moved, engine, PRACTICE) == []


def test_a_path_noted_whole_by_an_older_program_is_where_it_says(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    out = tmp_path / "home/exports/olids.duckdb"
    _export(settings, out)
    engine = connect(settings.database_url)
    with engine.begin() as connection:
        connection.execute(update(export_table).values(path=str(out)))
    (found,) = exports(settings, engine, PRACTICE)
    assert found.is_there and found.path == out
    assert exports(settings, engine, "A99002") == []
