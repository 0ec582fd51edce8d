"""Each stage against the raw engine doing the same work by hand, in one run.

``python -m benchmarks.ratios --home DIR --size perf --runs 3`` makes deliveries and a lake below
DIR unless they are there, then runs our stage and the hand-written one in turn, each in a process
of its own, and prints the medians of CPU and wall seconds and their ratios.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import Cost

TODAY = "2026-07-29"
#: stage -> what is done once by us and once by hand
STAGES = {
    "landing": "prove the observation file: hash, encoding, header, last record",
    "raw": "observation file, CSV to typed Parquet, counted per practice and fault",
    "canonical": "observation select, raw Parquet to OLIDS versions",
    "release": "current observations of a release, every column read once",
    "mart": "the model that reads every observation: dbt without its start-up, or its statement",
}
#: What landing to canonical is made of.
TO_CANONICAL = ("landing", "raw", "canonical")


def main() -> None:
    """Measure every stage both ways and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--size", default="perf")
    parser.add_argument("--runs", type=int, default=3)
    asked = parser.parse_args()
    home = asked.home.absolute()
    _make(home, asked.size)
    print(f"{'stage':<12}{'ours cpu':>10}{'hand cpu':>10}{'ratio':>7}{'wall ratio':>12}{'GiB':>6}")
    total = {"ours": 0.0, "hand": 0.0}
    for stage in STAGES:
        costs = _measured(home, stage, asked.runs)
        cpu = {way: statistics.median(each.cpu for each in found) for way, found in costs.items()}
        wall = {way: statistics.median(each.wall for each in found) for way, found in costs.items()}
        peak = max(each.peak_bytes for each in costs["ours"]) / 2**30
        if stage in TO_CANONICAL:
            total = {way: total[way] + cpu[way] for way in total}
        start = cpu.get("start", 0.0)
        ours = cpu["ours"] - start
        # wall time of a start-up varies by more than the statement takes
        elapsed = "" if start else f"{wall['ours'] / wall['hand']:.2f}"
        print(
            f"{stage:<12}{ours:>10.2f}{cpu['hand']:>10.2f}{ours / cpu['hand']:>7.2f}"
            f"{elapsed:>12}{peak:>6.2f}"
        )
        if start:
            print(f"{'':<12}{start:>10.2f} CPU seconds of start-up are not in it")
    print(f"landing to canonical, CPU ratio: {total['ours'] / total['hand']:.2f}")


def _measured(home: Path, stage: str, runs: int) -> dict[str, list[Cost]]:
    """Return what each way of a stage took, run in turn."""
    ways = ["ours", "hand", *(["start"] if stage == "mart" else [])]
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for _ in range(runs):
        for way, found in costs.items():
            found.append(_child(home, stage, way))
    return costs


def _make(home: Path, size: str) -> None:
    if not (home / "landing").exists():
        lds = str(Path(sys.executable).parent / "lds")
        _run(home, lds, "synth", "--size", size, "--days", "0", "--end-date", "2026-07-28")
    if not (home / "lake").exists():
        _run(home, sys.executable, "-m", "benchmarks.stages", "make")
    if not (home / "mart").exists():
        _run(home, sys.executable, "-m", "benchmarks.stages", "make_mart")


def _child(home: Path, stage: str, way: str) -> Cost:
    told = _run(home, sys.executable, "-m", "benchmarks.stages", stage, way)
    return Cost(**json.loads(told.splitlines()[-1]))


def _run(home: Path, *command: str) -> str:
    set_ = {"LDS_HOME": str(home), "LDS_TODAY": TODAY}
    ended = subprocess.run(  # the commands are this file's own
        command, env=os.environ | set_, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout


if __name__ == "__main__":
    main()
