"""The dbt manifest that the asset graph is drawn from, kept as long as the project is unchanged.

Parsing needs no database, no network and no secret; it takes some seconds, so its result is kept
per fingerprint of the project beside dbt's own target folder.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from lds_assets.errors import Held
from lds_assets.resources import REPOSITORY, Settings

PROJECT = REPOSITORY / "dbt_project"

_PARTS = ("models", "macros", "tests", "dbt_project.yml", "profiles.yml", "../seeds")
_KINDS = {".sql", ".yml", ".yaml"}
_KEPT = 3


def manifest_path(project: Path = PROJECT) -> Path:
    """Return the manifest of the project as it is now; parse when it is not there.

    Raises:
        Held: dbt cannot parse the project.
    """
    cache = project / "target" / "manifests"
    manifest = cache / fingerprint(project) / "manifest.json"
    if not manifest.exists():
        _parse(project, manifest)
        _forget(cache)
    return manifest


def parsed_folder(settings: Settings, project: Path = PROJECT) -> Path:
    """Return where dbt keeps its parse of the project as it is now; those of others are dropped.

    A parse is gone on from while nothing of the project changed, never mended.
    """
    parses = settings.work / "dbt"
    kept = parses / fingerprint(project)
    for other in parses.glob("*"):
        if other != kept:
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    return kept


def fingerprint(project: Path) -> str:
    """Return a fingerprint over every file that dbt reads."""
    found = sha256()
    for part in _PARTS:
        start = project / part
        files = [start] if start.is_file() else sorted(start.rglob("*"))
        for path in files:
            if path.is_file() and path.suffix in _KINDS:
                found.update(str(path.relative_to(start.parent)).encode())
                found.update(sha256(path.read_bytes()).digest())
    return found.hexdigest()[:16]


def _parse(project: Path, manifest: Path) -> None:
    """Parse into a folder of its own and move the result in by one rename."""
    manifest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="parse-", dir=manifest.parent) as scratch:
        outcome = subprocess.run(  # noqa: S603 - our own interpreter, fixed arguments
            [
                *(sys.executable, "-m", "dbt.cli.main", "parse", "--quiet"),
                *("--project-dir", str(project), "--profiles-dir", str(project)),
                *("--target-path", scratch, "--log-path", scratch, "--no-version-check"),
            ],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        )
        written = Path(scratch) / "manifest.json"
        if outcome.returncode != 0 or not written.exists():
            raise Held(
                "dbt cannot parse the project",
                where=project.name,
                done="the marts are not in the graph; nothing was built",
                to_do=f"run `dbt parse --project-dir {project.name}` and mend what it names",
            )
        written.replace(manifest)


def _forget(cache: Path) -> None:
    """Drop manifests of older states of the project."""
    kept = sorted(cache.glob("*/manifest.json"), key=lambda path: path.stat().st_mtime)
    for stale in kept[:-_KEPT]:
        stale.unlink(missing_ok=True)
