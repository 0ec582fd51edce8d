"""Lists that come whole again and again: each key ends with the word of the newest list it is in.

Whatever the order in which lists arrive, and however often: raw tells for every list which word
each of its keys had.
"""

import csv
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lds_assets.canonical.macros import register
from lds_assets.lake.session import session
from lds_assets.raw.load import LoadContext, TableLoad, load, tally
from lds_assets.raw.newer_lists import NewerList
from lds_assets.raw.ownership import Ownership
from lds_assets.raw.scan import SourceFile
from lds_assets.raw.tables import SHARED, raw_table
from lds_assets.resources import Settings
from lds_assets.suppliers.contract import Lands, Publisher, TableRules
from lds_assets.suppliers.registry import Supplier, load_supplier
from tests.invented import TABLES, invented_supplier

START = datetime(2026, 1, 1, 0, 5)
KEYS = "abcdef"
FIRST = dict.fromkeys(KEYS, "One")


@dataclass(frozen=True)
class WordList:
    """One file of the list: its day, and the word of each key that it holds."""

    day: int
    words: Mapping[str, str]

    @property
    def extracted_at(self) -> datetime:
        """When it was extracted."""
        return START + timedelta(days=self.day)


@pytest.fixture(scope="module")
def supplier(tmp_path_factory: pytest.TempPathFactory) -> Supplier:
    """The invented supplier with persons for words of a list that is nobody's."""
    folder = tmp_path_factory.mktemp("suppliers") / "invented"
    invented_supplier(folder)
    document = yaml.safe_load((folder / "defs.yaml").read_text())
    document["attributes"]["tables"][0] = {
        "name": "Person",
        "key": ["PersonId"],
        "publisher": {"shared": True},
        "dictionary": True,
        "unchanged_by": ["NhsNumber"],
        "lands": "lookup",
        "lands_reason": "words",
    }
    document["attributes"]["canonical"] = []
    (folder / "defs.yaml").write_text(yaml.safe_dump(document))
    return load_supplier(folder)


class Road:
    """Loads lists one after the other, as they arrive."""

    def __init__(self, home: Path, supplier: Supplier) -> None:
        self.settings = Settings(home=home, threads=1)
        self.supplier = supplier
        self.loaded: list[tuple[WordList, int]] = []

    def take(self, arrived: WordList) -> TableLoad:
        """Load one list after those before; return what became of its rows."""
        sequence = len(self.loaded) + 1
        newer = [
            NewerList(f"d{each.day}", each.extracted_at, len(each.words))
            for each, unchanged in sorted(self.loaded, key=lambda pair: pair[0].day)
            if each.day > arrived.day and unchanged
        ]
        path = self.settings.home / "person.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
            writer.writerow(TABLES["Person"])
            # a column that differs by delivery and means nothing
            writer.writerows(
                [key, "", word, f"{sequence}", "", ""] for key, word in arrived.words.items()
            )
        file = SourceFile(path, "Person", TABLES["Person"], False, self.supplier)
        with session(self.settings) as connection:
            register(connection, "INVENTED")
            ownership = Ownership(self.settings, connection, {"Person": file}, {})
            context = LoadContext(
                self.settings,
                connection,
                f"d{arrived.day}",
                sequence,
                arrived.extracted_at,
                {SHARED: None},
                newer_lists={"Person": newer} if newer else {},
            )
            result = load(context, ownership, file, tally(connection, ownership, file))
        self.loaded.append((arrived, result.counts[SHARED]["UNCHANGED"]))
        return result

    def stored(self) -> list[tuple[datetime, int, str, str]]:
        """Return time, load, key and word of every stored row, in order of time."""
        table = raw_table(self.settings, self.supplier, "Person")
        with session(self.settings) as connection:
            return connection.execute(
                "select lds_extracted_at, lds_load_sequence, person_id, surname "
                f"from ({table.select(table.files())}) order by all"
            ).fetchall()

    def words(self, day: int) -> dict[str, str]:
        """Return the word that each key had on a day, as raw tells it."""
        at = START + timedelta(days=day)
        return {key: word for time, _, key, word in self.stored() if time <= at}


def expected(lists: Sequence[WordList], day: int) -> dict[str, str]:
    """Work out the same in plain Python: the newest list that holds a key counts."""
    words: dict[str, str] = {}
    for each in sorted(lists, key=lambda one: one.day):
        if each.day <= day:
            words |= each.words
    return words


WORDS = st.sampled_from(("One", "Two", "Three"))
WHOLE = st.fixed_dictionaries(dict.fromkeys(KEYS, WORDS))
#: a third of what is known at most: changes alone
CHANGES = st.dictionaries(st.sampled_from(KEYS), WORDS, min_size=1, max_size=2)


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    lists=st.lists(WHOLE | CHANGES, min_size=2, max_size=4).flatmap(
        lambda words: st.permutations([WordList(n, each) for n, each in enumerate(words, start=1)])
    )
)
def test_each_list_tells_the_words_of_its_day_whatever_the_order_of_arrival(
    supplier: Supplier, lists: list[WordList]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        road = Road(Path(folder), supplier)
        every = [WordList(0, FIRST), *lists]
        for arrived in every:
            result = road.take(arrived)
            counts = result.counts[SHARED]
            assert counts["KEPT"] + counts["UNCHANGED"] == counts["LANDED"] == len(arrived.words)
        for day in range(len(every)):
            assert road.words(day) == expected(every, day)


def test_a_late_word_that_a_newer_list_took_back_stays_between_the_two(
    supplier: Supplier, tmp_path: Path
) -> None:
    road = Road(tmp_path, supplier)
    for each in (WordList(0, FIRST), WordList(2, FIRST), WordList(1, FIRST | {"a": "Two"})):
        counts = road.take(each).counts[SHARED]
    assert counts == {"LANDED": 6, "KEPT": 1, "UNCHANGED": 5}
    days = [(time - START).days for time, _, key, _ in road.stored() if key == "a"]
    assert days == [0, 1, 2]
    assert (road.words(1)["a"], road.words(2)["a"]) == ("Two", "One")


def test_a_late_word_is_the_newest_where_newer_files_are_changes_that_lack_its_key(
    supplier: Supplier, tmp_path: Path
) -> None:
    road = Road(tmp_path, supplier)
    for each in (WordList(0, FIRST), WordList(2, {"b": "Two"}), WordList(1, {"a": "Two"})):
        road.take(each)
    assert road.words(2) == FIRST | {"a": "Two", "b": "Two"}


def test_a_list_that_comes_late_again_stores_nothing(supplier: Supplier, tmp_path: Path) -> None:
    road = Road(tmp_path, supplier)
    late = WordList(1, FIRST | {"a": "Two"})
    for each in (WordList(0, FIRST), late, WordList(2, FIRST | {"a": "Three"}), late):
        counts = road.take(each).counts[SHARED]
    assert counts == {"LANDED": 6, "UNCHANGED": 6}
    assert len(road.stored()) == 8


def test_a_list_of_one_practice_is_no_list_of_nobodys() -> None:
    with pytest.raises(ValueError, match="belongs to nobody"):
        TableRules(
            name="Words",
            key=("Id",),
            publisher=Publisher(column="Practice"),
            dictionary=True,
            lands=Lands.LOOKUP,
        )
