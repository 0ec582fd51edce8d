"""A table waits alone, and meanwhile its delivery is replayed, or a practice of it is purged."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from lds_assets.commands import withdraw
from lds_assets.errors import Refused
from lds_assets.purge.certificate import new_key
from lds_assets.purge.execute import Execution
from lds_assets.replay.plan import plan_replay
from lds_assets.synthetic.faults.tpp_edit import path_of, read, write
from tests.faults.test_tpp_lost_table import AFTER, LOST, TABLE, folders
from tests.faults.tpp_run import FIRST, LAST, SECOND, Run, before, clean, raw_keys, run

SIGNED = ("--actor", "Ann Example", "--reason", "sent again")
WAITING = {LOST: "INCOMPLETE FILES_MISSING", AFTER: "HELD DATE_GAP"}


@pytest.fixture
def lost(tmp_path: Path) -> Run:
    """A home of its own in which the table is lost."""
    spoilt = run("tpp_lost_table")
    home = Path(shutil.copytree(spoilt.home, tmp_path / "home"))
    return Run(home, spoilt.ingest, None)


def _look(home: Run) -> dict[str, str]:
    """Look at landing without loading anything; return the ledger."""
    found = Run(home.home, home.ingest, None)
    found.platform.notice("tpp")
    return found.states()


def _bring(home: Run) -> None:
    """Let the lost file come."""
    (older, _), (usual, _) = folders(home.home), folders(clean().home)
    shutil.copyfile(path_of(usual, TABLE), path_of(older, TABLE))


def test_a_replay_of_the_delivery_leaves_its_parts_where_they_stand(lost: Run) -> None:
    _, newest = folders(lost.home)
    events = read(newest, "SREvent")
    rows = [dict(row) for row in events.rows]
    mine = next(row for row in rows if row["IDOrganisationVisibleTo"] == FIRST)
    mine["DateEvent"] = "01 Nov 2026 10:00:00"
    write(newest, "SREvent", events.columns, rows)
    (again,) = [each for each in _look(lost) if "#" in each]
    lost.lds("delivery", "supersede", again, *SIGNED)
    assert _look(lost)[again] == "HELD REPLAY_DUE"

    told = json.loads(lost.lds("replay", again, "--yes", "--json", *SIGNED))
    assert (told["outcome"], told["deliveries"], told["replaces"]) == (
        "REPLAYED",
        [again],
        {LAST: again},
    )
    (differs,) = told["differs_from_release"]
    assert (differs["table"], differs["practice_code"]) == ("encounter", FIRST)
    assert (differs["added"], differs["changed"], differs["deleted"]) == (0, 1, 0)
    states = _look(lost)
    assert (states[LAST], states[again]) == ("SUPERSEDED REPLACED", "LOADED REPLAYED")
    assert {each: states[each] for each in WAITING} == WAITING
    # the parts of the new version are those of the old one, and go on as they would have
    _bring(lost)
    states = _look(lost)
    assert {states[each].split()[0] for each in WAITING} == {"VALIDATED"}
    assert [each for each in states if "+" in each] == [LOST, AFTER]


@pytest.mark.parametrize("part", [LOST, AFTER])
def test_a_part_that_was_never_loaded_is_not_replayed(part: str) -> None:
    with pytest.raises(Refused, match=f"nothing can be replayed: it is {WAITING[part]}"):
        plan_replay(run("tpp_lost_table").platform, part)


def test_a_practice_is_purged_also_from_what_waits(
    lost: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows leave the file that waits; the other practice's stay, and wait as before."""
    new_key(tmp_path / "key")
    monkeypatch.setenv("LDS_CERTIFICATE_KEY", str(tmp_path / "key"))
    # marts have tests of their own; dbt takes longer than all of this
    stub = partial(Execution, rebuild_marts=lambda _platform, _run_id: None)
    monkeypatch.setattr(withdraw, "Execution", stub)
    notice = ("--notice", "NOTICE:7", "--actor", "iris", "--reason", "letter of the partners")
    lost.lds("consent", "withdraw", f"DEMO-TPP-{FIRST}", "--retention", "ERASE", *notice)
    lost.lds("withdraw", "open", FIRST, "--mode", "ERASE", *notice)
    counted = json.loads(lost.lds("withdraw", "inventory", FIRST, "--actor", "otto", "--json"))
    listed = json.loads(next((lost.home / "purges").rglob("inventory.json")).read_text())
    _, newest = folders(lost.home)
    waiting = f"{path_of(newest, TABLE).relative_to(lost.home / 'landing')}"
    assert (waiting, "rewrite") in [(each["place"], each["fate"]) for each in listed["places"]]
    assert counted["rows"]["landing"] > 0
    by = ("--actor", "iris", "--second", "carl", "--reason", "as it asks")
    lost.lds("withdraw", "approve", FIRST, *by)
    lost.lds("withdraw", "execute", FIRST)
    assert json.loads(lost.lds("withdraw", "prove", FIRST, "--json"))["found"] == 0
    done = json.loads(
        lost.lds(
            *("withdraw", "certify", FIRST, "--actor", "iris", "--reason", "read"),
            *("--no-backups", "--json"),
        )
    )
    assert done["state"] == "CERTIFIED"

    after = Run(lost.home, lost.ingest, None)
    _, usual = folders(clean().home)
    rest = [row for row in read(usual, TABLE).rows if row["IDOrganisationVisibleTo"] != FIRST]
    assert rest and read(newest, TABLE).rows == rest
    assert raw_keys(after, TABLE, FIRST) == set()
    own = raw_keys(after, TABLE, SECOND)
    assert own == raw_keys(run("tpp_lost_table"), TABLE, SECOND) < raw_keys(before(), TABLE, SECOND)
    # what waits goes on waiting, and is no changed content for having been rewritten
    assert {each: _look(lost)[each] for each in WAITING} == WAITING
    assert not [each for each in _look(lost) if "#" in each]
    _bring(lost)
    assert {_look(lost)[each].split()[0] for each in WAITING} == {"VALIDATED"}
