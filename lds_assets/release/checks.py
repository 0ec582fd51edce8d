"""The blocking checks of a release."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from lds_assets.canonical.tables import key_columns, stored_columns
from lds_assets.lake.session import without_values
from lds_assets.lake.sql import count_repeated, identifier, literal
from lds_assets.platform import Platform
from lds_assets.release.fresh import Fresh
from lds_assets.schema.dictionary import olids

#: Names of the checks, in the order they run.
CHECK_NAMES = ("raw_balance", "canonical_balance", "unique_ids", "concepts_known", "persons_known")


#: Ids of the concepts that a candidate shows, while it is checked.
_KNOWN = "shown_concept"


@dataclass(frozen=True)
class CheckResult:
    """Outcome of one blocking check; ``detail`` holds names and counts only."""

    name: str
    passed: bool
    detail: str


def check_balances(platform: Platform) -> list[CheckResult]:
    """Check that every row of every delivery is accounted for, raw and canonical."""
    results = []
    for stage, name in (("raw", "raw_balance"), ("canonical", "canonical_balance")):
        faults = platform.ledger.balance(stage)
        detail = "; ".join(
            f"{fault.delivery_id} {fault.table_name} {fault.practice_code}: {fault.rows_in} rows "
            f"in, {fault.rows_out} accounted for"
            for fault in faults[:10]
        )
        results.append(CheckResult(name, not faults, detail or "every row is accounted for"))
    return results


def check_content(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Sequence[str],
    fresh: Mapping[str, Fresh] | None = None,
) -> list[CheckResult]:
    """Check a candidate release: unique ids, known concepts, a person for every patient.

    Args:
        schema: where the relations of the candidate are.
        tables: OLIDS tables the candidate shows.
        fresh: tables whose other rows were checked for the release in force.
    """
    with without_values("the candidate release could not be checked", "release"):
        return [
            _unique_ids(connection, schema, tables, fresh or {}),
            _concepts_known(connection, schema, tables, fresh or {}),
            _persons_known(connection, schema),
        ]


def _count(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _unique_ids(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Sequence[str],
    fresh: Mapping[str, Fresh],
) -> CheckResult:
    faults = []
    for table in tables:
        keys = [identifier(name) for name in key_columns(table)]
        if table in fresh:
            # the newest load of an id is its row: two rows of one load would both be
            rows, keys = fresh[table].same_loads, [*keys, "lds_load_sequence"]
        else:
            rows = f"select * from {schema}.{table}"
        repeated = count_repeated(connection, rows, keys)
        if repeated:
            faults.append(f"{table} {repeated}")
    return CheckResult("unique_ids", not faults, ", ".join(faults) or "every id is unique")


def _concepts_known(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    tables: Sequence[str],
    fresh: Mapping[str, Fresh],
) -> CheckResult:
    # asked of every column that names one: the view over terminology and suppliers is read once
    connection.execute(
        f"create or replace temp table {_KNOWN} as select concept_id from {schema}.concept"
    )
    columns = {
        table: [
            column.name
            for column in olids()[table].columns
            if column.references == "concept.concept_id"
        ]
        for table in tables
    }
    added = {
        (table, name): f"({fresh[table].added})"
        for table in fresh
        for name in columns.get(table, ())
        if name in stored_columns(table)
    }
    # a version that is not current may name what nobody knows any more: ask those again
    suspect = _unknown_concepts(connection, added)
    whole = {
        (table, name): f"{schema}.{table}"
        for table, names in columns.items()
        for name in names
        if (table, name) not in added or (table, name) in suspect
    }
    found = _unknown_concepts(connection, whole)
    faults = [f"{table}.{name} {rows}" for (table, name), rows in found.items()]
    return CheckResult("concepts_known", not faults, ", ".join(faults) or "every concept is known")


def _unknown_concepts(
    connection: duckdb.DuckDBPyConnection, asked: Mapping[tuple[str, str], str]
) -> dict[tuple[str, str], int]:
    """Return how many concepts each of the columns names that nobody knows, where there are any.

    Args:
        asked: (table, column) -> relation it is read from; each relation is read once.
    """
    of_relation: dict[str, list[tuple[str, str]]] = {}
    for column, relation in asked.items():
        of_relation.setdefault(relation, []).append(column)
    selects = []
    for relation, names in of_relation.items():
        listed = ", ".join(identifier(name) for _, name in names)
        selects.append(
            f"select distinct {literal(names[0][0])} as of_table, name, used from (unpivot "
            f"(select {listed} from {relation}) on columns(*) into name name value used)"
        )
    if not selects:
        return {}
    rows = connection.execute(
        f"select of_table, name, count(*) from ({' union all '.join(selects)}) where used not in "
        f"(select concept_id from {_KNOWN}) group by all order by all"
    ).fetchall()
    return {(str(table), str(name)): int(number) for table, name, number in rows}


def _persons_known(connection: duckdb.DuckDBPyConnection, schema: str) -> CheckResult:
    missing = _count(
        connection,
        f"select count(*) from {schema}.patient where person_id is null or person_id not in "
        f"(select id from {schema}.person)",
    )
    detail = f"{missing} patients without a person" if missing else "every patient has a person"
    return CheckResult("persons_known", not missing, detail)
