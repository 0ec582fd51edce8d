"""Readers see whole marts: the old ones or the new ones."""

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from lds_assets.errors import Held
from lds_assets.marts.publish import publish


def _working_database(path: Path, release_id: str, people: int) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table mart_release as select ? as release_id", [release_id])
        connection.execute(
            f"create table mart_person as select range as person_no from range({people})"
        )
        connection.execute("create table int_person as select 1 as person_no")
        connection.execute("create view stg_person as select 1 as person_no")
        connection.execute("create view mart_view as select 1 as person_no")
    return path


def _tables(database: Path) -> list[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select table_name from information_schema.tables order by 1"
        ).fetchall()
    return [name for (name,) in rows]


def test_only_mart_tables_are_published(tmp_path: Path) -> None:
    publication = publish(_working_database(tmp_path / "w.duckdb", "r1", 3), tmp_path / "marts")

    assert _tables(tmp_path / "marts" / "marts.duckdb") == ["mart_person", "mart_release"]
    assert sorted(p.name for p in (tmp_path / "marts").iterdir()) == [
        "mart_person.parquet",
        "mart_release.parquet",
        "marts.duckdb",
    ]
    assert publication.release_id == "r1"
    assert [(m.name, m.row_count) for m in publication.marts] == [
        ("mart_person", 3),
        ("mart_release", 1),
    ]


def test_each_parquet_file_names_its_release(tmp_path: Path) -> None:
    publish(_working_database(tmp_path / "w.duckdb", "r'1", 3), tmp_path / "marts")

    metadata = pq.read_metadata(tmp_path / "marts" / "mart_person.parquet").metadata
    assert metadata[b"release_id"] == b"r'1"


def test_publishing_again_replaces_and_forgets_what_is_no_mart_any_more(tmp_path: Path) -> None:
    marts = tmp_path / "marts"
    publish(_working_database(tmp_path / "old.duckdb", "r1", 3), marts)
    (marts / "mart_former.parquet").write_bytes(b"")

    publish(_working_database(tmp_path / "new.duckdb", "r2", 5), marts)

    assert not (marts / "mart_former.parquet").exists()
    with duckdb.connect(str(marts / "marts.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from mart_person").fetchone() == (5,)


def test_a_reader_keeps_the_marts_it_opened(tmp_path: Path) -> None:
    marts = tmp_path / "marts"
    publish(_working_database(tmp_path / "old.duckdb", "r1", 3), marts)
    with duckdb.connect(str(marts / "marts.duckdb"), read_only=True) as reader:
        publish(_working_database(tmp_path / "new.duckdb", "r2", 5), marts)
        assert reader.execute("select count(*) from mart_person").fetchone() == (3,)


def test_the_same_marts_give_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        built = _working_database(tmp_path / f"{name}.duckdb", "r1", 1000)
        publish(built, tmp_path / name)

    for file in sorted((tmp_path / "one").iterdir()):
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@pytest.mark.parametrize("fault", ["no marts", "no database", "damaged"])
def test_a_failed_publication_leaves_the_old_marts(tmp_path: Path, fault: str) -> None:
    marts = tmp_path / "marts"
    publish(_working_database(tmp_path / "old.duckdb", "r1", 3), marts)
    before = {file.name: file.read_bytes() for file in marts.iterdir()}
    broken = tmp_path / "broken.duckdb"
    if fault == "no marts":
        duckdb.connect(str(broken)).close()
    if fault == "damaged":
        broken.write_bytes(b"no database at all")

    with pytest.raises(Held):
        publish(broken, marts)

    assert {file.name: file.read_bytes() for file in marts.iterdir()} == before
