"""``lds hold``: two persons decide, one person is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.guards import holds
from lds_assets.platform import Platform
from lds_assets.resources import Settings
from tests.unit.gate.world import World

DELIVERY = "emis/g/2"
TWO = ["--actor", "Ann", "--second", "Bert", "--reason", "the practice merged two lists"]


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("LDS_TODAY", "2025-06-10")
    opened = Platform.open(Settings())
    opened.register.import_folder(World().write(tmp_path / "governance"))
    holds.place(opened.register, "E83003", DELIVERY, holds.DELETE_STORM, "Admin_Patient: 60 of 100")
    return opened


def _lds(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(app, ["hold", *arguments, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_what_is_held_is_listed_with_its_reason(platform: Platform) -> None:
    code, document = _lds("list")

    assert code == 0
    (held,) = document["held"]
    assert (held["practice_code"], held["delivery_id"], held["reason"], held["detail"]) == (
        "E83003",
        DELIVERY,
        "DELETE_STORM",
        "Admin_Patient: 60 of 100",
    )


def test_two_persons_let_a_held_delivery_on(platform: Platform) -> None:
    code, document = _lds("release", "e83003", DELIVERY, *TWO, "--load", "never")

    assert (code, document["load"]) == (0, "never")
    platform.register.refresh()
    assert platform.register.state().delivery_holds["E83003", DELIVERY].decision == "never"
    assert _lds("list")[1]["held"] == []


def test_one_person_twice_is_refused_and_recorded(platform: Platform) -> None:
    alone = ["--actor", "Ann", "--second", "ANN", "--reason", "in a hurry"]

    code, document = _lds("release", "E83003", DELIVERY, *alone)

    assert (code, document["fault"], document["code"]) == (4, "refused", "S0-7")
    platform.register.refresh()
    assert platform.register.state().delivery_holds["E83003", DELIVERY].stands
    assert platform.register.events()[-1].event_type == "refused"


def test_a_full_extract_is_announced_for_known_practices(platform: Platform) -> None:
    said = ["--actor", "Ann", "--reason", "agreed with the supplier"]
    assert _lds("announce", "E83003", "--from", "2025-06-12", *said)[0] == 0
    assert _lds("announce", "E99999", "--from", "2025-06-12", *said)[0] == 4
    platform.register.refresh()
    assert set(platform.register.state().announcements) == {"E83003"}


def test_a_population_never_counted_cannot_be_accepted(platform: Platform) -> None:
    code, document = _lds("population", "E83003", *TWO)
    assert (code, document["what"]) == (4, "E83003 was not counted")


def test_nobody_signs_on_the_command_line_as_the_platform() -> None:
    said = ["--actor", "platform", "--role", "system", "--reason", "agreed"]
    result = CliRunner().invoke(app, ["hold", "announce", "E83003", "--from", "2025-06-10", *said])
    assert result.exit_code == 2
