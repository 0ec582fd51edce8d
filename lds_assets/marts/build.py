"""Build the marts with dbt on a working database that holds the release.

dbt's messages quote rows and paths, so none of them leaves this module: a report names nodes,
states and classes of error only, and no run artefact is written.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.events.base_types import EventMsg

from lds_assets.errors import Held

#: DuckDB and dbt start a message with its class; what follows may quote a row.
_ERROR_CLASS = re.compile(r"\b([A-Z][A-Za-z]+(?: [A-Z][a-z]+)? Error)\b")

_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})
_SECONDS = 3

#: What dbt says when it cannot go on from an earlier parse, or cannot read it.
_WHOLE_PARSE = frozenset({"UnableToPartialParse", "ParsedFileLoadFailed"})

#: Arguments of ``dbt build`` that leave out the unit tests of the models.
DATA_ONLY = ("--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class BuiltNode:
    """One dbt node that ran: a model, a seed or a test.

    Attributes:
        kind: ``model``, ``seed``, ``test`` or ``unit_test``.
        state: dbt's word: ``success``, ``pass``, ``warn``, ``fail``, ``error`` or ``skipped``.
        failures: rows a test returned; 0 for other nodes.
        error_class: class of the error without its text, empty when none.
    """

    name: str
    kind: str
    state: str
    seconds: float
    failures: int = 0
    error_class: str = ""

    @property
    def is_failed(self) -> bool:
        """True when the node stopped what depends on it."""
        return self.state in _FAILED


@dataclass(frozen=True)
class MartsReport:
    """What one dbt build did. ``nodes`` are in the order dbt finished them.

    Attributes:
        is_parsed_anew: True when dbt could not go on from an earlier parse of the project.
    """

    nodes: tuple[BuiltNode, ...]
    is_parsed_anew: bool = True

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models built."""
        return tuple(n.name for n in self.nodes if n.kind == "model" and n.state == "success")

    @property
    def warnings(self) -> tuple[BuiltNode, ...]:
        """Tests that warn; nothing was stopped by them."""
        return tuple(node for node in self.nodes if node.state == "warn")

    @property
    def failed(self) -> tuple[BuiltNode, ...]:
        """Nodes that failed; never filled in a report ``build`` returns."""
        return tuple(node for node in self.nodes if node.is_failed)

    @property
    def seconds(self) -> float:
        """Time spent in nodes, in seconds; more than wall time when nodes run side by side."""
        return round(sum(node.seconds for node in self.nodes), _SECONDS)


def build(
    database: Path, project: Path, target_dir: Path, arguments: tuple[str, ...] = DATA_ONLY
) -> MartsReport:
    """Run every seed, model and data test of the project.

    Args:
        database: DuckDB file with schema ``release``; models are written into it, and what does not
            fit into memory goes into a folder beside it.
        project: folder of the dbt project, with its profile.
        target_dir: scratch folder of dbt. An unchanged project is parsed once for it, as long as
            the database has the same path: dbt takes another path for another profile.
        arguments: further arguments of ``dbt build``; by default unit tests stay out, as they
            test the models' rules and not the data.

    Raises:
        Held: a model or a blocking test failed, or the project cannot be parsed. The database
            is then of no use; published marts are untouched.
    """
    command = (
        *("build", "--project-dir", str(project), "--profiles-dir", str(project)),
        *("--target-path", str(target_dir), "--log-path", str(target_dir)),
        *("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-write-json"),
        *("--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check"),
        *arguments,
    )
    target_dir.mkdir(parents=True, exist_ok=True)
    parsed_anew: list[bool] = []

    def note(event: EventMsg) -> None:
        if event.info.name in _WHOLE_PARSE:
            parsed_anew.append(True)

    with _environment(LDS_MARTS_DATABASE=str(database.absolute())):
        try:
            outcome = dbtRunner(callbacks=[note]).invoke(list(command))
        finally:
            _let_go()
    return replace(_report(outcome), is_parsed_anew=bool(parsed_anew))


def _let_go() -> None:
    """Close the database: dbt keeps it open for the life of the process, locking readers out."""
    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
        DuckDBConnectionManager._ENV = None


def _report(outcome: dbtRunnerResult) -> MartsReport:
    """Turn dbt's outcome into ours, or raise without a word of dbt's."""
    results = getattr(outcome.result, "results", None)
    if results is None:
        raise Held(
            f"dbt stopped before any model ({type(outcome.exception).__name__})",
            where="dbt_project",
            done="no mart was built, the published marts stay",
            to_do="run `dbt parse` on the project: docs/operate/marts.md",
        ) from None
    report = MartsReport(tuple(_node(result) for result in results))
    if report.failed or not outcome.success:
        raise Held(
            f"{len(report.failed)} of {len(report.nodes)} dbt nodes failed",
            where=", ".join(_told(node) for node in report.failed) or "dbt_project",
            done="marts of this release were not published, the published marts stay",
            to_do="read the named model or test, then build again: docs/operate/marts.md",
        ) from None
    return report


def _node(result: Any) -> BuiltNode:  # noqa: ANN401 - dbt ships no types for its results
    """Keep name, state, time and counts of a dbt result; its message is dropped."""
    state = str(result.status)
    return BuiltNode(
        name=str(result.node.name),
        kind=str(result.node.resource_type),
        state=state,
        seconds=round(float(result.execution_time), _SECONDS),
        failures=int(result.failures or 0),
        error_class=_class_of(str(result.message)) if state in _FAILED - {"fail"} else "",
    )


def _class_of(message: str) -> str:
    """Return the innermost class named in an error message, without the message."""
    classes = _ERROR_CLASS.findall(message)
    return str(classes[-1]) if classes else "Error"


def _told(node: BuiltNode) -> str:
    return f"{node.name} ({node.error_class or f'{node.failures} rows'})"


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """Set environment variables for the block; the profile reads them, dbt takes no arguments."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
