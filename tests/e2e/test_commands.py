"""The commands on a fresh home: everything materialised, and the second time nothing changes.

One walk with `tiny` deliveries is shared by all tests; each command runs in its own process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest

from lds_assets.canonical.tables import key_columns
from lds_assets.definitions import defs
from lds_assets.operations.instance import ON_DEMAND, open_instance
from lds_assets.purge.inventory import REGISTER_MARTS
from lds_assets.resources import Settings
from lds_assets.schema.dictionary import olids

DAY = "2026-11-20"
TODAY = "2026-11-21"
CANARY = "CANARY"


@dataclass(frozen=True)
class Walk:
    home: Path
    cases: dict[str, list[str]]
    first: dict[str, Any]
    second: dict[str, Any]

    def lds(self, *arguments: str) -> dict[str, Any]:
        return lds(self.home, *arguments)


def lds(home: Path, *arguments: str) -> dict[str, Any]:
    outcome = subprocess.run(
        [sys.executable, "-m", "lds_assets.cli", *arguments, "--json"],
        capture_output=True,
        text=True,
        check=False,
        env={**_environment(home)},
    )
    assert outcome.returncode == 0, outcome.stderr
    document = json.loads(outcome.stdout)
    assert isinstance(document, dict)
    return document


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LDS_")}
    kept.pop("DAGSTER_HOME", None)
    return {**kept, "LDS_HOME": str(home), "LDS_TODAY": TODAY}


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    home = tmp_path_factory.mktemp("home")
    made = lds(home, "synth", "--size", "tiny", "--end-date", DAY)
    cases: dict[str, list[str]] = {}
    for practice in made["practices"]:
        cases.setdefault(practice["case"], []).append(practice["practice_code"])
    return Walk(home, cases, lds(home, "run"), lds(home, "run"))


@pytest.fixture(scope="module")
def instance(walk: Walk, monkeypatch_module: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    for name in ("LDS_DAGSTER_STORAGE", "LDS_DAGSTER_LOGS", "DAGSTER_HOME"):
        monkeypatch_module.delenv(name, raising=False)
    with open_instance(Settings(home=walk.home)) as found:
        yield found


@pytest.fixture(scope="module")
def monkeypatch_module() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as found:
        yield found


def test_the_first_run_releases_what_may_pass(walk: Walk) -> None:
    assert walk.first["changed"]
    assert walk.first["release_is_new"]
    assert walk.first["marts_release_id"] == walk.first["release_id"]
    assert sorted(walk.first["practices_joined"]) == sorted(walk.cases["consented"])
    assert walk.first["faults"] == {}


def test_the_second_run_changes_nothing(walk: Walk) -> None:
    assert not walk.second["changed"]
    assert not walk.second["release_is_new"]
    assert walk.second["release_id"] == walk.first["release_id"]
    assert walk.second["deliveries_loaded"] == []


def test_refused_practices_are_named_with_their_reason(walk: Walk) -> None:
    refused = walk.first["practices_refused"]
    assert refused[walk.cases["no_consent"][0]] == "C_NONE"
    assert refused[walk.cases["withdrawn"][0]] == "C_WITHDRAWN"
    assert refused[walk.cases["starts_tomorrow"][0]] == "C_NOT_YET"
    # a community trust's site, whose staff TPP lists beside the practices'
    assert refused["RYXZ1"] == "P_NOT_PRACTICE"


def test_suppliers_out_of_scope_are_refused_unopened(walk: Walk) -> None:
    reasons = {each["delivery_id"].split("/")[0]: each for each in walk.first["deliveries_waiting"]}
    assert reasons["medicus"]["reason"] == "V_NOT_LIVE"
    assert reasons["vision"]["reason"] == "V_EXCLUDED"


def test_marts_that_name_practices_without_data_are_those_a_purge_leaves_them_in(
    walk: Walk,
) -> None:
    """What a proof of erasure takes for a list of the register, and nothing else, is one."""
    shown = walk.cases["consented"]
    with duckdb.connect(str(walk.home / "marts/marts.duckdb"), read_only=True) as marts:
        named = marts.execute(
            "select table_name from information_schema.columns "
            "where column_name = 'practice_code' and table_name like 'mart_%'"
        ).fetchall()
        listing = {
            table
            for (table,) in named
            if marts.execute(
                f"select count(*) from {table} where not list_contains(?, practice_code)", [shown]
            ).fetchone()
            != (0,)
        }
    assert listing == REGISTER_MARTS


def test_every_asset_is_materialised(walk: Walk, instance: dg.DagsterInstance) -> None:
    assert walk.first["release_is_new"]
    keys = defs().get_repository_def().assets_defs_by_key
    executable = [
        key
        for key, asset in keys.items()
        # what a person starts with the id of an event is not of the road
        if asset.is_executable and not ON_DEMAND.items() <= asset.specs_by_key[key].tags.items()
    ]
    missing = [key for key in executable if instance.get_latest_materialization_event(key) is None]
    assert missing == []


def test_only_admitted_practices_are_partitions(walk: Walk, instance: dg.DagsterInstance) -> None:
    partitions = {
        *instance.get_dynamic_partitions("emis_practices"),
        *instance.get_dynamic_partitions("tpp_practices"),
    }
    assert partitions == set(walk.cases["consented"])
    for supplier in ("emis", "tpp"):
        done = instance.get_materialized_partitions(dg.AssetKey([supplier, "canonical"]))
        assert set(done) == set(instance.get_dynamic_partitions(f"{supplier}_practices"))


def test_a_practice_is_materialised_once_and_then_observed(
    walk: Walk, instance: dg.DagsterInstance
) -> None:
    assert not walk.second["changed"]
    found = instance.fetch_materializations(dg.AssetKey(["tpp", "raw"]), limit=50).records
    assert len(found) == len(instance.get_dynamic_partitions("tpp_practices"))


def test_nothing_of_a_denied_practice_is_outside_landing(walk: Walk) -> None:
    files = [path for path in walk.home.rglob("*") if path.is_file()]
    landed = [path for path in files if path.relative_to(walk.home).parts[0] == "landing"]
    assert any(CANARY.encode() in path.read_bytes() for path in landed)
    kept = [path for path in files if path not in set(landed)]
    assert [path for path in kept if _holds_canary(path)] == []


def _holds_canary(path: Path) -> bool:
    """Look at every byte, and through the compression of Parquet files."""
    if CANARY.encode() in path.read_bytes():
        return True
    if path.suffix != ".parquet":
        return False
    found = duckdb.execute(
        "select count(*) from read_parquet(?) as held where contains(cast(held as varchar), ?)",
        [str(path), CANARY],
    ).fetchone()
    return found != (0,)


def test_why_tells_the_gate_and_the_rows(walk: Walk) -> None:
    admitted = walk.lds("why", walk.cases["consented"][0])
    assert admitted["outcome"] == "allow"
    assert admitted["is_released"]
    assert (admitted["verdict"], admitted["reason"]) == ("PRESENT", "")
    assert admitted["deliveries"][0]["rows"]["raw"]["LANDED"] > 0
    denied = walk.lds("why", walk.cases["no_consent"][0])
    assert denied["primary_reason"] == "C_NONE"
    assert (denied["verdict"], denied["owner_role"]) == ("NEVER", "PRACTICE_LIAISON")
    assert not denied["is_released"]
    assert "KEPT" not in denied["deliveries"][0]["rows"]["raw"]


def test_coverage_adds_up_what_the_release_shows(walk: Walk) -> None:
    total = walk.lds("coverage")["total"]
    assert total["covered_practices"] == len(walk.cases["consented"])
    left = {each["reason"]: each["practices"] for each in total["missing"]}
    assert left["C_WITHDRAWN"] == len(walk.cases["withdrawn"])
    assert sum(left.values()) == total["practices"] - total["covered_practices"]
    marts = walk.home / "marts" / "mart_icb_verdict.parquet"
    found = duckdb.sql(
        f"select sum(practice_count) from '{marts}' where reason = 'C_WITHDRAWN'"
    ).fetchone()
    assert found == (left["C_WITHDRAWN"],)


def test_status_shows_the_release_in_force(walk: Walk) -> None:
    status = walk.lds("status")
    assert status["release"]["release_id"] == walk.first["release_id"]
    assert {each["supplier"] for each in status["suppliers"]} == {"emis", "tpp"}
    assert status["to_look_at"] == []


def test_olids_has_the_documented_names_and_types(walk: Walk, tmp_path: Path) -> None:
    out = tmp_path / "olids.duckdb"
    written = walk.lds("olids", "--out", str(out))
    assert written["release_id"] == walk.first["release_id"]
    assert set(written["rows"]) == {n for n, table in olids().items() if not table.is_provisional}
    with duckdb.connect(str(out), read_only=True) as connection:
        for name in written["rows"]:
            keys = ", ".join(key_columns(name))
            repeated = f"select {keys} from {name} group by all having count(*) > 1"
            assert connection.execute(repeated).fetchall() == []
            described = connection.execute(f"describe {name}").fetchall()
            assert [(row[0], row[1]) for row in described] == [
                (column.name, column.documented_type) for column in olids()[name].columns
            ]
            counted = connection.execute(f"select count(*) from {name}").fetchone()
            assert counted == (written["rows"][name],)
    assert written["rows"]["patient"] > 0


def test_olids_references_resolve_or_a_rule_says_why(walk: Walk, tmp_path: Path) -> None:
    out = tmp_path / "olids.duckdb"
    written = walk.lds("olids", "--out", str(out))
    named = {column.references for table in olids().values() for column in table.columns} - {""}
    assert written["references"] >= len(named)
    dangling = {f"{each['table']}.{each['column']}": each for each in written["unresolved"]}
    # bookings of patients outside the extract are part of the generated data
    assert dangling["appointment.patient_id"]["unresolved"] > 0
    assert [name for name, each in dangling.items() if not each["rule"]] == []
    with duckdb.connect(str(out), read_only=True) as connection:
        noted = connection.execute(
            "select table_name || '.' || column_name from reference_check "
            "where unresolved_count > 0"
        ).fetchall()
    assert {name for (name,) in noted} == set(dangling)
