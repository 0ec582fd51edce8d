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
from lds_assets.commands.console import Exit
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
_OF_THE_RUN = (RUN_COLUMN, "lds_load_sequence", "lds_source_sequence", "lds_is_base")
#: Differ when the rows of another practice stand elsewhere in the same file.
_OF_THE_LINE = (
    "lds_row_number",
    "lds_source_record_id",
    "lds_source_record_id_practitioner",
)

#: (table, practice) -> rows and a hash over all their values; rows that are nobody's left out
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

    def reasons(self, practice: str, mark: str) -> tuple[str, ...]:
        """Return every reason of a practice's outcome in one delivery."""
        return self.platform.ledger.outcomes(self.delivery(mark).delivery_id)[practice].reasons

    def seen(self, practice: str) -> list[tuple[str, str]]:
        """Return what the supplier was seen to show of a practice: state, end of the evidence."""
        return [
            (event.to_state, event.evidence_ref.rpartition("/")[2])
            for event in self.platform.register.events()
            if event.entity_type == "supplier_side" and event.entity_id.startswith(practice)
        ]

    def reconciliations(self, practice: str) -> list[str]:
        """Return what became of a practice's reconciliations: RECONCILED, or why refused."""
        told = []
        for event in self.platform.register.events():
            if event.entity_id.startswith(f"{practice}|") and event.event_type == "reconciled":
                told.append(event.to_state)
            if event.entity_id.startswith(f"onboarding/{practice}|"):
                told.append(event.reason_code)
        return told

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

    def released_practices(self) -> list[str]:
        """Return the practices of the release in force, in order."""
        release = current(self.platform.settings)
        return [] if release is None else sorted(release.publishers)

    def of(self, practice: str) -> tuple[Digests, Digests]:
        """Return what is released and what is raw of one practice."""
        return (
            {key: value for key, value in self.released.items() if key[1] == practice},
            {key: value for key, value in self.raw.items() if key[1] == practice},
        )

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
        """What the release in force holds of each practice, table by table."""
        return self._released(_OF_THE_RUN)

    @cached_property
    def raw(self) -> Digests:
        """What the raw tables hold of each practice, table by table."""
        return self._raw(_OF_THE_RUN)

    @cached_property
    def wherever(self) -> tuple[Digests, Digests]:
        """What ``released`` and ``raw`` hold, whatever line of a file a row stood in."""
        left_out = (*_OF_THE_RUN, *_OF_THE_LINE)
        return self._released(left_out), self._raw(left_out)

    def _released(self, left_out: tuple[str, ...]) -> Digests:
        """Return what is released of each practice.

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
                found |= _digests(connection, table, rows, left_out)
        return found

    def _raw(self, left_out: tuple[str, ...]) -> Digests:
        settings = self.platform.settings
        found: Digests = {}
        with session(settings) as connection:
            for supplier in self.platform.suppliers.values():
                for rules in supplier.definition.tables:
                    table = raw_table(settings, supplier, rules.name)
                    rows = table.select(table.files())
                    found |= _digests(connection, rules.name, rows, left_out)
        return found

    # -- commands -----------------------------------------------------------------------------

    def lds(self, *arguments: str) -> str:
        """Return what a command prints; it must end with exit code 0."""
        result = CliRunner().invoke(app, list(arguments), env=self._environment())
        assert result.exit_code == 0, result.output
        return result.output

    def refused(self, *arguments: str) -> str:
        """Return what a command prints that a rule refuses: exit code 4."""
        result = CliRunner().invoke(app, list(arguments), env=self._environment())
        assert result.exit_code == Exit.REFUSED, result.output
        return result.output

    def _environment(self) -> dict[str, str]:
        return {"LDS_HOME": str(self.home), "LDS_TODAY": TODAY.isoformat(), "COLUMNS": "250"}

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


def _digests(
    connection: duckdb.DuckDBPyConnection, table: str, rows: str, left_out: tuple[str, ...]
) -> Digests:
    """Return count and hash of rows by practice, whatever their order."""
    names = ", ".join(f"'{name}'" for name in left_out)
    counted = connection.execute(
        f"select {PARTITION}, count(*), sum(hash(*columns(c -> c not in ({names})))) "
        f"from ({rows}) group by 1"
    ).fetchall()
    return {
        (table, str(practice)): (int(n), int(digest))
        for practice, n, digest in counted
        if practice not in (None, SHARED)
    }


# -- what every run must show --------------------------------------------------------------


def assert_balanced(run: Run) -> None:
    """Every row of every file is accounted for, at both stages, and the files are all counted."""
    ledger = run.platform.ledger
    assert ledger.balance("raw") == []
    assert ledger.balance("canonical") == []


def assert_others_unchanged(run: Run, clean: Run, *spoilt: str, lines_moved: bool = False) -> None:
    """Every practice but those named holds, raw and released, what it holds in a clean run.

    Args:
        spoilt: practices that the fault befell.
        lines_moved: rows of theirs are gone from files, so that others stand in earlier lines.
    """
    told = run.wherever if lines_moved else (run.released, run.raw)
    usual = clean.wherever if lines_moved else (clean.released, clean.raw)
    for found, expected in zip(told, usual, strict=True):
        assert _of_others(found, spoilt) == _of_others(expected, spoilt)
    others = {practice for _, practice in _of_others(run.released, spoilt)}
    assert others, "no other practice is released: nothing was compared"


def _of_others(digests: Digests, spoilt: tuple[str, ...]) -> Digests:
    return {key: value for key, value in digests.items() if key[1] not in spoilt}


#: The database has no space between two instants: ``.999123`` and ``2026-`` look like a number.
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d{6}")


def platform_text(home: Path) -> str:
    """Return the bytes of the platform database as text, without its instants."""
    kept = b"".join(path.read_bytes() for path in home.glob("platform.db*"))
    return _INSTANT.sub(" ", kept.decode("latin-1") + kept.decode("utf-8", "replace"))


def assert_silent(run: Run) -> None:
    """Neither ledger nor register nor commands name a patient: no NHS number, no patient GUID."""
    told = run.lds("status") + "".join(run.lds("why", each) for each in run.practices())
    text = told + platform_text(run.home)
    assert not re.search(r"\b999\d{7}\b", text)
    patients = {
        guid.lower()
        for path in (run.home / "landing").rglob("*_Admin_Patient_*.csv")
        # the first column is the patient
        for guid in re.findall(r'^"[{]([0-9A-F-]{36})', path.read_text("utf-8", "replace"), re.M)
    }
    assert patients
    assert not patients & {guid.lower() for guid in re.findall(r"[0-9A-Fa-f-]{36}", text)}
