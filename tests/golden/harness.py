"""Runs one select of a supplier folder over hand-written raw rows, without the core.

``run("emis", {"Admin_Patient": [{"patient_guid": "p1"}]}, "patient")`` returns the select's rows.
Tables are named as the supplier or the lake spells them, columns as the lake does; what a test does
not speak of is null. ``PRACTICE`` owns rows that name no owner, ``shared`` those of shared tables.
Rows of one key are its versions, told apart by ``lds_extracted_at``, ``lds_load_sequence`` and
``lds_row_number`` (by default their place in the list): ``raw_all`` holds all, ``raw`` the newest.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from hashlib import md5
from typing import Any
from uuid import UUID

import duckdb

from lds_assets.canonical.macros import register
from lds_assets.lake.sql import identifier
from lds_assets.raw.tables import SHARED, SYSTEM_COLUMNS, value_columns
from lds_assets.schema.naming import snake_case
from lds_assets.suppliers.contract import TableRules
from lds_assets.suppliers.registry import Supplier, suppliers

PRACTICE = "X99901"
#: Five past midnight in London, on a winter day: the instant is the same in UTC.
EXTRACTED_AT = datetime(2026, 1, 10, 0, 5)

Row = dict[str, Any]
RawRows = Mapping[str, Sequence[Mapping[str, Any]]]

_NEWEST = (
    "select * from raw_all.{0} qualify row_number() over (partition by "
    "publisher_organisation_code, lds_source_key order by lds_extracted_at desc, "
    "lds_load_sequence desc, lds_row_number desc) = 1"
)


@cache
def supplier(code: str) -> Supplier:
    """Return a supplier folder by code."""
    return suppliers()[code]


def run(code: str, raw: RawRows, feed: str) -> list[Row]:
    """Return the rows of a select, sorted by their id.

    Args:
        raw: rows by table.
        feed: OLIDS table, or file name under ``canonical/`` with or without ``.sql``.
    """
    with opened(code, raw) as connection:
        result = connection.execute(_text(code, feed))
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, values, strict=True)) for values in result.fetchall()]
    return sorted(rows, key=lambda row: str(row.get("id", row.get("concept_id"))))


def types(code: str, feed: str) -> dict[str, str]:
    """Return name -> type of what a select yields when every relation is empty."""
    with opened(code, {}) as connection:
        described = connection.execute(f"describe {_text(code, feed)}").fetchall()
        connection.execute(_text(code, feed))
    return {str(row[0]): str(row[1]) for row in described}


@contextmanager
def opened(code: str, raw: RawRows) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a supplier's raw relations, filled with the rows; they are gone again at the end."""
    own, connection = supplier(code), _empty(code)
    known = {snake_case(rules.name): rules for rules in own.definition.tables}
    connection.execute("begin transaction")
    try:
        for name, rows in raw.items():
            _insert(connection, own, known[snake_case(name)], rows)
        yield connection
    finally:
        connection.execute("rollback")


@cache
def _empty(code: str) -> duckdb.DuckDBPyConnection:
    """Return a session with the macros and empty raw relations, made once: that is the work."""
    own = supplier(code)
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set TimeZone = 'UTC'")
    register(connection, own.definition.dataset, own.macros)
    connection.execute("create schema raw; create schema raw_all")
    for rules in own.definition.tables:
        _create(connection, own, rules)
    return connection


def ids(code: str) -> "Ids":
    """Return the id macros of a supplier, for expectations."""
    return Ids(supplier(code).definition.dataset)


class Ids:
    """Ids by the Python form of the recipe, which another test holds equal to the macros."""

    def __init__(self, dataset: str) -> None:
        self._dataset = dataset

    def of(self, entity: str, *key: object, publisher: str = PRACTICE) -> str:
        """Return the id of a record of a publisher."""
        parts = [self._dataset, entity, publisher, *(str(part) for part in key)]
        return _hashed(parts)

    def organisation(self, ods_code: str = PRACTICE) -> str:
        """Return the id of an organisation by ODS code."""
        return _hashed(["organisation", ods_code])

    def concept(self, system: str, code: object) -> str:
        """Return the id of a concept."""
        return _hashed(["concept", system, str(code)])


def _hashed(parts: Sequence[str]) -> str:
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return str(UUID(md5(text.encode(), usedforsecurity=False).hexdigest()))


def _text(code: str, feed: str) -> str:
    own = supplier(code)
    wanted = feed.removesuffix(".sql")
    files = {f.file for f in own.definition.canonical if wanted in {f.table, f.file[:-4]}}
    file = f"{wanted}.sql" if f"{wanted}.sql" in files or len(files) != 1 else files.pop()
    return own.select(file).rstrip().rstrip(";")


def _create(connection: duckdb.DuckDBPyConnection, own: Supplier, rules: TableRules) -> None:
    columns = {**SYSTEM_COLUMNS, **value_columns(own, rules.name)}
    listed = ", ".join(f"{identifier(name)} {kind}" for name, kind in columns.items())
    table = snake_case(rules.name)
    connection.execute(f"create table raw_all.{table} ({listed})")
    connection.execute(f"create view raw.{table} as {_NEWEST.format(table)}")


def _insert(
    connection: duckdb.DuckDBPyConnection,
    own: Supplier,
    rules: TableRules,
    rows: Sequence[Mapping[str, Any]],
) -> None:
    table = snake_case(rules.name)
    unknown = {name for row in rows for name in row}
    unknown -= {*SYSTEM_COLUMNS, *value_columns(own, rules.name)}
    if unknown:
        raise KeyError(f"{rules.name} has no column {', '.join(sorted(unknown))}")
    for place, row in enumerate(rows, start=1):
        full = {**_provenance(rules, row, place), **row}
        names = ", ".join(identifier(name) for name in full)
        marks = ", ".join("?" for _ in full)
        connection.execute(
            f"insert into raw_all.{table} ({names}) values ({marks})", list(full.values())
        )


def _provenance(rules: TableRules, row: Mapping[str, Any], place: int) -> Row:
    key = [row.get(snake_case(column)) for column in rules.key]
    joined = "|".join("" if part is None else str(part) for part in key)
    return {
        "publisher_organisation_code": SHARED if rules.publisher.shared else PRACTICE,
        "lds_delivery_id": "delivery",
        "lds_load_sequence": 1,
        "lds_extracted_at": EXTRACTED_AT,
        "lds_is_full": True,
        "lds_row_number": place,
        "lds_source_key": joined,
        "lds_source_record_id": _hashed([rules.name, joined, str(place)]),
    }
