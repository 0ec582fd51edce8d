"""Which concepts of a release its terminology knows, and the invented packages of the demo."""

import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.errors import Refused
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from lds_assets.terminology.fixtures import LEFT_OUT, RETIRED, write_fixtures
from lds_assets.terminology.health import MappingHealth, mapping_health
from lds_assets.terminology.library import open_library
from lds_assets.terminology.load import Request, load
from lds_assets.terminology.status import note_concept_status
from tests.unit.terminology import packages as made

LATER = datetime(2027, 1, 1)
EARLIER = datetime(2026, 1, 1)


def _status(settings: Settings, until: datetime = LATER) -> list[tuple[object, ...]]:
    with session(settings) as connection:
        connection.execute(
            """
            create schema release;
            create table release.concept as select * from (values
                ('a', 'http://snomed.info/sct', '990000012'),
                ('b', 'http://snomed.info/sct', '990000025'),
                ('c', 'http://snomed.info/sct', '990000096'),
                ('d', 'urn:local', '990000012')
            ) as rows (concept_id, system, code)
            """
        )
        note_concept_status(settings, connection, "release", until)
        return connection.execute("select * from release.concept_status order by 1").fetchall()


def test_a_release_says_which_of_its_concepts_are_known_and_in_use(
    home: Settings, tmp_path: Path
) -> None:
    request = Request("snomed", made.rf2(tmp_path / "a", "20260401", made.SMALL))
    load(home, request, datetime(2026, 6, 1))
    assert _status(home) == [("a", True), ("b", False)]
    # what was loaded after a release is not its terminology
    assert _status(home, EARLIER) == []


def test_a_code_list_alone_judges_nothing(home: Settings, tmp_path: Path) -> None:
    path = tmp_path / "list-20260401.csv"
    path.write_text("code,term\n990000012,x\n")
    load(home, Request("code_list", path), datetime(2026, 6, 1))
    assert _status(home) == []


def test_the_invented_packages_hold_the_synthetic_codes(home: Settings) -> None:
    reports = [load(home, request) for request in write_fixtures(home)]
    assert [each.edition.kind for each in reports] == ["snomed", "dmd", "code_list"]
    with session(home) as connection:
        open_library(home, connection)
        seeds = home.seeds / "terminology"
        rows = connection.execute(
            f"select seed.code_key, known.is_active from read_csv('{seeds}/fixture_codes.csv', "
            "all_varchar = true, header = true) as seed left join known_concept as known on "
            "known.code = seed.snomed_code and known.preference = 0 where seed.snomed_code <> ''"
        ).fetchall()
        drugs = connection.execute(
            f"select count(*) from read_csv('{seeds}/fixture_drugs.csv', all_varchar = true, "
            "header = true) where dmd_code <> '' and dmd_code not in (select code from "
            "known_concept)"
        ).fetchone()
    state = dict(rows)
    assert [key for key, active in state.items() if active is None] == [LEFT_OUT]
    assert [key for key, active in state.items() if active is False] == [RETIRED[0]]
    assert drugs == (0,)


@pytest.fixture
def lds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "home"))
    return CliRunner()


def test_the_commands_load_and_tell(lds: CliRunner, tmp_path: Path) -> None:
    folder = made.rf2(tmp_path / "a", "20260401", made.SMALL)
    first = lds.invoke(app, ["terminology", "load", "snomed", str(folder), "--json"])
    assert first.exit_code == 0, first.output
    (edition,) = json.loads(first.stdout)["editions"]
    assert edition["is_new"] and edition["effective_date"] == "2026-04-01"
    again = lds.invoke(app, ["terminology", "load", "snomed", str(folder), "--json"])
    assert not json.loads(again.stdout)["editions"][0]["is_new"]
    told = lds.invoke(app, ["terminology", "status", "--json"])
    (row,) = json.loads(told.stdout)["editions"]
    assert row["is_in_force"] and row["concept_count"] == 3
    older = made.rf2(
        tmp_path / "b", "20250401", {**made.SMALL, "concept": [made.concept("990000012")]}
    )
    refused = lds.invoke(app, ["terminology", "load", "snomed", str(older)])
    assert refused.exit_code == 4 and "is in force" in refused.output


@pytest.mark.parametrize(
    "arguments", [["load", "icd", "."], ["load", "snomed"], ["health"], ["load", "dmd", "nowhere"]]
)
def test_what_cannot_be_done_is_refused(lds: CliRunner, arguments: list[str]) -> None:
    outcome = lds.invoke(app, ["terminology", *arguments])
    assert outcome.exit_code == 4
    assert "to do:" in outcome.output


def test_health_counts_a_code_once_over_practices(home: Settings) -> None:
    home.marts.mkdir(parents=True)
    with duckdb.connect(str(home.marts / "marts.duckdb")) as connection:
        connection.execute(
            """
            create table mart_mapping_health as select * from (values
                ('E1', 'local', 'mapped', 3, 2), ('E1', 'local', 'unmapped', 1, 1),
                ('E2', 'local', 'unmapped', 4, 1)
            ) as rows (practice_code, code_system, mapping_state, record_count, code_count);
            create table mart_concept_mapping as select * from (values
                ('local', 'mapped', 1), ('local', 'mapped', 2), ('local', 'unmapped', 5)
            ) as rows (code_system, mapping_state, record_count)
            """
        )
    assert mapping_health(home) == [
        MappingHealth("local", "unmapped", 5, 1, 0.625),
        MappingHealth("local", "mapped", 3, 2, 0.375),
    ]
    assert mapping_health(home, "E1") == [
        MappingHealth("local", "mapped", 3, 2, 0.75),
        MappingHealth("local", "unmapped", 1, 1, 0.25),
    ]
    with pytest.raises(Refused, match="no coded record of E9"):
        mapping_health(home, "E9")
