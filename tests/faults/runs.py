"""Makes runs with named scenarios, each once a test session.

A scenario goes on from the last clean stage it does not touch, so that most need a single
delivery's load.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lds_assets.synthetic.faults.registry import BY_NAME, spoil_files
from lds_assets.synthetic.generate import GenerationReport, generate, supplier_forms
from tests.faults.run import Run
from tests.officers import write_register
from tests.prepared import Prepared
from tests.road import NEWEST, settings_of
from tests.stages import ALL, DAYS, SEED, SIZE, Stages, Walked, go_on_from, walk, written


class Runs:
    """Makes runs in the folder that test processes share; each is made once."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._stages = Stages(prepared)
        self._known: dict[str, Run] = {}

    def clean(self) -> Run:
        """Return the run without any scenario."""
        return self.before(ALL)

    def before(self, day: int) -> Run:
        """Return the clean run to which EMIS deliveries from a day on never came."""
        return self._run(f"before-{day}", lambda: self._stages.at(emis=day))

    def of(self, scenario: str) -> Run:
        """Return the run with a scenario; folders that it adds arrive when all else is released."""
        return self._made(scenario, lambda home: self._with_scenario(home, scenario))

    def over(self, scenario: str) -> Run:
        """Return the clean run whose landing folder a scenario befell after it was released."""

        def make(home: Path) -> Walked:
            made = self._stages.arrive(home)
            spoil_files((scenario,), written(home))
            go_on_from(self._stages.at().home, home)
            return walk(home, made)

        return self._made(f"{scenario}-over", make)

    def copy(self, scenario: str, home: Path) -> Run:
        """Return a scenario's run in a home of its own, for a test that goes on with it."""
        run = self.of(scenario)
        shutil.copytree(run.home, home, dirs_exist_ok=True)
        return replace(run, home=home)

    # -- making -------------------------------------------------------------------------------

    def _made(self, name: str, make: Callable[[Path], Walked]) -> Run:
        return self._run(name, lambda: self._prepared.get(f"fault-{name}", make))

    def _run(self, name: str, walked: Callable[[], Walked]) -> Run:
        """Return a run by name, one object a process: it remembers what was read of it."""
        if name not in self._known:
            self._known[name] = _as_run(walked())
        return self._known[name]

    def _with_scenario(self, home: Path, name: str) -> Walked:
        scenario = BY_NAME[name]
        settings = settings_of(home)
        if scenario.plan is not None:
            made = generate(SIZE, SEED, DAYS, settings.landing, (name,), NEWEST)
            write_register(made, settings.governance)
            days = self._days_untouched(home)
            if all(days.values()):
                go_on_from(self._stages.at(**days).home, home)
            return walk(home, made)
        made = replace(self._stages.arrive(home), scenarios=(name,))
        spoil_files((name,), written(home))
        write_register(made, settings.governance)
        go_on_from(self._stages.at(**self._days_untouched(home)).home, home)
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
        material, _ = self._stages.material()
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
        material, _ = self._stages.material()
        usual, spoilt = settings_of(material), settings_of(home)
        days = dict.fromkeys(supplier_forms(), ALL)
        if not _same(usual.governance, spoilt.governance):
            days["emis"] = DAYS
        for delivery, folder in written(material):
            if not _same(folder, spoilt.landing / folder.relative_to(usual.landing)):
                code = delivery.supplier_code
                days[code] = min(days[code], delivery.day)
        return days


def walk_again(home: Path, made: GenerationReport) -> Run:
    """Return the run after the road was walked once more over a home."""
    return _as_run(walk(home, made))


def _as_run(told: Walked) -> Run:
    return Run(told.home, told.made, told.reports, told.release, told.held)


def _same(one: Path, other: Path) -> bool:
    names = {path.name for path in one.iterdir()}
    if not other.is_dir() or names != {path.name for path in other.iterdir()}:
        return False
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)
