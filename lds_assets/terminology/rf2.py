"""SNOMED CT in Release Format 2: concepts with their preferred terms, and the maps of a snapshot.

A UK release comes as several folders (international, clinical, drugs); of a component that stands
in several files the newest effective time counts. Which reference sets say what is
``seeds/terminology/rf2_refset.csv``.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from lds_assets.lake.sql import literal
from lds_assets.terminology.library import SNOMED
from lds_assets.terminology.package import FileKind, Package

_COMPONENT = ("id", "effectiveTime", "active")
_MEMBER = (*_COMPONENT, "refsetId", "referencedComponentId")

FILES = {
    "concept": FileKind(r"x?sct2_Concept_[^_]*Snapshot[^_]*_.*\.txt", _COMPONENT),
    "description": FileKind(
        r"x?sct2_Description_[^_]*Snapshot[^_]*_.*\.txt",
        (*_COMPONENT, "conceptId", "typeId", "term"),
    ),
    "language": FileKind(
        r"x?der2_cRefset_(?=[^_]*Snapshot)[^_]*Language[^_]*_.*\.txt", (*_MEMBER, "acceptabilityId")
    ),
    "association": FileKind(
        r"x?der2_cRefset_(?=[^_]*Snapshot)[^_]*Association[^_]*_.*\.txt",
        (*_MEMBER, "targetComponentId"),
        is_required=False,
    ),
    "map": FileKind(
        r"x?der2_sRefset_(?=[^_]*Snapshot)[^_]*SimpleMap[^_]*_.*\.txt",
        (*_MEMBER, "mapTarget"),
        is_required=False,
    ),
}

_SYNONYM = "900000000000013009"
_FULL_NAME = "900000000000003001"
_PREFERRED = "900000000000548007"


def text_files(files: Sequence[Path]) -> str:
    """Return a relation over tab separated files of one form, everything as text."""
    paths = ", ".join(literal(str(file)) for file in files)
    return (
        f"read_csv([{paths}], delim = '\\t', header = true, quote = '', escape = '', "
        "all_varchar = true, union_by_name = true)"
    )


def read(connection: duckdb.DuckDBPyConnection, package: Package, seeds: Path) -> None:
    """Make ``loaded_concept`` and ``loaded_map`` of an RF2 snapshot.

    Args:
        seeds: folder of the reviewed files.
    """
    refsets = literal(str(seeds / "terminology" / "rf2_refset.csv"))
    connection.execute(
        f"create or replace temp table refset as select * from read_csv({refsets}, header = true, "
        "all_varchar = true)"
    )
    _concepts(connection, package)
    _maps(connection, package)


def _newest(files: Sequence[Path], columns: str, extra: str = "true") -> str:
    """Return a select of the active newest version of each row of some files."""
    return (
        f"select {columns} from {text_files(files)} where {extra} "
        "group by id having arg_max(active, effectiveTime) = '1'"
    )


def _concepts(connection: duckdb.DuckDBPyConnection, package: Package) -> None:
    """One row per concept; its term is the preferred one of the first language, else its name."""
    connection.execute(
        "create or replace temp table term as "
        + _newest(
            package.of("description"),
            "id, any_value(conceptId) as concept, any_value(typeId) as kind, "
            "arg_max(term, effectiveTime) as term",
            f"typeId in ('{_SYNONYM}', '{_FULL_NAME}')",
        )
    )
    preferred = _newest(
        package.of("language"),
        "any_value(referencedComponentId) as description, any_value(refsetId) as refset",
        "acceptabilityId is not null",
    ).replace("having ", f"having arg_max(acceptabilityId, effectiveTime) = '{_PREFERRED}' and ", 1)
    connection.execute(
        "create or replace temp table spoken as select term.concept, "
        "first(term.term order by cast(refset.rank as integer), term.id) as display "
        f"from term inner join ({preferred}) as preferred on preferred.description = term.id "
        "inner join refset on refset.refset_id = preferred.refset and refset.role = 'language' "
        f"where term.kind = '{_SYNONYM}' group by term.concept"
    )
    connection.execute(
        f"create or replace temp table named as select concept, min(term) as display from term "
        f"where kind = '{_FULL_NAME}' group by concept"
    )
    connection.execute(
        f"create or replace temp table loaded_concept as select {literal(SNOMED)} as code_system, "
        "concept.id as code, coalesce(spoken.display, named.display) as display, "
        "concept.is_active from (select id, arg_max(active, effectiveTime) = '1' as is_active "
        f"from {text_files(package.of('concept'))} group by id) as concept "
        "left join spoken on spoken.concept = concept.id "
        "left join named on named.concept = concept.id"
    )
    for table in ("term", "spoken", "named"):
        connection.execute(f"drop table {table}")


def _maps(connection: duckdb.DuckDBPyConnection, package: Package) -> None:
    """One row per map of the reference sets that are known, by the rank of the set."""
    connection.execute(
        "create or replace temp table loaded_map (map_name varchar, source_system varchar, "
        "source_code varchar, target_system varchar, target_code varchar, equivalence varchar, "
        "equivalence_rank bigint)"
    )
    ends = {
        # role: (source system, source code, target code)
        "association": (literal(SNOMED), "component", "value"),
        "map": ("refset.source_system", "value", "component"),
    }
    columns = {"association": "targetComponentId", "map": "mapTarget"}
    for role, (system, source, target) in ends.items():
        files = package.of(role)
        if not files:
            continue
        members = _newest(
            files,
            "any_value(refsetId) as refset, any_value(referencedComponentId) as component, "
            f"arg_max({columns[role]}, effectiveTime) as value",
        )
        connection.execute(
            f"insert into loaded_map select distinct refset.map_name, {system}, {source}, "
            f"{literal(SNOMED)}, {target}, refset.equivalence, cast(refset.rank as bigint) "
            f"from ({members}) as member inner join refset on refset.refset_id = member.refset "
            f"and refset.role = '{role}' where {source} <> '' and {target} <> ''"
        )
