"""A deletion by the supplier's look-back window keeps the record, and only such a deletion."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
import yaml

from lds_assets.canonical.account import PAST_WINDOW, account
from lds_assets.canonical.relations import Batch
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
    document["attributes"]["tables"][0]["look_back"] = {"ended": ["BirthDate"], "years": 5}
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


def test_a_full_extract_without_the_record_deletes_it_all_the_same(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"),), (GONE,))
    other = ("p2", "E84001", "Cy", "", "1990-01-01", "false")
    full = Extract(START + 2 * DAY, True, {"Person": [other], "Entry": []})
    apply(home, load_supplier(tmp_path / "invented"), 3, full)
    assert persons(home) == [("Cy", False), (None, True)]


def test_the_account_names_the_kept_deletion(tmp_path: Path) -> None:
    home = history(tmp_path, (person("2001-01-01"),), (GONE,))
    own = load_supplier(tmp_path / "invented")
    with session(home) as connection:
        counts = account(Batch(home, connection, own, 2, ["E84001"]))
    assert counts["Person", "E84001"] == {"LANDED": 1, PAST_WINDOW: 1}
