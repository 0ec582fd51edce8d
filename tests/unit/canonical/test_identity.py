"""The id recipe: one meaning in Python and in SQL."""

from collections.abc import Iterator
from datetime import date, datetime

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.canonical import identity
from lds_assets.canonical.macros import register

TEXT = st.one_of(st.none(), st.text(max_size=12))
KEY = st.text(max_size=12)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as session:
        session.execute("set TimeZone = 'UTC'")
        register(session, "EMIS")
        yield session


def _value(connection: duckdb.DuckDBPyConnection, call: str, *arguments: object) -> object:
    row = connection.execute(f"select {call}", list(arguments)).fetchone()
    assert row is not None
    return row[0]


@given(entity=KEY, publisher=TEXT, first=TEXT, last=TEXT)
def test_record_ids_are_the_same_in_sql_and_python(
    connection: duckdb.DuckDBPyConnection,
    entity: str,
    publisher: str | None,
    first: str | None,
    last: str | None,
) -> None:
    in_sql = _value(connection, "lds_id(?, ?, ?, ?)", entity, publisher, first, last)
    assert in_sql == identity.record_id("EMIS", entity, publisher, first, last)


@given(number=st.one_of(st.text(max_size=14), st.from_regex(r"[0-9]{10}", fullmatch=True)))
def test_person_ids_are_the_same_in_sql_and_python(
    connection: duckdb.DuckDBPyConnection, number: str
) -> None:
    assert _value(connection, "lds_nhs_number(?)", number) == identity.nhs_number(number)
    assert _value(connection, "lds_person_id(?, 'p')", number) == identity.person_id(number, "p")


@given(code=TEXT)
def test_shared_ids_are_the_same_in_sql_and_python(
    connection: duckdb.DuckDBPyConnection, code: str | None
) -> None:
    assert _value(connection, "lds_concept_id('s', ?)", code) == (
        None if code is None else identity.concept_id("s", code)
    )


@pytest.mark.parametrize("code", ["E84001", " e84001 ", "", None])
def test_an_organisation_has_one_id_whatever_its_spelling(
    connection: duckdb.DuckDBPyConnection, code: str | None
) -> None:
    expected = None if not code else identity.organisation_id("E84001")
    assert identity.organisation_id(code) == expected
    assert _value(connection, "lds_organisation_id(?)", code) == expected


def test_parts_cannot_run_into_each_other() -> None:
    assert identity.record_id("d", "e", "ab", "c") != identity.record_id("d", "e", "a", "bc")


def test_a_known_id_never_changes() -> None:
    # md5 of "4:EMIS7:patient6:E840013:abc", worked out with another tool
    assert (
        identity.record_id("EMIS", "patient", "E84001", "abc")
        == "e9ff7a54-bf4d-cef6-a7e4-c92c0dcd767b"
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("9990000018", "9990000018"),  # 9*10+9*9+9*8 +1*2 = 245; 245 % 11 = 3; 11 - 3 = 8
        ("999 000 0018", "9990000018"),
        ("999-000-0018", "9990000018"),
        ("99 9000 0018", None),
        ("9990000019", None),
        ("0000000000", None),
        ("9999999999", None),
        ("9.99E+09", None),
        ("", None),
    ],
)
def test_only_a_valid_nhs_number_counts(text: str, number: str | None) -> None:
    assert identity.nhs_number(text) == number


@pytest.mark.parametrize(
    ("call", "instant"),
    [
        ("lds_utc(timestamp '2026-07-01 00:30:00')", datetime(2026, 6, 30, 23, 30)),
        ("lds_utc(date '2026-01-15', '12:30:00')", datetime(2026, 1, 15, 12, 30)),
        ("lds_utc(date '2026-07-15', null)", datetime(2026, 7, 14, 23, 0)),
        ("lds_utc(null, '10:00:00')", None),
    ],
)
def test_wall_clock_time_becomes_utc(
    connection: duckdb.DuckDBPyConnection, call: str, instant: date | None
) -> None:
    assert _value(connection, call) == instant
