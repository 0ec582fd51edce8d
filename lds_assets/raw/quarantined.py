"""What stands in the quarantine of rows: line numbers, reasons and columns, never a value."""

from dataclasses import dataclass

from lds_assets.lake.session import session, without_values
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.platform import Platform
from lds_assets.raw.load import UNOWNED
from lds_assets.raw.tables import quarantine_table

#: Lines named of each kind of fault.
LINES = 10


@dataclass(frozen=True)
class Faulty:
    """Rows of one table and practice with the same fault.

    Attributes:
        practice_code: empty for rows that are nobody's.
        column: the faulty column, or what is wrong with a line that is no record.
        lines: the first of them, by record number in the file; the header is not counted.
    """

    table: str
    practice_code: str
    reason: str
    column: str
    rows: int
    lines: tuple[int, ...]


def faulty_rows(platform: Platform, delivery_id: str, practice: str = "") -> list[Faulty]:
    """Return the rows of a delivery that were set aside, by table, practice and fault.

    Args:
        practice: ODS code; empty for all, and for rows that are nobody's.
    """
    table = quarantine_table(platform.settings)
    files = table.files(
        publishers=[practice] if practice else None, without=unfinished_sequences(platform.engine)
    )
    if not files:
        return []
    with (
        session(platform.settings) as connection,
        without_values("the quarantine could not be read", "quarantine"),
    ):
        rows = connection.execute(
            "select table_name, publisher_organisation_code, reason, coalesce(column_name, ''), "
            "count(distinct lds_row_number), list_sort(list(distinct lds_row_number)) "
            f"from ({table.select(files)}) where lds_delivery_id = ? group by all order by all",
            [delivery_id],
        ).fetchall()
    return [
        Faulty(
            str(name),
            "" if owner == UNOWNED else str(owner),
            str(reason),
            str(column),
            int(count),
            tuple(int(line) for line in lines[:LINES]),
        )
        for name, owner, reason, column, count, lines in rows
    ]
