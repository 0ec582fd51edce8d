"""How commands answer: tables for people, JSON for programs, and their exit codes."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from lds_assets.errors import Held, Refused, RoadError
from lds_assets.operations.progress import Listener

#: Columns of what no terminal shows: words of long tables stay whole.
_WIDE = 160


class Exit(IntEnum):
    """Exit codes of every command; ``docs/cli.md`` tells them to people."""

    OK = 0
    ERROR = 1
    USAGE = 2
    HELD = 3
    REFUSED = 4


def exit_code(fault: RoadError) -> Exit:
    """Return the exit code of a fault of the road."""
    if isinstance(fault, Held):
        return Exit.HELD
    if isinstance(fault, Refused):
        return Exit.REFUSED
    return Exit.ERROR


def fault_as_json(fault: RoadError) -> dict[str, str]:
    """Return a fault's parts as plain values."""
    return {
        "fault": fault.kind.lower(),
        "code": fault.code,
        "what": fault.what,
        "where": fault.where,
        "done": fault.done,
        "to_do": fault.to_do,
    }


@contextmanager
def faults_told(*, as_json: bool) -> Iterator[None]:
    """Tell a fault of the road and leave with its exit code, without a traceback."""
    try:
        yield
    except RoadError as fault:
        if as_json:
            answer(fault_as_json(fault))
        else:
            typer.echo(str(fault), err=True)
        raise typer.Exit(exit_code(fault)) from None


def answer(document: Mapping[str, Any]) -> None:
    """Write a JSON answer to standard output."""
    typer.echo(json.dumps(document, indent=2, default=str))


def show(title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Show a table; numbers are grouped by thousands and stand on the right."""
    written = [list(row) for row in rows]
    found = Table(header_style="dim")
    for place, heading in enumerate(headings):
        numbers = bool(written) and all(isinstance(row[place], int) for row in written)
        found.add_column(heading, justify="right" if numbers else "left", overflow="fold")
    for row in written:
        found.add_row(*(f"{each:,}" if isinstance(each, int) else str(each) for each in row))
    if not written:
        found.add_row("none", *("" for _ in headings[1:]))
    console = Console(width=_width())
    # a title of the table would be broken at the width of the table
    console.print(title, style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(found)


def _width() -> int | None:
    """Return columns for a file or pipe, which has none of its own; None means the terminal's."""
    told = sys.stdout.isatty() or "COLUMNS" in os.environ
    return None if told else _WIDE


@contextmanager
def progress_bar(title: str, *, quiet: bool) -> Iterator[Listener]:
    """Show a progress bar on standard error; yield what moves it.

    A run's own output is captured by Dagster, so the bar writes to a copy of standard error.
    """
    try:
        descriptor = sys.stderr.fileno()
    except OSError:  # standard error is no file: nobody sees a bar
        quiet = True
    if quiet:
        yield lambda _what, _share: None
        return
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as copy:
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[what]}", style="dim"),
            console=Console(file=copy, force_terminal=sys.stderr.isatty()),
            transient=True,
        )
        with bar:
            task = bar.add_task(title, total=1.0, what="")
            yield lambda what, share: bar.update(task, completed=share, what=what)
