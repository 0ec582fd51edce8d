"""Counting a file's rows per owner and fault, before any is kept."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb

from lds_assets.lake.session import without_values
from lds_assets.raw.ownership import NO_OWNER, NOT_REFERENCED, UNKNOWN_OWNER, Ownership
from lds_assets.raw.scan import BadRecord, SourceFile, drop_rejects, given_owner
from lds_assets.raw.tables import SHARED

OWNER_REASONS = {
    NO_OWNER: "NO_OWNER",
    UNKNOWN_OWNER: "OWNER_UNKNOWN",
    NOT_REFERENCED: "NOT_REFERENCED",
}

#: Reasons under which a row is set aside in the quarantine; all others are exclusions.
QUARANTINE_REASONS = frozenset({"NO_OWNER", "OWNER_UNKNOWN", "BAD_VALUE", "BAD_RECORD", "NO_KEY"})


@dataclass(frozen=True)
class Tally:
    """What a file holds: rows per owner and fault, and records that are not of its form.

    Attributes:
        deleted: owner -> rows that mark a deletion.
        renamed: (code as given, owner) -> rows, where the two differ.
    """

    rows: Mapping[tuple[str, str], int]
    bad_records: tuple[BadRecord, ...]
    deleted: Mapping[str, int] = field(default_factory=dict)
    renamed: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def owners(self) -> set[str]:
        """Return the practices named as publishers, malformed codes included."""
        return {owner for owner, _ in self.rows} - set(OWNER_REASONS) - {SHARED}

    def has_faults(self) -> bool:
        """Say whether any row has to be set aside in the quarantine."""
        return bool(self.bad_records) or any(
            fault or OWNER_REASONS.get(owner) in QUARANTINE_REASONS for owner, fault in self.rows
        )


def fault_of(file: SourceFile) -> str:
    """Return the expression of a record's first fault: a column's name, ``(key)``, or NULL."""
    return f"coalesce({file.first_fault()}, case when {file.lacks_key()} then '(key)' end)"


def tally(connection: duckdb.DuckDBPyConnection, ownership: Ownership, file: SourceFile) -> Tally:
    """Count a file's rows per owner and first faulty column, without keeping any."""
    drop_rejects(connection, "tally")
    with without_values(f"{file.table} could not be read", file.path.name):
        columns = {
            "fault": "fault",
            "gone": file.deletion(),
            "given": given_owner(file),
            "text": _publisher_text(file) or "''",
            "records": "records",
        }
        owned = ownership.owned(file, columns, _grouped(file))
        found = connection.execute(
            "select owner, coalesce(fault, ''), coalesce(given, owner), coalesce(text, ''), "
            "cast(sum(records) as bigint), "
            f"cast(sum(case when gone then records else 0 end) as bigint) from ({owned}) "
            "group by all"
        ).fetchall()
        bad_records = file.ill_formed(connection, "tally")
    drop_rejects(connection, "tally")
    if _publisher_text(file) is not None:
        ownership.learn(file, {str(row[3]): str(row[0]) for row in found})
    rows: Counter[tuple[str, str]] = Counter()
    deleted: Counter[str] = Counter()
    renamed: Counter[tuple[str, str]] = Counter()
    for owner, fault, given, _, count, gone in found:
        rows[owner, fault] += count
        deleted[owner] += gone
        if given != owner and owner not in (NO_OWNER, UNKNOWN_OWNER):
            renamed[given, owner] += count
    return Tally(dict(rows), bad_records, dict(deleted), dict(renamed))


def _publisher_text(file: SourceFile) -> str | None:
    """Return the expression of the publisher's text; None when no column names a publisher."""
    column = file.supplier.definition.table(file.table).publisher.column
    return None if column is None else file.text(column)


def _grouped(file: SourceFile) -> str:
    """Return a select of a file's records, counted: what says whose they are, gone, faulty."""
    rules = file.supplier.definition.table(file.table)
    through = rules.publisher.through
    told = (rules.publisher.column, rules.deleted, through.local if through else None)
    texts = {file.text(name) for name in told if name is not None} - {"null"}
    kept = ", ".join([*sorted(texts), f"{fault_of(file)} as fault", "count(*) as records"])
    return f"select {kept} from ({file.records('tally', numbered=False)}) group by all"
