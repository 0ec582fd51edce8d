"""An invented supplier is loaded by adding its folder alone, and only where the gate lets it.

Its practice X99901 consents, X99902 does not. Expected rows are worked out from the sample by hand.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lds_assets.ingest import IngestReport, ingest
from lds_assets.lake.session import session
from lds_assets.landing.states import Delivery
from lds_assets.platform import Platform
from lds_assets.plugin.rule import Bench, Rule, bench
from lds_assets.plugin.suite import RULES, verdict
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.resources import REPOSITORY, Settings
from lds_assets.suppliers.registry import load_supplier
from tests.unit.gate.world import World

ROOT = Path(__file__).parents[1] / "third_supplier"
ROWAN = ROOT / "rowan"
DAY = date(2026, 1, 12)
MINE, OTHER = "X99901", "X99902"


def settings_of(home: Path) -> Settings:
    return Settings(
        home=home, database="", suppliers=ROOT, today=DAY, threads=1, memory_limit="1GB"
    )


def register_of() -> World:
    """Return the world of the gate's tests with Rowan in EMIS' place."""
    world = World()
    text = json.dumps(world.rows)
    for old, new in (
        ("IM1-BULK-EMIS", "ROWAN-BULK"),
        ("EMIS Web", "Rowan"),
        ("EMIS", "ROWAN"),
        ("E83003", MINE),
        ("G83001", OTHER),
    ):
        text = text.replace(old, new)
    world = replace(world, rows=json.loads(text))
    size = {"as_at": "2026-01-01", "registered_count": "2", "source": "TEST"}
    world = world.add("list_size.csv", practice_code=MINE, **size)
    return world.change("supplier_capability.csv", expires_on="2026-12-31")


def walk(home: Path) -> tuple[Sequence[Delivery], IngestReport, ReleaseReport | None]:
    """Take Rowan's sample down the road behind the real gate."""
    shutil.copytree(ROWAN / "samples", home / "landing/rowan")
    platform = Platform.open(settings_of(home))
    platform.prepare()
    platform.notice("rowan")
    admitted = platform.admitted("rowan")
    report = ingest(platform, "rowan", admitted, run_id="test")
    release = publish(platform, run_id="test") if admitted else None
    return platform.ledger.deliveries("rowan"), report, release


def test_without_a_word_in_the_register_no_file_is_opened(tmp_path: Path) -> None:
    deliveries, report, _ = walk(tmp_path)
    assert {(each.state, each.reason) for each in deliveries} == {("REFUSED", "V_SUPPLIER_UNKNOWN")}
    assert {each.content_hash for each in deliveries} == {""}
    assert report.loaded == []
    assert not (tmp_path / "lake/raw_rowan").exists()


def test_out_of_scope_it_is_refused_as_not_live(tmp_path: Path) -> None:
    world = register_of().change("supplier_scope.csv", scope="NOT_ASSESSED")
    world.drop("practice_consent.csv").write(tmp_path / "governance")
    deliveries, report, _ = walk(tmp_path)
    assert {(each.state, each.reason) for each in deliveries} == {("REFUSED", "V_NOT_LIVE")}
    assert report.loaded == []


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which Rowan's sample was taken to a release."""
    home = tmp_path_factory.mktemp("home")
    register_of().write(home / "governance")
    deliveries, report, release = walk(home)
    assert {str(each.state) for each in deliveries} <= {"LOADED", "PUBLISHED"}
    assert report.held == {}
    assert report.practices[MINE].outcome == "loaded"
    assert release is not None and release.publishers == (MINE,)
    return home


def released(home: Path, query: str) -> list[tuple[object, ...]]:
    settings = settings_of(home)
    release = current(settings)
    assert release is not None
    with session(settings) as connection:
        open_release(settings, connection, release)
        return connection.execute(query).fetchall()


def test_its_rows_are_in_the_release(home: Path) -> None:
    # Finn's height was removed; Zoe's second weight was first typed without a code
    assert released(
        home,
        "select result_value, cast(clinical_effective_date as varchar), lds_is_deleted, "
        "cast(date_recorded as varchar) from release.observation order by all",
    ) == [
        (3.25, "2026-01-08", False, "2026-01-08 10:15:00"),
        (70.5, "2025-07-01", False, "2025-07-01 08:32:10"),
        (71.0, "2025-07-01", False, "2025-07-01 08:33:00"),
        (180.0, "2024-11-01", True, "2024-11-01 12:00:00"),
    ]
    assert released(
        home, "select first_name, last_name, nhs_number, birth_year from release.patient order by 1"
    ) == [
        ("Finn", "Sample", None, 2001),
        ("Ivy", "Sample", None, 2026),
        ("Zo\u00eb", "Example", "9990000018", 1970),
    ]
    assert released(
        home,
        "select type, status, cast(episode_of_care_end_date as varchar) "
        "from release.episode_of_care order by all",
    ) == [
        ("Regular", "active", None),
        ("Regular", "active", None),
        ("Regular", "finished", "2025-12-24"),
    ]


def test_every_fact_is_tied_to_its_patient_and_person(home: Path) -> None:
    assert released(
        home,
        "select count(*), count(patient.id), count(observation.person_id) "
        "from release.observation as observation left join release.patient as patient "
        "on patient.id = observation.patient_id",
    ) == [(4, 4, 4)]


def test_the_practice_that_does_not_consent_is_counted_and_never_written(home: Path) -> None:
    ledger = Platform.open(settings_of(home)).ledger
    outcomes = ledger.supplier_outcomes("rowan")
    denied = {r.primary_reason for (_, practice), r in outcomes.items() if practice == OTHER}
    assert denied == {"C_NONE"}
    assert ledger.balance("raw") == ledger.balance("canonical") == []
    assert released(home, "select distinct publisher_organisation_code from release.patient") == [
        (MINE,)
    ]
    written = {path.name for path in (home / "lake/raw_rowan").glob("*/publisher*")}
    assert written == {f"publisher_organisation_code={MINE}"}


@pytest.fixture(scope="module")
def opened() -> Iterator[Bench]:
    with bench(load_supplier(ROWAN)) as found:
        yield found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_its_folder_keeps_every_rule(opened: Bench, rule: Rule) -> None:
    assert verdict(rule, opened).findings == ()


def test_it_stands_in_the_graph_when_its_folder_is_there() -> None:
    asked = (
        "from lds_assets.definitions import defs\n"
        "found = defs().get_repository_def()\n"
        "keys = sorted(k.to_user_string() for k in found.asset_graph.get_all_asset_keys())\n"
        "print([k for k in keys if k.startswith('rowan/')])\n"
        "node = found.assets_defs_by_key\n"
        "from dagster import AssetKey\n"
        "print(node[AssetKey(['rowan', 'raw'])].partitions_def.name)\n"
        "print(AssetKey(['rowan', 'canonical']) in found.asset_graph.get(AssetKey('release'))"
        ".parent_keys | found.asset_graph.get(AssetKey(['canonical', 'patient'])).parent_keys)\n"
    )
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", asked],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "LDS_SUPPLIERS": str(ROOT)},
    )
    assert told.stdout.splitlines() == [
        "['rowan/canonical', 'rowan/deliveries', 'rowan/gate', 'rowan/raw']",
        "rowan_practices",
        "True",
    ]


def test_nothing_outside_its_folder_and_this_test_knows_its_name() -> None:
    found = [
        path.relative_to(REPOSITORY).as_posix()
        for root in ("lds_assets", "dbt_project", "seeds")
        for path in (REPOSITORY / root).rglob("*")
        if path.suffix in {".py", ".sql", ".csv", ".yaml", ".yml"}
        and re.search(r"\browan\b", path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []
