"""The independent proof: every file is read again; what is found has a lawful reason, or not.

Says nothing of what was erased: only of what is there. Rule source: governance specification S17.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import duckdb
from sqlalchemy.engine import make_url

from lds_assets.gate.purge import Mode
from lds_assets.lake.delta import PARTITION
from lds_assets.lake.session import session
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.inventory import is_of_register
from lds_assets.purge.layers import RAW, Work
from lds_assets.purge.links import Links
from lds_assets.purge.links_sample import LinkSampler
from lds_assets.purge.names import Names
from lds_assets.purge.proof_cut import AFTER, LINKED, after_cut
from lds_assets.purge.proof_names import proof_names
from lds_assets.purge.scan import Scan, scan
from lds_assets.purge.scan_database import DATABASE, scan_database
from lds_assets.purge.scan_file import Finding
from lds_assets.purge.scan_rules import feed_rules
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
    links: Links = field(default_factory=Links)

    def document(self, work: Work, canaries: Canaries, rows_after: Mapping[str, int]) -> bytes:
        """Return the report, file by file; ``rows_after`` by layer, as the inventory counts."""
        told = Counter(each.path for each in self.found)
        return (
            json.dumps(
                {
                    "purge_id": work.purge.purge_id,
                    "practice_code": work.purge.practice_code,
                    "canaries_sought": len(canaries.hashes),
                    # none were kept of a purge that an earlier version began
                    "linked_keys_sought": self.links.count if self.links.are_known else None,
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


def sampled_links(work: Work, salt: str) -> Links:
    """Return keyed hashes of the practice's rows that others point at; asked before the erasing."""
    with session(work.platform.settings) as connection:
        return _sampler(work, connection, proof_names(work), salt).links()


def _sampler(
    work: Work,
    connection: duckdb.DuckDBPyConnection,
    names: Names,
    salt: str,
    *,
    of_others: bool = False,
) -> LinkSampler:
    feeds = tuple(map(feed_rules, work.platform.suppliers.values()))
    settings = work.platform.settings
    return LinkSampler(settings, connection, feeds, names, salt, of_others=of_others)


def prove(work: Work, canaries: Canaries, links: Links | None = None) -> Proof:
    """Read every file below ``LDS_HOME`` and every known export, and judge what is found.

    Args:
        links: keys of the practice's rows that rows of other tables point at, from before.
    """
    links = links or Links()
    names = proof_names(work)
    platform = work.platform
    home = platform.settings.home.absolute()
    kept = exports(platform.settings, platform.engine, work.purge.practice_code)
    elsewhere = [each.path for each in kept if not each.path.is_relative_to(home)]
    roots = [home, *(path for path in elsewhere if path.exists())]
    suppliers = platform.suppliers.values()
    seen = scan(platform.settings, names, canaries, suppliers, roots, links)
    found: list[Finding] = []
    excepted: dict[str, list[Finding]] = {}
    if not _is_walked(platform.settings.database_url, home):
        scan_database(platform.engine, names, canaries, seen)
    own = _of_the_practice_alone(work, names, links, seen)
    seen.findings += _linked(seen, own)
    late = after_cut(work, names, own, seen.findings) if work.cut else []
    for each in [*seen.findings, *late]:
        reason = lawful(each, work)
        if reason:
            excepted.setdefault(reason, []).append(each)
        else:
            found.append(each)
    told = {reason: tuple(each) for reason, each in excepted.items()}
    return Proof(seen, tuple(found), told, own)


def _of_the_practice_alone(work: Work, names: Names, links: Links, seen: Scan) -> Links:
    """Return those keys that rows still point at and no row of another practice has."""
    met = {pair.partition(">")[0] for told in seen.linked.values() for pair in told}
    if not met:
        return links
    with session(work.platform.settings) as connection:
        sampler = _sampler(work, connection, names, links.salt, of_others=True)
        others = {name: sampler.keys(name) for name in met}
    keys = {name: links.of(name) - others.get(name, frozenset()) for name in links.keys}
    return replace(links, keys=keys)


def _linked(seen: Scan, own: Links) -> Iterator[Finding]:
    for path, told in sorted(seen.linked.items()):
        for pair, counts in sorted(told.items()):
            name, _mark, column = pair.partition(">")
            rows = sum(count for key, count in counts.items() if key in own.of(name))
            if rows:
                yield Finding(path, LINKED, f"{column} to {name}", rows)


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
    if finding.what in ("unreadable", "unopened"):
        return _unopened(finding, work)
    if work.purge.mode == Mode.STOP_ONLY and root in ("landing", "lake"):
        if path.parts[:2] != ("lake", "release"):
            return "instruction"
        # the run that made the release is named by the purge
        return "purges" if finding.what == "organisation" else ""
    if finding.what in ("canary", AFTER):
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


def _unopened(finding: Finding, work: Work) -> str:
    """Return the reason for which a file may be there that nobody could look into."""
    ring = work.platform.settings.gnupg_home
    place = work.platform.settings.home.absolute() / finding.path
    if ring is not None and place.is_relative_to(ring.absolute()):
        return "keys"
    is_form = Path(finding.path).parts[0] in ("governance", "evidence")
    return "unopened_forms" if is_form and finding.what == "unopened" else ""


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
