"""A platform with an invented feed, two practices that may land, and three deliveries loaded.

A full extract of 10 June, deltas of 11 and 12 June 2025. Practice ONE is what tests disturb.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy import insert

from lds_assets.canonical.tables import FED_TABLES, canonical_table
from lds_assets.gate.chain import gov_event
from lds_assets.ingest import IngestReport, ingest
from lds_assets.lake.session import session
from lds_assets.landing.reopen import unfinished_sequences
from lds_assets.platform import Platform
from lds_assets.release.record import Release, current, write
from lds_assets.release.relations import current_versions
from lds_assets.resources import Settings
from tests.invented import Extract, invented_supplier
from tests.unit.gate.world import CONSENT, DAY, World

ONE, TWO = "E83003", "G83001"
CODE = "invented"
#: Of no row's content: which load wrote it, and when.
_OF_THE_LOAD = ("lds_load_sequence", "lds_source_sequence", "lds_transform_datetime")

Rows = Mapping[str, Sequence[Sequence[str]]]


def open_gate() -> World:
    """Return the gate's world with the invented supplier, both practices consenting to it."""
    names = {
        "EMIS": "INVENTED",
        "IM1-BULK-EMIS": "INVENTED-BULK",
        "LDS-PRIMARY-CARE": "INVENTED-GP",
    }
    rows = {
        file: [{key: names.get(value, value) for key, value in row.items()} for row in of_file]
        for file, of_file in World().rows.items()
    }
    second = {key: names.get(value, value) for key, value in CONSENT.items()}
    world = World(rows).add(
        "practice_consent.csv", **second | {"practice_code": TWO, "consent_id": "C-2"}
    )
    for party in [each for each in rows["agreement_party.csv"] if each["org_code"] == ONE]:
        world = world.add("agreement_party.csv", **party | {"org_code": TWO})
    return world


def person(key: str, practice: str = ONE, surname: str = "Invented", gone: str = "") -> list[str]:
    """Return a row of Person."""
    return [key, practice, surname, "", "1980-01-01", gone]


def entry(key: str, value: str, practice: str = ONE, of: str = "P1", gone: str = "") -> list[str]:
    """Return a row of Entry of 9 June."""
    return [key, of, practice, value, "2025-06-09", gone]


FULL: Rows = {
    "Person": [person("P1"), person("P2"), person("P1", TWO)],
    "Entry": [entry("E1", "1"), entry("E2", "2"), entry("E3", "3", of="P2"), entry("E1", "9", TWO)],
}
DELTAS: dict[int, Rows] = {
    11: {"Person": [], "Entry": [entry("E2", "20"), entry("E4", "4"), entry("E2", "8", TWO)]},
    12: {"Person": [person("P2", gone="true")], "Entry": [entry("E1", "10")]},
}


class Road:
    """One home and the way its deliveries go."""

    def __init__(self, home: Path, world: World | None = None) -> None:
        self.home = home
        self.settings = Settings(
            home=home, today=DAY, suppliers=home / "code", threads=1, memory_limit="1GB"
        )
        if world is not None:
            invented_supplier(home / "code" / CODE)
            with self.platform.engine.begin() as connection:
                rows = [asdict(event) for event in world.events()]
                connection.execute(insert(gov_event), rows)

    @property
    def platform(self) -> Platform:
        """The platform, opened anew."""
        return Platform.open(self.settings)

    def folder(self, day: int) -> Path:
        """Return where the delivery of a day lies."""
        return self.home / f"landing/{CODE}/g/202506{day}000500"

    def send(self, day: int, rows: Rows, *, full: bool = False) -> None:
        """Put a delivery into landing, over what lies there."""
        Extract(datetime(2025, 6, day, 0, 5), full, rows).write(self.folder(day))

    def load(self, *practices: str) -> IngestReport:
        """Look at landing and load what is there, of all practices or some."""
        platform = self.platform
        platform.notice(CODE)
        return ingest(platform, CODE, list(practices or (ONE, TWO)), run_id="test")

    def delivery(self, day: int) -> str:
        """Return the id of the delivery of a day."""
        (found,) = [
            each.delivery_id
            for each in self.platform.ledger.deliveries(CODE)
            if each.folder.endswith(f"202506{day}000500") and "#" not in each.delivery_id
        ]
        return found

    def states(self) -> list[str]:
        """Return state and reason of every delivery, in order."""
        known = self.platform.ledger.deliveries(CODE)
        return [f"{each.state} {each.reason}".strip() for each in known]

    def release(self) -> None:
        """Put what is loaded into a release, without its checks."""
        platform = self.platform
        tables = {}
        for name in FED_TABLES:
            canonical_table(self.settings, name).create()
            tables[name] = canonical_table(self.settings, name).version()
        former = current(self.settings)
        number = 1 if former is None else former.number + 1
        unfinished = unfinished_sequences(platform.engine)
        told = Release(
            f"r{number}", number, datetime(2025, 6, 16), "", DAY, "", (ONE, TWO), tables, unfinished
        )
        with session(self.settings) as connection:
            write(self.settings, connection, told)

    def rows(self, practice: str, *, released: bool = False) -> dict[str, list[tuple[object, ...]]]:
        """Return a practice's current rows, loaded or released, but for which load wrote them."""
        release = current(self.settings) if released else None
        unfinished = unfinished_sequences(self.platform.engine)
        found = {}
        left = ", ".join(f"'{name}'" for name in _OF_THE_LOAD)
        with session(self.settings) as connection:
            for table in ("patient", "observation"):
                version = canonical_table(self.settings, table).version()
                without: frozenset[int] = unfinished
                if release is not None:
                    version, without = release.tables[table], release.unfinished
                rows = current_versions(self.settings, table, version, [practice], without)
                found[table] = connection.execute(
                    f"select columns(c -> c not in ({left})) from ({rows}) where "
                    f"publisher_organisation_code = '{practice}' order by all"
                ).fetchall()
        return found

    def values(self, practice: str = ONE) -> list[int]:
        """Return the values of a practice's observations that are not deleted, in order."""
        platform = self.platform
        version = canonical_table(self.settings, "observation").version()
        rows = current_versions(
            self.settings, "observation", version, [practice], unfinished_sequences(platform.engine)
        )
        with session(self.settings) as connection:
            found = connection.execute(
                f"select cast(result_value as integer) from ({rows}) where not lds_is_deleted "
                f"and publisher_organisation_code = '{practice}' order by 1"
            ).fetchall()
        return [int(value) for (value,) in found]

    def mend(self, file: str, old: str, new: str) -> None:
        """Change one of the supplier's selects."""
        path = self.home / "code" / CODE / "canonical" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def files(self) -> set[str]:
        """Return the name of every file of the lake and of scratch space."""
        return {
            str(path.relative_to(self.home))
            for top in ("lake", "work")
            for path in (self.home / top).rglob("*")
            if path.is_file()
        }


def loaded(home: Path) -> Road:
    """Return a home in which all three deliveries are loaded and released."""
    road = Road(home, open_gate())
    road.send(10, FULL, full=True)
    for day, rows in DELTAS.items():
        road.send(day, rows)
    report = road.load()
    assert report.held == {}
    road.release()
    return road


def copied(road: Road, home: Path) -> Road:
    """Return a copy of a home, to be disturbed."""
    shutil.copytree(road.home, home, symlinks=True, dirs_exist_ok=True)
    return Road(home)
