"""The release record: which version of every table readers see.

Written last, in one commit; a crash before it leaves the former release in force. Readers only
ever see releases. Rule source: ADR 0001.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

import duckdb

from lds_assets.lake.delta import PARTITION, LakeTable
from lds_assets.lake.session import session
from lds_assets.lake.sql import literal
from lds_assets.raw.tables import SHARED
from lds_assets.resources import Settings

_COLUMNS = {
    PARTITION: "VARCHAR",
    "release_id": "VARCHAR",
    "release_number": "BIGINT",
    "created_at": "TIMESTAMP",
    "run_id": "VARCHAR",
    "as_of": "DATE",
    "register_version": "VARCHAR",
    "publishers": "VARCHAR",
    "unfinished": "VARCHAR",
    "table_name": "VARCHAR",
    "table_version": "BIGINT",
}


@dataclass(frozen=True)
class ReleaseHead:
    """One release without its tables: whose rows it shows, and as of which day."""

    release_id: str
    number: int
    created_at: datetime
    as_of: date
    publishers: tuple[str, ...]


@dataclass(frozen=True)
class Release:
    """One release.

    Attributes:
        as_of: the day the marts of this release describe.
        register_version: head hash of the governance register the gate used.
        publishers: practices with rows whose gate was open; those of others are not in the release.
        tables: OLIDS table -> version of its Delta table.
        unfinished: load sequences in those versions that do not count: a load that was given up,
            or not finished when the release was made.
        left_out: (practice, dataset) of former suppliers whose rows are not in the release.
        copies: version of the table of record copies; -1 when nothing was told twice.
    """

    release_id: str
    number: int
    created_at: datetime
    run_id: str
    as_of: date
    register_version: str
    publishers: tuple[str, ...]
    tables: Mapping[str, int]
    unfinished: frozenset[int] = frozenset()
    left_out: frozenset[tuple[str, str]] = frozenset()
    copies: int = -1

    @property
    def content(self) -> str:
        """Return what the release shows, as text: equal content is the same release."""
        return json.dumps(
            [
                self.as_of.isoformat(),
                list(self.publishers),
                sorted(self.tables.items()),
                sorted(self.unfinished),
                *([sorted(self.left_out)] if self.left_out else []),
                *([self.copies] if self.copies >= 0 else []),
            ]
        )


#: Kinds of rows beside the pins of OLIDS tables: a source left out, the table of copies.
_LEFT_OUT = "left_out:"
_COPIES = "record_copy"


def release_table(settings: Settings) -> LakeTable:
    """Return the Delta table of release records."""
    return LakeTable(settings.lake / "release", _COLUMNS)


def name_of(number: int, content: str) -> str:
    """Return a release's id: its number and a fingerprint of its content."""
    return f"r{number:06d}-{sha256(content.encode()).hexdigest()[:8]}"


def current(settings: Settings) -> Release | None:
    """Return the release in force, None before the first one."""
    table = release_table(settings)
    files = table.files()
    if not files:
        return None
    with session(settings) as connection:
        rows = connection.execute(
            f"select * from ({table.select(files)}) as record where release_number = "
            f"(select max(release_number) from ({table.select(files)})) order by table_name"
        ).fetchall()
        names = [column[0] for column in connection.description or []]
    return _release([dict(zip(names, row, strict=True)) for row in rows])


def heads(settings: Settings) -> list[ReleaseHead]:
    """Return every release on record, oldest first."""
    table = release_table(settings)
    files = table.files()
    if not files:
        return []
    with session(settings) as connection:
        rows = connection.execute(
            "select distinct release_number, release_id, created_at, as_of, publishers "
            f"from ({table.select(files)}) order by release_number"
        ).fetchall()
    return [
        ReleaseHead(str(name), int(number), created_at, as_of, tuple(json.loads(publishers)))
        for number, name, created_at, as_of, publishers in rows
    ]


def _release(rows: list[dict[str, object]]) -> Release:
    head = rows[0]
    pins = {str(row["table_name"]): int(str(row["table_version"])) for row in rows}
    left_out = [tuple(e.removeprefix(_LEFT_OUT).split(":", 1)) for e in pins if _LEFT_OUT in e]
    created_at, as_of = head["created_at"], head["as_of"]
    assert isinstance(created_at, datetime) and isinstance(as_of, date)
    return Release(
        release_id=str(head["release_id"]),
        number=int(str(head["release_number"])),
        created_at=created_at,
        run_id=str(head["run_id"]),
        as_of=as_of,
        register_version=str(head["register_version"]),
        publishers=tuple(json.loads(str(head["publishers"]))),
        unfinished=frozenset(json.loads(str(head["unfinished"]))),
        tables={e: pins[e] for e in pins if e != _COPIES and _LEFT_OUT not in e},
        left_out=frozenset((code, dataset) for code, dataset in left_out),
        copies=pins.get(_COPIES, -1),
    )


def write(settings: Settings, connection: duckdb.DuckDBPyConnection, release: Release) -> None:
    """Put a release in force: the one commit that makes it visible."""
    table = release_table(settings)
    fixed = ", ".join(
        (
            f"{literal(SHARED)} as {PARTITION}",
            f"{literal(release.release_id)} as release_id",
            f"{release.number} as release_number",
            f"timestamp '{release.created_at:%Y-%m-%d %H:%M:%S}' as created_at",
            f"{literal(release.run_id)} as run_id",
            f"date '{release.as_of:%Y-%m-%d}' as as_of",
            f"{literal(release.register_version)} as register_version",
            f"{literal(json.dumps(list(release.publishers)))} as publishers",
            f"{literal(json.dumps(sorted(release.unfinished)))} as unfinished",
        )
    )
    named = dict(release.tables)
    named |= {f"{_LEFT_OUT}{code}:{dataset}": 0 for code, dataset in sorted(release.left_out)}
    if release.copies >= 0:
        named[_COPIES] = release.copies
    pins = ", ".join(f"({literal(name)}, {version})" for name, version in named.items())
    staged = table.stage(
        connection,
        f"select {fixed}, table_name, table_version from (values {pins}) "
        "as pin (table_name, table_version)",
    )
    table.commit(staged, {"release": release.number})


def drop_former(settings: Settings) -> int:
    """Take every record but that of the release in force out of the table; return how many.

    Nobody reads a former release after this; the files it alone pinned may go.
    """
    table = release_table(settings)
    files = table.files()
    if not files:
        return 0
    with session(settings) as connection:
        numbers = {
            file.path: connection.execute(
                f"select max(release_number) from ({table.select([file])})"
            ).fetchall()[0][0]
            for file in files
        }
    former = [file for file in files if numbers[file.path] < max(numbers.values())]
    if former:
        table.replace([], former)
    return len({numbers[file.path] for file in former})
