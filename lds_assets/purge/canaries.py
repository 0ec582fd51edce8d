"""Values of the purged practice alone, sampled before anything is erased and looked for after it.

Only keyed hashes are kept, and only until the proof is made: no identifier lies on disk because of
the purge itself. Both forms of the hash, here and in SQL, are ``sha256(key || value)``.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.erase import delta_tables, held
from lds_assets.lake.erase_part import Condition
from lds_assets.lake.session import session, without_values
from lds_assets.lake.sql import identifier, literal
from lds_assets.purge.names import Names
from lds_assets.resources import Settings

#: Canaries taken from one table, or from one file of landing.
EACH = 4

#: Bytes of records that are searched at once.
_GATHERED = 1 << 20

#: A record of landing, and whether it is the practice's.
Record = tuple[bytes, bool]
#: Yields the records of each file in landing, as often as asked.
Landing = Callable[[], Iterable[Iterable[Record]]]

#: Gives the condition of the practice's rows of a table that go, None when all do.
Goes = Callable[[Path], Condition | None]

#: What a canary looks like: an NHS number, however spaced, or a GUID.
TOKEN = re.compile(
    rb"(?<![0-9])[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}(?![0-9])"
    rb"|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
)
_SQL_TOKEN = "[0-9]{10}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # noqa: S105 - a pattern


@dataclass(frozen=True)
class Canaries:
    """Keyed hashes of values; ``salt`` stands before a value when it is hashed."""

    salt: str
    hashes: frozenset[str]

    def is_one(self, token: bytes) -> bool:
        """Say whether a token of some text is a canary."""
        return hashed(self.salt, plain(token)) in self.hashes

    def within(self, data: bytes) -> int:
        """Return how many different canaries some bytes hold."""
        tokens = {match.group() for match in TOKEN.finditer(data)}
        return len({hashed(self.salt, plain(token)) for token in tokens} & self.hashes)

    def counted(self, rows: str, texts: Sequence[str]) -> str:
        """Return a select of file and number of different canaries in a relation's texts.

        Args:
            rows: relation with ``lds_path``; the session has the table ``canary`` of ``known_to``.
            texts: text expressions over it.
        """
        listed = ", ".join(f"lower({text})" for text in texts)
        # the form first: hashing is the dear part
        return (
            f"select lds_path, count(distinct token) from (select lds_path, unnest([{listed}]) as "
            f"token from {rows}) where length(token) in (10, 36) and "
            f"sha256({literal(self.salt)} || token) in (select hash from canary) group by 1"
        )

    def known_to(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give a session the hashes, as its table ``canary``."""
        _fill(connection, "canary", "hash", self.hashes)


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

    Args:
        names: how the practice is named; its own ids are no canaries.
        salt: of ``salt_of``.
        landing: yields the records of each file, and whether they are to go.
        goes: condition of the practice's rows of a table that go, None when all do.
    """
    known = {each for ids in names.ids.values() for each in ids}
    with session(settings) as connection, without_values("canaries could not be taken", "lake"):
        tables = delta_tables(settings.lake)
        values = set[str]()
        for table in tables:
            if held(table, names.code):
                values |= _of_table(connection, table, names.code, goes(table))
        values -= known
        _fill(connection, "candidate", "value", values)
        for table in tables:
            values -= _of_others(connection, table, names.code, goes(table))
    if not values:
        values = _of_landing(landing()) - known
    for records in landing():
        values -= _named_by_others(records, values)
    return Canaries(salt, frozenset(hashed(salt, value) for value in values))


def _of_table(
    connection: duckdb.DuckDBPyConnection, table: Path, practice: str, goes: Condition | None
) -> set[str]:
    """Return some values of the practice's rows that go and have the form of a canary."""
    values = connection.execute(
        f"select token from {_tokens(connection, table, practice, goes)} where "
        f"regexp_full_match(token, '{_SQL_TOKEN}') group by token "
        f"having bool_and(going) order by hash(token) limit {EACH}"
    ).fetchall()
    return {str(value) for (value,) in values}


def _of_others(
    connection: duckdb.DuckDBPyConnection, table: Path, practice: str, goes: Condition | None
) -> set[str]:
    """Return those of the candidates that rows hold which stay: a patient may have moved."""
    found = connection.execute(
        f"select distinct token from {_tokens(connection, table, practice, goes)} where "
        "not going and token in (select value from candidate)"
    ).fetchall()
    return {str(value) for (value,) in found}


def _tokens(
    connection: duckdb.DuckDBPyConnection, table: Path, practice: str, goes: Condition | None
) -> str:
    """Return a relation of every text of a table's rows, in lower case, and whether they go."""
    files = [file.path for file in LakeTable(table, {PARTITION: "VARCHAR"}).files()]
    if not files:
        return "(select null as token, null as going where false)"
    listed = ", ".join(literal(path) for path in files)
    rows = (
        f"read_parquet([{listed}], hive_partitioning = true, "
        f"hive_types = {{'{PARTITION}': varchar}}, union_by_name = true)"
    )
    described = connection.execute(f"describe select * from {rows}").fetchall()
    names = [identifier(row[0]) for row in described if row[1] == "VARCHAR"]
    texts = ", ".join(f"lower({name})" for name in names)
    going = f"{PARTITION} = {literal(practice)}"
    if goes is not None:
        going += f" and {goes({str(row[0]): str(row[1]) for row in described})}"
    return f"(select {going} as going, unnest([{texts}]) as token from {rows})"


def _fill(
    connection: duckdb.DuckDBPyConnection, table: str, column: str, values: Iterable[str]
) -> None:
    connection.execute(f"create or replace temp table {table} ({column} varchar)")
    listed = ", ".join(f"({literal(each)})" for each in sorted(values))
    if listed:
        connection.execute(f"insert into {table} values {listed}")


def _of_landing(files: Iterable[Iterable[Record]]) -> set[str]:
    """Return the first tokens of the practice's records; a row's own key is among them."""
    found: set[str] = set()
    for records in files:
        own = (TOKEN.search(data) for data, is_mine in records if is_mine)
        found |= {plain(match.group()) for match in list(islice(filter(None, own), EACH))}
    return found


def _named_by_others(records: Iterable[Record], values: set[str]) -> set[str]:
    """Return those of the values that records of others hold."""
    met: set[str] = set()
    for data in _gathered(data for data, is_mine in records if not is_mine):
        met |= {plain(token) for token in set(TOKEN.findall(data))} & values
    return met


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
    """Keep the hashes until the proof is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(sorted(canaries.hashes)), encoding="utf-8")


def read(path: Path, salt: str) -> Canaries:
    """Read the hashes of a purge."""
    return Canaries(salt, frozenset(json.loads(path.read_text(encoding="utf-8"))))


def tokens(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield every token of some bytes, cut as they may be."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        # most values stand many times in a chunk: each is looked at once
        yield from set(TOKEN.findall(data))
        rest = data[-40:]
