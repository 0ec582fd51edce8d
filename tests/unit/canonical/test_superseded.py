"""What a load supersedes of first full loads is noted as it is, and no more than that."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lds_assets.canonical.superseded import Superseded, files_mark
from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.release.counts import Count, Counted, count_rows
from lds_assets.release.record import Release
from lds_assets.resources import Settings
from tests.unit.canonical.test_late_codes import (
    PRACTICES,
    START,
    STEPS,
    Step,
    coded_supplier,
    entries,
    take,
)

ONE, TWO = PRACTICES
TODAY = date(2026, 2, 1)
#: of every entry
EVENT = date(2025, 6, 1)


def test_a_load_notes_the_base_rows_it_is_the_first_to_supersede(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented", elsewhere="Two")
    home = Settings(home=tmp_path / "var", threads=1, today=TODAY)
    both = {"x": "One", "y": "Two"}
    first = (*entries("ax", "bx", "cx", "dy"), *entries("ax", practice=TWO))
    assert take(home, supplier, 1, Step(True, both, first, PRACTICES)) == []

    def noted(sequence: int, step: Step) -> dict[str, tuple[int, int, date | None]]:
        table = canonical_table(home, "observation")
        before = {
            code: files_mark(file.path for file in table.files(publishers=[code]))
            for code in PRACTICES
        }
        found = take(home, supplier, sequence, step)
        assert all(
            each == replace(each, sequence=sequence, noted_on=TODAY, dataset="INVENTED")
            and each.beside == before[each.practice]
            for each in found
        )
        return {each.practice: (each.current, each.deleted, each.newest) for each in found}

    # a leaves the table, b is written anew, e is new, d never was an observation
    second = Step(False, {}, entries("ay", "bx", "ex", "dy"), PRACTICES)
    assert noted(2, second) == {ONE: (2, 0, EVENT)}
    # b was superseded before, c was not; a is deleted and stays so
    assert noted(3, Step(False, {}, entries("ay", "bx", "cx"), PRACTICES)) == {ONE: (1, 0, EVENT)}
    # nothing is left of the first load of the one; the other's is as it was
    third = (*entries("ax", "fx"), *entries("ax", practice=TWO))
    assert noted(4, Step(False, {}, third, PRACTICES)) == {
        ONE: (0, 0, None),
        TWO: (1, 0, EVENT),
    }


def test_an_event_after_today_is_no_newest_one(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented", elsewhere="Two")
    home = Settings(home=tmp_path / "var", threads=1, today=date(2025, 5, 31))
    take(home, supplier, 1, Step(True, {"x": "One"}, entries("ax"), PRACTICES))
    (note,) = take(home, supplier, 2, Step(False, {}, entries("ax"), PRACTICES))
    assert (note.current, note.newest) == (1, None)


def test_ids_that_do_not_follow_from_keys_are_not_noted(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1, today=TODAY)
    take(home, supplier, 1, Step(True, {"x": "One"}, entries("ax"), PRACTICES))
    assert take(home, supplier, 2, Step(False, {}, entries("ax"), PRACTICES)) == []


@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=st.lists(STEPS, min_size=2, max_size=5), at_once=st.integers(1, 2))
def test_with_notes_a_release_counts_what_it_counts_whole(steps: list[Step], at_once: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        supplier = coded_supplier(Path(folder) / "invented", elsewhere="Two")
        home = Settings(home=Path(folder) / "var", threads=1, today=TODAY)
        known, notes = None, list[Superseded]()
        for sequence, step in enumerate(steps, start=1):
            notes += take(home, supplier, sequence, step)
            if sequence % at_once:
                continue
            release = _release(home, sequence)
            whole = _counted(home, release)
            assert _counted(home, release, known, notes) == whole
            known = Counted(release, whole)


def _release(home: Settings, number: int) -> Release:
    table = canonical_table(home, "observation")
    table.create()
    tables = {"observation": table.version()}
    return Release(f"r{number}", number, START, "", TODAY, "", PRACTICES, tables)


def _counted(
    home: Settings,
    release: Release,
    known: Counted | None = None,
    notes: Sequence[Superseded] = (),
) -> tuple[Count, ...]:
    with session(home) as connection:
        return count_rows(home, connection, release, known, notes)
