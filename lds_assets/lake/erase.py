"""Taking one publisher out of Delta tables so that no byte of it stays.

In three steps, each safe to repeat. ``remove`` takes its files out of the newest version. ``renew``
writes a checkpoint that names it nowhere, on top of the log; every version can still be read.
``drop_past``, once no release rests on older versions, deletes the log before that checkpoint and
every file that no kept version holds. A log keeps names and bounds of files long after these are
gone, which a vacuum alone does not touch. Rule source: Delta transaction log protocol, checkpoints.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deltalake import DeltaTable
from pyarrow import parquet

from lds_assets.lake.delta import PARTITION, ActiveFile, LakeTable

LOG = "_delta_log"
_LAST = "_last_checkpoint"
_DIGITS = 20
_OF_A_FILE = (
    "path",
    "partitionValues",
    "size",
    "modificationTime",
    "dataChange",
    "stats",
    "tags",
)

Action = dict[str, Any]


def delta_tables(root: Path) -> list[Path]:
    """Return the folders of all Delta tables below a folder, in order of path."""
    return sorted(log.parent for log in root.rglob(LOG) if log.is_dir())


def held(table: Path, publisher: str) -> list[ActiveFile]:
    """Return a publisher's files in the newest version of a table."""
    return _open(table).files(publishers=[publisher])


def remove(table: Path, publisher: str) -> int:
    """Take a publisher's files out of the newest version; return how many rows they hold."""
    files = held(table, publisher)
    if files:
        _open(table).replace([], files)
    return sum(file.rows for file in files)


def renew(table: Path, publisher: str, scratch: Path) -> bool:
    """Write a checkpoint without a publisher on top of a table's log; say whether it was needed.

    Args:
        scratch: folder on the same file system; what is made there is removed.
    """
    log = table / LOG
    state = _LogState.read(log)
    if not _names(log, publisher) or (
        state.checkpoint == state.version and not state.names(publisher)
    ):
        return False
    if any(publisher in _owner(path) for path in state.adds):
        raise ValueError(f"{table.name} still holds files of the publisher")
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / LOG).mkdir(parents=True)
    try:
        made = _made_checkpoint(scratch, state.without(publisher))
        _place(log, scratch / LOG, state.version + 1, made)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return True


def drop_past(table: Path, publisher: str, pinned: int | None) -> int:
    """Delete the log before the last clean checkpoint, and every file no kept version holds.

    Args:
        pinned: version the release in force shows; None when it shows none of this table.

    Returns:
        Files deleted, those of the log included.
    """
    log = table / LOG
    newest = int(DeltaTable(str(table)).version())
    keep_from = newest if pinned is None else min(pinned, newest)
    clean = max((each for each in _checkpoints(log) if each <= keep_from), default=None)
    dropped = 0
    if clean is not None and _names(log, publisher, before=clean):
        for path in _entries(log):
            if _number(path) < clean:
                path.unlink()
                dropped += 1
    kept = sorted({keep_from, newest})
    gone = DeltaTable(str(table)).vacuum(
        retention_hours=0,
        enforce_retention_duration=False,
        full=True,
        dry_run=False,
        keep_versions=kept,
    )
    return dropped + len(gone)


def remove_folders(root: Path, publisher: str) -> int:
    """Delete every partition folder of a publisher below a folder; return the files in them.

    Delta's own vacuum leaves the empty folders, whose names tell the publisher; an index that lies
    beside tables in the same form goes with them.
    """
    count = 0
    for folder in sorted(root.rglob(f"{PARTITION}={publisher}")):
        count += sum(1 for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder)
    return count


# -- the log


@dataclass
class _LogState:
    """What a log says, folded up to its newest version.

    Attributes:
        checkpoint: version of the checkpoint it was read from, -1 without one.
        adds: path -> action of a file that belongs to the table.
        transactions: application -> action.
    """

    version: int = -1
    checkpoint: int = -1
    protocol: Action = field(default_factory=dict)
    metadata: Action = field(default_factory=dict)
    adds: dict[str, Action] = field(default_factory=dict)
    transactions: dict[str, Action] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)

    @classmethod
    def read(cls, log: Path) -> "_LogState":
        """Read the newest checkpoint and the commits after it."""
        state = cls()
        start = max(_checkpoints(log), default=-1)
        state.version = state.checkpoint = start
        if start >= 0:
            for path in sorted(log.glob(f"{start:0{_DIGITS}}.checkpoint*.parquet")):
                for action in parquet.read_table(path).to_pylist():
                    state.apply({name: value for name, value in action.items() if value})
        for path in sorted(log.glob("*.json")):
            if path.stem.isdigit() and int(path.stem) > start:
                state.version = int(path.stem)
                for line in path.read_text(encoding="utf-8").splitlines():
                    state.apply(json.loads(line))
        return state

    def apply(self, action: Mapping[str, Any]) -> None:
        """Take one more action of the log."""
        if "protocol" in action:
            self.protocol = dict(action["protocol"])
        elif "metaData" in action:
            self.metadata = _plain(action["metaData"], "configuration")
        elif "add" in action:
            add = _plain(action["add"], "partitionValues", "tags")
            self.adds[add["path"]] = {name: add[name] for name in _OF_A_FILE if name in add}
        elif "remove" in action:
            self.adds.pop(action["remove"]["path"], None)
            self.removed.add(action["remove"]["path"])
        elif "txn" in action:
            self.transactions[action["txn"]["appId"]] = dict(action["txn"])

    def names(self, publisher: str) -> bool:
        """Say whether a checkpoint of this state would name a publisher."""
        paths = any(publisher in path for path in (*self.adds, *self.removed))
        return paths or any(publisher in name for name in self.transactions)

    def without(self, publisher: str) -> list[Action]:
        """Return the actions of this state, a publisher's transactions and removed files left out.

        Fields without a value are left out, as a writer of the protocol does.
        """
        marks = [
            action for name, action in self.transactions.items() if publisher not in name.split("/")
        ]
        return [
            {"protocol": _filled(self.protocol)},
            {"metaData": {**self.metadata, "format": {"provider": "parquet", "options": {}}}},
            *({"txn": _filled(each)} for each in marks),
            *({"add": _filled(each)} for each in self.adds.values()),
        ]


def _made_checkpoint(scratch: Path, actions: list[Action]) -> Path:
    """Let the library write the checkpoint of a table that has these actions; return its file."""
    first = scratch / LOG / f"{0:0{_DIGITS}}.json"
    first.write_text("".join(json.dumps(each) + "\n" for each in actions), encoding="utf-8")
    DeltaTable(str(scratch)).create_checkpoint()
    return next((scratch / LOG).glob("*.checkpoint.parquet"))


def _place(log: Path, made: Path, version: int, checkpoint: Path) -> None:
    """Make a checkpoint the next version of a log: its file, its commit, then the pointer to it."""
    name = f"{version:0{_DIGITS}}"
    checkpoint.replace(log / f"{name}.checkpoint.parquet")
    commit = made / f"{name}.commit"
    info = {"timestamp": int(time.time() * 1000), "operation": "RENEW LOG"}
    commit.write_text(json.dumps({"commitInfo": info}) + "\n", encoding="utf-8")
    # a link is made or fails: another writer's commit is never replaced
    os.link(commit, log / f"{name}.json")
    pointer = json.loads((made / _LAST).read_text(encoding="utf-8"))
    staged = made / "pointer"
    staged.write_text(json.dumps({**pointer, "version": version}), encoding="utf-8")
    staged.replace(log / _LAST)


def _names(log: Path, publisher: str, before: int | None = None) -> bool:
    """Say whether any entry of a log (older than a version) names a publisher."""
    code = publisher.encode()
    for path in _entries(log):
        if before is not None and _number(path) >= before:
            continue
        if path.suffix != ".parquet":
            if code in path.read_bytes():
                return True
        elif any(publisher in text for text in _texts(path)):
            return True
    return False


def _texts(checkpoint: Path) -> Iterator[str]:
    """Yield the paths and applications a checkpoint names."""
    for action in parquet.read_table(checkpoint).to_pylist():
        for kind, key in (("add", "path"), ("remove", "path"), ("txn", "appId")):
            if action.get(kind):
                yield str(action[kind][key])


def _entries(log: Path) -> list[Path]:
    return sorted(path for path in log.iterdir() if path.is_file() and path.name[:1].isdigit())


def _number(entry: Path) -> int:
    return int(entry.name[:_DIGITS])


def _checkpoints(log: Path) -> list[int]:
    """Return the versions of checkpoints whose commit is there too: others are half made."""
    return [
        _number(path)
        for path in log.glob("*.checkpoint*.parquet")
        if (log / f"{path.name[:_DIGITS]}.json").exists()
    ]


def _plain(action: Mapping[str, Any], *maps: str) -> Action:
    """Return an action with its maps as mappings: Parquet gives them as lists of pairs."""
    return {
        name: dict(value or {}) if name in maps else value
        for name, value in action.items()
        if value is not None
    }


def _filled(action: Mapping[str, Any]) -> Action:
    return {name: value for name, value in action.items() if value is not None}


def _owner(path: str) -> str:
    return path.partition("/")[0]


def _open(table: Path) -> LakeTable:
    return LakeTable(table, {PARTITION: "VARCHAR"})
