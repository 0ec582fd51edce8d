"""Which rows are a practice's through another table: told by the rows they point at.

Nothing in such a row names its owner, and once the rows it points at are erased nothing in the
deployment tells whose it was. So the proof keeps, from before the erasing, a keyed hash of each key
of the practice's own rows that others point at. Read by a way of the proof's own: neither the
ledger nor the code that erases is asked. Rule source: governance specification S17; ADR 33.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lds_assets.purge.records import identity

#: Keys are apart from canaries: what has a hash here is no canary.
_KIND = "link"


@dataclass(frozen=True)
class Links:
    """Keyed hashes of the practice's rows that rows of other tables point at.

    Attributes:
        salt: stands before a key when it is hashed.
        keys: ``<supplier>/<table>/<column>`` -> hashes.
        are_known: false of a purge that an earlier version began: such rows are then told by
            canaries alone.
    """

    salt: str = ""
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    are_known: bool = True

    def of(self, name: str) -> frozenset[str]:
        """Return the hashes of one column."""
        return self.keys.get(name, frozenset())

    def hash_of(self, text: str) -> str:
        """Return the keyed hash of a key, empty of none."""
        return key_hash(self.salt, text)

    @property
    def count(self) -> int:
        """Return how many keys are known."""
        return sum(map(len, self.keys.values()))


def key_hash(salt: str, text: str) -> str:
    """Return the keyed hash of a key, however it is spelt; empty of none.

    >>> key_hash("s", "{AB-1}") == key_hash("s", "ab-1"), key_hash("s", " ")
    (True, '')
    """
    key = identity(text)
    return hashlib.sha256(f"{_KIND}{salt}{key}".encode()).hexdigest() if key else ""


def write(links: Links, path: Path) -> None:
    """Keep the hashes until the proof is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {name: sorted(hashes) for name, hashes in sorted(links.keys.items())}
    path.write_text(json.dumps(kept), encoding="utf-8")


def read(path: Path, salt: str) -> Links:
    """Read the hashes of a purge; nothing is known where an earlier version kept none."""
    if not path.is_file():
        return Links(salt, {}, are_known=False)
    kept: Mapping[str, Iterable[str]] = json.loads(path.read_text(encoding="utf-8"))
    return Links(salt, {name: frozenset(hashes) for name, hashes in kept.items()})
