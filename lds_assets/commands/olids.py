"""``lds olids``: the release in force as one DuckDB file."""

from pathlib import Path
from typing import Annotated

import typer

from lds_assets.commands.console import answer, faults_told, progress_bar, show
from lds_assets.release.export import export
from lds_assets.resources import Settings


def olids(
    out: Annotated[Path, typer.Option(help="DuckDB file to write; replaced when there.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Write the release in force as DuckDB tables, named and typed as OLIDS.

    The file holds patient data of every practice in the release. Exit code 0: written; 4: there
    is no release yet.
    """
    with faults_told(as_json=as_json):
        with progress_bar("export", quiet=as_json) as listener:
            release, counts = export(Settings(), out, listener)
        if as_json:
            answer({"release_id": release.release_id, "file": str(out), "rows": counts})
            return
    show(f"{release.release_id} in {out}", ["table", "rows"], list(counts.items()))
