"""Whose row is it when the publisher's code is a branch, padded, or no code at all."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from lds_assets.canonical.macros import register
from lds_assets.lake.session import session
from lds_assets.raw.load import Tally, tally
from lds_assets.raw.ownership import MALFORMED, UNKNOWN_OWNER, Branches, Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier
from tests.invented import TABLES, invented_supplier

HEADER = TABLES["Entry"]
BRANCHES = Branches({"F82002": "E84001", "E84002001": "E84002"})
#: As a purge of E84001 asks, which must miss nothing.
ALL_OF_IT = Branches({"F82002": "E84001"}, frozenset({"E84001", "E84002"}))
CYRILLIC = "\u041584001"


@pytest.fixture
def supplier(tmp_path: Path) -> Supplier:
    return invented_supplier(tmp_path / "invented")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with session(Settings(home=tmp_path / "var", threads=1)) as opened:
        register(opened, "INVENTED")
        yield opened


def _tally(
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    *rows: tuple[str, str],
) -> Tally:
    """Count a file of entries; a row is the practice's code as given and the deletion mark."""
    path = tmp_path / "entry.csv"
    lines = [",".join(f'"{name}"' for name in HEADER)]
    lines += [
        f'"k{n}","p1","{code}","1","2025-06-01","{gone}"' for n, (code, gone) in enumerate(rows)
    ]
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    file = SourceFile(path, "Entry", tuple(HEADER), True, supplier)
    settings = Settings(home=tmp_path / "var", threads=1)
    ownership = Ownership(settings, connection, {"Entry": file}, {}, branches=BRANCHES)
    return tally(connection, ownership, file)


@pytest.mark.parametrize(
    ("given", "owner"),
    [
        ("E84001", "E84001"),
        ("e84001", "E84001"),
        ("  E84001 ", "E84001"),
        # branches the register lists; digits alone make none
        ("E84002001", "E84002"),
        ("E84002002", UNKNOWN_OWNER),
        ("E840021", "E840021"),
        ("F82002", "E84001"),
        ("E99999001", UNKNOWN_OWNER),
        ("E99999", "E99999"),
        # other organisations than practices, told as what they are
        ("RYXZ1", "RYXZ1"),
        ("72Q", "72Q"),
        ("a3a8r", "A3A8R"),
        # look-alike letters and free text are never made to fit, nor told
        (CYRILLIC, MALFORMED),
        ("\u017f84001", MALFORMED),
        ("SMITH", MALFORMED),
        ("RYX", MALFORMED),
        ("E840O1", MALFORMED),
        ("9990000018", MALFORMED),
        ("", ""),
        ("   ", ""),
    ],
)
def test_the_publisher_is_the_practice_or_its_branch_s_parent(
    supplier: Supplier,
    connection: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    given: str,
    owner: str,
) -> None:
    counted = _tally(supplier, connection, tmp_path, (given, "false"))

    assert counted.rows == {(owner, ""): 1}


def test_codes_that_were_made_to_fit_are_counted(
    supplier: Supplier, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    codes = ("E84001", " e84001", " e84001", "E84002001", CYRILLIC)

    counted = _tally(supplier, connection, tmp_path, *((code, "false") for code in codes))

    assert counted.renamed == {(" e84001", "E84001"): 2, ("E84002001", "E84002"): 1}


def test_rows_that_mark_a_deletion_are_counted_by_owner(
    supplier: Supplier, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    rows = [("E84001", "true"), ("E84001", "true"), ("E84001", "false"), ("E84002", "")]

    counted = _tally(supplier, connection, tmp_path, *rows)

    assert counted.deleted == {"E84001": 2, "E84002": 0}


@pytest.mark.parametrize(
    ("code", "owner"),
    [
        ("E84001", "E84001"),
        ("F82002", "E84001"),
        ("E84002001", "E84002"),
        ("E84002002", UNKNOWN_OWNER),
        ("E840021", "E840021"),
        ("E99999001", UNKNOWN_OWNER),
        ("RX1", "RX1"),
    ],
)
def test_a_branch_is_found_by_its_code_alone(code: str, owner: str) -> None:
    assert BRANCHES.owner(code) == owner


@pytest.mark.parametrize(
    ("code", "owner"),
    [
        ("F82002", "E84001"),
        ("E84001001", "E84001"),
        ("E840011", "E84001"),
        ("E99999001", UNKNOWN_OWNER),
        ("E999991", "E999991"),
    ],
)
def test_a_purge_takes_what_looks_like_a_branch_as_one(
    connection: duckdb.DuckDBPyConnection, code: str, owner: str
) -> None:
    assert ALL_OF_IT.owner(code) == owner
    found = connection.execute(
        f"select {ALL_OF_IT.expression('code')} from (select ? as code)", [code]
    )
    assert found.fetchall() == [(owner,)]
