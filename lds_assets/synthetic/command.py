"""The ``lds synth`` command."""

import json
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from lds_assets.errors import RoadError
from lds_assets.resources import Settings
from lds_assets.synthetic.faults.registry import SCENARIOS
from lds_assets.synthetic.generate import GenerationReport, generate
from lds_assets.synthetic.governance import write_demo_register
from lds_assets.synthetic.scenarios import DEFECTS

EXIT_REFUSED = 2


class SizeName(StrEnum):
    """How much to make: 3 practices, 12, 40 with 100,000 patients, or one of real size."""

    TINY = "tiny"
    SMALL = "small"
    PERF = "perf"
    ONE_PRACTICE = "one-practice"


def synth(
    size: Annotated[SizeName, typer.Option(help="How much to make.")] = SizeName.SMALL,
    seed: Annotated[int, typer.Option(help="Equal seeds give equal files.")] = 42,
    days: Annotated[int, typer.Option(help="Daily deliveries after the bulk.", min=0, max=99)] = 2,
    out: Annotated[Path | None, typer.Option(help="Landing folder; default: of LDS_HOME.")] = None,
    end_date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the newest delivery; default: yesterday."),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="A named fault, or clean; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    list_scenarios: Annotated[
        bool, typer.Option("--list-scenarios", help="List the named faults and make nothing.")
    ] = False,
) -> None:
    """Make synthetic supplier deliveries in the suppliers' own file formats.

    Deliveries for LDS_HOME bring their demonstration consents with them, in its governance folder.

    Exit code 0: written; 2: refused (unknown scenario, impossible size).
    """
    if list_scenarios:
        _list_scenarios(as_json=as_json)
        return
    settings = Settings()
    newest = end_date.date() if end_date else settings.business_date() - timedelta(days=1)
    try:
        landing = (out or settings.landing).absolute()
        report = _run(size, seed, days, landing, newest, tuple(scenario or ()))
        if landing == settings.landing:
            write_demo_register(report, settings.governance)
    except RoadError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EXIT_REFUSED) from None
    if as_json:
        typer.echo(json.dumps(report_as_json(report), indent=2))
    else:
        _show(report)


def _list_scenarios(*, as_json: bool) -> None:
    """Show every scenario with its meaning, and the defects with their rates."""
    scenarios = {scenario.name: scenario.meaning for scenario in SCENARIOS}
    if as_json:
        typer.echo(json.dumps({"scenarios": scenarios, "defects": DEFECTS}, indent=2))
        return
    width = max(len(name) for name in (*scenarios, *DEFECTS))
    for name, meaning in scenarios.items():
        typer.echo(f"{name:<{width}}  {meaning}")
    typer.echo("\nDefects of rows, on unless others are named or the run is `clean`:")
    for name, rate in DEFECTS.items():
        typer.echo(f"{name:<{width}}  {rate:.2%}")


def _run(
    size: str, seed: int, days: int, out: Path, end_date: date, scenario: tuple[str, ...]
) -> GenerationReport:
    bar = Progress(
        TextColumn("making deliveries"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("parts of practices"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with bar:
        task = bar.add_task("parts of practices", total=None)

        def tell(done: int, total: int, _practice_code: str) -> None:
            bar.update(task, completed=done, total=total)

        return generate(size, seed, days, out, scenario, end_date, tell)


def report_as_json(report: GenerationReport) -> dict[str, object]:
    """Return a report as plain JSON values."""
    return {
        "size": report.size,
        "seed": report.seed,
        "end_date": report.end_date.isoformat(),
        "days": report.days,
        "scenarios": list(report.scenarios),
        "files": report.file_count,
        "size_bytes": report.size_bytes,
        "deliveries": [str(folder) for folder in report.deliveries],
        "practices": [
            {
                "practice_code": practice.code,
                "supplier_code": practice.supplier_code,
                "supplier_org_id": practice.supplier_org_id,
                "case": practice.case,
                "patients": practice.patients,
            }
            for practice in report.practices
        ],
    }


def _show(report: GenerationReport) -> None:
    cases: dict[str, int] = {}
    for practice in report.practices:
        cases[practice.case] = cases.get(practice.case, 0) + 1
    typer.echo(
        f"{report.file_count} files, {report.size_bytes / 1e6:.0f} MB, "
        f"{len(report.deliveries)} deliveries, newest {report.end_date.isoformat()}"
    )
    typer.echo("practices: " + ", ".join(f"{count} {case}" for case, count in cases.items()))
