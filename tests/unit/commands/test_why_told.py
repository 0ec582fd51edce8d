"""``lds why`` in words: each link whole on its lines, whatever the width of who reads it."""

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.commands import console
from lds_assets.platform import Platform
from lds_assets.resources import Settings


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said of a practice without consent, now and as known before all."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LDS_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("LDS_TODAY", "2026-11-21")
        patch.setenv("COLUMNS", "60")
        fresh = CliRunner().invoke(app, ["why", "E86605"]).stdout
        Platform.open(Settings()).prepare()
        nobodys = CliRunner().invoke(app, ["coverage", "--icb", "qxx"])
        asked = {"now": (), "before": ("--known-at", "2020-06-01T12:00")}
        return {"fresh": fresh, "board": f"{nobodys.exit_code} {nobodys.output}"} | {
            name: CliRunner().invoke(app, ["why", "E86605", *more]).stdout
            for name, more in asked.items()
        }


def test_a_link_that_does_not_hold_says_why_who_acts_and_how_in_whole_words(
    told: dict[str, str],
) -> None:
    lines = told["now"].splitlines()
    place = lines.index("  NO   Has the practice consented?  no consent")
    assert lines[place + 1].strip() == "C_NONE: Invite the practice (PRACTICE_LIAISON)"
    assert lines[1] == "next: Invite the practice (PRACTICE_LIAISON)"
    # yes is as it should be, of every question
    assert "  yes  Is it free of holds and purges?  nothing" in lines
    assert "as known at" not in told["now"]


def test_what_was_known_at_is_said_beside_the_answer(told: dict[str, str]) -> None:
    first, second, *_ = told["before"].splitlines()
    assert first == "E86605 is NEVER on 2026-11-21: P_UNKNOWN"
    assert second == "as known at 2020-06-01 12:00 (London)"


def test_an_empty_register_is_told_and_not_taken_for_a_practice_of_nobody(
    told: dict[str, str],
) -> None:
    assert "the register holds no practice at all" in told["fresh"]
    assert "the register holds no practice at all" in told["before"]
    assert "the register holds no practice" not in told["now"]


def test_a_pipe_is_wide_enough_for_the_ids_of_deliveries(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    delivery = "emis/55ed4a4e-decd-4962-a420-5e65c5068928/20261125T000512/delta-96049"
    console.show("Deliveries", ["delivery", "state", "what"], [(delivery, "HELD", "word " * 12)])
    assert delivery in capsys.readouterr().out


def test_a_width_that_is_told_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    console.show("Deliveries", ["delivery"], [("x" * 80,)])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 40


def test_a_board_nobody_is_of_is_refused_and_the_others_are_named(told: dict[str, str]) -> None:
    assert told["board"].startswith("4 Refused: no practice is of a board QXX on the day")
    assert "one of QKK, QMF, QWE, Z9B2Z" in told["board"]
