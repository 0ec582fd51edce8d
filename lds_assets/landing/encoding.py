"""Whether bytes are text of an encoding, told by line and never by content.

Zero bytes are no text: a broken disk or copy leaves them, and with them the line ends are gone.
"""

import codecs
from functools import cache


class EncodingCheck:
    """Takes bytes in chunks and tells the first line that is not of the encoding."""

    def __init__(self, encoding: str) -> None:
        self._bad_bytes = _undefined(encoding)
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._has_no_zeros = "\0".encode(encoding) == b"\0"
        self._lines = 0
        self._bad_line = 0

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes; those after the first fault are not looked at."""
        if self._bad_line:
            return
        at = self._first_bad(chunk)
        if at is None:
            self._lines += chunk.count(b"\n")
        else:
            self._bad_line = self._lines + chunk.count(b"\n", 0, max(at, 0)) + 1

    def bad_line(self) -> int:
        """Return the number of the first bad line (1 is the header), 0 when all are good."""
        if not self._bad_line and self._bad_bytes is None:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._bad_line = self._lines + 1
        return self._bad_line

    def _first_bad(self, chunk: bytes) -> int | None:
        if self._bad_bytes is not None:
            if len(chunk.translate(None, self._bad_bytes)) == len(chunk):
                return None
            return min(chunk.find(byte) for byte in self._bad_bytes if byte in chunk)
        zero = chunk.find(b"\0") if self._has_no_zeros else -1
        try:
            self._decoder.decode(chunk)
        except UnicodeDecodeError as error:
            # the decoder may carry bytes of the chunk before
            at = error.start - (len(error.object) - len(chunk))
            return at if zero < 0 else min(at, zero)
        return None if zero < 0 else zero


@cache
def _undefined(encoding: str) -> bytes | None:
    """Return the bytes that no text of a one-byte encoding has; None for other encodings."""
    if codecs.lookup(encoding).name not in _ONE_BYTE:
        return None
    return bytes(byte for byte in range(256) if byte == 0 or not _is_defined(byte, encoding))


def _is_defined(byte: int, encoding: str) -> bool:
    try:
        bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


#: Encodings where each byte is one character: bytes are checked without decoding.
_ONE_BYTE = frozenset({"cp1252", "iso8859-1", "iso8859-15", "ascii"})
