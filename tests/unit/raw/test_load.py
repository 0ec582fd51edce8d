"""Raw loading: what is kept, what is set aside, what is counted, for an invented supplier."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.macros import register
from lds_assets.lake.session import session
from lds_assets.raw.load import LoadContext, TableLoad, load, load_all, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED, quarantine_table, raw_table
from lds_assets.raw.values import expression, fault
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import FormatRules
from lds_assets.suppliers.registry import Supplier
from tests.invented import TABLES, invented_supplier

HEADER = TABLES["Entry"]
VERDICTS: dict[str, str | None] = {
    "E84001": None,
    "E84002": None,
    "E84003": "C_NONE",
    SHARED: None,
}


@pytest.fixture
def supplier(tmp_path: Path) -> Supplier:
    return invented_supplier(tmp_path / "invented")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "var", threads=1)


@pytest.fixture
def connection(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(settings) as opened:
        register(opened, "INVENTED")
        yield opened


def _line(*fields: str) -> str:
    quoted = ",".join('"' + field.replace('"', '""') + '"' for field in fields)
    return f"{quoted}\r\n"


def _entry(key: str, practice: str, value: str = "1", date: str = "2025-06-01") -> str:
    return _line(key, "p1", practice, value, date, "false")


def _file(
    supplier: Supplier, tmp_path: Path, lines: Sequence[str], header: Sequence[str] = HEADER
) -> SourceFile:
    path = tmp_path / "entry.csv"
    path.write_bytes((_line(*header) + "".join(lines)).encode())
    return SourceFile(path, "Entry", tuple(header), True, supplier)


def _load(
    settings: Settings,
    connection: duckdb.DuckDBPyConnection,
    file: SourceFile,
    sequence: int = 1,
) -> TableLoad:
    ownership = Ownership(settings, connection, {"Entry": file}, {})
    at = datetime(2026, 1, 1, 0, 5)
    context = LoadContext(settings, connection, "d1", sequence, at, VERDICTS)
    return load(context, ownership, file, tally(connection, ownership, file))


def _raw(
    settings: Settings, supplier: Supplier, connection: duckdb.DuckDBPyConnection, columns: str
) -> list[tuple[object, ...]]:
    table = raw_table(settings, supplier, "Entry")
    return connection.execute(
        f"select {columns} from ({table.select(table.files())}) order by lds_row_number"
    ).fetchall()


def test_every_row_is_kept_counted_or_set_aside(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    lines = [
        _entry("a", "E84001"),
        _line("b", "p1", "E84001"),  # three columns short
        _entry("c", "E84003"),
        _entry("d", ""),
        _entry("e", "E84002", value="1,5"),
        _entry("", "E84001"),
        _entry("g", "E84002"),
    ]
    counts = _load(settings, connection, _file(supplier, tmp_path, lines)).counts
    assert counts["E84001"] == {"LANDED": 2, "KEPT": 1, "NO_KEY": 1}
    assert counts["E84002"] == {"LANDED": 2, "KEPT": 1, "BAD_VALUE": 1}
    assert counts["E84003"] == {"LANDED": 1, "C_NONE": 1}
    assert counts[""] == {"LANDED": 2, "NO_OWNER": 1, "BAD_RECORD": 1}
    assert _raw(settings, supplier, connection, "lds_source_key, lds_row_number") == [
        ("a", 1),
        ("g", 7),
    ]


def test_the_quarantine_names_line_reason_and_column_and_no_value(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    secret = "9990000018"
    lines = [_line("a", secret), _entry("b", "E84001", value=secret + "x"), _entry("c", "")]
    _load(settings, connection, _file(supplier, tmp_path, lines))
    table = quarantine_table(settings)
    rows = connection.execute(
        "select publisher_organisation_code, lds_row_number, reason, column_name "
        f"from ({table.select(table.files())}) order by lds_row_number"
    ).fetchall()
    assert rows == [
        ("unowned", 1, "BAD_RECORD", "MISSING_COLUMNS"),
        ("E84001", 2, "BAD_VALUE", "Value"),
        ("unowned", 3, "NO_OWNER", None),
    ]
    written = b"".join(path.read_bytes() for path in settings.lake.rglob("*") if path.is_file())
    assert secret.encode() not in written


def test_a_refused_practice_leaves_no_byte_in_the_lake(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    canary = "CANARYE84003"
    lines = [_entry("a", "E84001"), _entry(canary, "E84003"), _entry(canary, "E84003", value="x")]
    _load(settings, connection, _file(supplier, tmp_path, lines))
    for path in settings.home.rglob("*"):
        if path.is_file():
            assert canary.encode() not in path.read_bytes(), path.name


def test_text_with_quotes_commas_and_line_breaks_is_read_right(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    text = 'said "no", twice\r\nand left \\ ☕'
    lines = [_line("a", text, "E84001", "1.50", "2025-06-01", "false"), _entry("b", "E84001")]
    _load(settings, connection, _file(supplier, tmp_path, lines))
    assert _raw(settings, supplier, connection, "person_id, value, lds_row_number") == [
        (text, 1.5, 1),
        ("p1", 1.0, 2),
    ]


def test_columns_are_found_by_name_and_unknown_ones_are_left_out(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    header = ("NEWCOLUMN", "PRACTICE", "entryid", "PersonID", "EntryDate", "Deleted", "Value")
    lines = [_line("new", " e84001 ", "a", "p1", "2025-06-01", "FALSE", "2")]
    _load(settings, connection, _file(supplier, tmp_path, lines, header))
    columns = "publisher_organisation_code, lds_source_key, value, deleted"
    assert _raw(settings, supplier, connection, columns) == [("E84001", "a", 2.0, False)]


def test_loading_twice_writes_once_and_counts_the_same(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    file = _file(supplier, tmp_path, [_entry("a", "E84001"), _entry("b", "E84002", value="x")])
    first = _load(settings, connection, file)
    version = raw_table(settings, supplier, "Entry").version()
    held = quarantine_table(settings).version()
    second = _load(settings, connection, file)
    assert second.counts == first.counts
    assert raw_table(settings, supplier, "Entry").version() == version
    assert quarantine_table(settings).version() == held


def test_an_engine_error_never_quotes_a_value(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    file = _file(supplier, tmp_path, [_entry("a", "E84001")])
    file.path.unlink()
    with pytest.raises(Exception, match="Entry could not be read") as raised:
        _load(settings, connection, file)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__


def test_files_read_side_by_side_fare_as_one_by_one(
    settings: Settings,
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
) -> None:
    entries = [_entry("a", "E84001"), _entry("b", "E84002", value="x"), _entry("c", "")]
    people = tmp_path / "person.csv"
    person = {name: "" for name in TABLES["Person"]} | {"PersonId": "p1", "Practice": "E84001"}
    people.write_bytes((_line(*person) + _line(*person.values())).encode())
    files = {
        "Person": SourceFile(people, "Person", TABLES["Person"], True, supplier),
        "Entry": _file(supplier, tmp_path, entries),
    }
    ownership = Ownership(settings, connection, files, {})
    tallies = {name: tally(connection, ownership, file) for name, file in files.items()}
    at = datetime(2026, 1, 1, 0, 5)
    context = LoadContext(settings, connection, "d1", 1, at, VERDICTS)
    connection.execute("set threads = 3")
    together = load_all(context, ownership, files, tallies)
    assert together["Person"].counts["E84001"] == {"LANDED": 1, "KEPT": 1}
    assert together["Entry"].counts["E84002"] == {"LANDED": 1, "BAD_VALUE": 1}
    assert _raw(settings, supplier, connection, "lds_source_key, lds_row_number") == [("a", 1)]
    held = quarantine_table(settings)
    reasons = connection.execute(
        f"select lds_row_number, reason from ({held.select(held.files())}) order by all"
    ).fetchall()
    assert reasons == [(2, "BAD_VALUE"), (3, "NO_OWNER")]
    alone = load(context, ownership, files["Entry"], tallies["Entry"])
    assert alone.counts == together["Entry"].counts
    # what a statement may take afterwards is what it might before
    row = connection.execute("select current_setting('threads')").fetchone()
    assert row == (3,)


@pytest.mark.parametrize(
    ("text", "is_kept"),
    [("12", True), (" 12 ", True), ("", True), ("1.5", False), ("1e3", False), ("2E2", False)],
)
def test_a_whole_number_is_written_out(text: str, is_kept: bool) -> None:
    assert _reads("bigint", text) == (12 if text.strip() == "12" else None, not is_kept)


@pytest.mark.parametrize(
    ("text", "value", "is_faulty"),
    [("true", True, False), (" FALSE ", False, False), ("", None, False), ("yes", None, True)],
)
def test_a_flag_is_one_of_the_declared_words(
    text: str, value: bool | None, is_faulty: bool
) -> None:
    assert _reads("boolean", text) == (value, is_faulty)


@pytest.mark.parametrize(
    ("text", "value", "is_faulty"),
    [
        ("{0E000000-0000-4000-8000-0000000000AB}", "0e000000-0000-4000-8000-0000000000ab", False),
        ("", None, False),
        ("0E000000", None, True),
    ],
)
def test_a_guid_is_lower_case_without_braces(text: str, value: str | None, is_faulty: bool) -> None:
    assert _reads("guid", text) == (value, is_faulty)


def _reads(kind: str, text: str) -> tuple[object, bool]:
    """Return the value a text is read as, and whether it makes its row faulty."""
    rules = FormatRules(new_line="\r\n")
    check = fault(kind, "cell", "Cell", rules)
    with duckdb.connect() as engine:
        row = engine.execute(
            f"select {expression(kind, 'cell', rules)}, {check} from (select ? as cell)", [text]
        ).fetchone()
    assert row is not None
    return row[0], row[1] == "Cell"
