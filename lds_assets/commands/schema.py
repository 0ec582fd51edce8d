"""``lds schema``: write what is made from the column dictionaries."""

from pathlib import Path
from typing import Annotated

import typer

from lds_assets.commands.console import Exit, answer
from lds_assets.resources import REPOSITORY
from lds_assets.schema.emit import emitted


def schema(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; tell what differs.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Write dbt contracts and documentation pages from the dictionaries.

    Exit code 0: written, or nothing differs; 1: ``--check`` found differences.
    """
    files = emitted()
    stale = [path for path, text in files.items() if _differs(path, text)]
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(files[path], encoding="utf-8")
    names = [str(path.relative_to(REPOSITORY)) for path in stale]
    if as_json:
        answer({"written" if not check else "differs": names})
    else:
        verb = "differs" if check else "wrote"
        typer.echo("\n".join(f"{verb} {name}" for name in names) or "nothing differs")
    raise typer.Exit(Exit.ERROR if check and names else Exit.OK)


def _differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text(encoding="utf-8") != text
