"""``lds terminology``: load the deployment's own terminology and see how well codes map."""

from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.errors import Refused
from lds_assets.operations.lock import sole_writer
from lds_assets.resources import Settings
from lds_assets.terminology.fixtures import write_fixtures
from lds_assets.terminology.health import mapping_health
from lds_assets.terminology.library import SNOMED, Edition, editions, in_force
from lds_assets.terminology.load import KINDS, LoadReport, Request, load

app = typer.Typer(
    name="terminology", no_args_is_help=True, help="Terminology releases and mapping health."
)

FIXTURES = "fixtures"
_JSON = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command(name="load")
def load_command(
    kind: Annotated[
        str, typer.Argument(help=f"One of {', '.join(KINDS)}; {FIXTURES} for the invented codes.")
    ],
    path: Annotated[
        Path | None, typer.Argument(help="Package as published: folder, zip file or file.")
    ] = None,
    edition: Annotated[
        str, typer.Option(help="Name it goes by; a later release of the name takes its place.")
    ] = "",
    effective: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Date of the release; default: of its file names."),
    ] = None,
    system: Annotated[str, typer.Option(help="Code system of a code list.")] = SNOMED,
    code_column: Annotated[str, typer.Option(help="Column of a code list's codes.")] = "",
    term_column: Annotated[str, typer.Option(help="Column of a code list's terms.")] = "",
    as_json: _JSON = False,
) -> None:
    """Load a terminology package; the next `lds run` shows it in a release.

    Nothing happens when the edition in force has the same content. Exit code 0: loaded, or in
    force before; 3: a file cannot be read; 4: the package is not whole, or older than what is in
    force.
    """
    with faults_told(as_json=as_json):
        settings = Settings()
        day = effective.date() if effective else None
        columns = (system, code_column, term_column)
        requests = _requests(settings, kind, path, edition, day, *columns)
        with sole_writer(settings):
            reports = [load(settings, request) for request in requests]
    if as_json:
        answer({"editions": [{**_told(each.edition), "is_new": each.is_new} for each in reports]})
        return
    for report in reports:
        typer.echo(_line(report))


def _requests(
    settings: Settings, kind: str, path: Path | None, edition: str, day: date | None, *listed: str
) -> list[Request]:
    if kind == FIXTURES:
        return write_fixtures(settings)
    if path is None:
        raise Refused(
            "no package is named",
            where="lds terminology load",
            done="nothing was loaded",
            to_do=f"lds terminology load {kind} PATH",
        )
    return [Request(kind, path, edition, day, *listed)]


@app.command()
def status(as_json: _JSON = False) -> None:
    """Tell which editions are loaded, and which of them count.

    Exit code 0, whatever the answer.
    """
    with faults_told(as_json=as_json):
        loads = editions(Settings())
    counting = {each.load for each in in_force(loads)}
    if as_json:
        rows = [{**_told(each), "is_in_force": each.load in counting} for each in loads]
        answer({"editions": rows})
        return
    show(
        "Terminology",
        ["kind", "edition", "effective", "in force", "concepts", "maps", "loaded (UTC)"],
        [
            (
                each.kind,
                each.edition,
                each.effective_date,
                "yes" if each.load in counting else "no",
                each.concept_count,
                each.map_count,
                f"{each.loaded_at:%Y-%m-%d %H:%M}",
            )
            for each in loads
        ],
    )


@app.command()
def health(
    practice: Annotated[str, typer.Option(help="ODS code; default: all practices.")] = "",
    as_json: _JSON = False,
) -> None:
    """Tell how many records have a code that maps to no sound target, by code system.

    Read from the published marts. Exit code 0; 4: no marts are published yet, or they do not show
    the practice.
    """
    practice = practice.strip().upper()
    with faults_told(as_json=as_json):
        rows = mapping_health(Settings(), practice)
    if as_json:
        answer({"mapping_health": [asdict(each) for each in rows]})
        return
    show(
        f"Mapping health{f' of {practice}' if practice else ''}",
        ["code system", "state", "records", "codes", "share of the system's records"],
        [
            (
                each.code_system,
                each.mapping_state,
                each.record_count,
                each.code_count,
                f"{each.share:.2%}",
            )
            for each in rows
        ],
    )


def _told(edition: Edition) -> dict[str, Any]:
    return {**asdict(edition), "effective_date": edition.effective_date.isoformat()}


def _line(report: LoadReport) -> str:
    edition = report.edition
    done = "loaded" if report.is_new else "in force before"
    return (
        f"{edition.edition} of {edition.effective_date:%Y-%m-%d} {done}: "
        f"{edition.concept_count:,} concepts, {edition.map_count:,} maps"
    )
