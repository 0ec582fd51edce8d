"""Raw: admitted rows, typed, line-numbered, one commit per table and delivery.

Two passes over a file: a tally says who owns the rows and which are faulty, the gate decides per
owner, then only admitted well-formed rows are written. Rows of refused practices are counted and
never written.
"""

from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

import duckdb

from lds_assets.lake.delta import LakeTable, StagedFile
from lds_assets.lake.session import own_cursor, side_by_side, without_values
from lds_assets.lake.sql import literal
from lds_assets.raw.changes import Listed, own_rows, stage_changes
from lds_assets.raw.met import met_condition, told_apart
from lds_assets.raw.newer_lists import NewerLists
from lds_assets.raw.ownership import NOT_REFERENCED, Ownership
from lds_assets.raw.scan import SourceFile, drop_rejects, renamed_values
from lds_assets.raw.tables import SHARED, application, quarantine_table, raw_table
from lds_assets.raw.tally import OWNER_REASONS, QUARANTINE_REASONS, Tally, fault_of, tally
from lds_assets.resources import Settings

__all__ = ["QUARANTINE_REASONS", "LoadContext", "TableLoad", "Tally", "load", "load_all", "tally"]

#: Partition of quarantined rows that have no owner.
UNOWNED = "unowned"


@dataclass(frozen=True)
class LoadContext:
    """One delivery being loaded.

    Attributes:
        sequence: load sequence of the delivery, global and increasing.
        extracted_at: the supplier's extract time, UTC without zone.
        verdicts: owner -> None to keep its rows, or the reason they are not kept.
        unfinished: load sequences of other deliveries whose rows do not count.
        changes_only: owners whose full files are taken as changes: what they lack is kept.
        newer_lists: files of dictionary tables that were extracted later and loaded before.
        named_by: id that rows are numbered under, the delivery's when empty: the rows of a part
            are the same rows as if it had come with its delivery.
    """

    settings: Settings
    connection: duckdb.DuckDBPyConnection
    delivery_id: str
    sequence: int
    extracted_at: datetime
    verdicts: Mapping[str, str | None]
    unfinished: frozenset[int] = frozenset()
    changes_only: frozenset[str] = frozenset()
    newer_lists: NewerLists = field(default_factory=dict)
    named_by: str = ""


@dataclass
class TableLoad:
    """What became of a file's rows.

    Attributes:
        counts: practice ('' when nobody's) -> reason -> rows; ``LANDED`` and ``KEPT`` included.
        size_bytes: bytes written per practice.
    """

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    size_bytes: Counter[str] = field(default_factory=Counter)

    def add(self, practice: str, reason: str, rows: int) -> None:
        """Count rows of a practice under a reason."""
        if rows:
            self.counts.setdefault(practice, Counter())[reason] += rows


def load_all(
    context: LoadContext,
    ownership: Ownership,
    files: Mapping[str, SourceFile],
    tallies: Mapping[str, Tally],
) -> dict[str, TableLoad]:
    """Load every file of a delivery, several at a time; return every row's fate by table.

    Numbering a file's records in order takes one thread: files go side by side instead.
    """
    shared = {
        name
        for name, file in files.items()
        if file.supplier.definition.table(name).publisher.shared
    }
    largest_first = sorted(files, key=lambda name: -files[name].path.stat().st_size)
    workers = max(1, context.settings.threads)
    loads: dict[str, tuple[TableLoad, list[str]]] = {}
    with side_by_side(context.connection), ThreadPoolExecutor(workers) as pool:

        def write(name: str) -> None:
            with own_cursor(context.connection) as cursor:
                alone = replace(context, connection=cursor)
                loads[name] = _write(alone, ownership, files[name], tallies[name])

        # what others look up is stored before them
        for names in (shared, files.keys() - shared):
            for _ in pool.map(write, (name for name in largest_first if name in names)):
                pass
    for name, file in files.items():
        _set_aside(context, ownership, file, tallies[name], loads[name][1])
    return {name: loads[name][0] for name in files}


def load(context: LoadContext, ownership: Ownership, file: SourceFile, counted: Tally) -> TableLoad:
    """Write a file's admitted rows and set its faulty ones aside; return every row's fate.

    Idempotent: practices whose rows this delivery already committed are not written again.
    """
    result, missing = _write(context, ownership, file, counted)
    _set_aside(context, ownership, file, counted, missing)
    return result


def _write(
    context: LoadContext, ownership: Ownership, file: SourceFile, counted: Tally
) -> tuple[TableLoad, list[str]]:
    """Write a file's admitted rows; return their fates and the owners written just now."""
    table = raw_table(context.settings, file.supplier, file.table)
    result = TableLoad()
    _count_excluded(context, counted, result)
    admitted = sorted(owner for owner, reason in context.verdicts.items() if reason is None)
    done = table.transactions(application(file.supplier.code, owner) for owner in admitted)
    missing = [
        owner
        for owner in admitted
        if done[application(file.supplier.code, owner)] < context.sequence
    ]
    staged = _stage(context, ownership, file, counted, table, missing) if missing else []
    marks = {application(file.supplier.code, owner): context.sequence for owner in missing}
    if marks:
        table.commit(staged, marks)
    _count_kept(context, file, counted, table, admitted, result)
    return result, missing


def _set_aside(
    context: LoadContext, ownership: Ownership, file: SourceFile, counted: Tally, owners: list[str]
) -> None:
    if counted.has_faults():
        _quarantine(context, ownership, file, counted, owners)


def _reason(context: LoadContext, owner: str, fault: str) -> str | None:
    """Return why a row of this owner is not kept, None when it is."""
    if owner in OWNER_REASONS:
        return OWNER_REASONS[owner]
    verdict = context.verdicts[owner]
    if verdict is not None:
        return verdict
    if fault:
        return "NO_KEY" if fault == "(key)" else "BAD_VALUE"
    return None


def _count_excluded(context: LoadContext, counted: Tally, result: TableLoad) -> None:
    for (owner, fault), rows in counted.rows.items():
        practice = "" if owner in OWNER_REASONS else owner
        result.add(practice, "LANDED", rows)
        reason = _reason(context, owner, fault)
        if reason is not None:
            result.add(practice, reason, rows)
    result.add("", "LANDED", len(counted.bad_records))
    result.add("", "BAD_RECORD", len(counted.bad_records))


def _count_kept(
    context: LoadContext,
    file: SourceFile,
    counted: Tally,
    table: LakeTable,
    admitted: list[str],
    result: TableLoad,
) -> None:
    """Count what the table really holds of this delivery, from its files."""
    written: Counter[str] = Counter()
    for active in table.files(publishers=admitted, sequence=context.sequence):
        written[active.publisher] += active.rows
        result.size_bytes[active.publisher] += active.size_bytes
    is_list = file.supplier.definition.table(file.table).dictionary
    if is_list and context.newer_lists.get(file.table):
        own = own_rows(context.connection, table, context.sequence, context.delivery_id)
        written = Counter({SHARED: own})
    for owner in admitted:
        result.add(owner, "KEPT", written[owner])
        if is_list:
            result.add(owner, "UNCHANGED", counted.rows.get((owner, ""), 0) - written[owner])


def _stage(
    context: LoadContext,
    ownership: Ownership,
    file: SourceFile,
    counted: Tally,
    table: LakeTable,
    owners: list[str],
) -> list[StagedFile]:
    present = sorted({owner for owner, _ in counted.rows} & set(owners))
    if not present:
        return []
    select = _typed_rows(context, ownership, file, counted, present)
    with without_values(f"{file.table} could not be written", file.path.name):
        if not file.supplier.definition.table(file.table).dictionary:
            only = present[0] if len(present) == 1 else None
            met = met_condition(
                context.settings,
                context.connection,
                file.supplier,
                file.table,
                context.unfinished,
            )
            staged = table.stage(context.connection, select, context.sequence, only, met)
            staged = told_apart(context.connection, table, staged)
        else:
            listed = _listed(context, file, table)
            staged = stage_changes(context.connection, listed, select)
    drop_rejects(context.connection, "load")
    return staged


def _typed_rows(
    context: LoadContext,
    ownership: Ownership,
    file: SourceFile,
    counted: Tally,
    owners: list[str],
) -> str:
    drop_rejects(context.connection, "load")
    listed = ", ".join(literal(owner) for owner in owners)
    faulty = any(fault and owner in owners for owner, fault in counted.rows)
    columns = {
        "lds_row_number": "lds_row_number",
        "lds_source_key": file.source_key(),
        **renamed_values(file),
    }
    if faulty:
        columns["lds_fault"] = fault_of(file)
    owned = ownership.owned(file, columns, file.records("load", counted.bad_records))
    kept = f"owner in ({listed})" + (" and lds_fault is null" if faulty else "")
    return (
        f"select *, owner as publisher_organisation_code, "
        f"{literal(context.delivery_id)} as lds_delivery_id, "
        f"{context.sequence} as lds_load_sequence, "
        f"timestamp '{context.extracted_at:%Y-%m-%d %H:%M:%S}' as lds_extracted_at, "
        f"{_is_full(context, file)} as lds_is_full, "
        f"lds_hash('6:source' || lds_part({literal(context.named_by or context.delivery_id)}) || "
        f"lds_part({literal(file.table)}) || lds_part(lds_row_number)) as lds_source_record_id "
        f"from ({owned}) where {kept}"
    )


def _is_full(context: LoadContext, file: SourceFile) -> str:
    """Return the expression that says whether an owner's rows of a file are all there is."""
    if not file.is_full or not context.changes_only:
        return "true" if file.is_full else "false"
    listed = ", ".join(literal(owner) for owner in sorted(context.changes_only))
    return f"owner not in ({listed})"


def _listed(context: LoadContext, file: SourceFile, table: LakeTable) -> Listed:
    ignored = {name.lower() for name in file.supplier.definition.table(file.table).unchanged_by}
    compared = [
        column.lake_name
        for column in file.supplier.dictionary[file.table].columns
        if column.name.lower() not in ignored
    ]
    return Listed(
        table,
        context.sequence,
        context.extracted_at,
        compared,
        context.unfinished,
        context.newer_lists.get(file.table, ()),
    )


def _quarantine(
    context: LoadContext,
    ownership: Ownership,
    file: SourceFile,
    counted: Tally,
    owners: list[str],
) -> None:
    """Set faulty rows aside by line number, reason and column; never a value."""
    quarantine = quarantine_table(context.settings)
    mark = f"{file.supplier.code}/{file.table}"
    fresh = [
        owner
        for owner in [*owners, UNOWNED]
        if quarantine.transaction(f"{mark}/{owner}") < context.sequence
    ]
    if not fresh:
        return
    drop_rejects(context.connection, "load")
    listed = ", ".join(literal(owner) for owner in [*owners, *OWNER_REASONS])
    reason = " ".join(
        f"when owner = {literal(owner)} then {literal(name)}"
        for owner, name in OWNER_REASONS.items()
        if name in QUARANTINE_REASONS
    )
    owned = ownership.owned(
        file,
        {"lds_row_number": "lds_row_number", "fault": fault_of(file)},
        file.records("load", counted.bad_records),
    )
    values = ", ".join(f"({bad.row_number}, {literal(bad.reason)})" for bad in counted.bad_records)
    bad = (
        f" union all select {literal(UNOWNED)}, n, 'BAD_RECORD', kind from (values {values}) "
        "as bad (n, kind)"
        if values
        else ""
    )
    rows = (
        f"select case when owner in ({_owner_list()}) then {literal(UNOWNED)} else owner end "
        "as publisher_organisation_code, lds_row_number, "
        f"case {reason} when fault = '(key)' then 'NO_KEY' else 'BAD_VALUE' end as reason, "
        f"fault as column_name from ({owned}) where owner in ({listed}) and owner <> "
        f"{literal(NOT_REFERENCED)} and (fault is not null or owner in ({_owner_list()})){bad}"
    )
    chosen = ", ".join(literal(owner) for owner in fresh)
    with without_values(f"{file.table}: faulty rows could not be set aside", file.path.name):
        staged = quarantine.stage(
            context.connection,
            f"select *, {literal(context.delivery_id)} as lds_delivery_id, {context.sequence} as "
            f"lds_load_sequence, {literal(file.table)} as table_name from ({rows}) "
            f"where publisher_organisation_code in ({chosen})",
            context.sequence,
        )
    quarantine.commit(staged, {f"{mark}/{owner}": context.sequence for owner in fresh})
    drop_rejects(context.connection, "load")


def _owner_list() -> str:
    return ", ".join(literal(owner) for owner in OWNER_REASONS)
