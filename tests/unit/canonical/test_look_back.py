"""What a supplier deletes, or sends no more, for its look-back window alone stays; nothing else."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
import yaml

from lds_assets.canonical.account import PAST_WINDOW, account
from lds_assets.canonical.relations import Batch, RawRelations
from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier, load_supplier
from tests.invented import Extract, invented_supplier
from tests.unit.canonical.test_histories import START, apply

#: The invented person's ``BirthDate`` stands for the day the record ended: the window is 5 years.
GONE = ("p1", "E84001", "", "", "", "true")
DAY = timedelta(days=1)


def supplier(folder: Path) -> Supplier:
    invented_supplier(folder)
    document = yaml.safe_load((folder / "defs.yaml").read_text())
    document["attributes"]["tables"][0]["look_back"] = {
        "ended": ["BirthDate"],
        "years": 5,
        "takes_along": "PersonId",
    }
    (folder / "defs.yaml").write_text(yaml.safe_dump(document))
    return load_supplier(folder)


def persons(home: Settings) -> list[tuple[str | None, bool]]:
    """Return surname and deletion of the newest version of every person."""
    table = canonical_table(home, "patient")
    with session(home) as connection:
        return connection.execute(
            f"select last_name, lds_is_deleted from ({table.select(table.files())}) qualify "
            "row_number() over (partition by id order by lds_load_sequence desc) = 1 order by all"
        ).fetchall()


def person(ended: str, name: str = "Ada") -> tuple[str, ...]:
    return ("p1", "E84001", name, "", ended, "false")


def history(tmp_path: Path, *days: tuple[tuple[str, ...], ...], policy: str = "keep") -> Settings:
    """Load a full extract and deltas, a day apart from 1 January 2026."""
    mode: Literal["keep", "delete"] = "keep" if policy == "keep" else "delete"
    home = Settings(home=tmp_path / "var", threads=1, look_back_deletions=mode)
    own = supplier(tmp_path / "invented")
    for place, rows in enumerate(days):
        extract = Extract(START + place * DAY, place == 0, {"Person": list(rows), "Entry": []})
        apply(home, own, place + 1, extract)
    return home


@pytest.mark.parametrize(
    ("ended", "is_deleted"),
    [
        # deleted on 2 January 2026: five years to the day, and a day less
        ("2021-01-02", False),
        ("2021-01-03", True),
        # never ended
        ("", True),
    ],
)
def test_a_deletion_says_nothing_of_who_ended_before_the_window(
    tmp_path: Path, ended: str, is_deleted: bool
) -> None:
    home = history(tmp_path, (person(ended),), (GONE,))
    assert persons(home) == [(None if is_deleted else "Ada", is_deleted)]


def test_a_deployment_may_take_such_a_deletion_at_its_word(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"),), (GONE,), policy="delete")
    assert persons(home) == [(None, True)]


def test_who_came_back_before_the_deletion_is_deleted(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"),), (person("", "Bea"),), (GONE,))
    assert persons(home) == [(None, True)]


OTHER = ("p2", "E84001", "Cy", "", "", "false")


def send(
    home: Settings, day: int, *people: tuple[str, ...], entries: tuple[str, ...] = (), full: bool
) -> None:
    """Load people and entries, each entry named by its key and its person: ``e1 p1``."""
    rows = [(*each.split(), "E84001", "1", "2025-06-01", "false") for each in entries]
    extract = Extract(START + day * DAY, full, {"Person": list(people), "Entry": rows})
    apply(home, load_supplier(home.home.parent / "invented"), day + 1, extract)


def entries(home: Settings) -> list[bool]:
    """Return of the newest version of every entry, in order of its key, whether it is deleted."""
    table = canonical_table(home, "observation")
    with session(home) as connection:
        rows = connection.execute(
            f"select lds_source_key, lds_is_deleted from ({table.select(table.files())}) qualify "
            "row_number() over (partition by id order by lds_load_sequence desc) = 1 order by all"
        ).fetchall()
    return [bool(is_deleted) for _, is_deleted in rows]


@pytest.mark.parametrize(
    ("ended", "policy", "is_deleted"),
    [
        # left out on 3 January 2026: five years to the day, and a day less
        ("2021-01-03", "keep", False),
        ("2021-01-04", "keep", True),
        ("", "keep", True),
        ("2001-01-01", "delete", True),
    ],
)
def test_a_full_extract_says_nothing_of_whom_it_leaves_out_for_the_window(
    tmp_path: Path, ended: str, policy: str, is_deleted: bool
) -> None:
    home = history(tmp_path, (person(ended), OTHER), policy=policy)
    send(home, 2, OTHER, full=True)
    assert ((None, True) in persons(home)) is is_deleted
    assert (("Ada", False) in persons(home)) is not is_deleted
    # once deleted, no day makes it pass out of the window
    send(home, 9, OTHER, full=True)
    send(home, 10, OTHER, full=False)
    assert (("Ada", False) in persons(home)) is not is_deleted


def test_what_belongs_to_one_left_out_stays_as_it_was_last_sent(tmp_path: Path) -> None:
    home = history(tmp_path, (OTHER,))
    send(home, 1, person("2001-01-01"), OTHER, entries=("e1 p1", "e2 p1", "e3 p2"), full=False)
    # e2 is left out while its person is sent: deleted for good
    send(home, 2, person("2001-01-01"), OTHER, entries=("e1 p1", "e3 p2", "e4 p2"), full=True)
    send(home, 3, OTHER, entries=("e4 p2",), full=True)
    assert entries(home) == [False, True, True, False]
    assert ("Ada", False) in persons(home)
    send(home, 4, OTHER, entries=("e4 p2", "e5 p2"), full=False)
    send(home, 5, OTHER, entries=("e5 p2",), full=True)
    assert entries(home) == [False, True, True, True, False]


def test_a_mark_of_deletion_in_a_full_extract_is_one_for_the_window_too(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"), OTHER))
    send(home, 1, GONE, OTHER, full=True)
    assert persons(home) == [("Ada", False), ("Cy", False)]


def test_one_who_is_sent_again_is_what_is_sent(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"), OTHER))
    send(home, 1, OTHER, full=True)
    send(home, 2, person("", "Bea"), full=False)
    assert persons(home) == [("Bea", False), ("Cy", False)]
    send(home, 3, OTHER, full=True)
    assert persons(home) == [("Cy", False), (None, True)]


def test_a_full_extract_that_comes_late_leaves_out_alike(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"), OTHER))
    send(home, 5, OTHER, full=False)
    send(home, 3, OTHER, full=True)
    assert persons(home) == [("Ada", False), ("Cy", False)]


def test_the_account_names_the_kept_deletion(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"),), (GONE,))
    own = load_supplier(tmp_path / "invented")
    with session(home) as connection:
        batch = Batch(home, connection, own, 2, ["E84001"])
        counts = account(batch, RawRelations(batch))
    assert counts["Person", "E84001"] == {"LANDED": 1, PAST_WINDOW: 1}
