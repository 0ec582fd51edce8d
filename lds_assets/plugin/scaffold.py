"""Writing a new supplier folder: an empty supplier that keeps every rule."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from string import Template

from lds_assets.canonical.tables import FED_TABLES
from lds_assets.errors import Refused
from lds_assets.plugin.mapping import (
    EMPTY,
    EMPTY_COLUMNS,
    MAPPING,
    MAPPING_COLUMNS,
    UNMAPPED,
    WHOLE,
)
from lds_assets.schema.dictionary import source_tables
from lds_assets.suppliers.registry import SUPPLIERS

#: Form of the files -> ending of their names.
ENDINGS = {"csv": "csv", "json_lines": "jsonl"}

_TEMPLATE = Path(__file__).parent / "template"
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_NAME = re.compile(r"[\w][\w .&()-]{0,79}")
_PRACTICE = "X99901"
#: Folder of a sample delivery -> its records, in the order of the dictionary.
_SAMPLE = {
    "full_20260110000500": [
        ("r1", _PRACTICE, "added", "2025-06-01", "first"),
        ("r2", _PRACTICE, "added", "2025-07-01", "second"),
        ("r3", _PRACTICE, "added", "", "without a date"),
    ],
    "delta_20260111000500": [
        ("r2", _PRACTICE, "updated", "2025-07-02", "second, mended"),
        ("r3", _PRACTICE, "removed", "", ""),
    ],
}


def write_folder(root: Path, code: str, name: str, form: str) -> Path:
    """Write the folder of a new supplier below a root and return it.

    Args:
        code: lower case, the folder's name.
        name: what people call the supplier.
        form: ``csv`` or ``json_lines``.

    Raises:
        Refused: the code or name is not of its form, or the folder is there already.
    """
    _check_names(root, code, name, form)
    folder = root / code
    words = {
        "code": code,
        "name": name,
        "register_code": code.upper(),
        "form": form,
        "ending": ENDINGS[form],
    }
    folder.mkdir(parents=True)
    for path in sorted(_TEMPLATE.iterdir()):
        text = path.read_text(encoding="utf-8")
        written = Template(text).substitute(words) if path.suffix != ".csv" else text
        (folder / path.name).write_text(written, encoding="utf-8")
    (folder / "__init__.py").write_text(f'"""{name}, as a supplier folder."""\n', encoding="utf-8")
    columns = {
        table: [column.name for column in described.columns]
        for table, described in source_tables(folder / "tables.csv").items()
    }
    silent = (
        (table, column, UNMAPPED, "", "", "an example, not mapped yet", "")
        for table, names in columns.items()
        for column in names
    )
    _write(folder / MAPPING, MAPPING_COLUMNS, silent)
    unfed = ((table, WHOLE, "no select feeds it yet") for table in FED_TABLES)
    _write(folder / EMPTY, EMPTY_COLUMNS, unfed)
    _write_sample(folder / "samples", form, columns["record"])
    return folder


def _check_names(root: Path, code: str, name: str, form: str) -> None:
    faults = []
    if not _CODE.fullmatch(code):
        told = "the code is two to forty of a-z, 0-9 and _, beginning with a letter"
        small = code.lower()
        faults.append(f"{told}: {small}, perhaps" if _CODE.fullmatch(small) else told)
    if not _NAME.fullmatch(name):
        faults.append("the name is up to eighty letters, digits, spaces and .&()-")
    if form not in ENDINGS:
        faults.append(f"the form is one of {', '.join(ENDINGS)}")
    if faults:
        raise Refused(
            "no folder can be made of this: " + "; ".join(faults),
            where="lds supplier new",
            done="nothing written",
            to_do="give another code, name or form",
        )
    for folder in (root / code, SUPPLIERS / code):
        if folder.exists() or folder.is_symlink():
            raise Refused(
                f"there is a supplier folder {code} already",
                where=str(folder),
                done="nothing written",
                to_do="take another code, or remove the folder first",
            )


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_sample(folder: Path, form: str, columns: Sequence[str]) -> None:
    for delivery, rows in _SAMPLE.items():
        path = folder / _PRACTICE / delivery / f"record.{ENDINGS[form]}"
        path.parent.mkdir(parents=True)
        path.write_bytes(_records(form, columns, rows).encode())


def _records(form: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if form == "json_lines":
        return "".join(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()
