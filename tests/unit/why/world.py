"""A platform whose register holds a world, and whose ledger and releases are set by hand.

E83003 of `tests/unit/gate/world.py` may land on DAY; nothing has arrived of it yet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import delete, insert

from lds_assets.freshness.facts import feed_fact
from lds_assets.gate.chain import gov_event
from lds_assets.guards.population import Population, _keep
from lds_assets.lake.session import session
from lds_assets.landing.states import Delivery, PracticeRecord, State
from lds_assets.platform import Platform
from lds_assets.release.record import Release, write
from lds_assets.resources import Settings
from tests.unit.gate.world import DAY, World

PRACTICE = "E83003"
GROUP = "group-1"


def platform_of(
    home: Path, world: World, day: date = DAY, tampered: int = 0, database: str = ""
) -> Platform:
    """Return a platform whose register holds the world's events and nothing else.

    Args:
        tampered: number of an event that was changed after it was recorded.
        database: URL of an empty platform database; a file of SQLite below the home unless said.
    """
    platform = Platform.open(Settings(home=home, today=day, database=database))
    rows = [asdict(event) for event in world.events()]
    if tampered:
        rows[tampered - 1]["reason_text"] = "changed"
    with platform.engine.begin() as connection:
        connection.execute(insert(gov_event), rows)
    return platform


def on_day(platform: Platform, day: date) -> Platform:
    """Return the same deployment on another day."""
    return Platform.open(platform.settings.model_copy(update={"today": day}))


def deliver(
    platform: Platform,
    extracted_at: datetime,
    state: State = State.LOADED,
    outcomes: Mapping[str, str] | None = None,
    reason: str = "",
    to_do: str = "",
    refusal: str = "",
    rows: Mapping[str, int] | None = None,
) -> str:
    """Enter a delivery of the group and what became of practices in it; return its id."""
    identity = f"emis/{GROUP}/{extracted_at:%Y%m%dT%H%M%S}/delta"
    platform.ledger.record(
        Delivery(
            identity, "emis", GROUP, "", "delta", extracted_at, state, reason=reason, to_do=to_do
        )
    )
    platform.ledger.record_practices(
        identity,
        [PracticeRecord(identity, code, told, refusal) for code, told in (outcomes or {}).items()],
    )
    for practice, told in (outcomes or {}).items():
        platform.ledger.record_account(identity, "Admin_Patient", practice, "raw", rows or {})
        if told == "LOADED":
            sent(platform, practice, extracted_at)
    return identity


def sent(platform: Platform, practice: str, extracted_at: datetime, **of_group: datetime) -> None:
    """Note that every table group of a practice came with an extract, some with an earlier one."""
    groups = [each.name for each in platform.suppliers["emis"].definition.table_groups]
    rows = [
        {
            "supplier": "emis",
            "practice_code": practice,
            "table_group": name,
            "group_id": GROUP,
            "loaded_extract_at": extracted_at,
            "rows_extract_at": of_group.get(name, extracted_at),
            "rows": 1,
            "newest_event_date": extracted_at.date(),
        }
        for name in groups
    ]
    known = feed_fact.c
    with platform.engine.begin() as connection:
        connection.execute(delete(feed_fact).where(known.practice_code == practice))
        connection.execute(insert(feed_fact), rows)


def release(platform: Platform, number: int, as_of: date, publishers: Sequence[str]) -> str:
    """Put a release on record that shows the publishers."""
    identity = f"r{number:06d}-00000000"
    record = Release(
        identity,
        number,
        datetime(2025, 1, number),
        "",
        as_of,
        "",
        tuple(publishers),
        {"patient": 1},
    )
    with session(platform.settings) as connection:
        write(platform.settings, connection, record)
    return identity


def count(platform: Platform, registered: int, day: date = DAY) -> None:
    """Keep a registered count of the practice, as a release attempt does."""
    _keep(platform.engine, [Population(PRACTICE, registered, 0, day)])
