"""One stage of the road on one EMIS delivery, done by us or by hand; a child of ``ratios``."""

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from functools import cached_property
from pathlib import Path

import duckdb

from benchmarks.measure import measured
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch
from lds_assets.canonical.standardise import CanonicalLoad, Standardiser
from lds_assets.canonical.tables import canonical_table
from lds_assets.guards.supplier_side import branches_of
from lds_assets.ingest import ingest
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.session import session
from lds_assets.landing.content import read_content
from lds_assets.landing.prepare import opened
from lds_assets.landing.states import Delivery
from lds_assets.marts.build import build
from lds_assets.marts.manifest import PROJECT
from lds_assets.platform import Platform
from lds_assets.raw.directory import publisher_directory
from lds_assets.raw.load import LoadContext, load_all, tally
from lds_assets.raw.met import shared_look_ups
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile, renamed_values
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.release.attach import attach
from lds_assets.release.publish import publish
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.resources import Settings

#: The model that reads every observation, and one of a single row: what dbt itself takes.
MART, ONE_ROW = "int_observation__clustered", "int_release__dated"
CODE, FILE, TABLE = "emis", "CareRecord_Observation", "observation"
READ = ("CareRecord_Observation", "CareRecord_Problem", "Coding_ClinicalCode")
ZSTD = "(format parquet, compression zstd, compression_level 3)"


def make() -> None:
    """Take what lies in landing to a release, without marts."""
    platform = Platform.open(Settings())
    platform.prepare()
    for code in platform.suppliers:
        platform.notice(code)
        ingest(platform, code, platform.admitted(code), run_id="benchmark")
    publish(platform, run_id="benchmark")


def make_mart(settings: Settings) -> None:
    """Build all that the measured model reads, once: its measurements replace the model alone."""
    platform = Platform.open(settings)
    release = current(settings)
    assert release is not None
    attach(platform, release, mart_database(settings))
    _dbt(settings, f"+{MART}", f"+{ONE_ROW}")


def mart_database(settings: Settings) -> Path:
    """Return the working database of the measured model."""
    return settings.home / "mart" / "marts_build.duckdb"


def _dbt(settings: Settings, *selected: str) -> None:
    only_models = ("--resource-type", "model", "--resource-type", "seed")
    target = settings.home / "mart" / "dbt"
    build(mart_database(settings), PROJECT, target, ("--select", *selected, *only_models))


class World:
    """The largest EMIS delivery of a lake, and a place to write it again."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.platform = Platform.open(self.settings)
        self.supplier = self.platform.suppliers[CODE]
        self.scratch = Settings(home=self.settings.home / "again")

    @cached_property
    def delivery(self) -> Delivery:
        """The delivery that is taken."""
        return max(self.platform.ledger.deliveries(CODE), key=lambda each: each.size_bytes)

    @cached_property
    def extracted_at(self) -> datetime:
        """Its extract time, UTC."""
        assert self.delivery.extracted_at is not None
        return self.delivery.extracted_at

    @contextmanager
    def file(self) -> Iterator[SourceFile]:
        """Open its observation file."""
        with opened(self.delivery, self.supplier, self.settings, self.platform.ledger) as prepared:
            found = next(each for each in prepared if each.table == FILE)
            yield SourceFile(found.path, FILE, found.header, found.is_full, self.supplier)

    def files(self, table: str) -> list[ActiveFile]:
        """Return its files of a raw table, shared rows of any delivery included."""
        lake = raw_table(self.settings, self.supplier, table)
        found = lake.files(sequence=self.delivery.load_sequence)
        return found + [each for each in lake.files(publishers=[SHARED]) if each not in found]

    def publishers(self) -> list[str]:
        """Return the practices that have observations in it."""
        lake = raw_table(self.settings, self.supplier, FILE)
        return sorted({f.publisher for f in lake.files(sequence=self.delivery.load_sequence)})


def landing_ours(world: World) -> None:
    """Prove the file."""
    with world.file() as file:
        read_content(file.path, False, world.supplier.definition.format, None)


def landing_hand(world: World) -> None:
    """Hash the file."""
    with world.file() as file, file.path.open("rb") as handle:
        hashlib.file_digest(handle, "sha256")


def raw_ours(world: World) -> None:
    """Tally the file and write its admitted rows, apart those that find their codes."""
    for name, _ in shared_look_ups(world.supplier, FILE):
        known = raw_table(world.scratch, world.supplier, name).path
        known.parent.mkdir(parents=True, exist_ok=True)
        known.symlink_to(raw_table(world.settings, world.supplier, name).path)
    with world.file() as file, session(world.scratch) as connection:
        register(connection, world.supplier.definition.dataset)
        branches = branches_of(world.platform.register)
        identity = world.delivery.delivery_id
        directory = publisher_directory(
            world.platform.engine, connection, world.supplier, None, identity, {}, branches
        )
        ownership = Ownership(
            world.scratch, connection, {FILE: file}, directory.codes, branches=branches
        )
        counted = tally(connection, ownership, file)
        kept = {*world.publishers()}
        verdicts = {owner: None if owner in kept else "C_NONE" for owner in counted.owners()}
        context = LoadContext(
            world.scratch, connection, "benchmark", 1, world.extracted_at, verdicts
        )
        load_all(context, ownership, {FILE: file}, {FILE: counted})


def raw_hand(world: World) -> None:
    """Write the file's rows, typed."""
    with world.file() as file, _engine(world) as connection:
        names = ", ".join(f"'{name}': 'varchar'" for name in file.read_names)
        values = ", ".join(f'{value} as "{name}"' for name, value in renamed_values(file).items())
        connection.execute(
            f"copy (select {values} from read_csv('{file.path}', auto_detect = false, "
            f"header = true, delim = ',', quote = '\"', escape = '\"', columns = {{{names}}})) "
            f"to '{_target(world)}' {ZSTD}"
        )


def canonical_ours(world: World) -> None:
    """Standardise the delivery's observations."""
    raw = world.scratch.lake / f"raw_{CODE}"
    raw.parent.mkdir(parents=True, exist_ok=True)
    raw.symlink_to(world.settings.lake / f"raw_{CODE}")
    sequence = world.delivery.load_sequence
    assert sequence is not None
    with session(world.scratch) as connection:
        publishers = sorted({*world.publishers(), SHARED})
        batch = Batch(world.scratch, connection, world.supplier, sequence, publishers)
        standardiser = Standardiser(batch, world.extracted_at, world.extracted_at)
        feeds = [f for f in world.supplier.definition.canonical if f.table == TABLE]
        standardiser._table(TABLE, feeds, CanonicalLoad())


def canonical_hand(world: World) -> None:
    """Run the supplier's select over the delivery's Parquet files."""
    with _engine(world) as connection:
        definition = world.supplier.definition
        register(connection, definition.dataset, world.supplier.macros)
        connection.execute("create schema raw")
        for table in READ:
            lake = raw_table(world.settings, world.supplier, table)
            lake.view(connection, f"raw.{lake.path.name}", world.files(table))
        feed = next(each for each in definition.canonical if each.table == TABLE)
        text = world.supplier.select(feed.file).rstrip().rstrip(";")
        connection.execute(f"copy ({text}) to '{_target(world)}' {ZSTD}")


def release_ours(world: World) -> None:
    """Read the released observations."""
    release = current(world.settings)
    assert release is not None
    with session(world.settings) as connection:
        open_release(world.settings, connection, release)
        _read(connection, f"select * from release.{TABLE}")


def release_hand(world: World) -> None:
    """Read every stored observation, with its patient's birth date, as if all were current."""
    patient = canonical_table(world.settings, "patient")
    table = canonical_table(world.settings, TABLE)
    with _engine(world) as connection:
        _read(
            connection,
            f"select version.*, birth_date from ({table.select(table.files())}) as version left "
            f"join (select id as patient_id, birth_date from ({patient.select(patient.files())})) "
            "using (patient_id)",
        )


def mart_ours(world: World) -> None:
    """Build the model with dbt, its tests left out."""
    _dbt(world.settings, MART)


def mart_start(world: World) -> None:
    """Build a model of one row with dbt."""
    _dbt(world.settings, ONE_ROW)


def mart_hand(world: World) -> None:
    """Run the model's compiled statement, with the engine set as dbt sets it."""
    database = mart_database(world.settings)
    statement = next((database.parent / "dbt/compiled").rglob(f"{MART}.sql")).read_text()
    with duckdb.connect(str(database), config={"temp_directory": f"{database}.tmp"}) as connection:
        for setting in ("threads = 2", "memory_limit = '2GB'", "preserve_insertion_order = false"):
            connection.execute(f"set {setting}")
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"create or replace table by_hand as {statement}")


def _read(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    connection.execute(f"select sum(hash(each)) from ({rows}) as each").fetchall()


@contextmanager
def _engine(world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {world.settings.threads}")
        connection.execute(f"set memory_limit = '{world.settings.memory_limit}'")
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def _target(world: World) -> Path:
    world.scratch.home.mkdir(parents=True, exist_ok=True)
    return world.scratch.home / "by_hand.parquet"


WAYS: dict[tuple[str, str], Callable[[World], None]] = {
    ("landing", "ours"): landing_ours,
    ("landing", "hand"): landing_hand,
    ("raw", "ours"): raw_ours,
    ("raw", "hand"): raw_hand,
    ("canonical", "ours"): canonical_ours,
    ("canonical", "hand"): canonical_hand,
    ("release", "ours"): release_ours,
    ("release", "hand"): release_hand,
    ("mart", "ours"): mart_ours,
    ("mart", "hand"): mart_hand,
    ("mart", "start"): mart_start,
}


def main() -> None:
    """Do what the command line names and print what it took."""
    if sys.argv[1] == "make":
        make()
        return
    if sys.argv[1] == "make_mart":
        make_mart(Settings())
        return
    world = World()
    _ = world.delivery
    shutil.rmtree(world.scratch.home, ignore_errors=True)
    with measured() as cost:
        WAYS[sys.argv[1], sys.argv[2]](world)
    shutil.rmtree(world.scratch.home, ignore_errors=True)
    print(json.dumps(asdict(cost)))


if __name__ == "__main__":
    main()
