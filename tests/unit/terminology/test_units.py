"""Units as practices type them are mapped to UCUM by the reviewed list."""

import csv

from lds_assets.resources import REPOSITORY, Settings
from lds_assets.terminology.apply import UCUM, UNIT_MAP
from tests.unit.terminology.shown import bring_in, deliver, shown, word

OWN = "urn:lds:tpp:unit"
MAPS = (
    "select concept_map_name, source_code, target_system, target_code, target_display, "
    "equivalence, is_primary from release.concept_map order by source_code"
)


def test_case_and_spaces_do_not_matter_and_an_unknown_unit_stays(home: Settings) -> None:
    typed = ["mmol/L", "MMOL / l", "puffs"]
    deliver(home, "concept", [word(OWN, each, each) for each in typed])
    bring_in(home)
    assert shown(home, MAPS) == [
        (UNIT_MAP, each, UCUM, "mmol/L", "millimole per litre", "EQUIVALENT", True)
        for each in ("MMOL / l", "mmol/L")
    ]
    targets = shown(home, f"select code, display from release.concept where system = '{UCUM}'")
    assert targets == [("mmol/L", "millimole per litre")]


def test_words_of_other_subjects_are_no_units(home: Settings) -> None:
    deliver(home, "concept", [word("urn:lds:tpp:code", "g", "g")])
    bring_in(home)
    assert shown(home, MAPS) == []


def test_each_spelling_is_written_as_it_is_looked_up_and_means_one_unit() -> None:
    path = REPOSITORY / "seeds/terminology/unit.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    labels = [row["label"] for row in rows]
    assert labels == [label.lower().replace(" ", "") for label in labels]
    assert len(set(labels)) == len(labels)
    displays: dict[str, set[str]] = {row["ucum_code"]: set() for row in rows}
    for row in rows:
        displays[row["ucum_code"]].add(row["display"])
    assert {code for code, named in displays.items() if len(named) != 1} == set()
