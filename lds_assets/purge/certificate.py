"""The certificate of a purge: what was there, what is left, who approved; signed.

Signed with HMAC-SHA256 by the key of ``LDS_CERTIFICATE_KEY``: who holds the key can tell whether a
byte was changed. Rule source: governance specification S17; ADR 16.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lds_assets.errors import Refused
from lds_assets.gate.events import canonical_json
from lds_assets.resources import Settings

ALGORITHM = "HMAC-SHA256"
#: A shorter key is none.
_KEY_BYTES = 32


def new_key(path: Path) -> None:
    """Write a new random key into a file that only its owner reads.

    Raises:
        Refused: the file is there; a key in use is never replaced.
    """
    try:
        descriptor = path.open("x", encoding="ascii")
    except FileExistsError:
        raise _refused("there is a file of that name", path.name, "choose another name") from None
    with descriptor:
        path.chmod(0o600)
        descriptor.write(secrets.token_hex(_KEY_BYTES) + "\n")


def key_of(settings: Settings) -> bytes:
    """Return the key that signs.

    Raises:
        Refused: none is set, or the file holds none.
    """
    path = settings.certificate_key
    if path is None or not path.is_file():
        raise _refused(
            "no key is set to sign certificates with",
            "LDS_CERTIFICATE_KEY",
            "`lds withdraw certificate new-key FILE` makes one; keep it apart from the data",
        )
    key = path.read_bytes().strip()
    if len(key) < _KEY_BYTES:
        raise _refused(
            "the key is too short", path.name, "`lds withdraw certificate new-key FILE` makes one"
        )
    return key


def signed(document: Mapping[str, Any], key: bytes) -> dict[str, Any]:
    """Return a document with its signature beside it."""
    return {
        "certificate": dict(document),
        "signature": {
            "algorithm": ALGORITHM,
            "key_id": key_id(key),
            "value": _value(document, key),
        },
    }


def sha256_of(document: Mapping[str, Any]) -> str:
    """Return the hash by which the register knows a certificate."""
    return hashlib.sha256(canonical_json(dict(document)).encode()).hexdigest()


def key_id(key: bytes) -> str:
    """Return a name of the key that tells nothing of it."""
    return hashlib.sha256(b"key id" + key).hexdigest()[:16]


def verify(path: Path, key: bytes) -> dict[str, Any]:
    """Return a certificate's document when it is as it was signed.

    Raises:
        Refused: it is no certificate, was signed with another key, or was changed.
    """
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        document, signature = read["certificate"], read["signature"]
        algorithm, by, value = (str(signature[name]) for name in ("algorithm", "key_id", "value"))
    except (OSError, ValueError, KeyError, TypeError):
        raise _refused(
            "this is no certificate", path.name, "see whether it is the file that was issued"
        ) from None
    if algorithm != ALGORITHM or by != key_id(key):
        raise _refused(
            f"it was signed with another key ({by[:16]})",
            path.name,
            "set LDS_CERTIFICATE_KEY to the key of that time",
        )
    if not hmac.compare_digest(value, _value(document, key)):
        raise _refused(
            "it was changed after it was signed",
            path.name,
            "the register names the hash of the true one; report the incident",
        )
    return dict(document)


def _value(document: Mapping[str, Any], key: bytes) -> str:
    return hmac.new(key, canonical_json(dict(document)).encode(), hashlib.sha256).hexdigest()


def _refused(what: str, where: str, to_do: str) -> Refused:
    return Refused(what, where=where, done="nothing done", to_do=to_do, code="CERTIFICATE")
