"""The shipped histories, and that a history may only grow."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from lds_assets.database import connect
from lds_assets.errors import Refused
from lds_assets.gate import Register
from lds_assets.gate.variation import State
from lds_assets.gate.variation_desk import VariationDesk
from lds_assets.gate.variation_files import FOLDER, import_variations
from lds_assets.gate.variation_pack import html, markdown
from tests.unit.gate.world import NOW, SEEDS

SHIPPED = SEEDS / "governance" / FOLDER
TODAY = date(2026, 11, 21)


@pytest.fixture
def register(tmp_path: Path) -> Register:
    register = Register(connect(f"sqlite:///{tmp_path / 'platform.db'}"), SEEDS, lambda: NOW)
    signing = tmp_path / "signing"
    signing.mkdir()
    shutil.copy(SEEDS / "governance" / "officer.csv", signing)
    shutil.copy(SEEDS / "organisation" / "icb.csv", signing)
    register.import_folder(signing)
    return register


def test_the_shipped_examples_are_taken_once(register: Register) -> None:
    before = len(register.events())
    first = import_variations(register, SHIPPED)
    assert first == len(register.events()) - before
    assert import_variations(register, SHIPPED) == 0


def test_medicus_has_engagement_notes_and_no_request(register: Register) -> None:
    import_variations(register, SHIPPED)
    medicus = VariationDesk(register, TODAY).variation("MEDICUS")
    assert (medicus.state, len(medicus.notes)) == (None, 2)
    assert not register.state().is_live("MEDICUS", TODAY)


def test_the_invented_one_reached_live_and_opens_nothing_today(register: Register) -> None:
    import_variations(register, SHIPPED)
    orchard = VariationDesk(register, TODAY).variation("ORCHARD")
    assert orchard.state_on(date(2025, 12, 1)) is State.LIVE
    assert register.state().is_live("ORCHARD", date(2025, 12, 1))
    assert orchard.state is State.SUSPENDED
    assert not register.state().is_live("ORCHARD", TODAY)


def _document(folder: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SHIPPED / "medicus.yaml").read_text())
    folder.mkdir(exist_ok=True)
    (folder / "medicus.yaml").write_text(yaml.safe_dump(loaded))
    return loaded


def test_a_history_grows_at_its_end(register: Register, tmp_path: Path) -> None:
    document = _document(tmp_path / "files")
    import_variations(register, tmp_path / "files")
    document["events"].append({**document["events"][-1], "reason_text": "Met again."})
    (tmp_path / "files/medicus.yaml").write_text(yaml.safe_dump(document))
    assert import_variations(register, tmp_path / "files") == 1


def test_a_history_that_was_changed_is_refused(register: Register, tmp_path: Path) -> None:
    document = _document(tmp_path / "files")
    import_variations(register, tmp_path / "files")
    document["events"][0]["actor"] = "somebody else"
    (tmp_path / "files/medicus.yaml").write_text(yaml.safe_dump(document))
    before = len(register.events())
    with pytest.raises(Refused, match="may only grow"):
        import_variations(register, tmp_path / "files")
    assert len(register.events()) == before


def test_the_pack_tells_content_decisions_and_history(register: Register) -> None:
    import_variations(register, SHIPPED)
    desk = VariationDesk(register, TODAY)
    text = markdown(desk, "ORCHARD", TODAY)
    assert "**SUSPENDED** on 21 November 2026" in text
    assert "| QWE | CONDITIONAL | this content | security test repeated" in text
    # the request was decided on the content before the business case joined it
    assert "| QKK | APPROVE | lapsed |" in text
    assert "## Open conditions" not in text
    assert "BOARD_APPROVED → APPROVED_TO_BUILD" in text
    page = html(desk, "ORCHARD", TODAY)
    assert page.startswith("<!doctype html>")
    assert "<td>QWE</td>" in page
    assert "http" not in page


def test_engagement_stands_apart_and_is_said_to_satisfy_nothing(register: Register) -> None:
    import_variations(register, SHIPPED)
    text = markdown(VariationDesk(register, TODAY), "MEDICUS", TODAY)
    assert "no request made" in text
    assert "satisfies no step" in text
