"""A purge from a day on: what was sent from then on is gone, what was sent before is as it was."""

import csv
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from lds_assets.errors import Refused
from lds_assets.gate.purge import Layer, Mode, Purge, Trigger
from lds_assets.lake.erase import delta_tables
from lds_assets.operations.purge_job import purge_job
from lds_assets.platform import Platform
from lds_assets.purge import canaries
from lds_assets.purge.certificate import verify
from lds_assets.purge.layers import Work
from lds_assets.purge.proof import Proof, prove
from lds_assets.release.record import current
from lds_assets.resources import Settings
from tests.e2e.withdrawn import (
    BACKUPS,
    GONE,
    OFFICER,
    ORGANISATION,
    RECORD,
    STAYS,
    TPP,
    approved,
    build_marts,
    copied,
    execution_of,
    withdraw,
)
from tests.road import TODAY, settings_of, synthesise, walk

#: The bulk was extracted the day before, the delta on it.
DAY = "2026-11-20"
#: Columns that tell when a row happened or was entered. Recalls are due on days to come.
DATED = {"EffectiveDate", "EnteredDate", "HistoryDate", "AppointmentDate", "StartDate"}


@dataclass(frozen=True)
class Cut:
    """A home before and after the purge."""

    before: Path
    settings: Settings
    purge: Purge
    proof: Proof
    canaries: canaries.Canaries
    certificate: dict[str, object]

    @property
    def home(self) -> Path:
        return self.settings.home


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cut]:
    built = tmp_path_factory.mktemp("built") / "home"
    synthesise(built, 1)
    walk(built)
    build_marts(Platform.open(settings_of(built)), "")
    settings = copied(built, tmp_path_factory.mktemp("cut"))
    withdraw(settings.home, GONE, "ERASE_FROM_DATE", DAY)
    execution, purge = approved(settings, GONE, Mode.ERASE_FROM_DATE)
    purge = execution.execute(purge)
    sought = canaries.read(
        settings.purges / purge.purge_id / "canaries.json", execution._salt(purge)
    )
    purge, proof = execution.prove(purge)
    executed = purge
    purge, path = execution.certify(purge, BACKUPS, OFFICER)
    told = json.loads(path.read_text(encoding="utf-8"))["certificate"]
    yield Cut(built, settings, executed, proof, sought, told)


def _cells(record: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(record.decode(), newline="")))


def _is_theirs(header: list[str], record: bytes) -> bool:
    return _cells(record)[header.index("OrganisationGuid")].strip("{}").upper() == ORGANISATION


def _is_late(header: list[str], record: bytes) -> bool:
    return any(
        cell >= DAY for name, cell in zip(header, _cells(record), strict=True) if name in DATED
    )


def test_deliveries_of_the_day_and_later_hold_nothing_and_those_before_all(cut: Cut) -> None:
    went = stayed = due = 0
    for path in sorted((cut.before / "landing/emis").rglob("*.csv")):
        was = RECORD.findall(path.read_bytes())
        now = RECORD.findall((cut.home / path.relative_to(cut.before)).read_bytes())
        header = _cells(was[0])
        if "OrganisationGuid" not in header or "Admin_Organisation_" in path.name:
            continue
        own = [each for each in was[1:] if _is_theirs(header, each)]
        if path.parent.name == "20261120":
            gone = own
        else:
            gone = [each for each in own if _is_late(header, each)]
            due += len(gone)
        assert now == [each for each in was if each not in gone], path.name
        went += len(gone)
        stayed += len(own) - len(gone)
    assert went > due > 0 and stayed > 2000


def _raw_rows(home: Path, where: str, name: str = "") -> set[tuple[object, ...]]:
    found: set[tuple[object, ...]] = set()
    for table in delta_tables(home / "lake/raw_emis" / name):
        files = f"{table}/*={GONE}/*.parquet"
        if list(table.glob(f"*={GONE}/*.parquet")):
            rows = duckdb.sql(
                f"select lds_source_record_id from read_parquet('{files}', "
                f"hive_partitioning = false, union_by_name = true) where {where}"
            ).fetchall()
            found |= {(table.name, *row) for row in rows}
    return found


def test_raw_keeps_exactly_the_rows_sent_before_that_tell_no_later_day(cut: Cut) -> None:
    sent_before = _raw_rows(cut.before, "lds_delivery_id like '%/20261119T%'")
    diary = _raw_rows(cut.before, f"effective_date >= date '{DAY}'", "care_record_diary")
    seen = _raw_rows(cut.before, f"effective_date >= date '{DAY}'", "care_record_observation")
    due = (diary | seen) & sent_before
    now = _raw_rows(cut.home, "true")
    assert diary and now == sent_before - due
    assert len(now) > 2000


def test_what_was_worked_out_goes_whole_and_nothing_of_it_is_shown(cut: Cut) -> None:
    assert not list((cut.home / "lake/canonical").rglob(f"*{GONE}*"))
    release = current(cut.settings)
    assert release is not None and release.publishers == (TPP, STAYS)
    with duckdb.connect(str(cut.home / "marts/marts.duckdb"), read_only=True) as connection:
        rows = connection.execute("select distinct practice_code from mart_patient").fetchall()
    assert {row[0] for row in rows} == {STAYS, TPP}


def test_no_number_or_guid_that_came_from_the_day_on_is_in_any_byte(cut: Cut) -> None:
    """Worked out from the supplier's own files: values that no file of before, or other, holds."""
    form = re.compile(rb"\b999[0-9]{7}\b|\{[0-9A-F-]{36}\}")
    later: set[bytes] = set()
    others: set[bytes] = set()
    for path in (cut.before / "landing").rglob("*.csv"):
        records = RECORD.findall(path.read_bytes())
        named = "emis" in path.parts and "OrganisationGuid" in _cells(records[0])
        for record in records:
            is_later = named and path.parent.name == "20261120"
            own = is_later and _is_theirs(_cells(records[0]), record)
            (later if own else others).update(form.findall(record))
    alone = {each.strip(b"{}").lower() for each in later - others}
    assert len(alone) > 10
    for path in cut.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes().lower()
            assert not [each for each in alone if each in data], path.name


@pytest.mark.parametrize("code", [STAYS, TPP])
def test_other_practices_files_are_byte_for_byte_as_they_were(cut: Cut, code: str) -> None:
    def files(home: Path) -> dict[str, bytes]:
        raw = (home / "lake").glob(f"raw_*/*/*={code}/*.parquet")
        return {each.relative_to(home).as_posix(): each.read_bytes() for each in raw}

    before = files(cut.before)
    assert len(before) > 15 and files(cut.home) == before


def test_the_certificate_names_mode_and_day_and_what_is_kept_why(cut: Cut) -> None:
    told = cut.certificate
    assert (told["mode"], told["cut_off"]) == ("ERASE_FROM_DATE", DAY)
    before, after = told["rows_before"], told["rows_after"]
    assert isinstance(before, dict) and isinstance(after, dict)
    assert before["raw"] == before["landing"] > 20
    assert set(after) == {"raw_kept", "landing_kept", "database", "register_marts"}
    assert after["raw_kept"] == before["raw_kept"] == len(_raw_rows(cut.home, "true"))
    exceptions = told["exceptions"]
    assert isinstance(exceptions, dict)
    assert f"sent before {DAY}" in exceptions["instruction"]["why"]
    assert "after_cut" not in {each.what for each in cut.proof.scan.findings}


@pytest.mark.parametrize(
    ("back", "place"),
    [
        ("delta*CareRecord_Consultation_*.csv", "landing"),
        ("bulk*CareRecord_Diary_*.csv", "landing"),
        ("admin_patient", "lake"),
    ],
)
def test_what_is_put_back_of_the_day_or_later_is_found(
    cut: Cut, tmp_path: Path, back: str, place: str
) -> None:
    """The delta's file, recalls that were due later, raw rows of the delta that no log tells of."""
    home = tmp_path / "home"
    shutil.copytree(cut.home, home)
    if place == "landing":
        source = next((cut.before / "landing/emis").rglob(back))
        lies = [source.relative_to(cut.before)]
    else:
        folder = cut.before / "lake/raw_emis" / back / f"publisher_organisation_code={GONE}"
        lies = [each.relative_to(cut.before) for each in folder.glob("*.parquet")]
    for each in lies:
        shutil.copy(cut.before / each, home / each)
    settings = cut.settings.model_copy(update={"home": home})
    work = Work(Platform.open(settings), cut.purge, build_marts)
    found = {each.path for each in prove(work, cut.canaries).found if each.what == "after_cut"}
    assert found == {
        each.as_posix() if place == "landing" else each.parent.as_posix() for each in lies
    }


def test_nothing_comes_back_and_the_day_is_the_notices(cut: Cut, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(cut.home, home)
    for day in sorted((cut.before / "landing/emis").glob("*/*")):
        shutil.copytree(day, home / day.relative_to(cut.before), dirs_exist_ok=True)
    reports, _release = walk(home)
    assert not reports["emis"].loaded and not reports["emis"].held
    release = current(settings_of(home))
    assert release is not None and GONE not in release.publishers
    assert not list((home / "lake/canonical").rglob(f"*={GONE}"))
    outcomes = Platform.open(settings_of(home)).ledger.supplier_outcomes("emis")
    assert {each.outcome for key, each in outcomes.items() if key[1] == GONE} == {"PURGED"}
    desk = execution_of(settings_of(home)).desk
    for mode, rule in ((Mode.ERASE, "S17-19"), (Mode.STOP_ONLY, "S17-19")):
        with pytest.raises(Refused, match=rule):
            desk.open(GONE, Trigger.CONSENT_WITHDRAWN, mode, OFFICER)


def test_the_job_executes_and_proves_and_the_certificate_follows(
    cut: Cut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a run in the orchestrator, whole; the home has no marts, so that none are built."""
    settings = copied(cut.before, tmp_path)
    shutil.rmtree(settings.home / "marts")
    withdraw(settings.home, GONE, "ERASE")
    _execution, purge = approved(settings, GONE, Mode.ERASE)
    monkeypatch.setenv("LDS_HOME", str(settings.home))
    monkeypatch.setenv("LDS_TODAY", TODAY.isoformat())
    monkeypatch.setenv("LDS_CERTIFICATE_KEY", str(settings.certificate_key))
    config = {"ops": {"execute_purge": {"config": {"event_id": purge.approval_event}}}}
    with dg.DagsterInstance.ephemeral() as instance:
        result = purge_job.execute_in_process(run_config=config, instance=instance)
    assert result.success
    (made,) = result.filter_events(lambda event: event.is_successful_output)
    told = {name: value.value for name, value in made.step_output_data.metadata.items()}
    assert (told["purge"], told["state"], told["found"]) == (purge.purge_id, "LOCAL_DONE", 0)
    execution = execution_of(settings)
    purge, path = execution.certify(execution.desk.under_way(GONE), BACKUPS, OFFICER)
    assert settings.certificate_key is not None
    certificate = verify(path, settings.certificate_key.read_bytes().strip())
    assert certificate["rows_before"]["raw"] > 3000
    assert set(certificate["rows_after"]) == {"database"}
    assert certificate["proof"]["found"] == 0
    assert certificate["proof"]["files_read"] == told["files read"]
    assert certificate["proof"]["files_read"] > 100
    assert list(certificate["layers"]) == [str(layer) for layer in Layer]
    assert not list((settings.home / "lake").rglob(f"*{GONE}*"))
