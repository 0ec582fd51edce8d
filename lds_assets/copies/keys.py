"""What makes two records copies of each other, table by table: the declared list ``keys.csv``.

``identity`` says that they tell of the same event, ``value`` that they tell the same of it.
Patients and registrations have rules of their own (``matching.py``).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KEYS_CSV = Path(__file__).parent / "keys.csv"

#: Tables of which a former source's rows may be copies, parents before children.
REGISTRATIONS = "episode_of_care"
PATIENTS = "patient"

#: The text a column gives to a key; ``{0}`` is the column, ``{1}`` the relation of its concept.
#: Values of two systems differ in form long before the third decimal differs in meaning.
_TEXTS = {
    "code": "{1}.code_meaning",
    "unit": "{1}.unit_meaning",
    "day": "cast({0} as varchar)",
    "moment": "cast({0} as varchar)",
    "number": "cast(cast(round({0}, 3) as decimal(18, 3)) as varchar)",
    "text": "nullif(lower(trim({0})), '')",
}
_CODED = ("code", "unit")


@dataclass(frozen=True)
class KeyPart:
    """One column of a table's key; ``kind`` says how it is compared."""

    column: str
    kind: str
    is_value: bool


@cache
def content_keys() -> dict[str, tuple[KeyPart, ...]]:
    """Return the key of each table, parents before children."""
    found: dict[str, list[KeyPart]] = {}
    with KEYS_CSV.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            part = KeyPart(row["column_name"], row["kind"], row["role"] == "value")
            found.setdefault(row["table_name"], []).append(part)
    return {name: tuple(parts) for name, parts in found.items()}


def parent_column(table: str) -> str:
    """Return the column whose record a row goes with, empty when it is compared itself."""
    parts = content_keys()[table]
    return parts[0].column if parts[0].kind == "parent" else ""


def day_column(table: str) -> str:
    """Return the column that says when it happened, empty when the table has none."""
    days = [e.column for e in content_keys()[table] if e.kind in ("day", "moment")]
    return days[0] if days else ""


def code_column(table: str) -> str:
    """Return the column that says what happened, empty when the table has none."""
    codes = [e.column for e in content_keys()[table] if e.kind == "code"]
    return codes[0] if codes else ""


def keyed(table: str, rows: str, patients: str = "") -> str:
    """Return a select of ``id, patient, identity, value`` of rows.

    Args:
        rows: select with the table's columns.
        patients: relation (id, standing_id) that names each patient's record in the new source;
            records of patients it does not hold are left out. Empty for the new source itself.
    """
    parts = content_keys()[table]
    joins, patient = "", "''"
    identity: list[str] = []
    value: list[str] = []
    for place, part in enumerate(parts):
        column = f"record.{part.column}"
        if part.kind == "patient":
            patient = "held.standing_id" if patients else column
            held = f" inner join {patients} as held on held.id = {column}"
            joins += held if patients else ""
            continue
        concept = f"concept_{place}"
        if part.kind in _CODED:
            joins += f" left join copy_code as {concept} on {concept}.concept_id = {column}"
        text = f"coalesce({_TEXTS[part.kind].format(column, concept)}, '')"
        (value if part.is_value else identity).append(text)
    return (
        f"select record.id, {patient} as patient, {_joined(identity)} as identity, "
        f"{_joined(value)} as value from ({rows}) as record{joins}"
    )


def _joined(texts: list[str]) -> str:
    return " || chr(31) || ".join(texts) or "''"
