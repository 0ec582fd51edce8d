"""A practice whose gate shut leaves the release, whatever holds the next one."""

from datetime import date, datetime
from pathlib import Path

import pytest

from lds_assets.canonical.tables import canonical_table, stored_columns
from lds_assets.errors import Refused
from lds_assets.lake.session import session
from lds_assets.persons.stub import rebuild
from lds_assets.platform import Platform
from lds_assets.release.record import Release, current, heads, write
from lds_assets.release.relations import current_versions, released_versions
from lds_assets.release.take_out import refuse_shut, take_out
from tests.unit.gate.test_policy import ALLOWED
from tests.unit.gate.world import DAY
from tests.unit.why.world import platform_of

STAYS, GOES = "E83003", "G83001"
#: patient -> practice, NHS number; one person is on both lists
PATIENTS = {
    "p1": (STAYS, "9990000018"),
    "p2": (STAYS, "9990000026"),
    "p3": (GOES, "9990000018"),
    "p4": (GOES, "9990000034"),
}


def _released(home: Path) -> tuple[Platform, Release]:
    """Return a platform with a release of two practices."""
    platform = platform_of(home, ALLOWED)
    settings = platform.settings
    lake = canonical_table(settings, "patient")
    values = ", ".join(f"('{key}', '{who}', '{nhs}')" for key, (who, nhs) in PATIENTS.items())
    given = {
        "publisher_organisation_code": "told.practice",
        "id": "told.id",
        "nhs_number": "told.nhs",
        "lds_load_sequence": "1",
        "lds_is_base": "true",
        "lds_is_deleted": "false",
        "lds_source_record_id": "told.id",
    }
    columns = ", ".join(f"{given.get(n, 'null')} as {n}" for n in stored_columns("patient"))
    with session(settings) as connection:
        staged = lake.stage(
            connection, f"select {columns} from (values {values}) as told (id, practice, nhs)", 1
        )
        lake.commit(staged, {})
        rows = current_versions(settings, "patient", lake.version(), [STAYS, GOES])
        connection.execute(f"create temp view current_patient as {rows}")
        pins = {"patient": lake.version(), **rebuild(settings, connection)}
        former = Release(
            "r000001-x", 1, datetime(2025, 6, 15), "", date(2025, 6, 15), "", (STAYS, GOES), pins
        )
        write(settings, connection, former)
    return platform, former


def _ids(platform: Platform, release: Release, table: str) -> list[str]:
    settings = platform.settings
    with session(settings) as connection:
        rows = released_versions(settings, release, table)
        return [str(row[0]) for row in connection.execute(f"select id from ({rows})").fetchall()]


def test_its_patients_and_persons_are_gone_and_the_others_stay(tmp_path: Path) -> None:
    # G83001 never consented
    platform, former = _released(tmp_path)
    assert len(_ids(platform, former, "person")) == 3
    kept = sorted(_ids(platform, former, "patient_person"))[:2]
    reduced = take_out(platform, former, "run")
    assert reduced is not None
    assert current(platform.settings) == reduced
    assert (reduced.publishers, reduced.as_of, reduced.number) == ((STAYS,), DAY, 2)
    assert reduced.tables["patient"] == former.tables["patient"]
    assert sorted(_ids(platform, reduced, "patient")) == ["p1", "p2"]
    assert sorted(_ids(platform, reduced, "patient_person")) == kept
    # the person of both lists stays by the list that is shown
    assert len(_ids(platform, reduced, "person")) == 2
    told = heads(platform.settings)
    assert [(each.number, each.publishers) for each in told] == [(1, (STAYS, GOES)), (2, (STAYS,))]


def test_nothing_is_written_while_every_practice_may_be_shown(tmp_path: Path) -> None:
    platform, former = _released(tmp_path)
    reduced = take_out(platform, former, "run")
    assert reduced is not None
    assert take_out(platform, reduced, "again") is None
    assert current(platform.settings) == reduced


def test_a_release_with_a_practice_whose_gate_shut_is_not_read(tmp_path: Path) -> None:
    platform, former = _released(tmp_path)
    with pytest.raises(Refused, match="gate of G83001 shut since"):
        refuse_shut(platform, former)
    reduced = take_out(platform, former, "run")
    assert reduced is not None
    refuse_shut(platform, reduced)
