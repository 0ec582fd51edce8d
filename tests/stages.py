"""Clean `tiny` homes after each day's deliveries, each made once a test session.

A stage is how many days of each supplier are loaded, from the bulk on. Each goes on from the one
before it, so the last is a run day by day; tests and faults go on from the stage that suits them.
"""

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lds_assets.errors import Held
from lds_assets.ingest import IngestReport, ingest
from lds_assets.platform import Platform
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.synthetic.faults.scenario import Written
from lds_assets.synthetic.generate import GenerationReport, generate, supplier_forms
from lds_assets.synthetic.practices import plan_run
from tests.officers import write_register
from tests.prepared import Prepared
from tests.road import NEWEST, settings_of

SIZE, SEED, DAYS = "tiny", 42, 2
#: Every day: the bulk and the deltas.
ALL = DAYS + 1


@dataclass(frozen=True)
class Walked:
    """A home after the road was walked over its landing folder.

    Attributes:
        reports: what ingestion did, by supplier.
        release: None when a blocking check held it; ``held`` says why.
        seconds: what the walk took, and those before it that it goes on from.
    """

    home: Path
    made: GenerationReport
    reports: Mapping[str, IngestReport]
    release: ReleaseReport | None
    held: str = ""
    seconds: float = 0.0


class Stages:
    """Clean homes in the folder that test processes share; only to be read or copied."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared

    def material(self) -> tuple[Path, GenerationReport]:
        """Return the folder of the clean deliveries of all days and their register."""

        def make(place: Path) -> GenerationReport:
            settings = settings_of(place)
            made = generate(SIZE, SEED, DAYS, settings.landing, (), NEWEST)
            write_register(made, settings.governance)
            return made

        made = self._prepared.get("material", make)
        return self._prepared.folder("material"), made

    def arrive(self, home: Path, emis: int = ALL, tpp: int = ALL) -> GenerationReport:
        """Put the deliveries of the first so many days of each supplier into a home."""
        material, made = self.material()
        shutil.copytree(material, home, dirs_exist_ok=True)
        days = {"emis": emis, "tpp": tpp}
        for delivery, folder in written(home):
            if delivery.day >= days[delivery.supplier_code]:
                shutil.rmtree(folder)
        return made

    def at(self, emis: int = ALL, tpp: int = ALL) -> Walked:
        """Return the home with the first so many days of each supplier, loaded day by day."""
        return self._prepared.get(f"stage-{emis}-{tpp}", lambda home: self._make(home, emis, tpp))

    def copy(self, home: Path, emis: int = ALL, tpp: int = ALL) -> Walked:
        """Return a stage in a home of its own, for a test that goes on with it."""
        walked = self.at(emis, tpp)
        shutil.copytree(walked.home, home, dirs_exist_ok=True)
        return Walked(home, walked.made, walked.reports, walked.release)

    def _make(self, home: Path, emis: int, tpp: int) -> Walked:
        made = self.arrive(home, emis, tpp)
        former = _former(emis, tpp)
        before = 0.0
        if former is not None:
            go_on_from(self.at(*former).home, home)
            before = self.at(*former).seconds
        return walk(home, made, before)


def _former(emis: int, tpp: int) -> tuple[int, int] | None:
    """Return the stage to go on from, None from the very first.

    A day less of both suppliers, or of the one that is ahead; EMIS comes last on the newest day, as
    most faults are of it.
    """
    if emis == tpp == ALL:
        return emis - 1, tpp
    if tpp > max(emis + 1, 2):
        return emis, tpp - 1
    both = min(emis, tpp) - (emis == tpp)
    return (both, both) if both else None


def written(home: Path) -> Written:
    """Return the clean run's deliveries with the folders they have in a home."""
    plan, forms = plan_run(SIZE, SEED, DAYS, NEWEST), supplier_forms()
    groups = dict.fromkeys(
        (practice.supplier_code, practice.group)
        for practice in plan.practices
        if practice.supplier_code in forms
    )
    found = []
    for supplier, group in groups:
        for day in range(ALL):
            delivery = forms[supplier].delivery(plan, group, day)
            found.append((delivery, settings_of(home).landing / forms[supplier].folder(delivery)))
    return found


def go_on_from(former: Path, home: Path) -> None:
    """Take over what an earlier run made of the deliveries that lie in this home too."""
    for path in former.iterdir():
        if path.name in ("landing", "governance"):
            continue
        if path.is_dir():
            shutil.copytree(path, home / path.name)
        else:
            shutil.copy2(path, home / path.name)


def walk(home: Path, made: GenerationReport, before: float = 0.0) -> Walked:
    """Take what lies in landing to a release, as ``tests.road.walk`` does; a held one is told.

    Args:
        before: seconds of the walks that this one goes on from.
    """
    began = time.monotonic()
    platform = Platform.open(settings_of(home))
    platform.prepare()
    platform.refuse_strangers()
    reports = {}
    for code in platform.suppliers:
        platform.notice(code)
        reports[code] = ingest(platform, code, platform.admitted(code), run_id="test")
    release, held = None, ""
    try:
        release = publish(platform, run_id="test")
    except Held as fault:
        held = str(fault)
    return Walked(home, made, reports, release, held, before + time.monotonic() - began)
