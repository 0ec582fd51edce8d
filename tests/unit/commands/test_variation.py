"""``lds variation`` answers programs too: every step and every look has its JSON."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.officers import add_officers


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("LDS_TODAY", "2026-11-21")
    add_officers(Settings().governance)
    return tmp_path


def _lds(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["variation", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_what_is_asked_decided_and_recorded_is_answered(home: Path) -> None:
    code, told = _lds("list")
    assert (code, [each["variation_id"] for each in told["variations"]]) == (
        0,
        ["MEDICUS", "ORCHARD"],
    )
    code, told = _lds("show", "ORCHARD")
    assert (code, told["state"], told["history"][-1]["to_state"]) == (0, "SUSPENDED", "SUSPENDED")
    assert told["content"]["requesting_icbs"] == ["QKK"]
    parties = {(each["round"], each["party"]) for each in told["decisions"]}
    assert ("BUSINESS_CASE", "QWE") in parties
    out = home / "pack.md"
    code, told = _lds("pack", "ORCHARD", "--out", str(out))
    assert (code, told["on"], told["file"]) == (0, "2026-11-21", str(out))
    assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()


def test_a_step_answers_where_the_variation_stands_or_why_not() -> None:
    code, told = _lds("note", "PEAR", "--text", "met", "--actor", "programme")
    assert (code, told["variation_id"], told["engagements"]) == (0, "PEAR", ["met"])
    code, told = _lds("submit", "PEAR", "--actor", "sponsor")
    assert (code, told["fault"], told["code"]) == (4, "refused", "S5-16")
    code, told = _lds("show", "APPLE")
    assert (code, told["code"]) == (4, "VARIATION_UNKNOWN")
    last = Platform.open(Settings()).register.events()[-1]
    assert (last.event_type, last.entity_id) == ("refused", "variation/PEAR")


def test_a_suspended_one_is_retired_by_the_boards_secretary_with_a_minute() -> None:
    told = ("--reason", "replaced", "--evidence", "MINUTE:9")
    code, answered = _lds("retire", "ORCHARD", "--actor", "officer", *told)
    assert (code, answered["fault"]) == (4, "refused")
    code, answered = _lds("retire", "ORCHARD", "--actor", "secretary", *told)
    assert (code, answered["state"]) == (0, "RETIRED")
