"""References of a release are counted; a parent that is nowhere needs a rule."""

from collections.abc import Iterator

import duckdb
import pytest

from lds_assets.canonical.tables import CANONICAL_TABLES
from lds_assets.release.references import ReferenceCount, count_references, reference_rules
from lds_assets.schema.dictionary import olids

TABLES = ("patient", "person", "encounter", "practitioner")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """A release of four empty tables."""
    with duckdb.connect() as opened:
        for name in TABLES:
            columns = ", ".join(f"{c.name} {c.lake_type}" for c in olids()[name].columns)
            opened.execute(f"create table {name} ({columns})")
        opened.execute("insert into patient (id, lds_is_deleted) values ('p1', false)")
        yield opened


def counted(connection: duckdb.DuckDBPyConnection, column: str) -> ReferenceCount:
    found = count_references(connection, "main", TABLES)
    return next(each for each in found if (each.table, each.column) == ("encounter", column))


def add(connection: duckdb.DuckDBPyConnection, column: str, value: str, deleted: bool) -> None:
    connection.execute(
        f"insert into encounter (id, lds_is_deleted, {column}) values ('e', ?, ?)", [deleted, value]
    )


def test_a_parent_that_is_there_is_resolved(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "patient_id", "p1", deleted=False)
    found = counted(connection, "patient_id")
    assert (found.parent, found.rows, found.unresolved) == ("patient.id", 1, 0)
    assert found.is_explained


def test_an_absent_patient_of_an_encounter_has_no_excuse(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    add(connection, "patient_id", "p2", deleted=False)
    found = counted(connection, "patient_id")
    assert (found.rows, found.unresolved, found.rule) == (1, 1, "")
    assert not found.is_explained


def test_an_absent_practitioner_is_explained(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "practitioner_id", "elsewhere", deleted=False)
    found = counted(connection, "practitioner_id")
    assert found.unresolved == 1
    assert found.rule and found.is_explained


def test_a_deleted_row_needs_no_parent(connection: duckdb.DuckDBPyConnection) -> None:
    add(connection, "patient_id", "p2", deleted=True)
    assert counted(connection, "patient_id").rows == 0


def test_every_rule_names_a_reference_of_the_model() -> None:
    for table, column in reference_rules():
        named = CANONICAL_TABLES if table == "*" else (table,)
        references = {
            c.references for name in named for c in olids()[name].columns if c.name == column
        }
        assert references - {""}, (table, column)
