"""A day of deltas: exactly the touched rows change."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from lds_assets.canonical.superseded import Superseded, noted
from lds_assets.canonical.tables import FED_TABLES, canonical_table
from lds_assets.lake.delta import ActiveFile
from lds_assets.lake.session import session
from lds_assets.platform import Platform
from lds_assets.release.checks import CHECK_NAMES
from lds_assets.release.counted import known_counts
from lds_assets.release.counts import _Moved, count_rows
from lds_assets.release.publish import publish
from lds_assets.release.record import current
from lds_assets.schema.dictionary import olids
from tests.road import released_rows, settings_of
from tests.stages import Stages, go_on_from, walk

Rows = dict[str, list[tuple[object, ...]]]


@dataclass(frozen=True)
class Days:
    """A home before and after one day of deltas."""

    home: Path
    before: Rows
    after: Rows
    files: dict[str, set[str]]


@pytest.fixture(scope="module")
def days(stages: Stages) -> Days:
    bulk, home = stages.at(1, 1).home, stages.at(2, 2).home
    return Days(home, released_rows(bulk), released_rows(home), _lake_files(bulk))


def _lake_files(home: Path) -> dict[str, set[str]]:
    settings = settings_of(home)
    return {
        table: {_named(file, home) for file in canonical_table(settings, table).files()}
        for table in FED_TABLES
    }


def _named(file: ActiveFile, home: Path) -> str:
    """Return a file's path in the lake: one home goes on from a copy of the other."""
    return str(Path(file.path).relative_to(settings_of(home).lake))


def _appended_ids(days: Days, table: str) -> set[object]:
    lake = canonical_table(settings_of(days.home), table)
    new = [file for file in lake.files() if _named(file, days.home) not in days.files[table]]
    with session(settings_of(days.home)) as connection:
        rows = connection.execute(f"select id from ({lake.select(new)})").fetchall()
    return {row[0] for row in rows}


@pytest.mark.parametrize(
    "table",
    ["patient", "observation", "medication_statement", "medication_order", "appointment"],
)
def test_exactly_the_touched_rows_change(days: Days, table: str) -> None:
    gone_patients = {row[0] for row in days.after["patient"]} - {
        row[0] for row in days.after["patient"] if not _deleted("patient", row)
    }
    before, after = set(days.before[table]), set(days.after[table])
    changed = {row[0] for row in before ^ after}
    touched = _appended_ids(days, table)
    cascaded = {row[0] for row in after if _patient(table, row) in gone_patients}
    assert touched, "the day touches this table"
    assert changed <= touched | cascaded
    assert len(touched) < len(after) / 4, "a day is a small part of the whole"


def _column(table: str, name: str) -> int:
    names = [each for each in olids()[table].column_names if each != "lds_transform_datetime"]
    return names.index(name)


def _deleted(table: str, row: tuple[object, ...]) -> bool:
    return bool(row[_column(table, "lds_is_deleted")])


def _patient(table: str, row: tuple[object, ...]) -> object:
    return row[0] if table == "patient" else row[_column(table, "patient_id")]


def test_the_day_brings_new_corrected_and_deleted_rows(days: Days) -> None:
    ids = {row[0]: row for row in days.before["observation"]}
    later = {row[0]: row for row in days.after["observation"]}
    new = later.keys() - ids.keys()
    deleted = {
        key
        for key, row in later.items()
        if key in ids and _deleted("observation", row) and not _deleted("observation", ids[key])
    }
    corrected = {
        key for key in ids.keys() & later.keys() if ids[key] != later[key] and key not in deleted
    }
    assert new and deleted and corrected
    assert ids.keys() <= later.keys(), "a row of a release never vanishes"


def test_releasing_again_changes_nothing_and_asks_every_check(days: Days) -> None:
    platform = Platform.open(settings_of(days.home))
    before = current(platform.settings)
    again = publish(platform, run_id="again")
    assert not again.is_new
    assert current(platform.settings) == before
    # the release asset answers for each of them, whether it made a release or not
    assert [(each.name, each.passed) for each in again.checks] == [(e, True) for e in CHECK_NAMES]


def test_a_day_is_counted_by_what_its_load_noted(
    stages: Stages, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stages.arrive(tmp_path)
    go_on_from(stages.at(2, 3).home, tmp_path)
    used: list[Superseded] = []
    less = _Moved.less

    def told(self: _Moved, note: Superseded) -> _Moved:
        used.append(note)
        return less(self, note)

    monkeypatch.setattr(_Moved, "less", told)
    assert walk(tmp_path, stages.material()[1]).release
    assert sum(note.current for note in used if note.table == "observation") > 0
    platform = Platform.open(settings_of(tmp_path))
    assert noted(platform.engine) == ()
    release = current(platform.settings)
    known = known_counts(platform.engine, release)
    assert release and known
    with session(platform.settings) as connection:
        whole = count_rows(platform.settings, connection, release)
    assert {replace(each, coming=None) for each in known.counts} == {
        replace(each, coming=None) for each in whole
    }
