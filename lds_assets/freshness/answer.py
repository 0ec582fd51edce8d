"""How fresh every practice's feed is, from the register and the ledger's facts; no lake is read."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

from sqlalchemy import Engine, func, select

from lds_assets.database_order import by_code_point
from lds_assets.freshness.expected import expectations
from lds_assets.freshness.facts import Fact, facts
from lds_assets.freshness.not_expected import nothing_expected
from lds_assets.freshness.parts import Behind, Parts, behind, parts_behind
from lds_assets.freshness.verdict import (
    NOT_WAITED_FOR,
    Expectation,
    Judgement,
    Seen,
    Verdict,
    judge,
)
from lds_assets.gate.policy import same_id
from lds_assets.gate.state import RegisterState
from lds_assets.landing.states import LOADABLE, State, utc_now
from lds_assets.landing.tables import delivery_table, practice_table
from lds_assets.platform import Platform
from lds_assets.resources import LONDON
from lds_assets.suppliers.contract import SupplierDefinition

#: Share of the practices waited for that may be anything but on time without a regional alarm.
REGIONAL_SHARE = 0.10

#: Verdicts, best first: a practice stands as its worst table group does.
_ORDER = list(Verdict)
_WAITING = frozenset({State.HELD, State.QUARANTINED, State.INCOMPLETE})


@dataclass(frozen=True)
class Freshness:
    """How fresh one table group of one practice is; instants are UTC without a zone.

    Attributes:
        table_group: empty where nothing is expected of the practice.
        received_at: when the newest delivery of its extract group was first seen.
        extracted_at: extract time of the newest one that is proven and not held for it.
        rows_at: extract time of the newest one with rows of the group.
        newest_event: newest date of an event of the group.
        published_at: newest extract that a release shows.
        waiting: delivery that waits, and why; empty when none does.
    """

    practice_code: str
    supplier: str
    table_group: str
    verdict: Verdict
    text: str = ""
    due_at: datetime | None = None
    received_at: datetime | None = None
    extracted_at: datetime | None = None
    rows_at: datetime | None = None
    newest_event: date | None = None
    published_at: datetime | None = None
    waiting: str = ""
    waiting_reason: str = ""

    @property
    def owner_role(self) -> str:
        """Who looks after it; empty when nobody has to."""
        return words()[self.verdict]["owner_role"]

    @property
    def next_action(self) -> str:
        """What that person does."""
        return words()[self.verdict]["next_action"]


@cache
def words() -> dict[str, dict[str, str]]:
    """Return meaning, owner and next action of each verdict."""
    path = Path(__file__).parents[2] / "seeds/operations/freshness_verdict.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["verdict"]: row for row in csv.DictReader(handle)}


def moment(platform: Platform, as_of: date | None = None) -> datetime:
    """Return the instant a day's question is asked at: now, or noon of a day that is not today."""
    today = platform.settings.business_date()
    day = as_of or today
    if platform.settings.today is None and day == today:
        return utc_now()
    noon = datetime.combine(day, time(12), LONDON)
    return noon.astimezone(UTC).replace(tzinfo=None)


def verdicts(platform: Platform, as_of: date | None = None) -> list[Freshness]:
    """Return how fresh every practice of the register is, one row a table group expected.

    Args:
        as_of: London day asked about, by default today. Consents, pauses and deliveries are those
            of the day; rows and newest events are the newest known.
    """
    now = moment(platform, as_of)
    day = as_of or platform.settings.business_date()
    state = platform.register.state()
    expected = expectations(platform.register, platform.suppliers, day)
    feeds = {
        code: _Feed.read(platform.engine, each.definition, state, day, now)
        for code, each in platform.suppliers.items()
    }
    found = []
    for practice in sorted(state.practices):
        if practice not in expected:
            why = nothing_expected(state, practice, day)
            found.append(Freshness(practice, "", "", Verdict.NOT_EXPECTED, why))
        found += [feeds[each.supplier].answer(each, now) for each in expected.get(practice, [])]
    return found


@dataclass(frozen=True)
class _Group:
    """What stands in the ledger of one extract group."""

    received_at: datetime | None = None
    extracted_at: datetime | None = None
    published_at: datetime | None = None
    waiting: str = ""
    waiting_reason: str = ""


@dataclass(frozen=True)
class _Feed:
    """What is known of one supplier's feed: a few aggregates, whatever the number of practices."""

    definition: SupplierDefinition
    state: RegisterState
    day: date
    known: Mapping[tuple[str, str], Fact]
    groups: Mapping[str, _Group]
    #: practice -> the delivery its rows wait in, and why
    held: Mapping[str, tuple[str, str]]
    parts: Parts

    @classmethod
    def read(
        cls,
        engine: Engine,
        definition: SupplierDefinition,
        state: RegisterState,
        day: date,
        now: datetime,
    ) -> "_Feed":
        """Read what the ledger knows of a supplier up to an instant."""
        known = facts(engine, definition.code)
        groups = _groups(engine, definition.code, now)
        held = _held(engine, definition.code, now)
        parts = parts_behind(engine, definition.code, now)
        return cls(definition, state, day, known, groups, held, parts)

    def answer(self, expected: Expectation, now: datetime) -> Freshness:
        """Judge one table group of one practice."""
        practice = expected.practice_code
        fact = self.known.get((practice, expected.table_group))
        group_id = self._group_of(practice, fact)
        group = self.groups.get(group_id, _Group())
        late = self._behind(group_id, expected.table_group)
        held = self.held.get(practice)
        loaded = fact.loaded_extract_at if fact else None
        proven_at = late.reached_at if late else group.extracted_at
        extracted_at = loaded if held else proven_at
        rows_at = fact.rows_extract_at if fact else None
        newest = fact.newest_event_date if fact else None
        seen = Seen(extracted_at, rows_at, newest, self._is_sharing(practice))
        told = judge(expected, seen, now)
        of_part = (late.delivery_id, late.reason) if late else None
        waiting, reason = held or of_part or (group.waiting, group.waiting_reason)
        reached = (loaded, group.published_at, late.reached_at if late else None)
        published = min(filter(None, reached), default=None)
        return Freshness(
            practice,
            self.definition.code,
            expected.table_group,
            told.verdict,
            _with_waiting(told, waiting, reason),
            told.due_at,
            group.received_at,
            extracted_at,
            rows_at,
            newest,
            published if loaded and group.published_at else None,
            waiting,
            reason,
        )

    def _behind(self, group_id: str, table_group: str) -> Behind | None:
        """Return the part that keeps a table group back, if any."""
        tables = [e.tables for e in self.definition.watched if e.name == table_group]
        return behind(self.parts, group_id, tables[0] if tables else ())

    def _group_of(self, practice: str, fact: Fact | None) -> str:
        """Return the extract group of a practice: as it last came, else as it was agreed."""
        if fact is not None:
            return fact.group_id
        side, system = self.definition.supplier_side, self.state.system_on(practice, self.day)
        if side is None or not side.group_is_agreement or system is None:
            return ""
        agreed = [each for each in self.groups if same_id(each, system.agreement_id)]
        return agreed[0] if agreed else ""

    def _is_sharing(self, practice: str) -> bool:
        """Say whether the supplier shows the practice as sharing; what shows nothing does."""
        seen = self.state.observations.get((practice, self.definition.supplier_code), [])
        shown = [each.state for each in seen if each.on <= self.day]
        return not shown or shown[-1] == "ACTIVE"


def _with_waiting(told: Judgement, waiting: str, reason: str) -> str:
    if not waiting or told.verdict in NOT_WAITED_FOR:
        return told.text
    return f"{told.text}; {waiting} waits: {reason}".lstrip("; ")


def _groups(engine: Engine, code: str, now: datetime) -> dict[str, _Group]:
    """Return what stands in the ledger of each extract group of a supplier."""
    table = delivery_table.c
    query = (
        select(
            table.group_id,
            table.state,
            func.max(table.extracted_at),
            func.max(table.first_seen_at),
        )
        .where(table.supplier == code, table.extracted_at <= now)
        .group_by(table.group_id, table.state)
    )
    proven: dict[str, datetime] = {}
    published: dict[str, datetime] = {}
    received: dict[str, datetime] = {}
    with engine.connect() as connection:
        for group, state, extracted_at, seen_at in connection.execute(query):
            received[group] = max(seen_at, received.get(group, seen_at))
            if state in LOADABLE:
                proven[group] = max(extracted_at, proven.get(group, extracted_at))
            if state == State.PUBLISHED:
                published[group] = extracted_at
    waiting = _waiting(engine, code, now)
    found = {}
    for group, seen_at in received.items():
        told = [each for each in waiting[group] if each[0] > proven.get(group, datetime.min)]
        first = min(told, default=(None, "", ""))
        found[group] = _Group(seen_at, proven.get(group), published.get(group), first[1], first[2])
    return found


def _waiting(
    engine: Engine, code: str, now: datetime
) -> dict[str, list[tuple[datetime, str, str]]]:
    """Return extract group -> deliveries that wait: extract time, id, reason."""
    table = delivery_table.c
    query = select(table.group_id, table.extracted_at, table.delivery_id, table.reason).where(
        table.supplier == code,
        table.extracted_at <= now,
        table.state.in_([str(state) for state in _WAITING]),
    )
    found: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
    with engine.connect() as connection:
        for group, extracted_at, delivery_id, reason in connection.execute(query):
            found[str(group)].append((extracted_at, str(delivery_id), str(reason)))
    return found


def _held(engine: Engine, code: str, now: datetime) -> dict[str, tuple[str, str]]:
    """Return practice -> first delivery whose rows wait for a person, and why."""
    query = (
        select(
            practice_table.c.practice_code,
            delivery_table.c.delivery_id,
            practice_table.c.primary_reason,
        )
        .join(delivery_table, delivery_table.c.delivery_id == practice_table.c.delivery_id)
        .where(
            practice_table.c.outcome == "HELD",
            delivery_table.c.supplier == code,
            delivery_table.c.extracted_at <= now,
        )
        .order_by(
            delivery_table.c.extracted_at.desc(), by_code_point(delivery_table.c.delivery_id).desc()
        )
    )
    with engine.connect() as connection:
        return {
            str(practice): (str(delivery), str(reason))
            for practice, delivery, reason in connection.execute(query)
        }


# -- practices and the region ----------------------------------------------------------------


def worst(rows: Iterable[Freshness]) -> dict[str, Freshness]:
    """Return the row that a practice stands by: of its table groups, the worst."""
    found: dict[str, Freshness] = {}
    for row in rows:
        known = found.get(row.practice_code)
        if known is None or _ORDER.index(row.verdict) > _ORDER.index(known.verdict):
            found[row.practice_code] = row
    return found


@dataclass(frozen=True)
class Region:
    """How many practices that are waited for are on time.

    Attributes:
        counts: verdict -> practices, all of them.
    """

    waited_for: int
    on_time: int
    counts: Mapping[str, int]

    @property
    def share_not_on_time(self) -> float:
        """Share of the practices waited for that are anything but on time; 0 without any."""
        return 1 - self.on_time / self.waited_for if self.waited_for else 0.0

    @property
    def is_alarm(self) -> bool:
        """Say whether so many are not on time that the region has a problem, not a practice."""
        late = self.waited_for - self.on_time
        # whole numbers: a share exactly at the limit is no alarm
        return late * 100 > self.waited_for * round(REGIONAL_SHARE * 100)


def region(rows: Sequence[Freshness]) -> Region:
    """Count practices by the verdict they stand by."""
    counts = Counter(str(row.verdict) for row in worst(rows).values())
    not_waited = sum(counts[verdict] for verdict in NOT_WAITED_FOR)
    total = sum(counts.values())
    return Region(total - not_waited, counts[Verdict.ON_TIME], dict(counts))
