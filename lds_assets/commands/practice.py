"""``lds practice show``: what the register knows of a practice on a day."""

from dataclasses import asdict
from typing import Annotated

import typer

from lds_assets.commands.asked import KnownAt, On, asked
from lds_assets.commands.console import answer, faults_told, show
from lds_assets.gate.practice_view import ATTRIBUTION, practice_view
from lds_assets.gate.practices import column_dates
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="practice", no_args_is_help=True, help="Practices as the register knows them."
)


@app.callback()
def practices() -> None:
    """Practices as the register knows them."""


@app.command("show")
def show_practice(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    on: On = None,
    known_at: KnownAt = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show status, board, PCN, branches, successions, systems and list sizes, each dated.

    Exit code 4: no such practice was known.
    """
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        platform.register.verify()
        when = asked(on, known_at, platform.settings.business_date())
        found = practice_view(platform.register, practice, when.on, when.known_at)
    listed = column_dates(platform.settings.seeds / "organisation")
    plain = asdict(found)
    if as_json:
        plain["days_used"] = found.practice.days_used
        answer({"on": when.on, **plain, "practice_list": listed, "attribution": ATTRIBUTION})
        return
    known = found.practice
    typer.echo(f"{known.code} {known.name}: {found.status} on {when.on}")
    closed = f", closed from {known.closed_from}" if known.closed_from else ""
    typer.echo(f"  open since {known.opened_on or 'no known day'}{closed} ({known.days_used})")
    typer.echo(f"  board {found.board or 'none'} "
               f"{found.board_name}".rstrip())  # fmt: skip
    counts = plain["counted_list"]
    if counts["registered"] is not None:
        typer.echo(f"  {counts['registered']:,} registered patients count: {counts['told']}")
    elif not counts["is_counted"]:
        typer.echo("  not counted among the practices of the day")
    for name in ("relationships", "branches", "successions", "systems", "list_sizes"):
        rows = plain[name]
        heads = list(rows[0]) if rows else [name]
        cells = [["" if each is None else str(each) for each in row.values()] for row in rows]
        show(name.replace("_", " ").capitalize(), heads, cells)
    ages = ", ".join(f"{column} {day}" for column, day in sorted(listed.items()))
    typer.echo(f"practice list as of: {ages}\n{ATTRIBUTION}")
