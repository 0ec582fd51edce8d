"""What the bulk of one real-sized practice costs, and what a daily delta costs beside it.

``python -m benchmarks.one_practice --home DIR`` makes the deliveries (7 GB) unless DIR has them,
takes the bulk down the whole road in one process, then the delta in another, and prints CPU
seconds by stage, the ratio of delta to bulk, and the peak memory of each process. The state after
the bulk is kept: ``--again`` takes the delta alone down the road from there.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.measure import Cost, cpu_seconds, measured, peak_bytes

END_DATE, TODAY = "2026-07-28", "2026-07-29"
_DELTA = "20260728*"
_STATE = ("marts", "dagster")
_COSTS = "bulk.json"
#: Stages whose cost is compared; the rest is start-up, orchestration and marts.
STAGES = ("notice", "load", "release")


def main() -> None:
    """Measure bulk and delta, or, as a child, one run of the road."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--size", default="one-practice", help="another size, for a quick check")
    parser.add_argument("--again", action="store_true", help="the delta alone, on the kept bulk")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        print(json.dumps(_road()))
        return
    home = asked.home.absolute()
    if not (home / "landing").exists():
        size = ["--size", asked.size, "--days", "1", "--end-date", END_DATE]
        _run(home, str(Path(sys.executable).parent / "lds"), "synth", *size)
    _begin_anew(home)
    if asked.again:
        _restore(home)
    else:
        costs = _child(home)
        _keep(home, costs)
    _let_delta_in(home)
    _show(json.loads((home / "kept" / _COSTS).read_text()), _child(home))


def _road() -> dict[str, float]:
    """Take landing down the road in this process; return the CPU seconds of each stage."""
    import lds_assets.marts.assets  # noqa: PLC0415
    import lds_assets.operations.ingest_assets  # noqa: PLC0415
    import lds_assets.platform  # noqa: PLC0415
    import lds_assets.release.assets  # noqa: PLC0415
    from lds_assets.operations.drive import drive  # noqa: PLC0415
    from lds_assets.resources import Settings  # noqa: PLC0415

    costs: dict[str, float] = {}
    _watch(lds_assets.platform, "notice", "notice", costs)
    _watch(lds_assets.operations.ingest_assets, "ingest", "load", costs)
    _watch(lds_assets.release.assets, "publish", "release", costs)
    _watch(lds_assets.marts.assets, "rebuild", "marts", costs)
    report = drive(Settings(), lambda what, part: None)  # noqa: ARG005
    if report.faults or report.held or not report.is_new:
        raise SystemExit(f"the run did not go through: {report.faults or report.held}")
    return {**costs, "process": cpu_seconds(), "peak_bytes": float(peak_bytes())}


def _watch(module: Any, name: str, stage: str, costs: dict[str, float]) -> None:  # noqa: ANN401
    """Count the CPU seconds of a module's function under a stage."""
    function: Callable[..., object] = getattr(module, name)

    def counted(*args: object, **options: object) -> object:
        cost = Cost()
        try:
            with measured() as cost:
                return function(*args, **options)
        finally:
            costs[stage] = costs.get(stage, 0.0) + cost.cpu

    setattr(module, name, counted)


def _child(home: Path) -> dict[str, float]:
    told = _run(home, sys.executable, "-m", "benchmarks.one_practice", "--child", "--home", home)
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


def _run(home: Path, *command: object) -> str:
    """Run a command on a deployment, as in a fresh shell; return what it printed."""
    set_ = {"LDS_HOME": str(home), "LDS_TODAY": TODAY, "DAGSTER_DISABLE_TELEMETRY": "1"}
    words = [str(word) for word in command]
    ended = subprocess.run(  # the commands are this file's own
        words, env=os.environ | set_, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout


def _begin_anew(home: Path) -> None:
    """Leave landing with the bulk alone and no lake; the delta waits in ``later``."""
    for name in ("lake", "work", *_STATE):
        shutil.rmtree(home / name, ignore_errors=True)
    for path in home.glob("platform.db*"):
        path.unlink()
    _move(home / "landing", home / "later")


def _keep(home: Path, costs: dict[str, float]) -> None:
    """Keep the state of a deployment: files of the lake are linked, they never change."""
    shutil.rmtree(home / "kept", ignore_errors=True)
    shutil.copytree(home / "lake", home / "kept/lake", copy_function=os.link)
    for name in _STATE:
        shutil.copytree(home / name, home / "kept" / name)
    for path in home.glob("platform.db*"):
        shutil.copy2(path, home / "kept")
    (home / "kept" / _COSTS).write_text(json.dumps(costs))


def _restore(home: Path) -> None:
    shutil.copytree(home / "kept/lake", home / "lake", copy_function=os.link)
    for name in _STATE:
        shutil.copytree(home / "kept" / name, home / name)
    for path in (home / "kept").glob("platform.db*"):
        shutil.copy2(path, home)


def _let_delta_in(home: Path) -> None:
    _move(home / "later", home / "landing")


def _move(source: Path, target: Path) -> None:
    for folder in sorted(source.glob(f"*/*/{_DELTA}")):
        place = target / folder.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, place)


def _show(bulk: dict[str, float], delta: dict[str, float]) -> None:
    print(f"{'CPU seconds':<28}{'bulk':>10}{'delta':>10}{'ratio':>9}")
    totals = [sum(each.get(name, 0.0) for name in STAGES) for each in (bulk, delta)]
    rows = [(name, bulk.get(name, 0.0), delta.get(name, 0.0)) for name in STAGES]
    rows.append(("landing to release", totals[0], totals[1]))
    rows += [(name, bulk.get(name, 0.0), delta.get(name, 0.0)) for name in ("marts", "process")]
    for name, whole, part in rows:
        print(f"{name:<28}{whole:>10.1f}{part:>10.1f}{part / whole if whole else 0.0:>9.1%}")
    peaks = [each["peak_bytes"] / 2**30 for each in (bulk, delta)]
    print(f"{'peak memory, GiB':<28}{peaks[0]:>10.2f}{peaks[1]:>10.2f}")


if __name__ == "__main__":
    main()
