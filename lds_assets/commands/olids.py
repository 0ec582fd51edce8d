"""``lds olids``: the release in force as one DuckDB file."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, progress_bar, show
from lds_assets.platform import Platform
from lds_assets.release.export import Export, export
from lds_assets.release.record import current
from lds_assets.release.take_out import refuse_shut
from lds_assets.resources import Settings


def olids(
    out: Annotated[Path, typer.Option(help="DuckDB file to write; an older export is replaced.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Write the release in force as DuckDB tables, named and typed as OLIDS.

    References whose parent is absent are counted, with the rule that explains them, and noted in
    the file's table reference_check; concept_coverage counts the records whose code stands for a
    SNOMED CT concept.

    The file holds patient data of every practice in the release. Exit code 0: written; 4: there
    is no release yet, the gate of a practice in it shut since, or another file has that name.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        release = current(platform.settings)
        if release is not None:
            refuse_shut(platform, release)
        with progress_bar("export", quiet=as_json) as listener:
            written = export(platform.settings, out, listener)
        if as_json:
            answer(_document(written, out))
            return
    _show(written, out)


def _document(written: Export, out: Path) -> dict[str, Any]:
    return {
        "release_id": written.release.release_id,
        "file": str(out),
        "rows": written.rows,
        "references": len(written.references),
        "unresolved": [asdict(each) for each in written.references if each.unresolved],
        "concept_coverage": [asdict(each) for each in written.coverage],
    }


def _show(written: Export, out: Path) -> None:
    show(f"{written.release.release_id} in {out}", ["table", "rows"], list(written.rows.items()))
    dangling = [each for each in written.references if each.unresolved]
    show(
        f"References: {len(written.references)} kinds, {len(dangling)} with absent parents",
        ["column", "rows", "parent absent", "why"],
        [
            (
                f"{each.table}.{each.column}",
                each.rows,
                each.unresolved,
                each.rule or "no rule explains it",
            )
            for each in dangling
        ],
    )
    show(
        "Records whose code stands for a SNOMED CT concept",
        ["table", "dataset", "rows", "coded", "mapped", "share"],
        [
            (each.table, each.dataset, each.rows, each.coded, each.mapped, f"{each.share:.1%}")
            for each in written.coverage
        ],
    )
