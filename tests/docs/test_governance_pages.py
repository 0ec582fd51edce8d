"""Every command of the information-governance officer's pages is run as it is written."""

import shutil
from pathlib import Path

import pytest

from lds_assets.platform import Platform
from lds_assets.resources import Settings
from lds_assets.synthetic.governance import write_demo_officers
from tests.docs.page import follow


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped register, filled once for all pages."""
    home = tmp_path_factory.mktemp("prepared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LDS_HOME", str(home))
        patch.setenv("LDS_TODAY", "2026-11-21")
        write_demo_officers(home / "governance")
        platform = Platform.open(Settings())
        platform.prepare()
        platform.engine.dispose()
    return home


@pytest.fixture
def home(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(prepared, tmp_path / "home")
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LDS_TODAY", "2026-11-21")
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def _consent(name: str) -> tuple[str, str]:
    """Return the newest recorded state of a consent, and the end of its days."""
    consent = Platform.open(Settings()).register.state().consent(name)
    assert consent is not None
    return consent.moves[-1].state, consent.row["effective_to"]


def test_recording_and_withdrawing_a_consent(home: Path) -> None:
    assert len(follow("operate/consent.md", home)) == 13
    assert _consent("E86605-EMIS-1") == ("REFUSED", "")
    assert _consent("E86605-EMIS-2") == ("WITHDRAWN", "2027-01-31")


def test_verifying_the_chain(home: Path) -> None:
    assert len(follow("operate/register.md", home)) == 7


def test_appointing_officers(home: Path) -> None:
    assert len(follow("operate/officers.md", home)) == 8


def test_bringing_an_agreement_into_force(home: Path) -> None:
    assert len(follow("operate/agreements.md", home)) == 18
    known = Platform.open(Settings()).register.state().agreements["LDS-DSA-01", "2"]
    assert [move.state for move in known.states] == ["DRAFT", "SIGNED", "IN_FORCE", "SUSPENDED",
                                                     "ENDED"]  # fmt: skip
