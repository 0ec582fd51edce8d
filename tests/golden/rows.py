"""Golden rows: rows of OLIDS tables worked out by hand from the mapping rules, kept as files.

``tests/golden/<supplier>/rows/<olids table>.yaml`` holds cases: source rows that are ``given`` to a
``select``, and every row it yields, with the columns that the rule is about. A value written
``~entity(key, ...)`` stands for the id of that record, ``~organisation(code)`` and
``~concept(system, code)`` for those, ``~shared(entity, key)`` for a record of nobody's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.golden.harness import Ids, Row, ids

FOLDER = Path(__file__).parent
_ID = re.compile(r"~(\w+)\((.*)\)")


@dataclass(frozen=True)
class Case:
    """One select, the rows it is given and the rows worked out for it."""

    supplier: str
    table: str
    select: str
    given: Mapping[str, Sequence[Row]]
    rows: Sequence[Row]

    def __str__(self) -> str:
        """Return what the case is known by."""
        return f"{self.supplier}-{self.select}"


def cases() -> list[Case]:
    """Return every case of every file."""
    found = []
    for path in sorted(FOLDER.glob("*/rows/*.yaml")):
        supplier = path.parent.parent.name
        for told in yaml.safe_load(path.read_text(encoding="utf-8")):
            select = told.get("select", path.stem)
            rows = [_worked(ids(supplier), row) for row in told["rows"]]
            found.append(Case(supplier, path.stem, select, told["given"], rows))
    return found


def _worked(known: Ids, row: Row) -> Row:
    return {name: _value(known, value) for name, value in row.items()}


def _value(known: Ids, value: object) -> object:
    written = _ID.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        return value
    entity, parts = written[1], written[2].split(", ")
    if entity == "organisation":
        return known.organisation(*parts)
    if entity == "concept":
        return known.concept(*parts)
    if entity == "shared":
        return known.of(*parts, publisher="shared")
    return known.of(entity, *parts)
