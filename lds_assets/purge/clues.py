"""Clues of canaries: six signs of each, by which bytes that hold none are passed over.

A clue lies on disk sealed with a pad that follows from the purge's key and the canary's own hash:
without the key neither value nor clue can be told.
"""

import hashlib

#: Which signs of a GUID, or of a number of ten digits, are its clue; they differ from value to
#: value whatever way GUIDs were made.
CLUE = slice(2, 8)


def sealed(salt: str, value_hash: str, clue: str) -> str:
    """Return a clue as it is kept, in hexadecimal.

    >>> opened("salt", "hash", sealed("salt", "hash", "900000"))
    '900000'
    """
    return _padded(salt, value_hash, clue.encode("ascii")).hex()


def opened(salt: str, value_hash: str, kept: str) -> str:
    """Return a clue from what is kept of it."""
    return _padded(salt, value_hash, bytes.fromhex(kept)).decode("ascii")


def _padded(salt: str, value_hash: str, clue: bytes) -> bytes:
    pad = hashlib.sha256(f"clue{salt}{value_hash}".encode()).digest()
    return bytes(one ^ other for one, other in zip(clue, pad[: len(clue)], strict=True))
