"""How many records a file holds, for a manifest that says how many there should be."""

import codecs
from collections.abc import Iterable, Iterator

from lds_assets.landing.content import records_of_lines
from lds_assets.suppliers.contract import FormatRules


def count_records(chunks: Iterable[bytes], rules: FormatRules) -> int:
    """Count the records of a file's plain bytes; header and empty lines are none.

    Quoted text may hold line ends. Nothing but the count is kept.
    """
    lines = _lines(codecs.iterdecode(chunks, rules.encoding, "replace"))
    if rules.form == "json_lines":
        return sum(1 for line in lines if line.strip())
    rows = records_of_lines(lines, rules)
    return max(sum(1 for row in rows if row) - 1, 0)


def _lines(texts: Iterable[str]) -> Iterator[str]:
    rest = ""
    for text in texts:
        *lines, rest = (rest + text).split("\n")
        yield from (f"{line}\n" for line in lines)
    if rest:
        yield rest
