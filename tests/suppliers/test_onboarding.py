"""The engineer's page on adding a supplier: its commands run as they stand, in their order."""

import os
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.resources import REPOSITORY

PAGE = REPOSITORY / "docs/onboard/add-a-supplier.md"


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_the_commands_of_the_page_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LDS_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("PWD", str(tmp_path))
    answers = {}
    for line in commands():
        first, *words = shlex.split(os.path.expandvars(line))
        if first == "export":
            monkeypatch.setenv(*words[0].split("=", 1))
            continue
        assert first == "lds"
        made = CliRunner().invoke(app, words)
        assert made.exit_code == 0, (line, made.output)
        answers[line] = made.output
    assert "0 broken" in answers["lds supplier check suppliers/hazel"]
    assert "0 broken" in answers["lds supplier check hazel"]
    assert "hazel" in answers["lds status"]
    assert (tmp_path / "hazel.md").read_text().splitlines()[1] == "# Hazel: files and columns"


def test_every_file_the_page_names_is_in_a_new_folder_or_made_by_hand(tmp_path: Path) -> None:
    made = CliRunner().invoke(app, ["supplier", "new", "hazel", "--into", str(tmp_path)])
    assert made.exit_code == 0
    named = set(re.findall(r"^\| `([A-Za-z]+\.\w+|samples/)`", PAGE.read_text(), re.MULTILINE))
    assert {"defs.yaml", "tables.csv", "mapping.csv", "empty.csv", "README.md"} <= named
    by_hand = {"macros.sql"}
    missing = {name for name in named - by_hand if not (tmp_path / "hazel" / name).exists()}
    assert missing == set()
