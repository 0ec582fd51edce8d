"""``lds run``: take everything in landing as far as it may go."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from lds_assets.commands.console import (
    Exit,
    answer,
    fault_as_json,
    faults_told,
    progress_bar,
    show,
)
from lds_assets.resources import Settings

if TYPE_CHECKING:
    from lds_assets.operations.drive import RoadReport

_SHOWN = 20


def run(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Load what landed, release it and build the marts.

    Exit code 0: everything is in the release in force, or was refused by a rule; 3: something is
    held for a person; 4: a reviewed file was refused and what was in force before still is; 1: a
    step failed for another reason.
    """
    # Dagster and dbt take seconds to import; the other commands do without them
    from lds_assets.operations.drive import drive  # noqa: PLC0415

    with faults_told(as_json=as_json):
        with progress_bar("the road", quiet=as_json) as listener:
            report = drive(Settings(), listener)
        if as_json:
            answer(report_as_json(report))
        else:
            _show(report)
        code = exit_of(report)
    raise typer.Exit(code)


def exit_of(report: "RoadReport") -> Exit:
    """Return the exit code of a run."""
    if report.unexpected:
        return Exit.ERROR
    if report.not_in_force:
        return Exit.REFUSED
    waits = report.held or report.faults or report.withheld
    return Exit.HELD if waits else Exit.OK


def report_as_json(report: "RoadReport") -> dict[str, Any]:
    """Return a report as plain JSON values."""
    return {
        "changed": report.changed,
        "release_id": report.release_id,
        "release_is_new": report.is_new,
        "marts_release_id": report.marts_release_id,
        "marts_rebuilt": report.marts_rebuilt,
        "deliveries_loaded": report.loaded,
        "practices_joined": report.joined,
        "practices_refused": report.refused,
        "deliveries_waiting": [
            {
                "delivery_id": each.delivery_id,
                "state": str(each.state),
                "reason": each.reason,
                "detail": each.detail,
                "to_do": each.to_do,
            }
            for each in report.waiting
        ],
        "files_not_in_force": [fault_as_json(each) for each in report.not_in_force],
        "practices_withheld": report.withheld,
        "faults": report.faults,
    }


def _show(report: "RoadReport") -> None:
    if report.waiting:
        show(
            "Not loaded",
            ["delivery", "state", "reason", "what is the matter", "to do"],
            [
                (each.delivery_id, each.state, each.reason, each.detail, each.to_do)
                for each in report.waiting[:_SHOWN]
            ],
        )
    if report.refused:
        show("Refused by the gate", ["practice", "reason"], sorted(report.refused.items()))
    if report.withheld:
        show("Left out of the release", ["practice", "reason"], sorted(report.withheld.items()))
    for refused in report.not_in_force:
        typer.echo(str(refused), err=True)
    for job, fault in report.faults.items():
        typer.echo(f"{job} failed\n{fault}", err=True)
    for line in told(report):
        typer.echo(line)


def told(report: "RoadReport") -> list[str]:
    """Return what a run did, in a few lines."""
    release = report.release_id or "none"
    if not report.changed:
        return [f"Nothing changed: no new rows, no new release. Release in force: {release}"]
    kind = "new" if report.is_new else "as before"
    return [
        f"{len(report.loaded)} deliveries loaded, {len(report.joined)} practices joined",
        f"release {release} ({kind}), marts show {report.marts_release_id or 'no release'}",
    ]
