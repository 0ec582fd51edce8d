"""A file without one practice's records: the bytes of all others, as they came."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.purge.records import (
    Judge,
    Marks,
    Sorter,
    Whose,
    by_code,
    by_identity,
    records,
    without,
)
from lds_assets.raw.ownership import Branches
from lds_assets.suppliers.contract import FormatRules

CSV = FormatRules()
LINES = FormatRules(form="json_lines")
HEADER = ("Practice", "Text")
MARKS = Marks(frozenset({"a99001"}))
BRANCHES = Branches({"B99007": "A99001"}, frozenset({"A99001", "A99002"}))


def _sorter(rules: FormatRules = CSV, judge: Judge | None = None) -> Sorter:
    return Sorter(rules, HEADER, 0, judge or by_code("A99001", BRANCHES), MARKS)


def _rest(text: bytes, rules: FormatRules = CSV) -> bytes:
    return b"".join(without(_sorter(rules).sort([text])))


def test_only_the_practice_s_records_go_and_no_other_byte() -> None:
    text = (
        b"Practice,Text\r\n"
        b'"A99001","mine, with a\r\nline end and ""quotes"""\r\n'
        b"A99002,it's theirs: A99001\r\n"
        b' a99001 ,"mine"\r\n'
        b'"A99002","theirs\nA99001,still inside"\r\n'
        b"A99001,mine"
    )
    assert _rest(text) == (
        b"Practice,Text\r\n"
        b"A99002,it's theirs: A99001\r\n"
        b'"A99002","theirs\nA99001,still inside"\r\n'
    )


def test_rows_are_counted_by_whom_they_belong_to() -> None:
    sorter = _sorter()
    text = b"Practice,Text\nA99001,x\nA99002,x\n,x\nA9900\xc3\x96,x\nA99001003,x\nB99007,x\n"
    list(sorter.sort([text]))
    assert sorter.counts == {Whose.MINE: 3, Whose.OTHERS: 1, Whose.NOBODYS: 2}


def test_a_record_that_cannot_be_read_goes_when_it_names_the_practice() -> None:
    text = b"Practice,Text\nx,y,A99001,1\nx,y,z,2\n"
    assert _rest(text) == b"Practice,Text\nx,y,z,2\n"


@pytest.mark.parametrize("given", ["{AB-1}", "ab-1", " AB-1 "])
def test_ids_are_compared_whatever_their_case_and_braces(given: str) -> None:
    assert by_identity({"ab-1"})(given) is Whose.MINE
    assert by_identity({"ab-2"})(given) is Whose.OTHERS
    assert by_identity({"ab-2"}, {"ab-3"})(given) is Whose.NOBODYS


def test_a_blank_owner_is_nobody_s() -> None:
    assert by_identity({"ab-1"})("") is Whose.NOBODYS
    assert by_code("A99001", BRANCHES)(" ") is Whose.NOBODYS


def test_objects_a_line_are_records_too() -> None:
    text = b'{"Practice": "A99001", "Text": "x"}\n{"Practice": "A99002"}\n{"Text": "A99001\n'
    assert _rest(text, LINES) == b'{"Practice": "A99002"}\n'


_FIELD = st.text(st.sampled_from('ab",\r\n \u00e9A990012'), max_size=12)
_OWNER = st.sampled_from(["A99001", "A99002", ""])


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@given(st.lists(st.tuples(_OWNER, _FIELD), max_size=8), st.integers(1, 7))
def test_what_is_left_is_what_was_written_without_the_practice(
    rows: list[tuple[str, str]], size: int
) -> None:
    """Whatever the texts hold, and however the bytes are cut on reading."""
    written = [f"{owner},{_quoted(text)}\r\n".encode() for owner, text in rows]
    head = b"Practice,Text\r\n"
    kept = [line for line, (owner, _) in zip(written, rows, strict=True) if owner != "A99001"]
    whole = head + b"".join(written)
    assert b"".join(without(_sorter().sort(_cut(whole, size)))) == head + b"".join(kept)
    assert b"".join(records(_cut(whole, size), CSV)) == whole


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


@given(
    st.lists(
        st.sampled_from(
            ["A99001,x", "a99001003,y", "B99007,z", "A99002,A99001", "A99002,x", ",x", "x,y,A99001"]
        ),
        max_size=12,
    )
)
def test_hints_change_nothing_of_what_goes(lines: list[str]) -> None:
    text = "\r\n".join(["Practice,Text", *lines, ""]).encode()
    judge, hints = by_code("A99001", BRANCHES), (b"a99001", b"b99007")
    hinting = Sorter(CSV, HEADER, 0, judge, MARKS, hints=hints)
    assert b"".join(without(hinting.sort([text]))) == _rest(text)
    plain = _sorter()
    list(plain.sort([text]))
    assert hinting.counts[Whose.MINE] == plain.counts[Whose.MINE]
    assert bool(hinting.counts[Whose.OTHERS]) == bool(plain.counts[Whose.OTHERS])
