"""Looking for a practice in a platform database that is no file below ``LDS_HOME``.

Every table the database itself lists is read, by whatever program it was made; a file is read by
the walk instead. Rule source: governance specification S17.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, String, cast, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from lds_assets.purge.canaries import Canaries
from lds_assets.purge.names import Names
from lds_assets.purge.scan import Scan
from lds_assets.purge.scan_file import Finding
from lds_assets.purge.scan_sqlite import TableTold, look_at_rows
from lds_assets.purge.sought import Sought

#: Stands for the database in the paths of findings.
DATABASE = "database"

_ROWS = 1000


def scan_database(engine: Engine, names: Names, canaries: Canaries, scan: Scan) -> None:
    """Add to a scan what every table tells of the practice: rows that name it, and canaries.

    Args:
        scan: what was read and found so far.
    """
    sought = Sought(names, canaries)
    for name in sorted(inspect(engine).get_table_names()):
        path = f"{DATABASE}/{name}"
        scan.kinds[path] = "table"
        told = TableTold()
        try:
            for rows in _texts(engine, name):
                look_at_rows(rows, sought, told)
        except SQLAlchemyError:
            scan.findings.append(Finding(path, "unreadable", "", 1))
            continue
        if told.named:
            scan.findings.append(Finding(path, "organisation", name, told.named))
        if told.canaries:
            scan.findings.append(Finding(path, "canary", name, len(told.canaries)))


def _texts(engine: Engine, name: str) -> Iterator[list[bytes]]:
    """Yield the rows of a table as text, many at a time."""
    columns: list[Any] = [
        cast(column(each["name"]), String) for each in inspect(engine).get_columns(name)
    ]
    query = select(*columns).select_from(table(name))
    with engine.connect().execution_options(yield_per=_ROWS) as connection:
        for rows in connection.execute(query).partitions():
            yield ["\n".join(each or "" for each in row).encode() + b"\n" for row in rows]
