"""Decisions are numbered one by one, and what names one names a decision that is there."""

import re

from lds_assets.resources import REPOSITORY

ADRS = sorted((REPOSITORY / "docs/adr").glob("*.md"))
_NAMED = re.compile(r"\bADR (\d+)|\badr/(\d{4})-[a-z-]+\.md")


def test_decisions_are_numbered_without_gap_or_double() -> None:
    numbers = [int(path.name[:4]) for path in ADRS]
    assert numbers == list(range(1, len(ADRS) + 1))
    for path, number in zip(ADRS, numbers, strict=True):
        assert path.read_text(encoding="utf-8").startswith(f"# {number}. ")


def test_a_decision_that_is_named_is_there() -> None:
    files = [
        path
        for folder in ("docs", "lds_assets", "tests", "dbt_project/models")
        for ending in ("md", "py", "sql", "yml")
        for path in (REPOSITORY / folder).rglob(f"*.{ending}")
    ]
    found = [
        (path.name, int(numbers[0] or numbers[1]))
        for path in [*files, REPOSITORY / "README.md", REPOSITORY / "CHANGELOG.md"]
        for numbers in _NAMED.findall(path.read_text(encoding="utf-8"))
    ]
    assert len(found) > 50
    assert [each for each in found if not 1 <= each[1] <= len(ADRS)] == []
    links = re.compile(r"adr/(\d{4}-[a-z0-9-]+\.md)")
    linked = {name for path in files for name in links.findall(path.read_text(encoding="utf-8"))}
    assert linked <= {path.name for path in ADRS}
