"""Makes runs with named scenarios, each once a test session.

Clean homes are made after each day's deliveries of a supplier, those of the others being loaded; a
scenario goes on from the last one it does not touch, so that most need a single delivery's load.
"""

import fcntl
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lds_assets.errors import Held
from lds_assets.ingest import ingest
from lds_assets.platform import Platform
from lds_assets.release.publish import publish
from lds_assets.synthetic.faults.registry import BY_NAME, spoil_files
from lds_assets.synthetic.faults.scenario import Written
from lds_assets.synthetic.generate import GenerationReport, generate, supplier_forms
from lds_assets.synthetic.governance import write_demo_register
from lds_assets.synthetic.practices import plan_run
from tests.faults.run import Run
from tests.road import NEWEST, settings_of

SIZE, SEED, DAYS = "tiny", 42, 2


class Runs:
    """Makes runs in a folder that test processes share; each is made once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Run] = {}

    def clean(self) -> Run:
        """Return the run without any scenario."""
        return self._stage({code: DAYS + 1 for code in supplier_forms()})

    def before(self, day: int, supplier: str = "emis") -> Run:
        """Return the clean run to which a supplier's deliveries from a day on never came."""
        return self._stage({code: DAYS + 1 for code in supplier_forms()} | {supplier: day})

    def of(self, scenario: str) -> Run:
        """Return the run with a scenario; folders that it adds arrive when all else is released."""
        return self._get(scenario, lambda home: self._with_scenario(home, scenario))

    def over(self, scenario: str) -> Run:
        """Return the clean run whose landing folder a scenario befell after it was released."""

        def make(home: Path) -> Run:
            made = self._material(home)
            spoil_files((scenario,), written(home))
            _continue_from(self.clean().home, home)
            return walk(home, made)

        return self._get(f"{scenario}-over", make)

    def copy(self, scenario: str, home: Path) -> Run:
        """Return a scenario's run in a home of its own, for a test that goes on with it."""
        run = self.of(scenario)
        shutil.copytree(run.home, home, dirs_exist_ok=True)
        return replace(run, home=home)

    # -- making -------------------------------------------------------------------------------

    def _get(self, name: str, make: Callable[[Path], Run]) -> Run:
        if name not in self._known:
            home, told = self._root / name, self._root / f"{name}.pickle"
            with _alone(self._root / f"{name}.lock"):
                if not told.exists():
                    shutil.rmtree(home, ignore_errors=True)
                    run = make(home)
                    told.write_bytes(pickle.dumps((run.made, run.reports, run.release, run.held)))
            self._known[name] = Run(home, *pickle.loads(told.read_bytes()))
        return self._known[name]

    def _material(self, home: Path) -> GenerationReport:
        """Put the clean deliveries and their register into a home."""

        def make(place: Path) -> Run:
            settings = settings_of(place)
            made = generate(SIZE, SEED, DAYS, settings.landing, (), NEWEST)
            write_demo_register(made, settings.governance)
            return Run(place, made, {}, None)

        material = self._get("material", make)
        if home != material.home:
            shutil.copytree(material.home, home, dirs_exist_ok=True)
        return material.made

    def _stage(self, days: Mapping[str, int]) -> Run:
        """Return the clean run of the first so many days of each supplier, loaded day by day."""

        def make(home: Path) -> Run:
            made = self._material(home)
            for delivery, folder in written(home):
                if delivery.day >= days[delivery.supplier_code]:
                    shutil.rmtree(folder)
            former = _one_day_less(days)
            if former is not None:
                _continue_from(self._stage(former).home, home)
            return walk(home, made)

        return self._get("clean-" + "-".join(f"{code}{n}" for code, n in days.items()), make)

    def _with_scenario(self, home: Path, name: str) -> Run:
        scenario = BY_NAME[name]
        settings = settings_of(home)
        if scenario.plan is not None:
            made = generate(SIZE, SEED, DAYS, settings.landing, (name,), NEWEST)
            write_demo_register(made, settings.governance)
            return walk(home, made)
        made = replace(self._material(home), scenarios=(name,))
        spoil_files((name,), written(home))
        write_demo_register(made, settings.governance)
        _continue_from(self._stage(self._days_untouched(home)).home, home)
        late = self._added(home)
        if late:
            aside = home / "aside"
            for folder in late:
                shutil.copytree(folder, aside / folder.relative_to(home))
                shutil.rmtree(folder)
            walk(home, made)
            shutil.copytree(aside, home, dirs_exist_ok=True)
            shutil.rmtree(aside)
        return walk(home, made)

    def _added(self, home: Path) -> list[Path]:
        """Return the folders of deliveries that the clean run lacks."""
        material = self._root / "material"
        usual = {folder.relative_to(material) for _, folder in written(material)}
        found = [path for path in (home / "landing").glob("*/*/*") if path.is_dir()]
        suppliers = supplier_forms()
        return [
            path
            for path in found
            if path.relative_to(home).parts[1] in suppliers and path.relative_to(home) not in usual
        ]

    def _days_untouched(self, home: Path) -> dict[str, int]:
        """Return of how many days, from the bulk on, a supplier's deliveries are as usual."""
        material = self._root / "material"
        usual, spoilt = settings_of(material), settings_of(home)
        days = dict.fromkeys(supplier_forms(), DAYS + 1)
        if not _same(usual.governance, spoilt.governance):
            days["emis"] = DAYS
        for delivery, folder in written(material):
            if not _same(folder, spoilt.landing / folder.relative_to(usual.landing)):
                code = delivery.supplier_code
                days[code] = min(days[code], delivery.day)
        return days


def _one_day_less(days: Mapping[str, int]) -> dict[str, int] | None:
    """Return the stage to go on from: one supplier's last day less; None from the very first.

    The supplier that lacks days loses one first, so that stages of one supplier share the others.
    """
    code = min(days, key=lambda each: (days[each] == 0, days[each]))
    return {**days, code: days[code] - 1} if days[code] else None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


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
        for day in range(DAYS + 1):
            delivery = forms[supplier].delivery(plan, group, day)
            found.append((delivery, settings_of(home).landing / forms[supplier].folder(delivery)))
    return found


def _same(one: Path, other: Path) -> bool:
    names = {path.name for path in one.iterdir()}
    if not other.is_dir() or names != {path.name for path in other.iterdir()}:
        return False
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def _continue_from(former: Path, home: Path) -> None:
    """Take over what an earlier run made of the deliveries that lie in this home too."""
    for path in former.iterdir():
        if path.name in ("landing", "governance"):
            continue
        if path.is_dir():
            shutil.copytree(path, home / path.name)
        else:
            shutil.copy2(path, home / path.name)


def walk(home: Path, made: GenerationReport) -> Run:
    """Take what lies in landing to a release, as ``tests.road.walk`` does; a held one is told."""
    platform = Platform.open(settings_of(home))
    platform.prepare()
    platform.refuse_strangers()
    reports = {}
    for code in platform.suppliers:
        platform.notice(code)
        reports[code] = ingest(platform, code, platform.admitted(code), run_id="test")
    try:
        return Run(home, made, reports, publish(platform, run_id="test"))
    except Held as fault:
        return Run(home, made, reports, None, str(fault))
