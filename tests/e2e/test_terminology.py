"""A release with the invented terminology: terms, maps and retired codes reach readers."""

from pathlib import Path

import duckdb
import pytest

from lds_assets.operations.automation import needs_release
from lds_assets.platform import Platform
from lds_assets.release.attach import attach
from lds_assets.release.publish import publish
from lds_assets.release.record import current
from lds_assets.terminology.coverage import concept_coverage
from lds_assets.terminology.fixtures import write_fixtures
from lds_assets.terminology.load import load
from tests.road import settings_of
from tests.stages import Stages

SNOMED = "http://snomed.info/sct"

#: Of the fixture seeds: "Failed encounter" is retired for "Did not attend".
RETIRED, INSTEAD = "990014771", "990014569"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, stages: Stages) -> Path:
    """Go on from a walk without a terminology: load it, publish; return what the marts read."""
    home = tmp_path_factory.mktemp("home")
    settings = settings_of(home)
    stages.copy(home, 2, 2)
    platform = Platform.open(settings)
    before = current(settings)
    for request in write_fixtures(settings):
        load(settings, request)
    assert before is not None and needs_release(platform)
    assert publish(platform, run_id="again").is_new
    # nothing is left to say: the same release again
    assert not publish(platform, run_id="third").is_new
    release = current(settings)
    assert release is not None and release.number == before.number + 1
    attach(platform, release, home / "opened.duckdb")
    return home / "opened.duckdb"


def _rows(database: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_every_concept_of_the_terminology_has_its_term(database: Path) -> None:
    without = (
        f"select count(*) from release.concept where system = '{SNOMED}' and display is null "
        "and present_in_terminology_server"
    )
    assert _rows(database, without) == [(0,)]
    known = f"select count(*) > 100 from release.concept where system = '{SNOMED}' and display "
    assert _rows(database, f"{known} is not null") == [(True,)]


def test_a_retired_code_names_what_took_its_place(database: Path) -> None:
    assert _rows(
        database,
        "select target_code, equivalence, is_primary from release.concept_map "
        f"where source_code = '{RETIRED}' and source_system = '{SNOMED}'",
    ) == [(INSTEAD, "EQUAL", True)]
    assert _rows(
        database,
        "select status.is_active from release.concept_status as status inner join release.concept "
        f"using (concept_id) where code = '{RETIRED}'",
    ) == [(False,)]


def test_maps_have_ends_and_one_recommendation(database: Path) -> None:
    loose = (
        "select count(*) from release.concept_map where source_concept_id not in (select "
        "concept_id from release.concept) or target_concept_id not in (select concept_id from "
        "release.concept)"
    )
    twice = (
        "select count(*) from (select 1 from release.concept_map where is_primary group by "
        "source_concept_id, target_system having count(*) > 1)"
    )
    assert _rows(database, loose) == _rows(database, twice) == [(0,)]


def test_registration_words_are_read_literally(database: Path) -> None:
    words = _rows(
        database,
        "select distinct map.target_code from release.episode_of_care as episode inner join "
        "release.concept_map as map on map.source_concept_id = "
        "episode.episode_type_source_concept_id and map.is_primary",
    )
    assert ("Regular",) in words and ("GMS",) in words
    silent = _rows(
        database,
        "select count(*) from release.episode_of_care where episode_type_source_concept_id is not "
        "null and episode_type_source_concept_id not in (select source_concept_id from "
        "release.concept_map where is_primary)",
    )
    assert silent == [(0,)]


def test_most_observations_stand_for_a_concept(database: Path) -> None:
    with duckdb.connect(str(database), read_only=True) as connection:
        counted = concept_coverage(connection, "release", ["observation"])
    assert len(counted) == 2
    # the generator writes 4 % of its entries with local codes
    assert all(0.9 < each.share < 1 for each in counted)
