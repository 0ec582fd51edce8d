"""``lds replay``: shows, asks, and leaves everything as it was unless it is confirmed."""

import json

import pytest
from typer.testing import CliRunner, Result

from lds_assets.cli import app
from tests.unit.gate.world import DAY
from tests.unit.replay.world import ONE, Road, loaded

SIGNED = ("--actor", "Ann", "--reason", "the select was mended")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> Road:
    made = loaded(tmp_path_factory.mktemp("loaded"))
    made.mend("observation.sql", "    value as result_value", "    value * 2 as result_value")
    return made


def _lds(road: Road, *arguments: str, typed: str = "") -> Result:
    environment = {
        "LDS_HOME": str(road.home),
        "LDS_SUPPLIERS": str(road.home / "code"),
        "LDS_TODAY": DAY.isoformat(),
    }
    return CliRunner().invoke(app, ["replay", ONE, *arguments], env=environment, input=typed)


def test_an_answer_of_no_leaves_everything(road: Road) -> None:
    before = road.files()
    told = _lds(road, *SIGNED, typed="n\n")
    assert told.exit_code == 0
    assert "take it over?" in told.stdout and "nothing was taken over" in told.stdout
    assert (road.files(), road.values()) == (before, [3, 4, 10, 20])
    asked = [e for e in road.platform.register.events() if e.event_type == "replay_requested"]
    assert asked == []


def test_a_program_has_to_confirm_beforehand(road: Road) -> None:
    told = _lds(road, *SIGNED, "--json")
    assert (told.exit_code, json.loads(told.stdout)["code"]) == (4, "UNCONFIRMED")


def test_an_answer_of_yes_takes_it_over_and_is_signed(road: Road) -> None:
    told = _lds(road, *SIGNED, typed="y\n")
    assert told.exit_code == 0 and "taken over" in told.stdout
    assert road.values() == [6, 8, 20, 40]
    (asked,) = [e for e in road.platform.register.events() if e.event_type == "replay_requested"]
    assert (asked.entity_id, asked.actor, asked.actor_role) == (ONE, "Ann", "OPS")
