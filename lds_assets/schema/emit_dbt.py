"""Staging layer of the dbt project, emitted from the OLIDS dictionary.

One select and one contract per canonical table, and the source declaration they read. Rule source:
DESIGN.md 8 and 9. Emitted files are never edited; ``write`` rebuilds them.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from lds_assets.schema.dictionary import CanonicalColumn, CanonicalTable, olids

HEADER = "generated, do not edit, rebuild with `make schema`"
STAGING = Path("models/staging")

#: Canonical tables the marts may read, in the order of the road.
STAGED = (
    "organisation",
    "location",
    "location_contact",
    "practitioner",
    "practitioner_in_role",
    "person",
    "patient",
    "patient_person",
    "patient_address",
    "patient_contact",
    "episode_of_care",
    "encounter",
    "observation",
    "allergy_intolerance",
    "diagnostic_order",
    "procedure_request",
    "referral_request",
    "medication_statement",
    "medication_order",
    "schedule",
    "schedule_practitioner",
    "appointment",
    "appointment_practitioner",
    "concept",
    "concept_map",
)

#: The documents mark no key here; the natural key stands in. Rule source: olids rules 15.
NATURAL_KEYS = {"concept_map": ("concept_map_name", "source_concept_id", "target_concept_id")}

#: Share of references that may point nowhere: a child may arrive before its parent, and bookings
#: outlive their patients. Rule source: olids rules 4 and 12.
ORPHANS_AT_MOST = 0.01

LINE_LENGTH = 100

Document = dict[str, object]


def staging_sql(dictionary: Mapping[str, CanonicalTable]) -> dict[Path, str]:
    """Return one staging select per canonical table, by path inside the dbt project."""
    return {STAGING / f"stg_{name}.sql": _select(dictionary[name]) for name in STAGED}


def staging_yaml(dictionary: Mapping[str, CanonicalTable]) -> dict[Path, str]:
    """Return the contract of each staging model and the source file, by path in the project."""
    files = {STAGING / f"stg_{name}.yml": _contract(dictionary[name]) for name in STAGED}
    files[STAGING / "_release.yml"] = _sources(dictionary)
    return files


def write(project: Path) -> None:
    """Write every emitted file below a dbt project."""
    dictionary = olids()
    for path, text in {**staging_sql(dictionary), **staging_yaml(dictionary)}.items():
        target = project / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _select(table: CanonicalTable) -> str:
    casts = ",\n".join(_cast(column) for column in table.columns)
    grain = f"-- Grain: {_grain(table)}."
    current = ""
    if "lds_is_deleted" in table.column_names:
        grain += "\n-- Deleted rows are left out."
        current = "\n    where not coalesce(lds_is_deleted, false)"
    return (
        f"-- {HEADER}\n"
        f"{grain}\n"
        "with release as (\n"
        f"    select * from {{{{ lake('{table.name}') }}}}\n"
        "),\n\n"
        "typed as (\n"
        f"    select\n{casts}\n"
        f"    from release{current}\n"
        ")\n\n"
        "select * from typed\n"
    )


def _cast(column: CanonicalColumn) -> str:
    kind = column.lake_type.lower().replace(",", ", ")
    cast = f"        cast({column.name} as {kind})"
    line = f"{cast} as {column.name}"
    return line if len(line) < LINE_LENGTH else f"{cast}\n            as {column.name}"


def _grain(table: CanonicalTable) -> str:
    return f"one row per {table.name.replace('_', ' ')} of the release, its current version"


def _described(table: CanonicalTable) -> str:
    grain = f"{_grain(table).capitalize()}."
    return (
        f"{grain} Deleted rows are left out." if "lds_is_deleted" in table.column_names else grain
    )


def _key(table: CanonicalTable) -> tuple[str, ...]:
    return NATURAL_KEYS.get(table.name) or table.key or ("id",)


def _references(table: CanonicalTable) -> list[Document]:
    """Return the references to staged tables; a table's own rows count as parents too."""
    found: list[Document] = []
    for column in table.columns:
        parent, _, parent_key = column.references.partition(".")
        if parent in STAGED:
            found.append({"column": column.name, "parent": f"stg_{parent}", "key": parent_key})
    return found


def _column(column: CanonicalColumn) -> Document:
    return {
        "name": column.name,
        "data_type": column.lake_type.lower(),
        "description": column.description,
    }


def _contract(table: CanonicalTable) -> str:
    model_name = f"stg_{table.name}"
    key_test = {"name": f"{model_name}_key_is_unique", "arguments": {"columns": list(_key(table))}}
    tests: list[Document] = [{"unique_key": key_test}]
    references = _references(table)
    if references:
        tests.append(
            {
                "references_exist": {
                    "name": f"{model_name}_references_exist",
                    "arguments": {"references": references, "orphans_at_most": ORPHANS_AT_MOST},
                    "config": {"severity": "warn"},
                }
            }
        )
    model: Document = {
        "name": model_name,
        "description": _described(table),
        "config": {"contract": {"enforced": True}},
        "data_tests": tests,
        "columns": [_column(column) for column in table.columns],
    }
    return _yaml({"version": 2, "models": [model]})


def _sources(dictionary: Mapping[str, CanonicalTable]) -> str:
    canonical = [_source(name, ["canonical", name], _grain(dictionary[name])) for name in STAGED]
    source: Document = {
        "name": "release",
        "schema": "release",
        "description": "The pinned release: the only thing marts read.",
        "tables": [*canonical, *_release_facts()],
    }
    return _yaml({"version": 2, "sources": [source]})


def _release_facts() -> Iterable[Document]:
    facts = {
        "release_context": "One row: the release being read, the day it is read as of, and the "
        "version of the governance register.",
        "practice_register": "One row per London practice, as the register has it on the day.",
        "practice_relationship": "One row per practice, kind of tie and first day: to whom a "
        "practice belonged from when until when.",
        "practice_gate": "One row per practice of the register: what the gate says of it.",
        "practice_onboarding": "One row per practice and supplier that was asked to take part: "
        "where it stands on its way into a release.",
        "practice_verdict": "One row per practice of London or ever met: where it stands, and why.",
        "practice_verdict_link": "One row per practice and question of the chain behind its "
        "verdict.",
        "migration_figure": "One row per migration, subject and year: the newest comparison of a "
        "practice's former supplier with its new one.",
        "concept_status": "One row per concept that the loaded terminology knows: is it in use.",
    }
    for name, description in facts.items():
        yield _source(name, ["release"], description)


def _source(name: str, asset_key: list[str], description: str) -> Document:
    return {
        "name": name,
        "description": description[:1].upper() + description[1:],
        "config": {"meta": {"dagster": {"asset_key": asset_key}}},
    }


def _yaml(document: Document) -> str:
    body = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return f"# {HEADER}\n{body}"
