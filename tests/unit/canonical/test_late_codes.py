"""Codes that come after their records, are changed, or come with another practice's delivery.

Entries name a code (their ``PersonId``) in a list of nobody's (``Person``, made a dictionary) and
carry its label. Whatever the order, every entry ends with the label its code has at its practice's
last load; only files that may hold entries without a label are read for a new code.
"""

import csv
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lds_assets.canonical import relations
from lds_assets.canonical.macros import register
from lds_assets.canonical.relations import Batch
from lds_assets.canonical.standardise import Standardiser
from lds_assets.canonical.superseded import Superseded
from lds_assets.canonical.tables import canonical_table
from lds_assets.lake.session import session
from lds_assets.raw.load import LoadContext, load_all, tally
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import CanonicalFeed
from lds_assets.suppliers.registry import Supplier, load_supplier
from tests.invented import TABLES, invented_supplier

PRACTICES = ("E84001", "E84002")
START = datetime(2026, 1, 1, 0, 5)


def coded_supplier(folder: Path, elsewhere: str = "") -> Supplier:
    """Return the invented supplier with a code list in place of its persons.

    Args:
        elsewhere: entries whose code has this label are no observations; the feed then declares
            that ids follow from keys.
    """
    invented_supplier(folder)
    select = folder / "canonical/observation.sql"
    text = select.read_text().replace("null as result_text", "labelled.surname as result_text")
    text = text.replace(
        "from raw.entry\n",
        "from (select entry.*, code.surname from raw.entry as entry left join raw.person as code "
        "on code.person_id = entry.person_id) as labelled\n"
        f"where coalesce(labelled.surname, '-') <> '{elsewhere}'\n",
    )
    select.write_text(text)
    document = yaml.safe_load((folder / "defs.yaml").read_text())
    attributes = document["attributes"]
    attributes["tables"][0] = {
        "name": "Person",
        "key": ["PersonId"],
        "publisher": {"shared": True},
        "dictionary": True,
        "lands": "lookup",
        "lands_reason": "labels of entries",
    }
    look_up = {"Person": {"local": ["PersonId"], "foreign": ["PersonId"]}}
    feed = {"table": "observation", "source": "Entry", "looks_up": look_up, "replaces": True}
    attributes["canonical"] = [{**feed, "id_of_key": bool(elsewhere)}]
    (folder / "defs.yaml").write_text(yaml.safe_dump(document))
    return load_supplier(folder)


@dataclass(frozen=True)
class Step:
    """One delivery: labels of codes, entries (practice, key, code), and whose rows are loaded."""

    is_full: bool
    labels: Mapping[str, str]
    entries: Sequence[tuple[str, str, str]]
    practices: tuple[str, ...]

    def rows(self) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
        """Yield the rows of each file."""
        yield "Person", [(code, "", label, "", "", "") for code, label in self.labels.items()]
        yield (
            "Entry",
            [(key, code, practice, "1", "2025-06-01", "") for practice, key, code in self.entries],
        )


def take(
    home: Settings, supplier: Supplier, sequence: int, step: Step, at: datetime | None = None
) -> list[Superseded]:
    """Take one delivery through raw and canonical; return what was noted as superseded.

    Args:
        at: extraction time, UTC; a day after that of the delivery before when not given.
    """
    at = at or START + timedelta(days=sequence)
    with tempfile.TemporaryDirectory() as folder, session(home) as connection:
        files = {}
        for table, rows in step.rows():
            path = Path(folder) / f"{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as handle:
                writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
                writer.writerows([TABLES[table], *rows])
            files[table] = SourceFile(path, table, TABLES[table], step.is_full, supplier)
        register(connection, "INVENTED")
        ownership = Ownership(home, connection, files, {})
        verdicts = {code: None if code in step.practices else "PENDING" for code in PRACTICES}
        context = LoadContext(
            home, connection, f"d{sequence}", sequence, at, {**verdicts, SHARED: None}
        )
        tallies = {name: tally(connection, ownership, file) for name, file in files.items()}
        load_all(context, ownership, files, tallies)
        batch = Batch(home, connection, supplier, sequence, [*step.practices, SHARED])
        return Standardiser(batch, at, datetime.now(UTC).replace(tzinfo=None)).run().superseded


def labels_of(home: Settings) -> dict[tuple[str, str], str | None]:
    """Return the label of every entry that is not deleted, by practice and key."""
    table = canonical_table(home, "observation")
    with session(home) as connection:
        rows = connection.execute(
            "select publisher_organisation_code, lds_source_key, result_text from "
            f"({table.select(table.files())}) qualify row_number() over (partition by id order by "
            "lds_load_sequence desc) = 1 and not lds_is_deleted"
        ).fetchall()
    return {(practice, key): label for practice, key, label in rows}


def expected(steps: Sequence[Step]) -> dict[tuple[str, str], str | None]:
    """Work out the same in plain Python."""
    codes: dict[tuple[str, str], str] = {}
    labels: dict[str, str] = {}
    for step in steps:
        labels |= step.labels
        for practice in step.practices:
            own = [entry for entry in step.entries if entry[0] == practice]
            # a full file without a row of the practice says nothing of it
            if step.is_full and own:
                codes = {pair: code for pair, code in codes.items() if pair[0] != practice}
            codes |= {(practice, key): code for _, key, code in own}
    return {pair: labels.get(code) for pair, code in codes.items()}


CODES = st.sampled_from("xyz")
STEPS = st.builds(
    Step,
    is_full=st.booleans(),
    labels=st.dictionaries(CODES, st.sampled_from(("One", "Two")), max_size=2),
    entries=st.lists(
        st.tuples(st.sampled_from(PRACTICES), st.sampled_from("abc"), CODES), max_size=5
    ),
    practices=st.sampled_from((PRACTICES, PRACTICES[:1], PRACTICES[1:])),
)
#: A last delivery without rows: each practice is read with all codes there are.
LAST = Step(False, {}, (), PRACTICES)


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=st.lists(STEPS, min_size=2, max_size=4), large=st.sampled_from((0, relations.LARGE)))
def test_every_entry_ends_with_the_label_of_its_code(steps: list[Step], large: int) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(relations, "LARGE", large)
        supplier = coded_supplier(Path(folder) / "invented")
        home = Settings(home=Path(folder) / "var", threads=1)
        for sequence, step in enumerate((*steps, LAST), start=1):
            take(home, supplier, sequence, step)
        assert labels_of(home) == expected((*steps, LAST))


@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(steps=st.lists(STEPS, min_size=2, max_size=4))
def test_an_entry_leaves_the_table_that_its_code_is_no_longer_of(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        supplier = coded_supplier(Path(folder) / "invented", elsewhere="Two")
        home = Settings(home=Path(folder) / "var", threads=1)
        for sequence, step in enumerate((*steps, LAST), start=1):
            take(home, supplier, sequence, step)
        told = expected((*steps, LAST)).items()
        assert labels_of(home) == {pair: label for pair, label in told if label != "Two"}


def test_a_record_moved_out_and_back_is_deleted_once_and_live_again(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented", elsewhere="Two")
    home = Settings(home=tmp_path / "var", threads=1)
    both = {"x": "One", "y": "Two"}
    # a stays, b moves to another table with an edit, c was never here, d comes back
    take(home, supplier, 1, Step(True, both, entries("ax", "bx", "cy", "dx"), PRACTICES))
    take(home, supplier, 2, Step(False, {}, entries("ax", "by", "cy", "dy"), PRACTICES))
    assert versions_of(home, 2) == [("a", False), ("b", True), ("d", True)]
    take(home, supplier, 3, Step(False, {}, entries("by", "dx"), PRACTICES))
    assert versions_of(home, 3) == [("d", False)]
    assert labels_of(home) == {("E84001", "a"): "One", ("E84001", "d"): "One"}


def versions_of(home: Settings, sequence: int) -> list[tuple[str, bool]]:
    """Return the keys of the versions that one delivery wrote, and whether they delete."""
    table = canonical_table(home, "observation")
    with session(home) as connection:
        return connection.execute(
            "select lds_source_key, lds_is_deleted from "
            f"({table.select(table.files(sequence=sequence))}) order by all"
        ).fetchall()


def entries(*pairs: str, practice: str = "E84001") -> tuple[tuple[str, str, str], ...]:
    return tuple((practice, pair[0], pair[1]) for pair in pairs)


#: Two practices name a code that comes with a full file of the first alone.
WITHOUT_ROWS_OF_ONE = (
    Step(True, {}, (("E84001", "a", "x"), ("E84002", "b", "x"), ("E84002", "c", "y")), PRACTICES),
    Step(True, {"x": "Two"}, (("E84001", "a", "x"),), PRACTICES),
)


def test_a_full_file_without_a_row_of_a_practice_brings_its_records_their_code(
    tmp_path: Path,
) -> None:
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    for sequence, step in enumerate(WITHOUT_ROWS_OF_ONE, start=1):
        take(home, supplier, sequence, step)
    assert labels_of(home) == {
        ("E84001", "a"): "Two",
        ("E84002", "b"): "Two",
        ("E84002", "c"): None,
    }
    assert versions_of(home, 2) == [("a", False), ("b", False)], "only what names the code"


def test_it_moves_them_to_the_table_that_the_code_is_of(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented", elsewhere="Two")
    home = Settings(home=tmp_path / "var", threads=1)
    for sequence, step in enumerate(WITHOUT_ROWS_OF_ONE, start=1):
        take(home, supplier, sequence, step)
    assert labels_of(home) == {("E84002", "c"): None}
    assert versions_of(home, 2) == [("a", True), ("b", True)]


def test_a_late_full_file_without_a_row_of_a_practice_does_so_too(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    first, second = WITHOUT_ROWS_OF_ONE
    take(home, supplier, 1, first)
    take(home, supplier, 2, Step(False, {}, entries("ay"), PRACTICES))
    take(home, supplier, 3, second, at=START + timedelta(days=1, hours=1))
    assert labels_of(home) == {
        ("E84001", "a"): None,
        ("E84002", "b"): "Two",
        ("E84002", "c"): None,
    }


def test_a_record_left_out_for_the_window_is_made_once_by_a_file_without_its_practice(
    tmp_path: Path,
) -> None:
    coded_supplier(tmp_path / "invented")
    document = yaml.safe_load((tmp_path / "invented/defs.yaml").read_text())
    document["attributes"]["tables"][1]["look_back"] = {"ended": ["EntryDate"], "years": 1}
    (tmp_path / "invented/defs.yaml").write_text(yaml.safe_dump(document))
    supplier = load_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    first, last = WITHOUT_ROWS_OF_ONE
    later = datetime(2028, 1, 1)
    take(home, supplier, 1, first)
    # b ended two and a half years before: no longer sent, and kept
    take(home, supplier, 2, Step(True, {}, (*last.entries, first.entries[2]), PRACTICES), at=later)
    take(home, supplier, 3, last, at=later + timedelta(days=1))
    assert versions_of(home, 3) == [("a", False), ("b", False)]
    assert labels_of(home)["E84002", "b"] == "Two"


def test_a_full_file_is_not_asked_who_names_a_code_where_it_holds_every_practice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    first, second = WITHOUT_ROWS_OF_ONE
    asked: list[list[str]] = []
    look_up = relations.RawRelations._looked_up

    def looked_up(
        self: relations.RawRelations, feed: CanonicalFeed, since: Mapping[str, int]
    ) -> list[str]:
        asked.append(sorted(since))
        return look_up(self, feed, since)

    monkeypatch.setattr(relations.RawRelations, "_looked_up", looked_up)
    take(home, supplier, 1, first)
    assert asked == []
    take(home, supplier, 2, second)
    assert asked == [["E84002"]]


def test_entries_that_found_their_code_are_kept_apart(tmp_path: Path) -> None:
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    take(home, supplier, 1, Step(True, {"x": "One"}, entries("ax", "by", "cx"), PRACTICES))
    table = raw_table(home, supplier, "Entry")
    with session(home) as connection:
        found = {
            file.is_met: connection.execute(
                f"select lds_source_key, person_id from ({table.select([file])}) order by all"
            ).fetchall()
            for file in table.files()
        }
    assert found == {True: [("a", "x"), ("c", "x")], False: [("b", "y")]}
    assert {file.is_met for file in table.files() if file.is_apart} == {True}
    assert not [path for path in table.path.rglob("lds_met=*")]


def test_the_newest_row_of_a_record_counts_though_an_older_one_missed_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both rows are of one file: the older named a code that came late, the newer a known one."""
    monkeypatch.setattr(relations, "LARGE", 0)
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    take(home, supplier, 1, Step(True, {"x": "One"}, entries("ay", "ax"), PRACTICES))
    assert not any(file.is_apart for file in raw_table(home, supplier, "Entry").files())
    take(home, supplier, 2, Step(False, {"y": "Two"}, (), PRACTICES))
    assert labels_of(home) == {("E84001", "a"): "One"}


def test_a_large_file_is_not_asked_for_records_that_stand_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relations, "LARGE", 0)
    supplier = coded_supplier(tmp_path / "invented")
    home = Settings(home=tmp_path / "var", threads=1)
    made: dict[str, int] = {}
    fill = relations.RawRelations._fill

    def filled(self: relations.RawRelations, name: str, rows: str) -> int:
        made[name] = fill(self, name, rows)
        return made[name]

    monkeypatch.setattr(relations.RawRelations, "_fill", filled)
    # b misses its code in the first load, c in the second, where the first has a row of it
    take(home, supplier, 1, Step(True, {"x": "One"}, entries("ax", "by", "cx"), PRACTICES))
    take(home, supplier, 2, Step(False, {}, entries("cy"), PRACTICES))
    made.clear()
    take(home, supplier, 3, Step(False, {"y": "Two"}, (), PRACTICES))
    assert made == {"wanted": 2, "unsettled_1": 0, "there": 0}
    assert labels_of(home) == dict(
        zip([("E84001", key) for key in "abc"], ("One", "Two", "Two"), strict=True)
    )
