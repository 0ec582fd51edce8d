"""What a file holds, in one pass over its bytes: hashes, header, tail, encoding. No row is kept."""

import codecs
import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lds_assets.landing.decrypt import CHUNK, plain_bytes
from lds_assets.landing.encoding import EncodingCheck
from lds_assets.landing.json_lines import JsonLinesCheck
from lds_assets.landing.states import Reason
from lds_assets.suppliers.contract import FormatRules

#: How much of a file's start and end is looked at for header and last record.
EDGE = 1 << 20


@dataclass(frozen=True)
class Content:
    """Facts of one file's content.

    Attributes:
        sha256: of the bytes in landing; ``plain_sha256`` of the decrypted text.
        header: names as the file has them; empty when there is none.
        reason, detail: the first fault of form, if any; never a value.
    """

    sha256: str
    plain_sha256: str
    header: tuple[str, ...] = ()
    reason: str = ""
    detail: str = ""


def read_content(
    path: Path, is_encrypted: bool, rules: FormatRules, gnupg_home: Path | None
) -> Content:
    """Read a file once (an encrypted one twice) and return what it holds.

    Raises:
        Held: it cannot be decrypted.
        OSError: it cannot be read.
    """
    check = JsonLinesCheck(rules) if rules.form == "json_lines" else TextCheck(rules)
    with open_plain(path, is_encrypted, gnupg_home) as chunks:
        for chunk in chunks:
            check.feed(chunk)
    plain = check.plain_sha256
    with path.open("rb") as handle:
        raw = hashlib.file_digest(handle, "sha256").hexdigest() if is_encrypted else plain
    reason, detail = check.fault()
    return Content(raw, plain, check.header(), reason, detail)


@contextmanager
def open_plain(
    path: Path, is_encrypted: bool, gnupg_home: Path | None
) -> Iterator[Iterable[bytes]]:
    """Open a file as a stream of plain bytes, decrypted when encrypted."""
    if is_encrypted:
        with plain_bytes(path, gnupg_home) as chunks:
            yield chunks
        return
    with path.open("rb") as handle:
        yield iter(lambda: handle.read(CHUNK), b"")


class TextCheck:
    """Takes a text file in chunks and tells its hash, header and first fault of form."""

    def __init__(self, rules: FormatRules) -> None:
        self._rules = rules
        self._digest = hashlib.sha256()
        self._encoding = EncodingCheck(rules.encoding)
        self._head = b""
        self._tail = b""

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(chunk)
        self._encoding.feed(chunk)
        if len(self._head) < EDGE:
            self._head += chunk[: EDGE - len(self._head)]
        self._tail = chunk[-EDGE:] if len(chunk) >= EDGE else (self._tail + chunk)[-EDGE:]

    @property
    def plain_sha256(self) -> str:
        """SHA-256 of the text."""
        return self._digest.hexdigest()

    def header(self) -> tuple[str, ...]:
        """Return the first record; empty when the file has none that ends."""
        text = decoded(self._head, self._rules.encoding)
        first = next(records(text, self._rules), [])
        return () if not first or "\n" not in text else tuple(first)

    def fault(self) -> tuple[str, str]:
        """Return reason and detail of the first fault, blank when there is none."""
        line = self._encoding.bad_line()
        if line:
            return Reason.ENCODING, f"line {line} is not {self._rules.encoding}"
        if not self._head.strip():
            return Reason.HEADER_MISSING, "the file is empty, without a header"
        ending = self._line_end()
        if not self._tail.endswith(ending):
            return Reason.TRUNCATED, "the last line does not end in a line end"
        expected, met = len(self.header()), self._last_field_count(ending)
        if met != expected:
            return Reason.TRUNCATED, f"the last record has {met} fields, the header {expected}"
        return "", ""

    def _line_end(self) -> bytes:
        """Return the declared line end, or LF when the header line ends in LF alone."""
        first, found, _ = self._head.partition(b"\n")
        declared = self._rules.new_line.encode("ascii")
        return b"\n" if found and not first.endswith(b"\r") else declared

    def _last_field_count(self, ending: bytes) -> int:
        """Count the fields of the last record, which may hold line ends inside quotes."""
        body = self._tail.removesuffix(ending)
        quote = self._rules.quote.encode("ascii")
        cut, quotes = len(body), 0
        while True:
            start = body.rfind(b"\n", 0, cut)
            quotes += body.count(quote, start + 1, cut)
            if start < 0 or quotes % 2 == 0:
                break
            cut = start
        last = decoded(body[start + 1 :], self._rules.encoding)
        return len(next(records(last, self._rules), []))


def decoded(data: bytes, encoding: str) -> str:
    """Return bytes as text; a character cut at the end is left out, a mark at the start too."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    return text.removeprefix("\ufeff")


def records(text: str, rules: FormatRules) -> Iterator[list[str]]:
    """Yield the records of a CSV text in the declared form."""
    return records_of_lines(io.StringIO(text, newline=""), rules)


def records_of_lines(lines: Iterable[str], rules: FormatRules) -> Iterator[list[str]]:
    """Yield the records of CSV lines, which keep their ends, in the declared form."""
    doubled = rules.escape == rules.quote
    return csv.reader(
        lines,
        delimiter=rules.delimiter,
        quotechar=rules.quote,
        doublequote=doubled,
        escapechar=None if doubled else rules.escape,
    )
