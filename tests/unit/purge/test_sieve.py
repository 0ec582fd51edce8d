"""Bytes that hold a sought value never pass unseen; those without any do."""

import pytest

from lds_assets.purge.canaries import TOKEN, plain
from lds_assets.purge.sieve import Sieve

GUID, NUMBER = "0b5a1b20-1111-4abc-8fed-00000000000b", "9990000018"
SIEVE = Sieve([GUID, NUMBER])


@pytest.mark.parametrize(
    "text",
    [
        GUID,
        GUID.upper(),
        f"{{{GUID[:20].upper()}{GUID[20:]}}}",
        f"deadbeef{GUID}",
        f"AAAA-{GUID}",
        f"1-2222-3333-4444-{GUID}",
        NUMBER,
        f"a{NUMBER}b",
        "999 000 0018",
        "999-000-0018",
        "999 0000018",
        "999000-0018",
        f"20261120 {NUMBER} 20261120",
        f"1,{NUMBER},2",
    ],
)
def test_whatever_holds_a_value_is_looked_at(text: str) -> None:
    data = text.encode()
    assert {plain(each) for each in TOKEN.findall(data)} & {GUID, NUMBER}
    for around in (b"", b"x" * 5000, "caf\u00e9".encode("cp1252"), b"\xff\x00"):
        assert SIEVE.may_hold(around + data + around)


@pytest.mark.parametrize(
    "data",
    [b"", b"9", b"9990000018"[:9], b"9990000118", b"0b5a1b20-1111-4abc-8fee-00000000000b", b"text"],
)
def test_what_holds_none_is_passed_over(data: bytes) -> None:
    assert not SIEVE.may_hold(data)


def test_only_what_is_sought_stops_bytes() -> None:
    assert not Sieve([]).may_hold(f"{GUID} {NUMBER}".encode())
    assert not Sieve([GUID]).may_hold(NUMBER.encode())
    assert not Sieve([NUMBER]).may_hold(GUID.encode())
