"""What is carried on from release to release is what a whole count finds, whatever happened."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from lds_assets.canonical.superseded import forget, note_superseded, noted
from lds_assets.canonical.tables import canonical_table
from lds_assets.database import connect
from lds_assets.lake.delta import ActiveFile, LakeTable
from lds_assets.lake.session import session
from lds_assets.raw.tables import SHARED
from lds_assets.release import counts as counts_module
from lds_assets.release.counted import known_counts, note_counts
from lds_assets.release.counts import Count
from lds_assets.resources import Settings
from tests.unit.release.lake_world import DAY, NEW, OLD, ONE, TABLES, TWO, Row, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    settings = Settings(home=tmp_path, threads=1)
    with session(settings) as connection:
        yield World(settings, connection)


@pytest.fixture
def asked_whole(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The tables and practices that were counted whole."""
    asked: list[tuple[str, str]] = []
    count_whole = counts_module._Table._whole

    def noted(self: counts_module._Table, practices: list[str]) -> list[Count]:
        asked.extend((self._table, each) for each in practices)
        return count_whole(self, practices)

    monkeypatch.setattr(counts_module._Table, "_whole", noted)
    return asked


def test_rows_are_told_by_what_is_current(world: World) -> None:
    world.load(ONE, Row("a"), Row("b"), Row("c", deleted=True), base=True)
    world.load(ONE, Row("b", date(2026, 6, 30), deleted=True), Row("d", date(2026, 8, 1)))
    world.load(TWO, Row("e", None, dataset=OLD), base=True)
    world.load(TWO, Row("x"), Row("y", deleted=True), base=True, table=TABLES[1])
    assert world.counted().counts == (
        Count("location_contact", TWO, NEW, 1, 0),
        Count("observation", ONE, NEW, 2, 2, DAY, date(2026, 8, 1)),
        Count("observation", TWO, OLD, 1, 0),
    )


def test_only_new_ids_are_looked_for(world: World, asked_whole: list[tuple[str, str]]) -> None:
    world.load(ONE, Row("a"), Row("b"), Row("c"), base=True)
    world.load(ONE, Row("a", deleted=True))
    known = world.counted()
    asked_whole.clear()
    # a comes back, b goes, c is edited, d is new
    world.load(ONE, Row("a"), Row("b", deleted=True), Row("c", date(2026, 6, 1)), Row("d"))
    assert world.counted(known).counts == (Count("observation", ONE, NEW, 3, 1, DAY),)
    assert world.counted(world.counted(known)).counts == (
        Count("observation", ONE, NEW, 3, 1, DAY),
    )
    assert asked_whole == []


def test_the_newest_event_is_looked_for_when_its_row_goes(
    world: World, asked_whole: list[tuple[str, str]]
) -> None:
    world.load(ONE, Row("a"), Row("b", date(2026, 6, 1)), base=True)
    known = world.counted()
    asked_whole.clear()
    world.load(ONE, Row("a", date(2026, 5, 1)))
    expected = (Count("observation", ONE, NEW, 2, 0, date(2026, 6, 1)),)
    assert world.counted(known).counts == expected
    assert world.counted(known, world.notes).counts == expected
    assert asked_whole == [("observation", ONE)] * 2


def test_an_event_of_the_future_becomes_the_newest_on_its_day(world: World) -> None:
    world.load(ONE, Row("a"), Row("b", DAY + timedelta(days=1)), base=True)
    known = world.counted()
    world.as_of = DAY + timedelta(days=1)
    assert world.counted(known).counts == (Count("observation", ONE, NEW, 2, 0, world.as_of),)
    # and back: counts of a later day say nothing of an earlier one
    later = world.counted()
    world.as_of = DAY
    assert world.counted(later).counts == known.counts


@pytest.mark.parametrize("what", ["base", "erased", "left_out", "copies", "no copies"])
def test_more_than_new_rows_is_counted_whole(
    world: World, what: str, asked_whole: list[tuple[str, str]]
) -> None:
    world.load(ONE, Row("a"), Row("b", dataset=OLD), base=True)
    world.load(TWO, Row("c"), base=True)
    if what == "no copies":
        world.copy(ONE, "a")
    known = world.counted()
    asked_whole.clear()
    if what == "base":
        world.erase(ONE)
        world.load(ONE, Row("a"), base=True)
    elif what == "erased":
        world.erase(ONE)
    elif what == "left_out":
        world.left_out.add((ONE, OLD))
    elif what == "copies":
        world.copy(ONE, "b")
    else:
        world.copies = -1
    expected = [Count("observation", TWO, NEW, 1, 0, DAY)]
    if what != "erased":
        expected.insert(0, Count("observation", ONE, NEW, 1, 0, DAY))
    if what == "no copies":
        expected.insert(0, Count("observation", ONE, OLD, 1, 0, DAY))
    assert list(world.counted(known).counts) == expected
    assert TWO not in {practice for _, practice in asked_whole}


@pytest.mark.parametrize("seed", range(12))
def test_whatever_happens_the_counts_are_those_of_a_whole_count(world: World, seed: int) -> None:
    chance = random.Random(seed)
    known = None
    for _ in range(9):
        for _ in range(chance.choice((1, 1, 2))):
            _happen(world, chance)
        whole = world.counted().counts
        carried = world.counted(known)
        for counts in (carried.counts, world.counted(known, world.notes).counts):
            assert [replace(each, coming=None) for each in counts] == [
                replace(each, coming=None) for each in whole
            ]
            # a future event that went may still be named as coming, one that is never missed
            assert all(
                each.coming and each.coming <= right.coming
                for each, right in zip(counts, whole, strict=True)
                if right.coming
            )
        known = carried


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were opened to count."""
    opened: list[str] = []
    select = LakeTable.select

    def listed(self: LakeTable, files: Sequence[ActiveFile], **options: bool) -> str:
        opened.extend(file.path for file in files)
        return select(self, files, **options)

    monkeypatch.setattr(LakeTable, "select", listed)
    return opened


def test_what_loads_noted_is_taken_without_a_look_at_base_rows(
    world: World, read: list[str]
) -> None:
    world.load(ONE, Row("a"), Row("b"), Row("c", deleted=True), Row("d"), base=True)
    base = [file.path for file in canonical_table(world.settings, TABLES[0]).files()]
    known = world.counted()
    world.load(ONE, Row("a", date(2026, 6, 1)), Row("b", deleted=True), Row("e"))
    world.load(ONE, Row("a", date(2026, 6, 2)), Row("c"))
    # a, c, d and e are current, b is deleted; d has the newest event
    expected = (Count("observation", ONE, NEW, 4, 1, DAY),)
    read.clear()
    assert world.counted(known, world.notes).counts == expected
    assert not set(base) & set(read)
    assert world.counted(known).counts == expected
    assert set(base) <= set(read)


def test_a_table_that_shows_no_deleted_rows_is_counted_by_rows(world: World) -> None:
    table = TABLES[1]
    world.load(ONE, Row("a"), Row("b", deleted=True), base=True, table=table)
    known = world.counted()
    world.load(ONE, Row("b"), table=table)
    assert world.notes[-1].deleted == 1
    assert world.counted(known, world.notes).counts == (Count(table, ONE, NEW, 2, 0),)


@pytest.mark.parametrize("what", ["other files", "one missing", "other day", "source left out"])
def test_a_note_that_may_not_hold_is_not_used(world: World, what: str, read: list[str]) -> None:
    world.load(ONE, Row("a"), Row("b"), base=True)
    base = [file.path for file in canonical_table(world.settings, TABLES[0]).files()]
    if what == "source left out":
        world.left_out.add((ONE, OLD))
    known = world.counted()
    world.load(ONE, Row("a", deleted=True))
    world.load(ONE, Row("b", deleted=True))
    wrong = [replace(each, current=9) for each in world.notes]
    if what == "other files":
        wrong[-1] = replace(wrong[-1], beside=wrong[1].beside)
    elif what == "one missing":
        del wrong[1]
    elif what == "other day":
        wrong[-1] = replace(wrong[-1], noted_on=DAY - timedelta(days=1))
    read.clear()
    assert world.counted(known, wrong).counts == (Count("observation", ONE, NEW, 0, 2, DAY),)
    assert set(base) <= set(read)


def test_notes_are_kept_until_a_release_was_counted(world: World) -> None:
    world.load(ONE, Row("a"), base=True)
    world.load(ONE, Row("a"))
    engine = connect(world.settings.database_url)
    note_superseded(engine, world.notes)
    note_superseded(engine, world.notes[1:])
    kept = noted(engine)
    assert sorted(kept, key=lambda each: each.sequence) == world.notes
    world.load(ONE, Row("a"))
    note_superseded(engine, world.notes[2:])
    forget(engine, kept)
    assert list(noted(engine)) == world.notes[2:]
    engine.dispose()


def _happen(world: World, chance: random.Random) -> None:
    """Let something happen that may change what a release shows."""
    practice = chance.choice((ONE, TWO))
    table = chance.choice((TABLES[0], TABLES[0], TABLES[1]))
    is_there = bool(canonical_table(world.settings, table).files(publishers=[practice]))
    what = chance.choice(
        ("load",) * 8 + ("give up", "erase", "gate", "source", "day", "copy", "copy")
    )
    if what == "load" or not is_there:
        rows = {
            f"{table}-{practice}-{chance.randrange(12)}": Row(
                "",
                chance.choice((None, *(DAY + timedelta(days=n) for n in range(-3, 5)))),
                chance.random() < 0.3,
                chance.choice((OLD, NEW)),
            )
            for _ in range(chance.randint(1, 7))
        }
        versions = [replace(row, id=id_) for id_, row in rows.items()]
        sequence = world.load(practice, *versions, base=not is_there, table=table)
        if chance.random() < 0.1:
            world.unfinished.add(sequence)
    elif what == "give up":
        world.unfinished ^= {chance.randint(1, world.sequence)}
    elif what == "erase":
        world.erase(practice)
    elif what == "gate":
        world.publishers = chance.choice(((ONE,), (TWO,), (ONE, TWO)))
    elif what == "source":
        world.left_out ^= {(practice, chance.choice((OLD, NEW)))}
    elif what == "day":
        world.as_of += timedelta(days=chance.choice((1, 2, -1)))
    elif world.copies >= 0 and chance.random() < 0.5:
        world.copies = -1
    else:
        world.copy(practice, f"{TABLES[0]}-{practice}-{chance.randrange(12)}")


def test_counts_are_taken_for_their_own_release_alone(world: World) -> None:
    world.load(ONE, Row("a"), Row("b", None, dataset=OLD), base=True)
    first = world.counted()
    engine = connect(world.settings.database_url)
    assert known_counts(engine, first.release) is None
    assert known_counts(engine, None) is None
    note_counts(engine, first.release, first.counts)
    assert known_counts(engine, first.release) == first
    world.load(ONE, Row("a", deleted=True), Row("c", date(2026, 9, 1)))
    world.publishers = (ONE,)
    second = world.counted(first)
    note_counts(engine, second.release, second.counts)
    assert known_counts(engine, second.release) == second
    assert known_counts(engine, first.release) is None
    engine.dispose()


def test_rows_of_nobody_are_counted(world: World) -> None:
    world.load(SHARED, Row("x"), base=True, table=TABLES[1])
    known = world.counted()
    assert known.counts == (Count("location_contact", SHARED, NEW, 1, 0),)
    world.load(SHARED, Row("y"), table=TABLES[1])
    assert world.counted(known).counts == (Count("location_contact", SHARED, NEW, 2, 0),)
