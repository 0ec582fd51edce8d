"""Taking a replay's result over: files change places table by table, then the ledger follows.

Each table changes in one commit, and the ledger in the end; what a crash left half done is done
again from the journal, before anything else is loaded or released. Readers see releases, so none
of it shows before the next one.
"""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select, update

from lds_assets.errors import Held
from lds_assets.freshness.facts import forget_events, note
from lds_assets.gate.decisions import gate_decision
from lds_assets.guards.deliveries import retire
from lds_assets.lake.delta import LakeTable, StagedFile
from lds_assets.landing.accounts import CANONICAL, LANDED, RAW
from lds_assets.landing.reopen import move_sequence
from lds_assets.landing.states import Fate, Reason, State
from lds_assets.landing.tables import replay_table
from lds_assets.platform import Platform
from lds_assets.raw.tables import SHARED, application
from lds_assets.replay.plan import Plan, replay_tables
from lds_assets.replay.shadow import first_new, link, open_shadow, shadow_home

REPLAYED = "REPLAYED"


def take_over(platform: Platform, plan: Plan, replay_id: str, detail: str) -> None:
    """Put a shadow's result in place of what was loaded, and record it.

    Args:
        replay_id: name of the shadow, and the run that is recorded.
        detail: what changes, in counts; kept with the ledger's events.
    """
    document = as_document(plan) | {"detail": detail}
    with platform.engine.begin() as connection:
        connection.execute(
            insert(replay_table).values(
                replay_id=replay_id,
                supplier=plan.code,
                taken_at=datetime.now(UTC).replace(tzinfo=None),
                plan=document,
                is_done=0,
            )
        )
    _finish(platform, plan, replay_id, detail)


def finish_open(platform: Platform, replacing: bool = False) -> list[str]:
    """Finish what a crash left of a replay that was being taken over; return its ids.

    Args:
        replacing: a replay that is about to be made may take the place of one that cannot be
            finished any more.

    Raises:
        Held: the shadow of one is gone, so that tables may hold its rows in part.
    """
    query = select(replay_table).where(replay_table.c.is_done == 0)
    with platform.engine.connect() as connection:
        rows = connection.execute(query).all()
    lost = [row for row in rows if not is_there(platform, str(row.replay_id))]
    if lost and not replacing:
        practices = sorted({each for row in lost for each in row.plan["practices"]})
        raise Held(
            f"a replay of {', '.join(practices)} was cut short and its shadow is gone",
            where=", ".join(str(row.replay_id) for row in lost),
            done="nothing is loaded or released until it is made again",
            to_do="`lds replay` with each of these practices loads them anew",
            code="REPLAY_LOST",
        )
    done = []
    for row in (each for each in rows if each not in lost):
        plan = from_document(row.plan)
        _finish(platform, plan, str(row.replay_id), str(row.plan["detail"]))
        done.append(str(row.replay_id))
    return done


def is_there(platform: Platform, replay_id: str) -> bool:
    """Say whether a replay's shadow is there to be taken over."""
    return (shadow_home(platform.settings, replay_id) / "platform.db").exists()


def _close_lost(platform: Platform, plan: Plan) -> None:
    """Close the journal of replays that were lost and whose practices were made anew now."""
    open_rows = select(replay_table).where(
        replay_table.c.is_done == 0, replay_table.c.supplier == plan.code
    )
    with platform.engine.begin() as connection:
        for row in connection.execute(open_rows).all():
            if set(row.plan["practices"]) <= set(plan.practices):
                chosen = replay_table.c.replay_id == row.replay_id
                connection.execute(update(replay_table).where(chosen).values(is_done=1))


def _finish(platform: Platform, plan: Plan, replay_id: str, detail: str) -> None:
    home = shadow_home(platform.settings, replay_id)
    shadow = open_shadow(platform, home)
    first = first_new(shadow.engine)
    supplier = platform.suppliers[plan.code]
    pairs = zip(replay_tables(shadow, supplier), replay_tables(platform, supplier), strict=True)
    for source, target in pairs:
        _exchange(source, target, plan, first)
    _record(platform, shadow, plan, replay_id, detail)
    with platform.engine.begin() as connection:
        chosen = replay_table.c.replay_id == replay_id
        connection.execute(update(replay_table).where(chosen).values(is_done=1))
    _close_lost(platform, plan)
    shadow.engine.dispose()
    shutil.rmtree(home, ignore_errors=True)


def _exchange(source: LakeTable, target: LakeTable, plan: Plan, first: int) -> None:
    """Make a shadow's new files part of a table, in place of the rows that go; again is nothing."""
    active = target.files(publishers=[*plan.practices, SHARED])
    there = {Path(file.path).relative_to(target.path) for file in active}
    fresh = []
    marks: dict[str, int] = {}
    for file in source.files(publishers=[*plan.practices, SHARED]):
        relative = Path(file.path).relative_to(source.path)
        if file.sequence is None or file.sequence < first or relative in there:
            continue
        link(Path(file.path), target.path / relative)
        fresh.append(
            StagedFile(str(relative), file.publisher, file.rows, file.size_bytes, file.sequence)
        )
        name = application(plan.code, file.publisher)
        marks[name] = max(file.sequence, marks.get(name, 0))
    gone = [file for file in active if not plan.stays(file)]
    if fresh or gone:
        # a table without transactions of practices gets none
        target.replace(fresh, gone, {} if target.path.name == "quarantine" else marks)


def _record(platform: Platform, shadow: Platform, plan: Plan, replay_id: str, detail: str) -> None:
    ledger = platform.ledger
    for practice, deliveries in plan.deliveries.items():
        for delivery in deliveries:
            _record_practice(platform, shadow, delivery, practice, replay_id)
            ledger.note_event(delivery, f"practice {practice}", REPLAYED, detail, replay_id)
        for old in plan.former:
            _close_practice(platform, old, practice, replay_id)
    for delivery in sorted(plan.all_deliveries):
        loaded = shadow.ledger.delivery(delivery)
        if loaded is None or loaded.load_sequence is None:
            continue
        move_sequence(platform.engine, delivery, loaded.load_sequence)
        fate = Fate(State.LOADED, Reason.REPLAYED, detail)
        ledger.set_state(delivery, fate, run_id=replay_id)
    for old, new in plan.former.items():
        former = ledger.delivery(old)
        if former is not None:
            retire(platform, former, new)
    _take_decisions(platform, shadow, replay_id)
    if plan.is_whole:
        forget_events(platform.engine, plan.code, plan.practices)
    note(platform, plan.code)


def _record_practice(
    platform: Platform, shadow: Platform, delivery: str, practice: str, replay_id: str
) -> None:
    """Take over what became of a practice's rows of one delivery."""
    record = shadow.ledger.outcomes(delivery).get(practice)
    if record is None:
        return
    platform.ledger.record_practice(replace(record, run_id=replay_id))
    for stage in (RAW, CANONICAL):
        before = platform.ledger.account(stage, delivery)
        after = shadow.ledger.account(stage, delivery)
        tables = {name for _, name, owner in {**before, **after} if owner == practice}
        for name in tables:
            counts = after.get((delivery, name, practice), {})
            platform.ledger.record_account(delivery, name, practice, stage, counts)


def _take_decisions(platform: Platform, shadow: Platform, replay_id: str) -> None:
    """Keep the gate's answers of the replay where all its answers are kept."""
    with shadow.engine.connect() as connection:
        rows = [dict(row._mapping) for row in connection.execute(select(gate_decision))]
    for row in rows:
        del row["id"]
    with platform.engine.begin() as connection:
        connection.execute(delete(gate_decision).where(gate_decision.c.run_id == replay_id))
        if rows:
            connection.execute(insert(gate_decision), rows)


def _close_practice(platform: Platform, old: str, practice: str, replay_id: str) -> None:
    """Account for the rows of a version whose place another one has taken."""
    ledger = platform.ledger
    record = ledger.outcomes(old).get(practice)
    if record is None:
        return
    for _, name, owner in ledger.account(RAW, old):
        if owner == practice:
            landed = ledger.account(RAW, old)[old, name, owner].get(LANDED, 0)
            counts = {LANDED: landed, "REPLACED": landed}
            ledger.record_account(old, name, practice, RAW, counts)
            ledger.record_account(old, name, practice, CANONICAL, {})
    closed = replace(
        record,
        outcome="REPLACED",
        primary_reason="REPLACED",
        reasons=("REPLACED",),
        run_id=replay_id,
    )
    ledger.record_practice(closed)


# -- the journal ----------------------------------------------------------------------------


def as_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON values."""
    return {
        "code": plan.code,
        "practices": list(plan.practices),
        "deliveries": {key: sorted(value) for key, value in plan.deliveries.items()},
        "replaced": {key: sorted(value) for key, value in plan.replaced.items()},
        "former": dict(plan.former),
        "is_whole": plan.is_whole,
    }


def from_document(document: Mapping[str, Any]) -> Plan:
    """Return the plan of a document."""
    return Plan(
        document["code"],
        tuple(document["practices"]),
        {key: frozenset(value) for key, value in document["deliveries"].items()},
        {key: frozenset(value) for key, value in document["replaced"].items()},
        document["former"],
        document["is_whole"],
    )
