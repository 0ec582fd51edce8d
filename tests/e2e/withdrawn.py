"""A tiny world of three practices of which one is withdrawn and purged, killed after every step."""

import csv
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from lds_assets.gate.purge import Mode, Purge, Trigger
from lds_assets.gate.variation_desk import Signature
from lds_assets.platform import Platform
from lds_assets.purge import canaries, links
from lds_assets.purge.certificate import new_key
from lds_assets.purge.execute import Execution
from lds_assets.purge.layers import Work
from lds_assets.release.record import current
from lds_assets.release.relations import open_release
from lds_assets.resources import Settings
from tests.road import settings_of

GONE, STAYS, TPP = "F86045", "G84624", "E85023"
ORGANISATION = "C60D3016-EE0C-4ADF-BF6A-AC504463256E"
OFFICER = Signature("iris", "IG_OFFICER", reason="notice of the practice", evidence_ref="NOTICE:1")
BOTH = replace(OFFICER, second="carl", second_role="CALDICOTT")
#: A record with its line end; quotes may hold line ends.
RECORD = re.compile(rb'(?:"(?:[^"]|"")*"|[^"\r\n])*\r\n')
BACKUPS = [{"name": "nightly", "expires_on": "2026-12-31"}]


def build_marts(platform: Platform, _run_id: str) -> None:
    """Stand in for dbt: patients by practice, into a new file that takes the old one's place."""
    release = current(platform.settings)
    assert release is not None
    staged = platform.settings.marts / "staged"
    with duckdb.connect(str(staged)) as connection:
        open_release(platform.settings, connection, release, "pinned")
        connection.execute(
            "create table mart_patient as select nhs_number, "
            "publisher_organisation_code as practice_code from pinned.patient"
        )
        connection.execute("drop schema pinned cascade")
        connection.execute(f"create table mart_practice as select '{GONE}' as practice_code")
    staged.replace(platform.settings.marts / "marts.duckdb")


@dataclass(frozen=True)
class World:
    """A home before and after a purge; ``settings`` names the key that signs."""

    home: Path
    before: Path
    settings: Settings
    purge: Purge
    kills: int
    canaries: canaries.Canaries
    links: links.Links

    @property
    def platform(self) -> Platform:
        platform = Platform.open(self.settings)
        platform.prepare()
        return platform

    @property
    def work(self) -> Work:
        return Work(self.platform, self.purge, build_marts)


def copied(built: Path, folder: Path) -> Settings:
    home = folder / "home"
    shutil.copytree(built, home)
    new_key(folder / "key")
    return settings_of(home).model_copy(update={"certificate_key": folder / "key"})


def withdraw(home: Path, practice: str, instruction: str, erase_from: str = "") -> None:
    """Let the reviewed file say that a consent ended, as the practice's notice wants it."""
    path = home / "governance/practice_consent.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    for row in rows:
        if row["practice_code"] == practice:
            row |= {"state": "WITHDRAWN", "effective_to": "2026-11-21", "notice_ref": "NOTICE:1"}
            row |= {"retention_instruction": instruction, "erase_from": erase_from}
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def execution_of(settings: Settings) -> Execution:
    platform = Platform.open(settings)
    platform.prepare()
    return Execution(platform, build_marts)


def approved(settings: Settings, practice: str, mode: Mode) -> tuple[Execution, Purge]:
    execution = execution_of(settings)
    purge = execution.desk.open(practice, Trigger.CONSENT_WITHDRAWN, mode, OFFICER)
    purge, _places = execution.take_inventory(purge, Signature("otto", "OPS"))
    return execution, execution.desk.approve(purge, BOTH)


class Killer:
    """Ends a run after each step the first time it is taken, before it is recorded."""

    def __init__(self) -> None:
        self.killed: set[str] = set()

    def once(self, name: str) -> None:
        if name not in self.killed:
            self.killed.add(name)
            raise KeyboardInterrupt

    def after(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def taken(*arguments: object, **named: object) -> object:
            made = step(*arguments, **named)
            self.once(name)
            return made

        return taken
