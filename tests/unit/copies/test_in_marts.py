"""Marts on a release with history told twice count every person and event once (S15)."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from lds_assets.lake.session import session
from lds_assets.marts.build import build
from lds_assets.marts.manifest import PROJECT
from lds_assets.platform import Platform
from lds_assets.raw.tables import SHARED
from lds_assets.release.attach import attach
from lds_assets.release.reach import Pair
from lds_assets.resources import Settings
from tests.unit.copies.lake import ANN, BEN, MOVED, ONE, Lake, Value, show

PAIR = Pair((ONE, "TPP"), (ONE, "EMIS"), MOVED)
_MODELS = (
    *("--exclude-resource-type", "unit_test", "test", "--select"),
    *("+mart_concept_mapping", "+mart_active_patient", "+mart_list_size_by_month"),
)


def _regular(lake: Lake, name: str, patient: str, dataset: str, start: date) -> None:
    cells: dict[str, Value] = {
        "patient_id": patient,
        "episode_of_care_start_date": start,
        "episode_type_source_concept_id": "regular",
    }
    lake.add("episode_of_care", ONE, dataset, {name: cells})


def _moved(lake: Lake) -> None:
    """Ann and Ben are registered in both systems; Ann's fever came along, Ben's did not."""
    lake.concepts()
    regular: dict[str, Value] = {"concept_id": "regular", "system": "urn:type", "code": "Regular"}
    lake.add("concept", SHARED, "T", {"regular": regular})
    for name, number, born in (
        ("ann", ANN, date(1960, 5, 10)),
        ("ben", BEN, date(1970, 1, 1)),
    ):
        for dataset in ("TPP", "EMIS"):
            lake.patient(f"{name}-{dataset}", dataset, number, born)
        _regular(lake, f"{name}-1", f"{name}-TPP", "TPP", date(2001, 2, 3))
        # the new system lets registrations begin with the move
        _regular(lake, f"{name}-2", f"{name}-EMIS", "EMIS", MOVED)
    lake.fever("told-tpp", "ann-TPP", "TPP", date(2025, 3, 4), 38.5)
    lake.fever("told-emis", "ann-EMIS", "EMIS", date(2025, 3, 4), 38.5)
    lake.fever("left", "ben-TPP", "TPP", date(2025, 3, 4), 39.0)


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("twice")
    lake = Lake(Settings(home=home, threads=1, today=date(2026, 6, 2)))
    _moved(lake)
    with session(lake.settings) as connection:
        release = show(lake, connection, (PAIR,)).release
    database = home / "marts.duckdb"
    attach(Platform.open(lake.settings), release, database)
    build(database, PROJECT, home / "dbt", _MODELS)
    return database


def _rows(marts: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(marts), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_an_event_both_systems_tell_is_counted_once(marts: Path) -> None:
    # Ann's fever under the new system's code, Ben's under the old one's
    found = _rows(
        marts,
        "select concept_id, record_count from mart_concept_mapping "
        "where concept_id like '%-fever' order by 1",
    )
    assert found == [("emis-fever", 1), ("tpp-fever", 1)]


def test_a_person_both_systems_register_is_on_the_list_once(marts: Path) -> None:
    active = "select registration_id, registered_date from mart_active_patient order by 1"
    since = date(2001, 2, 3)
    assert _rows(marts, active) == [("ann-2", since), ("ben-2", since)]
    sizes = _rows(
        marts,
        "select patient_count, registered_count, count(*) from mart_list_size_by_month "
        "group by all",
    )
    # five years of months before the move, and none of them sees anybody twice
    assert sizes == [(2, 2, 60)]
