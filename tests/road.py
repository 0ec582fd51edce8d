"""Walk the road on a home, without the orchestrator: notice, ingest, release.

``python -m tests.road HOME`` does it in a process of its own, to be killed.
"""

import atexit
import shutil
import sys
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from lds_assets.ingest import IngestReport, ingest
from lds_assets.lake.session import session
from lds_assets.platform import Platform
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.release.record import current
from lds_assets.release.relations import open_release, shown_tables
from lds_assets.resources import Settings
from lds_assets.synthetic.generate import GenerationReport, generate
from tests.officers import write_register

NEWEST = date(2026, 11, 20)
TODAY = NEWEST + timedelta(days=1)

#: Differs between two runs of the same deliveries by its meaning.
RUN_COLUMN = "lds_transform_datetime"


def settings_of(home: Path, today: date = TODAY) -> Settings:
    """Return settings of a home, on the day after the newest synthetic delivery by default."""
    return Settings(home=home, today=today, threads=1, memory_limit="2GB")


@cache
def _made(days: int, scenario: tuple[str, ...]) -> tuple[Path, GenerationReport]:
    """Make deliveries once a process; they are copied from here."""
    home = Path(mkdtemp(prefix="lds-synthetic-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    settings = settings_of(home)
    report = generate("tiny", 42, days, settings.landing, scenario, NEWEST)
    write_register(report, settings.governance)
    return home, report


def synthesise(home: Path, days: int = 2, *scenario: str) -> GenerationReport:
    """Put the ``tiny`` deliveries and the demo register into a home."""
    made, report = _made(days, scenario)
    shutil.copytree(made, home, dirs_exist_ok=True)
    return report


def walk(home: Path, today: date = TODAY) -> tuple[dict[str, IngestReport], ReleaseReport]:
    """Take whatever lies in landing to a release."""
    platform = Platform.open(settings_of(home, today))
    assert platform.prepare() == ()
    platform.refuse_strangers()
    reports = {}
    for code in platform.suppliers:
        platform.notice(code)
        reports[code] = ingest(platform, code, platform.admitted(code), run_id="test")
    return reports, publish(platform, run_id="test")


def released_rows(home: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of the release in force, by table, in a fixed order."""
    settings = settings_of(home)
    release = current(settings)
    assert release is not None
    with session(settings) as connection:
        open_release(settings, connection, release)
        return {
            table: connection.execute(
                f"select columns(c -> c <> '{RUN_COLUMN}') from release.{table} order by all"
            ).fetchall()
            for table in shown_tables(release)
        }


if __name__ == "__main__":
    walk(Path(sys.argv[1]))
