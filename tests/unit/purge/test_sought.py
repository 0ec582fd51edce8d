"""What names a practice, and canaries, are found in bytes of any kind; nothing else is."""

import random
import uuid
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lds_assets.purge.canaries import Canaries, hashed, read, write
from lds_assets.purge.names import Names
from lds_assets.purge.sought import CHUNK, Sought, Told

NUMBER, GUID = "9990000018", "0b5a1b20-52cd-4000-8000-0000000000ab"
OWN = "c60d3016-ee0c-4adf-bf6a-ac504463256e"
NAMES = Names("F86045", {"acme": frozenset({OWN, "1234567"})})
CANARIES = Canaries.of("salt", [NUMBER, GUID])
SOUGHT = Sought(NAMES, CANARIES)
#: As a purge of an earlier version kept them: hashes alone.
SLOW = Sought(NAMES, Canaries("salt", CANARIES.hashes))


def _told(data: bytes, sought: Sought = SOUGHT) -> tuple[bool, int]:
    told = sought.read([data])
    return told.is_named, len(told.canaries)


@pytest.mark.parametrize("sought", [SOUGHT, SLOW])
@pytest.mark.parametrize(
    ("text", "named", "canaries"),
    [
        ("9990000018", False, 1),
        ("999 000 0018", False, 1),
        ("999-000-0018", False, 1),
        ("999 0000018", False, 1),
        ("999000 0018", False, 1),
        ("19990000018", False, 0),
        ("99900000180", False, 0),
        ("9990000026", False, 0),
        (GUID, False, 1),
        (GUID.upper(), False, 1),
        ("{" + GUID.upper() + "}", False, 1),
        (GUID[:-1] + "c", False, 0),
        (f"{NUMBER},{GUID}", False, 2),
        ("rows of f86045", True, 0),
        ("x=F86045001", True, 0),
        ("F86045_20261120.csv", True, 0),
        (OWN.upper(), True, 0),
        ("id 1234567", True, 0),
        # by chance within a GUID or a hash: among millions of them it happens
        ("0b5a1b20-52cd-4000-8000-00f86045abcd", False, 0),
        ("f8604512-52cd-4000-8000-000000000000", False, 0),
        ("part-1efa89ca64f86045a23a279fa0c1457d-0.parquet", False, 0),
        ("part-1efa89ca64f86045a23a279fa0c1457d of F86045", True, 0),
        # dashes in the right places, and one of the clues
        ("\u00e9" + GUID[2:8] + GUID[8:], False, 0),
        ("", False, 0),
    ],
)
def test_each_form_is_found_and_nothing_else(
    sought: Sought, text: str, named: bool, canaries: int
) -> None:
    for before in ("", "x", " " * 50):
        assert _told(f"{before}{text}{before}".encode(), sought) == (named, canaries)
    assert _told(f"\ufeff{text}\r\n".encode("utf-16-le"), sought) == (named, canaries)


def test_what_is_cut_between_two_chunks_is_found() -> None:
    for cut in range(1, 40):
        data = b"." * (CHUNK - cut) + GUID.encode() + b" F86045"
        assert _told(data) == (True, 1)
        parts = [data[: CHUNK - cut + 7], data[CHUNK - cut + 7 :]]
        told = SOUGHT.read(parts)
        assert (told.is_named, len(told.canaries)) == (True, 1)


def test_values_without_anything_between_them_are_found() -> None:
    for sought in (SOUGHT, SLOW):
        told = Told()
        joined = f"9990000026{NUMBER}9990000034F86045F86045".encode()
        sought.look([joined], told, is_joined=True)
        assert (told.is_named, len(told.canaries)) == (True, 1)


def _texts() -> Iterator[str]:
    drawn = random.Random(3)
    yield from (NUMBER, GUID, "999 000 0018", " ", "-", ",", "\n", "{", "}", "0", "9")
    yield from (str(uuid.UUID(int=drawn.getrandbits(128))) for _ in range(3))
    yield from (GUID[:8] + "-1111-4000-8000-000000000000", NUMBER[:8] + "99")


@given(st.lists(st.sampled_from(list(_texts())), max_size=20))
def test_the_fast_way_finds_what_the_slow_one_finds(parts: list[str]) -> None:
    data = "".join(parts).encode()
    assert _told(data) == _told(data, SLOW)


def test_no_value_nor_part_of_one_lies_open_on_disk(tmp_path: object) -> None:
    path = tmp_path / "canaries.json"  # type: ignore[operator]
    write(CANARIES, path)
    text = path.read_text()
    for part in (NUMBER, GUID, NUMBER[2:8], GUID[2:8]):
        assert part not in text and part.encode().hex() not in text
    again = read(path, "salt")
    assert again == CANARIES and again.clue_of == CANARIES.clue_of
    path.write_text(f'["{hashed("salt", NUMBER)}"]')
    assert read(path, "salt").clue_of is None


def test_a_branch_is_the_practice_s_listed_or_not() -> None:
    names = Names("F86045", {}, frozenset({"y00001"}))
    own = ("F86045", " f86045 ", "F860451", "F86045001", "Y00001")
    assert all(map(names.is_own, own))
    assert not any(map(names.is_own, ("F8604", "F860450012", "F86046", "F86045A", "", "Y00002")))
