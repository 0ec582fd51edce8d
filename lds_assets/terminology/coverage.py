"""Concept coverage of a release: how many records stand for one SNOMED CT concept."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from lds_assets.lake.session import without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.schema.dictionary import olids
from lds_assets.terminology.library import SNOMED


@dataclass(frozen=True)
class ConceptCoverage:
    """Records of one table and supplier, deleted ones left out.

    Attributes:
        rows: records; ``coded`` those with a source concept; ``mapped`` those whose concept is of
            SNOMED CT or has a recommended target there.
    """

    table: str
    dataset: str
    rows: int
    coded: int
    mapped: int

    @property
    def share(self) -> float:
        """Return the share of the records that are mapped, 0 to 1; 1 of no records."""
        return self.mapped / self.rows if self.rows else 1.0


def coded_tables(tables: Sequence[str]) -> dict[str, str]:
    """Return table -> column of the code that says what a record is, for tables that have one."""
    return {
        table: f"{table}_source_concept_id"
        for table in tables
        if f"{table}_source_concept_id" in olids()[table].column_names
    }


def concept_coverage(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Sequence[str]
) -> list[ConceptCoverage]:
    """Count a release's records by whether their code stands for a SNOMED CT concept.

    Args:
        schema: where the relations of the release are.
        tables: tables of the release; those without a code of their own are passed over.
    """
    counted: list[ConceptCoverage] = []
    with without_values("concept coverage could not be counted", schema):
        connection.execute(
            "create or replace temp table understood as select distinct concept_id from ("
            f"select concept_id from {schema}.concept where system = {literal(SNOMED)} union all "
            f"select source_concept_id from {schema}.concept_map where is_primary and "
            f"target_system = {literal(SNOMED)} and equivalence not in ('UNMATCHED', 'DISJOINT'))"
        )
        for table, column in coded_tables(tables).items():
            rows = connection.execute(
                f"select coalesce(record.lds_source_dataset, ''), count(*), count({column}), "
                f"count(understood.concept_id) from {schema}.{identifier(table)} as record "
                f"left join understood on understood.concept_id = record.{column} "
                "where not record.lds_is_deleted group by 1 order by 1"
            ).fetchall()
            counted += [ConceptCoverage(table, *row) for row in rows]
        connection.execute("drop table understood")
    return counted
