"""Suppliers' concepts put straight into the lake, and what a release over them shows."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from lds_assets.canonical.identity import concept_id
from lds_assets.canonical.macros import register
from lds_assets.canonical.tables import FED_TABLES, canonical_table, stored_columns
from lds_assets.lake.session import session
from lds_assets.lake.sql import identifier, literal
from lds_assets.persons.stub import rebuild
from lds_assets.release.record import Release
from lds_assets.release.relations import current_versions, open_release
from lds_assets.resources import Settings
from lds_assets.terminology.apply import Applied, apply_terminology

SNOMED = "http://snomed.info/sct"
CTV3 = "http://read.info/ctv3"
PRACTICES = ("E84001",)
NOW = datetime(2026, 11, 20, 12)

Row = Mapping[str, object]


def deliver(
    settings: Settings, table: str, rows: Sequence[Row], sequence: int = 1, dataset: str = "A"
) -> None:
    """Append rows of a supplier to a canonical table; unnamed columns stay empty."""
    lake = canonical_table(settings, table)
    always: dict[str, object] = {
        "publisher_organisation_code": "shared",
        "lds_source_dataset": dataset,
        "lds_load_sequence": sequence,
        "lds_is_deleted": False,
    }
    selects = []
    for row in rows:
        values = {**always, **row}
        unknown = set(values) - set(stored_columns(table))
        assert not unknown, unknown
        selects.append(
            "select "
            + ", ".join(
                f"cast({_sql(values.get(name))} as {kind}) as {identifier(name)}"
                for name, kind in stored_columns(table).items()
            )
        )
    with session(settings) as connection:
        lake.commit(lake.stage(connection, " union all ".join(selects), sequence), {})


def word(system: str, code: str, display: str | None = None) -> Row:
    """Return a row of concept."""
    return {
        "concept_id": concept_id(system, code),
        "system": system,
        "code": code,
        "display": display,
    }


def mapped(source: Row, target: Row, name: str, **values: object) -> Row:
    """Return a row of concept_map."""
    return {
        "concept_map_name": name,
        **{f"source_{part}": source[part] for part in ("concept_id", "system", "code")},
        **{f"target_{part}": target[part] for part in ("concept_id", "system", "code")},
        "equivalence": "EQUIVALENT",
        "equivalence_rank": 1,
        "is_primary": True,
        **values,
    }


def bring_in(settings: Settings, unfinished: Sequence[int] = ()) -> Applied:
    """Bring the terminology in as a release does."""
    with session(settings) as connection:
        return apply_terminology(settings, connection, unfinished, NOW)


def shown(settings: Settings, query: str) -> list[tuple[object, ...]]:
    """Return the rows of a query over ``release`` of everything in the lake."""
    tables = {}
    for name in FED_TABLES:
        canonical_table(settings, name).create()
        tables[name] = canonical_table(settings, name).version()
    with session(settings) as connection:
        register(connection, "A")
        patients = current_versions(settings, "patient", tables["patient"], PRACTICES)
        connection.execute(f"create temp view current_patient as {patients}")
        tables |= rebuild(settings, connection)
        release = Release("r", 1, NOW, "run", date(2026, 11, 20), "v", PRACTICES, tables)
        open_release(settings, connection, release)
        return connection.execute(query).fetchall()


def _sql(value: object) -> str:
    if value is None:
        return "null"
    return literal(str(value))
