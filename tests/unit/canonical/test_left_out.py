"""A late patient whom a newer full file leaves out takes the records along all the same.

Seen in a random history: the full file of day 4 came first, the delivery of day 3 after it.
"""

from datetime import timedelta
from pathlib import Path

from lds_assets.resources import Settings
from tests.invented import Extract, invented_supplier
from tests.unit.canonical.test_histories import START, apply, published

PATIENT = ("p1", "E84001", "Known", "", "1980-01-31", "false")
OTHER = ("p2", "E84001", "Stays", "", "1980-01-31", "false")
ENTRY = ("a", "p1", "E84001", "2", "2025-06-01", "false")

DAYS = {
    1: Extract(START, True, {"Person": [OTHER], "Entry": []}),
    3: Extract(START + timedelta(days=2), False, {"Person": [PATIENT], "Entry": []}),
    4: Extract(START + timedelta(days=3), True, {"Person": [OTHER], "Entry": [ENTRY]}),
}


def live(
    tmp_path: Path, order: tuple[int, ...], days: dict[int, Extract] = DAYS
) -> set[tuple[str, str]]:
    home = Settings(home=tmp_path / "-".join(map(str, order)), threads=1)
    supplier = invented_supplier(home.home / "invented")
    for sequence, day in enumerate(order, start=1):
        apply(home, supplier, sequence, days[day])
    return {
        (table, value)
        for table, rows in published(home).items()
        for value, deleted in rows.values()
        if not deleted
    }


def test_a_late_patient_left_out_by_a_newer_full_takes_its_entries_along(tmp_path: Path) -> None:
    in_order = live(tmp_path, (1, 3, 4))
    assert in_order == {("Person", "Stays")}
    assert live(tmp_path, (1, 4, 3)) == in_order


def test_a_patient_whom_the_newer_full_holds_keeps_its_entries(tmp_path: Path) -> None:
    held = Extract(DAYS[4].extracted_at, True, {"Person": [PATIENT], "Entry": [ENTRY]})
    assert live(tmp_path, (1, 4, 3), {**DAYS, 4: held}) == {("Person", "Known"), ("Entry", "2")}


def test_whom_a_late_full_file_leaves_out_is_deleted_once(tmp_path: Path) -> None:
    days = {
        1: Extract(START, True, {"Person": [PATIENT, OTHER], "Entry": []}),
        3: Extract(START + timedelta(days=2), True, {"Person": [OTHER], "Entry": []}),
        4: Extract(START + timedelta(days=3), False, {"Person": [OTHER], "Entry": []}),
    }
    # reading what is published fails where an id comes twice
    assert live(tmp_path, (1, 4, 3), days) == {("Person", "Stays")}


def test_a_file_late_for_one_practice_and_the_newest_of_another_deletes_once(
    tmp_path: Path,
) -> None:
    """A record that the newest full file lacks goes with it; it is not outdated a second time."""
    elsewhere = ("p1", "E84002", "Elsewhere", "", "1980-01-31", "false")
    days = {
        1: Extract(START, True, {"Person": [PATIENT, elsewhere], "Entry": []}),
        2: Extract(START + timedelta(days=3), True, {"Person": [elsewhere], "Entry": []}),
        # of E84001 the newest, of E84002 late
        3: Extract(START + timedelta(days=2), True, {"Person": [OTHER, elsewhere], "Entry": []}),
    }
    assert live(tmp_path, (1, 2, 3), days) == {("Person", "Stays"), ("Person", "Elsewhere")}
