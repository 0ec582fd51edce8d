"""``lds supplier``: write, check and describe a supplier folder."""

from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from lds_assets.commands.claims import claims
from lds_assets.commands.console import Exit, answer, faults_told
from lds_assets.errors import Refused
from lds_assets.plugin.pages import supplier_page
from lds_assets.plugin.scaffold import write_folder
from lds_assets.plugin.skeleton import write_select
from lds_assets.plugin.suite import Verdict, check_folder
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import SUPPLIERS, load_supplier

app = typer.Typer(
    name="supplier", no_args_is_help=True, help="Write, check and describe a supplier folder."
)

app.command()(claims)

_JSON = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_WHICH = Annotated[str, typer.Argument(help="Code of a supplier, or path of its folder.")]


@app.command()
def new(
    code: Annotated[str, typer.Argument(help="Code of the supplier: a-z, 0-9, _.")],
    name: Annotated[str, typer.Option(help="What people call it; default: the code.")] = "",
    form: Annotated[str, typer.Option(help="Form of its files: csv or json_lines.")] = "csv",
    into: Annotated[
        Path | None, typer.Option(help="Folder of supplier folders; default: LDS_SUPPLIERS.")
    ] = None,
    as_json: _JSON = False,
) -> None:
    """Write the folder of a new supplier: empty, with a sample, keeping every rule.

    Exit code 0: written; 4: the code is not of its form, or the folder is there already.
    """
    with faults_told(as_json=as_json):
        root = into or Settings().suppliers or SUPPLIERS
        folder = write_folder(root, code, name or code.replace("_", " ").capitalize(), form)
    files = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.*"))
    if as_json:
        answer({"folder": str(folder), "files": files})
        return
    typer.echo("\n".join([f"wrote {folder}", *(f"  {file}" for file in files)]))
    typer.echo(f"next: lds supplier check {folder}")


@app.command()
def select(
    supplier: _WHICH,
    table: Annotated[str, typer.Argument(help="OLIDS table that gets rows.")],
    source: Annotated[str, typer.Argument(help="The supplier's table whose rows they are.")],
    as_json: _JSON = False,
) -> None:
    """Write the first select of an OLIDS table: every column, typed, all but the keys null.

    Exit code 0: written; 4: no such folder or table, or the select is there already.
    """
    with faults_told(as_json=as_json):
        found = load_supplier(folder_of(supplier))
        written = write_select(found, table, source)
    names = [path.relative_to(found.folder).as_posix() for path in written]
    feed = f"{{table: {table}, source: {source}}}"
    if as_json:
        answer({"files": names, "feed": feed})
        return
    typer.echo("\n".join([f"wrote in {found.folder}", *(f"  {name}" for name in names)]))
    typer.echo(f"next: add `- {feed}` below canonical in defs.yaml; lds supplier check {supplier}")


@app.command()
def check(supplier: _WHICH, as_json: _JSON = False) -> None:
    """Check a supplier folder against the contract, one line a rule.

    Exit code 0: every rule is kept; 1: a rule is broken; 4: there is no such folder.
    """
    with faults_told(as_json=as_json):
        verdicts = check_folder(folder_of(supplier))
    if as_json:
        answer(_document(verdicts))
    else:
        _tell(verdicts)
    broken = [each for each in verdicts if not each.passed]
    raise typer.Exit(Exit.ERROR if broken else Exit.OK)


@app.command()
def docs(
    supplier: _WHICH,
    out: Annotated[
        Path | None, typer.Option(help="File to write; default: standard output.")
    ] = None,
    as_json: _JSON = False,
) -> None:
    """Write a supplier's page: its files, their columns, and what becomes of each.

    Exit code 0: written; 4: there is no such folder, or its mapping cannot be read.
    """
    with faults_told(as_json=as_json):
        found = load_supplier(folder_of(supplier))
        is_own = found.folder.parent == SUPPLIERS
        page = supplier_page(found, "make schema" if is_own else f"lds supplier docs {supplier}")
        if out is not None:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(page, encoding="utf-8")
    if as_json:
        answer({"supplier": found.code, "file": str(out) if out else "", "page": page})
    else:
        typer.echo(f"wrote {out}" if out else page, nl=out is not None)


def folder_of(supplier: str) -> Path:
    """Return a supplier's folder by path, or by code among the platform's and further ones.

    Raises:
        Refused: there is none.
    """
    further = Settings().suppliers
    roots = [SUPPLIERS] if further is None else [SUPPLIERS, further]
    # the register has the code in capitals
    names = dict.fromkeys((supplier, supplier.lower()))
    for folder in [*(root / name for root in roots for name in names), Path(supplier)]:
        if (folder / "defs.yaml").is_file():
            return folder.absolute()
    raise Refused(
        f"no supplier folder {supplier}",
        where=", ".join(str(root) for root in roots),
        done="nothing checked",
        to_do="name a code or a path that holds defs.yaml; `lds supplier new` writes one",
    )


def _document(verdicts: list[Verdict]) -> dict[str, object]:
    return {
        "passed": all(each.passed for each in verdicts),
        "rules": [
            {
                "rule": each.rule,
                "meaning": each.meaning,
                "passed": each.passed,
                "findings": [
                    {"what": one.what, "where": one.where, "to_do": one.to_do}
                    for one in each.findings
                ],
            }
            for each in verdicts
        ],
    }


def _tell(verdicts: list[Verdict]) -> None:
    for each in verdicts:
        typer.echo(f"{'passed' if each.passed else 'FAILED'}  {each.rule}: {each.meaning}")
        for (where, to_do), alike in groupby(each.findings, lambda one: (one.where, one.to_do)):
            typer.echo("\n".join(f"        {one.what}" for one in alike))
            typer.echo(f"          where: {where}\n          to do: {to_do}")
    broken = sum(not each.passed for each in verdicts)
    kept = len(verdicts) - broken
    typer.echo(f"{kept} rules kept, {broken} broken")
