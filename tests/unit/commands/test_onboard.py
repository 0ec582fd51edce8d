"""``lds onboard``: what people type, and what they are shown."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.unit.gate.world import World

ELM = "G83001"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deployment where Elm Surgery never consented; the seeds of London stay out."""
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("LDS_TODAY", "2025-06-16")
    monkeypatch.setattr(Platform, "prepare", lambda _self: None)
    Platform.open(Settings()).register.import_folder(World().write(tmp_path / "governance"))


def _lds(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["onboard", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_the_steps_people_tell_move_a_practice_on() -> None:
    by = ["--actor", "Ann"]
    code, told = _lds("invite", "g83001", *by, "--evidence", "DMS:1", "--on", "2025-06-09")
    (practice,) = told["practices"]
    assert (code, practice["state"], practice["days"]) == (0, "INVITED", 7)
    assert practice["steps"][-1] == {
        "state": "INVITED",
        "since": "2025-06-09",
        "days": 7,
        "evidence": "DMS:1",
    }
    why = ["--reason", "waits for the partners' meeting"]
    code, told = _lds("stall", ELM, *by, *why, "--owner", "practice_liaison")
    (practice,) = told["practices"]
    assert (code, practice["state"], practice["step"]) == (0, "STALLED", "INVITED")
    assert _lds("resume", ELM, *by, "--reason", "met")[1]["practices"][0]["state"] == "INVITED"
    code, told = _lds("decline", ELM, *by, "--reason", "no")
    assert (code, told["practices"][0]["state"]) == (0, "DECLINED")


def test_a_step_out_of_turn_is_refused_and_recorded() -> None:
    code, told = _lds("request-feed", ELM, "--actor", "Ann", "--evidence", "TICKET:1")
    assert (code, told["fault"], told["code"]) == (4, "refused", "S14-2")
    last = Platform.open(Settings()).register.events()[-1]
    assert (last.event_type, last.entity_id) == ("refused", f"onboarding/{ELM}|EMIS")


def test_a_role_that_may_not_tell_is_refused() -> None:
    code, told = _lds("invite", ELM, "--actor", "Ann", "--role", "OPS")
    assert (code, told["code"]) == (4, "S0-2")
    code, told = _lds("invite", ELM, "--actor", "Ann", "--role", "TECH_LEAD")
    assert (code, told["code"]) == (4, "S14-4")


def test_status_lists_the_practices_asked_and_not_the_prospects() -> None:
    code, told = _lds("status")
    assert code == 0
    assert [(each["practice_code"], each["state"]) for each in told["practices"]] == [
        ("E83003", "FEED_ACTIVATED")
    ]
    shown = CliRunner().invoke(app, ["onboard", "status"], env={"COLUMNS": "200"}).stdout
    assert "E83003" in shown and ELM not in shown and "1 FEED_ACTIVATED" in shown


def test_status_of_one_practice_names_every_step_the_next_action_and_its_owner() -> None:
    result = CliRunner().invoke(app, ["onboard", "status", "E83003"], env={"COLUMNS": "200"})
    assert "FEED_ACTIVATED since 2025-01-10, 157 days" in result.stdout
    assert "(DELIVERY_LEAD)" in result.stdout and "DMS:1" in result.stdout
    _, told = _lds("status", "E83003")
    assert [each["state"] for each in told["practices"][0]["steps"]] == [
        "PROSPECT",
        "INVITED",
        "CONSENT_GRANTED",
        "FEED_ACTIVATED",
    ]


def test_the_checklist_marks_what_is_done_and_what_is_missing() -> None:
    _, told = _lds("checklist", "E83003")
    marks = {each["step"]: each["mark"] for each in told["steps"]}
    assert marks == {
        "PROSPECT": "done",
        "INVITED": "done",
        "CONSENT_GRANTED": "done",
        "FEED_REQUESTED": "not needed",
        "FEED_ACTIVATED": "now",
        "BULK_RECEIVED": "ahead",
        "RECONCILED": "ahead",
        "BACKFILLING": "ahead",
        "LIVE": "ahead",
        "list size": "missing",
    }
