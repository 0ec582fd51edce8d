"""No file of the repository is a terminology: few numbers in it pass SNOMED CT's check."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lds_assets.resources import REPOSITORY
from lds_assets.synthetic.catalogue import passes_verhoeff

#: Distinct identifiers a single file may hold: the metadata of a release, a hand list of concepts.
AT_MOST = 200

#: Six to eighteen digits on their own. Rule source: SNOMED CT identifiers (SCTID).
_NUMBER = re.compile(r"(?<![0-9A-Za-z.])[1-9][0-9]{5,17}(?![0-9A-Za-z.])")
#: Partition digits of concepts, descriptions and relationships, core and extension.
_PARTITIONS = frozenset({"00", "01", "02", "10", "11", "12"})


def snomed_identifiers(text: str) -> set[str]:
    """Return the numbers of a text that are well-formed SNOMED CT identifiers."""
    return {
        number
        for number in set(_NUMBER.findall(text))
        if number[-3:-1] in _PARTITIONS and passes_verhoeff(number)
    }


def _tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    ).stdout
    names = listed.split("\0") if listed else [str(path) for path in REPOSITORY.rglob("seeds/**/*")]
    for name in names:
        path = REPOSITORY / name
        if name and path.is_file():
            yield path


def test_no_file_holds_more_than_a_handful_of_real_identifiers() -> None:
    files = list(_tracked())
    assert len(files) > 20
    counts = {
        str(path.relative_to(REPOSITORY)): len(
            snomed_identifiers(path.read_text(encoding="utf-8", errors="ignore"))
        )
        for path in files
    }
    assert {name: count for name, count in counts.items() if count > AT_MOST} == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("138875005,SNOMED CT Concept", {"138875005"}),
        ("|900000000000508004|", {"900000000000508004"}),
        ("138875006", set()),  # check digit
        ("990000012", set()),  # the invented codes
        ("x138875005", set()),
        ("0.138875005", set()),
    ],
)
def test_a_real_identifier_is_told_from_an_invented_one(text: str, found: set[str]) -> None:
    assert snomed_identifiers(text) == found
