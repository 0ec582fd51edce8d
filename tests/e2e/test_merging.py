"""A practice merges into another: its people and their history come under the other code."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from lds_assets.gate.migration_desk import MigrationDesk
from lds_assets.gate.variation_desk import Signature
from lds_assets.lake.session import session
from lds_assets.marts.build import DATA_ONLY, build
from lds_assets.marts.manifest import PROJECT
from lds_assets.platform import Platform
from lds_assets.release.attach import attach
from lds_assets.release.publish import publish
from lds_assets.release.record import Release, current
from lds_assets.release.relations import open_release
from lds_assets.synthetic.generate import generate
from tests.officers import write_register
from tests.road import NEWEST, TODAY, settings_of, walk

BEFORE = NEWEST - timedelta(days=1)
_SUCCESSION = "predecessor,successor,kind,effective_on,source,evidence_ref\n{},{},MERGER,{},{},x\n"
_COUNTED = {
    "patients": "select publisher_organisation_code, count(*) from release.patient where "
    "not lds_is_deleted group by 1 order by 1",
    "persons": "select count(distinct person_id) from release.patient where not lds_is_deleted",
    "both": "select count(*), min(n), max(n) from (select patient.person_id, count(distinct "
    "patient.publisher_organisation_code) as practices, count(episode.id) as n from "
    "release.patient as patient inner join release.episode_of_care as episode on "
    "episode.patient_id = patient.id where episode.episode_of_care_end_date is null "
    "group by 1) where practices = 2",
    "observations": "select count(*) from release.observation where not lds_is_deleted",
}
Shown = dict[str, list[tuple[object, ...]]]


class Merged:
    """What releases showed before the merger, after it, and with the successor's word."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.predecessor, self.successor = "", ""
        self.open_at_predecessor: set[str] = set()
        self.shown: dict[str, Shown] = {}
        self.releases: dict[str, Release] = {}

    def look(self, step: str) -> None:
        """Note what the release in force shows."""
        settings = settings_of(self.home)
        release = current(settings)
        assert release is not None
        self.releases[step] = release
        with session(settings) as connection:
            open_release(settings, connection, release)
            self.shown[step] = {
                name: connection.execute(query).fetchall() for name, query in _COUNTED.items()
            }

    def note_open(self) -> None:
        """Note who is registered at the predecessor, by person."""
        settings = settings_of(self.home)
        with session(settings) as connection:
            open_release(settings, connection, self.releases["before"])
            rows = connection.execute(
                "select distinct person_id from release.episode_of_care where "
                "episode_of_care_end_date is null and not lds_is_deleted and "
                f"publisher_organisation_code = '{self.predecessor}'"
            ).fetchall()
        self.open_at_predecessor = {str(row[0]) for row in rows}


@pytest.fixture(scope="module")
def merged(tmp_path_factory: pytest.TempPathFactory) -> Merged:
    """Load both, merge by local evidence, load what the successor sends, let it cover."""
    home = tmp_path_factory.mktemp("merging")
    settings, made, world = settings_of(home), home / "made", Merged(home)
    report = generate("tiny", 42, 1, made, ("clean", "merges"), NEWEST)
    write_register(report, settings.governance)
    world.predecessor, world.successor = (each.code for each in report.practices[:2])
    told = _SUCCESSION.format(world.predecessor, world.successor, NEWEST, "LOCAL_EVIDENCE")
    (settings.governance / "practice_succession.csv").write_text(told, encoding="utf-8")
    group = report.practices[0].agreement_id
    bulk, delta = sorted((made / "emis" / group).iterdir())
    shutil.copytree(bulk, settings.landing / "emis" / group / bulk.name)
    walk(home, BEFORE)
    world.look("before")
    world.note_open()
    shutil.copytree(delta, settings.landing / "emis" / group / delta.name)
    walk(home, TODAY)
    world.look("merged")
    platform = Platform.open(settings)
    officer = Signature("officer", "IG_OFFICER", evidence_ref="form")
    desk = MigrationDesk(platform.register, TODAY)
    desk.cover(f"DEMO-EMIS-{world.successor}", "PREDECESSOR", world.predecessor, officer)
    publish(Platform.open(settings), run_id="covered")
    world.look("covered")
    return world


def test_the_predecessor_is_frozen_until_the_successor_speaks_for_it(merged: Merged) -> None:
    assert merged.predecessor in merged.releases["before"].publishers
    assert merged.predecessor not in merged.releases["merged"].publishers
    assert merged.predecessor in merged.releases["covered"].publishers


def test_who_is_under_both_codes_is_one_person_registered_twice(merged: Merged) -> None:
    before, after = merged.shown["before"], merged.shown["covered"]
    people, now = ({c: n for c, n in each["patients"]} for each in (before, after))
    one, two = merged.predecessor, merged.successor
    assert now[one] == people[one]
    # people who registered on the day of the merger, at either code, are new indeed
    fresh = now[two] - people[one] - people[two]  # type: ignore[operator]  # counts
    assert 0 <= fresh < 10
    assert after["persons"] == [(before["persons"][0][0] + fresh,)]
    number, fewest, _ = after["both"][0]
    # everybody registered at the predecessor, but the few who left on the day itself
    assert isinstance(number, int)
    assert 0 <= len(merged.open_at_predecessor) - number <= 3
    assert fewest == 2


@pytest.fixture(scope="module")
def marts(merged: Merged) -> Path:
    """The marts of registrations and persons, built on the release that covers both."""
    settings = settings_of(merged.home)
    database = settings.work / "marts.duckdb"
    attach(Platform.open(settings), merged.releases["covered"], database)
    wanted = ("--select", "+mart_registration_history", "+mart_patient_person")
    kinds = (*DATA_ONLY, "--exclude-resource-type", "test")
    build(database, PROJECT, settings.work / "dbt", (*kinds, *wanted))
    return database


def test_the_marts_have_one_person_under_both_codes(merged: Merged, marts: Path) -> None:
    """By NHS number: whoever is a patient of both practices is one person in the mart."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            "select count(distinct bridged.person_id) as persons, "
            "count(distinct bridged.practice_code) as practices from release.patient as patient "
            "inner join mart_patient_person as bridged on bridged.patient_id = patient.id "
            "where patient.nhs_number is not null group by patient.nhs_number "
            "having count(distinct bridged.practice_code) = 2"
        ).fetchall()
    assert len(rows) >= len(merged.open_at_predecessor) - 3 > 50
    assert set(rows) == {(1, 2)}


def test_the_marts_have_both_registrations_with_their_dates(merged: Merged, marts: Path) -> None:
    """Dated at either code; that at the predecessor ended by the merger, the other goes on."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        rows = connection.execute(
            "select person_id, practice_code, start_date, end_date, is_current "
            "from mart_registration_history"
        ).fetchall()
    found: dict[str, dict[str, list[tuple[date, date | None, bool]]]] = {}
    for person, practice, *told in rows:
        found.setdefault(person, {}).setdefault(practice, []).append(tuple(told))
    one, two = merged.predecessor, merged.successor
    came = [each for each in found.values() if one in each and two in each]
    # registered there until the merger; the few who left on the day itself are not at the other
    ended = [each for each in came if any(end == NEWEST for _, end, _ in each[one])]
    on = [each for each in ended if any(is_now for *_, is_now in each[two])]
    assert len(merged.open_at_predecessor) >= len(ended) > 50
    assert len(ended) - len(on) <= 3
    for each in came:
        former, present = each[one], each[two]
        assert all(start and end and end <= NEWEST and not now for start, end, now in former)
        assert all(
            start and start <= NEWEST and now is (end is None) for start, end, now in present
        )


def test_history_that_came_along_is_counted_once(merged: Merged) -> None:
    before, after = (merged.shown[step]["observations"][0][0] for step in ("before", "covered"))
    # the day's own entries are few; without the collapse it would be half as many again
    assert isinstance(before, int)
    assert isinstance(after, int)
    assert before <= after <= before * 1.05


def test_the_marts_are_told_from_which_day_nobody_is_registered_there(merged: Merged) -> None:
    settings = settings_of(merged.home)
    database = settings.work / "facts.duckdb"
    attach(Platform.open(settings), merged.releases["covered"], database)
    with duckdb.connect(str(database), read_only=True) as connection:
        told = connection.execute(
            "select practice_code, closed_date from release.practice_register where "
            f"practice_code in ('{merged.predecessor}', '{merged.successor}')"
        ).fetchall()
    assert dict(told) == {merged.predecessor: NEWEST, merged.successor: None}


def test_the_day_of_the_merger_is_a_day_of_the_register(merged: Merged) -> None:
    state = Platform.open(settings_of(merged.home)).register.state()
    told = list(state.successions.values())
    assert [(each.successor, each.effective_on, each.source) for each in told] == [
        (merged.successor, date(2026, 11, 20), "LOCAL_EVIDENCE")
    ]
