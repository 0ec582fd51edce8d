"""Rules on a folder's sample: it goes down the whole road, and once is enough.

A sample's practices are invented (X99900 to X99999), so no register can know them: it is walked on
a home of its own behind a gate that is open to them. Nothing here reaches a deployment's home.
"""

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from lds_assets.errors import Refused, RoadError
from lds_assets.gate import Decision, Register
from lds_assets.gate.facts import Practice
from lds_assets.gate.policy import Question
from lds_assets.gate.state import RegisterState
from lds_assets.ingest import IngestReport, ingest
from lds_assets.landing.find import find
from lds_assets.landing.notice import notice
from lds_assets.landing.states import Delivery, Imbalance
from lds_assets.platform import Platform
from lds_assets.plugin.declared import SAMPLES
from lds_assets.plugin.rule import Bench, Finding, Rule
from lds_assets.raw.load import QUARANTINE_REASONS
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier

#: ODS codes of the practices of samples: no real practice has one.
_INVENTED = re.compile(rb"\bX999[0-9]{2}\b")
_LISTED = 5


class SampleRegister(Register):
    """Lets every practice of one supplier's sample in, and nobody else's."""

    practices: tuple[str, ...] = ()
    supplier = ""

    def state(self, known_at: datetime | None = None) -> RegisterState:
        """Return the register with the sample's practices in it."""
        known = super().state(known_at)
        for code in self.practices:
            sample = Practice(code, "Sample", "ACTIVE", None, None, "", "", "")
            known.practices.setdefault(code, sample)
        return known

    def ask(self, question: Question) -> Decision:
        """Allow the sample's own practices."""
        is_in = question.practice_code in self.practices
        outcome, reasons = ("allow", ()) if is_in else ("deny", ("P_UNKNOWN",))
        return Decision(question, outcome, "".join(reasons), reasons, (), "sample")

    def admitted(
        self,
        supplier: str,
        as_of: date,  # noqa: ARG002 - the sample has no dates of consent
        known_at: datetime | None = None,  # noqa: ARG002
    ) -> list[str]:
        """Return the practices of the sample."""
        return list(self.practices) if supplier.upper() == self.supplier.upper() else []


@dataclass(frozen=True)
class Walk:
    """A sample taken down the road.

    Attributes:
        deliveries: as the ledger knows them at the end.
        release: None when it was refused; ``fault`` says why.
        imbalances: rows that are not accounted for.
    """

    practices: tuple[str, ...]
    deliveries: Sequence[Delivery]
    report: IngestReport
    release: ReleaseReport | None
    fault: RoadError | None
    imbalances: Sequence[Imbalance]


def sample_platform(supplier: Supplier, home: Path, practices: Sequence[str] = ()) -> Platform:
    """Open a platform of a private home that knows one supplier, its gate open."""
    newest = max(
        (each.extracted_at for each in find(supplier, home / "landing" / supplier.code).deliveries),
        default=datetime(2026, 1, 1),
    )
    settings = Settings(
        home=home,
        database="",
        suppliers=None,
        today=newest.date() + timedelta(days=1),
        threads=1,
        memory_limit="1GB",
    )
    platform = Platform.open(settings)
    register = SampleRegister(platform.engine)
    register.practices = tuple(practices)
    register.supplier = supplier.definition.supplier_code
    return replace(platform, register=register, suppliers={supplier.code: supplier})


def place_sample(supplier: Supplier, home: Path) -> Path:
    """Put a supplier's sample where deliveries arrive; return that folder."""
    landing = home / "landing" / supplier.code
    shutil.copytree(supplier.folder / SAMPLES, landing, symlinks=True)
    return landing


def practices_met(folder: Path) -> tuple[str, ...]:
    """Return the invented practices that files below a folder name; no other is let in."""
    met: set[str] = set()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            met |= {code.decode() for code in _INVENTED.findall(path.read_bytes())}
    return tuple(sorted(met))


def walk_sample(supplier: Supplier, home: Path, practices: Sequence[str]) -> Walk:
    """Take what lies in a home to a release, for the given practices."""
    platform = sample_platform(supplier, home, practices)
    _notice(platform, supplier)
    report = ingest(platform, supplier.code, practices, run_id="sample")
    release, fault = None, None
    try:
        release = publish(platform, run_id="sample")
    except RoadError as error:
        fault = error
    ledger = platform.ledger
    return Walk(
        tuple(practices),
        ledger.deliveries(supplier.code),
        report,
        release,
        fault,
        [*ledger.balance("raw"), *ledger.balance("canonical")],
    )


def _notice(platform: Platform, supplier: Supplier) -> None:
    notice(supplier, platform.settings, platform.ledger)


def _walked(bench: Bench) -> tuple[Path, Walk]:
    """Walk the sample once for all rules."""
    if "walk" not in bench.kept:
        home = bench.work / "home"
        if home.exists():
            raise Refused("the sample broke the walk", bench.place(SAMPLES), to_do="see above")
        met = practices_met(place_sample(bench.supplier, home))
        bench.kept["walk"] = (home, walk_sample(bench.supplier, home, met))
    found: tuple[Path, Walk] = bench.kept["walk"]  # type: ignore[assignment]
    return found


def practices_of(bench: Bench) -> tuple[str, ...]:
    """Return the practices of the sample."""
    return _walked(bench)[1].practices


def _loads(bench: Bench) -> Iterator[Finding]:
    _, walk = _walked(bench)
    where = bench.place(SAMPLES)
    for each in walk.deliveries:
        if each.state not in ("LOADED", "PUBLISHED"):
            told = f"{each.delivery_id} is {each.state} {each.reason}: {each.detail}"
            yield Finding(told, where, each.to_do or "mend the sample or the declarations")
    if len(walk.report.loaded) < 2:
        told = "show a first delivery and a later one, with a change and a deletion"
        yield Finding(f"{len(walk.report.loaded)} deliveries were loaded", where, told)
    for reason in sorted(set(walk.report.reasons) & QUARANTINE_REASONS):
        told = f"{walk.report.reasons[reason]} rows of the sample are set aside: {reason}"
        yield Finding(told, where, "a sample shows rows that load; mend it, or the types")
    yield from imbalance_findings(walk, where)
    if walk.fault is not None:
        yield Finding(walk.fault.what, where, walk.fault.to_do)


def imbalance_findings(walk: Walk, where: str) -> Iterator[Finding]:
    """Yield the first accounts of a walk that do not add up."""
    for each in walk.imbalances[:_LISTED]:
        told = (
            f"{each.delivery_id} {each.table_name} {each.stage}: {each.rows_in} rows in, "
            f"{each.rows_out} accounted for"
        )
        yield Finding(told, where, "each source row lands in one table or has one reason")


def _fills(bench: Bench) -> Iterator[Finding]:
    release = _walked(bench)[1].release
    if release is None:
        return
    fed = sorted({feed.table for feed in bench.supplier.definition.canonical})
    for table in fed:
        if table in release.tables and not release.tables[table].rows:
            told = "add rows to the sample that the selects of this table take"
            yield Finding(f"no row of the sample lands in {table}", bench.place(SAMPLES), told)


def _twice(bench: Bench) -> Iterator[Finding]:
    home, first = _walked(bench)
    if first.release is None:
        yield Finding("there was no release", bench.place(SAMPLES), "see sample_loads")
        return
    again = walk_sample(bench.supplier, home, first.practices)
    if again.report.loaded or again.release is None or again.release.is_new:
        told = "the sample taken again made a new release"
        yield Finding(told, bench.place(SAMPLES), "a select must give the same rows each time")


RULES = (
    Rule("sample_loads", "The sample goes to a release, every row accounted for", _loads),
    Rule("sample_fills", "The sample has rows for every table that is fed", _fills),
    Rule("sample_twice", "The sample taken again changes nothing", _twice),
)
