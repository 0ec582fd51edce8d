"""Every `lds` command that a page, a message or a seed names exists, with the options it names."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer

from lds_assets.cli import app
from lds_assets.resources import REPOSITORY

ROOT = typer.main.get_command(app)
_QUOTED = re.compile(r"`lds ([^`]+)`")
#: A command on a line of its own, as blocks of pages have it.
_BLOCK = re.compile(r"^lds ([^\n#]+)$", re.MULTILINE)
#: Texts without quotes: messages and reasons.
_PLAIN = re.compile(r"\blds ((?:[a-z]+(?:-[a-z]+)* )*--[a-z][a-z-]*)")
_OPTION = re.compile(r"--[a-z][a-z-]*")
_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")


def named() -> Iterator[tuple[str, str]]:
    """Yield file and command of every mention, without the leading ``lds``."""
    for folder, endings in (
        ("docs", ("md",)),
        ("seeds", ("csv", "md")),
        ("lds_assets", ("py", "csv", "md")),
        (".", ("md",)),
    ):
        base = REPOSITORY / folder
        found = base.glob("*.md") if folder == "." else base.rglob("*")
        for path in found:
            if path.suffix.removeprefix(".") in endings and path.is_file():
                yield from _of(path)


def _of(path: Path) -> Iterator[tuple[str, str]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    # a Python text goes on in the next line between its quotes
    text = re.sub(r'"\n\s*f?"', "", text) if path.suffix == ".py" else text
    for pattern in (_QUOTED, _BLOCK, _PLAIN):
        for found in pattern.findall(text):
            yield str(path.relative_to(REPOSITORY)), " ".join(found.split())


def amiss(command: str) -> str:
    """Return what of a command does not exist, or empty text."""
    at = ROOT
    for word in command.split():
        below = getattr(at, "commands", None)
        if below is None or not _WORD.fullmatch(word):
            break
        if word not in below:
            return f"no command {word}"
        at = below[word]
    known = {option for each in at.params for option in (*each.opts, *each.secondary_opts)}
    if getattr(at, "commands", None):
        return ""  # a group, as in `lds consent ...`
    strange = set(_OPTION.findall(command)) - known - {"--help"}
    return f"no option {', '.join(sorted(strange))}" if strange else ""


def test_every_command_that_is_named_exists_with_its_options() -> None:
    mentions = list(named())
    assert len(mentions) > 300
    wrong = {(file, command, told) for file, command in mentions if (told := amiss(command))}
    assert wrong == set()


def test_what_does_not_exist_is_seen() -> None:
    assert amiss("why E86605 --on DAY --json") == ""
    assert amiss("consent ...") == ""
    assert amiss("variation retier X") == "no command retier"
    assert amiss("variation retire X --reasons TEXT") == "no option --reasons"
