"""A practice moves from TPP to EMIS on a day; both send, and history comes twice."""

import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lds_assets.cli import app
from lds_assets.copies.comparison import Comparison
from lds_assets.copies.kept import migration_rows
from lds_assets.gate.migration import State
from lds_assets.gate.migration_desk import MigrationDesk
from lds_assets.gate.variation_desk import Signature
from lds_assets.lake.session import session
from lds_assets.operations.migrations import compare_migration
from lds_assets.platform import Platform
from lds_assets.release.copies import copies_of
from lds_assets.release.publish import publish
from lds_assets.release.record import Release, current
from lds_assets.release.relations import open_release
from lds_assets.synthetic.generate import DemoPractice, generate
from tests.officers import write_register
from tests.road import NEWEST, TODAY, settings_of, walk

LIAISON = Signature("liaison", "PRACTICE_LIAISON", evidence_ref="letter")
TPP, EMIS = "PrimaryCareTPP", "Primary Care - EMIS"
_COUNTED = {
    "patients": "select lds_source_dataset, count(*) from {0}.patient where {1} group by 1",
    "persons": "select count(distinct person_id), count(*) from {0}.patient where {1}",
    "registrations": "select count(*), count(distinct patient_id) from {0}.episode_of_care "
    "where {1} and episode_of_care_end_date is null",
    "strangers": "select count(*) from {0}.observation where {1} and patient_id not in "
    "(select id from {0}.patient)",
    "starts": "select count(*) filter (where episode_of_care_start_date >= date '2026-11-19'), "
    "count(*) from {0}.episode_of_care where {1} and episode_of_care_end_date is null",
}


@dataclass
class Seen:
    """What releases showed of the practice, step by step."""

    home: Path
    new: DemoPractice
    migration_id: str = ""
    shown: dict[str, dict[str, list[tuple[object, ...]]]] = field(default_factory=dict)
    releases: dict[str, Release] = field(default_factory=dict)
    comparison: Comparison | None = None
    copies: dict[str, int] = field(default_factory=dict)

    def look(self, step: str) -> None:
        """Note what the release in force shows."""
        settings = settings_of(self.home)
        release = current(settings)
        assert release is not None
        self.releases[step] = release
        live = f"not lds_is_deleted and publisher_organisation_code = '{self.new.code}'"
        with session(settings) as connection:
            open_release(settings, connection, release)
            self.shown[step] = {
                name: connection.execute(query.format("release", live)).fetchall()
                for name, query in _COUNTED.items()
            }
            rows = connection.execute(
                f"select table_name, count(*) from ({copies_of(settings, release.copies)}) "
                "group by 1"
            ).fetchall()
            self.copies = {str(name): int(number) for name, number in rows}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Load the old system's bulk, move, load the new one's, cover, compare."""
    home = tmp_path_factory.mktemp("moving")
    settings, made = settings_of(home), home / "made"
    report = generate("tiny", 42, 1, made, ("clean", "moves_to_emis"), NEWEST)
    write_register(report, settings.governance)
    world = Seen(home, next(each for each in report.practices if each.case == "moved_in"))
    bulk, overlap = sorted((made / "tpp" / "lds01").iterdir())
    shutil.copytree(bulk, settings.landing / "tpp" / "lds01" / bulk.name)
    # the consent to EMIS is in force from the day of the move, which is on record before
    day_before = NEWEST - timedelta(days=1)
    platform = Platform.open(settings_of(home, day_before))
    platform.prepare()
    before = MigrationDesk(platform.register, day_before)
    world.migration_id = before.plan(world.new.code, "EMIS", NEWEST, LIAISON)
    walk(home, NEWEST)
    world.look("before")

    platform = Platform.open(settings)
    desk = MigrationDesk(platform.register, TODAY)
    desk.cut_over(
        world.migration_id, NEWEST, LIAISON, world.new.supplier_org_id, world.new.agreement_id
    )
    group = world.new.agreement_id
    shutil.copytree(made / "emis" / group, settings.landing / "emis" / group)
    shutil.copytree(overlap, settings.landing / "tpp" / "lds01" / overlap.name)
    walk(home)
    world.look("not covered")

    officer = Signature("officer", "IG_OFFICER", evidence_ref="form")
    desk = MigrationDesk(platform.register, TODAY)
    desk.cover(f"DEMO-EMIS-{world.new.code}", "EARLIER_SUPPLIER", "TPP", officer)
    platform = Platform.open(settings)
    publish(platform, run_id="covered")
    world.look("covered")

    desk = MigrationDesk(platform.register, TODAY)
    world.comparison = compare_migration(platform, desk.migration(world.migration_id))
    accept = Signature(
        "lead",
        "DELIVERY_LEAD",
        reason="sessions and requests are cut differently",
        evidence_ref="report",
        second="officer",
        second_role="IG_OFFICER",
    )
    desk.reconcile(
        world.migration_id, world.comparison.sha256, list(world.comparison.outside), accept
    )
    publish(Platform.open(settings), run_id="reconciled")
    world.look("reconciled")
    return world


def test_without_a_cover_nothing_of_the_practice_is_released(seen: Seen) -> None:
    assert seen.shown["before"]["patients"] == [(TPP, seen.new.patients)]
    assert seen.shown["not covered"]["patients"] == []
    assert seen.new.code not in seen.releases["not covered"].publishers


def test_the_old_records_stand_in_until_the_comparison(seen: Seen) -> None:
    assert seen.shown["covered"]["patients"] == [(TPP, seen.new.patients)]
    assert seen.releases["covered"].left_out == {(seen.new.code, EMIS)}
    # the old feed ended with the move: its later delivery changed nothing
    assert seen.shown["covered"] == seen.shown["before"]


def test_nobody_and_nothing_is_counted_twice(seen: Seen) -> None:
    after = seen.shown["reconciled"]
    assert after["patients"] == [(EMIS, seen.new.patients)]
    assert after["persons"] == seen.shown["before"]["persons"]
    assert after["strangers"] == [(0,)]
    assert seen.copies["patient"] == seen.new.patients
    # every copy is one that the comparison found in both
    assert seen.comparison is not None
    matched = {each.subject: each.matched for each in seen.comparison.by_subject()}
    told = sum(matched[name] for name in ("observation", "problem", "immunisation"))
    assert seen.copies["observation"] == told
    assert seen.copies["medication_order"] == matched["medication_order"]


def test_starts_that_the_move_reset_are_kept(seen: Seen) -> None:
    assert seen.comparison is not None
    assert seen.comparison.restarted > 10
    before, after = (seen.shown[step]["starts"] for step in ("before", "reconciled"))
    # as many open registrations as before the move, and none that began with it
    assert after == before
    assert after[0][0] == 0


def test_the_comparison_finds_what_both_systems_tell(seen: Seen) -> None:
    assert seen.comparison is not None
    found = {each.subject: each for each in seen.comparison.by_subject()}
    assert (found["patient"].matched, found["patient"].only_old) == (seen.new.patients, 0)
    for subject in ("problem", "immunisation", "current medication"):
        each = found[subject]
        assert each.matched > 40
        assert (each.changed, each.only_old, each.only_new) == (0, 0, 0)


def test_every_row_of_every_file_is_accounted_for(seen: Seen) -> None:
    ledger = Platform.open(settings_of(seen.home)).ledger
    assert (ledger.balance("raw"), ledger.balance("canonical")) == ([], [])


def test_the_newest_comparison_is_kept_for_the_marts(seen: Seen) -> None:
    platform = Platform.open(settings_of(seen.home))
    state, comparison = platform.register.state(), seen.comparison
    assert comparison is not None
    rows = list(migration_rows(platform.engine, state, [seen.new.code], TODAY))
    assert {(row[0], row[2], row[3], row[7]) for row in rows} == {
        (seen.migration_id, "TPP", "EMIS", True)
    }
    told = [(each.subject, each.year, each.matched, each.changed) for each in comparison.figures]
    assert [row[8:12] for row in rows] == told
    # of a practice that no release shows, and before anybody compared, marts tell nothing
    assert list(migration_rows(platform.engine, state, [], TODAY)) == []
    assert list(migration_rows(platform.engine, state, [seen.new.code], NEWEST)) == []


def test_the_commands_tell_it_in_counts(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LDS_HOME", str(seen.home))
    monkeypatch.setenv("LDS_TODAY", TODAY.isoformat())
    page = seen.home / "report.html"
    command = ["migration", "report", seen.migration_id, "--out", str(page)]
    told = CliRunner().invoke(app, command)
    assert told.exit_code == 0, told.output
    assert "outside tolerance" in told.output
    assert "<table>" in page.read_text(encoding="utf-8")
    desk = MigrationDesk(Platform.open(settings_of(seen.home)).register, TODAY)
    assert desk.migration(seen.migration_id).state is State.RECONCILED
