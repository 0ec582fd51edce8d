"""The dictionary of medicines and devices (dm+d) as TRUD ships it: one XML file per kind of thing.

Read element by element into a text file, so that memory does not grow with the release.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import duckdb

from lds_assets.lake.sql import literal
from lds_assets.terminology.library import SNOMED
from lds_assets.terminology.package import FileKind, Package, refusal


@dataclass(frozen=True)
class Thing:
    """How one kind of thing is written.

    Attributes:
        element: name of its element; ``code``, ``names`` (by preference) and ``former`` (the
            number it had before) those of its fields.
    """

    element: str
    code: str
    names: tuple[str, ...]
    former: str = ""


THINGS: Mapping[str, Thing] = {
    "vtm": Thing("VTM", "VTMID", ("NM",), "VTMIDPREV"),
    "vmp": Thing("VMP", "VPID", ("NM",), "VPIDPREV"),
    # DESC adds the manufacturer: without it products of several makers share one name
    "amp": Thing("AMP", "APID", ("DESC", "NM")),
    "vmpp": Thing("VMPP", "VPPID", ("NM",)),
    "ampp": Thing("AMPP", "APPID", ("NM",)),
    "ingredient": Thing("ING", "ISID", ("NM",), "ISIDPREV"),
}

FILES = {
    kind: FileKind(rf"f_{kind}2_[0-9].*\.xml", is_required=kind != "ingredient") for kind in THINGS
}

_COLUMNS = ("code", "display", "is_invalid", "former_code")


def read(connection: duckdb.DuckDBPyConnection, package: Package, scratch: Path) -> None:
    """Make ``loaded_concept`` and ``loaded_map`` of a dm+d release.

    dm+d codes lie in the SNOMED CT name space. A number given up in favour of another becomes a
    map from the old to the new.

    Raises:
        Refused: a file is no XML, declares a document type, or holds nothing of its kind.
    """
    scratch.mkdir(parents=True, exist_ok=True)
    text = scratch / "dmd.csv"
    with text.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(_COLUMNS)
        for kind, thing in THINGS.items():
            for file in package.of(kind):
                writer.writerows(_rows(file, thing))
    rows = (
        f"read_csv({literal(str(text))}, header = true, all_varchar = true, quote = '\"', "
        "escape = '\"', auto_detect = false, delim = ',', columns = {"
        + ", ".join(f"'{name}': 'varchar'" for name in _COLUMNS)
        + "})"
    )
    connection.execute(
        f"create or replace temp table loaded_concept as select {literal(SNOMED)} as code_system, "
        f"code, min(display) as display, bool_and(coalesce(is_invalid, '') <> '1') as is_active "
        f"from {rows} group by code"
    )
    connection.execute(
        "create or replace temp table loaded_map as select distinct 'dm+d former number' as "
        f"map_name, {literal(SNOMED)} as source_system, former_code as source_code, "
        f"{literal(SNOMED)} as target_system, code as target_code, 'EQUAL' as equivalence, "
        f"cast(1 as bigint) as equivalence_rank from {rows} where former_code <> '' "
        "and former_code <> code"
    )


def _rows(file: Path, thing: Thing) -> Iterator[tuple[str, str, str, str]]:
    """Yield code, words, whether it is invalid (``1``) and former code of each thing."""
    with file.open("rb") as handle:
        # an entity can blow up without bound; dm+d declares none
        if b"<!DOCTYPE" in handle.read(4096):
            raise refusal("the file declares a document type", file.name, "this is no dm+d file")
    found = 0
    try:
        for element in _elements(file, thing.element):
            if element.find(thing.code) is not None:
                found += 1
                yield _row(element, thing)
    except ElementTree.ParseError as error:
        line, _ = error.position
        raise refusal(
            "the file is no well-formed XML",
            f"{file.name}, line {line}",
            "take the package from its publisher again",
        ) from None
    if not found:
        raise refusal(
            f"the file holds no {thing.element}",
            file.name,
            "take the package from its publisher again",
        )


def _elements(file: Path, wanted: str) -> Iterator[ElementTree.Element]:
    """Yield the elements of a name; what was read is let go."""
    above: list[ElementTree.Element] = []
    inside = 0
    for event, element in ElementTree.iterparse(file, events=("start", "end")):  # noqa: S314
        if event == "start":
            above.append(element)
            inside += element.tag == wanted
            continue
        above.pop()
        inside -= element.tag == wanted
        if element.tag == wanted:
            yield element
        if above and not inside:
            above[-1].clear()


def _row(element: ElementTree.Element, thing: Thing) -> tuple[str, str, str, str]:
    words = next((text for name in thing.names if (text := _text(element, name))), "")
    return (
        _text(element, thing.code),
        words,
        _text(element, "INVALID"),
        _text(element, thing.former) if thing.former else "",
    )


def _text(element: ElementTree.Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
