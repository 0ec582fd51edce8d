"""``lds mechanisms``: ways into GP systems, and which suit a use."""

from dataclasses import asdict
from typing import Annotated

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.gate.mechanisms import UseCase, mechanisms
from lds_assets.resources import Settings


def command(
    use_case: Annotated[
        UseCase, typer.Option(help="What it is wanted for.")
    ] = UseCase.POPULATION_ANALYTICS,
    supplier: Annotated[str, typer.Option(help="Only mechanisms that name a supplier.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show which integration mechanisms suit a use, which do not and why, with source and date.

    Exit code 0: answered; 4: no mechanism names the supplier.
    """
    with faults_told(as_json=as_json):
        found = mechanisms(Settings().seeds, use_case, supplier)
    if as_json:
        answer({"use_case": use_case, "mechanisms": [asdict(each) for each in found]})
        return
    show(
        f"{sum(each.suits for each in found)} of {len(found)} mechanisms suit {use_case}",
        ["mechanism", "suits", "why", "status", "as of", "source"],
        [
            (
                f"{each.mechanism_id}: {each.sub_capability}",
                "yes" if each.suits else "no",
                each.reason,
                each.status,
                each.as_of,
                each.source,
            )
            for each in found
        ],
    )
