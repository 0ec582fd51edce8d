"""Terminology packages of the invented codes, in the forms that publishers ship.

They let a synthetic deployment walk the same way as a real one: a SNOMED CT snapshot with maps of
CTV3-like codes, a dm+d release and a code list. One code is retired in favour of another and one
is left out, so that mapping health has something to show.
"""

import csv
import html
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import duckdb

from lds_assets.resources import Settings
from lds_assets.synthetic.catalogue import load_catalogue
from lds_assets.synthetic.practices import SIZES
from lds_assets.terminology.load import Request

EFFECTIVE = date(2026, 10, 1)
_DAY = f"{EFFECTIVE:%Y%m%d}"

#: code_key of the code that is retired, and of the one in its place.
RETIRED = ("admin_failed_contact", "admin_dna")
#: code_key of the code that the release does not hold.
LEFT_OUT = "admin_result_filed"
_CLUSTER = "DM_COD"

_MODULE, _PRIMITIVE, _ANY_CASE = "900000000000207008", "900000000000074008", "900000000000448009"
_SYNONYM, _PREFERRED = "900000000000013009", "900000000000548007"
_ENGLISH, _SAME_AS, _CTV3 = "900000000000508004", "900000000000527005", "900000000000497000"

_Rows = Iterable[Sequence[str]]


def write_fixtures(settings: Settings) -> list[Request]:
    """Write the packages below the home and return what to load, in order."""
    folder = settings.home.absolute() / "terminology"
    _write_snapshot(folder / "snomed", _known_codes())
    _write_medicines(folder / "dmd", _seed(settings, "fixture_drugs"))
    listed = folder / f"{_CLUSTER.lower()}-{_DAY}.csv"
    codes = _seed(settings, "fixture_codes")
    members = [row for row in codes if _CLUSTER in row["cluster_codes"].split("|")]
    with listed.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(
            [("code", "term"), *((row["snomed_code"], row["term"]) for row in members)]
        )
    return [
        Request("snomed", folder / "snomed", effective=EFFECTIVE),
        Request("dmd", folder / "dmd", effective=EFFECTIVE),
        Request("code_list", listed, edition=_CLUSTER, effective=EFFECTIVE),
    ]


def _known_codes() -> list[dict[str, str]]:
    """Return the codes of the generator that stand for a concept, the long tail among them."""
    tail = max(size.tail_codes for size in SIZES.values())
    with duckdb.connect() as connection:
        connection.execute("create schema syn")
        load_catalogue(connection, tail)
        names = ("code_key", "term", "snomed_code", "snomed_description", "ctv3_code")
        rows = connection.execute(
            f"select {', '.join(names)} from syn.code where snomed_code is not null and "
            "code_key <> ? order by code_no",
            [LEFT_OUT],
        ).fetchall()
    return [dict(zip(names, map(str, row), strict=True)) for row in rows]


def _seed(settings: Settings, name: str) -> list[dict[str, str]]:
    path = settings.seeds / "terminology" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _write_snapshot(folder: Path, known: Sequence[dict[str, str]]) -> None:
    codes = {row["code_key"]: row["snomed_code"] for row in known}
    retired, instead = (codes[key] for key in RETIRED)
    terms = [(row["snomed_description"], row["snomed_code"], row["term"]) for row in known]
    # a component says when it last changed and whether it is in use
    head = (_DAY, "1", _MODULE)
    _table(
        folder / f"sct2_Concept_Snapshot_INT_{_DAY}.txt",
        "id effectiveTime active moduleId definitionStatusId",
        (
            (row["snomed_code"], _DAY, str(int(row["snomed_code"] != retired)), _MODULE, _PRIMITIVE)
            for row in known
        ),
    )
    _table(
        folder / f"sct2_Description_Snapshot-en_INT_{_DAY}.txt",
        "id effectiveTime active moduleId conceptId languageCode typeId term caseSignificanceId",
        ((number, *head, code, "en", _SYNONYM, words, _ANY_CASE) for number, code, words in terms),
    )
    members = "id effectiveTime active moduleId refsetId referencedComponentId"
    _table(
        folder / f"der2_cRefset_LanguageSnapshot-en_INT_{_DAY}.txt",
        f"{members} acceptabilityId",
        ((f"l{number}", *head, _ENGLISH, number, _PREFERRED) for number, _, _ in terms),
    )
    _table(
        folder / f"der2_cRefset_AssociationSnapshot_INT_{_DAY}.txt",
        f"{members} targetComponentId",
        [(f"a{retired}", *head, _SAME_AS, retired, instead)],
    )
    _table(
        folder / f"der2_sRefset_SimpleMapSnapshot_INT_{_DAY}.txt",
        f"{members} mapTarget",
        (
            (f"m{row['snomed_code']}", *head, _CTV3, row["snomed_code"], row["ctv3_code"])
            for row in known
            if row["ctv3_code"]
        ),
    )


def _table(path: Path, columns: str, rows: _Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(columns.split()), *("\t".join(row) for row in rows)]
    path.write_text("\r\n".join(lines) + "\r\n", encoding="utf-8", newline="")


def _write_medicines(folder: Path, drugs: Sequence[dict[str, str]]) -> None:
    """Write the products as virtual ones; of the other kinds one of each stands for all."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [(row["dmd_code"], row["term"]) for row in drugs if row["dmd_code"]]
    kinds = {
        "vtm": ("VTM", "VTMID", [("99000000", "Invented moiety")]),
        "vmp": ("VMP", "VPID", named),
        "amp": ("AMP", "APID", [("99000001", "Invented product (nobody)")]),
        "vmpp": ("VMPP", "VPPID", [("99000002", "Invented product 28 tablet")]),
        "ampp": ("AMPP", "APPID", [("99000003", "Invented product (nobody) 28 tablet")]),
    }
    for kind, (element, code, things) in kinds.items():
        body = "".join(
            f"<{element}><{code}>{number}</{code}><NM>{html.escape(words)}</NM></{element}>\n"
            for number, words in things
        )
        (folder / f"f_{kind}2_3{EFFECTIVE:%d%m%y}.xml").write_text(
            f'<?xml version="1.0" encoding="utf-8"?>\n<RELEASE>\n{body}</RELEASE>\n',
            encoding="utf-8",
        )
