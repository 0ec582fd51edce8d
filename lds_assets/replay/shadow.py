"""A shadow of the lake in which a replay runs: what stays is linked, what goes is not there.

The road's own code loads into it, so that a replay is a load like any other. Nothing of the lake,
the ledger or the register changes until the result is taken over.
"""

import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table, func, insert, select, update

from lds_assets.gate.chain import gov_event
from lds_assets.guards.supplier_side import supplier_side_shown
from lds_assets.lake.delta import ActiveFile, LakeTable, StagedFile
from lds_assets.landing.states import State
from lds_assets.landing.tables import (
    abandoned_table,
    delivery_table,
    file_table,
    practice_table,
    replacement_table,
)
from lds_assets.platform import Platform
from lds_assets.raw.directory import publisher_identity
from lds_assets.raw.tables import SHARED, application
from lds_assets.replay.plan import Plan, counted_files, replay_tables
from lds_assets.resources import Settings

_PART = 1000
#: A person may look at a difference for a while before it is confirmed.
_KEPT_SECONDS = 24 * 3600


def shadow_home(settings: Settings, name: str) -> Path:
    """Return the folder of a replay's shadow."""
    return settings.work / f"replay-{name}"


@contextmanager
def swept(home: Path) -> Iterator[Path]:
    """Make a shadow's folder anew; remove it when the replay is not to be taken over."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700, parents=True)
    try:
        yield home
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def sweep(settings: Settings) -> None:
    """Remove shadows of runs that died before their result was asked for; young ones stay."""
    oldest = time.time() - _KEPT_SECONDS
    for home in settings.work.glob("replay-*"):
        if home.stat().st_mtime < oldest:
            shutil.rmtree(home, ignore_errors=True)


def open_shadow(platform: Platform, home: Path) -> Platform:
    """Open a shadow that was made before."""
    return Platform.open(_settings(platform.settings, home))


def make_shadow(platform: Platform, plan: Plan, home: Path) -> Platform:
    """Make the shadow of a plan: its ledger, its register, and the rows that stay."""
    settings = _settings(platform.settings, home)
    (home / "landing").symlink_to(platform.settings.landing, target_is_directory=True)
    shadow = Platform.open(settings)
    _copy_database(platform, shadow.engine, plan)
    shadow.register.refresh()
    supplier = platform.suppliers[plan.code]
    own = {table.path: table for table in replay_tables(shadow, supplier)}
    for table in replay_tables(platform, supplier):
        there = own[settings.lake / table.path.relative_to(platform.settings.lake)]
        files = counted_files(platform, table, [*plan.practices, SHARED])
        _link(table, there, [file for file in files if plan.stays(file)], plan)
    return shadow


def _settings(settings: Settings, home: Path) -> Settings:
    return settings.model_copy(update={"home": home, "database": ""})


def first_new(plan_engine: Engine) -> int:
    """Return the load sequence from which on rows of a shadow are a replay's own."""
    with plan_engine.connect() as connection:
        newest = connection.execute(select(func.max(abandoned_table.c.load_sequence))).scalar()
    return int(newest or 0) + 1


def _link(table: LakeTable, there: LakeTable, files: Iterable[ActiveFile], plan: Plan) -> None:
    """Make files of a table part of its shadow; no byte is copied where the disk can link."""
    linked = []
    for file in files:
        relative = Path(file.path).relative_to(table.path)
        link(Path(file.path), there.path / relative)
        linked.append(
            StagedFile(str(relative), file.publisher, file.rows, file.size_bytes, file.sequence)
        )
    # rows of nobody that came since the first load that goes were not read by what stays
    marks = {
        application(plan.code, practice): min(gone) - 1
        for practice, gone in plan.replaced.items()
        if gone
    }
    there.commit(linked, marks)


def link(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where that cannot be; one that is there stays."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


# -- the database ---------------------------------------------------------------------------


def _copy_database(platform: Platform, shadow: Engine, plan: Plan) -> None:
    """Copy what a load asks: the register, the supplier's ledger, what was learnt and shown.

    Deliveries that are loaded anew wait there as proven; those that are neither loaded nor to be
    loaded are given up there.
    """
    engine, code = platform.engine, plan.code
    of_supplier = select(delivery_table.c.delivery_id).where(delivery_table.c.supplier == code)
    _copy(engine, shadow, gov_event)
    _copy(engine, shadow, delivery_table, delivery_table.c.supplier == code)
    _copy(engine, shadow, file_table, file_table.c.delivery_id.in_(of_supplier))
    _copy(engine, shadow, practice_table, practice_table.c.delivery_id.in_(of_supplier))
    _copy(engine, shadow, replacement_table)
    _copy(engine, shadow, abandoned_table)
    _copy(engine, shadow, publisher_identity, publisher_identity.c.supplier == code)
    _copy(engine, shadow, supplier_side_shown, supplier_side_shown.c.supplier == code)
    _set_states(shadow, plan)
    _forget_outcomes(shadow, plan)
    _take_sequences(engine, shadow)


def _copy(source: Engine, target: Engine, table: Table, condition: Any = None) -> None:  # noqa: ANN401
    query = select(table) if condition is None else select(table).where(condition)
    with source.connect() as reader, target.begin() as writer:
        for rows in reader.execute(query).partitions(_PART):
            writer.execute(insert(table), [dict(row._mapping) for row in rows])


def _set_states(shadow: Engine, plan: Plan) -> None:
    again = plan.all_deliveries
    with shadow.begin() as connection:
        known = connection.execute(select(delivery_table.c.delivery_id, delivery_table.c.state))
        for delivery, state in known.all():
            values: Mapping[str, Any] = {"state": str(State.ABANDONED), "reason": ""}
            if delivery in again:
                values = {"state": str(State.VALIDATED), "load_sequence": None, "reason": ""}
            elif state in (State.LOADED, State.PUBLISHED):
                continue
            chosen = delivery_table.c.delivery_id == delivery
            connection.execute(update(delivery_table).where(chosen).values(**values))


def _forget_outcomes(shadow: Engine, plan: Plan) -> None:
    with shadow.begin() as connection:
        for practice, again in plan.deliveries.items():
            for delivery in again | plan.former.keys():
                connection.execute(
                    practice_table.delete().where(
                        practice_table.c.practice_code == practice,
                        practice_table.c.delivery_id == delivery,
                    )
                )


def _take_sequences(engine: Engine, shadow: Engine) -> None:
    """Let the shadow number its loads after every load of the lake."""
    taken = 0
    with engine.connect() as connection:
        for column in (delivery_table.c.load_sequence, abandoned_table.c.load_sequence):
            taken = max(taken, int(connection.execute(select(func.max(column))).scalar() or 0))
    with shadow.begin() as connection:
        row = {"load_sequence": taken + 1, "delivery_id": "replay"}
        connection.execute(insert(abandoned_table).values(row))
