"""Runs the commands of a page under ``docs/``, in their order, as a reader would.

A block ```` ```yaml file=NAME ```` is a file the reader writes, ```` ```sh ```` holds commands that
end well, ```` ```sh refused="TEXT" ```` commands a rule refuses, saying so.
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.commands.console import Exit
from lds_assets.resources import REPOSITORY

_BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """One block of a page: a file to write, or commands to run."""

    kind: str
    told: str
    text: str


def steps(page: str) -> list[Step]:
    """Return the blocks of a page below ``docs/``."""
    text = (REPOSITORY / "docs" / page).read_text(encoding="utf-8")
    return [Step(*found) for found in _BLOCK.findall(text)]


def follow(page: str, folder: Path) -> list[str]:
    """Do what a page says, its files in a folder; return the commands that were run."""
    done = []
    for step in steps(page):
        named = re.search(r"file=(\S+)", step.told)
        if named:
            (folder / named[1]).write_text(step.text, encoding="utf-8")
        if step.kind != "sh":
            continue
        refused = re.search(r'refused="([^"]+)"', step.told)
        for command in step.text.replace("\\\n", " ").splitlines():
            _run(command, refused[1] if refused else "", folder)
            done.append(command)
    return done


def _run(command: str, refused: str, folder: Path) -> None:
    words = shlex.split(command)
    assert words[0] == "lds", command
    placed = [str(folder / word) if _is_file(word) else word for word in words[1:]]
    result = CliRunner().invoke(app, placed)
    said = f"{command}\n{result.output}"
    assert result.exit_code == (Exit.REFUSED if refused else Exit.OK), said
    assert refused in result.output, said


def _is_file(word: str) -> bool:
    return re.fullmatch(r"[\w-]+\.(yaml|md|html|csv|json|duckdb|key)", word) is not None
