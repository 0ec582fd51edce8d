"""Windows of random tables are lost and come: each chain stands alone, whatever the order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lds_assets.landing.advice import fate
from lds_assets.landing.chain import Rules, settle
from lds_assets.landing.parts import content_hash, cut, part_of, table_of, whole_of
from lds_assets.landing.states import Delivery, DeliveryFile, Reason, State

START = datetime(2026, 11, 1)
TABLES = ("A", "B", "C", "Needed")
RULES = Rules(True, frozenset("ABC"), frozenset(TABLES))

Book = dict[str, tuple[Delivery, Sequence[DeliveryFile]]]


def sent(day: int, tables: Sequence[str] = TABLES) -> tuple[Delivery, list[DeliveryFile]]:
    """Return the proven delivery of one day: full on the first, then the window of a day."""
    start = None if day == 0 else START + timedelta(days=day - 1)
    end = START + timedelta(days=day)
    kind = "delta" if day else "full"
    files = [
        DeliveryFile(
            f"x/g/{day:02}",
            f"{table}.csv",
            table,
            kind,
            1,
            1,
            State.VALIDATED,
            plain_sha256=f"{table}{day}",
            window_from=start,
            window_to=end,
        )
        for table in tables
    ]
    row = Delivery(
        f"x/g/{day:02}",
        "x",
        "g",
        "",
        kind,
        end,
        State.SEEN,
        window_from=start,
        window_to=end,
        content_hash=content_hash(files),
    )
    return row, files


def lacking(day: int, missing: Sequence[str]) -> Book:
    """Return what a look enters of a day whose files of some tables are not there."""
    row, files = sent(day)
    if not missing:
        return {row.delivery_id: (row, files)}
    pieces = cut(row, files, missing, TABLES)
    awaited = fate(State.INCOMPLETE, Reason.FILES_MISSING)
    return {
        each.delivery_id: (each, own)
        if not table_of(each.delivery_id)
        else (replace(each.moved(awaited), content_hash=""), [])
        for each, own in pieces
    }


def judged(book: Book) -> Book:
    """Judge a group until nothing is left to be taken apart, as a look does."""
    book = dict(book)
    while True:
        rows, files = [row for row, _ in book.values()], {k: own for k, (_, own) in book.items()}
        settled = settle(rows, files, RULES)
        if not settled.cuts:
            break
        for identity, tables in settled.cuts.items():
            row, own = book[identity]
            book |= {each.delivery_id: (each, kept) for each, kept in cut(row, own, tables, TABLES)}
    return book | {
        identity: (book[identity][0].moved(told), book[identity][1])
        for identity, told in settled.fates.items()
    }


def fates(book: Book) -> dict[str, str]:
    return {identity: f"{row.state} {row.reason}".strip() for identity, (row, _) in book.items()}


LOST = st.lists(st.frozensets(st.sampled_from("ABC"), max_size=3), min_size=1, max_size=5)


@given(LOST)
def test_each_table_stops_at_its_own_gap(lost: list[frozenset[str]]) -> None:
    book: Book = {sent(0)[0].delivery_id: sent(0)}
    for day, missing in enumerate(lost, start=1):
        book |= lacking(day, sorted(missing))
    told = fates(judged(book))
    stopped: set[str] = set()
    for day, missing in enumerate(lost, start=1):
        whole = f"x/g/{day:02}"
        assert told.pop(whole) == "VALIDATED"
        for table in "ABC":
            part = told.pop(part_of(whole, table), "with its delivery")
            if table in missing:
                assert part == "INCOMPLETE FILES_MISSING"
            else:
                gap = "HELD DATE_GAP" if table in stopped else "with its delivery"
                assert part == gap
        stopped |= missing
    assert told == {"x/g/00": "VALIDATED"}


@given(LOST, st.data())
def test_what_comes_in_the_end_lets_all_go_on(
    lost: list[frozenset[str]], data: st.DataObject
) -> None:
    book: Book = {sent(0)[0].delivery_id: sent(0)}
    for day, missing in enumerate(lost, start=1):
        book |= lacking(day, sorted(missing))
    book = judged(book)
    awaited = [identity for identity, (row, _) in book.items() if row.state == "INCOMPLETE"]
    for identity in data.draw(st.permutations(awaited)):
        row, _ = book[identity]
        _, files = sent(int(whole_of(identity)[-2:]))
        own = [
            replace(each, delivery_id=identity)
            for each in files
            if each.table_name == table_of(identity)
        ]
        proven = replace(row.moved(fate(State.SEEN)), content_hash=content_hash(own))
        book = judged(book | {identity: (proven, own)})
    assert set(fates(book).values()) == {"VALIDATED"}
    # nothing is held twice and nothing is missing
    held = sorted((whole_of(f.delivery_id), f.table_name) for _, own in book.values() for f in own)
    assert held == sorted(
        (f"x/g/{day:02}", table) for day in range(len(lost) + 1) for table in TABLES
    )


def test_what_every_other_table_needs_is_never_taken_apart() -> None:
    book: Book = {}
    for day, tables in ((0, TABLES), (2, TABLES)):
        row, files = sent(day, tables)
        book[row.delivery_id] = (row, files)
    assert fates(judged(book)) == {"x/g/00": "VALIDATED", "x/g/02": "HELD DATE_GAP"}


def test_a_delivery_whose_load_began_is_not_cut() -> None:
    book: Book = {sent(0)[0].delivery_id: sent(0)} | lacking(1, ["A"])
    row, files = sent(2)
    begun = replace(row, state=State.VALIDATED, load_sequence=7)
    told = fates(judged(book | {row.delivery_id: (begun, files)}))
    assert told["x/g/02"] == "HELD DATE_GAP"
    assert "x/g/02+A" not in told


def full_covers(fulls: Mapping[str, datetime]) -> dict[str, str]:
    book: Book = {sent(0)[0].delivery_id: sent(0)} | lacking(1, ["A"]) | lacking(2, [])
    book = judged(book)
    rows = [row for row, _ in book.values()]
    settled = settle(rows, {k: own for k, (_, own) in book.items()}, replace(RULES, fulls=fulls))
    return {
        identity: f"{told.state} {told.reason}".strip() for identity, told in settled.fates.items()
    }


def test_a_full_file_that_all_have_outdates_the_gap_before_it_and_no_later_one() -> None:
    later, earlier = START + timedelta(days=3), START + timedelta(days=1)
    assert full_covers({"a": later}) == {
        "x/g/00": "VALIDATED",
        "x/g/01": "VALIDATED",
        "x/g/01+A": "SUPERSEDED COVERED",
        "x/g/02": "VALIDATED",
        "x/g/02+A": "VALIDATED",
    }
    # a full file of another table says nothing of this one
    assert full_covers({"b": later})["x/g/02+A"] == "HELD DATE_GAP"
    assert full_covers({"a": earlier})["x/g/02+A"] == "HELD DATE_GAP"
