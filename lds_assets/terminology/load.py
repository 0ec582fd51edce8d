"""Load a terminology package into the library: whole or not at all, never an older over a newer."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import duckdb

from lds_assets.lake.session import session, without_values
from lds_assets.release.record import current
from lds_assets.resources import Settings
from lds_assets.terminology import code_list, dmd, read_map, rf2
from lds_assets.terminology.library import SNOMED, Edition, editions, in_force, next_load, store
from lds_assets.terminology.package import FileKind, Package, open_package, refusal, undated

#: What may be loaded -> the files it is made of.
KINDS: Mapping[str, Mapping[str, FileKind]] = {
    "snomed": rf2.FILES,
    "dmd": dmd.FILES,
    "read_map": read_map.FILES,
    "code_list": code_list.FILES,
}


@dataclass(frozen=True)
class Request:
    """What to load.

    Attributes:
        kind: a key of ``KINDS``.
        edition: name the release goes by; a later release of the name takes its place. Blank
            means the kind, for a code list the name of its file without its date.
        effective: date of the release; None means the newest date in the names of its files.
        system: code system of a code list, with the names of its columns when unusual.
    """

    kind: str
    path: Path
    edition: str = ""
    effective: date | None = None
    system: str = SNOMED
    code_column: str = ""
    term_column: str = ""

    @property
    def name(self) -> str:
        """Return the edition's name."""
        return self.edition or (undated(self.path.name) if self.kind == "code_list" else self.kind)


@dataclass(frozen=True)
class LoadReport:
    """The edition in force after a load; ``is_new`` when this load put it there."""

    edition: Edition
    is_new: bool


def load(settings: Settings, request: Request, now: datetime | None = None) -> LoadReport:
    """Load a package; nothing happens when the edition in force has the same content.

    The caller holds the lake for writing.

    Args:
        now: UTC; None means the clock.

    Raises:
        Refused: the package lacks a file or a column, has no date, or is older than the edition
            in force.
        Held: the engine could not read a file.
    """
    if request.kind not in KINDS:
        raise refusal("no such kind of terminology", request.kind, f"one of {', '.join(KINDS)}")
    scratch = settings.work / f"terminology-{uuid4().hex}"
    try:
        package = open_package(request.path, KINDS[request.kind], scratch)
        loads = editions(settings)
        former = _former(request, loads)
        if former is not None and former.content_hash == package.content_hash:
            return LoadReport(former, is_new=False)
        effective = _effective(request, package, former)
        moment = (now or datetime.now(UTC).replace(tzinfo=None)).replace(microsecond=0)
        wanted = Edition(
            load=next_load(settings),
            kind=request.kind,
            edition=request.name,
            effective_date=effective,
            content_hash=package.content_hash,
            loaded_at=moment,
            concept_count=0,
            map_count=0,
        )
        return LoadReport(_store(settings, request, package, wanted, loads, scratch), is_new=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _former(request: Request, loads: list[Edition]) -> Edition | None:
    """Return the edition in force that the request would take the place of."""
    name = (request.kind, request.name)
    return next((each for each in in_force(loads) if (each.kind, each.edition) == name), None)


def _effective(request: Request, package: Package, former: Edition | None) -> date:
    """Return the date of the release; refuse one without, or older than the edition in force."""
    effective = request.effective or package.dated
    if effective is None:
        raise refusal(
            "the package does not say its date", request.path.name, "give it: --effective DATE"
        )
    if former is not None and effective < former.effective_date:
        raise refusal(
            f"{request.name} of {former.effective_date:%Y-%m-%d} is in force, this one is of "
            f"{effective:%Y-%m-%d}",
            request.path.name,
            "an older release never takes the place of a newer one; load it under another "
            "--edition when both are wanted",
        )
    return effective


def _store(
    settings: Settings,
    request: Request,
    package: Package,
    wanted: Edition,
    loads: list[Edition],
    scratch: Path,
) -> Edition:
    release = current(settings)
    kept = in_force(loads)
    if release is not None:
        kept += in_force(loads, release.created_at)
    with (
        session(settings) as connection,
        without_values("the package could not be read", request.path.name),
    ):
        _read(connection, settings, request, package, scratch)
        _refuse_empty(connection, request)
        return store(settings, connection, wanted, kept)


def _read(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    request: Request,
    package: Package,
    scratch: Path,
) -> None:
    if request.kind == "snomed":
        rf2.read(connection, package, settings.seeds)
    elif request.kind == "dmd":
        dmd.read(connection, package, scratch)
    elif request.kind == "read_map":
        if not any(package.files.values()):
            raise refusal(
                "the package has no map table",
                f"{request.path.name}, a name like rcsctmap2_uk_ or ctv3sctmap2_uk_",
                "take the Data Migration pack; the tables are in its folder Clinically Assured",
            )
        read_map.read(connection, package)
    else:
        columns = (request.code_column, request.term_column)
        code_list.read(connection, package, request.system, *columns)


def _refuse_empty(connection: duckdb.DuckDBPyConnection, request: Request) -> None:
    row = connection.execute(
        "select (select count(*) from loaded_concept) + (select count(*) from loaded_map)"
    ).fetchone()
    if not row or not row[0]:
        raise refusal(
            "the package holds no code", request.path.name, "take it from its publisher again"
        )
