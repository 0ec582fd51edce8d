"""The current row of an id, and what is shown of a table that has no mark of deletion."""

from pathlib import Path

import pytest

from lds_assets.canonical.tables import canonical_table, stored_columns
from lds_assets.lake.session import session
from lds_assets.release.relations import current_versions
from lds_assets.resources import Settings

PRACTICE = "E84001"


def write(home: Settings, table: str, sequence: int, ids: dict[str, bool], base: bool) -> int:
    """Append one version of each id, deleted or not; return the table's version."""
    lake = canonical_table(home, table)
    values = ", ".join(f"('{name}', {deleted})" for name, deleted in ids.items())
    given = {
        "publisher_organisation_code": f"'{PRACTICE}'",
        "lds_load_sequence": str(sequence),
        "lds_is_base": str(base).lower(),
        "lds_is_deleted": "told.deleted",
        "id": "told.id",
    }
    columns = ", ".join(f"{given.get(name, 'null')} as {name}" for name in stored_columns(table))
    with session(home) as connection:
        staged = lake.stage(
            connection, f"select {columns} from (values {values}) as told (id, deleted)", sequence
        )
    return lake.commit(staged, {})


def shown(home: Settings, table: str, version: int) -> set[tuple[str, bool]]:
    rows = current_versions(home, table, version, [PRACTICE])
    with session(home) as connection:
        return set(connection.execute(f"select id, lds_is_deleted from ({rows})").fetchall())


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("location", {("kept", False), ("gone", True), ("new", False)}),
        # OLIDS gives it no mark of deletion: what is gone is not shown
        ("location_contact", {("kept", False), ("new", False)}),
    ],
)
def test_what_is_gone_is_marked_or_not_shown(
    tmp_path: Path, table: str, expected: set[tuple[str, bool]]
) -> None:
    home = Settings(home=tmp_path, threads=1)
    write(home, table, 1, {"kept": False, "gone": False}, base=True)
    version = write(home, table, 2, {"gone": True, "new": False}, base=False)
    assert shown(home, table, version) == expected


def test_an_earlier_version_is_read_as_it_stood(tmp_path: Path) -> None:
    home = Settings(home=tmp_path, threads=1)
    first = write(home, "location_contact", 1, {"gone": False}, base=True)
    write(home, "location_contact", 2, {"gone": True}, base=False)
    assert shown(home, "location_contact", first) == {("gone", False)}
