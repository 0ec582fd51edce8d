"""A record is made anew when what it looks up arrives, and only that record."""

from datetime import timedelta
from pathlib import Path

import yaml

from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.resources import Settings
from lds_assets.suppliers.registry import Supplier, load_supplier
from tests.invented import Extract, invented_supplier
from tests.unit.canonical.test_histories import START, apply


def looking_up(folder: Path, way: str = "looks_up") -> Supplier:
    """Return the invented supplier whose entries carry the surname of their person.

    Args:
        way: how the feed declares it; ``touched_by`` for entries with the key of their person.
    """
    invented_supplier(folder)
    select = folder / "canonical/observation.sql"
    text = select.read_text()
    text = text.replace("null as result_text", "named.surname as result_text")
    text = text.replace(
        "from raw.entry\n",
        "from (select entry.*, person.surname from raw.entry as entry left join raw.person as "
        "person on person.person_id = entry.person_id and person.publisher_organisation_code = "
        "entry.publisher_organisation_code) as named\n",
    )
    select.write_text(text)
    document = yaml.safe_load((folder / "defs.yaml").read_text())
    feed = document["attributes"]["canonical"][1]
    by_key, by_column = ["PersonId"], {"local": ["PersonId"], "foreign": ["PersonId"]}
    feed[way] = {"Person": by_key if way == "touched_by" else by_column}
    (folder / "defs.yaml").write_text(yaml.safe_dump(document))
    return load_supplier(folder)


def versions(home: Settings) -> list[tuple[int, str, str | None]]:
    """Return load sequence, record key and looked-up name of every stored version."""
    table = canonical_table(home, "observation")
    with session(home) as connection:
        return connection.execute(
            "select lds_load_sequence, lds_source_key, result_text from "
            f"({table.select(table.files())}) order by all"
        ).fetchall()


def test_a_late_row_makes_exactly_the_records_that_look_it_up_anew(tmp_path: Path) -> None:
    supplier = looking_up(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    entries = [
        ("a", "p1", "E84001", "1", "2025-06-01", "false"),
        ("b", "p2", "E84001", "1", "2025-06-01", "false"),
        ("c", "p1", "E84002", "1", "2025-06-01", "false"),
    ]
    apply(home, supplier, 1, Extract(START, True, {"Person": [], "Entry": entries}))
    late = ("p1", "E84001", "Lately", "", "1980-01-01", "false")
    second = Extract(START + timedelta(days=1), False, {"Person": [late], "Entry": []})
    apply(home, supplier, 2, second)
    assert versions(home) == [(1, "a", None), (1, "b", None), (1, "c", None), (2, "a", "Lately")]


def test_a_full_file_without_a_row_of_a_practice_leaves_none_of_its_records_out(
    tmp_path: Path,
) -> None:
    """What its records look up, or are touched by, comes with a full file of another practice's."""
    for way in ("looks_up", "touched_by"):
        supplier = looking_up(tmp_path / way, way)
        home = Settings(home=tmp_path / f"{way}_var", threads=1)
        entries = [
            ("p1", "p1", "E84001", "1", "2025-06-01", "false"),
            ("p2", "p2", "E84002", "1", "2025-06-01", "false"),
            ("p3", "p3", "E84002", "1", "2025-06-01", "false"),
        ]
        apply(home, supplier, 1, Extract(START, True, {"Person": [], "Entry": entries}))
        people = [
            (key, practice, "Lately", "", "1980-01-01", "false")
            for key, practice in (("p1", "E84001"), ("p2", "E84002"))
        ]
        rows = {"Person": people, "Entry": entries[:1]}
        apply(home, supplier, 2, Extract(START + timedelta(days=1), True, rows))
        made = [(key, name) for sequence, key, name in versions(home) if sequence == 2]
        assert made == [("p1", "Lately"), ("p2", "Lately")], way
