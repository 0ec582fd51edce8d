"""An invented supplier, loaded by its folder alone: two tables, ODS codes, CSV.

Persons become patients, entries become observations. Selects are written from the dictionary:
every column a test does not speak of is null.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import yaml

from lds_assets.canonical.tables import own_columns
from lds_assets.suppliers.registry import Supplier, load_supplier

TABLES = {
    "Person": ("PersonId", "Practice", "Surname", "NhsNumber", "BirthDate", "Deleted"),
    "Entry": ("EntryId", "PersonId", "Practice", "Value", "EntryDate", "Deleted"),
}
_TYPES = {"BirthDate": "date", "EntryDate": "date", "Deleted": "boolean", "Value": "decimal"}

_PATIENT = {
    "id": "lds_id('patient', publisher_organisation_code, person_id)",
    "nhs_number": "nhs_number",
    "last_name": "surname",
    "birth_date": "birth_date",
    "lds_is_deleted": "coalesce(deleted, false)",
}
_OBSERVATION = {
    "id": "lds_id('observation', publisher_organisation_code, entry_id)",
    "patient_id": "lds_id('patient', publisher_organisation_code, person_id)",
    "result_value": "value",
    "clinical_effective_date": "entry_date",
    "lds_is_deleted": "coalesce(deleted, false)",
}

_PASSED_ON = (
    "publisher_organisation_code, lds_source_record_id, lds_source_key, lds_load_sequence, "
    "lds_extracted_at, lds_row_number"
)


def _select(table: str, source: str, columns: Mapping[str, str]) -> str:
    names = [*own_columns(table), "lds_is_deleted"]
    own = ",\n".join(f"    {columns.get(name, 'null')} as {name}" for name in dict.fromkeys(names))
    return f"select\n{own},\n    {_PASSED_ON}\nfrom raw.{source}\n"


def invented_supplier(folder: Path) -> Supplier:
    """Write the supplier's folder and load it."""
    (folder / "canonical").mkdir(parents=True)
    with (folder / "tables.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["file", "ordinal", "column", "data_type", "is_key", "description"])
        for table, columns in TABLES.items():
            for place, column in enumerate(columns, start=1):
                key = "yes" if column == f"{table}Id" else "no"
                kind = _TYPES.get(column, "text")
                writer.writerow([table, place, column, kind, key, "invented"])
    (folder / "canonical/patient.sql").write_text(_select("patient", "person", _PATIENT))
    (folder / "canonical/observation.sql").write_text(_select("observation", "entry", _OBSERVATION))
    attributes = {
        "code": folder.name,
        "name": "Invented",
        "supplier_code": "INVENTED",
        "dataset": "INVENTED",
        "mechanism": "INVENTED-BULK",
        "extract": "INVENTED-GP",
        "delivery": {
            "folder": r"(?P<group>[a-z]+)/(?P<extracted_at>\d{14})",
            "file": r"(?P<kind>[a-z]+)_(?P<table>[A-Za-z]+)\.csv",
            "table": "{table}",
            "extracted_at": "%Y%m%d%H%M%S",
            "full_kinds": ["full"],
            "needs_every_table": True,
        },
        "format": {},
        "publisher_identity": "ods_code",
        "types": {"text": "text", "date": "date", "boolean": "boolean", "decimal": "double"},
        "tables": [
            {
                "name": table,
                "key": [f"{table}Id"],
                "publisher": {"column": "Practice"},
                "deleted": "Deleted",
                "lands": "canonical",
            }
            for table in TABLES
        ],
        "canonical": [
            {"table": "patient", "source": "Person"},
            {"table": "observation", "source": "Entry"},
        ],
    }
    document = {"type": "invented", "attributes": attributes}
    (folder / "defs.yaml").write_text(yaml.safe_dump(document))
    return load_supplier(folder)


@dataclass(frozen=True)
class Extract:
    """Rows of one delivery: table -> rows in file order, columns as in ``TABLES``."""

    extracted_at: datetime
    is_full: bool
    rows: Mapping[str, Sequence[Sequence[str]]]

    def write(self, folder: Path) -> dict[str, Path]:
        """Write the delivery's files, quoted, CRLF; return them by table."""
        folder.mkdir(parents=True, exist_ok=True)
        paths = {}
        for table, columns in TABLES.items():
            path = folder / f"{'full' if self.is_full else 'delta'}_{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerow(columns)
                writer.writerows(self.rows.get(table, ()))
            paths[table] = path
        return paths
