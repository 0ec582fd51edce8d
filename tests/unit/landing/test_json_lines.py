"""JSON-lines files in landing: the header is every key met, the last line a whole object."""

import hashlib

import pytest

from lds_assets.landing.json_lines import KEYS_AT_MOST, LINE_BYTES, JsonLinesCheck
from lds_assets.suppliers.contract import FormatRules

RULES = FormatRules(form="json_lines")


def checked(data: bytes, chunk: int = 1 << 20) -> JsonLinesCheck:
    found = JsonLinesCheck(RULES)
    for start in range(0, len(data), chunk):
        found.feed(data[start : start + chunk])
    return found


@pytest.mark.parametrize("chunk", [1, 3, 7, 1 << 20])
def test_the_header_is_every_key_in_order_of_first_use(chunk: int) -> None:
    data = b'{"uid": "1", "name": "\xc3\xa9"}\r\n\n{"uid": "2", "change_type": null}\r\n'
    found = checked(data, chunk)
    assert found.header() == ("uid", "name", "change_type")
    assert found.fault() == ("", "")
    assert found.plain_sha256 == hashlib.sha256(data).hexdigest()


def test_a_mark_before_the_first_object_is_no_part_of_it() -> None:
    assert checked(b'\xef\xbb\xbf{"uid": 1}\n').header() == ("uid",)


def test_a_last_object_needs_no_line_end() -> None:
    assert checked(b'{"uid": 1}\n{"uid": 2}').fault() == ("", "")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", ("HEADER_MISSING", "the file is empty, without an object")),
        (b"\n \n", ("HEADER_MISSING", "the file is empty, without an object")),
        (b'{"uid": 1}\n{"uid": ', ("TRUNCATED", "the last line is no whole object")),
        (b'{"uid": 1}\n[1]\n', ("TRUNCATED", "the last line is no whole object")),
        (b'{"uid": 1}\n{"uid": "\xff"}\n', ("ENCODING", "line 2 is not utf-8")),
    ],
)
def test_a_faulty_file_is_told_without_a_value(data: bytes, told: tuple[str, str]) -> None:
    assert checked(data).fault() == told


def test_a_faulty_line_between_good_ones_is_left_to_raw() -> None:
    found = checked(b'{"uid": 1}\nnothing\n{"uid": 2}\n')
    assert (found.header(), found.fault()) == (("uid",), ("", ""))


def test_values_in_place_of_keys_are_no_header() -> None:
    lines = b"".join(b'{"k%d": 1}\n' % number for number in range(KEYS_AT_MOST + 9))
    reason, detail = checked(lines).fault()
    assert reason == "HEADER_MISSING"
    assert "different keys" in detail


def test_a_line_without_end_is_not_kept_in_memory() -> None:
    found = JsonLinesCheck(RULES)
    for _ in range(3 * LINE_BYTES // (1 << 22)):
        found.feed(b"x" * (1 << 22))
    assert len(found._open) <= LINE_BYTES
    assert found.fault()[0] == "TRUNCATED"
