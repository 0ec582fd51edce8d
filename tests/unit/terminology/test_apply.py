"""What a release shows of the terminology: terms, maps, and administrative words."""

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from lds_assets.canonical.tables import canonical_table
from lds_assets.resources import REPOSITORY, Settings
from lds_assets.terminology.load import Request, load
from tests.unit.terminology import packages as made
from tests.unit.terminology.shown import CTV3, SNOMED, bring_in, deliver, mapped, shown, word

CONCEPTS = "select system, code, display, present_in_terminology_server, is_mapped from release."
MAPS = (
    "select concept_map_name, source_code, target_code, equivalence, is_primary "
    "from release.concept_map order by all"
)
EVERY_END_EXISTS = (
    "select count(*) from release.concept_map where source_concept_id not in (select concept_id "
    "from release.concept) or target_concept_id not in (select concept_id from release.concept)"
)
IDENTITY = "Administrative concepts, read literally"


def _snomed(home: Settings, tmp_path: Path, day: str = "20260401", **files: made.Rows) -> None:
    folder = made.rf2(tmp_path / day, day, {**made.SMALL, **files})
    load(home, Request("snomed", folder))


def test_the_preferred_term_wins_over_what_a_supplier_typed(home: Settings, tmp_path: Path) -> None:
    deliver(home, "concept", [word(SNOMED, "990000012", "SUGAR!!"), word(SNOMED, "990000096", "x")])
    _snomed(home, tmp_path)
    bring_in(home)
    assert shown(home, f"{CONCEPTS}concept order by code") == [
        (SNOMED, "990000012", "High sugar", True, False),
        # not in the release: the supplier's words stay
        (SNOMED, "990000096", "x", False, False),
    ]


def test_only_what_records_or_maps_use_is_shown(home: Settings, tmp_path: Path) -> None:
    deliver(home, "concept", [word(CTV3, "?001Y", "sugar")])
    _snomed(home, tmp_path)
    bring_in(home)
    assert shown(home, f"{CONCEPTS}concept order by system, code") == [
        (CTV3, "?001Y", "sugar", False, True),
        (SNOMED, "990000012", "High sugar", True, False),
    ]
    assert shown(home, MAPS) == [("CTV3 to SNOMED CT", "?001Y", "990000012", "EQUIVALENT", True)]
    assert shown(home, EVERY_END_EXISTS) == [(0,)]


def test_a_retired_concept_is_mapped_to_the_one_in_its_place(
    home: Settings, tmp_path: Path
) -> None:
    deliver(home, "concept", [word(SNOMED, "990000025", "old")])
    _snomed(home, tmp_path)
    bring_in(home)
    assert shown(home, MAPS) == [("SNOMED CT same as", "990000025", "990000012", "EQUAL", True)]
    assert shown(home, EVERY_END_EXISTS) == [(0,)]


def test_what_may_mean_several_things_has_no_recommended_target(
    home: Settings, tmp_path: Path
) -> None:
    deliver(home, "concept", [word(SNOMED, "990000025", "old")])
    members = [made.member(made.POSSIBLY, "990000025", code) for code in ("990000012", "990000031")]
    _snomed(home, tmp_path, association=members)
    bring_in(home)
    assert shown(home, MAPS) == [
        ("SNOMED CT possibly equivalent to", "990000025", "990000012", "INEXACT", False),
        ("SNOMED CT possibly equivalent to", "990000025", "990000031", "INEXACT", False),
    ]


def test_a_target_in_use_comes_before_a_retired_one(home: Settings, tmp_path: Path) -> None:
    deliver(home, "concept", [word(CTV3, "?001Y", "sugar")])
    members = [made.member(made.CTV3, code, "?001Y") for code in ("990000012", "990000031")]
    concepts = [made.concept("990000012", "0"), made.concept("990000031")]
    _snomed(home, tmp_path, map=members, concept=concepts)
    bring_in(home)
    assert shown(home, MAPS) == [
        ("CTV3 to SNOMED CT", "?001Y", "990000012", "EQUIVALENT", False),
        ("CTV3 to SNOMED CT", "?001Y", "990000031", "EQUIVALENT", True),
    ]


def test_a_supplier_s_own_recommendation_stays(home: Settings, tmp_path: Path) -> None:
    source, target = word(CTV3, "?001Y", "sugar"), word(SNOMED, "990000031", "y")
    deliver(home, "concept", [source, target])
    deliver(home, "concept_map", [mapped(source, target, "supplier's")])
    _snomed(home, tmp_path)
    bring_in(home)
    assert shown(home, MAPS) == [
        ("CTV3 to SNOMED CT", "?001Y", "990000012", "EQUIVALENT", False),
        ("supplier's", "?001Y", "990000031", "EQUIVALENT", True),
    ]


def test_two_suppliers_recommendations_leave_one(home: Settings) -> None:
    source = word(CTV3, "?001Y", "sugar")
    for dataset, code in (("B", "990000012"), ("A", "990000031")):
        target = word(SNOMED, code, "y")
        deliver(home, "concept", [source, target], dataset=dataset)
        deliver(home, "concept_map", [mapped(source, target, dataset)], dataset=dataset)
    assert shown(home, MAPS) == [
        ("A", "?001Y", "990000031", "EQUIVALENT", True),
        ("B", "?001Y", "990000012", "EQUIVALENT", False),
    ]


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("urn:lds:emis:patient-type", "Regular"),
        ("urn:lds:emis:registration-status", "Left"),
        ("urn:lds:tpp:registration-type", "GMS"),
        ("urn:lds:tpp:record-status", "2"),
        # a supplier the platform does not know
        ("urn:lds:acme:registration-type", "Regular"),
    ],
)
def test_administrative_words_are_read_literally(home: Settings, system: str, code: str) -> None:
    deliver(home, "concept", [word(system, code, "words"), word("urn:lds:emis:code-id", "1", "z")])
    bring_in(home)
    assert shown(home, MAPS) == [(IDENTITY, code, code, "EQUAL", True)]
    assert shown(home, "select source_display, target_display from release.concept_map") == [
        ("words", "words")
    ]


@pytest.mark.parametrize(
    "system", ["urn:lds:emis:unit", "urn:lds:tpp:code", "urn:lds:acme:sex:old", "urn:sex"]
)
def test_codes_and_strangers_are_not_read_literally(home: Settings, system: str) -> None:
    deliver(home, "concept", [word(system, "x", "words")])
    bring_in(home)
    assert shown(home, MAPS) == []


def test_every_subject_of_the_suppliers_is_either_literal_or_a_code() -> None:
    with (REPOSITORY / "seeds/terminology/code_subject.csv").open(newline="") as handle:
        declared = {row["subject"]: row["is_literal"] for row in csv.DictReader(handle)}
    assert set(declared.values()) == {"true", "false"}
    used = {
        subject
        for path in (REPOSITORY / "lds_assets/suppliers").rglob("*.sql")
        for subject in re.findall(r"urn:lds:[a-z_]+:([a-z-]+)", path.read_text())
    }
    assert used - set(declared) == set()


def test_doing_it_twice_writes_nothing(home: Settings, tmp_path: Path) -> None:
    deliver(home, "concept", [word(CTV3, "?001Y"), word("urn:lds:emis:sex", "F", "F")])
    _snomed(home, tmp_path)
    first = bring_in(home)
    assert first.written == {"concept": 1, "concept_map": 2}
    versions = {name: canonical_table(home, name).version() for name in first.written}
    again = bring_in(home)
    assert again.written == again.deleted == {"concept": 0, "concept_map": 0}
    assert versions == {name: canonical_table(home, name).version() for name in versions}


def test_what_a_newer_release_no_longer_says_goes(home: Settings, tmp_path: Path) -> None:
    deliver(home, "concept", [word(CTV3, "?001Y", "sugar"), word(SNOMED, "990000031", "typed")])
    _snomed(home, tmp_path)
    bring_in(home)
    _snomed(home, tmp_path, "20261001", concept=[made.concept("990000012")], map=[])
    second = bring_in(home)
    assert second.deleted == {"concept": 2, "concept_map": 1}
    assert shown(home, MAPS) == []
    assert shown(home, f"{CONCEPTS}concept order by code") == [
        # what the terminology forgot is the supplier's word again
        (SNOMED, "990000031", "typed", False, False),
        (CTV3, "?001Y", "sugar", False, False),
    ]
    assert bring_in(home).written == {"concept": 0, "concept_map": 0}
    # and comes back when a later release says it again
    _snomed(home, tmp_path, "20261101")
    assert bring_in(home).written == {"concept": 2, "concept_map": 1}
    assert shown(home, "select count(*) from release.concept_map") == [(1,)]


def test_concepts_of_a_load_that_does_not_count_bring_nothing(
    home: Settings, tmp_path: Path
) -> None:
    deliver(home, "concept", [word(CTV3, "?001Y", "sugar")], sequence=7)
    _snomed(home, tmp_path)
    assert bring_in(home, unfinished=[7]).written == {"concept": 0, "concept_map": 0}


def test_the_release_has_the_last_word_and_a_code_list_the_first(
    home: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "list-20270101.csv"
    path.write_text("code,term\n990000012,From the list\n990000096,Only in the list\n")
    load(home, Request("code_list", path))
    deliver(home, "concept", [word(SNOMED, "990000012"), word(SNOMED, "990000096")])
    _snomed(home, tmp_path)
    bring_in(home)
    assert shown(home, "select display from release.concept order by code") == [
        ("High sugar",),
        ("Only in the list",),
    ]


def test_a_former_number_of_a_medicine_leads_to_the_one_it_has_now(
    home: Settings, tmp_path: Path
) -> None:
    deliver(home, "concept", [word(SNOMED, "99200009", "sugarol")])
    folder = made.dmd(tmp_path / "dmd")
    load(home, Request("dmd", folder, effective=date(2026, 10, 26)))
    bring_in(home)
    assert shown(home, MAPS) == [("dm+d former number", "99200009", "99200001", "EQUAL", True)]
    assert shown(home, "select code, display from release.concept order by code") == [
        ("99200001", "Sugarol 1mg tablets"),
        ("99200009", "sugarol"),
    ]
