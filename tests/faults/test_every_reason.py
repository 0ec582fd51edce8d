"""No delivery, practice or row waits for a reason that no test brings about.

The hostile feeds that bring them about are ``acme`` and ``bolt`` (``unit/landing/world.py``: names,
manifests, chains), ``invented`` (``unit/guards``, ``unit/replay``), ``thorn`` and ``rowan`` (rows
of both forms of files), and the scenarios of ``lds synth``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lds_assets.guards import holds
from lds_assets.landing.states import Reason
from lds_assets.raw.load import QUARANTINE_REASONS
from lds_assets.resources import REPOSITORY

WORDS = {str(each) for each in Reason} | {*QUARANTINE_REASONS, *holds.MEANING}


def _asserted(test: ast.FunctionDef) -> Iterator[str]:
    """Yield the words of a test's assertions and parameters."""
    asserting = [each for each in ast.walk(test) if isinstance(each, ast.Assert)]
    for part in [*asserting, *test.decorator_list]:
        for node in ast.walk(part):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield from re.findall(r"[A-Z][A-Z_]+", node.value)
            if isinstance(node, ast.Attribute):
                yield node.attr


def _tests() -> Iterator[ast.FunctionDef]:
    for path in (REPOSITORY / "tests").rglob("test_*.py"):
        if path == Path(__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield node


def test_every_reason_to_wait_is_asserted_by_a_test() -> None:
    met = {word for test in _tests() for word in _asserted(test)}
    assert WORDS - met == set()
