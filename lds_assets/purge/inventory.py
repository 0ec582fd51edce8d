"""Everything that is held of a practice, place by place, counted.

Counted before the approval, so that two persons know what they decide on, and again after it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine, String, func, or_, select

from lds_assets.database import metadata
from lds_assets.gate.purge import Layer, Mode, Purge
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.erase import held
from lds_assets.lake.erase_part import counted
from lds_assets.lake.session import session, without_values
from lds_assets.landing.prepare import PREPARED
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.feed import Fate
from lds_assets.purge.landing import holdings, of_strangers
from lds_assets.purge.landing_erase import ASIDE
from lds_assets.purge.layers import Work, tables_of
from lds_assets.purge.scan import Scan, scan
from lds_assets.release.exported import exports
from lds_assets.release.record import current, release_table

#: Why rows that name the practice stay, by the place they lie in. Nothing else may stay.
LAWFUL = {
    "database": "Evidence: decisions, states and counts of rows, without any value of a patient. "
    "Kept to show what was done and to recognise the data if they come again.",
    "governance": "The register's own files: consents, agreements, notices and signed forms.",
    "orchestrator": "Records of runs: names and counts of rows, without any value of a patient.",
    "purges": "The purge's own inventory, proof, certificate and name.",
    "reference": "Public organisation lists, and other practices' records that name it as an "
    "organisation: another controller's data.",
    "keys": "The key ring that opens suppliers' files: keys, without any record.",
    "unopened_forms": "Signed forms of the register that are no text: images and documents, which "
    "the scan names one by one and cannot open.",
    "register_marts": "Marts that list every practice of the register, with or without data.",
}


#: Marts with a row of practices that no release shows; every other mart rests on a practice's data.
REGISTER_MARTS = frozenset(
    {
        "mart_onboarding",
        "mart_practice",
        "mart_practice_coverage",
        "mart_practice_relationship",
        "mart_practice_verdict",
        "mart_practice_verdict_link",
    }
)
#: Those of files that could not be looked into.
UNOPENED = frozenset({"keys", "unopened_forms"})

#: Ends the layer's name of what stays there: sent before the day from which a purge erases.
KEPT = "_kept"


@dataclass(frozen=True)
class Place:
    """One file, table or record that holds something of the practice.

    Attributes:
        layer: a layer of the purge, or the name of a lawful exception.
        rows: the practice's rows; 0 where a file holds none itself or cannot be counted.
        files: files of the practice, those of versions no longer current included.
    """

    layer: str
    place: str
    rows: int
    files: int = 0
    size_bytes: int = 0
    fate: str = "erase"


def inventory(work: Work) -> list[Place]:
    """Return every place that holds rows of the practice, in the order of the road."""
    return [
        *_landing(work),
        *_lake(work),
        *_releases(work),
        *_marts(work),
        *_exports(work),
        *_elsewhere(work),
        *_database(work.platform.engine, work.purge.practice_code),
        *_orchestrator(work),
    ]


def document(work: Work, places: Iterable[Place]) -> bytes:
    """Return an inventory as the file the approvers read; its hash is what they approve."""
    listed = list(places)
    purge = work.purge
    told = {
        "purge_id": purge.purge_id,
        "practice_code": purge.practice_code,
        "mode": purge.mode,
        "cut_off": purge.cut_off,
        "layers_to_empty": list(purge.layers),
        "rows": totals(listed),
        "places": [asdict(each) for each in listed],
        "kept_with_reason": LAWFUL | _retained(purge),
    }
    return (json.dumps(told, indent=1) + "\n").encode()


def totals(places: Iterable[Place]) -> dict[str, int]:
    """Return rows by layer."""
    found: dict[str, int] = {}
    for each in places:
        found[each.layer] = found.get(each.layer, 0) + each.rows
    return found


def _retained(purge: Purge) -> dict[str, str]:
    if purge.mode == Mode.ERASE_FROM_DATE:
        told = (
            f"Kept on the practice's own instruction ERASE_FROM_DATE: sent before {purge.cut_off}, "
            "as it was sent; out of use. Nothing is worked out from it."
        )
        return {str(Layer.LANDING): told, str(Layer.RAW): told}
    if purge.mode != Mode.STOP_ONLY:
        return {}
    told = "Kept on the practice's own instruction STOP_ONLY: out of use, not erased."
    kept = (Layer.LANDING, Layer.RAW, Layer.QUARANTINE, Layer.CANONICAL)
    return {str(layer): told for layer in kept}


def _landing(work: Work) -> Iterator[Place]:
    settings, suppliers = work.platform.settings, work.platform.suppliers
    found = [each for feed in work.feeds() for each in holdings(feed)]
    found += of_strangers(settings, suppliers, work.landed_names)
    for each in found:
        if each.fate is not Fate.KEEP:
            yield Place(Layer.LANDING, each.path, each.rows, 1, each.size_bytes, each.fate)
        if each.kept_rows:
            yield Place(
                f"{Layer.LANDING}{KEPT}", each.path, each.kept_rows, 1, each.size_bytes, "keep"
            )


def _lake(work: Work) -> Iterator[Place]:
    lake, code = work.platform.settings.lake, work.purge.practice_code
    for layer in (Layer.RAW, Layer.QUARANTINE, Layer.CANONICAL):
        for table in tables_of(lake, layer):
            files = [path for path in (table / f"{PARTITION}={code}").glob("*") if path.is_file()]
            if not files:
                continue
            name = table.relative_to(lake).as_posix()
            rows, size = _rows(work, table), sum(path.stat().st_size for path in files)
            if rows.going or not rows.kept:
                yield Place(layer, name, rows.going, len(files), size)
            if rows.kept:
                yield Place(f"{layer}{KEPT}", name, rows.kept, len(files), size, "keep")


class _Rows(NamedTuple):
    going: int
    kept: int


def _rows(work: Work, table: Path) -> _Rows:
    """Count the practice's rows of a table's newest version that go, and those that stay."""
    files = held(table, work.purge.practice_code)
    every, goes = sum(each.rows for each in files), work.goes(table)
    if goes is None:
        return _Rows(every, 0)
    settings = work.platform.settings
    with session(settings) as connection, without_values("rows could not be counted", table.name):
        going = sum(counted(connection, files, goes).values())
    return _Rows(going, every - going)


def _releases(work: Work) -> Iterator[Place]:
    settings, code = work.platform.settings, work.purge.practice_code
    in_force = current(settings)
    if in_force is None:
        return
    table = release_table(settings)
    with session(settings) as connection:
        found = connection.execute(
            f"select release_id from ({table.select(table.files())}) "
            "where contains(publishers, ?) group by 1 order by 1",
            [f'"{code}"'],
        ).fetchall()
    for (name,) in found:
        is_now = name == in_force.release_id
        yield Place(Layer.RELEASE if is_now else Layer.OLD_RELEASES, str(name), 1)


def _marts(work: Work) -> Iterator[Place]:
    found = _told(work, [work.platform.settings.marts])
    for each in found.findings:
        if each.what == "publisher":
            table = each.place.rpartition(".")[0] or Path(each.path).stem
            layer = "register_marts" if is_of_register(table) else str(Layer.MARTS)
            yield Place(layer, f"{each.path} {each.place}", each.count, 1)


def is_of_register(table: str) -> bool:
    """Say whether a mart lists the practices of the register, with or without data."""
    return table in REGISTER_MARTS


def _exports(work: Work) -> Iterator[Place]:
    for each in exports(work.platform.settings, work.platform.engine, work.purge.practice_code):
        there = each.is_there
        size = each.path.stat().st_size if there else 0
        fate = "erase" if there else "not where it was written: its holder has to confirm"
        yield Place(Layer.EXPORTS, str(each.path), 1, int(there), size, fate)


def _database(engine: Engine, code: str) -> Iterator[Place]:
    """Yield the tables of the platform database that name the practice: evidence."""
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            texts = [each for each in table.columns if isinstance(each.type, String)]
            told = or_(*(each.contains(code, autoescape=True) for each in texts))
            rows = connection.execute(select(func.count()).select_from(table).where(told)).scalar()
            if rows:
                yield Place("database", table.name, int(rows), fate="kept")


def _orchestrator(work: Work) -> Iterator[Place]:
    for each in _told(work, [work.platform.settings.home / "dagster"]).findings:
        yield Place("orchestrator", f"{each.path} {each.place}", each.count, 1, fate="kept")


#: What of ``LDS_HOME`` has a layer of its own, or is evidence.
_COUNTED = frozenset({"landing", "lake", "marts", "governance", "evidence", "dagster", "purges"})


def _elsewhere(work: Work) -> Iterator[Place]:
    """Yield scratch and caches that tell of the practice, and files that no layer knows.

    Counted by finding: rows, lines or names.
    """
    settings = work.platform.settings
    caches = [settings.landing / PREPARED, settings.landing / ASIDE]
    others = [
        path
        for path in sorted(settings.home.absolute().iterdir())
        if path.name not in _COUNTED
        and not path.name.startswith("platform.db")
        and path != settings.gnupg_home
    ]
    known = {each.path for each in exports(settings, work.platform.engine, work.names.code)}
    for each in _told(work, [*caches, *others]).findings:
        path = settings.home.absolute() / each.path
        if path in known:
            continue
        is_scratch = any(path.is_relative_to(place) for place in (settings.work, *caches))
        layer = str(Layer.REMAINS) if is_scratch else "elsewhere"
        fate = "erase" if is_scratch else "no layer knows it: delete it, or the proof finds it"
        yield Place(
            layer, f"{each.path} {each.what} {each.place}".strip(), each.count, 1, fate=fate
        )


def _told(work: Work, roots: Iterable[Path]) -> Scan:
    nothing = Canaries.of("", ())
    platform = work.platform
    return scan(platform.settings, work.names, nothing, platform.suppliers.values(), roots)
