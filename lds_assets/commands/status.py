"""``lds status``: where everything stands."""

from collections import Counter
from dataclasses import asdict
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, fault_as_json, faults_told, show
from lds_assets.commands.hold import show_waiting, waiting
from lds_assets.gate.runs_out import runs_out
from lds_assets.guards.side_dates import as_document, standing
from lds_assets.landing.advice import TO_DO
from lds_assets.landing.came_again import came_again
from lds_assets.landing.states import State
from lds_assets.landing.unknown_columns import unknown_columns
from lds_assets.marts.shown import marts_release
from lds_assets.platform import Platform
from lds_assets.release.record import current
from lds_assets.resources import Settings

_LOOK = frozenset({State.HELD, State.QUARANTINED, State.INCOMPLETE})


def status(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show suppliers, deliveries, practices and the release in force. Exit code 0."""
    with faults_told(as_json=as_json):
        platform = Platform.open(Settings())
        document = gather(platform)
    if as_json:
        answer(document)
    else:
        _show(document)


def gather(platform: Platform) -> dict[str, Any]:
    """Return where everything stands, as plain values."""
    release = current(platform.settings)
    return {
        "home": str(platform.settings.home.absolute()),
        "business_date": platform.settings.business_date().isoformat(),
        "register_version": platform.register.version(),
        "register_fault": platform.register.broken(),
        "files_not_in_force": [fault_as_json(each) for each in platform.files_not_in_force()],
        "runs_out": [
            asdict(each)
            for each in runs_out(platform.register.state(), platform.settings.business_date())
        ],
        "release": None
        if release is None
        else {
            "release_id": release.release_id,
            "as_of": release.as_of.isoformat(),
            "practices": len(release.publishers),
        },
        "marts_release_id": marts_release(platform.settings),
        "suppliers": [_supplier(platform, code) for code in platform.suppliers],
        **waiting(platform),
        "supplier_side_goes_back": [
            told
            for code in platform.suppliers
            for told in as_document(standing(platform.engine, code))
        ],
        "came_again": [
            asdict(each) for each in came_again(platform.engine, platform.settings.landing)
        ],
        "unknown_columns": [
            asdict(each)
            for supplier in platform.suppliers.values()
            for each in unknown_columns(platform.engine, supplier)
        ],
        "to_look_at": [
            {
                "delivery_id": each.delivery_id,
                "state": str(each.state),
                "reason": each.reason,
                "since": f"{each.updated_at:%Y-%m-%d %H:%M}" if each.updated_at else "",
                "detail": each.detail,
                "to_do": each.to_do,
            }
            for each in platform.ledger.deliveries(states=[*_LOOK, State.REFUSED])
            # a supplier that may not land needs nobody; an extract that cannot be used does
            if each.state is not State.REFUSED or each.reason in TO_DO
        ],
    }


def _supplier(platform: Platform, code: str) -> dict[str, Any]:
    known = platform.ledger.deliveries(code)
    outcomes = platform.ledger.supplier_outcomes(code)
    loaded = {practice for (_, practice), each in outcomes.items() if each.outcome == "LOADED"}
    stamps = [each.extracted_at for each in known if each.extracted_at is not None]
    return {
        "supplier": code,
        "deliveries": dict(sorted(Counter(str(each.state) for each in known).items())),
        "newest_extract_at": f"{max(stamps):%Y-%m-%d %H:%M}" if stamps else "",
        "practices_admitted": len(platform.admitted(code)),
        "practices_loaded": len(loaded),
    }


def _show(document: dict[str, Any]) -> None:
    release = document["release"]
    typer.echo(f"home     {document['home']}, {document['business_date']}")
    typer.echo(f"register {document['register_version'][:12] or 'empty'}")
    if document["register_fault"]:
        typer.echo(f"         NOT TRUSTWORTHY: {document['register_fault']}")
    if release is None:
        typer.echo("release  none yet: lds run")
    else:
        typer.echo(
            f"release  {release['release_id']} as of {release['as_of']}, "
            f"{release['practices']} practices; marts show {document['marts_release_id'] or 'none'}"
        )
    show(
        "Suppliers",
        ["supplier", "may land", "loaded", "newest extract (UTC)", "deliveries"],
        [
            (
                each["supplier"],
                each["practices_admitted"],
                each["practices_loaded"],
                each["newest_extract_at"],
                ", ".join(f"{count} {name}" for name, count in each["deliveries"].items()),
            )
            for each in document["suppliers"]
        ],
    )
    show_waiting(document)
    if document["supplier_side_goes_back"]:
        show(
            "What a supplier shows goes back in time",
            ["delivery", "practice", "reason", "what is found", "owner", "to do"],
            [tuple(each.values()) for each in document["supplier_side_goes_back"]],
        )
    if document["files_not_in_force"]:
        show(
            "Reviewed files not in force",
            ["what", "where", "done", "to do"],
            [
                tuple(each[part] for part in ("what", "where", "done", "to_do"))
                for each in document["files_not_in_force"]
            ],
        )
    if document["came_again"]:
        show(
            "Erased files that came again",
            ["delivery", "purge", "files", "owner", "to do"],
            [tuple(each.values()) for each in document["came_again"]],
        )
    if document["unknown_columns"]:
        show(
            "Columns that came and no dictionary knows",
            ["table", "columns", "deliveries", "newest", "owner", "to do"],
            [
                (
                    f"{each['supplier']} {each['table_name']}",
                    ", ".join(each["columns"]),
                    *(each[part] for part in ("deliveries", "newest", "owner_role", "to_do")),
                )
                for each in document["unknown_columns"]
            ],
        )
    if document["runs_out"]:
        show(
            "To renew",
            ["what runs out", "owner", "to do"],
            [tuple(each.values()) for each in document["runs_out"]],
        )
    if document["to_look_at"]:
        show(
            "To look at",
            ["delivery", "state", "reason", "since (UTC)", "what is the matter", "to do"],
            [tuple(each.values()) for each in document["to_look_at"]],
        )
