"""Values of the purged practice alone, sampled before anything is erased and looked for after it.

Only keyed hashes are kept, and only until the proof is made: no identifier lies on disk because of
the purge itself. Both forms of the hash, here and in SQL, are ``sha256(key || value)``.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb

from lds_assets.lake.erase import delta_tables
from lds_assets.lake.session import session, without_values
from lds_assets.lake.sql import literal
from lds_assets.purge.candidates import Goes, Table
from lds_assets.purge.clues import CLUE, opened, sealed
from lds_assets.purge.names import Names
from lds_assets.purge.sieve import Sieve
from lds_assets.resources import Settings

#: Canaries taken from one table, or from one file of landing.
EACH = 4

#: Values tried of each table or file: the next number where others have all of the ones before.
BATCHES = (16, 256, 4096, 65536)

#: Bytes of records that are searched at once.
_GATHERED = 1 << 20

#: A record of landing, and whether it is the practice's.
Record = tuple[bytes, bool]
#: Yields the records of each file in landing, as often as asked.
Landing = Callable[[], Iterable[Iterable[Record]]]

#: What a canary looks like: an NHS number, however spaced, or a GUID.
TOKEN = re.compile(
    rb"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])"
    rb"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)


@dataclass(frozen=True)
class Canaries:
    """Keyed hashes of values; ``salt`` stands before a value when it is hashed.

    Attributes:
        clue_of: hash -> a part of the value, by which bytes without any are passed over; None
            where a purge of an earlier version kept none.
    """

    salt: str
    hashes: frozenset[str]
    clue_of: Mapping[str, str] | None = field(default=None, compare=False)

    @classmethod
    def of(cls, salt: str, values: Iterable[str]) -> "Canaries":
        """Return the canaries that some values make: GUIDs in lower case, numbers without blanks.

        >>> len(Canaries.of("salt", ["9990000018"]).hashes)
        1
        """
        clue_of = {hashed(salt, each): each[CLUE] for each in values}
        return cls(salt, frozenset(clue_of), clue_of)

    def is_one(self, token: bytes) -> bool:
        """Say whether a token of some text is a canary."""
        return bool(self.hash_of(token))

    def hash_of(self, token: bytes) -> str:
        """Return the keyed hash of a token that is a canary, empty for another."""
        found = hashed(self.salt, plain(token))
        return found if found in self.hashes else ""


def salt_of(key: bytes, purge_id: str) -> str:
    """Return what stands before the values of one purge: nobody without the key can try values."""
    return hashlib.sha256(b"canaries" + key + purge_id.encode()).hexdigest()


def hashed(salt: str, value: str) -> str:
    """Return the keyed hash of a value."""
    return hashlib.sha256(f"{salt}{value}".encode()).hexdigest()


def plain(token: bytes) -> str:
    """Return a token as it is hashed: GUIDs in lower case, numbers without spaces."""
    text = token.decode("ascii").lower()
    return text if len(text) == 36 else text.replace(" ", "").replace("-", "")


def sample(
    settings: Settings, names: Names, salt: str, landing: Landing, goes: Goes = lambda _table: None
) -> Canaries:
    """Sample values that only this practice has, and only in what is to go.

    Equal data give equal canaries: values are taken in the order of a hash.

    Args:
        names: how the practice is named; its own ids are no canaries.
        salt: of ``salt_of``.
        landing: yields the records of each file, and whether they are to go.
        goes: condition of the practice's rows of a table that go, None when all do.
    """
    known = {each for ids in names.ids.values() for each in ids}
    with session(settings) as connection, without_values("canaries could not be taken", "lake"):
        tables = [Table(connection, each, names.code, goes) for each in delta_tables(settings.lake)]
        values = _of_lake(connection, tables, known)
    if values:
        values -= _of_others(landing(), values)
    else:
        values = _of_landing(landing, known)
    return Canaries.of(salt, values)


def _of_lake(
    connection: duckdb.DuckDBPyConnection, tables: Sequence[Table], known: set[str]
) -> set[str]:
    """Return up to ``EACH`` values of every table that the practice is in.

    Many more are tried than are taken, and all tables are asked once whether rows that stay hold
    any: a patient may have moved. Where all were shared, a larger batch is tried.
    """
    found = set[str]()
    open_tables = list(tables)
    for size in BATCHES:
        batches = [(table, table.going(size)) for table in open_tables]
        tried = {value for _table, batch in batches for value in batch} - known
        if not tried:
            break
        _fill(connection, "candidate", "value", tried)
        for table in tables:
            tried -= table.staying()
        left = [[value for value in batch if value in tried] for _table, batch in batches]
        found |= {value for values in left for value in values[:EACH]}
        open_tables = [
            table
            for (table, batch), values in zip(batches, left, strict=True)
            if len(batch) == size and not values
        ]
    return found


def _fill(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, values: Iterable[str]
) -> None:
    connection.execute(f"create or replace temp table {table} ({column} varchar)")
    listed = ", ".join(f"({literal(each)})" for each in sorted(values))
    if listed:
        connection.execute(f"insert into {table} values {listed}")


def _of_landing(landing: Landing, known: set[str]) -> set[str]:
    """Return up to ``EACH`` values of every file: of a practice that was never loaded."""
    for size in BATCHES:
        files = [_firsts(records, size) for records in landing()]
        tried = {value for values in files for value in values} - known
        tried -= _of_others(landing(), tried)
        found = {
            value
            for values in files
            for value in islice((each for each in values if each in tried), EACH)
        }
        if found or all(len(values) < size for values in files):
            return found
    return set()


def _firsts(records: Iterable[Record], size: int) -> list[str]:
    """Return the first tokens of the practice's records; a row's own key is among them."""
    own = (TOKEN.search(data) for data, is_mine in records if is_mine)
    found = (plain(match.group()) for match in own if match is not None)
    # a dictionary keeps their order
    return list(dict.fromkeys(islice(found, size)))


def _of_others(files: Iterable[Iterable[Record]], values: set[str]) -> set[str]:
    """Return those of the values that records hold which stay."""
    left = set(values)
    sieve = Sieve(left)
    for records in files:
        for data in _gathered(data for data, is_mine in records if not is_mine):
            if not sieve.may_hold(data):
                continue
            here = {plain(token) for token in set(TOKEN.findall(data))} & left
            if here:
                left -= here
                sieve = Sieve(left)
    return values - left


def _gathered(records: Iterable[bytes]) -> Iterator[bytes]:
    """Yield records many at a time; a line end between them keeps their tokens apart."""
    gathered: list[bytes] = []
    size = 0
    for data in records:
        gathered.append(data)
        size += len(data)
        if size > _GATHERED:
            yield b"\n".join(gathered)
            gathered, size = [], 0
    yield b"\n".join(gathered)


def write(canaries: Canaries, path: Path) -> None:
    """Keep the hashes, each with its sealed clue, until the proof is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    clues = canaries.clue_of or {}
    kept = {each: sealed(canaries.salt, each, clues[each]) for each in sorted(canaries.hashes)}
    path.write_text(json.dumps(kept), encoding="utf-8")


def read(path: Path, salt: str) -> Canaries:
    """Read the canaries of a purge; those that earlier versions kept have no clues."""
    kept = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(kept, list):
        return Canaries(salt, frozenset(kept))
    return Canaries(salt, frozenset(kept), {each: opened(salt, each, kept[each]) for each in kept})


def tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield every token of some bytes, cut as they may be."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        # most values stand many times in a chunk: each is looked at once
        yield from set(TOKEN.findall(data))
        rest = data[-40:]
