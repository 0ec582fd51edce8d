"""One pass over a file tells its hash, header, last record and encoding."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.landing.content import TextCheck
from lds_assets.landing.encoding import EncodingCheck
from lds_assets.suppliers.contract import FormatRules
from tests.unit.landing.world import as_csv

RULES = FormatRules()


def check(data: bytes, rules: FormatRules = RULES, size: int = 1 << 20) -> TextCheck:
    text = TextCheck(rules)
    for start in range(0, len(data), size):
        text.feed(data[start : start + size])
    return text


def test_line_ends_commas_and_quotes_inside_the_last_record_are_text() -> None:
    rows = [["Id", "Text"], ["1", 'a "quote", a comma\r\nand a\nline, "more"\r\n']]
    assert check(as_csv(rows)).fault() == ("", "")


def test_a_header_alone_is_whole() -> None:
    text = check(b'"Id","Text"\r\n')
    assert (text.fault(), text.header()) == (("", ""), ("Id", "Text"))


def test_a_header_without_a_line_end_is_no_header() -> None:
    text = check(b'"Id","Text"')
    assert (text.fault()[0], text.header()) == ("TRUNCATED", ())


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"Id,Text\r\n1,a\r\n", ""),
        (b"Id,Text\r\n1,a\n", "TRUNCATED"),  # the header ends in CRLF, the last line does not
        (b"Id,Text\n1,a\n", ""),  # every line ends in LF: another system's copy, whole
        (b"Id,Text\n1,a", "TRUNCATED"),
        (b"Id,Text\r\n1,a\r\n2,\r\n", ""),
        (b"Id,Text\r\n1,a\r\n2\r\n", "TRUNCATED"),
        (b"", "HEADER_MISSING"),
        (b"\r\n", "HEADER_MISSING"),
    ],
)
def test_the_last_line_must_end_and_have_all_fields(data: bytes, reason: str) -> None:
    assert check(data).fault()[0] == reason


def test_a_backslash_escapes_where_it_is_declared() -> None:
    rules = FormatRules(escape="\\", new_line="\n")
    assert check(b'Id,Text\n"1","say \\"a, b\\""\n', rules).fault() == ("", "")


@given(
    st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8)), max_size=6),
    st.integers(1, 40),
)
def test_chunk_borders_change_nothing(rows: list[tuple[str, str]], size: int) -> None:
    clean = [[cell.replace("\x00", "").replace("\r", "") for cell in row] for row in rows]
    data = as_csv([["Id", "T\u00e9xt"], *clean], "utf-8") if _utf8(clean) else b"a\r\n"
    text = check(data, size=size)
    assert text.plain_sha256 == hashlib.sha256(data).hexdigest()
    assert text.fault() == check(data).fault() == ("", "")


def _utf8(rows: list[list[str]]) -> bool:
    try:
        "".join(cell for row in rows for cell in row).encode()
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize(
    ("data", "encoding", "line"),
    [
        (b"a\nb\n", "utf-8", 0),
        ("a\n\u20ac\n".encode(), "utf-8", 0),
        (b"a\nb\n\xe9\n", "utf-8", 3),
        (b"\xff", "utf-8", 1),
        (b"a\n\xe2\x82", "utf-8", 2),  # ends inside a character
        (b"a\n\xe2\x82\nb\n", "utf-8", 2),
        (b"a\n\xe9\x80\n", "windows-1252", 0),
        (b"a\nb\n\x81\n\x8d", "windows-1252", 3),
        (b"a\xe9\n", "ascii", 1),
        ("a\n\u20ac".encode("utf-16"), "utf-16", 0),
        (b"a\nb\0\0\n", "utf-8", 2),
        (b"a\n\xe9\n\0", "utf-8", 2),
        (b"a\nb\n\0\0c\n\x81", "windows-1252", 3),
    ],
)
def test_the_first_line_that_is_not_of_the_encoding_is_told(
    data: bytes, encoding: str, line: int, size: int
) -> None:
    found = EncodingCheck(encoding)
    for start in range(0, len(data), size):
        found.feed(data[start : start + size])
    assert found.bad_line() == line
