"""An export replaces an older export and no other file, whatever name is given."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from lds_assets.errors import Refused
from lds_assets.release.export import export, is_export
from tests.unit.replay.world import Road, loaded


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    return loaded(tmp_path_factory.mktemp("home"))


def _text(path: Path) -> None:
    path.write_text("the only copy")


def _database(path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table mart_practice as select 1 as n")
        connection.execute("create table release as select 1 as n")


def _export(road: Road, out: Path) -> None:
    export(road.settings, out, lambda _what, _share: None)


@pytest.mark.parametrize("make", [_text, _database])
def test_another_file_is_never_written_over(
    road: Road, tmp_path: Path, make: Callable[[Path], None]
) -> None:
    out = tmp_path / "important.duckdb"
    make(out)
    before = out.read_bytes()
    with pytest.raises(Refused, match="another file has that name") as refused:
        _export(road, out)
    assert refused.value.code == "NOT_AN_EXPORT"
    assert (out.read_bytes(), [each.name for each in tmp_path.iterdir()]) == (before, [out.name])


def test_what_an_older_program_exported_is_known_as_an_export(tmp_path: Path) -> None:
    out = tmp_path / "olids.duckdb"
    with duckdb.connect(str(out)) as connection:
        for table in ("release", "patient", "observation"):
            connection.execute(f"create table {table} as select 1 as n")
    assert is_export(out)
    with duckdb.connect(str(out)) as connection:
        connection.execute("drop table observation")
    assert not is_export(out)
