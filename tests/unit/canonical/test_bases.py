"""Files of first full loads are told from files of changes by their footers."""

from pathlib import Path

import duckdb

from lds_assets.canonical.bases import parted
from lds_assets.canonical.tables import canonical_table, stored_columns
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.session import session
from lds_assets.release.relations import current_versions
from lds_assets.resources import Settings

PRACTICE = "E84001"


def _write(settings: Settings, sequence: int, *rows: tuple[str, bool]) -> ActiveFile:
    """Append ids, each with whether it comes from a first full load; return the file."""
    lake = canonical_table(settings, "location")
    given = {
        "publisher_organisation_code": f"'{PRACTICE}'",
        "lds_load_sequence": str(sequence),
        "lds_is_base": "told.is_base",
        "lds_is_deleted": "false",
        "id": "told.id",
    }
    columns = ", ".join(
        f"{given.get(name, 'null')} as {name}" for name in stored_columns("location")
    )
    values = ", ".join(f"('{name}', {is_base})" for name, is_base in rows)
    with session(settings) as connection:
        select = f"select {columns} from (values {values}) as told (id, is_base)"
        lake.commit(lake.stage(connection, select, sequence), {})
    return next(file for file in lake.files() if file.sequence == sequence)


def test_a_file_is_read_where_its_rows_belong(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=1)
    base = _write(settings, 1, ("a", True), ("b", True))
    changes = _write(settings, 2, ("b", False), ("c", False))
    mixed = _write(settings, 3, ("d", True), ("c", False))
    found = parted([base, changes, mixed])
    assert (found.base, found.changes) == ([base, mixed], [changes, mixed])


def test_a_row_of_either_kind_is_shown_once_whatever_file_holds_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, threads=1)
    _write(settings, 1, ("a", True), ("b", True))
    _write(settings, 2, ("b", False), ("c", False))
    _write(settings, 3, ("d", True), ("c", False))
    version = canonical_table(settings, "location").version()
    rows = current_versions(settings, "location", version, [PRACTICE])
    with session(settings) as connection:
        found = connection.execute(
            f"select id, lds_load_sequence, lds_is_base from ({rows}) order by id"
        ).fetchall()
    assert found == [("a", 1, True), ("b", 2, False), ("c", 3, False), ("d", 3, True)]


def test_a_file_whose_footer_says_nothing_may_hold_both(tmp_path: Path) -> None:
    path = tmp_path / "told.parquet"
    statement = f"copy (select cast(null as boolean) as lds_is_base) to '{path}' (format parquet)"
    duckdb.connect().execute(statement)
    file = ActiveFile(str(path), PRACTICE, 1, 1, 1)
    found = parted([file])
    assert (found.base, found.changes) == ([file], [file])
