"""Takes a supplier folder's sample deliveries down the road, with the gate standing open.

The sample's practices are invented, so no register can know them.
"""

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from lds_assets.ingest import IngestReport, ingest
from lds_assets.lake.session import session
from lds_assets.landing.notice import notice
from lds_assets.platform import Platform
from lds_assets.plugin.sample import SampleRegister
from lds_assets.release.publish import ReleaseReport, publish
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import SUPPLIERS
from tests.prepared import Prepared

#: The day the platform takes as today: after every delivery of every sample.
TODAY = date(2026, 2, 1)

#: The practices of each sample.
PRACTICES = {"emis": ["X99901", "X99902"], "tpp": ["X99901", "X99902"]}


def place_sample(code: str, home: Path) -> None:
    """Put a supplier's sample where deliveries arrive."""
    shutil.copytree(SUPPLIERS / code / "samples", home / "landing" / code)


def walk_sample(code: str, home: Path) -> tuple[IngestReport, ReleaseReport]:
    """Take what lies in a supplier's landing folder to a release."""
    settings = Settings(home=home, today=TODAY, threads=1, memory_limit="1GB")
    platform = Platform.open(settings)
    register = SampleRegister(platform.engine)
    register.practices = tuple(PRACTICES[code])
    register.supplier = platform.suppliers[code].definition.supplier_code
    platform = replace(platform, register=register)
    notice(platform.suppliers[code], settings, platform.ledger)
    report = ingest(platform, code, PRACTICES[code], run_id="sample")
    return report, publish(platform, run_id="sample")


@dataclass(frozen=True)
class Walked:
    """A home in which a sample was taken to a release."""

    home: Path
    report: IngestReport
    release: ReleaseReport


def walked_sample(prepared: Prepared, code: str) -> Walked:
    """Return a supplier's sample at its release, walked once a session; only to be read."""

    def make(home: Path) -> Walked:
        place_sample(code, home)
        return Walked(home, *walk_sample(code, home))

    return prepared.get(f"sample-{code}", make)


def released(home: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query over ``release.<olids table>`` finds in the release in force."""
    settings = Settings(home=home, today=TODAY, threads=1, memory_limit="1GB")
    release = current(settings)
    assert release is not None
    with session(settings) as connection:
        open_release(settings, connection, release)
        return connection.execute(query).fetchall()
