"""Three TPP practices in two configurations, walked with and without a fault.

The first configuration holds the practice a fault of rows touches and a second one; the other
configuration must never notice. What every fault shares (the register, the deliveries before the
newest) is loaded once a session and copied.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar

from typer.testing import CliRunner

from lds_assets.canonical.identity import record_id
from lds_assets.cli import app
from lds_assets.errors import RoadError
from lds_assets.ingest import IngestReport, ingest
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import session
from lds_assets.landing.states import Delivery, DeliveryFile
from lds_assets.platform import Platform
from lds_assets.raw.tables import quarantine_table, raw_table
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.synthetic.faults.registry import spoil_files
from lds_assets.synthetic.faults.scenario import Written
from lds_assets.synthetic.faults.tpp_rows import UNUSUAL_TEXT
from tests.faults.listed import told_aside
from tests.faults.run import platform_text
from tests.faults.tpp_deliveries import make_deliveries
from tests.prepared import Prepared
from tests.road import RUN_COLUMN, TODAY, settings_of

FIRST, SECOND, OTHER = "F86013", "F86082", "E85032"
GROUP, OTHER_GROUP = "lds01", "lds02"
#: ids of the first configuration's deliveries
BULK, BEFORE, LAST = (
    f"tpp/{GROUP}/{stamp}" for stamp in ("20261118T020700", "20261119T032000", "20261120T043300")
)
OTHERS = tuple(f"tpp/{OTHER_GROUP}/{stamp}" for stamp in ("20261118T031200", "20261119T042500"))

#: differs between two runs of the same deliveries by its meaning
RUN_ONLY = frozenset({RUN_COLUMN, "lds_load_sequence", "lds_source_sequence"})
#: tells where a row came from, not what it says
PROVENANCE = frozenset(
    {"lds_source_record_id", "lds_source_record_id_practitioner", "source_extraction_date"}
)

T = TypeVar("T")
Rows = dict[str, list[dict[str, Any]]]


@dataclass
class Run:
    """A walk of a home, and what can be asked about it.

    Attributes:
        fault: why no release was written, if none was.
    """

    home: Path
    ingest: IngestReport
    release: ReleaseReport | None
    fault: RoadError | None = None
    written: Written = field(default_factory=list)

    @cached_property
    def platform(self) -> Platform:
        """The platform of the home."""
        return Platform.open(settings_of(self.home))

    def delivery(self, identity: str) -> Delivery:
        """Return one delivery as the ledger has it."""
        found = self.platform.ledger.delivery(identity)
        assert found is not None, [each.delivery_id for each in self.platform.ledger.deliveries()]
        return found

    def fate(self, identity: str) -> tuple[str, str, str]:
        """Return state, reason and detail of a delivery."""
        found = self.delivery(identity)
        return str(found.state), found.reason, found.detail

    def states(self) -> dict[str, str]:
        """Return the ledger as delivery -> ``STATE REASON``."""
        return {
            each.delivery_id: f"{each.state} {each.reason}".strip()
            for each in self.platform.ledger.deliveries()
        }

    def file(self, identity: str, table: str) -> DeliveryFile:
        """Return one file of a delivery as the ledger has it."""
        return next(
            each for each in self.platform.ledger.files(identity) if each.name == f"{table}.csv"
        )

    def counted(self, identity: str, table: str, stage: str = "raw") -> Counter[str]:
        """Return rows by reason of a table of a delivery, over all practices."""
        found: Counter[str] = Counter()
        for (_, name, _), reasons in self.platform.ledger.account(stage, identity).items():
            if name == table:
                found.update(reasons)
        return found

    def quarantined(self, identity: str) -> dict[tuple[str, str, str], int]:
        """Return rows set aside of a delivery, by table, reason and column."""
        settings = self.platform.settings
        table = quarantine_table(settings)
        with session(settings) as connection:
            rows = connection.execute(
                "select table_name, reason, coalesce(column_name, ''), count(*) "
                f"from ({table.select(table.files())}) where lds_delivery_id = ? group by all",
                [identity],
            ).fetchall()
        return {(str(t), str(r), str(c)): int(n) for t, r, c, n in rows}

    @cached_property
    def released(self) -> Rows:
        """Every row of the release in force, by table, in a fixed order."""
        settings = settings_of(self.home)
        release = current(settings)
        assert release is not None
        rows: Rows = {}
        with session(settings) as connection:
            open_release(settings, connection, release)
            tables = connection.execute(
                "select table_name from information_schema.tables where table_schema = 'release'"
            ).fetchall()
            for (table,) in sorted(tables):
                result = connection.execute(f"select * from release.{table} order by all")
                names = [column[0] for column in result.description or []]
                rows[table] = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
        return rows

    def row(self, table: str, entity: str, practice: str, *key: str) -> dict[str, Any] | None:
        """Return the released row with the id made of these parts, None when there is none."""
        wanted = record_id("PrimaryCareTPP", entity, practice, *key)
        found = [row for row in self.released[table] if row["id"] == wanted]
        assert len(found) <= 1
        return found[0] if found else None

    def concept(self, identity: str) -> dict[str, Any]:
        """Return a released concept by its id."""
        return next(row for row in self.released["concept"] if row["concept_id"] == identity)

    def lds(self, *arguments: str) -> str:
        """Return what a command prints; it must end with exit code 0."""
        environment = {"LDS_HOME": str(self.home), "LDS_TODAY": f"{TODAY}", "COLUMNS": "250"}
        result = CliRunner().invoke(app, list(arguments), env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    def to_look_at(self) -> dict[str, str]:
        """Return what ``lds status`` asks people to look at: delivery -> ``STATE REASON``."""
        document = json.loads(self.lds("status", "--json"))
        return {
            each["delivery_id"]: f"{each['state']} {each['reason']}"
            for each in document["to_look_at"]
        }


def set_aside(run: Run) -> Counter[str]:
    """Return rows set aside of all deliveries, told by table, practice, reason and column."""
    settings = run.platform.settings
    table = quarantine_table(settings)
    with session(settings) as connection:
        rows = connection.execute(
            f"select table_name, {PARTITION}, reason, column_name, count(*) "
            f"from ({table.select(table.files())}) group by all"
        ).fetchall()
    return Counter({told_aside(t, p, r, c): int(n) for t, p, r, c, n in rows})


# -- what every fault must leave as it was -------------------------------------------------------


def assert_balanced(run: Run) -> None:
    """Every row of every file is accounted for, and the release passed its checks."""
    assert run.fault is None
    assert run.platform.ledger.balance("raw") == []
    assert run.platform.ledger.balance("canonical") == []
    assert run.release is not None and all(check.passed for check in run.release.checks)


def assert_silent(run: Run) -> None:
    """Neither ledger nor register nor commands tell an NHS number or a typed text."""
    told = run.lds("status") + run.lds("hold", "list")
    told += "".join(run.lds("why", each) for each in (FIRST, SECOND))
    text = told + platform_text(run.home)
    assert LAST in text
    assert not re.search(r"\b999[ -]?\d{3}[ -]?\d{4}\b", text)
    assert UNUSUAL_TEXT not in text and "invented balm" not in text


def assert_same(run: Run, other: Run, *practices: str) -> None:
    """Some practices hold in one run what they hold in another, raw and released."""
    for read in (rows_of, raw_rows):
        rows, usual = read(run, practices), read(other, practices)
        assert any(usual.values()), "nothing to compare"
        assert [table for table in usual if rows[table] != usual[table]] == []


# -- rows of practices ---------------------------------------------------------------------------


def rows_of(
    run: Run,
    practices: Sequence[str],
    without: frozenset[str] = RUN_ONLY,
    keep: Callable[[Mapping[str, Any]], bool] = lambda _: True,
) -> dict[str, list[tuple[Any, ...]]]:
    """Return the released rows that practices publish, by table, in a fixed order."""
    return {
        table: sorted(
            (
                tuple(value for name, value in row.items() if name not in without)
                for row in rows
                if row[PARTITION] in practices and keep(row)
            ),
            key=repr,
        )
        for table, rows in run.released.items()
        if rows and PARTITION in rows[0]
    }


def raw_rows(run: Run, practices: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
    """Return every raw version that practices own, by the supplier's table, in a fixed order."""
    settings, supplier = run.platform.settings, run.platform.suppliers["tpp"]
    left = ", ".join(f"'{name}'" for name in RUN_ONLY)
    found = {}
    with session(settings) as connection:
        for rules in supplier.definition.tables:
            table = raw_table(settings, supplier, rules.name)
            rows = connection.execute(
                f"select columns(c -> c not in ({left})) from "
                f"({table.select(table.files(publishers=sorted(practices)))}) order by all"
            ).fetchall()
            found[rules.name] = rows
    return found


def raw_keys(run: Run, table: str, practice: str) -> set[str]:
    """Return the keys of every raw version of a practice in one of the supplier's tables."""
    supplier = run.platform.suppliers["tpp"]
    lake = raw_table(run.platform.settings, supplier, table)
    held = lake.select(lake.files(publishers=[practice]))
    with session(run.platform.settings) as connection:
        rows = connection.execute(f"select distinct lds_source_key from ({held})").fetchall()
    return {str(key) for (key,) in rows}


def live(run: Run, *practices: str) -> dict[str, list[tuple[Any, ...]]]:
    """Return what live released rows of practices say, not where they came from."""
    return rows_of(run, practices, RUN_ONLY | PROVENANCE, is_live)


def is_live(row: Mapping[str, Any]) -> bool:
    """Say whether a released row stands for a record that was not deleted."""
    return not row.get("lds_is_deleted")


def live_ids(run: Run, table: str, practice: str) -> set[str]:
    """Return the ids of a practice's released rows that are not deleted."""
    return {
        str(row["id"]) for row in run.released[table] if row[PARTITION] == practice and is_live(row)
    }


# -- making and walking --------------------------------------------------------------------------


#: Where the processes of the session share what is made; set by ``share``.
_shared: list[Prepared] = []


def share(prepared: Prepared) -> None:
    """Say where runs are made: each once a session."""
    _shared[:] = [prepared]


def _get(name: str, make: Callable[[Path], T]) -> T:
    return _shared[0].get(f"tpp-{name}", make)


def _made() -> tuple[Path, Written]:
    """Return deliveries and register of the run without a fault; they are copied from here."""
    return _get("material", make_deliveries)


def _written(home: Path) -> Written:
    made, written = _made()
    return [(delivery, home / folder.relative_to(made)) for delivery, folder in written]


def walk(home: Path, today: date = TODAY) -> Run:
    """Take whatever TPP left in a home's landing to a release."""
    platform = Platform.open(settings_of(home, today))
    platform.notice("tpp")
    report = ingest(platform, "tpp", platform.admitted("tpp"), run_id="test")
    try:
        return Run(home, report, publish(platform, run_id="test"), None, _written(home))
    except RoadError as fault:
        return Run(home, report, None, fault, _written(home))


@cache
def _stage(loaded: int) -> Run:
    """Return the clean run of so many deliveries of the first group and all of the other."""

    def make(home: Path) -> Run:
        made, written = _made()
        shutil.copytree(made, home, dirs_exist_ok=True)
        for folder in _of_first(written)[loaded:]:
            shutil.rmtree(home / folder.relative_to(made))
        if loaded == 1:
            Platform.open(settings_of(home)).prepare()
        else:
            _take_over(_stage(loaded - 1).home, home)
        return walk(home)

    return _get(f"stage-{loaded}", make)


def before() -> Run:
    """Return the clean run to which the first configuration's newest delivery never came."""
    return _stage(2)


def _of_first(written: Written) -> list[Path]:
    return [folder for delivery, folder in written if delivery.group == GROUP]


def _take_over(former: Path, home: Path) -> None:
    """Copy what a run made into a home with deliveries of its own."""
    for path in former.iterdir():
        if path.name == "landing":
            continue
        if path.is_dir():
            shutil.copytree(path, home / path.name, dirs_exist_ok=True)
        else:
            shutil.copy2(path, home / path.name)


@cache
def clean() -> Run:
    """Return the run without a fault."""
    return run()


@cache
def run(*faults: str) -> Run:
    """Return the run with some faults; each is walked once a session."""

    def make(home: Path) -> Run:
        prepare(home, *faults)
        return walk(home)

    return _get("-".join(("run", *faults)), make)


def prepare(home: Path, *faults: str, at_most: int = 2) -> None:
    """Put spoiled deliveries into a home, on top of what is loaded of those not spoiled.

    Args:
        at_most: deliveries of the first configuration that may be loaded already.
    """
    made, written = _made()
    shutil.copytree(made, home, dirs_exist_ok=True)
    spoil_files(faults, _written(home))
    loaded = 0
    for folder in _of_first(written)[:at_most]:
        if _differs(folder, home / folder.relative_to(made)):
            break
        loaded += 1
    if loaded:
        _take_over(_stage(loaded).home, home)
    else:
        Platform.open(settings_of(home)).prepare()


def _differs(one: Path, other: Path) -> bool:
    texts = [{path.name: path.read_bytes() for path in each.glob("*")} for each in (one, other)]
    return texts[0] != texts[1]
