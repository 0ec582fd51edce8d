"""Rows under a supplier's own id of a branch are the practice's, listed or not."""

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from lds_assets.purge.branch_ids import branch_ids
from lds_assets.purge.canaries import Canaries
from lds_assets.purge.feed import Fate, Feed
from lds_assets.purge.landing import holdings
from lds_assets.purge.landing_erase import erase_landing
from lds_assets.purge.layers import Work
from lds_assets.purge.names import Names
from lds_assets.purge.proof_names import proof_names
from lds_assets.purge.scan import scan
from lds_assets.raw.ownership import Branches
from lds_assets.suppliers.registry import suppliers
from tests.unit.landing.world import World

OWN, BRANCH, OTHER = (f"{digit}0000000-0000-4000-8000-00000000000a" for digit in "123")
NAMES = Names("F86045", {"emis": frozenset({OWN})})
EMIS = suppliers()["emis"]
FOLDER = "landing/emis/55ED4A4E-DECD-4962-A420-5E65C5068928/20261120"
FILE = "bulk_9_{}_20261120000512_55ED4A4E-DECD-4962-A420-5E65C5068928.csv"


def _file(home: Path, table: str, **told: list[str]) -> Path:
    """Write a file with every column of the dictionary, those told filled."""
    names = [each.name for each in EMIS.dictionary[table].columns]
    count = len(next(iter(told.values())))
    lines = [",".join(names)]
    lines += [",".join(told.get(name, [""] * count)[row] for name in names) for row in range(count)]
    path = home / FOLDER / FILE.format(table)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join([*lines, ""]).encode())
    return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    home = tmp_path / "home"
    home.mkdir()
    _file(
        home,
        "Admin_Organisation",
        OrganisationGuid=[f"{{{OWN}}}", f"{{{BRANCH.upper()}}}", f"{{{OTHER}}}"],
        ODSCode=["F86045", "F86045002", "G84624"],
    )
    _file(home, "CareRecord_Diary", OrganisationGuid=[BRANCH, OTHER], DiaryGuid=["1", "2"])
    world = World(home)
    world.settings.work.mkdir(exist_ok=True)
    return world


def test_its_id_is_taken_from_the_supplier_s_list_of_organisations(world: World) -> None:
    """By two ways that share nothing: of the code that erases, and of the proof."""
    assert branch_ids(world.settings, EMIS, NAMES) == {BRANCH}
    platform = SimpleNamespace(settings=world.settings, suppliers={"emis": EMIS})
    work = cast(Work, SimpleNamespace(platform=platform, names=NAMES))
    assert proof_names(work).ids == {"emis": frozenset({OWN, BRANCH})}


def test_a_list_makes_no_other_practice_s_id_its_own(world: World) -> None:
    known = Names("F86045", NAMES.ids, others=frozenset({BRANCH}))
    assert branch_ids(world.settings, EMIS, known) == frozenset()
    platform = SimpleNamespace(settings=world.settings, suppliers={"emis": EMIS})
    assert proof_names(cast(Work, SimpleNamespace(platform=platform, names=known))).ids == known.ids


def test_its_rows_are_erased_and_found_when_they_are_not(world: World) -> None:
    ids = NAMES.ids["emis"] | branch_ids(world.settings, EMIS, NAMES)
    names = Names("F86045", {"emis": ids})
    path = f"{FOLDER}/{FILE.format('CareRecord_Diary')}"

    def found() -> set[tuple[str, str, int]]:
        nothing = Canaries.of("salt", ())
        seen = scan(world.settings, names, nothing, [EMIS], [world.settings.landing])
        return {(each.path, each.what, each.count) for each in seen.findings if each.path == path}

    assert found() == {(path, "publisher", 1)}
    branches = Branches({}, frozenset({"F86045", "G84624"}))
    feed = Feed(world.settings, world.ledger, EMIS, names, branches)
    assert [(each.fate, each.rows) for each in holdings(feed)] == [(Fate.REWRITE, 1)]
    erase_landing(feed, "PURGE-1")
    assert found() == set()
    assert (world.home / path).read_text().count("\n") == 2
