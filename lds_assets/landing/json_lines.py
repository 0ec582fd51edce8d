"""JSON-lines files: one object a line, its keys being the columns.

Such a file has no header of its own: its header is every key met, in order of first use. An empty
file has none, so it cannot be told from one that was lost; a feed with nothing to say leaves the
file out. Blank lines are no records.
"""

import hashlib
import json

from lds_assets.landing.encoding import EncodingCheck
from lds_assets.landing.states import Reason
from lds_assets.suppliers.contract import FormatRules

#: More keys than this are no columns: values stand where names should.
KEYS_AT_MOST = 2000
#: A line longer than this is not looked at; raw sets it aside.
LINE_BYTES = 1 << 24

_MARK = b"\xef\xbb\xbf"


class JsonLinesCheck:
    """Takes a JSON-lines file in chunks and tells its hash, keys and first fault of form."""

    def __init__(self, rules: FormatRules) -> None:
        self._rules = rules
        self._digest = hashlib.sha256()
        self._encoding = EncodingCheck(rules.encoding)
        self._keys: dict[str, None] = {}
        self._open = bytearray()
        self._too_long = False
        self._is_first = True
        self._objects = 0
        self._is_last_good = True

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(chunk)
        self._encoding.feed(chunk)
        *lines, rest = chunk.split(b"\n")
        for line in lines:
            self._take(line)
            self._end_line()
        self._take(rest)

    @property
    def plain_sha256(self) -> str:
        """SHA-256 of the text."""
        return self._digest.hexdigest()

    def header(self) -> tuple[str, ...]:
        """Return every key met, in order of first use."""
        self._end_line()
        return tuple(self._keys)

    def fault(self) -> tuple[str, str]:
        """Return reason and detail of the first fault, blank when there is none."""
        line = self._encoding.bad_line()
        if line:
            return Reason.ENCODING, f"line {line} is not {self._rules.encoding}"
        self._end_line()
        if len(self._keys) > KEYS_AT_MOST:
            detail = f"the objects have more than {KEYS_AT_MOST} different keys"
            return Reason.HEADER_MISSING, detail
        if not self._is_last_good:
            return Reason.TRUNCATED, "the last line is no whole object"
        if not self._objects:
            return Reason.HEADER_MISSING, "the file is empty, without an object"
        return "", ""

    def _take(self, part: bytes) -> None:
        if len(self._open) + len(part) > LINE_BYTES:
            self._too_long = True
            self._open.clear()
        if not self._too_long:
            self._open += part

    def _end_line(self) -> None:
        """Judge the line that is open, which may be empty."""
        line, self._open = bytes(self._open), bytearray()
        if self._is_first:
            line = line.removeprefix(_MARK)
        if line.strip() or self._too_long:
            self._is_first = False
            keys = None if self._too_long else _keys(line, self._rules.encoding)
            self._is_last_good = keys is not None
            if keys is not None:
                self._objects += 1
                if len(self._keys) <= KEYS_AT_MOST:
                    self._keys |= keys
        self._too_long = False


def _keys(line: bytes, encoding: str) -> dict[str, None] | None:
    """Return the keys of a line's object, None when the line holds none."""
    try:
        found = json.loads(line.decode(encoding))
    except (ValueError, RecursionError):
        return None
    return dict.fromkeys(found) if isinstance(found, dict) else None
