"""Packages are loaded whole or not at all, and an older one never over a newer one."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.errors import Refused
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from lds_assets.terminology.library import FIRST_SEQUENCE, editions, in_force, open_library
from lds_assets.terminology.load import LoadReport, Request, load
from tests.unit.terminology import packages as made

SNOMED = "http://snomed.info/sct"


def _concepts(settings: Settings) -> dict[str, tuple[str, bool]]:
    with session(settings) as connection:
        open_library(settings, connection)
        rows = connection.execute("select code, display, is_active from known_concept").fetchall()
    assert len({code for code, _, _ in rows}) == len(rows)
    return {code: (display, active) for code, display, active in rows}


def _maps(settings: Settings) -> list[tuple[object, ...]]:
    with session(settings) as connection:
        open_library(settings, connection)
        return connection.execute(
            "select map_name, source_system, source_code, target_system, target_code, equivalence "
            "from known_map order by all"
        ).fetchall()


def _load(settings: Settings, path: Path, kind: str = "snomed", **named: object) -> LoadReport:
    return load(settings, Request(kind, path, **named))  # type: ignore[arg-type]


def test_the_term_of_a_concept_is_the_preferred_one_of_the_first_language(
    home: Settings, tmp_path: Path
) -> None:
    report = _load(home, made.rf2(tmp_path / "a", "20260401", made.SMALL))
    assert _concepts(home) == {
        # GB before US; withdrawn words do not count though they are marked preferred
        "990000012": ("High sugar", True),
        "990000025": ("Old sugar", False),
        "990000031": ("Only a name (finding)", True),
    }
    assert report.is_new and report.edition.effective_date == date(2026, 4, 1)
    assert (report.edition.concept_count, report.edition.map_count) == (3, 2)


def test_maps_come_from_the_sets_that_are_known_and_in_use(home: Settings, tmp_path: Path) -> None:
    _load(home, made.rf2(tmp_path / "a", "20260401", made.SMALL))
    assert _maps(home) == [
        ("CTV3 to SNOMED CT", "http://read.info/ctv3", "?001Y", SNOMED, "990000012", "EQUIVALENT"),
        ("SNOMED CT same as", SNOMED, "990000025", SNOMED, "990000012", "EQUAL"),
    ]


def test_a_zip_file_is_read_as_its_folder_is(home: Settings, tmp_path: Path) -> None:
    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    first = _load(home, folder)
    again = _load(home, made.zipped(folder, tmp_path / "release.zip"))
    assert not again.is_new and again.edition == first.edition
    assert not list(home.work.iterdir())


def test_of_several_parts_the_newest_row_of_a_component_counts(
    home: Settings, tmp_path: Path
) -> None:
    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    later = {"concept": [made.concept("990000012", "0", "20260201")]}
    made.rf2(folder, "20260401", later, part="UKCL")
    _load(home, folder)
    assert _concepts(home)["990000012"] == ("High sugar", False)


@pytest.mark.parametrize("kind", ["concept", "description", "language"])
def test_a_missing_file_is_named_and_nothing_is_stored(
    home: Settings, tmp_path: Path, kind: str
) -> None:
    files = {name: rows for name, rows in made.SMALL.items() if name != kind}
    with pytest.raises(Refused) as fault:
        _load(home, made.rf2(tmp_path / "a", "20260401", files))
    assert f"no {kind} file" in fault.value.what
    assert editions(home) == []


def test_a_missing_column_is_named(home: Settings, tmp_path: Path) -> None:
    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    path = next(folder.rglob("sct2_Description_*"))
    path.write_text(path.read_text().replace("conceptId", "concept"))
    with pytest.raises(Refused) as fault:
        _load(home, folder)
    assert fault.value.what == "columns are missing: conceptId"
    assert path.name in fault.value.where


def test_a_release_in_full_form_only_is_no_snapshot(home: Settings, tmp_path: Path) -> None:
    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    for path in list(folder.rglob("*.txt")):
        path.rename(path.with_name(path.name.replace("Snapshot", "Full")))
    with pytest.raises(Refused):
        _load(home, folder)


def test_a_newer_release_takes_the_place_of_the_one_before(home: Settings, tmp_path: Path) -> None:
    _load(home, made.rf2(tmp_path / "a", "20260401", made.SMALL))
    files = {**made.SMALL, "concept": [made.concept("990000012", "0")]}
    report = _load(home, made.rf2(tmp_path / "b", "20261001", files))
    assert report.is_new
    assert _concepts(home) == {"990000012": ("High sugar", False)}


def test_an_older_release_never_turns_back(home: Settings, tmp_path: Path) -> None:
    newer = _load(home, made.rf2(tmp_path / "b", "20261001", made.SMALL))
    files = {**made.SMALL, "concept": [made.concept("990000012", "0")]}
    with pytest.raises(Refused) as fault:
        _load(home, made.rf2(tmp_path / "a", "20260930", files))
    assert "is in force" in fault.value.what
    assert in_force(editions(home)) == [newer.edition]
    assert len(_concepts(home)) == 3


def test_what_a_killed_load_left_never_counts(
    home: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    with monkeypatch.context() as patched:
        patched.setattr("lds_assets.terminology.library._enter", dies)
        with pytest.raises(KeyboardInterrupt):
            _load(home, folder)
    assert _concepts(home) == {}
    report = _load(home, folder)
    assert report.edition.load == FIRST_SEQUENCE + 1
    assert len(_concepts(home)) == 3


def test_what_was_in_force_at_a_time_is_remembered(home: Settings, tmp_path: Path) -> None:
    first = load(
        home,
        Request("snomed", made.rf2(tmp_path / "a", "20260401", made.SMALL)),
        datetime(2026, 5, 1),
    )
    files = {**made.SMALL, "concept": [made.concept("990000012", "0")]}
    load(
        home, Request("snomed", made.rf2(tmp_path / "b", "20261001", files)), datetime(2026, 11, 1)
    )
    with session(home) as connection:
        assert open_library(home, connection, datetime(2026, 6, 1)) == [first.edition]
        found = connection.execute("select count(*) from known_concept").fetchone()
    assert found == (3,)


def test_a_package_without_a_date_must_be_given_one(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("code,term\n990000012,High sugar\n")
    with pytest.raises(Refused) as fault:
        _load(home, path, "code_list")
    assert "--effective" in fault.value.to_do
    report = _load(home, path, "code_list", effective=date(2026, 1, 1))
    assert report.edition.edition == "list"


def test_medicines_of_every_kind_are_read(home: Settings, tmp_path: Path) -> None:
    _load(home, made.dmd(tmp_path / "dmd"), "dmd", effective=date(2026, 10, 26))
    assert _concepts(home) == {
        "99100001": ("Sugarol", True),
        "99200001": ("Sugarol 1mg tablets", True),
        "99200002": ("Sugarol 2mg tablets", False),
        "99300001": ("Sweetex (Maker & Sons)", True),
        "99400002": ("Sugarol 1mg tablets 28 tablet", True),
        "99500001": ("Sweetex 28 tablet", True),
    }
    assert _maps(home) == [
        ("dm+d former number", SNOMED, "99200009", SNOMED, "99200001", "EQUAL"),
    ]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<A><AMP><APID>1</APID>", "no well-formed XML"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><A/>", "document type"),
        ("<A></A>", "holds no AMP"),
    ],
)
def test_a_broken_medicines_file_is_refused_whole(
    home: Settings, tmp_path: Path, body: str, told: str
) -> None:
    folder = made.dmd(tmp_path / "dmd")
    next(folder.glob("f_amp2_*")).write_text(body)
    with pytest.raises(Refused) as fault:
        _load(home, folder, "dmd", effective=date(2026, 10, 26))
    assert told in fault.value.what
    assert editions(home) == []


@pytest.mark.parametrize(
    "text",
    [
        'code,term\n990000012,"High, sugar"\n',
        '\ufeff"ConceptId","ConceptId_Description"\n990000012,"High, sugar"\n',
        "Cluster_ID\tConceptId\tConceptId_Description\nDM_COD\t990000012\tHigh, sugar\n",
        'Cluster_ID,SNOMED code,SNOMED code description\nDM_COD,990000012,"High, sugar"\n',
    ],
)
def test_code_lists_come_with_the_columns_they_usually_have(
    home: Settings, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "diabetes-20260401.csv"
    path.write_text(text, encoding="utf-8")
    _load(home, path, "code_list")
    assert _concepts(home) == {"990000012": ("High, sugar", True)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("diabetes-20260401.csv", "diabetes-20260901.csv"),
        ("clinic-diabetes-2026-04-01.csv", "clinic-diabetes-2026-09-01.csv"),
        ("20260401_PCD_Refset_Content.txt", "20260901_PCD_Refset_Content.txt"),
    ],
)
def test_a_later_release_of_a_code_list_takes_the_place_of_the_one_before(
    home: Settings, tmp_path: Path, first: str, second: str
) -> None:
    for name, term in ((first, "Sugar"), (second, "High sugar")):
        (tmp_path / name).write_text(f"code,term\n990000012,{term}\n")
        report = _load(home, tmp_path / name, "code_list")
    (counts,) = in_force(editions(home))
    assert (counts, counts.effective_date) == (report.edition, date(2026, 9, 1))
    assert "2026" not in counts.edition
    with pytest.raises(Refused, match="is in force"):
        _load(home, tmp_path / first, "code_list")


def test_a_code_list_that_is_called_by_its_date_alone_keeps_that_name(
    home: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "20260401.csv"
    path.write_text("code,term\n990000012,Sugar\n")
    assert _load(home, path, "code_list").edition.edition == "20260401"


def test_a_code_list_may_name_its_columns_and_its_system(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "local-20260401.csv"
    path.write_text("short,long\nA1,Local words\n")
    named = {"code_column": "short", "term_column": "long", "system": "urn:local"}
    _load(home, path, "code_list", **named)
    with session(home) as connection:
        open_library(home, connection)
        rows = connection.execute("select code_system, code, display from known_concept").fetchall()
    assert rows == [("urn:local", "A1", "Local words")]
    with pytest.raises(Refused) as fault:
        _load(home, path, "code_list", edition="other")
    assert "no code column" in fault.value.what


def test_read_and_ctv3_tables_map_by_the_preferred_term(home: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "maps"
    folder.mkdir()
    (folder / "rcsctmap2_uk_20200401000001.txt").write_text(
        "MapId\tReadCode\tTermCode\tConceptId\tDescriptionId\tIS_ASSURED\tEffectiveDate\tMapStatus\n"
        "1\t!001.\t00\t990000012\td\t1\t20200401\t1\n"
        "2\t!001.\t11\t990000031\td\t1\t20200401\t1\n"
        "3\t!002.\t00\t990000012\td\t1\t20200401\t0\n"
        "4\t!003.\t00\t_DRUG\td\t1\t20200401\t1\n"
    )
    (folder / "ctv3sctmap2_uk_20200401000001.txt").write_text(
        "MAPID\tCTV3_CONCEPTID\tCTV3_TERMID\tCTV3_TERMTYPE\tSCT_CONCEPTID\tSCT_DESCRIPTIONID\t"
        "MAPSTATUS\tEFFECTIVEDATE\tIS_ASSURED\n"
        "1\t?001Y\tY1\tP\t990000012\td\t1\t20200401\t1\n"
    )
    report = _load(home, folder, "read_map")
    assert report.edition.effective_date == date(2020, 4, 1)
    with session(home) as connection:
        open_library(home, connection)
        rows = connection.execute(
            "select source_code, target_code, equivalence_rank from known_map order by all"
        ).fetchall()
    assert rows == [
        ("!001.", "990000012", 1),
        ("!001.", "990000031", 2),
        ("?001Y", "990000012", 1),
    ]


def test_no_path_of_a_zip_file_is_followed(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "evil-20260401.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../evil.csv", "code,term\n990000012,x\n")
    _load(home, path, "code_list")
    assert not list(tmp_path.rglob("evil.csv"))
    assert _concepts(home) == {"990000012": ("x", True)}
