"""The independent proof: every file is read again; what is found has a lawful reason, or not.

Says nothing of what was erased: only of what is there. Rule source: governance specification S17.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from lds_assets.gate.purge import Mode
from lds_assets.lake.delta import PARTITION
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.inventory import is_of_register
from lds_assets.purge.layers import RAW, Work
from lds_assets.purge.proof_cut import AFTER, after_cut
from lds_assets.purge.scan import Finding, Scan, scan
from lds_assets.purge.scan_database import DATABASE, scan_database
from lds_assets.release.exported import exports


@dataclass(frozen=True)
class Proof:
    """What a scan of everything found.

    Attributes:
        found: what may not be there.
        excepted: reason of ``inventory.LAWFUL`` -> findings that may.
    """

    scan: Scan
    found: tuple[Finding, ...]
    excepted: dict[str, tuple[Finding, ...]]

    def document(self, work: Work, canaries: Canaries, rows_after: Mapping[str, int]) -> bytes:
        """Return the report, file by file; ``rows_after`` by layer, as the inventory counts."""
        told = Counter(each.path for each in self.found)
        return (
            json.dumps(
                {
                    "purge_id": work.purge.purge_id,
                    "practice_code": work.purge.practice_code,
                    "canaries_sought": len(canaries.hashes),
                    "rows_after": dict(rows_after),
                    "files_read": len(self.scan.kinds),
                    "bytes_read": self.scan.size_bytes,
                    "found": [asdict(each) for each in self.found],
                    "excepted": {
                        reason: [asdict(each) for each in kept]
                        for reason, kept in sorted(self.excepted.items())
                    },
                    "files": {
                        path: {"kind": kind, "found": told[path]}
                        for path, kind in sorted(self.scan.kinds.items())
                    },
                },
                indent=1,
            )
            + "\n"
        ).encode()


def prove(work: Work, canaries: Canaries) -> Proof:
    """Read every file below ``LDS_HOME`` and every known export, and judge what is found."""
    platform = work.platform
    home = platform.settings.home.absolute()
    kept = exports(platform.settings, platform.engine, work.purge.practice_code)
    elsewhere = [each.path for each in kept if not each.path.is_relative_to(home)]
    roots = [home, *(path for path in elsewhere if path.exists())]
    seen = scan(platform.settings, work.names, canaries, platform.suppliers.values(), roots)
    found: list[Finding] = []
    excepted: dict[str, list[Finding]] = {}
    if not _is_walked(platform.settings.database_url, home):
        scan_database(platform.engine, work.names, canaries, seen)
    late = after_cut(work, work.cut, seen.findings) if work.cut else []
    for each in [*seen.findings, *late]:
        reason = lawful(each, work)
        if reason:
            excepted.setdefault(reason, []).append(each)
        else:
            found.append(each)
    told = {reason: tuple(each) for reason, each in excepted.items()}
    return Proof(seen, tuple(found), told)


def _is_walked(database_url: str, home: Path) -> bool:
    """Say whether the platform database is a file that the walk read."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return False
    return Path(url.database or "").absolute().is_relative_to(home)


def lawful(finding: Finding, work: Work) -> str:
    """Return the reason for which a finding may be there, empty when it may not.

    What has the practice's own rows in it, a canary, or cannot be read, has none.
    """
    path = Path(finding.path)
    root = path.parts[0]
    if work.purge.mode == Mode.STOP_ONLY and root in ("landing", "lake"):
        return "" if path.parts[:2] == ("lake", "release") else "instruction"
    if finding.what in ("canary", "unreadable", AFTER):
        return ""
    if work.cut and (root == "landing" or path.as_posix().startswith(f"lake/{RAW}")):
        return "instruction"
    if root == "marts":
        return "register_marts" if is_of_register(_mart(finding)) else ""
    if root in _WHOLE:
        return _WHOLE[root]
    names_it = finding.what == "organisation" and "_delta_log" not in path.parts
    own = f"{PARTITION}={work.purge.practice_code}" in path.parts
    return "reference" if names_it and not own and root in ("landing", "lake") else ""


#: What of ``LDS_HOME`` is evidence, whatever it holds of the practice's name.
_WHOLE = {
    DATABASE: "database",
    "platform.db": "database",
    "platform.db-wal": "database",
    "platform.db-shm": "database",
    "governance": "governance",
    "evidence": "governance",
    "dagster": "orchestrator",
    "purges": "purges",
}


def _mart(finding: Finding) -> str:
    table, dot, _column = finding.place.partition(".")
    return table if dot else Path(finding.path).stem
