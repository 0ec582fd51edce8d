"""The form of each governance file, from the one dictionary ``governance_files.csv``."""

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from lds_assets.gate.codes import PRACTICE_CODE

_DICTIONARY = Path(__file__).with_name("governance_files.csv")

_PATTERNS = {
    "practice": PRACTICE_CODE,
    "code": re.compile(r"[A-Z][A-Z0-9_]*"),
    "int": re.compile(r"[0-9]{1,9}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
}


@dataclass(frozen=True)
class ColumnForm:
    """One column: its type (or its choices, separated by ``|``) and whether it must be filled.

    Attributes:
        may_be_absent: added later: a file written before is read with it empty. In the dictionary
            such a column is required ``later``.
    """

    name: str
    type: str
    is_required: bool
    is_key: bool
    may_be_absent: bool = False


@dataclass(frozen=True)
class FileForm:
    """One governance file and the entity its rows describe."""

    file: str
    entity_type: str
    columns: tuple[ColumnForm, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names in the order of the dictionary."""
        return tuple(column.name for column in self.columns)

    def absent(self, header: Sequence[str]) -> tuple[str, ...] | None:
        """Return the columns a header lacks and may lack; None when it is not this file's header.

        Columns may stand in any order, each once.
        """
        lacking = [each for each in self.columns if each.name not in header]
        known = set(header) <= set(self.names) and len(set(header)) == len(header)
        if not known or not all(each.may_be_absent for each in lacking):
            return None
        return tuple(each.name for each in lacking)

    def complete(self, row: Mapping[str, str]) -> dict[str, str]:
        """Return a row with the columns that came later, empty where it has none of them."""
        later = {each.name: "" for each in self.columns if each.may_be_absent}
        return {**later, **row}

    def entity_id(self, row: dict[str, str]) -> str:
        """Return the key of a row as the register names it."""
        return "|".join(row[column.name] for column in self.columns if column.is_key)


@lru_cache(maxsize=1)
def file_forms() -> dict[str, FileForm]:
    """Return every file form, in the order in which files are read."""
    columns: dict[tuple[str, str], list[ColumnForm]] = {}
    with _DICTIONARY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            form = ColumnForm(
                row["column"],
                row["type"],
                row["required"] == "yes",
                row["key"] == "yes",
                row["required"] == "later",
            )
            columns.setdefault((row["file"], row["entity_type"]), []).append(form)
    return {name: FileForm(name, entity, tuple(each)) for (name, entity), each in columns.items()}


def is_day(text: str) -> bool:
    """Say whether a text is a day written ``YYYY-MM-DD``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _well_formed(kind: str) -> Callable[[str], bool]:
    """Return the test of one cell; an empty cell is the business of the required-check."""
    choices = kind.removeprefix("list:").split("|")
    if kind in ("text", "list"):
        return lambda text: text.isprintable()
    if kind == "date":
        return lambda text: text == "" or is_day(text)
    if kind in _PATTERNS:
        return lambda text: text == "" or _PATTERNS[kind].fullmatch(text) is not None
    if kind.startswith("list:"):
        return lambda text: text == "" or all(each in choices for each in text.split("|"))
    return lambda text: text == "" or text in choices


def cell_faults(form: FileForm, row: Mapping[str, str]) -> list[str]:
    """Return the rules a single row breaks by the form of its cells; no cell is quoted."""
    broken, row = [], form.complete(row)
    for column in form.columns:
        cell = row[column.name]
        if column.is_required and not cell.strip():
            broken.append(f"G-2 empty in {column.name}")
        elif not _well_formed(column.type)(cell):
            broken.append(f"G-3 form in {column.name}")
    return broken


def schema_of(form: FileForm) -> Any:  # noqa: ANN401 - pandera is untyped
    """Build the pandera schema of a file; checks are named by the rule a fault quotes."""
    # pandera takes seconds to import, and an unchanged register never needs it
    import pandera.pandas as pa  # noqa: PLC0415

    columns = {}
    for column in form.columns:
        checks = [pa.Check(_well_formed(column.type), element_wise=True, name="G-3 form")]
        if column.is_required:
            checks.append(pa.Check(lambda cells: cells.str.strip() != "", name="G-2 empty"))
        columns[column.name] = pa.Column(str, checks=checks)
    return pa.DataFrameSchema(columns, strict=True, ordered=False)
