"""``lds migration``: practices that move from one supplier's system to another's."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from lds_assets.commands.console import answer, faults_told, show
from lds_assets.copies.report import markdown
from lds_assets.gate.migration import MEANING, Migration
from lds_assets.gate.migration_desk import MigrationDesk
from lds_assets.gate.variation_desk import Signature
from lds_assets.gate.variation_pack import page
from lds_assets.operations.migrations import compare_migration
from lds_assets.platform import Platform
from lds_assets.resources import Settings

app = typer.Typer(
    name="migration",
    no_args_is_help=True,
    help="Practices that change supplier: planned, cut over, compared, closed. "
    "Exit code 4: a rule refuses the step; the refusal is on record.",
)

_Id = Annotated[str, typer.Argument(help="The migration, as `lds migration list` names it.")]
_Actor = Annotated[str, typer.Option(help="Who does it.")]
_Evidence = Annotated[str, typer.Option(help="Where the letter or form is kept.")]
_Day = Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="First day on it.")]
_Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


def desk_of(platform: Platform) -> MigrationDesk:
    """Return the desk of a platform on its day."""
    return MigrationDesk(platform.register, platform.settings.business_date())


def _platform() -> Platform:
    platform = Platform.open(Settings())
    platform.prepare()
    return platform


def _desk() -> MigrationDesk:
    return desk_of(_platform())


@app.command()
def plan(
    practice: Annotated[str, typer.Argument(help="ODS code of the practice.")],
    to: Annotated[str, typer.Option(help="Code of the new supplier.")],
    on: _Day,
    actor: _Actor,
    evidence: _Evidence = "",
    as_json: _Json = False,
) -> None:
    """Record that a practice plans to move. A system that is not live blocks at once."""
    with faults_told(as_json=as_json):
        desk = _desk()
        by = Signature(actor, "PRACTICE_LIAISON", evidence_ref=evidence)
        name = desk.plan(practice.upper(), to.upper(), on.date(), by)
        _tell(desk.migration(name), as_json=as_json)


@app.command("cut-over")
def cut_over(
    migration_id: _Id,
    on: _Day,
    actor: _Actor,
    evidence: _Evidence,
    supplier_org_id: Annotated[
        str, typer.Option(help="How the new supplier names the practice in its deliveries.")
    ] = "",
    agreement_id: Annotated[
        str, typer.Option(help="Sharing agreement in the new supplier's system.")
    ] = "",
    as_json: _Json = False,
) -> None:
    """Record that the practice runs the new system; consent to the old supplier is void."""
    with faults_told(as_json=as_json):
        desk = _desk()
        by = Signature(actor, "PRACTICE_LIAISON", evidence_ref=evidence)
        desk.cut_over(migration_id, on.date(), by, supplier_org_id, agreement_id)
        _tell(desk.migration(migration_id), as_json=as_json)


@app.command()
def cover(
    consent_id: Annotated[str, typer.Argument(help="The consent in force that covers more.")],
    actor: Annotated[str, typer.Option(help="Information-governance officer.")],
    evidence: _Evidence,
    earlier_supplier: Annotated[
        str, typer.Option(help="Supplier whose records of this practice it covers.")
    ] = "",
    predecessor: Annotated[
        str, typer.Option(help="Practice, now merged into this one, whose records it covers.")
    ] = "",
    as_json: _Json = False,
) -> None:
    """Record that a consent covers what an earlier supplier or a predecessor sent."""
    if bool(earlier_supplier) is bool(predecessor):
        raise typer.BadParameter("name --earlier-supplier or --predecessor")
    kind = "EARLIER_SUPPLIER" if earlier_supplier else "PREDECESSOR"
    code = (earlier_supplier or predecessor).upper()
    with faults_told(as_json=as_json):
        by = Signature(actor, "IG_OFFICER", evidence_ref=evidence)
        _desk().cover(consent_id, kind, code, by)
    document = {"consent_id": consent_id, "kind": kind, "code": code}
    if as_json:
        answer(document)
    else:
        typer.echo(f"{consent_id} covers {code} from today; the next release follows it")


@app.command()
def report(
    migration_id: _Id,
    out: Annotated[
        Path | None, typer.Option(help="File to write: Markdown, HTML or JSON by its ending.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Compare the old supplier with the new one: counts, by subject and year."""
    with faults_told(as_json=as_json):
        platform = _platform()
        migration = desk_of(platform).migration(migration_id)
        found = compare_migration(platform, migration)
    if out is not None:
        text = markdown(migration, found)
        if out.suffix == ".html":
            text = page(f"Migration {migration_id}", text)
        elif out.suffix == ".json":
            text = json.dumps(found.plain(), indent=2)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    if as_json:
        answer(found.plain())
        return
    show(
        f"{found.practice_code}: {migration.from_supplier} to {migration.to_supplier}",
        ["subject", "matched", "changed", "only old", "only new"],
        [
            (each.subject, each.matched, each.changed, each.only_old, each.only_new)
            for each in found.by_subject()
        ],
    )
    typer.echo("outside tolerance: " + ("; ".join(found.outside) or "nothing"))


@app.command()
def reconcile(
    migration_id: _Id,
    actor: Annotated[str, typer.Option(help="Delivery lead who accepts the comparison.")],
    evidence: _Evidence,
    second: Annotated[
        str, typer.Option(help="Information-governance officer, for what is outside tolerance.")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why what is outside is accepted.")] = "",
    as_json: _Json = False,
) -> None:
    """Compare anew and accept it: the new supplier's records are released from the next run on.

    Exit code 0: recorded; 4: refused, for consent is not in force or a second person is needed.
    """
    with faults_told(as_json=as_json):
        platform = _platform()
        desk = desk_of(platform)
        found = compare_migration(platform, desk.migration(migration_id))
        by = Signature(
            actor,
            "DELIVERY_LEAD",
            reason=reason,
            evidence_ref=evidence,
            second=second,
            second_role="IG_OFFICER" if second else "",
        )
        desk.reconcile(migration_id, found.sha256, list(found.outside), by)
        _tell(desk.migration(migration_id), as_json=as_json)


@app.command()
def close(
    migration_id: _Id,
    actor: _Actor,
    reason: Annotated[str, typer.Option(help="Why, in words.")] = "compared and accepted",
    as_json: _Json = False,
) -> None:
    """Close a reconciled migration, or call off one that came to nothing."""
    with faults_told(as_json=as_json):
        desk = _desk()
        desk.close(migration_id, Signature(actor, "IG_OFFICER", reason=reason))
        _tell(desk.migration(migration_id), as_json=as_json)


@app.command("list")
def list_migrations(
    target: Annotated[str, typer.Option(help="Only those to this supplier.")] = "",
    as_json: _Json = False,
) -> None:
    """List migrations; those to a system that is not live are evidence for a variation."""
    with faults_told(as_json=as_json):
        found = _desk().migrations(target.upper())
    if as_json:
        answer({"migrations": [plain(each) for each in found]})
        return
    show(
        "Migrations",
        ["migration", "practice", "from", "to", "planned", "moved", "state", "coverage ends"],
        [
            (
                each.migration_id,
                each.practice_code,
                each.from_supplier,
                each.to_supplier,
                each.planned_on or "-",
                each.actual_on or "-",
                each.state or "-",
                each.coverage_ends_on or "-",
            )
            for each in found
        ],
    )


@app.command()
def status(migration_id: _Id, as_json: _Json = False) -> None:
    """Show where a migration stands, what it means, and how it came there.

    Steps that follow by rule today are taken first.
    """
    with faults_told(as_json=as_json):
        desk = _desk()
        desk.follow(migration_id)
        migration = desk.migration(migration_id)
        moves = [
            (each.effective_on, each.to_state, each.actor, each.event_id)
            for each in _moves(desk, migration)
        ]
    if as_json:
        answer({**plain(migration), "history": [[str(cell) for cell in row] for row in moves]})
        return
    _tell(migration, as_json=False)
    show("History", ["day", "state", "by", "event"], moves)


def _moves(desk: MigrationDesk, migration: Migration) -> list[Any]:
    return [each for each in desk.history(migration.migration_id) if each.event_type == "moved"]


def plain(migration: Migration) -> dict[str, Any]:
    """Return a migration as plain values."""
    return {
        "migration_id": migration.migration_id,
        "practice_code": migration.practice_code,
        "from_supplier": migration.from_supplier,
        "to_supplier": migration.to_supplier,
        "planned_on": migration.planned_on,
        "actual_on": migration.actual_on,
        "state": migration.state,
        "meaning": MEANING[migration.state] if migration.state else "",
        "coverage_ends_on": migration.coverage_ends_on,
        "report_sha256": migration.report_sha256,
        "exceptions": list(migration.exceptions),
    }


def _tell(migration: Migration, *, as_json: bool) -> None:
    if as_json:
        answer(plain(migration))
        return
    meaning = MEANING[migration.state] if migration.state else ""
    ends = migration.coverage_ends_on
    tail = f"; coverage ends {ends}" if ends else ""
    typer.echo(f"{migration.migration_id}: {migration.state}: {meaning}{tail}")
