"""`lds`: the platform from the command line."""

import logging
import os
import warnings

import typer

from lds_assets.commands.agreement import app as agreement
from lds_assets.commands.consent import app as consent
from lds_assets.commands.delivery import app as delivery
from lds_assets.commands.freshness import app as freshness
from lds_assets.commands.hold import app as hold
from lds_assets.commands.mechanisms import command as mechanisms
from lds_assets.commands.migration import app as migration
from lds_assets.commands.olids import olids
from lds_assets.commands.onboard import app as onboard
from lds_assets.commands.practice import app as practice
from lds_assets.commands.quarantine import app as quarantine
from lds_assets.commands.register import app as register
from lds_assets.commands.replay import replay
from lds_assets.commands.run import run
from lds_assets.commands.schema import schema
from lds_assets.commands.status import status
from lds_assets.commands.supplier import app as supplier
from lds_assets.commands.terminology import app as terminology
from lds_assets.commands.variation import app as variation
from lds_assets.commands.why import show_coverage, why
from lds_assets.commands.withdraw import app as withdraw
from lds_assets.synthetic.command import synth

app = typer.Typer(
    name="lds",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="London's GP data platform. LDS_HOME (default ./var) holds everything it writes.",
)
app.command()(synth)
app.command()(run)
app.command()(status)
app.command()(why)
app.command("coverage")(show_coverage)
app.command()(replay)
app.command()(olids)
app.command("mechanisms")(mechanisms)
app.command()(schema)
app.add_typer(agreement)
app.add_typer(consent)
app.add_typer(practice)
app.add_typer(register)
app.add_typer(hold)
app.add_typer(onboard)
app.add_typer(quarantine)
app.add_typer(delivery)
app.add_typer(freshness)
app.add_typer(supplier)
app.add_typer(variation)
app.add_typer(migration)
app.add_typer(terminology)
app.add_typer(withdraw)


def main() -> None:
    """Run a command; an unexpected error ends in its class alone, for its text may quote a row."""
    warnings.simplefilter("ignore")
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    try:
        app()
    except Exception as error:
        if os.environ.get("LDS_TRACEBACK"):
            raise
        typer.echo(
            f"{type(error).__name__}: unexpected; its text is withheld because it may quote "
            "patient values\n  to do: set LDS_TRACEBACK=1 and run again to see all of it",
            err=True,
        )
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
