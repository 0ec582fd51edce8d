"""A reviewed file that is refused stops nothing: what was in force stays, and it is told."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from lds_assets.database import connect
from lds_assets.gate import Register
from lds_assets.gate.assets import register as register_asset
from lds_assets.gate.reviewed import bring_up, not_in_force
from lds_assets.resources import Settings
from tests.unit.gate.world import DAY, SEEDS, World

CONSENT = "practice_consent.csv"
BAD = World().change(CONSENT, effective_from="")


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Seeds that hold the histories of variations, who signed them for which board, no more."""
    folder = tmp_path / "seeds"
    shutil.copytree(SEEDS / "governance" / "variation", folder / "governance" / "variation")
    shutil.copy(SEEDS / "governance" / "officer.csv", folder / "governance")
    (folder / "organisation").mkdir()
    shutil.copy(SEEDS / "organisation" / "icb.csv", folder / "organisation")
    return folder


@pytest.fixture
def register(tmp_path: Path) -> Register:
    return Register(connect(f"sqlite:///{tmp_path / 'platform.db'}"), SEEDS)


def test_the_last_good_version_stays_in_force_and_the_rest_is_taken(
    register: Register, seeds: Path, tmp_path: Path
) -> None:
    own = tmp_path / "governance"
    assert bring_up(register, seeds, World().write(own)) == ()
    later = BAD.change("supplier.csv", notes="reviewed anew").write(own)
    (fault,) = bring_up(register, seeds, later)
    assert fault.where.startswith(f"governance/{CONSENT}: ")
    assert "(line 2)" in fault.where
    assert "stays in force" in fault.done
    assert register.admitted("EMIS", DAY) == ["E83003"]
    taken = [event.entity_id for event in register.events() if event.event_type == "file_imported"]
    assert taken.count("governance/supplier.csv") == 2


def test_a_bad_seed_does_not_keep_the_deployments_own_files_out(
    register: Register, seeds: Path, tmp_path: Path
) -> None:
    BAD.write(seeds / "governance")
    shutil.copy(SEEDS / "governance" / "officer.csv", seeds / "governance")
    own = World().write(tmp_path / "governance")
    assert len(bring_up(register, seeds, own)) == 1
    assert register.admitted("EMIS", DAY) == ["E83003"]


def test_a_changed_history_of_a_variation_is_told_too(
    register: Register, seeds: Path, tmp_path: Path
) -> None:
    own = World().write(tmp_path / "governance")
    assert bring_up(register, seeds, own) == ()
    history = sorted((seeds / "governance" / "variation").glob("*.yaml"))[0]
    text = history.read_text(encoding="utf-8")
    history.write_text(text.replace("actor: ", "actor: other ", 1), encoding="utf-8")
    assert [fault.code for fault in bring_up(register, seeds, own)] == ["S5-29"]


def test_a_refused_file_is_named_until_it_is_corrected(
    register: Register, seeds: Path, tmp_path: Path
) -> None:
    own = BAD.write(tmp_path / "governance")
    (fault,) = bring_up(register, seeds, own)
    (named,) = not_in_force(register, seeds, own)
    assert (named.what, named.where) == (fault.what, fault.where)
    World().write(own)
    assert not_in_force(register, seeds, own) == []
    assert bring_up(register, seeds, own) == ()
    assert not_in_force(register, seeds, own) == []


@pytest.mark.parametrize(("world", "passed"), [(World(), True), (BAD, False)])
def test_the_asset_check_is_red_and_the_asset_is_made(
    seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, world: World, passed: bool
) -> None:
    monkeypatch.setenv("LDS_HOME", str(tmp_path))
    monkeypatch.setattr(Settings, "seeds", property(lambda _: seeds))
    monkeypatch.delenv("LDS_DATABASE", raising=False)
    world.write(tmp_path / "governance")
    result = dg.materialize([register_asset])
    assert result.success
    checks = {each.check_name: each for each in result.get_asset_check_evaluations()}
    check = checks["reviewed_files_in_force"]
    assert (check.check_name, check.passed) == ("reviewed_files_in_force", passed)
    assert not check.blocking
    assert (f"governance/{CONSENT}" in str(check.metadata["files"].value)) is not passed
