"""A walked run: what ledger, lake, release and commands show of it."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
from typer.testing import CliRunner

from lds_assets.canonical.tables import PERSON_TABLES
from lds_assets.cli import app
from lds_assets.ingest import IngestReport
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import session
from lds_assets.landing.states import Delivery
from lds_assets.platform import Platform
from lds_assets.raw.tables import SHARED, quarantine_table, raw_table
from lds_assets.release.publish import ReleaseReport
from lds_assets.release.record import current
from lds_assets.release.relations import open_release, released_versions, shown_tables
from lds_assets.synthetic.generate import GenerationReport
from tests.road import RUN_COLUMN, TODAY, settings_of

#: Differ between two runs of the same deliveries by their meaning.
_OF_THE_RUN = (RUN_COLUMN, "lds_load_sequence")

#: (table, practice) -> rows and a hash over all their values
Digests = dict[tuple[str, str], tuple[int, int]]


@dataclass(frozen=True)
class Run:
    """A home after the road was walked over its landing folder.

    Attributes:
        reports: what ingestion did, by supplier.
        release: None when a blocking check held it; ``held`` says why.
    """

    home: Path
    made: GenerationReport
    reports: Mapping[str, IngestReport]
    release: ReleaseReport | None
    held: str = ""

    @cached_property
    def platform(self) -> Platform:
        """The home's platform, on the day after the newest delivery."""
        return Platform.open(settings_of(self.home))

    # -- practices ----------------------------------------------------------------------------

    def practices(self, supplier: str = "emis", case: str = "consented") -> list[str]:
        """Return the run's practices of a supplier and a governance case."""
        return [
            each.code
            for each in self.made.practices
            if each.supplier_code == supplier and each.case == case
        ]

    @property
    def first(self) -> str:
        """The EMIS practice that a practice's fault befalls."""
        return self.practices()[0]

    # -- ledger -------------------------------------------------------------------------------

    def deliveries(self, supplier: str = "emis") -> list[Delivery]:
        """Return what the ledger knows of a supplier, strangers too."""
        return self.platform.ledger.deliveries(supplier)

    def delivery(self, mark: str, supplier: str = "emis") -> Delivery:
        """Return the one delivery whose id or folder ends with a mark."""
        known = self.deliveries(supplier)
        (found,) = [d for d in known if d.delivery_id.endswith(mark) or d.folder.endswith(mark)]
        return found

    def fates(self, supplier: str = "emis") -> list[str]:
        """Return state and reason of each delivery, in order of their folders' names."""
        known = sorted(self.deliveries(supplier), key=lambda d: (d.folder, d.delivery_id))
        return [f"{each.state} {each.reason}".strip() for each in known]

    def rows(self, practice: str, mark: str, stage: str = "raw", table: str = "") -> Counter[str]:
        """Return a practice's rows by reason in one delivery: all tables, or one."""
        delivery = self.delivery(mark).delivery_id
        counted: Counter[str] = Counter()
        for (_, of_table, owner), reasons in self.platform.ledger.account(stage, delivery).items():
            if owner == practice and table in ("", of_table):
                counted.update(reasons)
        return counted

    def outcome(self, practice: str, mark: str) -> tuple[str, str]:
        """Return outcome and primary reason of a practice in one delivery."""
        found = self.platform.ledger.outcomes(self.delivery(mark).delivery_id)[practice]
        return found.outcome, found.primary_reason

    # -- lake and release ---------------------------------------------------------------------

    def quarantine(self) -> Counter[tuple[str, str, str, str]]:
        """Return quarantined rows by table, practice, reason and column."""
        table = quarantine_table(self.platform.settings)
        with session(self.platform.settings) as connection:
            rows = connection.execute(
                f"select table_name, {PARTITION}, reason, column_name, count(*) "
                f"from ({table.select(table.files())}) group by all"
            ).fetchall()
        return Counter({(t, p, r, c): int(n) for t, p, r, c, n in rows})

    def select(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query over ``release.<olids table>``."""
        settings = self.platform.settings
        release = current(settings)
        assert release is not None
        with session(settings) as connection:
            open_release(settings, connection, release)
            return connection.execute(query).fetchall()

    @cached_property
    def released(self) -> Digests:
        """What the release in force holds of each practice, table by table.

        Not of persons: their one description is chosen among the records of several practices.
        """
        settings = self.platform.settings
        release = current(settings)
        assert release is not None
        found: Digests = {}
        with session(settings) as connection:
            open_release(settings, connection, release)
            for table in (each for each in shown_tables(release) if each not in PERSON_TABLES):
                rows = f"select * from release.{table}"
                if not _has_publisher(connection.execute(f"describe {rows}").fetchall()):
                    if table not in release.tables:
                        continue
                    rows = released_versions(settings, release, table)
                    if not _has_publisher(connection.execute(f"describe {rows}").fetchall()):
                        continue
                found |= _digests(connection, table, rows)
        return found

    @cached_property
    def raw(self) -> Digests:
        """What the raw tables hold of each practice, table by table."""
        settings = self.platform.settings
        found: Digests = {}
        with session(settings) as connection:
            for supplier in self.platform.suppliers.values():
                for rules in supplier.definition.tables:
                    table = raw_table(settings, supplier, rules.name)
                    rows = table.select(table.files())
                    found |= _digests(connection, rules.name, rows)
        return found

    # -- commands -----------------------------------------------------------------------------

    def lds(self, *arguments: str) -> str:
        """Return what a command prints; it must end with exit code 0."""
        environment = {"LDS_HOME": str(self.home), "LDS_TODAY": TODAY.isoformat(), "COLUMNS": "250"}
        result = CliRunner().invoke(app, list(arguments), env=environment)
        assert result.exit_code == 0, result.output
        return result.output

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Return what a command answers as JSON."""
        document = json.loads(self.lds(*arguments, "--json"))
        assert isinstance(document, dict)
        return document

    def to_look_at(self) -> list[tuple[str, str]]:
        """Return state and reason of what ``lds status`` asks somebody to look at."""
        return [(each["state"], each["reason"]) for each in self.ask("status")["to_look_at"]]


def _has_publisher(described: list[tuple[Any, ...]]) -> bool:
    return any(column[0] == PARTITION for column in described)


def _digests(connection: duckdb.DuckDBPyConnection, table: str, rows: str) -> Digests:
    """Return count and hash of rows by practice, whatever their order."""
    left_out = ", ".join(f"'{name}'" for name in _OF_THE_RUN)
    counted = connection.execute(
        f"select {PARTITION}, count(*), sum(hash(*columns(c -> c not in ({left_out})))) "
        f"from ({rows}) group by 1"
    ).fetchall()
    return {
        (table, str(practice)): (int(n), int(digest))
        for practice, n, digest in counted
        if practice is not None
    }


# -- what every run must show --------------------------------------------------------------


def assert_balanced(run: Run) -> None:
    """Every row of every file is accounted for, at both stages, and the files are all counted."""
    ledger = run.platform.ledger
    assert ledger.balance("raw") == []
    assert ledger.balance("canonical") == []


def assert_others_unchanged(run: Run, clean: Run, *spoilt: str) -> None:
    """Every practice but those named holds, raw and released, what it holds in a clean run."""
    for told, usual in ((run.released, clean.released), (run.raw, clean.raw)):
        assert _of_others(told, spoilt) == _of_others(usual, spoilt)
    others = {practice for _, practice in _of_others(run.released, spoilt)}
    assert others, "no other practice is released: nothing was compared"


def _of_others(digests: Digests, spoilt: tuple[str, ...]) -> Digests:
    left_out = {*spoilt, SHARED}
    return {key: value for key, value in digests.items() if key[1] not in left_out}


def assert_silent(run: Run) -> None:
    """Neither ledger nor register nor commands name a patient: no NHS number, no patient GUID."""
    told = run.lds("status") + "".join(run.lds("why", each) for each in run.practices())
    kept = b"".join(path.read_bytes() for path in run.home.glob("platform.db*"))
    text = told + kept.decode("latin-1")
    assert not re.search(r"\b999\d{7}\b", text)
    patients = {
        guid.strip("{}").lower()
        for path in (run.home / "landing").rglob("*_Admin_Patient_*.csv")
        for guid in re.findall(r"[{][0-9A-F-]{36}[}]", path.read_text("utf-8", "replace"))
    } - {each.supplier_org_id.strip("{}").lower() for each in run.made.practices}
    assert not patients & {guid.lower() for guid in re.findall(r"[0-9A-Fa-f-]{36}", text)}
