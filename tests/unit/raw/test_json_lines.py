"""Raw loading of JSON-lines files: every line is kept, counted or set aside by its number."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.macros import register
from lds_assets.lake.session import session
from lds_assets.landing.json_lines import JsonLinesCheck
from lds_assets.raw.load import LoadContext, TableLoad, load, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED, quarantine_table, raw_table
from lds_assets.raw.values import expression
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import FormatRules
from lds_assets.suppliers.registry import Supplier
from tests.invented import invented_supplier

FORMAT = FormatRules(form="json_lines", dates=("%Y%m%d",))
VERDICTS: dict[str, str | None] = {"E84001": None, SHARED: None}


@pytest.fixture
def supplier(tmp_path: Path) -> Supplier:
    found = invented_supplier(tmp_path / "invented")
    return replace(found, definition=found.definition.model_copy(update={"format": FORMAT}))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var", threads=1)


@pytest.fixture
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(settings) as opened:
        register(opened, "INVENTED")
        yield opened


def entry(key: str, more: str = "") -> bytes:
    return f'{{"EntryId": "{key}", "Practice": "E84001"{more}}}\n'.encode()


def loaded(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    path: Path,
    data: bytes,
) -> TableLoad:
    path.write_bytes(data)
    check = JsonLinesCheck(FORMAT)
    check.feed(data)
    file = SourceFile(path, "Entry", check.header(), True, supplier)
    ownership = Ownership(settings, connection, {"Entry": file}, {})
    context = LoadContext(settings, connection, "d1", 1, datetime(2026, 1, 1, 0, 5), VERDICTS)
    return load(context, ownership, file, tally(connection, ownership, file))


def kept(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    columns: str,
) -> list[tuple[object, ...]]:
    table = raw_table(settings, supplier, "Entry")
    return connection.execute(
        f"select {columns} from ({table.select(table.files())}) order by lds_row_number"
    ).fetchall()


def test_every_line_is_kept_or_set_aside_by_its_number(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    tmp_path: Path,
) -> None:
    data = b"".join(
        [
            entry("a"),
            b"\n",  # 2: no record
            b"[1, 2]\n",
            b'{"EntryId": "b", "EntryId": "c", "Practice": "E84001"}\n',
            entry("d"),
            b'{"EntryId": "\x01", "Practice": "E84001"}\n',  # 6: not allowed in JSON
            b"{broken\n",
            entry("e", ', "EntryDate": "2026-01-01"'),
            entry("f", ', "Value": ' + '"' + "9" * (1 << 24) + '"'),  # 9: longer than a line may be
            entry("g"),
        ]
    )
    counts = loaded(settings, connection, supplier, tmp_path / "entry.jsonl", data).counts
    assert counts["E84001"] == {"LANDED": 4, "KEPT": 3, "BAD_VALUE": 1}
    assert counts[""] == {"LANDED": 5, "BAD_RECORD": 5}
    assert kept(settings, connection, supplier, "lds_source_key, lds_row_number") == [
        ("a", 1),
        ("d", 5),
        ("g", 10),
    ]
    table = quarantine_table(settings)
    assert connection.execute(
        f"select lds_row_number, reason, column_name from ({table.select(table.files())}) "
        "order by all"
    ).fetchall() == [
        (3, "BAD_RECORD", "NOT_AN_OBJECT"),
        (4, "BAD_RECORD", "KEY_TWICE"),
        (6, "BAD_RECORD", "NOT_AN_OBJECT"),
        (7, "BAD_RECORD", "NOT_AN_OBJECT"),
        (8, "BAD_VALUE", "EntryDate"),
        (9, "BAD_RECORD", "LINE_SIZE_OVER_MAXIMUM"),
    ]


def test_values_are_typed_as_declared(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    supplier: Supplier,
    tmp_path: Path,
) -> None:
    data = b"".join(
        [
            entry("a", ', "Value": 1.25, "EntryDate": "20260110", "Deleted": false'),
            entry(
                "b", ', "Value": null, "EntryDate": "", "Deleted": "TRUE", "PersonId": "\\u00e9"'
            ),
            entry("c"),
        ]
    ).replace(b"\n", b"\r\n")
    loaded(settings, connection, supplier, tmp_path / "entry.jsonl", data)
    found = kept(settings, connection, supplier, "value, entry_date, deleted, person_id")
    assert found == [
        (1.25, date(2026, 1, 10), False, None),
        (None, None, True, "\u00e9"),
        (None, None, None, None),
    ]


@pytest.mark.parametrize(
    ("form", "text", "told"),
    [
        ("%Y%m%d", "20260110", "2026-01-10"),
        ("%Y%m%d", "2026111", None),
        ("%Y%m%d", "202601100", None),
        ("%Y%m%d", "20261301", None),
        ("%d/%m/%Y", "1/2/2026", "2026-02-01"),
    ],
)
def test_digits_without_separators_are_as_wide_as_their_form(
    form: str, text: str, told: str | None
) -> None:
    read = expression("date", "found", FormatRules(dates=(form,)))
    with duckdb.connect() as connection:
        row = connection.execute(f"select cast({read} as varchar) from (select ? as found)", [text])
        assert row.fetchone() == (told,)
