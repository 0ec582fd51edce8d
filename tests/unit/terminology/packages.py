"""Tiny invented terminology packages. Codes fail the check digit of SNOMED CT, so none is real."""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

GB_ENGLISH = "900000000000508004"
US_ENGLISH = "900000000000509007"
SAME_AS = "900000000000527005"
POSSIBLY = "900000000000523009"
CTV3 = "900000000000497000"
SYNONYM, FULL_NAME = "900000000000013009", "900000000000003001"
PREFERRED, ACCEPTABLE = "900000000000548007", "900000000000549004"

Rows = Iterable[Iterable[str]]

HEADERS = {
    "concept": "id effectiveTime active moduleId definitionStatusId",
    "description": "id effectiveTime active moduleId conceptId languageCode typeId term "
    "caseSignificanceId",
    "language": "id effectiveTime active moduleId refsetId referencedComponentId acceptabilityId",
    "association": "id effectiveTime active moduleId refsetId referencedComponentId "
    "targetComponentId",
    "map": "id effectiveTime active moduleId refsetId referencedComponentId mapTarget",
}
NAMES = {
    "concept": "Terminology/sct2_Concept_{part}Snapshot_GB_{day}.txt",
    "description": "Terminology/sct2_Description_{part}Snapshot-en_GB_{day}.txt",
    "language": "Refset/Language/der2_cRefset_Language{part}Snapshot-en_GB_{day}.txt",
    "association": "Refset/Content/der2_cRefset_Association{part}Snapshot_GB_{day}.txt",
    "map": "Refset/Map/der2_sRefset_SimpleMap{part}Snapshot_GB_{day}.txt",
}


def rf2(folder: Path, day: str, files: Mapping[str, Rows], part: str = "") -> Path:
    """Write the files of an RF2 snapshot; lines end as the publisher's do."""
    for kind, rows in files.items():
        path = folder / "Snapshot" / NAMES[kind].format(part=part, day=day)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = ["\t".join(HEADERS[kind].split()), *("\t".join(row) for row in rows)]
        path.write_bytes(("\r\n".join(lines) + "\r\n").encode())
    return folder


def concept(code: str, active: str = "1", day: str = "20260101") -> list[str]:
    return [code, day, active, "m", "d"]


def term(number: str, code: str, words: str, kind: str = SYNONYM, active: str = "1") -> list[str]:
    return [number, "20260101", active, "m", code, "en", kind, words, "c"]


def spoken(
    number: str, how: str = PREFERRED, refset: str = GB_ENGLISH, active: str = "1"
) -> list[str]:
    return [f"l{refset}{number}", "20260101", active, "m", refset, number, how]


def member(refset: str, component: str, value: str, active: str = "1") -> list[str]:
    return [f"{refset}{component}{value}", "20260101", active, "m", refset, component, value]


def zipped(folder: Path, path: Path) -> Path:
    """Zip a folder, with the folder's name in front of each member."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, f"{folder.name}/{file.relative_to(folder)}")
    return path


#: A small snapshot: an active concept, a retired one, one that only has a full name.
SMALL: Mapping[str, Rows] = {
    "concept": [concept("990000012"), concept("990000025", "0"), concept("990000031")],
    "description": [
        term("d1", "990000012", 'Sugar "high"'),
        term("d2", "990000012", "High sugar"),
        term("d3", "990000012", "High sugar (finding)", FULL_NAME),
        term("d4", "990000025", "Old sugar"),
        term("d5", "990000031", "Only a name (finding)", FULL_NAME),
        term("d6", "990000012", "Sugar, withdrawn words", active="0"),
    ],
    "language": [
        spoken("d1", ACCEPTABLE),
        spoken("d2"),
        spoken("d1", refset=US_ENGLISH),
        spoken("d4", refset=US_ENGLISH),
        spoken("d6"),
    ],
    "association": [
        member(SAME_AS, "990000025", "990000012"),
        member(SAME_AS, "990000031", "990000012", active="0"),
    ],
    "map": [member(CTV3, "990000012", "?001Y"), member("not-a-known-set", "990000012", "x")],
}


def dmd(folder: Path, day: str = "3021026") -> Path:
    """Write a dm+d release with one thing of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "vtm": "<VIRTUAL_THERAPEUTIC_MOIETIES><VTM><VTMID>99100001</VTMID><NM>Sugarol</NM></VTM>"
        "</VIRTUAL_THERAPEUTIC_MOIETIES>",
        "vmp": "<VIRTUAL_MED_PRODUCTS><VMPS><VMP><VPID>99200001</VPID><VPIDPREV>99200009</VPIDPREV>"
        "<NM>Sugarol 1mg tablets</NM></VMP><VMP><VPID>99200002</VPID><INVALID>1</INVALID>"
        "<NM>Sugarol 2mg tablets</NM></VMP></VMPS><VIRTUAL_PRODUCT_INGREDIENT><VPI>"
        "<VPID>99200001</VPID><ISID>1</ISID></VPI></VIRTUAL_PRODUCT_INGREDIENT>"
        "</VIRTUAL_MED_PRODUCTS>",
        "amp": "<ACTUAL_MEDICINAL_PRODUCTS><AMPS><AMP><APID>99300001</APID><NM>Sweetex</NM>"
        "<DESC>Sweetex (Maker &amp; Sons)</DESC></AMP></AMPS></ACTUAL_MEDICINAL_PRODUCTS>",
        "vmpp": "<VIRTUAL_MED_PRODUCT_PACK><VMPPS><VMPP><VPPID>99400002</VPPID>"
        "<NM>Sugarol 1mg tablets 28 tablet</NM></VMPP></VMPPS></VIRTUAL_MED_PRODUCT_PACK>",
        "ampp": "<ACTUAL_MEDICINAL_PROD_PACKS><AMPPS><AMPP><APPID>99500001</APPID>"
        "<NM>Sweetex 28 tablet</NM></AMPP></AMPPS></ACTUAL_MEDICINAL_PROD_PACKS>",
    }
    for kind, body in files.items():
        text = f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n'
        (folder / f"f_{kind}2_{day}.xml").write_text(text, encoding="utf-8")
    return folder
