"""Every command of the operating pages is run as it is written."""

from pathlib import Path

import pytest

from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.docs.page import follow
from tests.unit.gate.world import DAY
from tests.unit.replay.world import loaded


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A deployment of its own, on a day the pages speak of."""
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LDS_TODAY", "2026-11-21")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def test_running_a_variation(home: Path) -> None:
    done = follow("operate/variation.md", home)
    assert len(done) == 22
    assert "security test repeated" in (home / "pack.html").read_text(encoding="utf-8")


def test_asking_why_a_practice_is_not_here(home: Path) -> None:
    Platform.open(Settings()).prepare()
    assert len(follow("operate/why.md", home)) == 6


def test_asking_whose_data_is_fresh(home: Path) -> None:
    Platform.open(Settings()).prepare()
    assert len(follow("operate/freshness.md", home)) == 7


def test_loading_a_practice_anew(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    road = loaded(home / "home")
    road.mend("observation.sql", "    value as result_value", "    value * 2 as result_value")
    monkeypatch.setenv("LDS_SUPPLIERS", str(road.home / "code"))
    monkeypatch.setenv("LDS_TODAY", DAY.isoformat())
    assert len(follow("operate/replay.md", home)) == 5
    assert road.values() == [6, 8, 20, 40]
