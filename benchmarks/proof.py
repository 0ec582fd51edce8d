"""The proof of a purge against reading the same bytes by hand.

``python -m benchmarks.proof --home DIR --runs 3`` reads a deployment that holds landing, lake and
marts, as ``benchmarks.ratios`` or ``lds synth`` and ``lds run`` make it, for a practice of which
nothing is there: what a proof does after everything was erased. By hand every file is read once in
chunks and every column of every Parquet file is unpacked, and nothing is looked for. Each way in a
process of its own; medians of CPU and wall seconds.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

from pyarrow import parquet

from benchmarks.measure import Cost, measured
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.names import Names
from lds_assets.purge.scan import scan
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import suppliers

_CHUNK = 1 << 20
_ROWS = 1 << 16
#: About what a practice of all tables has.
_GUIDS, _NUMBERS = 300, 100


def main() -> None:
    """Measure both ways, or one of them in this process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--way", choices=["ours", "hand"])
    asked = parser.parse_args()
    home = asked.home.absolute()
    if asked.way:
        cost, size = (_ours if asked.way == "ours" else _by_hand)(home)
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
        cost.peak_bytes = max(cost.peak_bytes, children)
        print(json.dumps({**asdict(cost), "size": size}))
        return
    found = {way: [_child(home, way) for _ in range(asked.runs)] for way in ("hand", "ours")}
    median = {
        way: {name: statistics.median(each[name] for each in told) for name in told[0]}
        for way, told in found.items()
    }
    for way, told in median.items():
        gigabytes = told["size"] / 1e9
        print(
            f"{way:<6}{gigabytes:>8.2f} GB {told['cpu']:>8.1f} CPU s {told['wall']:>8.1f} s "
            f"{gigabytes / told['cpu']:>7.3f} GB/CPU s {told['peak_bytes'] / 2**30:>6.2f} GiB "
            "in the largest process"
        )
    print(f"ratio, CPU: {median['ours']['cpu'] / median['hand']['cpu']:.2f}")
    print(f"ratio, wall: {median['ours']['wall'] / median['hand']['wall']:.2f}")


def _child(home: Path, way: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.proof", "--home", str(home), "--way", way]
    ended = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return told


def _ours(home: Path) -> tuple[Cost, int]:
    drawn = random.Random(1)
    values = [str(uuid.UUID(int=drawn.getrandbits(128))) for _ in range(_GUIDS)]
    values += [f"4{drawn.randrange(10**9):09d}" for _ in range(_NUMBERS)]
    names = Names("Y99999", {"emis": frozenset({str(uuid.UUID(int=drawn.getrandbits(128)))})})
    canaries = Canaries.of("salt", values)
    with measured() as cost:
        found = scan(Settings(home=home), names, canaries, suppliers().values(), [home])
    return cost, found.size_bytes


def _by_hand(home: Path) -> tuple[Cost, int]:
    size = 0
    with measured() as cost:
        for path in sorted(home.rglob("*")):
            if not path.is_file():
                continue
            with path.open("rb") as handle:
                size += sum(len(chunk) for chunk in iter(lambda: handle.read(_CHUNK), b""))
            if path.suffix == ".parquet":
                with parquet.ParquetFile(path) as file:
                    for _batch in file.iter_batches(_ROWS, use_threads=False):
                        pass
    return cost, size


if __name__ == "__main__":
    main()
