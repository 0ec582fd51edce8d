"""Looking through every row of an SQLite file: its pages may cut a value in two."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from lds_assets.lake.sql import identifier
from lds_assets.purge.sought import Sought

#: Rows looked at together; only where something is found is each looked at by itself.
_ROWS = 2000


@dataclass
class TableTold:
    """What a table told: rows that name the practice, and different canaries."""

    named: int = 0
    canaries: set[str] = field(default_factory=set)


def look_into_sqlite(path: Path, sought: Sought) -> Iterator[tuple[str, TableTold]]:
    """Yield every table with what it told.

    Raises:
        sqlite3.Error: it cannot be opened or read.
    """
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        listed = connection.execute("select name from sqlite_master where type = 'table'")
        tables = [str(name) for (name,) in listed.fetchall()]
        # what is no text of any encoding is read all the same
        connection.text_factory = bytes
        for table in tables:
            told = TableTold()
            rows = connection.execute(f"select * from {identifier(table)}")
            while part := rows.fetchmany(_ROWS):
                texts = [b"\n".join(map(_plain, row)) + b"\n" for row in part]
                look_at_rows(texts, sought, told)
            yield table, told


def look_at_rows(texts: list[bytes], sought: Sought, told: TableTold) -> None:
    """Add what some rows tell, each a text that ends with a line end."""
    found = sought.read([b"".join(texts)])
    told.canaries |= found.canaries
    if found.is_named:
        told.named += sum(map(sought.names.is_named_in, texts))


def _plain(value: object) -> bytes:
    if isinstance(value, bytes):
        return value
    return b"" if value is None else str(value).encode()
